"""How is a tender told in a feed? As an entry that stands alone; an empty feed has one that says what was read."""

from __future__ import annotations

from html import escape

from feeds import digest
from feeds.board import Board, Told, grouping
from feeds.entry import Card, count, headline, long_date, midnight, week_name
from feeds.rss import Entry, Feed
from scanner.edition import Edition


class Teller:
    """Writes the feeds of an edition; the fragment of a card is made once, however many feeds show it."""

    def __init__(self, edition: Edition) -> None:
        self._edition = edition
        self._made: dict[int, tuple[Card, str]] = {}

    def weekly(
        self, part: Edition, name: str, territory: str, groups: tuple[digest.Grouping, ...], opened: tuple[Card, ...]
    ) -> Feed:
        """The bulletin of a territory, of which ``part`` is the edition, as a feed of one entry."""
        told = digest.verdict(part, groups[0].counted)
        entry = Entry(
            id=f"urn:veille-clauses:{name}:{part.week}",
            title=headline(f"Veille, {week_name(part.week)} — {territory} : {told}"),
            summary=told,
            html=digest.brief(part, groups, opened),
            updated=midnight(part.until),
            link=address(part, f"digest/{part.week}.html"),
        )
        return self._feed(name, headline(f"Veille clauses sociales — {territory}"), told, (entry,))

    def thematic(self, listing: digest.Listing, name: str, territory: str, board: Board) -> Feed:
        """What ``board`` holds, an entry a tender (a notice in a list of changes); quiet when it holds nothing."""
        edition, group = self._edition, grouping(listing, board)
        told = digest.verdict(edition, group.counted)
        period = f"Du {long_date(edition.since)} au {long_date(edition.until)}"
        description = " ".join(filter(None, [f"{period} : {told}.", group.told]))
        left = len(board.told) - listing.feed_cap
        if left > 0:
            more = count(left, "autre n'est pas", "autres ne sont pas")
            description += f" {more} dans ce flux : suivez celui d'un département."
        shown = [*board.told[: listing.feed_cap]]
        if listing.opportunity:  # chosen by score, told by deadline: no ranking is published
            shown.sort(key=lambda one: one.card.limit)
        entries = tuple(self._entry(listing, one) for one in (*shown, *board.leaving))
        entries = entries or (self._quiet(name, description, told),)
        return self._feed(name, headline(f"{listing.title} — {territory}"), description, entries)

    def _entry(self, listing: digest.Listing, told: Told) -> Entry:
        card = told.card
        identity = f"urn:veille-clauses:{listing.name}:{card.tender}"
        if listing.changes:
            identity += f":{card.notice}"
        mark = " [national / lieu inconnu]" if card.block == "elsewhere" else ""
        trade = f"métier : {card.trade}" if card.trade else ""
        facts = filter(None, (card.dispositif, trade, card.place, card.deadline, card.buyer))
        summary = f"{card.why} Dispositif : {' — '.join(facts)}."
        if card.changes and not listing.changes:
            summary += f" Ce qui change : {' ; '.join(card.changes[-3:])}."
        html = self._fragment(card)
        if told.note:
            summary, html = f"{summary} {told.note}", f"{html}\n<p>{escape(told.note)}</p>"
        return Entry(identity, card.title + mark, summary, html, card.updated, card.url)

    def _fragment(self, card: Card) -> str:
        if id(card) not in self._made:
            self._made[id(card)] = card, digest.card_html(card)
        return self._made[id(card)][1]

    def _quiet(self, name: str, description: str, told: str) -> Entry:
        """The one entry of an empty list: what was read, so that silence and breakdown are told apart."""
        edition = self._edition
        return Entry(
            id=f"urn:veille-clauses:{name}:semaine:{edition.week}",
            title=headline(f"{week_name(edition.week).capitalize()} : {told}"),
            summary=description,
            html=digest.quiet(edition, told),
            updated=midnight(edition.until),
            link=address(edition, f"digest/{edition.week}.html"),
        )

    def _feed(self, name: str, title: str, description: str, entries: tuple[Entry, ...]) -> Feed:
        edition = self._edition
        latest = max([midnight(edition.until), *(entry.updated for entry in entries)])
        identity = address(edition, f"feeds/{name}") or f"urn:veille-clauses:{name}"
        return Feed(identity, f"feeds/{name}", title, description, latest, entries, edition.base_url)


def address(edition: Edition, path: str) -> str:
    """The public address of ``path``, empty when nobody said where the site is hosted."""
    return f"{edition.base_url.rstrip('/')}/{path}" if edition.base_url else ""
