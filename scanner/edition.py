"""What is published? One edition: the reference date, the period, what was read, and the items, ready to be told.

Read models: flat, built by the store from its rows, consumed by ``feeds/``. Nothing here is computed from a clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from scanner.appraisal import LotSegment, Opportunity
from scanner.finding import Finding, Status
from scanner.notice import Amount


@dataclass(frozen=True, slots=True)
class Terms:
    """For how much and how long: what the notice says, None or empty when it does not.

    ``renewals`` are its words; ``renewal_months`` all renewals together, 0 when it says there is none.
    """

    amount: Amount | None = None
    duration_months: float | None = None
    renewals: str = ""
    renewal_months: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader said of a lot, in one sentence, on that day."""

    day: date
    text: str


@dataclass(frozen=True, slots=True)
class ItemLot:
    """A lot as a reader sees it; findings of the whole notice are on the lot None, shown as « ensemble ».

    ``struck`` are findings that a reader called false: shown struck, they count in nothing.
    """

    number: str | None
    title: str
    status: Status
    findings: tuple[Finding, ...] = ()
    opportunity: Opportunity | None = None
    cpv: tuple[str, ...] = ()
    segment: LotSegment | None = None
    terms: Terms = Terms()
    struck: tuple[Finding, ...] = ()
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """What one notice changed in its tender: sentences without date, social content first.

    ``social``: it changed the social content itself.
    """

    notice: str
    kind: str
    published: date
    url: str
    changes: tuple[str, ...]
    social: bool = False
    holders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One tender at its latest notice. ``first_published`` never changes, ``updated`` is its latest publication.

    ``project``: a purchase announced before its call, whose publication is ``expected`` on that day if one is told.
    ``events`` tell its life notice by notice, oldest first; ``changes`` are their dated sentences. ``before`` holds the
    lots as they were before the last change of social content. ``links`` are sentences on related tenders.
    ``terms`` are those of the whole contract; a lot has its own.
    """

    tender: str
    notice: str
    kind: str
    title: str
    buyer: str
    siret: str | None
    first_published: date
    published: date
    deadline: datetime | None
    departements: tuple[str, ...]
    places_source: str
    place: str
    url: str
    documents_url: str
    lots: tuple[ItemLot, ...]
    procedure: str = ""
    amount: str = ""
    email: str | None = None
    changes: tuple[str, ...] = ()
    holders: tuple[str, ...] = ()
    project: bool = False
    expected: date | None = None
    events: tuple[Event, ...] = ()
    before: tuple[ItemLot, ...] = ()
    links: tuple[str, ...] = ()
    terms: Terms = Terms()


@dataclass(frozen=True, slots=True)
class Coverage:
    """One source, one publication day. ``missing`` = expected - fetched, named in the issues."""

    source: str
    day: date
    expected: int
    fetched: int
    parsed: int
    rejected: int
    missing: int
    complete: bool


@dataclass(frozen=True, slots=True)
class Group:
    """How many notices of one kind and family appeared on a day, and in how many each thing was read.

    ``read``: read in full.
    """

    kind: str
    family: str
    notices: int
    deadline: int
    cpv: int
    buyer: int
    read: int


@dataclass(frozen=True, slots=True)
class DayCount:
    """One source, one publication day, counted. ``announced`` by the source; None when it was never asked."""

    source: str
    day: date
    announced: int | None
    complete: bool
    rejected: int = 0
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True, slots=True)
class Edition:
    """Everything a publication needs. ``reference`` is the date from which days left are counted.

    ``since``/``until`` are publication days, both included. ``departements`` empty = France entière.
    ``withheld``: one sentence a source whose conclusions cannot be drawn (« BOAMP : conclusions retenues, … »).
    ``lost``: the notices, or the tenders, that could not be shown; said in ``withheld`` too.
    """

    reference: date
    since: date
    until: date
    territory: str
    departements: tuple[str, ...]
    items: tuple[Item, ...]
    coverage: tuple[Coverage, ...]
    read: int
    base_url: str
    mission: str = ""
    contact: str = ""
    withheld: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()

    @property
    def week(self) -> str:
        """ISO week of the last day, ``2026-W47``."""
        return iso_week(self.until)

    @property
    def complete(self) -> bool:
        return bool(self.coverage) and not self.withheld and all(row.complete for row in self.coverage)


def iso_week(day: date) -> str:
    """The ISO 8601 week of a day: ``2026-W47``."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def amount_text(amount: Amount | None) -> str:
    """``120 000 €``, ``de 10 000 € à 40 000 €``, ``au plus 90 000 €``; empty when unknown."""
    if amount is None:
        return ""
    if amount.value is not None:
        return _money(amount.value, amount.currency)
    if amount.low is not None and amount.high is not None:
        return f"de {_money(amount.low, amount.currency)} à {_money(amount.high, amount.currency)}"
    if amount.low is not None:
        return f"au moins {_money(amount.low, amount.currency)}"
    most = amount.high if amount.high is not None else amount.ceiling
    return f"au plus {_money(most, amount.currency)}" if most is not None else ""


def _money(value: float, currency: str) -> str:
    text = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"
    unit = "€" if currency == "EUR" else currency
    return f"{text.replace(',', ' ').replace('.', ',')} {unit}".replace(" ", "\u00a0")
