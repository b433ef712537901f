"""What does the law ask of this contract, and to whom may the lot be reserved? Leads for a reader, never a judgement.

Rules, dates, texts and their status are in law.yml, nature.yml and thresholds.tsv; what is unknown is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from scanner.appraisal import Duty, LegalCheck, LotSegment
from scanner.finding import Finding, Status
from scanner.notice import Lot, Notice
from scanner.opportunity.case import Case
from scanner.opportunity.openings import openings
from scanner.opportunity.rules import law, verify
from scanner.opportunity.seen import seen
from scanner.opportunity.thresholds import Threshold, load, select
from scanner.opportunity.words import day, euros


#: Answers whose text does not say why the side of the threshold is unknown.
_TOLD_ANYWAY = frozenset({"rempli_a_premiere_vue", "rempli_generique", "derogation_invoquee", "limite"})


def check(
    notice: Notice,
    lot: Lot | None,
    findings: Sequence[Finding],
    status: Status,
    segment: LotSegment | None,
    thresholds: Sequence[Threshold] | None = None,
) -> LegalCheck:
    """The duty of the contract and the reservations open to the lot (``lot`` None = undivided notice).

    ``findings`` and ``status`` are those of the lot and of the whole notice; ``thresholds`` are those of the project
    unless the user's are given (``thresholds.load``). DataFileError when a data file cannot be trusted.
    """
    lines = load() if thresholds is None else tuple(thresholds)
    case = Case(notice, lot, seen(notice, findings, status), segment, lines)


def _facts(case: Case) -> Iterator[str]:
    facts = law()["facts"]
    yield facts["sent" if case.notice.sent else "published"].format(day=day(case.day))
    yield from case.need.facts
    yield facts["buyer"][case.buyer_class]
    if len(case.natures) == 1:
        yield facts["nature"][case.natures[0]]
    else:
        named = ", ".join(facts["nature"][one].partition(" : ")[2] for one in case.natures)
        yield facts["natures"].format(natures=named)
    if case.side.tried:
        shown = " ou ".join(euros(amount) for amount in sorted({one.amount for one in case.side.tried}))
        yield facts["threshold"].format(thresholds=shown, article=case.rule.article)
