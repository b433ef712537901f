"""Which contracts does the database hold of a year, and what is in force of each?

A contract is a tender: one procedure, whatever the number of its notices and journals. It belongs to the year of its
first notice, and counts as the weekly bulletins told it: its latest call, with its corrections and readers' answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

import orjson

from scanner.appraisal import LotSegment
from scanner.edition import ItemLot
from scanner.finding import CLAUSES, LABELS, Finding
from scanner.store import Store, decode
from scanner.year import Contract, Span, Stage, Stated, YearLot

Row = Mapping[str, Any]
#: A finding and the lot it is about.
Said = tuple[str | None, Finding]
InForce = Callable[[Sequence[str]], Mapping[str, tuple[ItemLot, ...]]]
_ANNOUNCED = ("planning",)
#: The labels whose hours are those of a clause; a criterion or a mention gives none.
_CLAUSED = frozenset({*CLAUSES, "objet_insertion", "clause_insertion_facultative"})
_CHUNK = 400


def contracts(store: Store, year: int, in_force: InForce = lambda _: {}) -> Iterator[Contract]:
    """The contracts whose first notice was published in ``year``, by tender; ``buyer_kind`` is left unknown.

    ``in_force`` gives the lots of the tenders that a correction or a reader changed since their call.
    """
    rows = store._rows(
        "SELECT n.tender, n.id, n.kind, n.published, n.departements, t.first_published FROM tenders t "
        "JOIN notices n ON n.tender = t.id WHERE t.first_published BETWEEN ? AND ? "
        "ORDER BY n.tender, n.published, n.id",
        (f"{year:04d}-01-01", f"{year:04d}-12-31"),
    )
    lives = [list(life) for _, life in groupby(rows, key=lambda row: row["tender"])]
    for start in range(0, len(lives), _CHUNK):
        yield from _read(store, lives[start : start + _CHUNK], in_force)


def span(store: Store, year: int, held: Sequence[Contract]) -> Span:
    """What of ``year`` is held: ``held`` are its contracts; a day of a source that lacks notices is incomplete."""
    days = [contract.first_published for contract in held]
    covered = store.coverage(date(year, 1, 1), date(year, 12, 31))
    return Span(min(days, default=None), max(days, default=None), sum(not row.complete for row in covered))


def _read(store: Store, lives: Sequence[Sequence[Row]], in_force: InForce) -> Iterator[Contract]:
    told = [(life, *_telling(life)) for life in lives]
    calls = {life[0]["tender"]: notice["id"] for life, stage, notice in told if stage == "call"}
    changed = in_force(list(calls))
    as_called = _called(store, list(calls.values()))
    for life, stage, notice in told:
        lots = changed.get(notice["tender"], as_called.get(notice["id"], ())) if stage == "call" else ()
        said = [(lot.number, one) for lot in lots for one in lot.findings if not one.proposed]
        yield Contract(
            tender=notice["tender"],
            notice=notice["id"],
            first_published=date.fromisoformat(notice["first_published"]),
            stage=stage,
            lots=tuple(_lots(lots, said)),
            hours=tuple(_hours(said)),
            percent=any(one.label in _CLAUSED and one.percent and one.reading != "denied" for _, one in said),
            departements=tuple(orjson.loads(notice["departements"])),
            cancelled=life[-1]["kind"] == "cancellation",
        )


def _called(store: Store, ids: Sequence[str]) -> dict[str, tuple[ItemLot, ...]]:
    """The lots of these notices as they were read."""
    readings = store.classifications(ids)
    found: dict[str, list[ItemLot]] = {}
    query = "SELECT notice, number, cpv, status, segment FROM lots WHERE notice IN ({}) ORDER BY position"
    for row in store._in(query, ids):
        reading = readings[row["notice"]].lot(row["number"])
        segment = decode(LotSegment, orjson.loads(row["segment"])) if row["segment"] else None
        findings, cpv = reading.findings if reading else (), tuple(orjson.loads(row["cpv"]))
        lot = ItemLot(row["number"], "", row["status"], findings, None, cpv, segment)
        found.setdefault(row["notice"], []).append(lot)
    return {notice: tuple(lots) for notice, lots in found.items()}


def _telling(life: Sequence[Row]) -> tuple[Stage, Row]:
    """The latest call of a tender; without one, its latest announcement, else its latest notice."""
    calls = [row for row in life if row["kind"] == "call"]
    announced = [row for row in life if row["kind"] in _ANNOUNCED]
    if calls:
        return "call", calls[-1]
    return ("announced", announced[-1]) if announced else ("uncalled", life[-1])


def _lots(lots: Sequence[ItemLot], said: Sequence[Said]) -> Iterator[YearLot]:
    """The numbered lots; the implicit one when there is none."""
    shared = next((lot.cpv for lot in lots if lot.number is None), ())
    numbered = [lot for lot in lots if lot.number is not None]
    for lot in numbered or lots:
        labels = {one.label for about, one in said if one.reading == "affirmed" and _about(about, one, lot.number)}
        known = tuple(label for label in LABELS if label in labels)
        yield YearLot(lot.number, lot.status, known, lot.cpv or shared, lot.segment)


def _about(about: str | None, finding: Finding, number: str | None) -> bool:
    """Whether a finding is about a lot: named, or of the whole notice without excepting it."""
    return f"SAUF_LOT_{number}" not in finding.notes if about is None else about == number


def _hours(said: Sequence[Said]) -> Iterator[Stated]:
    """Each statement once: one sentence about several lots is one, and so is the same value repeated for them."""
    sentences: dict[tuple[Any, ...], set[str | None]] = {}
    for about, one in said:
        if one.label not in _CLAUSED or one.reading == "denied":
            continue
        firm = one.reading == "affirmed" and one.label != "clause_insertion_facultative"
        for hours in one.hours:
            key = (one.label, firm, hours.value, hours.per, (one.passage, one.start, one.end, one.field))
            sentences.setdefault(key, set()).add(about)
    stated = {
        Stated(value, per, label, firm, () if None in lots else tuple(sorted(filter(None, lots)))): None
        for (label, firm, value, per, _), lots in sentences.items()
    }
    yield from stated
