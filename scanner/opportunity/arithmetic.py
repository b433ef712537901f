"""How is an estimate worked out, step by step? The French lines under the numbers; sentences are in ``hours.yml``."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from scanner.appraisal import LotSegment
from scanner.opportunity.assumptions import Assumptions
from scanner.opportunity.basis import Basis, exact, trades
from scanner.opportunity.labour import Labour, Range, span
from scanner.opportunity.remarks import word
from scanner.opportunity.words import figure


def tell(basis: Basis, labour: Labour, taken: Fraction, segment: LotSegment, found: Range) -> tuple[str, ...]:
    """What was put in, the arithmetic of each rate, and how the numbers are to be read. ``taken`` in percent."""
    return (*_given(basis, labour, segment), *_worked(labour, taken), *_read(labour, taken, segment, found))


def _given(basis: Basis, labour: Labour, segment: LotSegment) -> list[str]:
    """What is put into the formula, each figure with its source."""
    figures, rates, row = labour.figures, labour.rates, segment.segment
    published = row.share_status == "PUBLIE"
    note = word("words", "published", source=word("words", "worked")) if published else word("words", "hypothesis")
    lines = [word("basis", basis.sense, amount=_n(labour.euros), whose=word("words", basis.whose))]
    if not basis.framework:
        lines.append(word("basis", "ordinary"))
    if not labour.lasts.told and labour.lasts.years > 1:
        lines.append(word("basis", "no_renewal"))
    lines.append(word("lines", "share", share=_n(labour.share), note=note))
    lines.append(word("lines", "cost", cost=_n(figures.hourly_cost.value), note=figures.hourly_cost.note))
    told = {"low": rates.low, "central": rates.central, "high": rates.high}
    values = {name: _n(rate.value) for name, rate in told.items()}
    lines.append(word("lines", "rates", **values, **{f"{name}_note": rate.note for name, rate in told.items()}))
    return lines


def _worked(labour: Labour, kept: Fraction) -> list[str]:
    """The arithmetic, a line a rate; twice when staff may be taken over."""
    lines = list(_caps(labour))
    if not kept:
        return [*lines, *_steps(labour, kept)]
    other = span(labour, Fraction(0))
    free = {name: figure(getattr(other, name)) for name in ("low", "central", "high")}
    return [
        *lines,
        word("lines", "taken", taken=_n(kept), note=labour.figures.taken_over.note),
        word("lines", "taken_title", taken=_n(kept)),
        *_steps(labour, kept),
        word("lines", "free_title", per=word("per", other.per), **free),
        *_steps(labour, Fraction(0)),
    ]


def _steps(labour: Labour, taken: Fraction) -> list[str]:
    years = labour.lasts.years
    lines = []
    for name, rate in zip(("low", "central", "high"), labour.rates, strict=True):
        raw, hours = labour.raw(rate, taken), labour.hours(rate, taken)
        values: dict[str, Any] = {
            "name": word("names", name), "amount": _n(labour.euros), "share": _n(labour.share),
            "fresh": word("lines", "fresh", fresh=_n(100 - taken)) if taken else "", "rate": _n(rate.value),
            "cost": _n(labour.figures.hourly_cost.value), "raw": figure(int(raw)),
            "step": _n(labour.figures.step.value),
            "cap": word("lines", "capped", cap=figure(round(hours))) if hours < raw else "",
            "shown": figure(labour.shown(hours)), "months": _n(labour.lasts.whole or 0),
            "raw_year": figure(int(hours / years)), "shown_year": figure(labour.shown(hours / years)),
        }  # fmt: skip
        lines.append(word("lines", "step_year" if years > 1 else "step", **values))
    return lines


def _caps(labour: Labour) -> list[str]:
    """The two caps of a trade that starts « à minima » (H2), and whether the second one holds."""
    if not labour.minimal:
        return []
    figures, years, share = labour.figures, labour.lasts.years, labour.figures["plafond_part"]
    hours, part = labour.whole / years, labour.whole / years * exact(share.value) / 100
    per = word("per", "year" if years > 1 else "contract")
    values = {"share": _n(share.value), "labour": figure(int(hours)), "cap": figure(round(part)), "per": per}
    limit = figures["plafond_montant"]
    post = {"amount": _n(limit.value), "note": limit.note, "hours": _n(figures.full_time.value)}
    return [
        word("lines", "cap", **values, note=share.note),
        word("lines", "cap_off" if labour.large else "cap_post", **post),
    ]


def _read(labour: Labour, kept: Fraction, segment: LotSegment, found: Range) -> list[str]:
    """How the numbers are to be read: firm part, « à minima », posts, other basis."""
    figures, lasts = labour.figures, labour.lasts
    lines = []
    if lasts.years > 1 and found.per == "contract":
        lines.append(word("lines", "per_contract", minimum=_n(labour.minimum), months=_n(lasts.whole or 0)))
    if lasts.firm and lasts.renewal and lasts.whole:
        total = labour.hours(labour.rates.central, kept)
        firm = labour.shown(total * lasts.firm / lasts.whole)
        more = labour.shown(total * lasts.renewal / lasts.whole)
        told = {"firm": _n(lasts.firm), "renewal": _n(lasts.renewal), "hours": figure(firm), "more": figure(more)}
        lines.append(word("lines", "firm", **told))
    if labour.minimal and found.central >= labour.minimum:
        lines.append(word("lines", "minimum", hours=_least(labour, found)))
    posts = figure(found.central / figures.full_time.value, 2)
    full = {"posts": posts, "full": _n(figures.full_time.value), "note": figures.full_time.note}
    lines.append(word("lines", "posts", hours=figure(found.central), per=word("per", found.per), **full))
    return [*lines, *_summer(figures, segment), word("lines", "always")]


def _least(labour: Labour, found: Range) -> str:
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


def _n(value: float | Fraction) -> str:
    return figure(float(value), 2)
