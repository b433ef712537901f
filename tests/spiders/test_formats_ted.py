"""A TED notice becomes the words, lots and facts of its notice, in eForms of every SDK and in R2.0.9."""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from scanner.issues import Issue
from scanner.normalise import normalise
from scanner.notice import Coded, Notice, Passage, RawNotice, lot_number
from scanner.source import load
from spiders.formats import parse
from spiders.formats.eforms import publication_number

HERE = Path(__file__).resolve().parent / "ted"
SHARED = Path(os.environ.get("SHARED", Path(__file__).resolve().parents[2].parent / "shared"))
REAL = SHARED / "real" / "ted"
real = pytest.mark.skipif(not REAL.exists(), reason="real TED notices (../shared/real/ted) are not present")
#: What real files say that cannot be helped: identifiers that are no SIRET, wrong offsets, examples without number,
#: and one example of the SDK that is invalid on purpose, without a buyer.
EXPLAINED = {
    "siret_invalide", "titulaire_sans_siret", "echeance_hiver", "sans_numero", "acheteur_non_resolu",
    "adresse_non_suivie",
}  # fmt: skip
SOCIAL = ("reserved-procurement", "reserved-execution", "strategic-procurement", "social-objective")
CODES = (*SOCIAL, "environmental-impact", "innovative-acquisition")


def raw(body: bytes, key: str = "12345-2026") -> RawNotice:
    return RawNotice("ted", key, "https://exemple.invalid/", datetime(2026, 11, 17, tzinfo=UTC), body)


def read(path: Path) -> tuple[Notice, list[Issue]]:
    draft, issues = parse(raw(path.read_bytes(), path.stem))
    assert draft is not None, issues
    notice, more = normalise(draft, load("ted"))
    return notice, issues + more


def test_eforms_xml_is_read_whatever_its_prefixes() -> None:
    notice, issues = read(HERE / "eforms.xml")
    assert issues == []
    assert (notice.id, str(notice.published), notice.kind) == ("ted:12345-2026", "2026-11-17", "rectification")
    assert notice.url == "https://ted.europa.eu/fr/notice/-/detail/12345-2026"
    assert (notice.folder_id[:4], notice.notice_uuid[:4], notice.version) == ("3333", "2222", "02")
    assert notice.earlier == ("ted:77-2026",)
    assert (notice.title, notice.procedure, notice.contract_types) == ("Entretien des parcs", "ouverte", ("services",))
    assert [(lot.number, lot.title, lot.duration_months) for lot in notice.lots] == [
        ("1", "Nord", 24),
        ("2", "Sud", None),
    ]
    assert notice.deadline is not None and notice.deadline.date().isoformat() == "2026-12-18"


def test_eforms_buyer_is_found_behind_its_contact_point_and_nobody_s_name_is_kept() -> None:
    notice, _ = read(HERE / "eforms.xml")
    buyer = notice.buyer
    assert buyer is not None
    assert (buyer.name, buyer.siret, buyer.postcode) == ("Ville de Valmont", "21600158600017", "76540")
    assert (buyer.email, buyer.phone) == (None, None)
    assert "Personne" not in repr(notice)


def test_eforms_codes_are_sets_per_lot_and_everything_coded_is_kept() -> None:
    notice, _ = read(HERE / "eforms.xml")
    assert {(c.lot, c.value) for c in notice.coded if c.field == "reserved-procurement"} == {
        ("1", "none"), ("2", "res-ws"), ("2", "res-pub-ser")
    }  # fmt: skip
    assert {
        Coded("reserved-execution", "2", "yes"),
        Coded("social-objective", "1", "opp"),
        Coded("award-criterion", "1", "quality 10 per-exa : Insertion"),
        Coded("duration", "2", "UNLIMITED"),
        Coded("changed-notice", None, "11111111-1111-4111-8111-111111111111-01"),
        Coded("change-reason", None, "cor-buy"),
        Coded("changed-section", None, "LOT-0002"),
        Coded("notice-type", None, "cn-social"),
        Coded("notice-subtype", None, "20"),
        Coded("dispatch-date", None, "2026-11-14"),
    } <= set(notice.coded)


def test_eforms_condition_without_a_description_says_nothing() -> None:
    notice, _ = read(HERE / "eforms.xml")
    assert [p for p in notice.passages if p.field == "conditions"] == [Passage("conditions", "2", "Clause sociale.")]
    assert Passage("change", None, "Le lot 2 devient réservé.") in notice.passages
    assert Passage("additional", "1", "Groupe des parcs du nord") in notice.passages  # a group is none of its lots
    assert not any("Onderhoud" in p.text for p in notice.passages)


