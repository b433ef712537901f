"""What makes an estimate doubtful, and what is to be asked of the buyer? The guard-rails that are words, no numbers."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.appraisal import LotSegment
from scanner.datafile import DataFileError
from scanner.notice import Lot, Notice
from scanner.opportunity.assumptions import Assumptions, hours_file
from scanner.opportunity.basis import duration, largest, prudent, trades
from scanner.opportunity.words import figure, fold


def word(block: str, name: str, /, **values: str) -> str:
    """A sentence of ``hours.yml``, filled in. Raises DataFileError when it is missing."""
    entry = hours_file()[block]
    if name and name not in entry:
        raise DataFileError(f"hours.yml : « {name} » manque sous {block}, ajoutez-le.")
    return str(entry[name] if name else entry).format(**values)


def doubts(notice: Notice, lot: Lot | None, segment: LotSegment, figures: Assumptions) -> tuple[str, ...]:
    """French warnings, what is missing first."""
    return (
        *_missing(notice, lot, segment),
        *_length(notice, lot, segment, figures),
        *_trade(notice, lot, segment, figures),
    )


def asked(notice: Notice, lot: Lot | None, segment: LotSegment) -> tuple[str, ...]:
    """What to ask the buyer, in French, the most useful first."""
    basis, whose = prudent(notice, lot), f" {word('words', 'lot')}" if lot else ""
    return tuple(
        word("ask", name, whose=whose)
        for name, wanted in (
            ("amount", basis.euros is None and basis.sense != "no_minimum"),
            ("floor", basis.euros is None and basis.framework),
            ("share", segment.segment.labour_share is None),
            ("months", duration(notice, lot).firm is None),
            ("taken", "reprise" in trades(segment)),
            ("optional", _optional(notice, lot)),
            ("posts", "equipes" in trades(segment)),
        )
        if wanted
    )


def _missing(notice: Notice, lot: Lot | None, segment: LotSegment) -> Iterator[str]:
    basis = prudent(notice, lot)
    if basis.euros is None:
        amount = lot.amount if lot and lot.amount else notice.amount
        yield word("warnings", basis.sense, currency=amount.currency if amount else "")
        if basis.framework and basis.sense == "unknown":
            yield word("warnings", "no_minimum")
    if segment.segment.labour_share is None:
        yield word("warnings", "share")
    if duration(notice, lot).firm is None:
        yield word("warnings", "months")


def _length(notice: Notice, lot: Lot | None, segment: LotSegment, figures: Assumptions) -> Iterator[str]:
    lasts = duration(notice, lot)
    if lasts.whole is not None:
        months, least, prudence = float(lasts.whole), figures.minimum_months.value, figures["mois_prudence"].value
        if months < least:
            yield word("warnings", "short", months=figure(months), minimum=figure(least))
        elif months < prudence:
            yield word("warnings", "brief", months=figure(months))
        works = "travaux" in notice.contract_types or "travaux" in trades(segment)
        if works and months < figures["mois_travaux"].value:
            yield word("warnings", "works", months=figure(figures["mois_travaux"].value))
    renewals = (lot.renewals, lot.renewal_months) if lot else ("", notice.renewal_months)
    if renewals[0] and renewals[1] is None:
        yield word("warnings", "renewals")


def _trade(notice: Notice, lot: Lot | None, segment: LotSegment, figures: Assumptions) -> Iterator[str]:
    euros, own = largest(notice, lot)
    known = trades(segment)
    if "groupement" in known or (own and euros and euros >= figures["montant_groupement"].value):
        yield word("warnings", "grouping")
    if "reprise" in known:
        yield word("warnings", "taken")
    if _optional(notice, lot):
        yield word("warnings", "optional")
    if set(segment.segment.reasons) & set(hours_file()["regulated"]):
        yield word("warnings", "regulated")
    if segment.known == "texte":
        yield word("warnings", "guessed")
    elif segment.coarse:
        yield word("warnings", "coarse")


def _optional(notice: Notice, lot: Lot | None) -> bool:
    """Whether the notice, or this lot, announces an optional part."""
    number = lot.number if lot else None
    texts = [notice.description, *(one.text for one in notice.passages if one.lot in (None, number))]
    folded = [f" {fold(text)} " for text in texts]
    return any(f" {fold(one)} " in text for one in hours_file()["optional"] for text in folded)
