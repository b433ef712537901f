"""Which part of an edition concerns a reader? Place, trade and right to answer; what is unknown passes, and is said."""

from __future__ import annotations

from dataclasses import replace

from feeds.entry import clean, hours, shown
from feeds.trade import about, sectors
from scanner.appraisal import Opportunity
from scanner.edition import Edition, Item, ItemLot
from scanner.finding import RESERVED
from scanner.readership import Answer, Reader, right

_ANSWERED = RESERVED | {"objet_insertion"}
_UNKNOWN_KIND = "à vérifier : votre type de structure n'est pas renseigné"


def concerned(edition: Edition, reader: Reader, *, trades: bool = True, answer: Answer | None = None) -> Edition:
    """``edition`` as far as it concerns ``reader``: the place always, the trade and the right to answer if asked.

    A lot that does not concern the reader stays in its tender, silent: the tender keeps its shape.
    """
    wanted = reader.trades if trades else ()
    here = (item for item in edition.items if _here(item, reader))
    return replace(edition, items=tuple(_seen(item, reader, wanted, answer) for item in here))


def elsewhere(edition: Edition, reader: Reader) -> tuple[str, ...]:
    """The départements that the reader asks for and that the edition does not watch."""
    return tuple(code for code in reader.departements if edition.departements and code not in edition.departements)


def answer_of(lot: ItemLot, kind: str) -> Answer | None:
    """What a structure of this kind may do with a lot; None when the lot is reserved to nobody.

    An unknown kind may answer anything that names its beneficiaries: the reader is then told to check.
    """
    labels = {finding.label for finding in shown(lot)} & _ANSWERED
    named = labels - {"reserve_indetermine"}
    if not labels:
        return None
    if not named:
        return "unclear"
    return "yes" if not kind or any(right(label, kind) for label in named) else "no"


def notes(lots: tuple[ItemLot, ...], reader: Reader, *, legal: bool = False) -> tuple[str, ...]:
    """What the reader must know of these lots beside their card: conditions, lever, hours. No sentence twice."""
    told = _conditions(lots, reader)
    for lot in lots:
        if lot.opportunity is not None:
            name = f"Lot {clean(lot.number)}, piste" if lot.number else "Piste"
            told += _chance(name, lot.opportunity, legal)
    return tuple(dict.fromkeys(told))


def _chance(name: str, found: Opportunity, legal: bool) -> list[str]:
    """The lever of an opportunity, its hours with their assumptions, its reasons, and its duty if asked."""
    lines = [
        f"{name} : {clean(found.lever.text)} ({clean(found.segment.segment.label)}, score {found.score} sur 100)",
        f"Heures estimées, à vérifier : {hours(found.hours)}",
    ]
    doubts = [_inside(clean(line)) for line in (*found.hours.warnings[:2], *found.hours.lines[:2])]
    lines += [f"Hypothèses : {' ; '.join(doubts)}"] if doubts else []
    lines += [f"Raisons : {' ; '.join(clean(reason) for reason in found.reasons[:3])}"] if found.reasons else []
    duty = clean(found.legal.duty.text).removeprefix("à vérifier : ")
    duty = duty.removeprefix("obligation de considération sociale, ")
    return [*lines, f"Obligation de considération sociale (à vérifier) : {duty}"] if legal and duty else lines


def _inside(sentence: str) -> str:
    """A sentence as one part of a longer one: without its stop, nor the word that already announces them all."""
    part = sentence.removesuffix(".").removeprefix("Hypothèse : ")
    return part[:1].lower() + part[1:]


def _conditions(lots: tuple[ItemLot, ...], reader: Reader) -> list[str]:
    """Under which conditions the reader may answer; what is open without condition says nothing."""
    if reader.edition != "structure":
        return []
    found = []
    for lot in lots:
        labels = [finding.label for finding in shown(lot) if finding.label in _ANSWERED - {"reserve_indetermine"}]
        rights = [right(label, reader.kind) for label in labels]
        if labels and not reader.kind:
            found.append(_UNKNOWN_KIND)
        elif "oui" not in rights:
            found += [one for one in rights if one]
    return [one[:1].upper() + one[1:] for one in found]


def _here(item: Item, reader: Reader) -> bool:
    wanted = reader.departements
    return not wanted or not item.departements or bool(set(wanted) & set(item.departements))


def _seen(item: Item, reader: Reader, trades: tuple[str, ...], answer: Answer | None) -> Item:
    lots = tuple(lot if _kept(item, lot, reader, trades, answer) else _silent(lot) for lot in item.lots)
    before = tuple(lot for lot in item.before if _kept(item, lot, reader, trades, answer))
    # after its award a tender has no deadline any more: that of its call must not make it leave the list
    return replace(item, lots=lots, before=before, deadline=None if item.kind == "award" else item.deadline)


def _kept(item: Item, lot: ItemLot, reader: Reader, trades: tuple[str, ...], answer: Answer | None) -> bool:
    if answer is not None and answer_of(lot, reader.kind) != answer:
        return False
    known = [sectors(one) for one in about(item, (lot,))]
    return not trades or any(not names or bool(set(names) & set(trades)) for names in known)


def _silent(lot: ItemLot) -> ItemLot:
    return replace(lot, status="non_lu", findings=(), opportunity=None)
