"""What goes where in the week? Lists, groupings, coverage sentences and the bulletin in HTML and text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from feeds.entry import Card, card, clean, count, days_left, figure, long_date, shown, week_name, word
from feeds.reply import mailto
from scanner.datafile import only, read_yaml, texts
from scanner.edition import Coverage, Edition, Event, Item, ItemLot

#: The bulletin must open on any connection and in any mail program.
HTML_LIMIT = 150_000
_HERE = Path(__file__).parent
_BOUND = frozenset({"reserve", "objet_insertion", "clause", "facultatif"})
_AWARDED = frozenset({"award", "modification", "cancellation", "intent"})
_AFTER = frozenset({"award", "modification", "cancellation", "intent", "rectification"})

#: What may be part of a file's name: « 34 », « 2A », « 974 ».
_CODE = re.compile(r"\d[0-9A-Z]\d?")

_SETS = ("statuses", "labels", "kinds")
_REQUIRED: dict[str, type] = {"title": str, "one": str, "many": str, "cap": int, "feed": bool}
_OPTIONAL: dict[str, type] = {
    "opportunity": bool,
    "changes": bool,
    "min_score": int,
    "feed_cap": int,
    **dict.fromkeys(_SETS, list),
}


@dataclass(frozen=True, slots=True)
class Listing:
    """One block of ``feeds.yml``: which lots of which notices, and how the list is named and counted."""

    name: str
    title: str
    one: str
    many: str
    cap: int
    feed: bool
    statuses: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    opportunity: bool = False
    changes: bool = False
    min_score: int = 0
    feed_cap: int = 1000


#: A tender and its lots that a list retains.
Pair = tuple[Item, tuple[ItemLot, ...]]


@dataclass(frozen=True, slots=True)
class Sifted:
    """What a list keeps of some tenders, in its order; what it withholds; what is closed."""

    kept: list[Pair]
    withheld: list[Item]
    closed: list[Pair]


@dataclass(frozen=True, slots=True)
class Grouping:
    """A list for one territory and one period: its cards in reading order, and how many were withheld and why."""

    listing: Listing
    cards: tuple[Card, ...]
    withheld: int = 0
    closed: int = 0

    @property
    def counted(self) -> str:
        """« 3 marchés réservés », « 2 marchés réservés et 1 marché ayant pour objet l'insertion »."""
        apart = sum(card.insertion for card in self.cards) if "reserve" in self.listing.statuses else 0
        told = count(len(self.cards) - apart, self.listing.one, self.listing.many)
        more = count(apart, "marché ayant pour objet l'insertion", "marchés ayant pour objet l'insertion")
        return f"{told} et {more}" if apart else told

    @property
    def told(self) -> str:
        """What was kept back, empty when nothing was."""
        return " ".join(filter(None, [self._weak(), self._late()]))

    def _weak(self) -> str:
        if not self.withheld:
            return ""
        if self.listing.changes:
            return f"{count(self.withheld, 'autre', 'autres')} sans contenu social détecté, dans la base seulement."
        number = count(self.withheld, "autre, moins porteuse", "autres, moins porteuses")
        return f"{number}, {'non affichée' if self.withheld < 2 else 'non affichées'}."

    def _late(self) -> str:
        return f"{count(self.closed, 'marché déjà clos, retiré', 'marchés déjà clos, retirés')}." * bool(self.closed)

    def first(self, cap: int) -> list[Card]:
        """The first ``cap`` cards. Opportunities are chosen by their score, then told by deadline: no ranking."""
        chosen = [*self.cards[:cap]]
        return sorted(chosen, key=lambda card: card.limit) if self.listing.opportunity else chosen

    def blocks(self, cap: int) -> list[tuple[str, list[Card]]]:
        """The first ``cap`` cards by block, each with its French sub-title (empty for the ordinary ones)."""
        chosen = self.first(cap)
        return [
            (word("blocks", name), [card for card in chosen if card.block == name])
            for name in ("here", "objet_insertion", "elsewhere")
            if any(card.block == name for card in chosen)
        ]


