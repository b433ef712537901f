"""How is one tender told in a letter? As a short row or a single line, every text clean and cut to a length."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from feeds.entry import Card, clean, count, safe_link
from scanner.readership import Line

#: Longest title, name or sentence, and longest quote, in characters.
TEXT_LIMIT, QUOTE_LIMIT = 180, 320
_LOTS = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One tender as told in a letter, every text clean and short. ``facts`` are (name, text), ``links`` (name, url)."""

    title: str
    url: str
    soon: bool
    why: str
    quotes: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    links: tuple[tuple[str, str], ...]


def row(card: Card, said: Iterable[str]) -> Row:
    """The row of ``card``; ``said`` are the sentences of ``audience.notes``, « Piste : clause »."""
    lots = card.lots[:_LOTS]
    quotes = [(proof.quote, _where(card, lot.name, proof.field)) for lot in lots for proof in lot.proofs[:1]]
    figures = dict.fromkeys(figure for lot in card.lots for proof in lot.proofs for figure in proof.figures)
    warned = dict.fromkeys(note for lot in lots for proof in lot.proofs for note in proof.notes)
    names = ", ".join(short(lot.name) for lot in lots)
    names += f" et {count(len(card.lots) - _LOTS, 'autre', 'autres')}" if len(card.lots) > _LOTS else ""
    facts = [
        ("Dispositif", card.dispositif), ("Lots", names), ("Métier", card.trade),
        ("Heures ou part écrites", " ; ".join(figures)), *_noted(said),
        ("Lieu", card.place), ("Acheteur", card.buyer), ("Délai", card.deadline), ("Montant", card.amount),
        *(("À noter", note) for note in warned), ("À faire", card.action),
        *(("Ce qui change", change) for change in _changed(card)),
        ("Titulaire", " — ".join(filter(None, [short(" ; ".join(card.holders)), card.contact]))),
        *(("Suite", tie) for tie in card.links[:2]), ("Référence", card.notice),
    ]  # fmt: skip
    links = [("Voir le projet" if card.project else "Voir l'avis", card.url), ("Dossier", card.documents_url)]
    return Row(
        title=short(card.title),
        url=link(card.url),
        soon=card.soon,
        why=short(card.why, 2 * TEXT_LIMIT),
        quotes=tuple((short(quote, QUOTE_LIMIT), short(where)) for quote, where in quotes),
        facts=tuple((name, short(text, 2 * TEXT_LIMIT)) for name, text in facts if text),
        links=tuple((name, link(url)) for name, url in links if link(url)),
    )


def _where(card: Card, lot: str, field: str) -> str:
    """Where a quote was read; its lot too when the card has several."""
    return f"{short(lot, 60)}, {field}" if len(card.lots) > 1 else field


def _changed(card: Card) -> list[str]:
    """The latest changes that neither the reason of the card nor its holders tell already."""
    pairs = ((change, change.partition(" : ")[2] or change) for change in card.changes[-4:])
    return [
        change for change, text in pairs if text not in card.why and not any(holder in text for holder in card.holders)
    ]


def _noted(said: Iterable[str]) -> list[tuple[str, str]]:
    """« Piste : clause » as (name, text): what stands before the first colon names the fact."""
    pairs = (sentence.partition(" : ") for sentence in said)
    return [(name, text) if text else ("À noter", name) for name, _, text in pairs]


def line(card: Card) -> Line:
    """One tender on one line."""
    lots = ", ".join(lot.name for lot in card.lots[:_LOTS])
    told = " — ".join(short(text, 120) for text in (card.dispositif, lots, card.buyer, card.place, card.deadline))
    return short(card.title), told, link(card.url)


def row_line(row: Row) -> Line:
    """A row on one line: lever, lots, trade, place, buyer, deadline."""
    wanted = ("Dispositif", "Lots", "Métier", "Acheteur", "Lieu", "Délai")
    told = (f"métier {text}" if name == "Métier" else text for name, text in row.facts if name in wanted)
    return row.title, " — ".join(short(text, 120) for text in told), row.url


def neutral(line: Line) -> Line:
    """A line filled elsewhere, clean, short and followed only where it may be."""
    title, text, url = line
    return short(clean(title)), short(clean(text), 2 * TEXT_LIMIT), link(clean(url))


def short(text: str, limit: int = TEXT_LIMIT) -> str:
    """``text`` cut after a word near ``limit`` characters."""
    return text if len(text) <= limit else text[:limit].rsplit(" ", 1)[0] + " […]"


def link(url: str) -> str:
    """A followable address; one too long for a mail client is no link."""
    return safe_link(url) if len(url) <= 2000 else ""
