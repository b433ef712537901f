"""Which hard facts does an older TED form code? Days, renewals, contracts awarded, kind of buyer and of directive.

Codes become those of eForms by the lookups of ``spiders/ted.yml``: legal types are kept as the form writes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from lxml import etree

from scanner.notice import Amount, Award
from spiders.formats.facts import Tell, day, lookup, period
from spiders.formats.text import Words, amount, name_of
from spiders.formats.xmlwalk import children, descendants, first, text_of

_CODED = "CODED_DATA_SECTION"
#: Activities of the form -> the field that tells which list they come from.
_ACTIVITIES = {"CA_ACTIVITY": "authority-activity", "CE_ACTIVITY": "entity-activity"}


def sent(form: etree._Element, export: etree._Element) -> str:
    """The day of dispatch as written: that of the form (VI.5), else the one TED coded."""
    stated = text_of(first(form, "COMPLEMENTARY_INFO", "DATE_DISPATCH_NOTICE"))
    coded = text_of(first(export, _CODED, "CODIF_DATA", "DS_DATE_DISPATCH"))
    return stated or (f"{coded[:4]}-{coded[4:6]}-{coded[6:8]}" if coded else "")


def planned(part: etree._Element | None, tell: Tell) -> tuple[date | None, date | None]:
    """First and last day of an ``OBJECT_DESCR`` (II.2.7)."""
    return period(text_of(first(part, "DATE_START")), text_of(first(part, "DATE_END")), tell)


def renewals(part: etree._Element | None) -> float | None:
    """0 when the form says that there is none; None else: their length is only told in words."""
    return 0.0 if first(part, "NO_RENEWAL") is not None and first(part, "RENEWAL") is None else None


def buyer_codes(form: etree._Element, export: etree._Element, words: Words, tell: Tell) -> None:
    """Legal type (I.4), main activity (I.5, I.6) and legal basis; what is « other » is words, not a code."""
    body = first(form, "CONTRACTING_BODY")
    for one in children(body, "CA_TYPE"):
        words.code("buyer-legal-type", None, one.get("VALUE", ""))
    if not children(body, "CA_TYPE", "CA_TYPE_OTHER", *_ACTIVITIES):
        words.code("buyer-legal-type", None, _header(export, "AA_AUTHORITY_TYPE", "authority_type", tell))
    for one in children(body, *_ACTIVITIES):
        field = _ACTIVITIES[str(etree.QName(one).localname)]
        words.code(field, None, lookup("main_activity", one.get("VALUE", ""), "ted", tell))
    stated = first(form, "LEGAL_BASIS")
    basis = stated.get("VALUE", "") if stated is not None else ""
    words.code("legal-basis", None, basis or _header(export, "DIRECTIVE", "legal_basis", tell))


def awards(form: etree._Element, divided: bool, tell: Tell) -> tuple[Award, ...]:
    """One Award for each contract awarded (section V); ``divided`` tells whether the notice has lots.

    The estimate (VAL_ESTIMATED_TOTAL) is no awarded value; a range is that of the offers.
    """
    return tuple(dict.fromkeys(_award(one, divided, tell) for one in _awarded(form)))


def _header(export: etree._Element, name: str, table: str, tell: Tell) -> str:
    found = first(export, _CODED, "CODIF_DATA", name)
    return lookup(table, found.get("CODE") or found.get("VALUE") or "", "ted", tell) if found is not None else ""


def _awarded(form: etree._Element) -> Iterator[etree._Element]:
    yield from (one for one in children(form, "AWARD_CONTRACT") if first(one, "AWARDED_CONTRACT") is not None)


def _award(contract: etree._Element, divided: bool, tell: Tell) -> Award:
    awarded = first(contract, "AWARDED_CONTRACT")
    number = text_of(first(contract, "LOT_NO"))
    holders = dict(_holders(awarded))
    return Award(
        (number or None) if divided else None,
        tuple(holders),
        _value(awarded),
        day(text_of(first(awarded, "DATE_CONCLUSION_CONTRACT")), "Date de conclusion du marché", tell),
        holder_ids=tuple(holders.values()),
    )


def _holders(awarded: etree._Element | None) -> Iterator[tuple[str, str]]:
    for one in descendants(awarded):
        if etree.QName(one).localname == "ADDRESS_CONTRACTOR":
            name = name_of(text_of(first(one, "OFFICIALNAME")))
            if name:
                yield name, text_of(first(one, "NATIONALID"))


def _value(awarded: etree._Element | None) -> Amount | None:
    """VAL_TOTAL, else VAL_RANGE_TOTAL, alone or under VALUES or VALUE (utilities)."""
    places = [awarded, first(awarded, "VALUES"), first(awarded, "VALUE")]
    for name in ("VAL_TOTAL", "VAL_RANGE_TOTAL"):
        for found in (first(place, name) for place in places):
            if found is not None:
                low, high = text_of(first(found, "LOW")), text_of(first(found, "HIGH"))
                value = "" if low or high else text_of(found)
                return amount(value, low, high, currency=found.get("CURRENCY", ""))
    return None
