"""Which contracts does the database hold of a year, and what does the latest call of each say?

A contract is a tender: one procedure, whatever the number of its notices and journals. It belongs to the year of its
first notice, and only its latest call is read: neither its award nor a correction that states a mere delta.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

import orjson

from scanner.appraisal import LotSegment
from scanner.finding import CLAUSES, LABELS
from scanner.store import Store, decode
from scanner.year import Contract, Span, Stage, Stated, YearLot

Row = Mapping[str, Any]
_ANNOUNCED = ("planning",)
#: The labels whose hours are those of a clause; a criterion or a mention gives none.
_CLAUSED = frozenset({*CLAUSES, "objet_insertion", "clause_insertion_facultative"})
_CHUNK = 400


def contracts(store: Store, year: int) -> Iterator[Contract]:
    """The contracts whose first notice was published in ``year``, by tender; ``buyer_kind`` is left unknown."""
    rows = store._rows(
        "SELECT n.tender, n.id, n.kind, n.published, n.departements, t.first_published FROM tenders t "
        "JOIN notices n ON n.tender = t.id WHERE t.first_published BETWEEN ? AND ? "
        "ORDER BY n.tender, n.published, n.id",
        (f"{year:04d}-01-01", f"{year:04d}-12-31"),
    )
    lives = [list(life) for _, life in groupby(rows, key=lambda row: row["tender"])]
    for start in range(0, len(lives), _CHUNK):
        yield from _read(store, lives[start : start + _CHUNK])


def span(store: Store, year: int, held: Sequence[Contract]) -> Span:
    """What of ``year`` is held: ``held`` are its contracts; a day of a source that lacks notices is incomplete."""
    days = [contract.first_published for contract in held]
    covered = store.coverage(date(year, 1, 1), date(year, 12, 31))
    return Span(min(days, default=None), max(days, default=None), sum(not row.complete for row in covered))


def _read(store: Store, lives: Sequence[Sequence[Row]]) -> Iterator[Contract]:
    told = [(life, *_telling(life)) for life in lives]
    ids = [notice["id"] for _, stage, notice in told if stage == "call"]
    lots = _by_notice(
        store._in(
            "SELECT notice, number, whole, cpv, status, segment FROM lots WHERE notice IN ({}) ORDER BY position", ids
        )
    )
    findings = _by_notice(
        store._in("SELECT * FROM findings WHERE proposed = 0 AND notice IN ({}) ORDER BY position", ids)
    )
    for life, stage, notice in told:
        said = findings.get(notice["id"], [])
        yield Contract(
            tender=notice["tender"],
            notice=notice["id"],
            first_published=date.fromisoformat(notice["first_published"]),
            stage=stage,
            lots=tuple(_lots(lots.get(notice["id"], []), said)),
            hours=tuple(_hours(said)),
            percent=any(row["label"] in _CLAUSED and row["percent"] != "[]" and _says(row) for row in said),
            departements=tuple(orjson.loads(notice["departements"])),
            cancelled=life[-1]["kind"] == "cancellation",
        )


def _telling(life: Sequence[Row]) -> tuple[Stage, Row]:
    """The latest call of a tender; without one, its latest announcement, else its latest notice."""
    calls = [row for row in life if row["kind"] == "call"]
    announced = [row for row in life if row["kind"] in _ANNOUNCED]
    if calls:
        return "call", calls[-1]
    return ("announced", announced[-1]) if announced else ("uncalled", life[-1])


def _by_notice(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["notice"], []).append(row)
    return found


def _lots(rows: Sequence[Row], findings: Sequence[Row]) -> Iterator[YearLot]:
    """The numbered lots; the implicit one when there is none."""
    shared: list[str] = next((orjson.loads(row["cpv"]) for row in rows if row["number"] is None), [])
    numbered = [row for row in rows if row["number"] is not None]
    for row in numbered or rows:
        own = orjson.loads(row["cpv"])
        segment = decode(LotSegment, orjson.loads(row["segment"])) if row["segment"] else None
        labels = {one["label"] for one in findings if one["reading"] == "affirmed" and _about(one, row["number"])}
        yield YearLot(
            number=row["number"],
            status=row["status"],
            labels=tuple(label for label in LABELS if label in labels),
            cpv=tuple(own or shared),
            segment=segment,
        )


def _about(finding: Row, number: str | None) -> bool:
    """Whether a finding is about a lot: named, or of the whole notice without excepting it."""
    if finding["about"] is None:
        return f"SAUF_LOT_{number}" not in orjson.loads(finding["notes"])
    return bool(finding["about"] == number)


def _says(finding: Row) -> bool:
    return bool(finding["reading"] != "denied")


def _hours(findings: Sequence[Row]) -> Iterator[Stated]:
    """Each statement once: one sentence about several lots is one, and so is the same value repeated for them."""
    sentences: dict[tuple[Any, ...], set[str | None]] = {}
    for row in findings:
        if row["label"] not in _CLAUSED or not _says(row):
            continue
        firm = row["reading"] == "affirmed" and row["label"] != "clause_insertion_facultative"
        for hours in orjson.loads(row["hours"]):
            place = (row["passage"], row["start"], row["end"], row["field"])
            key = (row["label"], firm, float(hours["value"]), hours["per"], place)
            sentences.setdefault(key, set()).add(row["about"])
    said = {
        Stated(value, per, label, firm, () if None in lots else tuple(sorted(filter(None, lots)))): None
        for (label, firm, value, per, _), lots in sentences.items()
    }
    yield from said
