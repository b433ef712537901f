"""When can the buyer be spoken to? The windows W1 to W5, or too late, seen from a given day. Rules in timing.yml."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from scanner.appraisal import Window
from scanner.datafile import DataFileError, only, read_yaml
from scanner.opportunity.words import agree, day

_RULES = Path(__file__).with_name("timing.yml")
_PARIS = ZoneInfo("Europe/Paris")
#: Kinds of notices that come after the offers.
_AFTER = frozenset({"award", "modification", "intent"})
_ACTIONS = (
    "project", "project_due", "project_undated", "renewal_open", "relaunch", "cancelled", "no_deadline", "awarded",
    "awarded_until", "renewal_late", "too_late", "too_late_until", "ended",
)  # fmt: skip


def window(
    *,
    kind: str,
    project: bool,
    deadline: datetime | None,
    reference: date,
    expected: date | None = None,
    end: date | None = None,
    relaunched: bool = False,
) -> Window:
    """The moment of a tender on the day ``reference``.

    ``kind`` is that of its last notice, ``project`` a purchase project; ``expected`` the day of the call to come,
    ``end`` the end of the contract, renewals included. A contract is ripe for its renewal (W1) from 12 to 9 months
    before its end, W5 from then on. Days are calendar days in Paris, None when the date is unknown.
    """
    if project or kind == "planning":
        return _planned(expected, reference)
    if kind in _AFTER:
        return _awarded(end, reference)
    if deadline is not None and (left := (_paris(deadline) - reference).days) >= 0 and kind != "cancellation":
        return _open(left)
    if relaunched or kind == "cancellation":
        return _window("W2", "relaunch" if relaunched else "cancelled")
    if deadline is None:
        return _window("W3", "no_deadline")
    return _expired(_paris(deadline), end, reference)


def renewal_period(end: date) -> tuple[date, date]:
    """First and last day when to prepare the renewal of a contract that ends on ``end``."""
    months = _rules()["renewal_months"]
    return _before(end, months["from"]), _before(end, months["to"])


def _planned(expected: date | None, reference: date) -> Window:
    if expected is None:
        return _window("W1", "project_undated")
    left = (expected - reference).days
    return _window("W1", "project", expected, left) if left >= 0 else _window("W1", "project_due", expected)


def _awarded(end: date | None, reference: date) -> Window:
    if end is None:
        return _window("W4", "awarded")
    return _renewal(end, reference) or _window("W4", "awarded_until", end, (end - reference).days)


def _expired(deadline: date, end: date | None, reference: date) -> Window:
    if end is None or end < reference:
        return _window("trop_tard", "too_late", deadline, (deadline - reference).days)
    late = _window("trop_tard", "too_late_until", end, (deadline - reference).days)
    return _renewal(end, reference) or late


def _renewal(end: date, reference: date) -> Window | None:
    """The window of a contract whose end is near; None while it is far."""
    first, last = renewal_period(end)
    left = (end - reference).days
    if left < 0:
        return _window("trop_tard", "ended", end, left)
    if reference > last:
        return _window("W5", "renewal_late", end, left)
    return _window("W1", "renewal_open", end, left) if reference >= first else None


def _open(left: int) -> Window:
    step = next(step for step in _rules()["days"] if left >= step["from"])
    return Window("W3", _rules()["titles"]["W3"], agree(step["action"].format(days=left)), left)


def _window(code: str, action: str, when: date | None = None, left: int | None = None) -> Window:
    rules = _rules()
    text = agree(rules["actions"][action].format(date=day(when) if when else "", days=left))
    return Window(code, rules["titles"][code], text, left)


def _paris(instant: datetime) -> date:
    return (instant.astimezone(_PARIS) if instant.tzinfo else instant).date()


def _before(end: date, months: int) -> date:
    """The same day ``months`` earlier, or the last of its month."""
    year, month = divmod(end.year * 12 + end.month - 1 - months, 12)
    return date(year, month + 1, min(end.day, monthrange(year, month + 1)[1]))


@cache
def _rules() -> dict[str, Any]:
    rules = only(
        read_yaml(_RULES), _RULES.name, {"days": list, "renewal_months": dict, "titles": dict, "actions": dict}
    )
    steps = [only(step, f"{_RULES.name}, days", {"from": int, "action": str})["from"] for step in rules["days"]]
    if steps != sorted(steps, reverse=True) or steps[-1:] != [0]:
        raise DataFileError(f"{_RULES.name}, days : les paliers vont du plus grand à 0.")
    only(rules["renewal_months"], f"{_RULES.name}, renewal_months", {"from": int, "to": int})
    only(rules["titles"], f"{_RULES.name}, titles", dict.fromkeys(("W1", "W2", "W3", "W4", "W5", "trop_tard"), str))
    only(rules["actions"], f"{_RULES.name}, actions", dict.fromkeys(_ACTIONS, str))
    return rules
