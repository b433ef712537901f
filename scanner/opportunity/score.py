"""How promising is a lot, and how sure are we? Points from 0 to 100, each with its reason and the field it was read in.

A missing field brings no more points than its worst value; it is told, and it lowers the confidence, shown apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from scanner.appraisal import LotSegment, Practice, Signal
from scanner.datafile import DataFileError, only, read_yaml
from scanner.finding import Finding, Status
from scanner.notice import Amount, Lot, Notice
from scanner.opportunity.words import figure

_SCORE = Path(__file__).with_name("score.yml")
_SECTIONS: dict[str, type] = {
    **dict.fromkeys(("potential", "labour_share", "duration", "amount", "amount_senses", "several_lots"), dict),
    **dict.fromkeys(("rare_publics", "publics", "practice", "place", "caution", "status", "project"), dict),
    **dict.fromkeys(("openings", "low_reasons", "remarks", "confidence", "fields"), dict),
    "guessed": float,
}


@dataclass(frozen=True, slots=True)
class Case:
    """What is scored: a lot (None = undivided notice), its status and findings, its segment, its buyer's practice."""

    notice: Notice
    lot: Lot | None
    status: Status
    findings: tuple[Finding, ...]
    segment: LotSegment
    practice: Practice | None = None


def signals(case: Case) -> tuple[Signal, ...]:
    """Everything that counts or that a reader must know, in the order of ``score.yml``; DataFileError when it is wrong.

    What makes a purchase project urgent is told first.
    """
    state = _state(case)
    found = [
        _potential(case),
        _share(case),
        _stepped("duration", _duration(case)),
        _stepped("amount", *_euros(_amount(case))),
        *_several_lots(case),
        *_rare_publics(case),
        _practice(case.practice),
        *_worded("place", case),
        *_worded("caution", case),
        *_remarks(case),
        *_openings(case.notice),
    ]
    return tuple([state, *found] if state.name == "project" else [*found, state])


def total(found: tuple[Signal, ...]) -> int:
    """The score: the sum of the points, from 0 to 100."""
    return max(0, min(100, sum(signal.points for signal in found)))


def confidence(found: tuple[Signal, ...]) -> int:
    """How much of what the score needs is known, from 0 to 100: what is missing or assumed is taken from 100."""
    costs = _table()["confidence"]
    return max(0, 100 - sum(int(costs[signal.name]) for signal in found if not signal.known))


def _state(case: Case) -> Signal:
    """What the notice was read as; of a purchase project, what its buyer declares."""
    if case.notice.shape == "projet":
        said = next((fact.value for fact in case.notice.coded if fact.field == "considerations_sociales"), "")
        return _named("project", said if said in ("oui", "non") else "unknown")
    quote = next((one.quote for one in case.findings if one.reading != "denied" and one.passage is not None), "")
    return _named("status", case.status, quote=quote)


def _potential(case: Case) -> Signal:
    if case.segment.known == "inconnu":
        return _named("potential", "unknown", field=_field("text"), known=False)
    code = case.segment.code
    field = _field("potential", code=code) if code else _field("text")
    return _guessed(case, _named("potential", case.segment.segment.potential, field=field))


def _share(case: Case) -> Signal:
    prefix = case.segment.segment.prefix
    return _guessed(case, _stepped("labour_share", case.segment.segment.labour_share, prefix=prefix))


def _guessed(case: Case, signal: Signal) -> Signal:
    """A trade that was only guessed from the words brings a part of its points: a code is worth more."""
    if case.segment.known != "texte":
        return signal
    return replace(signal, points=int(signal.points * _table()["guessed"]))


def _duration(case: Case) -> float | None:
    own = case.lot.duration_months if case.lot else None
    return own if own is not None else case.notice.duration_months


def _amount(case: Case) -> Amount | None:
    return case.lot.amount if case.lot else case.notice.amount


def _euros(amount: Amount | None) -> tuple[float | None, str]:
    """The most prudent figure published, in euros, and its sense: value, else low bound, else high, else ceiling."""
    if amount is None or amount.currency != "EUR":
        return None, ""
    senses = _table()["amount_senses"]
    known = ((amount.value, ""), (amount.low, senses["low"]), (amount.high or amount.ceiling, senses["high"]))
    return next(((value, sense) for value, sense in known if value), (None, ""))


