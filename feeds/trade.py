"""Which trades are these lots? The twenty groups of the inclusive structures; what is guessed or unknown is said."""

from __future__ import annotations

from scanner.appraisal import LotSegment
from scanner.display import clean
from scanner.edition import Item, ItemLot


def segment_of(lot: ItemLot) -> LotSegment | None:
    """The segment of a lot: its own, else that of its opportunity; None when unknown."""
    return lot.segment or (lot.opportunity.segment if lot.opportunity else None)


def sectors(lot: ItemLot) -> tuple[str, ...]:
    """The trades of a lot among the twenty groups; empty when they are unknown, or only guessed from its words."""
    segment = segment_of(lot)
    return segment.segment.sectors if segment is not None and segment.known != "texte" else ()


def about(item: Item, lots: tuple[ItemLot, ...]) -> tuple[ItemLot, ...]:
    """The lots whose trades count: what is said of a whole contract is about each of its lots."""
    numbered = tuple(lot for lot in item.lots if lot.number is not None)
    return numbered if numbered and any(lot.number is None for lot in lots) else lots


def named(item: Item, lots: tuple[ItemLot, ...]) -> str:
    """« Espaces verts & extérieurs », « inconnu (d'après les mots de l'avis : Nettoyage) »; empty without a lot."""
    if not lots:
        return ""
    known = dict.fromkeys(name for lot in about(item, lots) for name in sectors(lot))
    if known:
        return ", ".join(map(clean, known))
    guessed = dict.fromkeys(s.segment.label for lot in lots if (s := segment_of(lot)) and s.known == "texte")
    return f"inconnu (d'après les mots de l'avis : {clean(', '.join(guessed))})" if guessed else "inconnu"