@cache
def listings() -> tuple[Listing, ...]:
    """Every list of ``feeds.yml``, in the order of the bulletin. Raises DataFileError on an unknown setting.

    A block with ``by`` is no list but a family of feeds: ``feeds.families`` reads it.
    """
    path = _HERE / "feeds.yml"
    blocks = read_yaml(path).items()
    return tuple(_listing(name, block) for name, block in blocks if not (isinstance(block, dict) and "by" in block))


def _listing(name: str, block: Any) -> Listing:
    read = only(block, f"feeds.yml, {name}", _REQUIRED, _OPTIONAL)
    sets = {key: frozenset(texts(read[key], f"feeds.yml, {name}.{key}")) for key in _SETS if key in read}
    return Listing(name=name, **{**read, **sets})


def retained(listing: Listing, item: Item) -> tuple[ItemLot, ...]:
    """The lots of ``item`` that belong to ``listing``; what is said of the whole notice is not repeated on each lot."""
    if item.kind not in listing.kinds:
        return ()
    whole = tuple(lot for lot in item.lots if lot.number is None and _belongs(listing, lot) and _speaks(listing, lot))
    lots = tuple(lot for lot in item.lots if lot.number is not None and _belongs(listing, lot))
    if whole:
        lots = tuple(lot for lot in lots if _speaks(listing, lot))
    return (*whole, *lots)


def _belongs(listing: Listing, lot: ItemLot) -> bool:
    if listing.opportunity:
        return lot.opportunity is not None and lot.status in listing.statuses
    return lot.status in listing.statuses or any(finding.label in listing.labels for finding in shown(lot))


def _speaks(listing: Listing, lot: ItemLot) -> bool:
    return bool(lot.opportunity) if listing.opportunity else bool(shown(lot))


def grouping(listing: Listing, items: Iterable[Item], reference: date) -> Grouping:
    """``listing`` filled from ``items``: expired tenders out, in the order that its first reader needs."""
    pairs, withheld, closed = chosen(listing, items, reference)
    cards = tuple(card(item, lots, reference, news=listing.changes) for item, lots in pairs)
    return Grouping(listing, cards, withheld, closed)


def chosen(listing: Listing, items: Iterable[Item], reference: date) -> tuple[list[Pair], int, int]:
    """The tenders of ``listing`` with the lots retained, in its order; how many were withheld, how many are closed."""
    found = sift(listing, items, reference)
    return found.kept, len(found.withheld), len(found.closed)


def sift(listing: Listing, items: Iterable[Item], reference: date) -> Sifted:
    """What ``listing`` keeps of ``items`` and what it leaves.

    A list of changes has one pair for each notice that changed something.
    """
    if listing.changes:
        news, plain = _news(items)
        return Sifted([(item, _social(item)) for item in news], plain, [])
    kept: list[Pair] = []
    withheld: list[Item] = []
    closed: list[Pair] = []
    for item in items:
        lots = retained(listing, item)
        if not lots:
            continue
        if expired(item, reference):
            closed.append((item, lots))
            continue
        enough = tuple(lot for lot in lots if not lot.opportunity or _score((lot,)) >= listing.min_score)
        if listing.opportunity and not enough:
            withheld.append(item)
        else:
            kept.append((item, enough if listing.opportunity else lots))
    kept.sort(key=_by_score if listing.opportunity else _by_mention if "mention" in listing.statuses else by_deadline)
    return Sifted(kept, withheld, closed)


def expired(item: Item, reference: date) -> bool:
    """Whether the deadline has passed on ``reference``; an unknown deadline has not."""
    return item.deadline is not None and days_left(item.deadline, reference) < 0


def leaving(listing: Listing, edition: Edition) -> list[Pair]:
    """The tenders that leave ``listing`` in the period: cancelled, awarded, or their device withdrawn; not counted.

    Their entry is updated in place one last time, so that a reader of the feed learns why it goes.
    """
    if listing.changes or listing.opportunity:
        return []
    found = []
    for item in changed(edition):
        if not retained(listing, item):
            opened = replace(item, kind="call")
            lots = retained(listing, opened) or retained(listing, replace(opened, lots=item.before))
            found += [(farewell(item), lots)] * bool(lots)
    return found


