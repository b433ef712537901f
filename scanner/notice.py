"""What is a notice? Frozen values from the bytes received to the normalised publication; no input, no output.

Words are those of the field: avis, lot, CPV, NUTS, SIRET. Amounts are euros excluding VAT unless a currency says
otherwise; durations are months; instants carry their time zone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Literal, get_args

Kind = Literal["call", "planning", "rectification", "cancellation", "award", "modification", "intent", "other"]
KINDS: tuple[str, ...] = get_args(Kind)

PassageField = Literal[
    "title", "description", "lot_title", "lot_description", "conditions",
    "criteria", "participation", "additional", "change", "other",
]  # fmt: skip
PASSAGE_FIELDS: tuple[str, ...] = get_args(PassageField)


@dataclass(frozen=True, slots=True)
class RawNotice:
    """What the source sent, byte for byte: ``body`` is one record as received."""

    source: str
    key: str
    url: str
    fetched_at: datetime
    body: bytes

    @property
    def id(self) -> str:
        return f"{self.source}:{self.key}"


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of the notice's own words, verbatim. ``lot`` is None when it speaks of the whole notice."""

    field: PassageField
    lot: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Coded:
    """A structured statement, as the source codes it.

    ``field`` is one of ``reserved-procurement`` (BT-71), ``reserved-execution`` (BT-736), ``strategic-procurement``
    (BT-06), ``social-objective`` (BT-775), ``marche_reserve`` (oui/non), ``criteres`` (sociaux). European notices
    add what else they code, under the name of its code list (``change-reason``, ``changed-notice``, ``duration``…);
    a purchase project adds ``considerations_sociales`` (oui/non) and what else its buyer declares, under the source's
    own names.
    """

    field: str
    lot: str | None
    value: str


@dataclass(frozen=True, slots=True)
class Buyer:
    """The organisation that buys: never the appeal court nor the publishing platform. Service contact only."""

    name: str
    siret: str | None = None
    email: str | None = None
    phone: str | None = None
    street: str | None = None
    postcode: str | None = None
    city: str | None = None
    nuts: str | None = None
    siren: str | None = None
    """Stated alone, when no SIRET is."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place of performance as written, and what it tells. ``departement`` is an INSEE code (2A, 974)."""

    text: str
    postcode: str | None = None
    city: str | None = None
    nuts: str | None = None
    departement: str | None = None


