"""To which lots does a statement belong, with which hours and share? One statement of one sentence to findings."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

import re2

from nlp.lots import LotMention, mentions, own_lot
from nlp.match import Statement
from nlp.quantities import number, quantities, table
from nlp.scope import clause
from nlp.text import fold
from scanner.finding import RESERVED, Finding, Hours, Percent
from scanner.notice import Notice

_BREAK = re2.compile(r"\b(?:mais|toutefois|cependant|en revanche|par contre)\b")
#: Longest sentence shown whole, in characters.
_PROOF = 400
_ANSWER = re2.compile(r" ?[:=-] ?(oui|non)\b")
_HEADING = re2.compile(r"(?:^|[.;:\n] ?)lot (?:n?o? ?)([0-9]{1,3}) ?[.:]\s*$")
_LINE = re2.compile(r"([0-9]{1,2}) ?[-:.)] ?[a-z]")
_LIST_OF_LOTS = re2.compile(r"\blots? ?(?:suivants)? ?:\s*(?:[0-9]|$)")
_UNIT_FIRST = re2.compile(r"heures[^.;]{0,60}: ?$")
_VALUE = re2.compile(r" ?[:=-] ?([0-9]{1,3} [0-9]{3}|[0-9]{2,5})")
#: How far behind the lot it is about a reservation begins, in characters.
_NEXT_WORDS = 12
#: The labels whose hours and shares are read.
QUANTIFIED = frozenset({"clause_insertion", "clause_insertion_facultative", "clause_formation_stage"})


@dataclass(frozen=True, slots=True)
class Said:
    """A finding and the lots it names: None = the whole notice; ``excepted`` = every known lot but these."""

    finding: Finding
    lots: tuple[str, ...] | None
    excepted: bool = False


def attach(one: Statement, sentence: str, notice: Notice, index: int, offset: int, *, alone: bool = True) -> list[Said]:
    """The findings of a statement of the folded ``sentence`` that begins at ``offset`` of passage ``index``.

    ``alone``: no other statement of the sentence has hours, so that all those of the sentence are its own.
    """
    passage = notice.passages[index]
    start, end = (offset + at for at in _proof(one, sentence))
    base = Finding(
        one.label, one.reading, index, passage.field, passage.lot, start, end, passage.text[start:end], one.rule,
        one.cue,
    )  # fmt: skip
    grid = _grid(sentence) if "oui" in sentence and "non" in sentence else {}
    if grid:
        return [
            Said(replace(base, reading="affirmed" if yes else "denied", cue="oui" if yes else "non"), lots)
            for yes, lots in grid.items()
        ]
    named = _named(one, sentence)
    if one.reading == "denied" and named and named.excepted:  # « aucun lot, sauf le lot 9 »
        return [Said(base, None), Said(replace(base, reading="affirmed", cue=""), named.numbers)]
    own = own_lot(passage) or (None if named else _headed(passage.text, sentence, offset))
    if one.label in QUANTIFIED and one.reading != "denied":
        part = sentence if alone else sentence[slice(*clause(sentence, one.start, one.end))]
        per_lot = hours_per_lot(part)
        if own is None and per_lot:
            return [Said(replace(base, hours=hours), (number,)) for number, hours in per_lot.items()]
        hours, percent = amounts(part)
        if (
            named
            and not named.excepted
            and own is None
            and "respectivement" in part
            and len(hours) == len(named.numbers)
        ):
            pairs = zip(named.numbers, hours, strict=True)
            return [Said(replace(base, hours=(value,), percent=percent), (lot,)) for lot, value in pairs]
        base = replace(base, hours=hours, percent=percent)
    if own is not None and not (named and named.numbers):
        return [Said(base, (own,))]
    if named and named.excepted:
        denied = replace(base, reading="denied", cue="sauf", hours=(), percent=())
        return [Said(base, named.numbers, excepted=True), Said(denied, named.numbers)]
    return [Said(base, named.numbers or None if named else None)]


def _grid(sentence: str) -> dict[bool, tuple[str, ...]]:
    """« lots 1 et 2 : non ; lot 3 : oui »: the lots of each answer; empty when there are not both."""
    found: dict[bool, tuple[str, ...]] = {}
    for mention in mentions(sentence):
        answer = _ANSWER.match(sentence, mention.end)
        if answer:
            yes = answer.group(1) == "oui"
            found[yes] = (*found.get(yes, ()), *mention.numbers)
    return found if len(found) > 1 else {}


def _headed(text: str, sentence: str, offset: int) -> str | None:
    """The lot of a heading « Lot 5. » just before, or of a line « 2 - Maçonnerie » of a list that « Lots : » heads."""
    heading = _HEADING.search(fold(text[max(0, offset - 20) : offset]))
    if heading:
        return str(heading.group(1))
    line = _LINE.match(sentence)
    return str(line.group(1)) if line and _LIST_OF_LOTS.search(fold(text[:offset])) else None


def amounts(sentence: str) -> tuple[tuple[Hours, ...], tuple[Percent, ...]]:
    """The hours and the shares that a folded sentence states."""
    found = quantities(sentence)
    return tuple(q.hours for q in found if q.hours), tuple(q.percent for q in found if q.percent)


def hours_per_lot(sentence: str) -> dict[str, tuple[Hours, ...]]:
    """Hours written lot by lot (« lot 2 : 455 h ; lot 5 : 210 h »); empty when the sentence is not such a list."""
    named = [mention for mention in mentions(sentence) if len(mention.numbers) == 1 and not mention.excepted]
    found: dict[str, tuple[Hours, ...]] = {}
    starts = [mention.start for mention in named]
    for quantity in quantities(sentence) if named else ():
        before = bisect_right(starts, quantity.start) - 1
        if quantity.hours and before >= 0 and named[before].end <= quantity.start:
            lot = named[before].numbers[0]
            found[lot] = (*found.get(lot, ()), quantity.hours)
    if len(found) > 1 or (found and len(named) == 1):
        return found
    return table(sentence) or _without_unit(sentence, named)


def _without_unit(sentence: str, named: Sequence[LotMention]) -> dict[str, tuple[Hours, ...]]:
    """« heures d'insertion : lot 1 : 140, lot 2 : 70 »: the unit stands once, before the list."""
    if len(named) < 2 or not _UNIT_FIRST.search(sentence[: named[0].start]):
        return {}
    values = {mention.numbers[0]: _VALUE.match(sentence, mention.end) for mention in named}
    return {lot: (Hours(number(hit.group(1)), "contract"),) for lot, hit in values.items() if hit}


