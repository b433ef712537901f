"""What does the law look at in a notice? Each of its questions, answered once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from scanner.appraisal import LotSegment
from scanner.notice import Lot, Notice
from scanner.opportunity.buyer_kind import buyer_class
from scanner.opportunity.nature import concession, defence, formal, natures
from scanner.opportunity.need import Need, duration, need
from scanner.opportunity.rules import DutyRule, duty_rule
from scanner.opportunity.seen import Seen
from scanner.opportunity.side import Side, side
from scanner.opportunity.thresholds import Threshold


@dataclass(frozen=True)
class Case:
    """One lot of a notice (``lot`` None = undivided) before the law, with what was found in it."""

    notice: Notice
    lot: Lot | None
    seen: Seen
    segment: LotSegment | None
    thresholds: tuple[Threshold, ...]

    @cached_property
    def day(self) -> date:
        return self.notice.sent or self.notice.published

    @cached_property
    def concession(self) -> bool:
        return concession(self.notice)

    @cached_property
    def rule(self) -> DutyRule:
        return duty_rule(self.concession)

    @cached_property
    def defence(self) -> str:
        return defence(self.notice, self.lot)

    @cached_property
    def buyer_class(self) -> str:
        return buyer_class(self.notice)

    @cached_property
    def natures(self) -> tuple[str, ...]:
        return natures(self.notice, self.lot)

    @cached_property
    def need(self) -> Need:
        return need(self.notice)

    @cached_property
    def side(self) -> Side:
        return side(self.need, self.day, self.natures, self.buyer_class, self.thresholds)

    @cached_property
    def formal(self) -> str:
        return formal(self.notice)

    @cached_property
    def months(self) -> float | None:
        return duration(self.notice, self.lot)

    @property
    def works(self) -> bool:
        """Whether it is surely a works contract."""
        return self.natures == ("travaux",)
