"""How many hours of insertion could a lot carry? A range with its arithmetic, prudent, and what to ask the buyer.

hours = amount × labour share × (1 − share of staff taken over) × rate ÷ hourly cost, rounded down to 35 h. Figures,
trades and sentences are in ``hours.yml``; the guard-rails are those of Fiche C1 (Alliance Villes Emploi).
"""

from __future__ import annotations

from fractions import Fraction

from scanner.appraisal import HoursRange, LotSegment
from scanner.notice import Lot, Notice
from scanner.opportunity.arithmetic import tell
from scanner.opportunity.assumptions import Assumptions, assumptions, defaults, hours_file
from scanner.opportunity.basis import duration, exact, prudent, trades
from scanner.opportunity.labour import Labour, Range, span
from scanner.opportunity.remarks import asked, doubts, word
from scanner.opportunity.words import figure

__all__ = ["Assumptions", "assumptions", "defaults", "estimate"]


def estimate(
    notice: Notice, lot: Lot | None, segment: LotSegment, assumptions: Assumptions | None = None
) -> HoursRange:
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
        return HoursRange(lines=(word("lines", "always"),), warnings=warnings, ask=ask, instead=_post(segment))
    kept = exact(figures.taken_over.value) if "reprise" in trades(segment) else Fraction(0)
    family = segment.segment.family
    labour = Labour(
        basis.euros, exact(share), lasts, figures.rates(family), family in hours_file()["a_minima"], figures
    )
    found = span(labour, kept)
    lines = tell(basis, labour, kept, segment, found)
    return HoursRange(
        found.low, found.central, found.high, found.per, lines, warnings, ask, _instead(labour, segment, found)
    )


def _instead(labour: Labour, segment: LotSegment, found: Range) -> str:
    """What to propose in place of hours, or beside them on an intellectual service."""
    months = labour.lasts.whole
    if months is not None and months < exact(labour.figures.minimum_months.value):
        return word("instead", "short")
    step = int(labour.figures.step.value)
    if found.central >= labour.minimum:
        weeks = {"central": figure(found.central // step), "high": figure(found.high // step)}
        return _post(segment, per=word("per", found.per), **weeks)
    small = word("instead", "small", minimum=figure(float(labour.minimum)))
    return " ; ".join(filter(None, (small, _post(segment))))


def _post(segment: LotSegment, **weeks: str) -> str:
    """A post, or weeks of work when they are known, where a rate says little (H1)."""
    if "intellectuel" not in trades(segment):
        return ""
    return word("instead", "weeks" if weeks else "post", **weeks)
