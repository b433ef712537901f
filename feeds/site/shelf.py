"""Which tenders have a page, and what is told of each? Those that a list of the edition holds, by deadline.

What a page tells is neutral: no score, no lever, nothing of what the buyer does elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from feeds import digest
from feeds.entry import PARIS, Card, card, clean, days_left, neutral, numbered, shown, word
from feeds.site import slugs
from feeds.site.words import words
from feeds.trade import sectors, segment_of
from scanner.appraisal import Segment
from scanner.edition import Edition, Item, ItemLot


@dataclass(frozen=True, slots=True)
class Entry:
    """One tender as listed: ``lists`` holds it, ``kinds``, ``trades`` and ``when`` are what the search filters on."""

    item: Item
    told: Card
    lots: tuple[ItemLot, ...]
    lists: tuple[str, ...]
    page: str
    buyer_page: str
    kinds: tuple[str, ...]
    trades: tuple[str, ...]
    limit: date | None
    days: int | None

    @property
    def buyer(self) -> str:
        """The name of the buyer alone."""
        return clean(self.item.buyer) or "acheteur inconnu"

    @property
    def device(self) -> str:
        """What the notice holds and the lots that hold it: « réservé aux SIAE (L2113-13), lot 2 »."""
        said = [lot for lot in self.lots if shown(lot)]
        numbers = [clean(lot.number) for lot in said if lot.number is not None]
        where = f", {numbered(numbers)}" if numbers and len(numbers) == len(said) else ""
        return (self.told.dispositif or "non détecté dans l'avis") + where

    @property
    def when(self) -> str:
        """The deadline in a few words, for a column."""
        return self.told.deadline.removeprefix("clôture le ")

    @property
    def where(self) -> str:
        """The départements by name, for a column."""
        named = [word("departements", code) for code in self.item.departements]
        return ", ".join(named) or "national / lieu inconnu"


def entries(edition: Edition) -> tuple[Entry, ...]:
    """The tenders that have a page, those that close first ahead."""
    items = {item.tender: item for item in edition.items}
    kept: dict[str, dict[ItemLot, None]] = {}
    lists: dict[str, dict[str, None]] = {}
    for listing in digest.listings():
        for one, lots in digest.chosen(listing, edition.items, edition.reference)[0]:
            kept.setdefault(one.tender, {}).update(dict.fromkeys(lots))
            lists.setdefault(one.tender, {})[listing.name] = None
    found = [_entry(items[tender], tuple(lots), tuple(lists[tender]), edition) for tender, lots in kept.items()]
    return tuple(sorted(found, key=_order))


def tenders(edition: Edition) -> frozenset[str]:
    """The ids of the tenders that have a page."""
    return frozenset(
        item.tender
        for listing in digest.listings()
        for item, _ in digest.chosen(listing, edition.items, edition.reference)[0]
    )


def chance(lot: ItemLot) -> str:
    """What may be said in public of a lot whose trade suits insertion: trade, publics, hours; empty without one."""
    return " ; ".join(neutral(lot.opportunity)) if lot.opportunity else ""


def trade(lot: ItemLot) -> Segment | None:
    """The segment of a lot, None when it is unknown."""
    found = segment_of(lot)
    return found.segment if found else None


def _entry(item: Item, lots: tuple[ItemLot, ...], lists: tuple[str, ...], edition: Edition) -> Entry:
    bare = tuple(replace(lot, opportunity=None) for lot in lots)
    over = item.kind in ("award", "cancellation")
    limit = None if item.deadline is None or over else item.deadline.astimezone(PARIS).date()
    return Entry(
        item=item,
        told=card(item, bare, edition.reference),
        lots=lots,
        lists=lists,
        page=slugs.consultation(item.tender),
        buyer_page=slugs.buyer(item),
        kinds=_kinds(lots, lists),
        trades=tuple(dict.fromkeys(name for lot in _about(item, lots) for name in _trades(lot))),
        limit=limit,
        days=days_left(item.deadline, edition.reference) if limit and item.deadline else None,
    )


def _kinds(lots: tuple[ItemLot, ...], lists: tuple[str, ...]) -> tuple[str, ...]:
    labels = {finding.label for lot in lots for finding in shown(lot)}
    named = words()["kinds"].items()
    return tuple(code for code, block in named if labels & set(block["labels"]) or code in lists)


def _trades(lot: ItemLot) -> tuple[str, ...]:
    """The trades among the twenty groups, unknown when only the words of the notice suggest them."""
    return sectors(lot)


def _about(item: Item, lots: tuple[ItemLot, ...]) -> tuple[ItemLot, ...]:
    """The lots whose trades count: what is said of a whole contract is about each of its lots."""
    return item.lots if not lots or any(lot.number is None for lot in lots) else lots


def _order(entry: Entry) -> tuple[bool, str, str]:
    return entry.limit is None, entry.limit.isoformat() if entry.limit else "", entry.item.tender
