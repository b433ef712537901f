"""Until when may one answer? A calendar of deadlines (RFC 5545) by list and département; same edition, same bytes."""

from __future__ import annotations

import string
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from icalendar import Calendar, Event

from feeds import digest
from feeds.entry import PARIS, Card, CardLot, card, clean, long_date, midnight, safe_link, word
from scanner.datafile import only, read_yaml, texts
from scanner.edition import Edition, Item, ItemLot

_REQUIRED: dict[str, type] = {"lists": list, "words": dict, "summary_limit": int, "description_limit": int}


@dataclass(frozen=True, slots=True)
class Agenda:
    """One calendar: its path, its list and its territory."""

    path: str
    listing: digest.Listing
    territory: str
    edition: Edition


def files(edition: Edition) -> dict[str, bytes]:
    """``calendar/<list>.ics`` and ``calendar/<list>-34.ics``, relative to ``public/``, one event a tender.

    Raises DataFileError when ``deadlines.yml`` is wrong.
    """
    return {one.path: _calendar(one.listing, one.territory, one.edition) for one in calendars(edition)}


def calendars(edition: Edition) -> list[Agenda]:
    """Every calendar that ``files`` writes: the whole territory first, then each département."""
    parts = [("", clean(edition.territory) or "France entière", edition)]
    for code in digest.departements(edition):
        parts.append((f"-{code}", word("departements", code), digest.in_departement(edition, code)))
    return [
        Agenda(f"calendar/{listing.name}{suffix}.ics", listing, territory, part)
        for suffix, territory, part in parts
        for listing in listings()
    ]


def listings() -> list[digest.Listing]:
    """The lists that have a calendar, in the order of the bulletin."""
    return [listing for listing in digest.listings() if listing.name in _table()["lists"]]


def _calendar(listing: digest.Listing, territory: str, edition: Edition) -> bytes:
    made = Calendar()
    name = _phrase("name", list=listing.title, territory=territory)
    counted = digest.grouping(listing, edition.items, edition.reference).counted
    for key, value in (
        ("prodid", _table()["words"]["product"]), ("version", "2.0"), ("method", "PUBLISH"), ("x-wr-calname", name),
        ("x-wr-caldesc", digest.verdict(edition, counted)),
    ):  # fmt: skip
        made.add(key, value)
    for item, lots in _pairs(listing, edition):
        made.add_component(_event(listing, item, lots, edition))
    return bytes(made.to_ical())


def _pairs(listing: digest.Listing, edition: Edition) -> list[tuple[Item, tuple[ItemLot, ...]]]:
    """The tenders of the list that have a deadline ahead, and those cancelled before theirs."""
    open_ones, _, _ = digest.chosen(listing, edition.items, edition.reference)
    pairs = [*open_ones, *_cancelled(listing, edition)]
    dated = [(item, lots) for item, lots in pairs if item.deadline is not None]
    return sorted(dated, key=lambda pair: (_instant(pair[0]), pair[0].tender))


def _cancelled(listing: digest.Listing, edition: Edition) -> Iterator[tuple[Item, tuple[ItemLot, ...]]]:
    for item in edition.items:
        if item.kind == "cancellation" and not digest.expired(item, edition.reference):
            was = replace(item, kind="call")
            lots = digest.retained(listing, was) or digest.retained(listing, replace(was, lots=item.before))
            if lots:
                yield item, lots


def _event(listing: digest.Listing, item: Item, lots: tuple[ItemLot, ...], edition: Edition) -> Event:
    made, cancelled = Event(), item.kind == "cancellation"
    described = _description(item, card(item, lots, edition.reference))
    url = quote(safe_link(clean(item.url)), safe=string.punctuation)
    properties: dict[str, Any] = {
        "uid": f"{quote(clean(item.tender), safe=':')}@{_table()['words']['uid']}",
        "dtstart": _instant(item),
        "dtstamp": midnight(edition.reference).astimezone(UTC),
        "created": midnight(item.first_published).astimezone(UTC),
        "last-modified": midnight(item.published).astimezone(UTC),
        "sequence": max(len(item.events) - 1, 0),
        "summary": _summary(item, cancelled),
        "description": _cut(described, "description_limit"),
        "categories": [clean(listing.title)],
        "status": "CANCELLED" if cancelled else "CONFIRMED",
        "transp": "TRANSPARENT",
    }
    for key, value in {**properties, **({"url": url} if url else {})}.items():
        made.add(key, value)
    return made


def _instant(item: Item) -> datetime:
    """The deadline of an item that has one, in universal time."""
    assert item.deadline is not None, item.tender
    return item.deadline.astimezone(UTC)


def _time(item: Item) -> str:
    return f"{_instant(item).astimezone(PARIS):%H h %M}"


def _summary(item: Item, cancelled: bool) -> str:
    told = _phrase("summary", time=_time(item), title=clean(item.title) or _phrase("untitled"))
    return _cut(_phrase("cancelled", summary=told) if cancelled else told, "summary_limit")


def _description(item: Item, told: Card) -> str:
    """Why it is there, the proving sentences by lot, the deadline, buyer, place, what changed, the links."""
    day = long_date(_instant(item).astimezone(PARIS).date())
    lines = [told.why, *map(_lot, told.lots), _phrase("limit", day=day, time=_time(item))]
    lines += [_phrase("buyer", buyer=told.buyer), _phrase("place", place=told.place)]
    lines += [_phrase("changes", changes=" ; ".join(told.changes[-3:]))] * bool(told.changes)
    lines += [_phrase("notice", url=told.url_text)] * bool(told.url_text)
    lines += [_phrase("documents", url=told.documents_text)] * bool(told.documents_text)
    return "\n".join(lines)


def _lot(lot: CardLot) -> str:
    proofs = [" ".join(filter(None, [one.quote, *one.figures, f"({one.field})"])) for one in lot.proofs]
    return _phrase("lot", name=lot.name, proofs=" ; ".join(proofs)) if proofs else lot.name


def _cut(text: str, limit: str) -> str:
    most, end = int(_table()[limit]), str(_table()["words"]["cut"])
    return text if len(text) <= most else text[: most - len(end)] + end


def _phrase(key: str, **parts: str) -> str:
    return str(_table()["words"][key]).format(**parts)


@cache
def _table() -> dict[str, Any]:
    path = Path(__file__).with_name("deadlines.yml")
    read = only(read_yaml(path), path.name, _REQUIRED)
    texts(read["lists"], f"{path.name}, lists")
    return read