def changed(edition: Edition) -> list[Item]:
    """The tenders announced earlier that one of their notices of the period changed or ended."""
    return [item for item in of_the_week(edition).items if item.events and item.first_published < item.published]


def farewell(item: Item) -> Item:
    """``item`` as its last entry in a list names it: « [attribué] Entretien des parcs »."""
    return replace(item, title=word("over", item.kind) + item.title)


def _news(items: Iterable[Item]) -> tuple[list[Item], list[Item]]:
    """Each notice that changed or ended a tender with a social content, or withdrew it; the others that did."""
    after = [(item, event) for item in items for event in _events(item)]
    social = [_matters(item, event) for item, event in after]
    news = [_at(item, event) for (item, event), kept in zip(after, social, strict=True) if kept]
    news.sort(key=lambda item: (item.kind in _AWARDED, -item.published.toordinal(), item.tender, item.notice))
    return news, [item for (item, _), kept in zip(after, social, strict=True) if not kept]


def _events(item: Item) -> tuple[Event, ...]:
    """The events of an item; an item that only says it changed is its own event."""
    if item.events or not (item.changes or item.kind in _AFTER):
        return item.events
    return (Event(item.notice, item.kind, item.published, item.url, item.changes, holders=item.holders),)


def _at(item: Item, event: Event) -> Item:
    """``item`` as one of its notices announces it."""
    changes = (
        tuple(f"{event.published:%d/%m/%Y} : {change}" for change in event.changes) if item.events else item.changes
    )
    return replace(
        item, notice=event.notice, kind=event.kind, published=event.published, url=event.url or item.url,
        changes=changes, holders=event.holders,
    )  # fmt: skip


def _matters(item: Item, event: Event) -> bool:
    """Whether the tender has a social content, or had one until a later event withdrew it."""
    last = max((rank for rank, one in enumerate(item.events) if one.social), default=-1)
    lots = (*item.lots, *(item.before if event in item.events[: last + 1] else ()))
    return event.social or any(_told(replace(item, kind=event.kind), lot) for lot in lots)


def _told(item: Item, lot: ItemLot) -> bool:
    """Whether a lot has a social content, or lost one: a denial in words, where a mere unticked box says nothing."""
    lost = item.kind not in _AWARDED and any(
        finding.passage is not None and not finding.proposed for finding in lot.findings
    )
    return lot.status in _BOUND or bool(shown(lot)) or lost


def _social(item: Item) -> tuple[ItemLot, ...]:
    bound = tuple(lot for lot in item.lots if lot.status in _BOUND or shown(lot))
    return tuple(lot for lot in bound if shown(lot)) or bound


def by_deadline(pair: tuple[Item, Any]) -> tuple[Any, ...]:
    """The nearest deadline first, those unknown last, then by tender: a key to sort by."""
    item = pair[0]
    return (item.deadline is None, item.deadline.timestamp() if item.deadline else 0.0, item.tender)


def _by_mention(pair: tuple[Item, tuple[ItemLot, ...]]) -> tuple[Any, ...]:
    return (not any(lot.status == "mention" for lot in pair[1]), *by_deadline(pair))


def _by_score(pair: tuple[Item, tuple[ItemLot, ...]]) -> tuple[Any, ...]:
    return (-_score(pair[1]), *by_deadline(pair))


def _score(lots: tuple[ItemLot, ...]) -> int:
    return max(lot.opportunity.score if lot.opportunity else 0 for lot in lots)


def of_the_week(edition: Edition) -> Edition:
    """``edition`` reduced to what was published in its period: its tenders, and the events of that period alone."""
    items = (item for item in edition.items if edition.since <= item.published <= edition.until)
    return replace(edition, items=tuple(_of_the_week(item, edition) for item in items))


def _of_the_week(item: Item, edition: Edition) -> Item:
    events = tuple(event for event in item.events if edition.since <= event.published <= edition.until)
    return item if events == item.events else replace(item, events=events)