@dataclass(frozen=True, slots=True)
class Amount:
    """Euros excluding VAT as published; ``low``/``high`` for a bracket, ``ceiling`` for a framework maximum.

    ``floor`` is a framework minimum.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None
    ceiling: float | None = None
    currency: str = "EUR"
    floor: float | None = None


@dataclass(frozen=True, slots=True)
class Award:
    """What an award notice says of one lot: who won, for how much, signed on which day.

    ``lot`` is None when the award is of the whole notice, or when the notice does not tell which lot.
    ``concluded`` is the day of signature, else that of the decision.
    """

    lot: str | None
    holders: tuple[str, ...] = ()
    amount: Amount | None = None
    concluded: date | None = None
    holder_ids: tuple[str, ...] = ()
    """SIRET, else SIREN, of each of ``holders`` in the same order; empty string when unknown."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a parser of ``spiders/formats`` read, values still as the source wrote them (empty string = absent).

    ``normalise`` turns it into a Notice. Passages and coded facts are final: text is never cleaned.
    ``kind`` keeps the source's own words; ``deadline_style`` tells how its clock is to be read:
    ``paris`` (wall clock, offset ignored) or ``offset`` (true instant, under the winter trap of boamp.md section 8).
    """

    source: str
    key: str
    family: str
    nature: str
    status: str
    published: str
    title: str
    description: str = ""
    shape: str = ""
    buyers: tuple[Buyer, ...] = ()
    cpv: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    publication_departements: tuple[str, ...] = ()
    deadline: str = ""
    deadline_style: str = "paris"
    amount: Amount | None = None
    duration_months: float | None = None
    contract_types: tuple[str, ...] = ()
    procedure: str = ""
    technique: str = ""
    lots: tuple[Lot, ...] = ()
    passages: tuple[Passage, ...] = ()
    coded: tuple[Coded, ...] = ()
    earlier: tuple[str, ...] = ()
    folder_id: str = ""
    notice_uuid: str = ""
    version: str = ""
    reference: str = ""
    url: str = ""
    documents_url: str = ""
    profile_url: str = ""
    holders: tuple[str, ...] = ()
    expected: str = ""
    sent: str = ""
    awards: tuple[Award, ...] = ()
    start: str = ""
    end: str = ""
    renewal_months: float | None = None


@dataclass(frozen=True, slots=True)
class Lot:
    """The unit that is classified. ``number`` is what the buyer calls it: ``1``, ``03a``."""

    number: str
    title: str = ""
    description: str = ""
    cpv: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    amount: Amount | None = None
    duration_months: float | None = None
    renewals: str = ""
    renewal_months: float | None = None
    """All renewals together, in months; None when unknown, 0 when the notice says there is none."""
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """One publication, normalised. An undivided notice has no lots: it is its own implicit lot (number None).

    ``places_source`` is ``execution``, ``acheteur``, ``publication`` or ``inconnu``: what ``departements`` rest upon.
    ``earlier`` holds ids (``boamp:25-1``) of earlier notices of the same procedure, as stated by the source.
    ``expected`` is the day when the call of a purchase project (shape ``projet``) is to be published.
    """

    id: str
    source: str
    key: str
    kind: Kind
    published: date
    title: str
    description: str = ""
    family: str = ""
    shape: str = ""
    buyers: tuple[Buyer, ...] = ()
    cpv: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    departements: tuple[str, ...] = ()
    places_source: str = "inconnu"
    deadline: datetime | None = None
    amount: Amount | None = None
    duration_months: float | None = None
    contract_types: tuple[str, ...] = ()
    procedure: str = ""
    technique: str = ""
    lots: tuple[Lot, ...] = ()
    passages: tuple[Passage, ...] = ()
    coded: tuple[Coded, ...] = ()
    earlier: tuple[str, ...] = ()
    folder_id: str = ""
    notice_uuid: str = ""
    version: str = ""
    reference: str = ""
    url: str = ""
    documents_url: str = ""
    profile_url: str = ""
    holders: tuple[str, ...] = ()
    read_in_full: bool = True
    expected: date | None = None
    sent: date | None = None
    """The day the buyer sent the notice; None when the source does not tell."""
    awards: tuple[Award, ...] = ()
    start: date | None = None
    end: date | None = None
    renewal_months: float | None = None

    @property
    def buyer(self) -> Buyer | None:
        return self.buyers[0] if self.buyers else None


@dataclass(frozen=True, slots=True)
class Tender:
    """One procedure through its life. ``id`` is that of the first of its notices seen and never changes."""

    id: str
    notices: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Trace:
    """What of a notice can be compared with another one's.

    ``title`` is folded; ``name`` is the buyer's, folded, without « ville de ».
    ``said`` is ``relance`` or ``renouvellement`` when the title says it. ``tied``: the notice names an earlier one.
    """

    notice: str
    kind: str
    published: date
    deadline: datetime | None
    siret: str
    name: str
    title: str
    lots: tuple[str, ...]
    departements: tuple[str, ...]
    folder: str
    said: str
    tied: bool


@dataclass(frozen=True, slots=True)
class Link:
    """A link from a notice to an earlier one that is not a merge. ``other`` is a notice id or another key of it.

    ``nature`` is ``same`` (perhaps the same procedure) or ``successor`` (relaunch, renewal, call after its prior
    information). ``proposed``: likeness alone says it; else the notice itself does, ``evidence`` tells in which words.
    """

    notice: str
    other: str
    nature: Literal["same", "successor"]
    evidence: tuple[str, ...]
    score: int = 100
    proposed: bool = True


@lru_cache(maxsize=4096)
def lot_number(written: str) -> str:
    """A lot number as compared everywhere: ``LOT-0002`` and ``02`` are ``2``, ``03A`` is ``3a``."""
    bare = re.sub(r"^(?:lot|glo|par)[-_ ]*", "", written.strip().lower())
    return re.sub(r"^0+(?=\d)", "", bare)
