"""Which contracts end soon, and when to call their buyer? End = start + duration + renewals; rules in renewals.yml.

The window to call is that of timing.yml. Nothing is dropped for being unknown: it comes last, with what to ask.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from textwrap import shorten

from scanner.approach import Contract, Renewal, RenewalState
from scanner.opportunity.renewal_rules import STATES, doubt, level, limit, rules, unusable
from scanner.opportunity.timing import renewal_period
from scanner.opportunity.twins import Joined, join
from scanner.opportunity.words import day, figure

_DAYS_A_MONTH = 365.25 / 12


def expected(awarded: Iterable[Contract], *, today: date, horizon_months: int = 18) -> tuple[Renewal, ...]:
    """The contracts that end within ``horizon_months`` of ``today`` (both days included), the nearest end first.

    Those just ended follow (``ended_months``), then those whose end is unknown. The probable end counts renewals when
    they are known. DataFileError when renewals.yml or timing.yml cannot be trusted.
    """
    last = later(today, horizon_months)
    oldest = later(today, -limit("ended_months"))
    found = (_renewal(one, today) for one in join(map(_trusted, awarded)))
    kept = [one for one in found if one.end is None or oldest <= one.end <= last]
    return tuple(sorted(kept, key=_order))


def counts(renewals: Iterable[Renewal]) -> Mapping[RenewalState, int]:
    """How many renewals stand in each state, every state told."""
    found = Counter(one.state for one in renewals)
    return {state: found[state] for state in STATES}  # type: ignore[misc, index]  # STATES are the states


def later(start: date, months: float) -> date:
    """``months`` after ``start``: the same day or the last of its month; a fraction of a month is told in days."""
    whole = int(months // 1)
    year, month = divmod(start.year * 12 + start.month - 1 + whole, 12)
    moved = date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
    return moved + timedelta(days=round((months - whole) * _DAYS_A_MONTH))


def _trusted(one: Contract) -> Contract:
    """The contract without the date and the duration that its own anomalies forbid to use."""
    wrong = [code for code in one.anomalies if unusable(code)]
    start = None if any(code.startswith("date_") for code in wrong) else one.start
    months = None if any(code.startswith("duree_") for code in wrong) or not one.months else one.months
    return replace(one, start=start, months=months if months and months > 0 else None)


def _renewal(joined: Joined, today: date) -> Renewal:
    one = joined.contract
    firm, end = _ends(one)
    first, last = renewal_period(end) if end else (None, None)
    state = _state(end, first, last, today)
    doubts = list(_doubts(joined, end))
    confidence = max(0, 100 - sum(minus for minus, _ in doubts)) if end else 0
    return Renewal(
        one, state, firm, end, first, last, confidence, level(confidence),
        tuple(reason for _, reason in doubts) if end else (_why(one), *(reason for _, reason in doubts)),
        _when(one, state, firm, end, today), _say(one, state, end, today),
        (joined.twin.id,) if joined.twin else (), joined.doubles,
    )  # fmt: skip


def _ends(one: Contract) -> tuple[date | None, date | None]:
    """Without and with the renewals; the latter is the former when they are unknown."""
    firm = one.end
    if firm is None and one.start is not None and one.months is not None:
        firm = later(one.start, one.months)
    return firm, later(firm, one.renewal_months or 0) if firm else None


def _state(end: date | None, first: date | None, last: date | None, today: date) -> RenewalState:
    if end is None or first is None or last is None:
        return "inconnu"
    if end < today:
        return "termine"
    if today > last:
        return "tard"
    return "a_appeler" if today >= first else "a_venir"


def _doubts(joined: Joined, end: date | None) -> Iterator[tuple[int, str]]:
    """What makes the end doubtful: points taken from the confidence, and why."""
    one = joined.contract
    if end and one.end is None:
        yield from [] if one.start_basis == "stated" else [doubt(one.start_basis)]
        yield from [doubt("rounded")] if joined.rounded else []
        yield from [doubt("fraction")] if one.months and one.months % 1 else []
    if one.renewal_months is None:
        yield doubt("renewals_unknown")
    if one.anomalies:
        yield doubt("anomaly", codes=_codes(one))
    if joined.twin:
        yield doubt("merged", ground=rules()["grounds"][joined.ground])
        yield from _disagreement(joined)
    if joined.doubles:
        yield doubt("double", ids=", ".join(joined.doubles))


def _disagreement(joined: Joined) -> Iterator[tuple[int, str]]:
    ours, theirs = joined.contract.months, joined.twin.months if joined.twin else None
    if ours and theirs and abs(ours - theirs) > limit("months_apart"):
        yield doubt("months_differ", avis=figure(ours), decp=figure(theirs))


def _why(one: Contract) -> str:
    """Why the end is unknown."""
    words = rules()["unknown"]
    if any(map(unusable, one.anomalies)):
        return str(words["anomaly"].format(codes=_codes(one)))
    return str(words["duration" if one.months is None else "start"])


def _codes(one: Contract) -> str:
    return ", ".join(code.replace("_", " ") for code in one.anomalies)


def _when(one: Contract, state: RenewalState, firm: date | None, end: date | None, today: date) -> str:
    if firm is None or end is None:
        return str(rules()["when"][state].format(why=_why(one)))
    first, last = renewal_period(end)
    text = rules()["when"][state].format(end=day(end), first=day(first), last=day(last), months=_left(end, today))
    return str(text + (rules()["firm"].format(firm=day(firm)) if firm != end else ""))


def _say(one: Contract, state: RenewalState, end: date | None, today: date) -> str:
    """Argument K in the words of the moment and of what is known of the contract."""
    title = shorten(one.title, 90, placeholder=" …") or rules()["untitled"]
    month = f"{rules()['months'][end.month - 1]} {end.year}" if end else ""
    told = rules()["say"][state].format(title=title, month=month, months=_left(end, today) if end else "")
    return f"{told} {rules()['social'][one.social]}"


def _left(end: date, today: date) -> int:
    return max(1, round((end - today).days / _DAYS_A_MONTH))


def _order(one: Renewal) -> tuple[int, date, str, str]:
    rank = {"termine": 1, "inconnu": 2}.get(one.state, 0)
    return rank, one.end or date.max, one.contract.buyer, one.contract.id
