"""What does the answer rest upon? The facts read in the notice, and what of it is to be verified."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.opportunity.case import Case
from scanner.opportunity.rules import law, verify
from scanner.opportunity.thresholds import select
from scanner.opportunity.words import day, euros

#: Answers whose text does not say why the side of the threshold is unknown.
_SILENT = frozenset({"rempli_a_premiere_vue", "rempli_generique", "derogation_invoquee", "limite"})


def notes(case: Case, code: str) -> Iterator[str]:
    """What of the answer ``code`` is to be verified, in French, beyond what law.yml ties to it."""
    remarks, answer = law()["remarks"], law()["answers"][code]
    yield from map(verify, case.side.to_verify)
    if case.notice.sent is None:
        yield remarks["published"]
    if case.side.which == "unknown" and code in _SILENT:
        yield case.side.why
    if code == "non_soumis" and case.formal:
        yield remarks["low_but_formal"].format(formal=law()["formal"][case.formal])
    if _perhaps_defence(case):
        yield remarks["defence"]
    if answer["derogations"] and case.works and case.months is None:
        yield remarks["duration"]
    yield from _if_utility(case)


def facts(case: Case) -> Iterator[str]:
    """The fields relied upon: date, amounts, buyer, nature, threshold; the unknown ones too."""
    words = law()["facts"]
    yield words["sent" if case.notice.sent else "published"].format(day=day(case.day))
    yield from case.need.facts
    yield words["buyer"][case.buyer_class]
    named = [words["nature"][one] for one in case.natures]
    yield words["one_nature" if len(named) == 1 else "natures"].format(natures=" ou ".join(named))
    if case.side.tried:
        shown = " ou ".join(euros(amount) for amount in sorted({one.amount for one in case.side.tried}))
        yield words["threshold"].format(thresholds=shown, article=case.rule.article)


def _perhaps_defence(case: Case) -> bool:
    trade = case.segment is not None and "DEFENSE" in case.segment.segment.reasons
    return case.defence == "possible" or (trade and not case.defence)


def _if_utility(case: Case) -> Iterator[str]:
    """The higher threshold of a network operator, when the buyer may be one and that would change the answer."""
    if case.buyer_class or case.side.which != "above":
        return
    for nature in case.natures:
        line = select(case.thresholds, case.day, nature, "entite_adjudicatrice")
        if line is not None and line.amount > case.need.low:
            yield law()["remarks"]["utility"].format(threshold=euros(line.amount))
