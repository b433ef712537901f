"""For how much, how long, renewed how often? The cells of a table; « pour l'ensemble » when only the whole tells it."""

from __future__ import annotations

from math import isfinite

from feeds.columns import Cell, phrase
from feeds.entry import clean, figure
from scanner.edition import Item, ItemLot, Terms, amount_text
from scanner.notice import Amount


def terms(item: Item, lot: ItemLot | None) -> dict[str, Cell]:
    """``montant``, ``duree`` and ``reconductions`` of a lot, empty when unknown; a plain amount in euros is a number.

    A numbered lot that has none of its own takes that of the contract, which is then said.
    """
    own = lot.terms if lot is not None and lot.number is not None else None
    return {
        "montant": _amount(item, own),
        "duree": _own(_duration(own), _duration(item.terms), own),
        "reconductions": _own(_renewals(own), _renewals(item.terms), own),
    }


def _own(told: str, whole: str, own: Terms | None) -> str:
    if told or not whole:
        return told
    return whole + phrase("whole") if own is not None else whole


def _amount(item: Item, own: Terms | None) -> Cell:
    if own is not None and own.amount is not None:
        return _figure(own.amount)
    if own is None and item.terms.amount is not None:
        return _figure(item.terms.amount)
    return _own("", clean(item.amount) or clean(amount_text(item.terms.amount)), own)


def _figure(amount: Amount) -> Cell:
    value = amount.value
    if value is None or amount.currency != "EUR" or not isfinite(value):
        return clean(amount_text(amount))
    return int(value) if value == int(value) else round(value, 2)


def _duration(found: Terms | None) -> str:
    return _months(found.duration_months) if found is not None else ""


def _months(value: float | None) -> str:
    return f"{figure(value)} mois" if value is not None and isfinite(value) and value > 0 else ""


def _renewals(found: Terms | None) -> str:
    """The notice's words, and how long all renewals last; « aucune » when it says so."""
    if found is None:
        return ""
    if found.renewal_months == 0:
        return clean(found.renewals) or phrase("no_renewal")
    lasting = _months(found.renewal_months)
    told = phrase("renewed").replace("{months}", lasting) if lasting else ""
    return " ; ".join(filter(None, [clean(found.renewals), told]))
