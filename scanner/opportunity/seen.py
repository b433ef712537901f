"""What does the notice say for the duty? From its findings: a condition, a general mention, a reasoned absence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from scanner.datafile import texts
from scanner.finding import CLAUSES, RESERVED, Finding, Status
from scanner.notice import Notice
from scanner.opportunity.rules import LAW, law
from scanner.opportunity.words import fold, holds

#: Labels that answer the duty at first sight, and those that only mention social matters.
_SOME = CLAUSES | RESERVED | {"objet_insertion"}
_GENERIC = frozenset({"clause_sociale_generique", "objectif_social"})
#: Denied, they say that there is no social condition. A reservation denied says nothing of it.
_DENIABLE = CLAUSES | _GENERIC | {"clause_insertion_facultative"}
#: How far around a denial its reason is looked for, in characters.
_AROUND = 300
_BY_STATUS = {
    "reserve": "some", "objet_insertion": "some", "clause": "some", "mention": "generic", "facultatif": "optional",
    "critere": "criterion", "non_lu": "unread",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """``what`` is a key of law.yml, seen; ``answer`` the status it gives to a duty, empty when it does not answer it.

    ``quote`` is the reason of an absence, verbatim.
    """

    what: str
    answer: str = ""
    quote: str = ""


def seen(notice: Notice, findings: Sequence[Finding], status: Status) -> Seen:
    """What the findings and the status of a lot say for the duty; what the second reader proposes does not count."""
    sure = [one for one in findings if not one.proposed]
    yes = [one for one in sure if one.reading == "affirmed"]
    told = _BY_STATUS.get(status, "nothing")
    sized = any(one.label in _GENERIC and (one.hours or one.percent) for one in yes)
    if told == "some" or sized or any(one.label in _SOME for one in yes):
        return Seen("some", "rempli_a_premiere_vue")
    if told == "generic" or any(one.label in _GENERIC for one in yes):
        return Seen("generic", "rempli_generique")
    denied = [one for one in sure if one.reading == "denied" and one.label in _DENIABLE]
    for reason in (reason for one in denied for reason in _reasons(notice, one)):
        return Seen("absent", "derogation_invoquee", reason)
    if told == "nothing" and any(one.label == "critere_social" for one in yes):
        told = "criterion"
    return Seen("absent" if denied and told == "nothing" else told)


def _reasons(notice: Notice, one: Finding) -> Iterator[str]:
    """The sentences next to a denial that give one of the reasons of the law, with the denial itself."""
    if one.passage is None or one.start is None or one.end is None:
        return
    around = notice.passages[one.passage].text[max(0, one.start - _AROUND) : one.end + _AROUND]
    for sentence in re.split(r"(?<=[.;!?])\s+|\n+", around):
        if holds(fold(sentence), _said()):
            yield sentence.strip() if one.quote in sentence else f"{one.quote} […] {sentence.strip()}"


@cache
def _said() -> tuple[str, ...]:
    return tuple(
        words
        for code, entry in law()["derogations"].items()
        for words in texts(entry["said"], f"{LAW.name}, derogations.{code}")
    )
