"""On which side of the EU threshold is the need? Every line that may hold is tried; disagreement is explained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import inf
from typing import Literal

from scanner.opportunity.need import Need
from scanner.opportunity.rules import law
from scanner.opportunity.thresholds import Threshold, select
from scanner.opportunity.words import day, euros

Which = Literal["above", "below", "unknown"]


@dataclass(frozen=True, slots=True)
class Side:
    """``which`` side; ``tried`` are the thresholds that may hold; ``why`` says in French why the side is unknown."""

    which: Which
    tried: tuple[Threshold, ...]
    why: str = ""

    @property
    def threshold(self) -> float | None:
        """The threshold that decides, in euros: the highest of those passed, the lowest of those not reached."""
        amounts = [one.amount for one in self.tried]
        if not amounts or self.which == "unknown":
            return amounts[0] if len(set(amounts)) == 1 else None
        return max(amounts) if self.which == "above" else min(amounts)

    @property
    def to_verify(self) -> tuple[str, ...]:
        """The points on which the side rests: none when confirmed thresholds alone give the same answer."""
        sure = [one for one in self.tried if not one.note]
        if sure and self.which != "unknown":
            return ()
        return tuple(dict.fromkeys(one.note for one in self.tried if one.note))


def side(need: Need, on: date, natures: Sequence[str], buyer_class: str, thresholds: Sequence[Threshold]) -> Side:
    """Where ``need`` lies on that day. An unknown buyer is tried as a central and as another contracting authority."""
    classes = (buyer_class,) if buyer_class else ("pa_central", "pa_autre")
    lines = [select(thresholds, on, nature, one) for nature in natures for one in classes]
    tried = tuple(dict.fromkeys(line for line in lines if line is not None))
    if None in lines or not tried:
        return Side("unknown", tried, law()["whys"]["table"].format(day=day(on)))
    sides = {_against(need, line.amount) for line in tried}
    if len(sides) == 1 and "unknown" not in sides:
        return Side(sides.pop(), tried)
    return Side("unknown", tried, _why(need, tried))


def _against(need: Need, threshold: float) -> Which:
    if need.low >= threshold:
        return "above"
    return "below" if need.high < threshold else "unknown"


def _why(need: Need, tried: Sequence[Threshold]) -> str:
    whys = law()["whys"]
    if not need.known:
        return str(whys["amount"])
    if any(_against(need, line.amount) == "unknown" for line in tried):
        key = "renewals" if need.renewed else "partial" if need.high == inf else "bracket"
        return str(whys[key].format(low=euros(need.low), high=euros(need.high) if need.high < inf else ""))
    shown = " ou ".join(euros(amount) for amount in sorted({line.amount for line in tried}))
    return str(whys[_reason(need, tried)].format(thresholds=shown))


def _reason(need: Need, tried: Sequence[Threshold]) -> str:
    """Which of the unknowns decides: the buyer, when it changes the side within one nature; else the nature."""
    for nature in {line.nature for line in tried}:
        if len({_against(need, line.amount) for line in tried if line.nature == nature}) > 1:
            return "buyer"
    return "social" if any(line.nature == "services_sociaux_specifiques" for line in tried) else "nature"
