"""Whom to call, when, and what to say? Frozen values: contracts in force, their renewals, buyers to approach.

Read models built by ``scanner.shelves`` from rows, judged by ``scanner.opportunity``, told by ``feeds``. Durations
are months, amounts euros excluding VAT. None or an empty text means unknown, never « no ».
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from scanner.appraisal import Opportunity, Signal, Window
from scanner.edition import Item, ItemLot

#: What is known of a contract's social content. ``none`` is declared by its buyer, ``undetected`` was only not read.
Social = Literal["reserved", "clause", "criterion", "mention", "none", "undetected", "unknown"]
SOCIALS: tuple[str, ...] = get_args(Social)
#: What the start of a contract rests upon: announced, notified, concluded, or the publication of its award.
StartBasis = Literal["stated", "notified", "concluded", "published"]
#: Where a renewal stands: to come, window to call, window missed, ended, end unknown.
RenewalState = Literal["a_venir", "a_appeler", "tard", "termine", "inconnu"]

#: Statuses of a lot whose notice already cares: a criterion, an optional clause.
BEGUN = frozenset({"critere", "facultatif"})


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract that was awarded, as one source tells it. ``number`` is the lot (avis) or the buyer's own (decp).

    ``months`` is the first period, ``renewal_months`` all renewals together (0 = none, None = unknown), ``end`` a
    stated end. ``holders`` are names or identifiers. ``anomalies`` are codes of spiders/decp.yml.
    """

    id: str
    source: Literal["avis", "decp"]
    number: str = ""
    tender: str = ""
    buyer: str = ""
    siren: str | None = None
    siret: str | None = None
    title: str = ""
    cpv: str = ""
    departements: tuple[str, ...] = ()
    start: date | None = None
    start_basis: StartBasis = "published"
    months: float | None = None
    renewal_months: float | None = None
    end: date | None = None
    amount: float | None = None
    holders: tuple[str, ...] = ()
    social: Social = "unknown"
    anomalies: tuple[str, ...] = ()
    url: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Renewal:
    """A contract to prepare again. ``firm_end`` leaves renewals out, ``end`` is the probable one, renewals included.

    ``first_call`` and ``last_call`` bound the window to call the buyer. ``confidence`` 0-100 with its ``reasons``,
    ``level`` its word. ``merged`` are the ids of the same contract in another source, ``doubles`` those that may be.
    """

    contract: Contract
    state: RenewalState
    firm_end: date | None
    end: date | None
    first_call: date | None
    last_call: date | None
    confidence: int
    level: str
    reasons: tuple[str, ...]
    when: str
    say: str
    merged: tuple[str, ...] = ()
    doubles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trade:
    """What one buyer buys of one segment: its open ``lots`` without clause, and its earlier contracts of that trade.

    ``contracts`` count those whose social content is known, ``claused`` those that have one.
    """

    segment: str
    label: str
    family: str
    lots: int
    contracts: int = 0
    claused: int = 0


@dataclass(frozen=True, slots=True)
class Rate:
    """``social`` contracts with a social consideration among the ``known`` ones, notified in [first, last]."""

    known: int = 0
    social: int = 0
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class BuyerFacts:
    """What the database knows of one buyer, from the eligible lots where nothing binding was found.

    ``lots`` counts these, ``priced`` those whose amount is known, ``amount`` their sum. ``duties`` counts tenders by
    code of law.yml. ``generic`` counts lots with a mere social mention, ``begun`` those with a criterion or an optional
    clause, ``reservable`` those whose lever is a
    reservation, ``concessions`` the tenders that are some. ``own`` are the buyer's contracts (DECP), ``peers`` those of
    the buyers of the same kind in the same region, without itself. ``undated`` counts open tenders without deadline.
    """

    id: str
    name: str
    siren: str | None = None
    kind: str = ""
    departement: str | None = None
    region: str = ""
    lots: int = 0
    priced: int = 0
    amount: float = 0.0
    duties: tuple[tuple[str, int], ...] = ()
    generic: int = 0
    reservable: int = 0
    concessions: int = 0
    trades: tuple[Trade, ...] = ()
    own: Rate = Rate()
    peers: Rate = Rate()
    peer_buyers: int = 0
    deadline: date | None = None
    undated: int = 0
    renewal: Renewal | None = None
    renewals: int = 0
    email: str = ""
    begun: int = 0


@dataclass(frozen=True, slots=True)
class Estimate:
    """A rate in percent: ``raw`` of ``known`` contracts with its interval, and ``shrunk`` towards the peers' mean."""

    known: int
    raw: float | None
    low: float
    high: float
    peers: float
    shrunk: float


@dataclass(frozen=True, slots=True)
class Kin:
    """A contract of the same trade that carries a device, by its ``id`` (a notice, or decp:SIRET/number).

    ``tender`` is that of a notice.
    """

    id: str
    day: date
    buyer: str
    title: str
    device: str
    url: str = ""
    tender: str = ""


@dataclass(frozen=True, slots=True)
class Similar:
    """The contracts of one trade in one region (DECP): ``rate`` counts those of ``floor`` euros and more.

    ``contracts`` and ``notices`` name the latest that carry a device. ``prefix`` is the CPV prefix compared.
    """

    prefix: str
    region: str
    floor: float
    rate: Rate = Rate()
    contracts: tuple[Kin, ...] = ()
    notices: tuple[Kin, ...] = ()


@dataclass(frozen=True, slots=True)
class Argument:
    """What to say: ``code`` A to K, ``say`` first, ``then``, ``never``; ``because`` is the fact that chose it."""

    code: str
    say: str
    then: str
    never: str
    because: str


@dataclass(frozen=True, slots=True)
class BuyerLead:
    """A buyer to approach, in ``prive/`` only. ``score`` is the sum of the points of ``parts``, 0-100.

    ``unknown`` counts the parts about which nothing is known: they bring no point and are said.
    """

    rank: int
    facts: BuyerFacts
    score: int
    parts: tuple[Signal, ...]
    estimate: Estimate | None
    arguments: tuple[Argument, ...]

    @property
    def unknown(self) -> int:
        return sum(not part.known for part in self.parts)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What to bring to a buyer about one lot (None = the undivided contract), in ``prive/`` only."""

    item: Item
    lot: ItemLot
    chance: Opportunity
    window: Window
    kind: str
    arguments: tuple[Argument, ...]
    commitments: tuple[str, ...]
    similar: Similar
    example: str
