"""What is said of a lot where a clause or a reservation could be? The vocabulary of ``scanner/opportunity/``.

Frozen values, stored as they are and told by ``feeds/``. Amounts are euros excluding VAT, hours are hours of insertion.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Known = Literal["cpv_lot", "cpv_avis", "cpv_secondaire", "texte", "inconnu"]
Answer = Literal["ouverte", "a_verifier", "fermee"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A row of ``nlp/segments.tsv``: what a CPV prefix says of the trade. ``labour_share`` is percent of the price."""

    prefix: str
    label: str
    family: str
    devices: tuple[str, ...]
    publics: tuple[str, ...]
    labour_share: int | None
    share_status: str
    sectors: tuple[str, ...]
    potential: str
    reasons: tuple[str, ...]
    notes: str


@dataclass(frozen=True, slots=True)
class Hint:
    """Another trade that a lot may be of, told less directly than the one retained: its notice's code, its words."""

    prefix: str
    label: str
    potential: str
    labour_share: int | None
    publics: tuple[str, ...]
    known: Known
    code: str = ""
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class LotSegment:
    """The segment of one lot and how it is known. ``confidence`` 0-1 is the text classifier's, 1 for a CPV.

    ``code`` is the CPV that matched, empty for ``texte`` and ``inconnu``; ``others`` are prefixes of other segments
    that its codes give; ``words`` are those of the notice which show labour where the segment alone shows little
    (« avec pose »). ``hints`` are more promising trades told by less direct fields, which would hold without its code.
    """

    segment: Segment
    known: Known
    code: str = ""
    confidence: float = 1.0
    others: tuple[str, ...] = ()
    words: str = ""
    hints: tuple[Hint, ...] = ()

    @property
    def coarse(self) -> bool:
        """Whether only the CPV division (two digits) is known."""
        return len(self.segment.prefix) == 2


#: Of a lot whose trade neither its codes nor its words tell: it is kept, and said.
UNKNOWN_TRADE = LotSegment(
    Segment("", "métier inconnu", "inconnue", (), (), None, "", (), "inconnu", (), ""), "inconnu", confidence=0.0
)


@dataclass(frozen=True, slots=True)
class Duty:
    """Whether a social execution condition is compulsory (L2112-2-1, L3114-2-1), as far as a notice tells.

    ``code`` is one of law.md section 3 (rempli_a_premiere_vue, a_verifier, non_soumis, indetermine…), ``text`` what
    is told to the reader. ``derogations`` and ``notes`` are French sentences; ``facts`` names the fields relied upon.
    """

    code: str
    article: str
    text: str
    nature: str = ""
    buyer_class: str = ""
    threshold: float | None = None
    derogations: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Opening:
    """Whether the lot may be reserved to one family of structures; ``label`` is that of the finding it would give."""

    label: str
    article: str
    answer: Answer
    text: str


@dataclass(frozen=True, slots=True)
class LegalCheck:
    """The duty of the contract and the reservations that are open to the lot."""

    duty: Duty
    openings: tuple[Opening, ...] = ()


@dataclass(frozen=True, slots=True)
class HoursRange:
    """Feasible hours of insertion, rounded down to 35; None when nothing can be computed.

    ``low``, ``central`` and ``high`` are for the period ``per`` (contract or year). ``lines`` show the arithmetic,
    ``warnings`` what makes it doubtful, ``ask`` what to ask the buyer, ``instead`` what to propose in place of hours.
    """

    low: int | None = None
    central: int | None = None
    high: int | None = None
    per: Literal["contract", "year"] = "contract"
    lines: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Structure:
    """An inclusive structure of the user's directory. ``turnover`` in euros a year; empty ``departements`` = unknown.

    ``kind`` is a code of structures.md section 2 (EI, ACI, AI, ETTI, EA, EATT, ESAT, GEIQ, EITI, SEP, RQ, ESS).
    """

    id: str
    name: str
    kind: str
    sectors: tuple[str, ...] = ()
    departements: tuple[str, ...] = ()
    city: str = ""
    turnover: float | None = None
    everywhere: bool = False


@dataclass(frozen=True, slots=True)
class Supply:
    """The structures known for the trade and place of a lot. ``turnover`` is the mean of those known, in euros."""

    count: int
    kinds: tuple[tuple[str, int], ...] = ()
    turnover: float | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lever:
    """What to propose: ``code`` is marche_reserve, lot_reserve, clause, critere, formation or conseil."""

    code: str
    text: str
    reason: str
    devices: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """The moment of a tender, W1 to W5 or trop_tard, from a given date. ``days`` are those left before its end."""

    code: str
    title: str
    action: str
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Practice:
    """What a buyer and its peers declared on comparable contracts (DECP, earlier notices) before a notice.

    Counts of contracts whose social considerations are known, and of those that have one. In words: what the peers are
    ``about`` (trade, region), when theirs were notified (``period``), when its own were (``own_period``).
    """

    own: int = 0
    own_social: int = 0
    peers: int = 0
    peers_social: int = 0
    about: str = ""
    period: str = ""
    own_period: str = ""


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing that counts in a score. ``field`` says where it was read, ``quote`` in which words.

    ``known`` False: the field is missing; it then brings the points of nothing, and lowers the confidence instead.
    """

    name: str
    points: int
    reason: str
    field: str = ""
    quote: str = ""
    known: bool = True


@dataclass(frozen=True, slots=True)
class Opportunity:
    """An eligible lot where nothing binding was found. ``score`` 0-100 orders the reading, it never excludes.

    ``confidence`` 0-100 falls with each missing field and never moves the score.
    """

    lot: str | None
    segment: LotSegment
    legal: LegalCheck
    hours: HoursRange
    lever: Lever
    score: int
    confidence: int
    signals: tuple[Signal, ...]
    supply: Supply | None = None
    practice: Practice | None = None

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the lot is listed, in French, the fields that are missing last."""
        return tuple(signal.reason for signal in sorted(self.signals, key=lambda one: not one.known))