def still_open(edition: Edition) -> tuple[Card, ...]:
    """« Toujours ouverts »: announced before the period, with a social content, deadline ahead; one line each."""
    return tuple(card(item, lots, edition.reference) for item, lots in open_pairs(edition))


def open_pairs(edition: Edition) -> list[Pair]:
    """The tenders of « toujours ouverts », each with its lots, by deadline."""
    wanted = [listing for listing in listings() if listing.statuses and listing.feed and not listing.opportunity]
    found = []
    for item in edition.items:
        lots = tuple(dict.fromkeys(lot for listing in wanted for lot in retained(listing, item)))
        if item.published < edition.since and lots and not expired(item, edition.reference):
            found.append((item, lots))
    return sorted(found, key=by_deadline)


def answers(edition: Edition) -> tuple[Card, ...]:
    """The lots on which readers have answered since the period began: corrected, confirmed, found elsewhere."""
    found = []
    for item in edition.items:
        lots = tuple(lot for lot in item.lots if any(one.day >= edition.since for one in lot.answers))
        if lots:
            found.append(card(item, lots, edition.reference))
    return tuple(found)


def groupings(edition: Edition) -> tuple[Grouping, ...]:
    """The five groupings of the period, in their order."""
    week = of_the_week(edition)
    return tuple(grouping(listing, week.items, edition.reference) for listing in listings())


def coverage_lines(rows: Iterable[Coverage]) -> tuple[str, ...]:
    """One line a source over the period: « BOAMP : 1 412 avis attendus, 1 412 lus »."""
    sources: dict[str, list[Coverage]] = {}
    for row in rows:
        sources.setdefault(row.source, []).append(row)
    return tuple(_coverage_line(name, days) for name, days in sorted(sources.items()))


def _coverage_line(name: str, days: list[Coverage]) -> str:
    expected, parsed, rejected, missing = (
        sum(getattr(day, key) for day in days) for key in ("expected", "parsed", "rejected", "missing")
    )
    silent = not expected and any(map(_silent, days))
    told = "nombre d'avis inconnu" if silent else count(expected, "avis attendu", "avis attendus")
    line = f"{word('sources', name)} : {told}, "
    line += f"{figure(parsed)} {'lus' if parsed >= 2 else 'lu'}"
    if rejected:
        line += f", {count(rejected, 'illisible (conservé)', 'illisibles (conservés)')}"
    return line + (f", {count(missing, 'manquant', 'manquants')}" if missing else "")


def unread(edition: Edition) -> tuple[str, ...]:
    """One line when some notices of the period could not be read in full: nothing can be concluded from them."""
    items = (item for item in of_the_week(edition).items if not item.project)
    partly = sum(any(lot.status == "non_lu" for lot in item.lots) for item in items)
    if not partly:
        return ()
    return (f"{count(partly, 'avis non lu en entier', 'avis non lus en entier')}, à ouvrir à la source",)


def gaps(edition: Edition) -> tuple[str, ...]:
    """What is withheld, then what is incomplete, by source and day; empty only when every source can be believed."""
    if not edition.coverage:
        silent = "source incomplète : aucune lecture enregistrée pour la période, relancez la collecte"
        return (silent, *map(clean, edition.withheld))
    cut = (
        f"source incomplète : {word('sources', row.source)}, {long_date(row.day)} ({_absent(row)})"
        for row in sorted(edition.coverage, key=lambda row: (row.source, row.day))
        if not row.complete
    )
    return (*map(clean, edition.withheld), *cut)


def _absent(row: Coverage) -> str:
    """What a day lacks; « 0 avis manquant sur 0 » would look like a quiet day."""
    if _silent(row):
        return "la source n'a pas répondu, nombre d'avis inconnu"
    return f"{count(row.missing, 'avis manquant', 'avis manquants')} sur {figure(row.expected)}"


def _silent(row: Coverage) -> bool:
    return not (row.complete or row.expected or row.fetched)


