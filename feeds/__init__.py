"""How is an edition published? As static files: feeds, weekly bulletin, index and OPML; same edition, same bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from xml.etree import ElementTree

from feeds import deadlines, digest, ocds, tables
from feeds.entry import Card, clean, count, headline, long_date, midnight, week_name, word
from feeds.rss import Entry, Feed, atom, rss
from feeds.swap import repair, swap_in
from scanner.edition import Edition

__all__ = ["publish"]

WEEKLY = "veille"


@dataclass(frozen=True, slots=True)
class _Subscription:
    """A feed as listed on the index: ``path`` without extension, relative to the output folder."""

    list: str
    territory: str
    path: str
    feed: Feed


def publish(edition: Edition, out: Path) -> list[Path]:
    """Put the public files of ``edition`` in ``out``, all at once, and return their paths, in the order made.

    Raises OSError when the folder cannot be written, DataFileError when ``feeds.yml`` or ``words.yml`` is wrong.
    """
    repair(out)
    subscriptions = list(_subscriptions(edition))
    pages: dict[str, bytes] = {}
    for subscription in subscriptions:
        pages[f"{subscription.path}.rss.xml"] = rss(subscription.feed)
        pages[f"{subscription.path}.atom.xml"] = atom(subscription.feed)
    pages[f"digest/{edition.week}.html"] = digest.html(edition).encode()
    pages[f"digest/{edition.week}.txt"] = digest.text(edition).encode()
    pages |= tables.files(edition) | deadlines.files(edition) | ocds.files(edition)
    pages["opml.xml"] = _opml(edition, subscriptions)
    pages["index.html"] = _index(edition, subscriptions, out).encode()
    return swap_in(out, pages)


def _subscriptions(edition: Edition) -> Iterator[_Subscription]:
    territories = [("", clean(edition.territory) or "France entière", edition)]
    for code in digest.departements(edition):
        territories.append((f"-{code}", _named(code), digest.in_departement(edition, code)))
    for suffix, territory, part in territories:
        yield _Subscription(
            "Veille de la semaine", territory, f"feeds/{WEEKLY}{suffix}", _weekly(part, suffix, territory)
        )
        for listing in digest.listings():
            if listing.feed:
                path = f"feeds/{listing.name}{suffix}"
                yield _Subscription(listing.title, territory, path, _thematic(part, listing, suffix, territory))


def _weekly(edition: Edition, suffix: str, territory: str) -> Feed:
    told = digest.verdict(edition, digest.groupings(edition)[0].counted)
    entry = Entry(
        id=f"urn:veille-clauses:{WEEKLY}{suffix}:{edition.week}",
        title=headline(f"Veille, {week_name(edition.week)} — {territory} : {told}"),
        summary=told,
        html=digest.brief(edition),
        updated=midnight(edition.until),
        link=_address(edition, f"digest/{edition.week}.html"),
    )
    title = headline(f"Veille clauses sociales — {territory}")
    return _feed(edition, f"{WEEKLY}{suffix}", title, told, (entry,))


def _thematic(edition: Edition, listing: digest.Listing, suffix: str, territory: str) -> Feed:
    group = digest.grouping(listing, edition.items, edition.reference)
    told = digest.verdict(edition, group.counted)
    period = f"Du {long_date(edition.since)} au {long_date(edition.until)}"
    description = " ".join(filter(None, [f"{period} : {told}.", group.told]))
    entries = tuple(
        _entry(listing, card) for card in (*group.cards[: listing.feed_cap], *digest.gone(listing, edition))
    )
    if len(group.cards) > listing.feed_cap:
        more = count(len(group.cards) - listing.feed_cap, "autre n'est pas", "autres ne sont pas")
        description += f" {more} dans ce flux : suivez celui d'un département."
    if not entries:
        entries = (_quiet(edition, f"{listing.name}{suffix}", description, told),)
    return _feed(edition, f"{listing.name}{suffix}", headline(f"{listing.title} — {territory}"), description, entries)


def _entry(listing: digest.Listing, card: Card) -> Entry:
    identity = f"urn:veille-clauses:{listing.name}:{card.tender}"
    if listing.changes:
        identity += f":{card.notice}"
    mark = " [national / lieu inconnu]" if card.block == "elsewhere" else ""
    summary = f"{card.why} Dispositif : {' — '.join((card.dispositif, card.buyer, card.place, card.deadline))}."
    if card.changes and not listing.changes:
        summary += f" Ce qui change : {' ; '.join(card.changes[-3:])}."
    return Entry(identity, card.title + mark, summary, digest.card_html(card), card.updated, card.url)


def _quiet(edition: Edition, name: str, description: str, told: str) -> Entry:
    """The one entry of an empty list: what was read, so that silence and breakdown are told apart."""
    return Entry(
        id=f"urn:veille-clauses:{name}:semaine:{edition.week}",
        title=headline(f"{week_name(edition.week).capitalize()} : {told}"),
        summary=description,
        html=digest.brief(edition),
        updated=midnight(edition.until),
        link=_address(edition, f"digest/{edition.week}.html"),
    )


def _feed(edition: Edition, name: str, title: str, description: str, entries: tuple[Entry, ...]) -> Feed:
    latest = max([midnight(edition.until), *(entry.updated for entry in entries)])
    identity = _address(edition, f"feeds/{name}") or f"urn:veille-clauses:{name}"
    return Feed(identity, f"feeds/{name}", title, description, latest, entries, edition.base_url)


def _named(code: str) -> str:
    name = word("departements", code)
    return f"département {code}" if name.startswith("[") else name


def _address(edition: Edition, path: str) -> str:
    return f"{edition.base_url.rstrip('/')}/{path}" if edition.base_url else ""


def _opml(edition: Edition, subscriptions: list[_Subscription]) -> bytes:
    root = ElementTree.Element("opml", version="2.0")
    head = ElementTree.SubElement(root, "head")
    ElementTree.SubElement(head, "title").text = f"Veille clauses sociales — {clean(edition.territory)}"
    body = ElementTree.SubElement(root, "body")
    for subscription in subscriptions:
        title = subscription.feed.title
        address = subscription.feed.address("rss.xml")
        ElementTree.SubElement(body, "outline", type="rss", text=title, title=title, xmlUrl=address)
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _index(edition: Edition, subscriptions: list[_Subscription], out: Path) -> str:
    weeks = {path.stem for path in (out / "digest").glob("*-W*.html")} | {edition.week}
    return (
        digest.environment()
        .get_template("index.html.j2")
        .render(
            territory=clean(edition.territory) or "France entière",
            week=edition.week,
            weeks=sorted(weeks, reverse=True),
            lists=list(dict.fromkeys(one.list for one in subscriptions)),
            territories=[(name, list(those)) for name, those in groupby(subscriptions, key=lambda one: one.territory)],
            verdict=digest.verdict(edition, digest.groupings(edition)[0].counted),
            broken=bool(digest.gaps(edition)),
            tables=[(listing.title, f"tables/{listing.name}") for listing in digest.listings()],
            calendars=deadlines.calendars(edition),
            standard=bool(edition.items),
            css=digest.style(),
        )
    )
