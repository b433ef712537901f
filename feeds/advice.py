"""What do the columns tell of an appraisal? Its hours and the words read in public, the rest in ``prive/``."""

from __future__ import annotations

from feeds.columns import Cell, joined, phrase, table
from feeds.entry import Card, clean, word
from scanner.appraisal import HoursRange, Opportunity
from scanner.edition import ItemLot
from scanner.notice import PASSAGE_FIELDS


def opportunity(lot: ItemLot | None) -> Opportunity | None:
    """The appraisal of a lot, None when it has none."""
    return lot.opportunity if lot else None


def words_read(found: Opportunity) -> list[str]:
    """The notice's own words that an appraisal rests upon: never what is known of the buyer, never a judgement."""
    words = [found.segment.words] if found.segment.words else []
    quoted = [
        f"« {clean(signal.quote)} » ({word('fields', signal.field)})"
        for signal in found.signals
        if signal.known and signal.quote and signal.field in PASSAGE_FIELDS
    ]
    return [*(f"« {clean(one)} »" for one in words), *quoted]


def estimate(told: Card, found: Opportunity | None) -> dict[str, Cell]:
    """The columns of estimated hours; hours that are written are not estimated."""
    if found is None:
        written = any(proof.figures for lot in told.lots for proof in lot.proofs)
        return dict.fromkeys(("heures_min", "heures_max", "heures_base"), phrase("written") if written else "")
    low, high = found.hours.low, found.hours.high
    return {
        "heures_min": "" if low is None else low,
        "heures_max": "" if high is None else high,
        "heures_base": _basis(found.hours),
    }


def _basis(hours: HoursRange) -> str:
    per = [] if hours.low is None and hours.high is None else [table()["per"][hours.per]]
    asked = [phrase("ask") + ", ".join(hours.ask)] if hours.ask else []
    return joined([*per, *hours.lines, *hours.warnings, *([hours.instead] if hours.instead else []), *asked])


def private(found: Opportunity | None) -> dict[str, Cell]:
    """The columns that stay in ``prive/``."""
    if found is None:
        return dict.fromkeys(
            ("statut", "levier", "score", "confiance", "motifs", "structures", "pratique"), phrase("none")
        )
    duty, lever = found.legal.duty, found.lever
    return {
        "statut": joined([duty.text, *duty.derogations, *duty.notes]),
        "levier": joined([lever.text, lever.reason, *(phrase("verify") + one for one in lever.warnings)]),
        "score": found.score,
        "confiance": found.confidence,
        "motifs": joined(list(found.reasons)),
        "structures": _structures(found),
        "pratique": _practice(found),
    }


def _structures(found: Opportunity) -> str:
    if found.supply is None:
        return ""
    told = phrase("structures" if found.supply.count >= 2 else "structure").format(count=found.supply.count)
    return joined([told, *found.supply.names])


def _practice(found: Opportunity) -> str:
    known = found.practice
    if known is None or not known.own:
        return ""
    return joined([phrase("practice").format(social=known.own_social, known=known.own), known.own_period])