def lots_of(near: Sequence[LotMention], found: Sequence[LotMention]) -> LotMention | None:
    """The lots that the mentions ``near`` a statement name, else those ``found`` further; None = the whole notice."""
    excepted = [mention for mention in found if mention.excepted]
    if any(mention.everything for mention in near or found):
        return excepted[0] if excepted else None
    chosen = [mention for mention in near or found if mention.numbers and not mention.excepted]
    if not chosen:
        return excepted[0] if excepted else None
    left_out = {number for mention in excepted for number in mention.numbers}
    numbers = dict.fromkeys(number for mention in chosen for number in mention.numbers if number not in left_out)
    return replace(chosen[0], numbers=tuple(numbers))


def _subject(mention: LotMention, one: Statement) -> LotMention:
    """« sauf le lot 4, réservé aux ESAT »: the lot that the rest of the sentence excepts is what this speaks of."""
    touching = one.label in RESERVED and mention.excepted and 0 <= one.start - mention.end <= _NEXT_WORDS
    return replace(mention, excepted=False) if touching else mention


def _proof(one: Statement, sentence: str) -> tuple[int, int]:
    """What a reader is shown: the whole sentence, or the words around the statement when it runs on too long."""
    start, end = 0, len(sentence)
    if end > _PROOF:
        start = sentence.find(" ", max(0, one.start - _PROOF // 2), one.start) + 1 if one.start > _PROOF // 2 else 0
        after = one.end + _PROOF // 2
        end = max(sentence.rfind(" ", one.end, after), one.end) if after < end else end
    inside = sentence[start:end]
    return start + len(inside) - len(inside.lstrip()), start + len(inside.rstrip())


def _named(one: Statement, sentence: str) -> LotMention | None:
    """The lots a statement is about: those of its clause, else those of the sentence."""
    found = [_subject(mention, one) for mention in mentions(sentence)]
    low, high = clause(sentence, one.start, one.end)
    if one.label in RESERVED and sentence.count("reserv") > 1:
        before = [mention for mention in found if mention.numbers and mention.end <= one.end]
        if before and not before[-1].excepted:
            return before[-1]
    near = [mention for mention in found if low <= mention.start < high]
    breaks = [hit.start() for hit in _BREAK.finditer(sentence)]
    left = max((at for at in breaks if at < one.start), default=0)
    right = min((at for at in breaks if at >= one.end), default=len(sentence))
    return lots_of(near, [mention for mention in found if left <= mention.start < right])
