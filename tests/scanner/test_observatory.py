"""The figures of a year are those that one counts by hand on the notices themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from nlp.segments import lot_segment
from scanner.cli import app
from scanner.config import Config, Territory
from scanner.feedback import read_feedback
from scanner.finding import Classification, Finding, Hours, LotReading, Percent
from scanner.listen import listen
from scanner.notice import Buyer, Lot, Notice, Passage, RawNotice
from scanner.observatory import alike, stated
from scanner.observe import observe
from scanner.shelves.year_rows import contracts
from scanner.store import Record, Store
from scanner.year import Counts, Observatory, Span, Stated
from tests.scanner.test_store import FETCHED

TEXT = "La clause d'insertion est de 500 heures."


def said(label: Any, reading: Any = "affirmed", start: int = 0, **changes: Any) -> Finding:
    return Finding(label, reading, 0, "conditions", None, start, start + 10, TEXT[start : start + 10], "r", **changes)


def notice(
    key: str, day: str, *lots: Lot, kind: Any = "call", buyer: str = "Commune de Valrive", **more: Any
) -> Notice:
    known: dict[str, Any] = {"cpv": ("45210000",), "departements": ("34",)} | more
    return Notice(
        f"boamp:{key}", "boamp", key, kind, date.fromisoformat(day), "Objet", buyers=(Buyer(buyer),), lots=lots,
        passages=(Passage("conditions", None, TEXT),), **known,
    )  # fmt: skip


def keep(store: Store, one: Notice, *readings: LotReading, tender: str = "") -> None:
    store.archive([RawNotice("boamp", one.key, "https://exemple.fr/", FETCHED, b"{}")])
    lots = readings if readings and readings[0].number is None else (LotReading(None, "rien"), *readings)
    trades = [(lot.number if lot else None, lot_segment(one, lot)) for lot in one.lots or (None,)]
    known = tuple((number, trade) for number, trade in trades if trade)
    store.save([Record(one.id, one, Classification(one.id, "boamp", one.kind, lots), known, tender or one.id)])


@pytest.fixture
def store() -> Iterator[Store]:
    """Seven tenders of 2026, one of 2025, each with what it must change in the figures."""
    with Store.open(":memory:") as opened:
        # 1. works, undivided, clause of 500 h for the contract
        clause = said("clause_insertion", hours=(Hours(500.0, "contract"),))
        keep(opened, notice("26-1", "2026-01-05"), LotReading(None, "clause", (clause,)))
        # 2. two lots: cleaning reserved to EA/ESAT, green spaces nothing; a clause of 70 h a year on the first
        lots = Lot("1", "Ménage", cpv=("90910000",)), Lot("2", "Parcs", cpv=("77310000",))
        reserved = said("reserve_ea_esat"), said("clause_insertion", start=3, hours=(Hours(70.0, "year"),))
        keep(
            opened, notice("26-2", "2026-02-01", *lots, buyer="CHU de Valmont", departements=("34", "30")),
            LotReading("1", "reserve", reserved), LotReading("2", "rien"),
        )  # fmt: skip
        # 3. announced in 2025, called in 2026: counts in 2025
        keep(opened, notice("25-3", "2025-12-20", kind="planning"), tender="boamp:25-3")
        keep(opened, notice("26-3", "2026-03-01"), tender="boamp:25-3")
        # 4. called twice: the latest call counts, no CPV, no place, not read in full; then cancelled
        keep(opened, notice("26-4", "2026-03-02"), LotReading(None, "clause", (clause,)), tender="boamp:26-4")
        again = notice("26-5", "2026-04-02", cpv=(), departements=(), buyer="Association Inventée")
        keep(opened, again, LotReading(None, "non_lu"), tender="boamp:26-4")
        keep(opened, notice("26-6", "2026-05-02", kind="cancellation"), tender="boamp:26-4")
        # 5. facultative clause of 35 h, denied reservation, and a share without hours elsewhere
        perhaps = said("clause_insertion_facultative", "conditional", hours=(Hours(35.0, "contract"),))
        denied = said("reserve_siae", "denied", start=2)
        keep(opened, notice("26-7", "2026-06-01"), LotReading(None, "facultatif", (perhaps, denied)))
        share = said("clause_insertion", percent=(Percent(5.0, "hours"),))
        keep(opened, notice("26-8", "2026-07-01"), LotReading(None, "clause", (share,)))
        # 6. known by its award alone, 7. announced alone: set aside
        keep(opened, notice("26-9", "2026-08-01", kind="award"))
        keep(opened, notice("26-10", "2026-09-01", kind="planning"))
        yield opened


def table(found: Observatory, name: str) -> dict[str, Counts]:
    return {line.key: line.now for one in found.tables if one.name == name for line in one.lines}


def few(counts: Counts) -> tuple[int, int, int, int]:
    return counts.contracts, counts.lots, counts.reserved, counts.claused


def test_a_year_is_counted_as_by_hand(store: Store) -> None:
    found = observe(store, Config(), 2026)
    assert found.total.now == Counts(
        contracts=5, lots=6, reserved_contracts=1, reserved=1, claused_contracts=2, claused=2, unread=1
    )
    assert (found.cancelled, found.aside) == (1, (("announced", 1), ("uncalled", 1)))
    assert {key: one.lots for key, one in table(found, "statuts").items()} == {
        "reserve": 1, "clause": 2, "facultatif": 1, "rien": 1, "non_lu": 1,
    }  # fmt: skip
    assert {key: one.lots for key, one in table(found, "dispositifs").items()} == {
        "reserve_ea_esat": 1, "clause_insertion": 3, "clause_insertion_facultative": 1,
    }  # fmt: skip
    assert {key: one.lots for key, one in table(found, "reserves").items()} == {"reserve_ea_esat": 1}
    assert {key: few(one) for key, one in table(found, "btp").items()} == {
        "travaux": (3, 3, 0, 2), "autres": (1, 2, 1, 0), "": (1, 1, 0, 0),
    }  # fmt: skip
    assert {key: few(one) for key, one in table(found, "acheteurs").items()} == {
        "commune": (3, 3, 0, 2), "hôpital": (1, 2, 1, 0), "": (1, 1, 0, 0),
    }  # fmt: skip
    assert {key: few(one) for key, one in table(found, "departements").items()} == {
        "30": (1, 2, 1, 0), "34": (4, 5, 1, 2), "": (1, 1, 0, 0),
    }  # fmt: skip
    women = table(found, "femmes")
    assert (women["femmes"].lots, women["femmes"].reserved, women[""].lots) == (1, 1, 1)


def test_exclusive_tables_add_up_to_the_total_and_the_unknown_is_last(store: Store) -> None:
    found = observe(store, Config(), 2026)
    for one in found.tables:
        if one.exclusive and one.name != "reserves":
            assert sum(line.now.lots for line in one.lines) == found.total.now.lots, one.name
            assert sum(line.now.claused for line in one.lines) == found.total.now.claused, one.name
        assert "" not in [line.key for line in one.lines[:-1]], one.name


def test_hours_stay_in_their_unit(store: Store) -> None:
    found = observe(store, Config(), 2026)
    assert [(one.kind, one.per, one.firm, one.contracts, one.total) for one in found.hours] == [
        ("insertion", "contract", True, 1, 500.0),
        ("insertion", "year", True, 1, 70.0),
        ("insertion", "contract", False, 1, 35.0),
    ]
    assert (found.silent, found.shares) == (1, 1)


def test_the_year_before_is_beside(store: Store) -> None:
    found = observe(store, Config(), 2026)
    assert found.total.before == Counts(contracts=1, lots=1)
    assert {line.key: line.before and line.before.lots for line in found.tables[0].lines}["rien"] == 1
    assert not found.alike and found.before == Span(date(2025, 12, 20), date(2025, 12, 20))
    assert observe(store, Config(), 2025).total.before is None
    assert observe(store, Config(), 2024).total.now == Counts()


def test_a_territory_keeps_its_own_and_the_unknown(store: Store) -> None:
    found = observe(store, Config(territory=Territory(departements=("30",))), 2026)
    assert found.total.now.contracts == 2 and set(table(found, "departements")) == {"34", "30", ""}


@pytest.mark.parametrize(
    ("hours", "total"),
    [
        # the whole contract stands for its detail by lot
        ((Stated(100, "contract", "clause_insertion"), Stated(60, "contract", "clause_insertion", lots=("1",))), 100),
        # without a total, the lots add up
        ((Stated(60, "contract", "clause_insertion", lots=("1",)),
          Stated(40, "contract", "clause_insertion", lots=("2",))), 100),
        # objet_insertion is insertion as well
        ((Stated(60, "contract", "objet_insertion"), Stated(40, "contract", "clause_insertion")), 100),
    ],
)  # fmt: skip
def test_a_total_and_its_detail_are_not_added(hours: tuple[Stated, ...], total: float) -> None:
    assert stated(hours) == {("insertion", "contract", True): total}


def test_hours_of_training_are_not_hours_of_insertion() -> None:
    both = Stated(140, "contract", "clause_formation_stage"), Stated(70, "contract", "clause_insertion")
    assert stated(both) == {("formation", "contract", True): 140, ("insertion", "contract", True): 70}


def test_a_sentence_about_several_lots_is_one_statement_and_an_excepted_lot_has_no_device() -> None:
    with Store.open(":memory:") as opened:
        lots = Lot("1"), Lot("2"), Lot("3")
        shared = said("clause_insertion", hours=(Hours(210.0, "contract"),))
        whole = said("critere_social", start=4, notes=("SAUF_LOT_3",))
        keep(
            opened, notice("26-1", "2026-01-05", *lots), LotReading(None, "critere", (whole,)),
            LotReading("1", "clause", (shared,)), LotReading("2", "clause", (shared,)), LotReading("3", "rien"),
        )  # fmt: skip
        (one,) = contracts(opened, 2026)
    assert one.hours == (Stated(210.0, "contract", "clause_insertion", lots=("1", "2")),)
    assert [lot.labels for lot in one.lots] == [("clause_insertion", "critere_social")] * 2 + [()]


def test_a_proposal_of_the_second_reader_counts_nowhere() -> None:
    with Store.open(":memory:") as opened:
        proposed = said("clause_insertion", hours=(Hours(210.0, "contract"),), proposed=True)
        keep(opened, notice("26-1", "2026-01-05"), LotReading(None, "rien", (proposed,)))
        (one,) = contracts(opened, 2026)
    assert one.hours == () and one.lots[0].labels == ()


def test_a_segment_known_from_the_words_counts_and_a_lot_without_any_is_apart(store: Store) -> None:
    known = lot_segment(notice("26-1", "2026-01-05", cpv=("90910000",)), None)
    assert known is not None
    told = replace(known, known="texte", segment=replace(known.segment, label="Métier rangé", family="classique"))
    store._conn.execute(
        "UPDATE lots SET segment = ? WHERE notice = 'boamp:26-5'", (orjson.dumps(told).decode(),)
    )  # fmt: skip
    found = observe(store, Config(), 2026)
    assert table(found, "metiers")["Métier rangé"].lots == 1 and "" not in table(found, "metiers")
    assert table(found, "btp")["autres"].lots == 3


@pytest.mark.parametrize(
    ("since", "until", "same"),
    [("01-01", "12-31", True), ("02-01", "12-31", True), ("02-02", "12-31", False), ("01-01", "11-30", True),
     ("01-01", "11-29", False)],
)  # fmt: skip
def test_two_years_are_compared_only_when_held_for_the_same_days(since: str, until: str, same: bool) -> None:
    whole = Span(date(2026, 1, 1), date(2026, 12, 31))
    before = Span(date.fromisoformat(f"2025-{since}"), date.fromisoformat(f"2025-{until}"))
    assert alike(2026, whole, before) is same
    assert not alike(2026, whole, Span(None, None))


def test_the_command_writes_the_page_and_prints_the_rows(store: Store, tmp_path: Path) -> None:
    (tmp_path / "veille.toml").write_text('[veille]\ncontact = "a@exemple.invalid"\n', encoding="utf-8")
    store._conn.execute("VACUUM INTO ?", (str(tmp_path / "veille.db"),))

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(app, ["observatory", *arguments, "--config", str(tmp_path / "veille.toml")])

    done = run("--year", "2026")
    assert done.exit_code == 0 and "5 consultations, 6 lots" in done.stdout
    first = {path.name: path.read_bytes() for path in (tmp_path / "public" / "observatoire").iterdir()}
    assert {"2026.html", "2026.csv", "2026-btp.svg"} <= set(first)
    assert run("--year", "2026").exit_code == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "public" / "observatoire").iterdir()} == first
    lines = [json.loads(line) for line in run("--year", "2026", "--json").stdout.splitlines()]
    assert lines[0]["tableau"] == "ensemble" and lines[0]["lots"] == 6 and lines[0]["heures"] is None
    assert run("--year", "2026", "--csv").stdout_bytes == first["2026.csv"]
    assert run("--year", "2026", "--csv", "--json").exit_code != 0


def test_a_correction_and_a_reader_count_in_the_year_as_in_the_bulletins(store: Store) -> None:
    """A clause added by a correction, a reading that was false: the year is the sum of what was told each week."""
    before = observe(store, Config(contact="a@b.fr"), 2026).total.now
    call = notice("26-80", "2026-06-01", Lot("1", "Lavage"), Lot("2", "Peinture"))
    keep(store, call, LotReading(None, "rien"), LotReading("1", "rien"), LotReading("2", "rien"))
    added = "Le marché comporte une clause d'insertion de 150 heures."
    text = replace(
        notice("26-81", "2026-06-05", kind="rectification", cpv=()), passages=(Passage("change", None, added),)
    )
    clause = Finding("clause_insertion", "affirmed", 0, "change", None, 0, len(added), added, "r",
                     hours=(Hours(150.0, "contract"),))  # fmt: skip
    keep(store, text, LotReading(None, "clause", (clause,)), tender=call.id)
    after = observe(store, Config(contact="a@b.fr"), 2026).total.now
    assert (after.contracts - before.contracts, after.lots - before.lots) == (1, 2)
    assert (after.claused_contracts - before.claused_contracts, after.claused - before.claused) == (1, 2)
    lines, _ = read_feedback(b"id;verdict\r\nboamp:26-80;faux_positif\r\n", today=date(2026, 6, 8))
    listen(store, lines, today=date(2026, 6, 8))
    struck = observe(store, Config(contact="a@b.fr"), 2026).total.now
    assert struck.claused_contracts == before.claused_contracts and struck.lots == after.lots
