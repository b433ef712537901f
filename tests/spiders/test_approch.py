"""A purchase project is read whole, dated by the state where it was first seen, told while it can still change."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from feeds.entry import card
from nlp.segments import lot_segment
from scanner.appraise import appraise_stale
from scanner.collect import CollectResult, collect
from scanner.config import Config
from scanner.edition import Coverage
from scanner.issues import Issue, IssueLog
from scanner.normalise import normalise
from scanner.notice import Amount, Coded, Notice, RawNotice
from scanner.opportunity import appraise
from scanner.run import read
from scanner.sample import projects
from scanner.sample.replica import Faults, serve
from scanner.source import load
from scanner.store import Store
from spiders.formats import parse

SINCE, UNTIL = date(2026, 11, 16), date(2026, 11, 22)
REAL = Path(__file__).resolve().parents[2].parent / "shared" / "real" / "approch" / "projet_64516.json"
STATE = [{"idweb": "26-1", "dateparution": "2026-11-22"}]  # the replica shows the state of its last day


def raw(**fields: Any) -> RawNotice:
    record = projects.records()[0] | fields
    return RawNotice("approch", "70101", "", datetime(2026, 11, 20, 23, 30, tzinfo=UTC), orjson.dumps(record))


def notice(**fields: Any) -> tuple[Notice, list[Issue]]:
    draft, issues = parse(raw(**fields))
    assert draft is not None
    clean, more = normalise(draft, load("approch"))
    return clean, [*issues, *more]


def crawl(
    db: Path, rows: list[dict[str, Any]], *, since: date = SINCE, until: date = UNTIL, **faults: Any
) -> tuple[CollectResult, list[str]]:
    Store.open(db).close()
    with serve(STATE, faults=Faults(**faults), others={projects.DATASET: rows}) as server:
        result = collect(
            db, source="approch", since=since, until=until, base_url=server.url(projects.DATASET), user_agent="essai",
            delay=0.0, concurrency=2, wait=0.01, page=3, sample=True,
        )  # fmt: skip
        return result, list(server.paths)


# -- what one project says


def test_a_project_is_a_planning_notice_with_its_facts() -> None:
    one, issues = notice()
    assert issues == []
    assert (one.id, one.kind, one.read_in_full) == ("approch:70101", "planning", False)
    assert one.published == date(2026, 11, 21), "le jour de Paris de l'état lu"
    assert one.expected == date(2027, 1, 23)
    assert one.amount == Amount(low=100_000, high=500_000)
    assert (one.departements, one.cpv, one.duration_months) == (("69",), ("90911200",), 48)
    assert one.buyer and (one.buyer.siren, one.buyer.siret, one.buyer.name) == ("990000002", None, "")
    assert Coded("considerations_sociales", None, "non") in one.coded
    assert Coded("a_publier_sur_le_site_du_marche_de_l_inclusion", None, "oui") in one.coded
    assert [passage.field for passage in one.passages] == ["title"]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1M - 5M€", Amount(low=1e6, high=5e6)),
        ("1,5M - 5M€", Amount(low=1.5e6, high=5e6)),
        ("< 40k€", Amount(high=40_000)),
        ("> 20M€", Amount(low=20e6)),
        ("CDL", None),
        (None, None),
    ],
)
def test_an_estimate_is_a_bracket(text: str | None, amount: Amount | None) -> None:
    one, issues = notice(montant_estime_du_marche=text)
    assert (one.amount, issues) == (amount, [])


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("montant_estime_du_marche", "selon devis", "montant_illisible"),
        ("marche_reserve", "Aux ESAT", "marche_reserve_inconnu"),
        ("considerations_sociales", "Peut-être", "considerations_sociales_inconnu"),
        ("statut", "Clos", "kind_inconnu"),
        ("code_s_cpv", "nettoyage", "cpv_illisible"),
        ("date_previsionnelle_de_publication", "bientôt", "date_prevue_illisible"),
        ("duree_previsionnelle_du_marche", -3, "duree_illisible"),
        ("siren_de_l_entite_acheteuse", 12, "siren_invalide"),
        ("type_de_procedure", "Au feeling", "procedure_inconnu"),
        ("champ_neuf", "x", "cle_inconnue"),
    ],
)
def test_a_value_never_seen_is_told(field: str, value: Any, code: str) -> None:
    assert [issue.code for issue in notice(**{field: value})[1]] == [code]


def test_an_unknown_declaration_is_kept_as_received() -> None:
    assert Coded("marche_reserve", None, "Aux ESAT") in notice(marche_reserve="Aux ESAT")[0].coded


def test_a_siren_sent_as_a_number_gets_its_zeros_back() -> None:
    one, issues = notice(siren_de_l_entite_acheteuse=5520135)
    assert issues == [] and one.buyer and one.buyer.siren == "005520135"


def test_several_codes_and_the_whole_country() -> None:
    one, issues = notice(
        code_s_cpv="90911200, 90919200|90911200", departement_s_d_execution_du_marche="|".join(projects.MAINLAND)
    )
    assert one.cpv == ("90911200", "90919200")
    assert (one.departements, [place.text for place in one.places], issues) == ((), ["France entière"], [])
    corsica, _ = notice(departement_s_d_execution_du_marche="2B|2A|974")
    assert corsica.departements == ("2A", "2B", "974")


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"code": 1}', b'{"code": null, "libelle": "x"}'])
def test_what_cannot_be_read_is_rejected_and_told(body: bytes) -> None:
    draft, issues = parse(RawNotice("approch", "1", "", datetime(2026, 11, 20, tzinfo=UTC), body))
    assert draft is None and [issue.level for issue in issues] == ["rejected"]


@pytest.mark.skipif(not REAL.exists(), reason="../shared/real/approch absent : le projet réel n'est pas lu")
def test_the_real_project_goes_through_without_an_issue() -> None:
    record = orjson.loads(REAL.read_bytes())["results"][0]
    draft, issues = parse(
        RawNotice("approch", str(record["code"]), "", datetime(2026, 8, 19, tzinfo=UTC), orjson.dumps(record))
    )
    assert draft and issues == []
    one, issues = normalise(draft, load("approch"))
    assert issues == [] and one.id == "approch:64516" and one.departements == () and one.expected == date(2027, 1, 9)


# -- what it is worth


@pytest.mark.parametrize(
    ("social", "reason"),
    [("Non", "le meilleur moment pour agir"), (None, "ne sont pas dites"), ("Oui", "à préciser avec l'acheteur")],
)
def test_a_project_is_an_opportunity_whose_first_reason_is_what_its_buyer_declares(
    social: str | None, reason: str
) -> None:
    one, _ = notice(considerations_sociales=social)
    found = appraise(one, None, "non_lu", (), lot_segment(one, None))
    assert found and reason in found.reasons[0]
    assert any("Marché de l'inclusion" in told for told in found.reasons)


def test_a_project_bound_already_is_no_opportunity_and_an_unread_call_neither() -> None:
    one, _ = notice()
    assert appraise(one, None, "reserve", (), lot_segment(one, None)) is None
    assert appraise(replace(one, shape="index"), None, "non_lu", (), None) is None


def edition_cards(db: Path, reference: date) -> dict[str, Any]:
    with Store.open(db) as store:
        read(store, store.unread(), IssueLog())
        appraise_stale(store, Config(), today=reference)
        edition = store.edition(
            SINCE, UNTIL, reference, territory="", departements=(), base_url="", mission="", contact=""
        )
    return {item.tender: card(item, item.lots, reference) for item in edition.items}


def test_the_reader_is_told_the_moment_to_act(tmp_path: Path) -> None:
    crawl(tmp_path / "veille.db", projects.records())
    told = edition_cards(tmp_path / "veille.db", date(2026, 11, 23))
    first = told["approch:70101"]
    assert "projet d'achat sans considération sociale : le meilleur moment pour agir" in first.why
    assert first.deadline == "publication de l'avis prévue le 23 janvier 2027 (dans 61 jours)"
    assert (first.kind, first.seen, first.dispositif) == ("projet d'achat", "vu", "projet d'achat, avis à venir")
    assert "SIREN 990000002" in first.buyer
    assert "date dépassée" in told["approch:70107"].deadline
    assert told["approch:70106"].deadline == "date de publication prévue inconnue"


# -- how it is collected


def test_every_project_ahead_or_little_overdue_is_received_once_and_counted(tmp_path: Path) -> None:
    db = tmp_path / "veille.db"
    result, paths = crawl(db, projects.records())
    assert result.issues == () and result.stored == 7, "celui qu'un an a fait oublier n'est pas demandé"
    assert result.coverage == (Coverage("approch", UNTIL, 7, 7, 0, 0, 0, True),)
    assert not any("responsable" in path for path in paths), "qui peut nommer une personne"
    with sqlite3.connect(db) as base:
        assert {day for (day,) in base.execute("SELECT date(fetched_at) FROM raw")} == {"2026-11-22"}


def test_an_unchanged_project_keeps_its_day_and_a_changed_one_is_told_again(tmp_path: Path) -> None:
    db, rows = tmp_path / "veille.db", projects.records()
    crawl(db, rows, since=date(2026, 11, 9), until=date(2026, 11, 15))
    edition_cards(db, UNTIL)
    result, _ = crawl(db, [rows[0] | {"considerations_sociales": "Oui"}, *rows[1:]])
    assert (result.stored, result.changed) == (0, 1)
    assert list(edition_cards(db, UNTIL)) == ["approch:70101"]
    with Store.open(db) as store:
        store.save_coverage(result.coverage)
        store.count_read(SINCE, UNTIL, ["approch"])
        (row,) = store.coverage(SINCE, UNTIL)
    assert (row.expected, row.parsed, row.rejected) == (7, 7, 0)


def test_a_period_long_gone_is_not_told_with_the_present_state(tmp_path: Path) -> None:
    result, _ = crawl(tmp_path / "veille.db", projects.records(), since=date(2026, 10, 1), until=date(2026, 10, 7))
    assert (result.stored, result.coverage) == (0, ())
    assert [issue.code for issue in result.issues] == ["state-too-late"]


def test_faults_lose_no_project_and_a_missing_field_stops_the_source(tmp_path: Path) -> None:
    result, _ = crawl(
        tmp_path / "a.db", projects.records(), server_errors=1, html_pages=1, cut_bodies=1, duplicates=1, moving_total=1
    )
    assert result.stored == 7 and result.coverage[0].complete
    result, _ = crawl(tmp_path / "b.db", projects.records(), renamed={"considerations_sociales": "social"})
    assert result.stored == 0 and not result.coverage[0].complete
    assert [issue.key for issue in result.issues if issue.level == "error"] == ["considerations_sociales"]
