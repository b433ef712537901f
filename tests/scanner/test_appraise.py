"""What is appraised, when, and what stays the same? The whole path from stored notices to rows of opportunities."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from nlp.classify import classify
from nlp.segments import lot_segment
from scanner.appraisal import Structure
from scanner.appraise import appraise_stale, approach
from scanner.config import Config
from scanner.edition import Edition
from scanner.feedback import Verdict
from scanner.listen import answered, listen
from scanner.notice import Amount, Buyer, Kind, Lot, Notice, Passage, Place, RawNotice, lot_number
from scanner.private import leads_of, private_pages
from scanner.shelves import appreciations
from scanner.store import Record, Store
from tests.scanner.test_ledger import declare

TODAY = date(2026, 11, 23)
CONFIG = Config(contact="veille@exemple.invalid")
SIRET = "21690123400015"
CLEANERS = tuple(
    Structure(f"s{n}", f"Atelier Inventé {n}", "EI", ("Hygiène et Propreté",), ("69",), turnover=2e6) for n in range(40)
)
VITRES, LOGICIEL = Lot("1", "Vitrerie", cpv=("90911300",)), Lot("2", "Logiciels de gestion", cpv=("48000000",))
HOSTILE = '=HYPERLINK("x")<script>alert(1)</script> ]]> \x00 \u202egpj.exe [a](javascript:alert(1)) `x`\n# titre'


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.open(":memory:") as opened:
        yield opened


def notice(key: str = "26-1", kind: Kind = "call", day: int = 16, **changes: Any) -> Notice:
    text = "Nettoyage des locaux administratifs."
    known = Notice(
        f"boamp:{key}", "boamp", key, kind, date(2026, 11, day), "Nettoyage des locaux",
        buyers=(Buyer("Commune de Valrive", siret=SIRET),), departements=("69",), places_source="execution",
        cpv=("90910000",), deadline=datetime(2026, 12, 20, 12, tzinfo=UTC), amount=Amount(400_000.0),
        duration_months=24.0, passages=(Passage("description", None, text),),
    )  # fmt: skip
    return replace(known, **changes)


def keep(store: Store, *notices: Notice, tender: str = "") -> None:
    when = datetime(2026, 11, 20, tzinfo=UTC)
    store.archive([RawNotice(one.source, one.key, "https://exemple.fr", when, b"{}") for one in notices])
    store.save([_record(one, tender or one.id) for one in notices])
    store.save_aliases({one.id: tender or one.id for one in notices})


def _record(one: Notice, tender: str) -> Record:
    trades = [(lot.number if lot else None, lot_segment(one, lot)) for lot in one.lots or (None,)]
    return Record(one.id, one, classify(one), tuple((lot, trade) for lot, trade in trades if trade), tender)


def appraise(store: Store, today: date = TODAY) -> int:
    count, wrong = appraise_stale(store, CONFIG, today=today)
    assert wrong == ()
    return count


def rows(store: Store) -> dict[tuple[str, str | None], dict[str, Any]]:
    return {(row["notice"], row["lot"]): row for row in store.rows("SELECT * FROM opportunities ORDER BY 1, 2")}


def edition(store: Store) -> Edition:
    days = date(2026, 11, 16), date(2026, 11, 22), TODAY
    return store.edition(*days, territory="", departements=(), base_url="", mission="", contact="")


def test_appraised_twice_or_read_again_gives_the_same_rows(store: Store) -> None:
    keep(store, notice(), notice("26-2", lots=(VITRES, LOGICIEL)))
    assert appraise(store) == 2 and len(rows(store)) == 3
    dump = list(store.dump_canonical())
    assert appraise(store) == 0
    keep(store, notice(), notice("26-2", lots=(VITRES, LOGICIEL)))
    assert appraise(store) == 0 and list(store.dump_canonical()) == dump


def test_the_order_in_which_notices_come_changes_no_row(store: Store) -> None:
    known = (notice(), notice("26-2", lots=(VITRES, LOGICIEL)), notice("26-3", buyers=(), departements=()))
    keep(store, *known)
    appraise(store)
    with Store.open(":memory:") as other:
        for one in reversed(known):
            keep(other, one)
            appraise(other)
        assert rows(other) == rows(store)


def test_a_clause_added_by_a_rectification_ends_the_opportunity_and_a_cancellation_too(store: Store) -> None:
    keep(store, notice(), notice("26-2"))
    appraise(store)
    text = "Ajouter : le titulaire réservera 500 heures d'insertion à des personnes éloignées de l'emploi."
    keep(store, notice("26-5", "rectification", 18, passages=(Passage("change", None, text),)), tender="boamp:26-1")
    keep(store, notice("26-6", "cancellation", 19, passages=()), tender="boamp:26-2")
    assert appraise(store) == 2 and rows(store) == {}
    leads, _ = approach(store, CONFIG, today=TODAY)
    assert leads == ()


def test_a_tender_called_again_after_its_cancellation_is_an_opportunity_again(store: Store) -> None:
    keep(store, notice(), notice("26-6", "cancellation", 19, passages=()), tender="boamp:26-1")
    keep(store, notice("26-7", day=21), tender="boamp:26-1")
    appraise(store)
    assert [*rows(store)] == [("boamp:26-7", None)]


def test_a_tender_merged_into_another_has_one_opportunity(store: Store) -> None:
    keep(store, notice(), notice("26-9", day=17))
    appraise(store)
    assert len(rows(store)) == 2
    keep(store, notice("26-9", day=17), tender="boamp:26-1")
    store.save_aliases({"boamp:26-1": "boamp:26-1", "boamp:26-9": "boamp:26-1"})
    appraise(store)
    assert [*rows(store)] == [("boamp:26-9", None)]
    assert store.rows("SELECT tender FROM appreciations") == [{"tender": "boamp:26-1"}]


def test_a_directory_changes_the_levers_of_its_trade_and_place_at_the_next_run_and_nothing_else(store: Store) -> None:
    lots = (replace(VITRES, amount=Amount(200_000.0)), LOGICIEL)
    keep(store, notice("26-2", lots=lots), notice("26-3", departements=("33",), lots=lots))
    keep(store, notice("26-4", day=1, lots=lots), notice("26-5", lots=lots, departements=()))
    old = notice("26-6", lots=lots)
    keep(store, replace(old, published=date(2026, 8, 1)))
    appraise(store)
    before = rows(store)
    appreciations.save_structures(store, CLEANERS)
    assert appraise(store) == 4, "ce qui a paru il y a plus d'un trimestre garde ce qui en fut dit"
    after = rows(store)
    changed = {key for key in before if before[key]["lever"] != after[key]["lever"]}
    assert {key: after[key]["lever"] for key in changed} == {
        ("boamp:26-2", "1"): "lot_reserve", ("boamp:26-4", "1"): "lot_reserve",
        ("boamp:26-2", "2"): "conseil", ("boamp:26-4", "2"): "conseil",
    }, "ni un département que l'annuaire ne couvre pas, ni un lieu inconnu"  # fmt: skip
    assert {key: row["score"] for key, row in before.items()} == {key: row["score"] for key, row in after.items()}
    assert appraise(store) == 0


def test_contracts_loaded_after_the_notices_are_known_at_the_next_run(store: Store) -> None:
    keep(store, notice(), notice("26-3", buyers=(Buyer("Autre", siret="21330000100012"),)))
    appraise(store)
    before = rows(store)
    store.save_contract_buyers([(SIRET, "VALRIVE", "69")])
    declare(store, "1", buyer=SIRET, social="clause_sociale_generique")
    assert appraise(store) == 2
    after = rows(store)
    assert after["boamp:26-1", None]["score"] == before["boamp:26-1", None]["score"] + 5
    assert after["boamp:26-3", None]["score"] == before["boamp:26-3", None]["score"]
    declare(store, "1", buyer=SIRET, social="aucune", months=12.0)
    assert appraise(store) == 2, "une déclaration corrigée compte aussi"
    assert rows(store)["boamp:26-1", None]["score"] == before["boamp:26-1", None]["score"]


BARE = Notice("boamp:26-1", "boamp", "26-1", "call", date(2026, 11, 18), "")


@pytest.mark.parametrize("one", [
    BARE, replace(BARE, title="Divers"), notice(buyers=()), notice(cpv=()), notice(amount=None),
    notice(departements=()),
    notice(deadline=None), notice(buyers=(Buyer("", siren="216901234"),)), notice(departements=("974",)),
    notice(departements=("988",), amount=Amount(60_000_000.0, currency="XPF")), notice(duration_months=0.0),
    notice(amount=Amount(float(10**15))), notice(cpv=("XX",)), notice(amount=Amount(-5.0)),
    notice(title=HOSTILE, description=HOSTILE, cpv=(HOSTILE,), departements=("<b>",), url="javascript:alert(1)",
           buyers=(Buyer(HOSTILE, siret=HOSTILE, email=HOSTILE, city=HOSTILE),), places=(Place(HOSTILE),),
           passages=(Passage("description", None, HOSTILE),), procedure=HOSTILE, technique=HOSTILE,
           lots=(Lot(lot_number(HOSTILE), HOSTILE, HOSTILE, (HOSTILE,)), Lot("2", HOSTILE, renewals=HOSTILE))),
])  # fmt: skip
def test_whatever_a_notice_lacks_it_is_kept_scored_and_told_everywhere(store: Store, one: Notice) -> None:
    keep(store, one)
    appreciations.save_structures(store, [replace(CLEANERS[0], name=HOSTILE), *CLEANERS[1:]])
    appraise(store)
    assert len(rows(store)) == max(1, len(one.lots))
    assert all(0 <= row["score"] <= 100 and 0 <= row["confidence"] <= 100 for row in rows(store).values())
    told = edition(store)
    pages = private_pages(store, CONFIG, told, leads_of(store, CONFIG, told))
    for name, body in pages.items():
        if name.endswith((".html", ".md", ".ics")):
            assert b"<script>" not in body and b"\x00" not in body and b'href="javascript' not in body, name
    assert ("XPF" not in str(one)) or all(row["hours_low"] is None for row in rows(store).values())


@pytest.mark.parametrize("number", ["01", "LOT-0001", "1"])
def test_a_sheet_is_found_under_the_number_of_its_lot(store: Store, number: str) -> None:
    lots = (replace(VITRES, number=lot_number(number), amount=Amount(200_000.0)), LOGICIEL)
    keep(store, notice(lots=lots))
    appraise(store)
    told = edition(store)
    pages = private_pages(store, CONFIG, told, leads_of(store, CONFIG, told))
    assert any("Lot 1 — Vitrerie" in body.decode() for name, body in pages.items() if name.endswith(".html"))


def _says(store: Store, verdict: str, lot: str | None, label: str = "", key: str = "boamp:26-2") -> None:
    listen(store, [Verdict(key, lot, verdict, label, "", TODAY)], today=TODAY)


def test_a_clause_that_a_reader_found_ends_the_opportunity_and_is_not_counted_for_the_buyer(store: Store) -> None:
    keep(store, notice("26-2", lots=(VITRES, LOGICIEL)))
    appraise(store)
    _says(store, "dce", "1", "clause_insertion")
    assert appraise(store) == 1 and [*rows(store)] == [("boamp:26-2", "2")]
    ((lead,), _) = approach(store, CONFIG, today=TODAY)
    assert lead.facts.lots == 1
    _says(store, "faux_positif", "1")
    assert appraise(store) == 1 and len(rows(store)) == 2, "le dernier mot vaut"
    assert appraise(store) == 0


def test_a_clause_that_a_reader_calls_false_leaves_an_opportunity(store: Store) -> None:
    text = "Le titulaire réservera 500 heures d'insertion à des personnes éloignées de l'emploi."
    keep(store, notice("26-2", passages=(Passage("conditions", None, text),)))
    appraise(store)
    assert rows(store) == {}
    _says(store, "faux_positif", None)
    assert appraise(store) == 1 and [*rows(store)] == [("boamp:26-2", None)]
    (item,) = answered(store, edition(store)).items
    assert item.lots[0].status == "rien" and item.lots[0].opportunity is not None