@pytest.mark.parametrize(("reason", "kind"), [("cancel", "cancellation"), ("update-add", "rectification")])
def test_the_reason_of_a_change_tells_a_cancellation(reason: str, kind: str) -> None:
    body = (HERE / "eforms.xml").read_bytes().replace(b"cor-buy", reason.encode())
    draft, _ = parse(raw(body))
    assert draft is not None and normalise(draft, load("ted"))[0].kind == kind


def test_a_call_that_follows_a_planning_notice_corrects_nothing() -> None:
    body = (HERE / "eforms.xml").read_bytes().replace(b"ChangedNoticeIdentifier", b"Other")
    draft, _ = parse(raw(body))
    assert draft is not None and draft.earlier == ("ted:77-2026",)
    assert normalise(draft, load("ted"))[0].kind == "call"


def test_r209_is_read_in_its_original_language() -> None:
    notice, issues = read(HERE / "r209.xml")
    assert issues == []
    assert (notice.id, str(notice.published), notice.kind) == ("ted:777-2021", "2021-03-17", "call")
    assert (notice.title, notice.description) == ("Nettoyage no 3", "Locaux.\nVitres.")
    assert notice.buyer is not None and notice.buyer.siret == "21600158600017" and notice.buyer.email is None
    assert (notice.cpv, notice.procedure, notice.technique) == (("90910000",), "ouverte", "accord-cadre")
    assert notice.deadline is not None and notice.deadline.isoformat() == "2021-04-12T12:00:00+02:00"
    assert notice.earlier == ("ted:12-2020",) and notice.holders == ("ESAT du Port",)
    assert notice.amount is not None and notice.amount.value == 120_000
    first, second = notice.lots
    assert (first.number, first.title, first.cpv, first.duration_months) == ("1", "Écoles", ("90911200",), 24)
    assert (first.renewals, second.duration_months) == ("Deux fois un an.", 12)
    assert notice.departements == ("76",)


def test_r209_flags_criteria_and_conditions() -> None:
    notice, _ = read(HERE / "r209.xml")
    assert set(notice.coded) == {
        Coded("reserved-procurement", None, "res-ws"),
        Coded("reserved-execution", None, "yes"),
        Coded("award-criterion", "1", "quality 10 : Insertion"),
        Coded("award-criterion", "1", "price 90"),
    }
    assert {
        Passage("conditions", None, "Clause d'insertion : 300 heures."),
        Passage("participation", None, "Profession réglementée."),
        Passage("criteria", "1", "Insertion"),
        Passage("lot_description", "1", "Lot réservé."),
        Passage("change", None, "Conditions\nAu lieu de : sans clause\nLire : clause sociale"),
    } <= set(notice.passages)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("00133856-2021", "133856-2021"), ("2021/S 053-133856", "133856-2021"), ("000318-2020", "318-2020"),
        ("da4d46e9-490b-41ff-a2ae-8166d356a619-01", ""), ("", ""),
    ],
)  # fmt: skip
def test_a_publication_number_has_one_form(written: str, number: str) -> None:
    assert publication_number(written) == number


EFORMS = (HERE / "eforms.xml").read_bytes()


@pytest.mark.parametrize(
    "body",
    [
        b"", b"<a/>", b"<ContractNotice>", b"<html><body>Interdit</body></html>", b"<TED_EXPORT/>",
        b"<ContractNotice/>",
        b'<!DOCTYPE a [<!ENTITY e "x">]><ContractNotice>&e;</ContractNotice>',
        EFORMS.replace(b"2026-11-17Z", b"hier"),
        (HERE / "r209.xml").read_bytes().replace(b"ORIGINAL", b"TRANSLATION"),
        (HERE / "r209.xml").read_bytes().replace(b"20210317", b"2021"),
    ],
)  # fmt: skip
def test_unreadable_is_rejected_with_a_repair(body: bytes) -> None:
    draft, issues = parse(raw(body))
    assert draft is None
    assert [issue.level for issue in issues] == ["rejected"]
    assert issues[0].message.endswith(".")


# -- the real files, against counts made another way ----------------------------------------------------------------


@cache
def real_eforms() -> dict[str, tuple[etree._Element, Notice]]:
    found = {}
    for path in sorted(REAL.glob("eforms/*/*.xml")):
        notice, issues = read(path)
        assert {issue.code for issue in issues} <= EXPLAINED, path.name
        found[f"eforms/{path.parent.name}/{path.name}"] = (etree.parse(str(path)).getroot(), notice)
    return found


