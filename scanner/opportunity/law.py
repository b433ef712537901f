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
from scanner.opportunity.grounds import facts, notes
from scanner.opportunity.openings import openings
from scanner.opportunity.rules import law, verify
from scanner.opportunity.seen import seen
from scanner.opportunity.thresholds import Threshold, load
from scanner.opportunity.words import day, euros


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
    reserved = openings(
        notice, lot, concession=case.concession, defence=case.defence == "sure", buyer_class=case.buyer_class
    )
    return LegalCheck(_duty(case), reserved)


def _duty(case: Case) -> Duty:
    code = _code(case)
    answer = law()["answers"][code]
    return Duty(
        code,
        case.rule.article,
        _text(case, answer["text"]),
        nature=case.natures[0] if len(case.natures) == 1 else "",
        buyer_class=case.buyer_class,
        threshold=case.side.threshold,
        derogations=tuple(_derogations(case)) if answer["derogations"] else (),
        notes=tuple(dict.fromkeys([*map(verify, answer["notes"]), *notes(case, code)])),
        facts=tuple(facts(case)),
    )


def _code(case: Case) -> str:
    """The status of the duty: a key of law.yml, answers. The first that holds."""
    if case.defence == "sure":
        return "hors_champ"
    if case.side.which == "below":
        return "non_soumis"
    if case.day < case.rule.first:
        return "anterieur"
    if case.side.which == "unknown" and not case.formal:
        return "indetermine"
    if case.day < case.rule.first + timedelta(days=case.rule.tolerance):
        return "limite"
    if case.seen.answer:
        return case.seen.answer
    return "a_verifier" if case.side.which == "above" else "presume_soumis_a_verifier"


def _text(case: Case, text: str) -> str:
    threshold = case.side.threshold
    return text.format(
        seen=law()["seen"][case.seen.what],
        quote=case.seen.quote,
        why=case.side.why,
        formal=law()["formal"].get(case.formal, ""),
        day=day(case.day),
        start=day(case.rule.first),
        threshold="" if threshold is None else euros(threshold),
    )


def _derogations(case: Case) -> Iterator[str]:
    """Those that the notice or its trade lets suppose, in the words of the duty."""
    supposed = set(case.segment.segment.reasons) - {"TRAVAUX_COURTS"} if case.segment else set()
    if case.works and case.months is not None and case.months < law()["short_works_months"]:
        supposed.add("TRAVAUX_COURTS")
    for code in case.rule.derogations:
        if code in supposed:
            yield case.rule.derogation.format(name=law()["derogations"][code]["name"])
