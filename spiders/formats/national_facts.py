"""Which hard facts do the national forms of BOAMP tell? Awards, kind of buyer, period, renewals; old schema included.

The award of FNSimple is one text (boamp.md, 6.2): what is plain in it is read, the rest stays words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from scanner.notice import Amount, Award, Coded
from spiders.formats.facts import Tell, day, lookup, period, renewal_months
from spiders.formats.text import amount, at, attribute, every, leaf, listed, name_of, number

_HOLDER = re.compile(r"^(?!Nombre|Date|March[ée]|Montant|Sous-trait|Lot\b)([^,\n:]{2,}),[^\n]*\b\d{5}\b", re.MULTILINE)
_DECIDED = re.compile(
    r"^[^\S\n]*Date d.attribution[^\S\n]*:[^\S\n]*(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})[^\S\n]*$",
    re.MULTILINE | re.IGNORECASE,
)
_VALUE = re.compile(
    r"^[^\S\n]*Montant[^\S\n]+h\.?t\.?[^\S\n]*:[^\S\n]*(\d(?:[\d.,]|[^\S\n])*)(?:euros?|eur|€)[^\S\n]*$",
    re.MULTILINE | re.IGNORECASE,
)
#: Words that make a figure something else than the price of the whole contract, or the text that of several.
_QUALIFIED = re.compile(
    r"maxim|minim|\bmax\b|\bmin\b|\bmaxi\b|\bmini\b|annuel|\bpar an\b|estim|\bttc\b|reconduct", re.I
)
_LOT = re.compile(r"^[^\S\n]*lots?\b", re.MULTILINE | re.IGNORECASE)
_NO_ACTIVITY = frozenset({"AUTRE"})


def holders_told(text: str) -> tuple[str, ...]:
    """The companies that an FNSimple award names: lines « name, address, 12345 city »."""
    return tuple(dict.fromkeys(map(name_of, _HOLDER.findall(text))))


def awards_told(text: str, tell: Tell) -> tuple[Award, ...]:
    """The single award of an FNSimple text; none when the text holds several, or speaks of lots.

    The amount is left out when any word of the text qualifies it (maximum, yearly, estimate…).
    """
    decided, holders = _DECIDED.findall(text), holders_told(text)
    if len(decided) != 1 or len(holders) != 1 or _LOT.search(text):
        return ()
    d, m, y = decided[0]
    values = _VALUE.findall(text)
    plain = len(values) == 1 and not _QUALIFIED.search(text)
    when = day(f"{y if len(y) == 4 else '20' + y}-{m:0>2}-{d:0>2}", "Date d'attribution", tell)
    return (Award(None, holders, amount(values[0].strip()) if plain else None, when, holder_ids=("",)),)


def mapa_awards(award: Any, holders: tuple[str, ...]) -> tuple[Award, ...]:
    """The single award of a MAPA form, whose structured amount is all that is known (reported path)."""
    won = every(award, "resultat", "attribue")
    value = at(won[0], "montant", "valeur") if len(won) == 1 else None
    read = amount(value, currency=attribute(value, "devise"))
    return (Award(None, holders, read, holder_ids=("",) * len(holders)),) if read is not None else ()


def legacy_awards(section: Any, divided: bool, tell: Tell) -> tuple[Award, ...]:
    """One Award for each contract of ``ATTRIBUTION.DECISION``; ``divided`` tells whether several lots are decided."""
    decisions = every(section, "DECISION")
    several = divided or len({leaf(at(one, "NUM_LOT")) for one in decisions} - {""}) > 1
    general = leaf(at(section, "DATE_DECISION"))
    won = (one for one in decisions if "INFRUCTUEUX" not in one and "SANS_SUITE" not in one)
    found = (award for one in won for award in _of_decision(one, several, general, tell))
    return tuple(dict.fromkeys(found))


def _of_decision(decision: Any, several: bool, general: str, tell: Tell) -> Iterator[Award]:
    """Holder and terms go by pairs; one set of terms is that of a group; else who has which is unknown."""
    lot = (leaf(at(decision, "NUM_LOT")) or None) if several else None
    companies, terms = every(decision, "TITULAIRE"), every(decision, "RENSEIGNEMENT")
    if not companies:
        return
    groups = [[one] for one in companies] if len(companies) == len(terms) else [companies]
    for rank, group in enumerate(groups):
        one = terms[rank] if len(groups) == len(terms) else None
        names = {name_of(leaf(at(c, "DENOMINATION"))): leaf(at(c, "CODE_IDENT_NATIONAL")) for c in group}
        names.pop("", None)
        when = day(leaf(at(one, "DATE_ATTRIBUTION")) or general, "Date d'attribution", tell)
        yield Award(lot, tuple(names), _terms(one), when, holder_ids=tuple(names.values()))


def _terms(one: Any) -> Amount | None:
    """MONTANT, and MONTANT_MINI and MONTANT_MAXI of a contract by orders: minimum and maximum."""
    value, low, high = (at(one, name) for name in ("MONTANT", "MONTANT_MINI", "MONTANT_MAXI"))
    currency = next(filter(None, (attribute(part, "DEVISE") for part in (value, low, high))), "EUR")
    floor, ceiling, price = number(low), number(high), number(value)
    if floor is None and ceiling is None and price is None:
        return None
    return Amount(price, ceiling=ceiling, currency=currency, floor=floor)


def legacy_buyer(body: Any, tell: Tell) -> tuple[Coded, ...]:
    """Legal type and main activity of the old schema, whose codes are present keys; « AUTRE » is no code."""
    found = [
        Coded("buyer-legal-type", None, key)
        for section in ("TYPE_ORGANISME", "TYPE_POUVOIR_ADJUDICATEUR")
        for key in _keys(body.get(section))
    ]
    for side, field in (("POUVOIR_ADJUDICATEUR", "authority-activity"), ("ENTITE_ADJUDICATRICE", "entity-activity")):
        for key in _keys(at(body, "ACTIVITE_PRINCIPALE", side)):
            if code := lookup("main_activity", key, "boamp", tell):
                found.append(Coded(field, None, code))
    return tuple(found)


def legacy_period(node: Any, tell: Tell) -> tuple[date | None, date | None]:
    """``DATE_DEBUT`` and ``DATE_FIN`` of a lot or of ``DUREE_DELAI``."""
    return period(leaf(at(node, "DATE_DEBUT")), leaf(at(node, "DATE_FIN")), tell)


def legacy_renewals(features: Any, months: float | None, tell: Tell) -> float | None:
    """``CARACTERISTIQUES.RECONDUCTIONS``: 0 when none, else their number times the duration, both coded.

    A timetable of its own (months or days) is that of the following contracts, not a length: nothing is computed.
    """
    node = at(features, "RECONDUCTIONS")
    if not isinstance(node, dict):
        return None
    said = {key.replace("_", "").upper(): value for key, value in node.items()}
    if "NON" in said:
        return 0.0
    if said.keys() & {"DUREEMOIS", "DUREEJOURS", "NBRECONDUCTIONSMIN"}:
        return None
    times = leaf(said.get("NBRECONDUCTIONSMAX")) or leaf(said.get("NBRECONDUCTIONS"))
    return renewal_months(times, months, "boamp", tell)


def lot_renewals(node: Any) -> float | None:
    """0 when the lot says that there is none; None else: their length is only told in words."""
    return 0.0 if at(node, "RENOUVELLEMENT_NON") is not None and at(node, "RENOUVELLEMENT_OUI") is None else None


def _keys(node: Any) -> list[str]:
    """The keys present under an enumeration, « AUTRE » left out."""
    keys = [key for one in listed(node) if isinstance(one, dict) for key in one]
    return [key for key in keys if not key.startswith(("@", "#")) and key not in _NO_ACTIVITY]
