"""Where could a clause or a reservation be proposed? Eligible lots where nothing binding was found, scored from data.

The points are in ``score.yml``; the score orders the reading and never excludes a lot.
"""

from __future__ import annotations

from collections.abc import Iterator
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
    parts = [
        _named("potential", segment.potential),
        _stepped("labour_share", segment.labour_share),
        _stepped("duration", _duration(notice, lot)),
        _stepped("amount", *_euros(lot.amount if lot else notice.amount)),
        _named("project", _declared(notice)) if project else _named("status", status),
    ]
    score = max(0, min(100, sum(part.points for part in parts)))
    reasons = (*(part.reason for part in parts), *_remarks(segment), *(_openings(notice) if project else ()))
    if project:  # what makes it urgent is told first
        reasons = (parts[-1].reason, *(reason for reason in reasons if reason != parts[-1].reason))
    return Opportunity(lot.number if lot else None, segment, _lever(segment), score, reasons)


def _declared(notice: Notice) -> str:
    """What a purchase project declares of social considerations: oui, non, or unknown."""
    said = next((fact.value for fact in notice.coded if fact.field == "considerations_sociales"), "")
    return said if said in ("oui", "non") else "unknown"


def _openings(notice: Notice) -> Iterator[str]:
    """Where the buyer of a project may be spoken to."""
    for fact in notice.coded:
        if reason := _table()["openings"].get(f"{fact.field}={fact.value}"):
            yield str(reason)


def _lever(segment: Segment) -> str:
    if not segment.devices:
        return str(_table()["no_lever"])
    return ", ou ".join(_word("levers", device) for device in segment.devices)


def _remarks(segment: Segment) -> Iterator[str]:
    if segment.labour_share is not None and segment.share_status == "A_CONFIRMER":
        yield str(_table()["share_to_confirm"])
    if len(segment.prefix) == 2:
        yield str(_table()["coarse"])
    for code in segment.reasons:
        yield _word("low_reasons", code)


def _duration(notice: Notice, lot: Lot | None) -> float | None:
    if lot is not None and lot.duration_months is not None:
        return lot.duration_months
    return notice.duration_months


def _euros(amount: Amount | None) -> tuple[float | None, str]:
    """The most prudent figure published, in euros, and its sense: value, else low bound, else high, else ceiling."""
    if amount is None or amount.currency != "EUR":
        return None, ""
    senses = _table()["amount_senses"]
    figures = ((amount.value, ""), (amount.low, senses["low"]), (amount.high or amount.ceiling, senses["high"]))
    return next(((figure, sense) for figure, sense in figures if figure), (None, ""))


@cache
def _named(name: str, key: str) -> _Points:
    return _points(_entry(name, key), f"{_SCORE.name}, {name}.{key}")


@cache
def _steps(name: str) -> tuple[_Points, ...]:
    return tuple(_points(step, f"{_SCORE.name}, {name}.steps") for step in _table()[name]["steps"])


def _stepped(name: str, value: float | None, sense: str = "") -> _Points:
    if value is None:
        return _named(name, "unknown")
    step = next((step for step in _steps(name) if value >= step.floor), _steps(name)[-1])
    return _Points(step.points, step.reason.format(value=sense + _figure(value)), step.floor)


def _points(entry: Any, where: str) -> _Points:
    checked = only(entry, where, required={"points": int, "reason": str}, optional={"from": float})
    return _Points(checked["points"], checked["reason"], float(checked.get("from", 0)))


def _figure(value: float) -> str:
    """A French figure: ``1 250,5``, at most one decimal, narrow no-break space between thousands."""
    text = f"{value:,.1f}".removesuffix(".0")
    return text.replace(",", "\u202f").replace(".", ",")


def _word(name: str, code: str) -> str:
    return str(_entry(name, code))


def _entry(name: str, code: str) -> Any:
    if code not in _table()[name]:
        raise DataFileError(f"{_SCORE.name} : code « {code} » inconnu, ajoutez-le sous {name}.")
    return _table()[name][code]


@cache
def _table() -> dict[str, Any]:
    return only(
        read_yaml(_SCORE),
        _SCORE.name,
        required={
            "potential": dict, "labour_share": dict, "duration": dict, "amount": dict, "amount_senses": dict,
            "status": dict,
            "project": dict, "openings": dict, "low_reasons": dict, "levers": dict, "no_lever": str,
            "coarse": str, "share_to_confirm": str,
        },
    )  # fmt: skip