def _several_lots(case: Case) -> Iterator[Signal]:
    if case.lot is not None and len(case.notice.lots) > 1:
        entry = _table()["several_lots"]
        yield Signal("several_lots", entry["points"], entry["reason"], _field("several_lots"))


def _rare_publics(case: Case) -> Iterator[Signal]:
    entry = _table()["rare_publics"]
    rare = [one for one in case.segment.segment.publics if one in entry["publics"]]
    if rare:
        names = ", ".join(str(_table()["publics"].get(one, one)) for one in rare)
        field = _field("rare_publics", prefix=case.segment.segment.prefix)
        yield Signal("rare_publics", entry["points"], entry["reason"].format(value=names), field)


def _practice(practice: Practice | None) -> Signal:
    least = _table()["practice"]["least"]
    if practice is None or not (practice.own or practice.peers >= least):
        return _named("practice", "unknown", known=False)
    known = {
        "n": practice.own, "k": practice.own_social, "pn": practice.peers, "pk": practice.peers_social,
        "about": practice.about, "period": practice.period,
    }  # fmt: skip
    compared = practice.peers >= least and practice.peers_social > 0
    name = "engaged" if practice.own_social else "peers" if compared else "none"
    entry = _entry("practice", name)
    return Signal("practice", entry["points"], entry["reason"].format(**known), _field("practice"))


def _worded(name: str, case: Case) -> Iterator[Signal]:
    """The signal when one of its words stands in a passage of the lot or of the whole notice, with those words."""
    lot = case.lot.number if case.lot else None
    for passage in case.notice.passages:
        if passage.lot in (None, lot) and (found := _pattern(name).search(passage.text)):
            entry = _table()[name]
            yield Signal(name, entry["points"], entry["reason"], passage.field, found[0])
            return


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{word})" for word in _table()[name]["words"]), re.IGNORECASE)


def _remarks(case: Case) -> Iterator[Signal]:
    """What is assumed or doubtful in the segment, and why a poor one is poor."""
    told, row = _table()["remarks"], case.segment.segment
    if row.labour_share is not None and row.share_status == "A_CONFIRMER":
        yield Signal("share", 0, told["share"], known=False)
    if case.segment.known == "texte":
        yield Signal("text", 0, told["text"].format(value=round(100 * case.segment.confidence)), known=False)
    if case.segment.coarse:
        yield Signal("coarse", 0, told["coarse"], known=False)
    if case.segment.others:
        yield Signal("others", 0, told["others"].format(value=", ".join(case.segment.others)), known=False)
    if case.segment.words:
        yield Signal("words", 0, told["words"], quote=case.segment.words)
    for code in row.reasons:
        yield Signal("low_reasons", 0, str(_entry("low_reasons", code)), _field("rare_publics", prefix=row.prefix))


def _openings(notice: Notice) -> Iterator[Signal]:
    """Where the buyer of a project may be spoken to."""
    for fact in notice.coded:
        if reason := _table()["openings"].get(f"{fact.field}={fact.value}"):
            yield Signal("openings", 0, str(reason), fact.field, fact.value)


def _named(name: str, key: str, *, field: str = "", quote: str = "", known: bool = True) -> Signal:
    entry = _entry(name, key)
    return Signal(name, entry["points"], entry["reason"], field or _field(name), quote, known)


def _stepped(name: str, value: float | None, sense: str = "", prefix: str = "") -> Signal:
    if value is None:
        return _named(name, "unknown", field=_field(name, prefix=prefix), known=False)
    steps = _table()[name]["steps"]
    step = next((step for step in steps if value >= step["from"]), steps[-1])
    return Signal(name, step["points"], step["reason"].format(value=sense + figure(value)), _field(name, prefix=prefix))


def _field(name: str, **told: str) -> str:
    return str(_table()["fields"].get(name, "")).format(**told)


def _entry(name: str, code: str) -> Any:
    if code not in _table()[name]:
        raise DataFileError(f"{_SCORE.name} : code « {code} » inconnu, ajoutez-le sous {name}.")
    return _table()[name][code]


@cache
def _table() -> dict[str, Any]:
    return only(read_yaml(_SCORE), _SCORE.name, required=_SECTIONS)
