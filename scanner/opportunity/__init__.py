"""Where could a clause or a reservation be proposed, why, how much, under which law and by which lever?

``appraise`` asks the other modules in their order: law, hours, lever, score. No segment is ever excluded.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from scanner.appraisal import UNKNOWN_TRADE, LotSegment, Opportunity, Practice, Supply
from scanner.finding import NOT_BINDING, Finding, Status
from scanner.notice import Lot, Notice
from scanner.opportunity import hours, law, lever, score
from scanner.opportunity.assumptions import Assumptions, defaults

OPEN_KINDS: frozenset[str] = frozenset({"call", "planning", "rectification"})


@dataclass(frozen=True, slots=True)
class Context:
    """What is known beside the notice: local structures, the buyer's practice, the user's assumptions on hours."""

    supply: Supply | None = None
    practice: Practice | None = None
    assumptions: Assumptions = field(default_factory=defaults)


def appraise(
    notice: Notice,
    lot: Lot | None,
    status: Status,
    findings: tuple[Finding, ...],
    segment: LotSegment | None,
    context: Context | None = None,
) -> Opportunity | None:
    """The opportunity of one lot (``lot`` None = undivided notice), with its reasons in French.

    ``status`` and ``findings`` are those of the lot with what is said of the whole notice. None unless the notice is
    an open call or a forecast read in full where nothing binding was found; a purchase project, of which no full text
    exists yet, is judged on what its buyer declares. A lot whose trade is unknown (``segment`` None) is kept, and says
    so. Same input, same score. DataFileError when a data file of this package cannot be trusted.
    """
    project = notice.shape == "projet" and status in (*NOT_BINDING, "non_lu")
    whole = notice.read_in_full and status in NOT_BINDING
    if notice.kind not in OPEN_KINDS or not (project or whole):
        return None
    known, trade = context or Context(), segment or UNKNOWN_TRADE
    found = score.signals(score.Case(notice, lot, status, findings, trade, known.practice))
    legal = law.check(notice, lot, findings, status, segment)
    feasible = hours.estimate(notice, lot, trade, known.assumptions)
    return Opportunity(
        lot=lot.number if lot else None,
        segment=trade,
        legal=legal,
        hours=feasible,
        lever=lever.choose(notice, lot, trade, legal, feasible, known.supply, known.assumptions),
        score=score.total(found),
        confidence=score.confidence(found),
        signals=found,
        supply=known.supply,
        practice=known.practice,
    )
