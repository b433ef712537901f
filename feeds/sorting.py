"""In which feeds of a family does a contract belong? By its kind of reservation, its trades or its deadline."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from feeds.entry import clean, days_left, shown
from feeds.families import Family
from feeds.trade import segment_of
from scanner.edition import Item, ItemLot
from scanner.finding import RESERVED

#: What is said of a reserved lot when nothing names its beneficiaries.
_UNNAMED = "reserve_indetermine"

Lots = tuple[ItemLot, ...]


def sort_lots(family: Family, item: Item, lots: Lots, reference: date) -> dict[str, Lots]:
    """The lots of each group of ``family`` that ``lots`` of ``item`` belong to; a lot may be in several groups."""
    if family.by == "echeance":
        near = item.deadline is not None and 0 <= days_left(item.deadline, reference) <= family.days
        return {"": lots} if lots and near else {}
    found: dict[str, list[ItemLot]] = {}
    for lot in lots:
        for group in _kinds(family, lot) if family.by == "nature" else _trades(family, item, lot):
            found.setdefault(group, []).append(lot)
    return {group: tuple(those) for group, those in found.items()}


def note(family: Family, item: Item, lots: Lots) -> str:
    """What an entry of ``family`` says beside its card: the trades that are only guessed; the card tells the others."""
    if family.by != "metier" or not any(_guessed(one) for lot in lots for one in _about(item, lot)):
        return ""
    told = dict.fromkeys(name for lot in lots for one in _about(item, lot) for name in _told(family, one))
    return family.phrases["trade"].replace("{names}", ", ".join(told))


def _kinds(family: Family, lot: ItemLot) -> Iterable[str]:
    """For whom a lot is reserved: the groups of the labels it affirms; the vague one only when it stands alone."""
    labels = RESERVED & {finding.label for finding in shown(lot) if finding.reading == "affirmed"}
    named = labels - {_UNNAMED} or ({_UNNAMED} if labels or lot.status == "reserve" else set())
    return [group for group, topic in family.topics.items() if topic.labels & named]


def _trades(family: Family, item: Item, lot: ItemLot) -> Iterable[str]:
    """The trades of a lot; « unknown » when there is none, and beside them when one is only guessed."""
    found = dict[str, None]()
    for one in _about(item, lot):
        segment = segment_of(one)
        names = [name for name in segment.segment.sectors if name in family.topics] if segment else []
        found.update(dict.fromkeys(names))
        if not names or (segment and segment.known == "texte"):
            found[family.unknown] = None
    return found


def _told(family: Family, lot: ItemLot) -> list[str]:
    segment = segment_of(lot)
    if segment is None or not segment.segment.sectors:
        return [family.phrases["none"]]
    names = [clean(name) for name in segment.segment.sectors]
    return [family.phrases["guessed"].replace("{name}", name) for name in names] if segment.known == "texte" else names


def _guessed(lot: ItemLot) -> bool:
    segment = segment_of(lot)
    return segment is not None and segment.known == "texte"


def _about(item: Item, lot: ItemLot) -> Lots:
    """The lots whose trades count: what is said of a whole contract is about each of its lots of the same status."""
    if lot.number is not None:
        return (lot,)
    numbered = [one for one in item.lots if one.number is not None]
    return tuple(one for one in numbered if one.status == lot.status) or tuple(numbered) or (lot,)
