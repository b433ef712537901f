"""Where could a clause or a reservation be proposed? Eligible lots where nothing binding was found, scored from data.

The points are in ``score.yml``; the score orders the reading and never excludes a lot.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from scanner.datafile import DataFileError, only, read_yaml
from scanner.finding import NOT_BINDING, Opportunity, Segment, Status
from scanner.notice import Amount, Lot, Notice

OPEN_KINDS: frozenset[str] = frozenset({"call", "planning"})
_SCORE = Path(__file__).with_name("score.yml")


@dataclass(frozen=True, slots=True)
class _Points:
    """What one fact brings: points out of 100, and the reason told to the reader."""

    points: int
    reason: str
    floor: float = 0.0


def appraise(notice: Notice, lot: Lot | None, status: Status, segment: Segment | None) -> Opportunity | None:
    """The opportunity of one lot (``lot`` None = undivided notice), score 0-100 with its reasons in French.

    None unless the notice is an open call or a forecast read in full, nothing binding was found and the trade is
    known; a purchase project, of which no full text exists yet, is judged on what its buyer declares. A poor segment
    is kept, with a low score and the reason why. DataFileError on an unknown segment code.
    """
    project = notice.shape == "projet" and status in (*NOT_BINDING, "non_lu")
    whole = notice.read_in_full and status in NOT_BINDING
    if notice.kind not in OPEN_KINDS or not (project or whole) or segment is None:
        return None
    table = _table()
    parts = [
        _named(table, "potential", segment.potential),
        _stepped(table, "labour_share", segment.labour_share),
        _stepped(table, "duration", _duration(notice, lot)),
        _stepped(table, "amount", _euros(lot.amount if lot else notice.amount)),
        _named(table, "project", _declared(notice)) if project else _named(table, "status", status),
    ]
    score = max(0, min(100, sum(part.points for part in parts)))
    reasons = (*(part.reason for part in parts), *_remarks(table, segment), *(_openings(table, notice)))
    if project:  # what makes it urgent is told first
        reasons = (parts[-1].reason, *(reason for reason in reasons if reason != parts[-1].reason))
    return Opportunity(lot.number if lot else None, segment, _lever(table, segment), score, reasons)


def _declared(notice: Notice) -> str:
    """What a purchase project declares of social considerations: oui, non, or unknown."""
    said = next((fact.value for fact in notice.coded if fact.field == "considerations_sociales"), "")
    return said if said in ("oui", "non") else "unknown"


def _openings(table: Mapping[str, Any], notice: Notice) -> Iterator[str]:
    """Where the buyer of a project may be spoken to."""
    for fact in notice.coded:
        if reason := table["openings"].get(f"{fact.field}={fact.value}"):
            yield str(reason)


def _lever(table: Mapping[str, Any], segment: Segment) -> str:
    if not segment.devices:
        return str(table["no_lever"])
    return ", ou ".join(_word(table, "levers", device) for device in segment.devices)


def _remarks(table: Mapping[str, Any], segment: Segment) -> Iterator[str]:
    if segment.labour_share is not None and segment.share_status == "A_CONFIRMER":
        yield str(table["share_to_confirm"])
    if len(segment.prefix) == 2:
        yield str(table["coarse"])
    for code in segment.reasons:
        yield _word(table, "low_reasons", code)


def _duration(notice: Notice, lot: Lot | None) -> float | None:
    if lot is not None and lot.duration_months is not None:
        return lot.duration_months
    return notice.duration_months


def _euros(amount: Amount | None) -> float | None:
    """The most prudent figure published: value, else the low bound, else high, else ceiling; euros only."""
    if amount is None or amount.currency != "EUR":
        return None
    figures = (amount.value, amount.low, amount.high, amount.ceiling)
    return next((figure for figure in figures if figure), None)


def _named(table: Mapping[str, Any], name: str, key: str) -> _Points:
    if key not in table[name]:
        raise DataFileError(f"{_SCORE.name} : « {key} » inconnu, ajoutez-le sous {name}.")
    return _points(table[name][key], f"{_SCORE.name}, {name}.{key}")


def _stepped(table: Mapping[str, Any], name: str, value: float | None) -> _Points:
    if value is None:
        return _points(table[name]["unknown"], f"{_SCORE.name}, {name}.unknown")
    steps = [_points(step, f"{_SCORE.name}, {name}.steps") for step in table[name]["steps"]]
    step = next((step for step in steps if value >= step.floor), steps[-1])
    return _Points(step.points, step.reason.format(value=_figure(value)), step.floor)


def _points(entry: Any, where: str) -> _Points:
    checked = only(entry, where, required={"points": int, "reason": str}, optional={"from": float})
    return _Points(checked["points"], checked["reason"], float(checked.get("from", 0)))


def _figure(value: float) -> str:
    """A French figure: ``1 250,5``, at most one decimal, narrow no-break space between thousands."""
    text = f"{value:,.1f}".removesuffix(".0")
    return text.replace(",", "\u202f").replace(".", ",")


def _word(table: Mapping[str, Any], name: str, code: str) -> str:
    if code not in table[name]:
        raise DataFileError(f"{_SCORE.name} : code « {code} » inconnu, ajoutez-le sous {name}.")
    return str(table[name][code])


@cache
def _table() -> dict[str, Any]:
    return only(
        read_yaml(_SCORE),
        _SCORE.name,
        required={
            "potential": dict, "labour_share": dict, "duration": dict, "amount": dict, "status": dict,
            "project": dict, "openings": dict, "low_reasons": dict, "levers": dict, "no_lever": str,
            "coarse": str, "share_to_confirm": str,
        },
    )  # fmt: skip
