"""How promising is a lot, and how sure are we? Points from 0 to 100, each with its reason and the field it was read in.

A missing field brings no more points than its worst value; it is told, and it lowers the confidence, shown apart. Where
two fields tell the same thing the best one counts, the less direct one for a part: so none that goes raises a score.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from scanner.appraisal import LotSegment, Practice, Signal
from scanner.finding import Finding, Status
from scanner.notice import Amount, Lot, Notice
from scanner.opportunity.points import entry, named, part, place, stepped, table
from scanner.opportunity.trade import remarks, worth
from scanner.opportunity.words import LAST


@dataclass(frozen=True, slots=True)
class Case:
    """What is scored: a lot (None = undivided notice), its status and findings, its segment, its buyer's practice."""

    notice: Notice
    lot: Lot | None
    status: Status
    findings: tuple[Finding, ...]
    segment: LotSegment
    practice: Practice | None = None

    @property
    def shared(self) -> bool:
        """Whether what is told of the whole notice is told of several lots."""
        return self.lot is not None and len(self.notice.lots) > 1


def signals(case: Case) -> tuple[Signal, ...]:
    """Everything that counts or that a reader must know, in the order of ``score.yml``; DataFileError when it is wrong.

    What makes a purchase project urgent is told first.
    """
    state, trade = _state(case), worth(case.segment, shared=case.shared)
    found = [
        trade["potential"],
        trade["labour_share"],
        _duration(case),
        _amount(case),
        *_several_lots(case),
        *(trade[name] for name in ("rare_publics", "perhaps") if name in trade),
        _practice(case.practice),
        *_worded("place", case),
        *_worded("caution", case),
        *remarks(case.segment, shared=case.shared),
        *_openings(case.notice),
    ]
    return tuple([state, *found] if state.name == "project" else [*found, state])


def total(found: tuple[Signal, ...]) -> int:
    """The score: the sum of the points, from 0 to 100."""
    return max(0, min(100, sum(signal.points for signal in found)))


def confidence(found: tuple[Signal, ...]) -> int:
    """How much of what the score needs is known, from 0 to 100: what is missing or assumed is taken from 100."""
    costs = table()["confidence"]
    return max(0, 100 - sum(int(costs[signal.name]) for signal in found if not signal.known))


def _state(case: Case) -> Signal:
    """What the notice was read as; of a purchase project, what its buyer declares."""
    if case.notice.shape == "projet":
        said = next((fact.value for fact in case.notice.coded if fact.field == "considerations_sociales"), "")
        return named("project", said if said in ("oui", "non") else "unknown")
    quote = next((one.quote for one in case.findings if one.reading != "denied" and one.passage is not None), "")
    return named("status", case.status, quote=quote)


def _duration(case: Case) -> Signal:
    """That of the lot; that of the notice, in part when it is that of several lots."""
    own = case.lot.duration_months if case.lot else None
    whole = stepped("duration", case.notice.duration_months)
    if case.shared and whole.known:
        told = whole.reason + table()["whole"]
        whole = replace(whole, points=part("avis", whole.points), reason=told)
    return _most([stepped("duration", own), whole])


def _amount(case: Case) -> Signal:
    """That of the lot; that of the notice too when it is of this lot alone."""
    holders = [case.lot, None if case.shared else case.notice]
    return _most(signal for holder in holders if holder for signal in _euros(holder.amount))


def _most(found: Iterable[Signal]) -> Signal:
    """The one with the most points, the known ones and then the first before the others."""
    return max(found, key=lambda signal: (signal.points, signal.known))


def _euros(amount: Amount | None) -> Iterator[Signal]:
    """What each figure published in euros brings: value, low bound, and for a part only the high one or the ceiling."""
    yield stepped("amount", None)
    if amount is None or amount.currency != "EUR":
        return
    senses = table()["amount_senses"]
    if amount.value and amount.value > 0:
        yield stepped("amount", amount.value)
    if amount.low and amount.low > 0:
        yield stepped("amount", amount.low, senses["low"])
    if (most := max(amount.high or 0, amount.ceiling or 0)) > 0:
        high = stepped("amount", most, senses["high"])
        yield replace(high, points=part("bound", high.points))


def _several_lots(case: Case) -> Iterator[Signal]:
    if case.shared:
        rules = table()["several_lots"]
        yield Signal("several_lots", rules["points"], rules["reason"], place("several_lots"))


def _practice(practice: Practice | None) -> Signal:
    least = table()["practice"]["least"]
    if practice is None or not (practice.own or practice.peers >= least):
        return named("practice", "unknown", known=False)
    known = {
        "n": practice.own, "k": practice.own_social, "pn": practice.peers, "pk": practice.peers_social,
        "about": practice.about, "period": practice.period, "own_period": practice.own_period,
    }  # fmt: skip
    compared = practice.peers >= least and practice.peers_social > 0
    name = "engaged" if practice.own_social else "peers" if compared else "none"
    rules = entry("practice", name)
    return Signal("practice", rules["points"], rules["reason"].format(**known), place("practice"))


def _worded(name: str, case: Case) -> Iterator[Signal]:
    """The signal when one of its words stands in a passage of the lot or of the whole notice, with those words."""
    lot = case.lot.number if case.lot else None
    for passage in case.notice.passages:
        if passage.lot in (None, lot) and (found := _cited(name, passage.text)):
            rules = table()[name]
            yield Signal(name, rules["points"], rules["reason"], passage.field, found)
            return


@lru_cache(maxsize=2 * LAST)
def _cited(name: str, text: str) -> str:
    """The first of the words that stands in ``text``, as written there; empty when there is none."""
    found = _pattern(name).search(text)
    return found[0] if found else ""


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{word})" for word in table()[name]["words"]), re.IGNORECASE)


def _openings(notice: Notice) -> Iterator[Signal]:
    """Where the buyer of a project may be spoken to."""
    for fact in notice.coded:
        if reason := table()["openings"].get(f"{fact.field}={fact.value}"):
            yield Signal("openings", 0, str(reason), place("openings"), fact.value)
