"""What to bring to a buyer about a lot? Its law, moment, first words, commitments, kin and example, in one sheet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from scanner.appraisal import Opportunity
from scanner.approach import BEGUN, BuyerFacts, Rate, Sheet, Similar, Trade
from scanner.datafile import DataFileError, only, read_yaml, texts
from scanner.edition import Item, ItemLot
from scanner.opportunity.buyers import arguments
from scanner.opportunity.examples import closest
from scanner.opportunity.timing import window

_COMMITMENTS = Path(__file__).with_name("commitments.yml")
_RESERVATIONS = ("marche_reserve", "lot_reserve")


def sheet(item: Item, lot: ItemLot, chance: Opportunity, similar: Similar, *, kind: str, reference: date) -> Sheet:
    """The sheet of ``lot`` on the day ``reference``. ``kind`` is that of its buyer, empty when unknown."""
    example = closest(chance.segment.segment.prefix)
    return Sheet(
        item, lot, chance,
        window(
            kind=item.kind, project=item.project, deadline=item.deadline, reference=reference, expected=item.expected
        ),
        kind, arguments(_facts(item, lot, chance, kind)), tuple(_commitments(kind, chance)), similar,
        f"{example.title} ({example.device})" if example else "",
    )  # fmt: skip


def _facts(item: Item, lot: ItemLot, chance: Opportunity, kind: str) -> BuyerFacts:
    """The buyer as this one lot shows it: what chooses the words."""
    trade, duty, habits = chance.segment.segment, chance.legal.duty, chance.practice
    return BuyerFacts(
        item.tender, item.buyer, kind=kind, lots=1, duties=((duty.code, 1),), generic=int(lot.status == "mention"),
        reservable=int(chance.lever.code in _RESERVATIONS), concessions=int(duty.nature == "concession"),
        trades=(Trade(trade.prefix, trade.label, trade.family, 1),),
        own=Rate(habits.own, habits.own_social) if habits else Rate(), begun=int(lot.status in BEGUN),
    )  # fmt: skip


def _commitments(kind: str, chance: Opportunity) -> Iterator[str]:
    habits = chance.practice
    if habits and habits.own:
        yield (
            f"{habits.own_social} de ses {habits.own} marchés renseignés portent une considération sociale "
            f"({habits.own_period}, déclarations DECP)"
        )
    for entry in _entries():
        if not entry["kinds"] or kind in entry["kinds"]:
            doubt = "" if entry["status"] == "CONFIRME" else ", à vérifier"
            yield f"{entry['text']} ({entry['source']}{doubt})"


@cache
def _entries() -> tuple[dict[str, Any], ...]:
    found = read_yaml(_COMMITMENTS)
    if not isinstance(found, list):
        raise DataFileError(f"{_COMMITMENTS.name} : une liste d'engagements est attendue.")
    shape: dict[str, type] = {"kinds": list, "text": str, "source": str, "status": str}
    read = tuple(only(one, f"{_COMMITMENTS.name}, entrée {rank}", shape) for rank, one in enumerate(found, 1))
    for entry in read:
        texts(entry["kinds"], f"{_COMMITMENTS.name}, kinds")
    return read
