"""What do the law and the supply allow of a lot? The facts that the choice of a lever is made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from scanner.appraisal import HoursRange, LegalCheck, LotSegment, Supply
from scanner.datafile import only, read_yaml
from scanner.notice import Lot, Notice
from scanner.opportunity.assumptions import Assumptions
from scanner.opportunity.basis import duration, exact, largest, trades
from scanner.opportunity.supply import kinds_of

_LEVER = Path(__file__).with_name("lever.yml")
#: How the device of a reservation begins; the rest is the family that may answer.
RESERVE = "reserve_"


@dataclass(frozen=True, slots=True)
class Case:
    """A lot before the choice. ``reserve`` is the strongest open reservation with its number of structures.

    ``weight`` is one year of the contract in percent of the mean turnover, None when it cannot be told; ``guarded``
    whether it reaches the guard. ``doubts`` are (warning, device, words of the law); ``unsourced`` says why there is
    no supply.
    """

    notice: Notice
    lot: Lot | None
    hours: HoursRange
    supply: Supply | None
    unsourced: str
    devices: tuple[str, ...]
    doubts: tuple[tuple[str, str, str], ...]
    reserve: tuple[str, int] | None
    weight: Fraction | None
    guarded: bool
    months: Fraction | None
    intellectual: bool
    least_hours: Fraction
    least_months: Fraction

    @property
    def divided(self) -> bool:
        """Whether the lot can be parted from others."""
        return self.lot is not None and len(self.notice.lots) > 1

    @property
    def small(self) -> bool:
        return self.hours.central is not None and self.hours.central < self.least_hours

    @property
    def short(self) -> bool:
        return self.months is not None and self.months < self.least_months

    @property
    def staffed(self) -> bool:
        """Whether a structure that puts staff at the disposal of a holder is known: one is enough for a clause."""
        kinds = self.supply.kinds if self.supply else ()
        return any(kind in lever_file()["staffing"] and count for kind, count in kinds)


def facts(
    notice: Notice, lot: Lot | None, segment: LotSegment, legal: LegalCheck, hours: HoursRange,
    supply: Supply | None, figures: Assumptions,
) -> Case:  # fmt: skip
    """Everything that the choice needs. An empty supply for want of a place or of a trade is no supply."""
    unsourced = "" if supply and supply.count else _unsourced(notice, segment, supply)
    supply = None if unsourced else supply
    devices, doubts = _openness(segment.segment.devices, legal)
    weight = _weight(notice, lot, supply)
    guarded = weight is not None and weight >= exact(threshold("dependance"))
    kept = tuple(one for one in devices if not (guarded and one.startswith(RESERVE)))
    return Case(
        notice, lot, hours, supply, unsourced, kept, doubts, _strongest(kept, supply), weight, guarded,
        months=duration(notice, lot).whole, intellectual=lever_file()["intellectual"] in trades(segment),
        least_hours=exact(figures.minimum_hours.value), least_months=exact(figures.minimum_months.value),
    )  # fmt: skip


@cache
def lever_file() -> dict[str, Any]:
    """``lever.yml``, its blocks checked."""
    blocks: dict[str, type] = {
        "thresholds": dict, "staffing": list, "closed": list, "intellectual": str, "texts": dict, "devices": dict,
        "reasons": dict, "warnings": dict,
    }  # fmt: skip
    return only(read_yaml(_LEVER), _LEVER.name, required=blocks)


def threshold(name: str) -> float:
    """Structures, or percent for ``dependance``."""
    return float(lever_file()["thresholds"][name])


def _unsourced(notice: Notice, segment: LotSegment, supply: Supply | None) -> str:
    if supply is None:
        return "no_directory"
    if not segment.segment.sectors:
        return "no_sector"
    return "" if notice.departements else "no_place"


def _openness(devices: Sequence[str], legal: LegalCheck) -> tuple[tuple[str, ...], tuple[tuple[str, str, str], ...]]:
    """The devices that the law does not close, and what is to be said of the reservations that are not plainly open."""
    openings = {one.label: one for one in legal.openings}
    kept, doubts = [], []
    for device in devices:
        opening = openings.get(device)
        if opening is None or opening.answer != "fermee":
            kept.append(device)
        if opening is None and device.startswith(RESERVE):
            doubts.append(("unread", device, ""))
        elif opening is not None and opening.answer != "ouverte":
            doubts.append(("closed" if opening.answer == "fermee" else "to_check", device, opening.text))
    return tuple(kept), tuple(doubts)


def _strongest(devices: Sequence[str], supply: Supply | None) -> tuple[str, int] | None:
    """The reservation that the most structures may answer, the segment's own order between equals."""
    if supply is None:
        return None
    counted = [(device, _answering(device, supply)) for device in devices if device.startswith(RESERVE)]
    return max(counted, key=lambda pair: pair[1], default=None)


def _answering(device: str, supply: Supply) -> int:
    """How many structures may answer a reservation; all of them when their kinds are not told."""
    kinds = kinds_of(device)
    return sum(count for kind, count in supply.kinds if kind in kinds) if supply.kinds else supply.count


def _weight(notice: Notice, lot: Lot | None, supply: Supply | None) -> Fraction | None:
    """One year of the contract in percent of the mean turnover; the whole contract when its duration is unknown.

    None when the turnover or the amount is unknown, and when only the amount of all the lots is, which says nothing
    of one of them unless it is itself under the guard.
    """
    euros, own = largest(notice, lot)
    if euros is None or supply is None or not supply.turnover:
        return None
    weight = 100 * euros / duration(notice, lot).years / exact(supply.turnover)
    return weight if own or weight < exact(threshold("dependance")) else None
