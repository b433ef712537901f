"""What is counted in a year? The vocabulary of the observatory: contracts as read, figures as published.

Frozen values: read by ``scanner.shelves.year_rows``, counted by ``scanner.observatory``, told by ``feeds.observatory``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from scanner.appraisal import LotSegment
from scanner.finding import Status

#: What is known of a tender: a call; only its announcement; neither (its award or correction alone).
Stage = Literal["call", "announced", "uncalled"]


@dataclass(frozen=True, slots=True)
class YearLot:
    """A lot of the latest call. ``labels`` are affirmed, ``optional`` when a clause is facultative or conditional.

    ``cpv`` is the lot's, else the notice's.
    """

    number: str | None
    status: Status
    labels: tuple[str, ...] = ()
    cpv: tuple[str, ...] = ()
    segment: LotSegment | None = None


@dataclass(frozen=True, slots=True)
class Stated:
    """Hours as an insertion clause writes them: never converted. ``lots`` empty = said of the whole contract.

    ``per`` is contract, year, lot, tranche or period; ``firm`` False: facultative or conditional.
    """

    value: float
    per: str
    label: str
    firm: bool = True
    lots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contract:
    """A tender and what is in force of its latest call; ``lots`` and ``hours`` are empty when it has no call.

    ``percent``: its clause is stated as a share. ``departements`` empty and ``buyer_kind`` "" = unknown.
    """

    tender: str
    notice: str
    first_published: date
    stage: Stage
    lots: tuple[YearLot, ...] = ()
    hours: tuple[Stated, ...] = ()
    percent: bool = False
    departements: tuple[str, ...] = ()
    buyer_kind: str = ""
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """Contracts and lots. ``reserved`` and ``claused`` are lots, ``*_contracts`` contracts with one such lot or more.

    ``unread`` lots were not read in full: nothing may be said of what they do not hold.
    """

    contracts: int = 0
    lots: int = 0
    reserved_contracts: int = 0
    reserved: int = 0
    claused_contracts: int = 0
    claused: int = 0
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table: ``key`` is a code or a trade's name, "" = unknown. ``before`` None: no year to compare with."""

    key: str
    now: Counts
    before: Counts | None


@dataclass(frozen=True, slots=True)
class Table:
    """``name`` as in ``feeds/observatory.yml``. ``exclusive``: a lot is in one row, so that the lots add up."""

    name: str
    lines: tuple[Line, ...]
    exclusive: bool


@dataclass(frozen=True, slots=True)
class Hours:
    """The sum of what is stated in one unit: ``contracts`` that state it, ``total`` in hours of that unit."""

    kind: str
    per: str
    firm: bool
    contracts: int
    total: float
    before: tuple[int, float] | None


@dataclass(frozen=True, slots=True)
class Span:
    """What a database holds of a year: first and last day of first publication; days of sources that are incomplete."""

    since: date | None
    until: date | None
    incomplete: int = 0


@dataclass(frozen=True, slots=True)
class Observatory:
    """The figures of a year. ``silent``: claused contracts without hours, ``shares`` among them state a share instead.

    ``aside``: tenders of the year that are not counted, by stage. ``alike``: both years are held for the same days.
    """

    year: int
    total: Line
    tables: tuple[Table, ...]
    hours: tuple[Hours, ...]
    silent: int
    shares: int
    cancelled: int
    aside: tuple[tuple[Stage, int], ...]
    span: Span
    before: Span
    alike: bool
