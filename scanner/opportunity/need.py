"""What is the whole need worth, and how long does it last? All lots together, renewals included, as far as is told."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from scanner.notice import Amount, Lot, Notice
from scanner.opportunity.rules import nature_rules
from scanner.opportunity.words import euros, fold, starts


@dataclass(frozen=True, slots=True)
class Need:
    """The estimated value lies from ``low`` to ``high`` euros excluding VAT; 0 to infinity = unknown."""

    low: float = 0.0
    high: float = inf
    facts: tuple[str, ...] = ()
    renewed: bool = False
    """Whether ``high`` counts renewals that the published amount may leave out."""

    @property
    def known(self) -> bool:
        return self.low > 0 or self.high < inf


@dataclass(slots=True)
class _Last:
    """The last notice asked about: all its lots are appraised one after the other, and share one need."""

    notice: Notice | None = None
    need: Need = Need()  # frozen


_LAST = _Last()


def need(notice: Notice) -> Need:
    """The value of the whole need: total of the notice, else the sum of its lots; a framework counts its maximum."""
    if _LAST.notice is not notice:
        _LAST.need, _LAST.notice = _need(notice), notice
    return _LAST.need


def _need(notice: Notice) -> Need:
    framework = notice.technique in nature_rules()["framework_techniques"]
    total = _range(notice.amount, framework)
    lots = [_range(lot.amount, framework) for lot in notice.lots]
    priced = [one for one in lots if one.known]
    low, high = sum(one.low for one in priced), sum(one.high for one in lots)
    if total.known:
        found = Need(total.low, total.high, (f"montant de l'avis : {_told(total)}",))
        if low > total.high:
            told = f"total des lots supérieur au montant de l'avis : {euros(low)} HT"
            found = Need(total.low, max(total.high, low), (*found.facts, told))
    elif priced:
        part = (
            f"somme des {len(lots)} lots"
            if len(priced) == len(lots)
            else f"lots chiffrés : {len(priced)} sur {len(lots)}"
        )
        found = Need(low, high, (f"montant ({part}) : {_told(Need(low, high))}",))
    else:
        return Need(facts=("montant inconnu",))
    return _renewed(notice, found)


def _range(amount: Amount | None, framework: bool) -> Need:
    """What one published amount tells. Another currency, or a placeholder of a few euros, tells nothing."""
    if amount is None or amount.currency != "EUR":
        return Need()
    value, low, high, ceiling, floor = map(
        _figure, (amount.value, amount.low, amount.high, amount.ceiling, amount.floor)
    )
    if ceiling is not None or (framework and high is not None):
        most = max(figure for figure in (value, high, ceiling) if figure is not None)
        return Need(most, most)
    if value is not None:
        return Need(value, value)
    return Need(low or floor or 0.0, inf if high is None else high)


def _figure(value: float | None) -> float | None:
    return value if value is not None and value >= nature_rules()["placeholder_below"] else None


def _renewed(notice: Notice, found: Need) -> Need:
    """``found`` with the renewals its amount may leave out: enlarged by their known length, else without a bound."""
    if notice.shape in nature_rules()["renewals_included"]:
        return found
    known = [one for one in (notice.renewal_months, *(lot.renewal_months for lot in notice.lots)) if one is not None]
    if not known:
        said = any(_some_renewals(lot) for lot in notice.lots)
        told = "reconductions de durée inconnue" if said else "reconductions inconnues"
        return Need(found.low, inf if said else found.high, (*found.facts, told), renewed=said)
    if max(known) == 0:
        return found
    durations = [one for one in (notice.duration_months, *(lot.duration_months for lot in notice.lots)) if one]
    high = found.high * (1 + max(known) / min(durations)) if durations else inf
    told = f"reconductions peut-être non comprises : {max(known):g} mois"
    return Need(found.low, high, (*found.facts, told), renewed=True)


def _some_renewals(lot: Lot) -> bool:
    """Whether the words of the lot tell of renewals, without their length."""
    return bool(lot.renewals) and not starts(fold(lot.renewals), nature_rules()["no_renewals"])


def duration(notice: Notice, lot: Lot | None) -> float | None:
    """Months without renewals, of the lot, else of the notice, else from start to end; None when unknown."""
    for one in (lot, notice):
        if one is not None and one.duration_months is not None:
            return one.duration_months
    for one in (lot, notice):
        if one is not None and one.start is not None and one.end is not None:
            return (one.end - one.start).days * 12 / 365.25
    return None


def renewals(notice: Notice, lot: Lot | None) -> float | None:
    """Months of all renewals together, of the lot, else of the notice; None when unknown."""
    if lot is not None and lot.renewal_months is not None:
        return lot.renewal_months
    return notice.renewal_months


def _told(one: Need) -> str:
    if one.low == one.high:
        return f"{euros(one.low)} HT"
    if one.high == inf:
        return f"au moins {euros(one.low)} HT"
    return f"de {euros(one.low)} à {euros(one.high)} HT" if one.low else f"au plus {euros(one.high)} HT"
