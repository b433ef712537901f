"""On which amount and which duration may something be computed? The most prudent ones published, never a guess."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from scanner.appraisal import LotSegment
from scanner.notice import Amount, Lot, Notice
from scanner.opportunity.assumptions import hours_file
from scanner.opportunity.words import fold


@dataclass(frozen=True, slots=True)
class Basis:
    """``euros`` to compute on, and ``sense``: value, low or floor; without them unknown, several_lots, currency or
    no_minimum (framework). ``whose`` is ``lot`` or ``notice``, ``framework`` whether the notice shows one."""

    euros: Fraction | None
    sense: str
    whose: str
    framework: bool = False


@dataclass(frozen=True, slots=True)
class Duration:
    """In months; ``firm`` None when unknown, ``renewal`` 0 when there is none or none is known (``told`` False)."""

    firm: Fraction | None
    renewal: Fraction = Fraction(0)
    told: bool = True

    @property
    def whole(self) -> Fraction | None:
        """Renewals included, None when the firm part is unknown."""
        return None if self.firm is None else self.firm + self.renewal

    @property
    def years(self) -> Fraction:
        """Years among which an amount is shared: 1 up to twelve months, and when the duration is unknown."""
        return max(Fraction(1), (self.whole or Fraction(0)) / 12)


def prudent(notice: Notice, lot: Lot | None) -> Basis:
    """What hours are computed on: the minimum of a framework, else the value, else the low bound of a bracket.

    A ceiling or a high bound alone is no amount; the amount of a notice is never spread over several lots.
    """
    amount, whose = _amount(notice, lot)
    framework = is_framework(notice, amount)
    if amount is None:
        spread = whose == "lot" and _figures(notice.amount)
        return Basis(None, "several_lots" if spread else "unknown", whose, framework)
    if amount.currency != "EUR":
        return Basis(None, "currency", whose, framework)
    if framework or not (_known(amount.value) or _known(amount.low)):
        return _or_none(amount.floor, "floor", "no_minimum", whose)
    sense = "value" if _known(amount.value) else "low"
    return Basis(exact(amount.value if sense == "value" else amount.low), sense, whose)


def largest(notice: Notice, lot: Lot | None) -> tuple[Fraction | None, bool]:
    """The largest amount published in euros, what a contract may weigh for its holder; and whether it is its own.

    That of the notice bounds a lot without any: a lot weighs no more than the whole.
    """
    amount, _ = _amount(notice, lot)
    own = amount is not None
    amount = amount or notice.amount
    if amount is None or amount.currency != "EUR":
        return None, own
    figures = (amount.value, amount.low, amount.high, amount.ceiling, amount.floor)
    return max((exact(one) for one in figures if _known(one)), default=None), own


def duration(notice: Notice, lot: Lot | None) -> Duration:
    """That of the lot, else of the notice."""
    holder = lot if lot is not None and lot.duration_months is not None else notice
    months, renewal = holder.duration_months, holder.renewal_months
    if holder is notice and lot is not None and lot.renewal_months is not None:
        renewal = lot.renewal_months
    if months is None or months <= 0:
        return Duration(None)
    return Duration(exact(months), exact(max(renewal or 0, 0)), renewal is not None)


def trades(segment: LotSegment) -> frozenset[str]:
    """Which of the trades of ``hours.yml`` a lot belongs to: ``reprise``, ``intellectuel``, ``equipes``…"""
    code = max(segment.code, segment.segment.prefix, key=len)
    return frozenset(
        name for name, prefixes in hours_file()["trades"].items() if code.startswith(tuple(map(str, prefixes)))
    )


def is_framework(notice: Notice, amount: Amount | None) -> bool:
    """Whether the technique, the title, a minimum or a maximum shows a framework."""
    words = hours_file()["frameworks"]
    if amount is not None and (_known(amount.ceiling) or amount.floor is not None):
        return True
    title = f" {fold(notice.title)} "
    return fold(notice.technique) in map(fold, words["techniques"]) or any(
        f" {fold(word)} " in title for word in words["title"]
    )


@lru_cache(maxsize=4096)
def exact(value: float | None) -> Fraction:
    """``value`` as it is written, so that no binary rounding moves a multiple of 35 hours."""
    return Fraction(str(value or 0))


def _amount(notice: Notice, lot: Lot | None) -> tuple[Amount | None, str]:
    if lot is not None and _figures(lot.amount):
        return lot.amount, "lot"
    if lot is None or len(notice.lots) <= 1:
        return (notice.amount if _figures(notice.amount) else None), "notice"
    return None, "lot"


def _figures(amount: Amount | None) -> bool:
    return amount is not None and any(
        _known(one) for one in (amount.value, amount.low, amount.high, amount.ceiling, amount.floor)
    )


def _known(value: float | None) -> bool:
    """Whether a figure is one: an amount of 0 € is a field that nobody filled."""
    return value is not None and value > 0


def _or_none(floor: float | None, sense: str, without: str, whose: str) -> Basis:
    return Basis(exact(floor), sense, whose, True) if _known(floor) else Basis(None, without, whose, True)
