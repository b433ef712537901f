"""How many hours of insertion could a lot carry? A range with its arithmetic, prudent, and what to ask the buyer.

hours = amount × labour share × (1 − share of staff taken over) × rate ÷ hourly cost, rounded down to 35 h. Figures,
trades and sentences are in ``hours.yml``; the guard-rails are those of Fiche C1 (Alliance Villes Emploi).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from scanner.appraisal import HoursRange, LotSegment
from scanner.notice import Lot, Notice
from scanner.opportunity.assumptions import Assumptions, Figure, Rates, assumptions, defaults, hours_file
from scanner.opportunity.basis import Basis, Duration, duration, exact, prudent, trades
from scanner.opportunity.remarks import asked, doubts, word
from scanner.opportunity.words import figure

__all__ = ["Assumptions", "assumptions", "defaults", "estimate"]


@dataclass(frozen=True, slots=True)
class _Labour:
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

    def raw(self, rate: Figure, taken: Fraction) -> Fraction:
        """Hours of the whole contract at a rate, when ``taken`` percent of the labour is done by staff taken over."""
        return self.whole * (1 - taken / 100) * exact(rate.value) / 100

    def shown(self, hours: Fraction) -> int:
        """``hours`` rounded down to whole weeks."""
        step = exact(self.figures.step.value)
        return int(hours // step * step)

    def hours(self, rate: Figure, taken: Fraction) -> Fraction:
        raw = self.raw(rate, taken)
        return raw if self.cap is None else min(raw, self.cap)


def estimate(notice: Notice, lot: Lot | None, segment: LotSegment, assumptions: Assumptions | None = None) -> HoursRange:
    """The feasible hours of a lot (``lot`` None = undivided notice), with every step in French.

    ``per`` is ``year`` when the contract is known to exceed twelve months, renewals included, unless a year carries
    less than the minimum. Without a field nothing is guessed: None when the amount or the labour share is unknown,
    the whole contract when the duration is; so over one and the same period a missing field never gives more hours.
    Where staff may be taken over, the three numbers suppose that it is; the other case is in ``lines``.
    """
    figures = assumptions or defaults()
    basis, lasts, share = prudent(notice, lot), duration(notice, lot), segment.segment.labour_share
    warnings, ask = doubts(notice, lot, segment, figures), asked(notice, lot, segment)
    if basis.euros is None or share is None:
        return HoursRange(lines=(word("lines", "always"),), warnings=warnings, ask=ask, instead=_post(segment, None))
    family = segment.segment.family
    labour = _Labour(
        basis.euros, exact(share), lasts, figures.rates(family), family in hours_file()["a_minima"], figures
    )
    kept = exact(figures.taken_over.value) if "reprise" in trades(segment) else Fraction(0)
    found = _range(labour, kept)
    lines = (*_given(basis, labour, segment), *_worked(labour, kept, found), *_read(labour, kept, segment, found))
    return HoursRange(*_numbers(found), found.per, lines, warnings, ask, _instead(labour, segment, found))


@dataclass(frozen=True, slots=True)
class _Range:
    low: int
    central: int
    high: int
    per: Literal["contract", "year"]


def _numbers(found: _Range) -> tuple[int, int, int]:
    return found.low, found.central, found.high


def _range(labour: _Labour, taken: Fraction) -> _Range:
    years = labour.lasts.years
    yearly = years > 1 and labour.hours(labour.rates.central, taken) / years >= _minimum(labour)
    low, central, high = (
        labour.shown(labour.hours(rate, taken) / (years if yearly else 1)) for rate in labour.rates
    )
    return _Range(low, central, high, "year" if yearly else "contract")


def _minimum(labour: _Labour) -> Fraction:
    return exact(labour.figures.minimum_hours.value)


def _given(basis: Basis, labour: _Labour, segment: LotSegment) -> list[str]:
    """What is put into the formula, each figure with its source."""
    figures, rates, row = labour.figures, labour.rates, segment.segment
    published = row.share_status == "PUBLIE"
    note = word("words", "published", source=word("words", "worked")) if published else word("words", "hypothesis")
    lines = [word("basis", basis.sense, amount=_euros(labour.euros), whose=word("words", basis.whose))]
    if not basis.framework:
        lines.append(word("basis", "ordinary"))
    lines.append(word("lines", "share", share=_n(labour.share), note=note))
    lines.append(word("lines", "cost", cost=_n(figures.hourly_cost.value), note=figures.hourly_cost.note))
    told = {"low": rates.low, "central": rates.central, "high": rates.high}
    values = {name: _n(rate.value) for name, rate in told.items()}
    lines.append(word("lines", "rates", **values, **{f"{name}_note": rate.note for name, rate in told.items()}))
    return lines


def _worked(labour: _Labour, kept: Fraction, found: _Range) -> list[str]:
    """The arithmetic, a line a rate; twice when staff may be taken over."""
    lines = list(_caps(labour))
    if not kept:
        return [*lines, *_steps(labour, kept)]
    other = _range(labour, Fraction(0))
    free = {name: figure(getattr(other, name)) for name in ("low", "central", "high")}
    return [
        *lines,
        word("lines", "taken", taken=_n(kept), note=labour.figures.taken_over.note),
        word("lines", "taken_title", taken=_n(kept)),
        *_steps(labour, kept),
        word("lines", "free_title", per=word("per", other.per), **free),
        *_steps(labour, Fraction(0)),
    ]


def _steps(labour: _Labour, taken: Fraction) -> list[str]:
    years = labour.lasts.years
    lines = []
    for name, rate in zip(("low", "central", "high"), labour.rates, strict=True):
        raw, hours = labour.raw(rate, taken), labour.hours(rate, taken)
        values: dict[str, Any] = {
            "name": word("names", name), "amount": _euros(labour.euros), "share": _n(labour.share),
            "fresh": word("lines", "fresh", fresh=_n(100 - taken)) if taken else "", "rate": _n(rate.value),
            "cost": _n(labour.figures.hourly_cost.value), "raw": figure(int(raw)), "step": _n(labour.figures.step.value),
            "cap": word("lines", "capped", cap=figure(round(hours))) if hours < raw else "",
            "shown": figure(labour.shown(hours)), "months": _n(labour.lasts.whole or 0),
            "raw_year": figure(int(hours / years)), "shown_year": figure(labour.shown(hours / years)),
        }  # fmt: skip
        lines.append(word("lines", "step_year" if years > 1 else "step", **values))
    return lines


def _caps(labour: _Labour) -> list[str]:
    """The two caps of a trade that starts « à minima » (H2), and whether the second one holds."""
    if not labour.minimal:
        return []
    figures, years, share = labour.figures, labour.lasts.years, labour.figures["plafond_part"]
    hours, part = labour.whole / years, labour.whole / years * exact(share.value) / 100
    per = word("per", "year" if years > 1 else "contract")
    values = {"share": _n(share.value), "labour": figure(int(hours)), "cap": figure(round(part)), "per": per}
    limit = figures["plafond_montant"]
    post = {"amount": _n(limit.value), "note": limit.note, "hours": _n(figures.full_time.value)}
    return [word("lines", "cap", **values, note=share.note), word("lines", "cap_off" if labour.large else "cap_post", **post)]


def _read(labour: _Labour, kept: Fraction, segment: LotSegment, found: _Range) -> list[str]:
    """How the numbers are to be read: firm part, « à minima », posts, other basis."""
    figures, lasts = labour.figures, labour.lasts
    lines = []
    if lasts.years > 1 and found.per == "contract":
        lines.append(word("lines", "per_contract", minimum=_n(_minimum(labour)), months=_n(lasts.whole or 0)))
    if lasts.firm and lasts.renewal and lasts.whole:
        total = labour.hours(labour.rates.central, kept)
        firm = labour.shown(total * lasts.firm / lasts.whole)
        more = labour.shown(total * lasts.renewal / lasts.whole)
        told = {"firm": _n(lasts.firm), "renewal": _n(lasts.renewal), "hours": figure(firm), "more": figure(more)}
        lines.append(word("lines", "firm", **told))
    if labour.minimal and found.central >= _minimum(labour):
        lines.append(word("lines", "minimum", hours=_least(labour, found)))
    posts = figure(found.central / figures.full_time.value, 2)
    full = {"posts": posts, "full": _n(figures.full_time.value), "note": figures.full_time.note}
    lines.append(word("lines", "posts", hours=figure(found.central), per=word("per", found.per), **full))
    return [*lines, *_summer(figures, segment), word("lines", "always")]


def _least(labour: _Labour, found: _Range) -> str:
    """The volume to start with (H1): the low one or a week, or a week more when the central rate allows it."""
    step = int(labour.figures.step.value)
    first = max(found.low, step)
    return word("or", "").join(figure(hours) for hours in (first, first + step) if hours <= max(found.central, first))


def _summer(figures: Assumptions, segment: LotSegment) -> list[str]:
    if "equipes" not in trades(segment):
        return []
    low, high, step = figures["semaines_ete_bas"], figures["semaines_ete_haut"], figures.step.value
    weeks = {"weeks_low": _n(low.value), "weeks_high": _n(high.value), "note": low.note}
    return [word("lines", "summer", low=_n(low.value * step), high=_n(high.value * step), **weeks)]


def _instead(labour: _Labour, segment: LotSegment, found: _Range) -> str:
    """What to propose in place of hours, or beside them on an intellectual service."""
    firm, figures = labour.lasts.whole, labour.figures
    if firm is not None and firm < exact(figures.minimum_months.value):
        return word("instead", "short")
    if found.central < _minimum(labour):
        return word("instead", "small", minimum=_n(_minimum(labour)))
    return _post(segment, (found, figures.step.value))


def _post(segment: LotSegment, known: tuple[_Range, float] | None) -> str:
    """A post or weeks of work where a rate says little (H1)."""
    if "intellectuel" not in trades(segment):
        return ""
    if known is None:
        return word("instead", "post")
    found, step = known
    weeks = {"central": figure(found.central // step), "high": figure(found.high // step)}
    return word("instead", "weeks", per=word("per", found.per), **weeks)


def _n(value: float | Fraction) -> str:
    return figure(float(value), 2)


def _euros(euros: Fraction) -> str:
    return figure(float(euros), 2)
