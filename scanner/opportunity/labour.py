"""How many hours of insertion does the labour of a contract make, at each rate? Exact fractions, rounded down last."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from scanner.opportunity.assumptions import Assumptions, Figure, Rates
from scanner.opportunity.basis import Duration, exact


@dataclass(frozen=True, slots=True)
class Labour:
    """What the hours of one contract are computed from; ``share`` and rates in percent."""

    euros: Fraction
    share: Fraction
    lasts: Duration
    rates: Rates
    minimal: bool
    figures: Assumptions

    @property
    def whole(self) -> Fraction:
        """Hours of labour of the whole contract, whoever does them."""
        return self.euros * self.share / 100 / exact(self.figures.hourly_cost.value)

    @property
    def cap(self) -> Fraction | None:
        """Hours of insertion that the staff of the contract can host (H2); None for a classic trade.

        A tenth of the labour, and one full-time post a year unless the contract is known to exceed 1 M€ a year.
        """
        if not self.minimal:
            return None
        part = self.whole * exact(self.figures["plafond_part"].value) / 100
        return part if self.large else min(part, exact(self.figures.full_time.value) * self.lasts.years)

    @property
    def large(self) -> bool:
        """Whether the contract is known to exceed the yearly amount above which one post is no cap."""
        limit = exact(self.figures["plafond_montant"].value)
        return self.lasts.firm is not None and self.euros / self.lasts.years > limit

    @property
    def minimum(self) -> Fraction:
        """Hours under which there is no clause."""
        return exact(self.figures.minimum_hours.value)

    def raw(self, rate: Figure, taken: Fraction) -> Fraction:
        """Hours of the whole contract at a rate, when ``taken`` percent of the labour is done by staff taken over."""
        return self.whole * (1 - taken / 100) * exact(rate.value) / 100

    def shown(self, hours: Fraction) -> int:
        """``hours`` rounded down to whole weeks."""
        step = exact(self.figures.step.value)
        return int(hours // step * step)

    def hours(self, rate: Figure, taken: Fraction) -> Fraction:
        """The same, under the cap."""
        raw = self.raw(rate, taken)
        return raw if self.cap is None else min(raw, self.cap)


@dataclass(frozen=True, slots=True)
class Range:
    """Hours rounded down, at the low, central and high rate."""

    low: int
    central: int
    high: int
    per: Literal["contract", "year"]


def span(labour: Labour, taken: Fraction) -> Range:
    """The hours a year of a contract of more than twelve months, of the whole one when a year carries too few."""
    years = labour.lasts.years
    yearly = years > 1 and labour.hours(labour.rates.central, taken) / years >= labour.minimum
    low, central, high = (labour.shown(labour.hours(rate, taken) / (years if yearly else 1)) for rate in labour.rates)
    return Range(low, central, high, "year" if yearly else "contract")
