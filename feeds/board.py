"""What does each feed hold, in each territory? Cards made once for the whole, then shared out by département."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from feeds import digest
from feeds.entry import Card, card
from feeds.families import Family
from feeds.sorting import Lots, note, sort_lots
from feeds.trade import segment_of
from scanner.edition import Edition, Item

_T = TypeVar("_T")
Places = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A tender as one feed tells it: its card, and what the feed says beside (its trades)."""

    card: Card
    note: str = ""


@dataclass(frozen=True, slots=True)
class Board:
    """What one feed holds in one territory, in its order. ``withheld`` and ``closed``: where the others are."""

    told: tuple[Told, ...] = ()
    leaving: tuple[Told, ...] = ()
    withheld: tuple[Places, ...] = ()
    closed: tuple[Places, ...] = ()

    @property
    def placed(self) -> bool:
        """Whether something of it is known to be in its territory, not merely national or of unknown place."""
        return any(one.card.departements for one in (*self.told, *self.leaving))


class Cards:
    """The cards of an edition, each made once whatever the number of feeds that show it."""

    def __init__(self, reference: date) -> None:
        self._reference = reference
        self._made: dict[tuple[object, ...], tuple[Lots, Card]] = {}

    def __call__(self, item: Item, lots: Lots, news: bool = False) -> Card:
        """The card of ``item`` with ``lots``, told apart by identity: they are kept, so that none takes another's."""
        key = (item.tender, item.notice, item.kind, item.title, news, *map(id, lots))
        if key not in self._made:
            self._made[key] = lots, card(item, lots, self._reference, news)
        return self._made[key][1]


def of_list(listing: digest.Listing, edition: Edition, cards: Cards, gone: bool = True) -> Board:
    """What ``listing`` holds of ``edition``; ``gone``: with those that leave it in the period."""
    found = digest.sift(listing, edition.items, edition.reference)
    leaving = digest.leaving(listing, edition) if gone else []
    return Board(
        told=tuple(Told(cards(item, lots, listing.changes)) for item, lots in found.kept),
        leaving=tuple(Told(cards(item, lots, True)) for item, lots in leaving),
        withheld=tuple(item.departements for item in found.withheld),
        closed=tuple(item.departements for item, _ in found.closed),
    )


def of_family(family: Family, edition: Edition, cards: Cards) -> dict[str, Board]:
    """What each topic of ``family`` holds of ``edition``, by the name of its group."""
    sifted = [digest.sift(listing, edition.items, edition.reference) for listing in family.lists]
    kept = sorted(_merged(pair for one in sifted for pair in one.kept), key=digest.by_deadline)
    closed = _merged(pair for one in sifted for pair in one.closed)
    told, gone, late = (
        _shared(family, kept, edition),
        _leaving(family, edition),
        _shared(family, closed, edition),
    )
    return {
        group: Board(
            told=tuple(Told(cards(item, lots), note(family, item, lots)) for item, lots in told.get(group, ())),
            leaving=tuple(
                Told(cards(digest.farewell(item), lots, True), note(family, item, lots))
                for item, lots in gone.get(group, ())
            ),
            closed=tuple(item.departements for item, _ in late.get(group, ())),
        )
        for group in family.topics
    }


def shared_out(board: Board, codes: Sequence[str]) -> dict[str, Board]:
    """``board`` for each département: what is there, and what is national or of unknown place."""
    told, leaving = _by_place(board.told, codes, _told_places), _by_place(board.leaving, codes, _told_places)
    withheld, closed = _by_place(board.withheld, codes, tuple), _by_place(board.closed, codes, tuple)
    return {
        code: Board(tuple(told[code]), tuple(leaving[code]), tuple(withheld[code]), tuple(closed[code]))
        for code in codes
    }


def grouping(listing: digest.Listing, board: Board) -> digest.Grouping:
    """``board`` as the bulletin tells it."""
    cards = tuple(one.card for one in board.told)
    return digest.Grouping(listing, cards, len(board.withheld), len(board.closed))


def _by_place(held: Iterable[_T], codes: Sequence[str], places: Callable[[_T], Places]) -> dict[str, list[_T]]:
    found: dict[str, list[_T]] = {code: [] for code in codes}
    for one in held:
        for code in dict.fromkeys(places(one)) or codes:
            if code in found:
                found[code].append(one)
    return found


def _told_places(told: Told) -> Places:
    return told.card.departements


def _shared(family: Family, pairs: Iterable[digest.Pair], edition: Edition) -> dict[str, list[digest.Pair]]:
    """The tenders of each group, with the lots that put them there."""
    found: dict[str, list[digest.Pair]] = {}
    for item, lots in pairs:
        for group, mine in sort_lots(family, item, lots, edition.reference).items():
            found.setdefault(group, []).append((item, mine))
    return found


def _leaving(family: Family, edition: Edition) -> dict[str, list[digest.Pair]]:
    """The tenders that leave a group in the period: over, their device withdrawn, or reserved to others now."""
    found: dict[str, list[digest.Pair]] = {}
    for item in digest.changed(edition):
        opened = replace(item, kind="call")
        now = sort_lots(family, item, _retained(family, item), edition.reference)
        before = replace(opened, lots=_with_trades(item))
        was = {
            **sort_lots(family, before, _retained(family, before), edition.reference),
            **sort_lots(family, opened, _retained(family, opened), edition.reference),
        }
        for group, lots in was.items():
            if group not in now:
                found.setdefault(group, []).append((item, lots))
    return found


def _with_trades(item: Item) -> Lots:
    """The lots of ``item`` as they were; one whose trade is not known again has that of the lot of its number now."""
    now = {lot.number: segment_of(lot) for lot in item.lots}
    return tuple(lot if segment_of(lot) else replace(lot, segment=now.get(lot.number)) for lot in item.before)


def _retained(family: Family, item: Item) -> Lots:
    """The lots of ``item`` that a list of ``family`` retains, in their order."""
    kept = {id(lot) for listing in family.lists for lot in digest.retained(listing, item)}
    return tuple(lot for lot in item.lots if id(lot) in kept)


def _merged(pairs: Iterable[digest.Pair]) -> list[digest.Pair]:
    """Each tender once, with the lots that any of the lists retained, in their order."""
    held: dict[str, tuple[Item, set[int]]] = {}
    for item, lots in pairs:
        held.setdefault(item.tender, (item, set()))[1].update(map(id, lots))
    return [(item, tuple(lot for lot in item.lots if id(lot) in kept)) for item, kept in held.values()]
