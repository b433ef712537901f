"""Which feeds are published? The bulletin, each list and each topic of a family, for the whole and by département.

The whole territory has every feed, a département the bulletin, the lists and the families said ``everywhere``; the feed
of another family (a trade, near deadlines) is made for a département as soon as a contract is there. A feed once made
must not vanish from its subscribers' readers: what the output folder already holds is therefore an argument
(``published``), and such a feed goes on, quiet. In a new folder those without a contract are not made again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from feeds import digest
from feeds.board import Board, Cards, Told, grouping, of_family, of_list, shared_out
from feeds.entry import Card, clean, word
from feeds.families import families
from feeds.rss import Feed
from feeds.telling import Teller
from scanner.edition import Edition

WEEKLY = "veille"
WEEKLY_TITLE = "Veille de la semaine"
LISTS = "Bulletin et listes"
ATOM, RSS = "application/atom+xml", "application/rss+xml"
_Groups = tuple[digest.Grouping, ...]


@dataclass(frozen=True, slots=True)
class Subscription:
    """A feed as listed: ``path`` without extension, relative to ``public/``; ``code`` empty = the whole territory."""

    folder: str
    list: str
    territory: str
    path: str
    feed: Feed
    code: str = ""


@dataclass(frozen=True, slots=True)
class _Shelf:
    """A feed in every territory: its folder, how it is named and counted, what it holds by code of département."""

    folder: str
    listing: digest.Listing
    boards: dict[str, Board]
    everywhere: bool


def published(out: Path) -> frozenset[str]:
    """The feeds that a former publication left under ``out``: their paths without extension."""
    return frozenset(f"feeds/{path.name.removesuffix('.atom.xml')}" for path in (out / "feeds").glob("*.atom.xml"))


def subscriptions(edition: Edition, published: frozenset[str] = frozenset()) -> Iterator[Subscription]:
    """Every feed of ``edition``, the whole territory first, then each département in the order of its code."""
    codes, cards, teller = _codes(edition, published), Cards(edition.reference), Teller(edition)
    shelves = list(_shelves(edition, cards, codes))
    weeks = _weeks(edition, cards, codes)
    for code in ("", *codes):
        suffix, territory = f"-{code}" if code else "", _territory(edition, code)
        groups, opened = weeks[code]
        part = digest.in_departement(edition, code) if code else edition
        yield Subscription(
            LISTS, WEEKLY_TITLE, territory, f"feeds/{WEEKLY}{suffix}",
            teller.weekly(part, f"{WEEKLY}{suffix}", territory, groups, opened), code,
        )  # fmt: skip
        for shelf in shelves:
            name = f"{shelf.listing.name}{suffix}"
            board = shelf.boards[code]
            if not code or shelf.everywhere or board.placed or f"feeds/{name}" in published:
                feed = teller.thematic(shelf.listing, name, territory, board)
                yield Subscription(shelf.folder, shelf.listing.title, territory, f"feeds/{name}", feed, code)


def alternates(listed: Sequence[Subscription]) -> list[tuple[str, str, str]]:
    """What a page announces (media type, title, path): the feeds of the whole territory, the lists in both formats."""
    whole = [one for one in listed if not one.code]
    found = [(ATOM, one.feed.title, f"{one.path}.atom.xml") for one in whole]
    return found + [(RSS, one.feed.title, f"{one.path}.rss.xml") for one in whole if one.folder == LISTS]


def _codes(edition: Edition, published: frozenset[str]) -> tuple[str, ...]:
    """The départements that have feeds; in a watch of the whole country, also those that had one before."""
    found = set(digest.departements(edition))
    if not edition.departements:
        found |= {path.removeprefix(_STEM) for path in published if _FORMER.fullmatch(path)}
    return tuple(sorted(found))


_STEM = f"feeds/{WEEKLY}-"
_FORMER = re.compile(rf"{_STEM}(?:\d\d|2[AB]|9[78]\d)")


def _shelves(edition: Edition, cards: Cards, codes: Sequence[str]) -> Iterator[_Shelf]:
    for listing in digest.listings():
        if listing.feed:
            yield _Shelf(LISTS, listing, _boards(of_list(listing, edition, cards), codes), True)
    for family in families():
        held = of_family(family, edition, cards)
        for group, topic in family.topics.items():
            yield _Shelf(family.folder, topic, _boards(held[group], codes), family.everywhere)


def _boards(whole: Board, codes: Sequence[str]) -> dict[str, Board]:
    return {"": whole, **shared_out(whole, codes)}


def _weeks(edition: Edition, cards: Cards, codes: Sequence[str]) -> dict[str, tuple[_Groups, tuple[Card, ...]]]:
    """The groupings of the bulletin and the tenders still open, by code of département."""
    week = digest.of_the_week(edition)
    lists = [(one, _boards(of_list(one, week, cards, gone=False), codes)) for one in digest.listings()]
    opened = _boards(Board(tuple(Told(cards(*pair)) for pair in digest.open_pairs(edition))), codes)
    return {
        code: (
            tuple(grouping(listing, boards[code]) for listing, boards in lists),
            tuple(told.card for told in opened[code].told),
        )
        for code in ("", *codes)
    }


def _territory(edition: Edition, code: str) -> str:
    if not code:
        return clean(edition.territory) or "France entière"
    name = word("departements", code)
    return f"département {code}" if name.startswith("[") else name