def values(root: etree._Element, xpath: str) -> list[str]:
    names = {
        "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
        "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    }
    return [str(value).strip() for value in root.xpath(xpath, namespaces=names)]


@real
def test_real_eforms_agree_with_xpath() -> None:
    assert len(real_eforms()) == 38
    lot = "/*/cac:ProcurementProjectLot[cbc:ID[@schemeName='Lot' or @schemeName='Part']]"
    for name, (root, notice) in real_eforms().items():
        lots = values(root, f"{lot}/cbc:ID/text()")
        assert len(notice.lots) == (len(lots) if len(lots) > 1 else 0), name
        cpv = values(root, "/*/cac:ProcurementProject//cbc:ItemClassificationCode/text()")
        in_lots = values(root, f"{lot}/cac:ProcurementProject//cbc:ItemClassificationCode/text()")
        read_in_lots = {code for one in notice.lots for code in one.cpv}
        assert (set(cpv) | set(in_lots)) == set(notice.cpv) | read_in_lots, name


@real
def test_real_eforms_say_per_lot_what_is_expected() -> None:
    rows = list(csv.DictReader((REAL / "eforms_expected.tsv").open(encoding="utf-8"), delimiter="\t"))
    assert len(rows) == 154
    by_file = defaultdict(list)
    for row in rows:
        by_file[row["file"]].append(row)
    for name, expected in by_file.items():
        _, notice = real_eforms()[name]
        parts = [row for row in expected if row["section"] in ("Lot", "Part")]
        assert (notice.notice_uuid, notice.version) == (expected[0]["notice_id"], expected[0]["version"]), name
        found: defaultdict[tuple[str | None, str], set[str]] = defaultdict(set)
        conditions: defaultdict[str | None, int] = defaultdict(int)
        for fact in notice.coded:
            found[(fact.lot, fact.field)].add(fact.value)
        for passage in notice.passages:
            conditions[passage.lot] += passage.field == "conditions"
        for label, row in zip(labels(notice, len(parts)), parts, strict=True):
            for code in CODES:
                assert set(row[code.replace("-", "_")].split()) == found[(label, code)], (name, label, code)
            assert conditions[label] >= min(int(row["bt70_descriptions"] or 0), 1), (name, label)


def labels(notice: Notice, count: int) -> list[str | None]:
    return [lot.number for lot in notice.lots] if count > 1 else [None] * count


def real_r209() -> Iterator[tuple[str, etree._Element, Notice]]:
    for path in sorted(REAL.glob("r209/*.xml")):
        notice, issues = read(path)
        assert {issue.code for issue in issues} <= EXPLAINED, path.name
        yield path.name, etree.parse(str(path)).getroot(), notice


@real
def test_real_r209_agree_with_xpath_and_with_their_labels() -> None:
    rows = {
        row["doc"]: row for row in csv.DictReader((REAL / "r209_labels.tsv").open(encoding="utf-8"), delimiter="\t")
    }
    read_, lots = 0, 0
    for name, root, notice in real_r209():
        row = rows[name.removesuffix(".xml")]
        form = "//*[@CATEGORY='ORIGINAL'][@LG='FR' or not(//*[@CATEGORY='ORIGINAL'][@LG='FR'])]"
        flags = {(fact.field, fact.value) for fact in notice.coded}
        for column, fact in {
            "reserved_workshop(BT-71 res-ws)": ("reserved-procurement", "res-ws"),
            "sheltered_program(BT-736 yes)": ("reserved-execution", "yes"),
            "reserved_org_service_mission(res-pub-ser)": ("reserved-procurement", "res-pub-ser"),
        }.items():
            assert (row[column] == "1") == (fact in flags), (name, column)
        stated = bool(values(root, f"{form}//*[local-name()='PERFORMANCE_CONDITIONS']//text()"))
        assert (row["performance_conditions(BT-70)"] == "1") == stated, name
        assert not stated or any(passage.field == "conditions" for passage in notice.passages), name
        if form_name(root).endswith("DEFENCE"):
            header = values(root, "//*[local-name()='ORIGINAL_CPV']/@CODE")
            assert set(header) == set(notice.cpv), name
        else:
            objects = f"{form}/*[local-name()='OBJECT_CONTRACT']"
            parts = values(root, f"{objects}/*[local-name()='OBJECT_DESCR']/*[local-name()='LOT_NO']/text()")
            several = len(root.xpath(objects)) > 1
            divided = bool(root.xpath(f"{objects}/*[local-name()='LOT_DIVISION']"))
            expected = len(parts) if len(parts) > 1 or divided else 0
            assert several or len(notice.lots) == expected, name
            codes = values(root, f"{objects}//*[local-name()='CPV_CODE']/@CODE")
            assert set(codes) == set(notice.cpv) | {code for lot in notice.lots for code in lot.cpv}, name
        assert all(lot.number == lot_number(lot.number) for lot in notice.lots)
        assert len({lot.number for lot in notice.lots}) == len(notice.lots), name
        read_, lots = read_ + 1, lots + len(notice.lots)
    assert (read_, lots > 900) == (455, True)


def form_name(root: etree._Element) -> str:
    return str(etree.QName(root.xpath("//*[@CATEGORY='ORIGINAL']")[0]).localname)