def verdict(edition: Edition, counted: str) -> str:
    """« 0 marché réservé — sources complètes (1 412 avis lus) »; a broken week starts with what is missing."""
    read = count(edition.read, "avis lu", "avis lus")
    rejected = sum(row.rejected for row in edition.coverage)
    read += f", {count(rejected, 'illisible', 'illisibles')}" if rejected else ""
    missing = gaps(edition)
    if not missing:
        return f"{counted} — sources complètes ({read})"
    others = (
        ("autre réserve", "autres réserves")
        if edition.withheld
        else ("autre jour incomplet", "autres jours incomplets")
    )
    more = f" et {count(len(missing) - 1, *others)}" * (len(missing) > 1)
    return f"{missing[0]}{more} — {counted} parmi {read}, liste peut-être incomplète"


def in_departement(edition: Edition, departement: str) -> Edition:
    """``edition`` for one département: its items, and those that are national or of unknown place."""
    kept = tuple(item for item in edition.items if not item.departements or departement in item.departements)
    return replace(edition, items=kept)


def departements(edition: Edition) -> tuple[str, ...]:
    """The départements that have feeds: those of the edition, else those found in its items; sorted."""
    found = {code for item in edition.items for code in item.departements}
    codes = edition.departements or tuple(found)
    return tuple(sorted({code for code in codes if _CODE.fullmatch(code)}))


def html(edition: Edition, alternates: Iterable[tuple[str, str, str]] = ()) -> str:
    """The bulletin as one HTML page, under HTML_LIMIT bytes: fewer cards a grouping when they are long.

    ``alternates`` are the feeds that the page announces: (media type, title, path relative to ``public/``).
    """
    announced = tuple(alternates)
    groups, opened = groupings(edition), still_open(edition)
    return _fitted(lambda share: _render("digest.html.j2", edition, share, groups, opened, announced))


def text(edition: Edition) -> str:
    """The bulletin as text, for a letter."""
    return _render("digest.txt.j2", edition, 1.0, groupings(edition), still_open(edition))


def brief(edition: Edition, groups: tuple[Grouping, ...], opened: tuple[Card, ...]) -> str:
    """The bulletin as an HTML fragment: the weekly entry of the list ``veille``."""
    return _fitted(lambda share: _render("brief.html.j2", edition, share, groups, opened))


def quiet(edition: Edition, told: str) -> str:
    """What was read, as an HTML fragment: the one entry of an empty feed, whose count is ``told``."""
    read = (*coverage_lines(edition.coverage), *gaps(edition))
    return environment().get_template("quiet.html.j2").render(told=told, lines=read).strip()


def card_html(shown_card: Card) -> str:
    """One card as an HTML fragment: the content of a feed entry."""
    return environment().get_template("entry.html.j2").render(card=shown_card).strip()


def _fitted(render: Callable[[float], str]) -> str:
    for share in (1.0, 0.5, 0.25, 0.1):
        page = render(share)
        if len(page.encode()) < HTML_LIMIT:
            return page
    return render(0.0)


def _render(
    template: str,
    edition: Edition,
    share: float,
    groups: tuple[Grouping, ...],
    opened: tuple[Card, ...],
    alternates: tuple[tuple[str, str, str], ...] = (),
) -> str:
    return environment().get_template(template).render(
        edition=edition,
        territory=clean(edition.territory) or "France entière",
        groups=groups,
        opened=opened,
        answered=answers(edition),
        verdict=verdict(edition, groups[0].counted),
        gaps=gaps(edition),
        coverage=(*coverage_lines(edition.coverage), *unread(edition)),
        rows=sorted(edition.coverage, key=lambda row: (row.source, row.day)),
        share=share,
        alternates=alternates,
        css=style(),
    )  # fmt: skip


@cache
def style() -> str:
    """The one style sheet, written inside each page so that it can be sent alone."""
    return (_HERE / "templates" / "style.css").read_text(encoding="utf-8")


@cache
def environment() -> Environment:
    """The templates: autoescape on for HTML, an unknown name is an error."""
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=lambda name: bool(name and name.endswith(".html.j2")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(long_date=long_date, figure=figure, clean=clean, week_name=week_name)
    made.globals.update(word=word, count=count, int=int, mailto=mailto)
    return made
