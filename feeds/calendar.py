"""How are renewals written as iCal (RFC 5545)? One all-day event a contract, on the first day to call its buyer.

Only for ``prive/``. The same renewals and reference date give the same bytes; an event keeps its identifier for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from icalendar import Calendar, Event

from feeds.entry import safe_link
from scanner.approach import Renewal
from scanner.datafile import only, read_yaml

_WORDS = Path(__file__).with_name("calendar.yml")
_LINES = ("confidence", "sure", "holders", "amount", "no_amount", "contact", "link")


def calendar(renewals: Iterable[Renewal], *, reference: date, name: str) -> bytes:
    """The calendar called ``name``; ``reference`` stamps every event. Ended and unknown renewals have no event."""
    made = Calendar()
    made.add("prodid", _words()["product"])
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", name)
    called = [one for one in renewals if one.first_call and one.state != "termine"]
    for one in sorted(called, key=lambda one: (one.first_call or date.max, one.contract.id)):
        made.add_component(_event(one, reference))
    return bytes(made.to_ical())


def uid(contract: str) -> str:
    """The identifier of a contract's event: it depends on the contract alone."""
    return f"{sha256(contract.encode()).hexdigest()[:32]}@{_words()['domain']}"


def _event(one: Renewal, reference: date) -> Event:
    assert one.first_call is not None
    words, contract = _words(), one.contract
    names = {"buyer": _line(contract.buyer) or words["unnamed"], "title": _line(contract.title) or words["untitled"]}
    event = Event()
    event.add("uid", uid(contract.id))
    event.add("dtstamp", datetime.combine(reference, time(), UTC))
    event.add("dtstart", one.first_call)
    event.add("dtend", one.first_call + timedelta(days=1))
    event.add("summary", words["late" if one.state == "tard" else "summary"].format(**names))
    event.add("description", "\n".join(_description(one)))
    event.add("categories", [words["category"]])
    event.add("transp", "TRANSPARENT")
    if url := safe_link(contract.url):
        event.add("url", url)
    return event


def _description(one: Renewal) -> Iterator[str]:
    lines, contract = _words()["lines"], one.contract
    yield one.when
    yield one.say
    told = {"level": one.level, "confidence": one.confidence, "reasons": " ; ".join(one.reasons)}
    yield lines["confidence" if one.reasons else "sure"].format(**told)
    known = contract.amount is not None
    yield lines["amount"].format(amount=_euros(contract.amount)) if known else lines["no_amount"]
    if contract.holders:
        yield lines["holders"].format(holders=_line(", ".join(contract.holders)))
    if contract.email:
        yield lines["contact"].format(email=_line(contract.email))
    if contract.url:
        yield lines["link"].format(url=_line(contract.url))


def _line(text: str) -> str:
    """``text`` on one line, without control characters, which iCal forbids."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _euros(amount: float | None) -> str:
    return f"{amount or 0:,.0f}".replace(",", "\u202f")


@cache
def _words() -> dict[str, Any]:
    keys = ("product", "domain", "category", "summary", "late", "unnamed", "untitled")
    found = only(read_yaml(_WORDS), _WORDS.name, {**dict.fromkeys(keys, str), "lines": dict})
    only(found["lines"], f"{_WORDS.name}, lines", dict.fromkeys(_LINES, str))
    return found
