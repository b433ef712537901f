"""Is a notice in the user's territory? Place of performance first, buyer second; the unknown is always shown."""

from __future__ import annotations

from scanner.config import Territory
from scanner.notice import Notice


def covers(territory: Territory, notice: Notice) -> bool:
    """Whether the notice concerns the territory. A notice of unknown place concerns every territory.

    Postcodes are compared with the places of performance, then with the buyer's address. Notices name no INSEE
    commune: a territory of communes keeps what lies in their départements.
    """
    chosen = {*territory.departements, *map(departement, territory.communes)}
    if not notice.departements or not (chosen or territory.postcodes):
        return True
    if chosen & set(notice.departements):
        return True
    known = _postcodes(notice)
    if known:
        return bool(set(territory.postcodes) & known)
    return bool({departement(code) for code in territory.postcodes} & set(notice.departements))


def departements(territory: Territory) -> tuple[str, ...]:
    """Every département that the territory touches, sorted; empty for France entière."""
    finer = {departement(code) for code in (*territory.postcodes, *territory.communes)}
    return tuple(sorted({*territory.departements, *finer}))


def departement(code: str) -> str:
    """The département of a postcode or INSEE commune code: ``34000`` → 34, ``2A004`` → 2A, ``97411`` → 974."""
    if code.startswith(("97", "98")):
        return code[:3]
    if code.startswith("20"):
        return "2A" if code < "20200" else "2B"
    return code[:2]


def _postcodes(notice: Notice) -> set[str]:
    """Postcodes of the places of performance; failing these, of the buyers."""
    places = [*notice.places, *(place for lot in notice.lots for place in lot.places)]
    performed = {place.postcode for place in places if place.postcode}
    if performed or notice.places_source == "execution":
        return performed
    return {buyer.postcode for buyer in notice.buyers if buyer.postcode}
