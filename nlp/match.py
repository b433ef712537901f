"""Which statements does one sentence make? Rules, confusers, scope and precedence inside a folded sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path

import re2

from nlp.rules import Confuser, Find, Rule, anchors, rules
from nlp.scope import reading
from scanner.datafile import only, read_yaml
from scanner.finding import RESERVED, Label, Reading


@dataclass(frozen=True, slots=True)
class Statement:
    """One lever said between ``start`` and ``end`` of a sentence."""

    label: Label
    reading: Reading
    start: int
    end: int
    rule: str
    cue: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """What a rule would have read between ``start`` and ``end``, and the confuser that says otherwise."""

    label: Label
    start: int
    end: int
    rule: str
    why: str


@dataclass(frozen=True, slots=True)
class Said:
    """What a sentence says, and what was considered and rejected."""

    statements: tuple[Statement, ...] = ()
    rejected: tuple[Rejected, ...] = ()


_KINDS = RESERVED - {"reserve_indetermine", "reserve_cumul"}
_STRICTER: Mapping[Reading, int] = {"denied": 0, "conditional": 1, "affirmed": 2}
_CHOICE = re2.compile(r"(?:incitati|facultati)[a-z]+[^.;]{0,40}?lots?[^.;,]*(?:, [0-9][^.;,]*)*")
_AGAIN = re2.compile(
    r"(?:\b(?:elle|celle-ci|cette clause) (?:est|sera|reste|demeure) |(?:,|\bet) )"
    r"(facultative|incitative|optionnelle)[^.;]*"
)
_BOUND = re2.compile(r"obligatoire[^.;]{0,40}?lots? [^.;,]*(?:, [0-9][^.;,]*)*")


def read_sentence(folded: str, field: str, *, cached: bool = True) -> Said:
    """What a folded sentence that stands in ``field`` says, in order of place."""
    return (_read if cached else _read.__wrapped__)(folded, field)


@cache
def _yields() -> Mapping[str, tuple[frozenset[str], frozenset[str]]]:
    """Per label, the labels it hides where they touch it, and anywhere in the sentence."""
    content = read_yaml(Path(__file__).with_name("precedence.yml"))
    for label, entry in content.items():
        only(entry, f"precedence.yml, {label}", {}, {"touching": list, "sentence": list})
    return {
        label: (frozenset(entry.get("touching", ())), frozenset(entry.get("sentence", ())))
        for label, entry in content.items()
    }


@lru_cache(maxsize=4096)
def _read(folded: str, field: str) -> Said:
    # RE2 answers three times faster on bytes, whose offsets are those of the text when it is plain ASCII
    plain = folded.replace("\n", " ").replace("\r", " ")
    text = plain.encode() if plain.isascii() else plain
    found: list[Statement] = []
    rejected: list[Rejected] = []
    for rule, kept, dropped in _claimed(text, field):
        rejected += dropped
        for start, end in kept:
            how, cue, free = reading(text, start, end)
            label = rule.label
            if free and label in {"clause_insertion", "clause_sociale_generique"}:
                label = "clause_insertion_facultative"
            found.append(Statement(label, how, start, end, rule.id, cue))
    return Said(tuple(sorted(_resolve(found, plain), key=lambda one: (one.start, one.end))), tuple(rejected))


def claims(folded: str, field: str) -> Iterator[tuple[str, str]]:
    """The pairs of rules of one label that claim the same words of a folded sentence."""
    claimed = _claimed(folded, field)
    for rank, (one, mine, _) in enumerate(claimed):
        for other, its, _ in claimed[rank + 1 :]:
            if one.label == other.label and any(a[0] < b[1] and b[0] < a[1] for a in mine for b in its):
                yield one.id, other.id


def _claimed(text: str | bytes, field: str) -> list[tuple[Rule, list[tuple[int, int]], list[Rejected]]]:
    """The rules that match a sentence, the spans that each claims, and those that a confuser takes from it."""
    spans: dict[str, list[tuple[int, int]]] = {}
    by_id: dict[str, Rule] = {}
    for rule, find in anchors().candidates(text):
        if not rule.fields or field in rule.fields:
            by_id[rule.id] = rule
            spans.setdefault(rule.id, []).extend(_spans(rule, find, text))
    return [(rule, *_kept(rule, text, spans[rule.id])) for rule in by_id.values() if spans[rule.id]]


def _kept(rule: Rule, text: str | bytes, spans: list[tuple[int, int]]) -> tuple[list[tuple[int, int]], list[Rejected]]:
    """The spans of a rule without those that a confuser overlaps, then without those that begin inside another."""
    dropped: list[Rejected] = []
    annulled = any(pattern.search(text) for pattern in rule.unless_not)
    free = []
    for span in dict.fromkeys(spans):
        confuser = _confuser([one for one in rule.unless if one.id or not annulled], text, span)
        if confuser is None:
            free.append(span)
        else:
            dropped.append(Rejected(rule.label, *span, rule.id, confuser))
    spans = free
    kept: list[tuple[int, int]] = []
    for span in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept, dropped


def _confuser(unless: Sequence[Confuser], text: str | bytes, span: tuple[int, int]) -> str | None:
    for confuser in unless:
        for pattern in confuser.patterns:
            for found in pattern.finditer(text):
                if found.start() < span[1] and found.end() > span[0]:
                    words = text[found.start() : found.end()]
                    return confuser.id or f"« {words.decode() if isinstance(words, bytes) else words} »"
    return None


def _spans(rule: Rule, find: Find, text: str | bytes) -> list[tuple[int, int]]:
    """The matches of a pattern; one that holds a forbidden text is tried again from its next character."""
    spans: list[tuple[int, int]] = []
    position = 0
    while (found := find.pattern.search(text, position)) is not None:
        start, end = found.span()
        if any(other.search(text[start:end]) for other in rule.unless_inside):
            position = start + 1
        else:
            spans.append((start, end))
            position = max(end, start + 1)
    return spans


def _resolve(found: list[Statement], folded: str) -> list[Statement]:
    """Drop what a more specific statement of the same sentence hides, and repeated statements of one label."""
    split = _split_choice(found, folded)
    kept = [one for one in split if not any(_hidden(one, other, folded) for other in split)]
    alone: list[Statement] = []
    for one in sorted(kept, key=lambda one: (_order()[one.rule], one.start, -one.end)):
        rivals = [other for other in alone if one.label == other.label and _touch(one, other)]
        if not rivals:
            alone.append(one)
        elif _STRICTER[one.reading] < _STRICTER[rivals[0].reading]:  # a denial holds, whatever the rule that saw it
            alone[alone.index(rivals[0])] = replace(rivals[0], reading=one.reading, cue=one.cue)
    return alone


@cache
def _order() -> Mapping[str, int]:
    """The rank of each rule: those that are declared over others of their label come before them."""
    below = {rule.id: rule.over for rule in rules()}

    def height(rule: str) -> int:
        return 1 + max((height(other) for other in below[rule]), default=0)

    return {rule: -height(rule) for rule in below}


def _touch(one: Statement, other: Statement) -> bool:
    return one.start < other.end and other.start < one.end


def _split_choice(found: list[Statement], folded: str) -> list[Statement]:
    """« incitative pour les lots 1 à 4, obligatoire pour le lot 5 » is two statements."""
    bound_one = next((one for one in found if one.label == "clause_insertion" and one.reading == "affirmed"), None)
    again = _AGAIN.search(folded, bound_one.end) if bound_one else None
    if bound_one and again:
        low, high = again.start(1), again.end()
        optional = Statement(
            "clause_insertion_facultative", "conditional", low, high, bound_one.rule, again.group(1)
        )  # fmt: skip
        return [*found, optional]
    free = next((one for one in found if one.label == "clause_insertion_facultative"), None)
    bound = _BOUND.search(folded) if free else None
    if free is None or bound is None or any(one.label == "clause_insertion" and not _touch(one, free) for one in found):
        return found
    choice = _CHOICE.search(folded)
    (low, high), (start, end) = choice.span() if choice else (free.start, free.end), bound.span()
    if low < start:
        high = min(high, low + len(folded[low:start].removesuffix(" et ").rstrip(" ,")))
    else:
        end = min(end, start + len(folded[start:low].removesuffix(" et ").rstrip(" ,")))
    return [
        Statement(free.label, free.reading, low, high, free.rule, free.cue),
        Statement("clause_insertion", "affirmed", start, end, free.rule, "obligatoire"),
    ]


def _hidden(one: Statement, other: Statement, folded: str) -> bool:
    if (
        one.label in _KINDS
        and other.label in _KINDS
        and one.rule.endswith("_article") != other.rule.endswith("_article")
    ):
        return one.rule.endswith("_article") and _touch(one, other)  # words beat the article cited beside them
    if one.label == "clause_insertion" and other.label == "clause_insertion_facultative":
        return "obligatoire" not in folded
    touching, anywhere = _yields().get(other.label, (frozenset(), frozenset()))
    if one.label not in touching | anywhere or "denied" in {one.reading} - {other.reading}:
        return False
    if one.label in anywhere:
        return True
    if one.label == "clause_insertion" and other.label in {"objet_insertion", "critere_social"}:
        return _touch(one, other) or "clause" not in folded[one.start : one.end]
    return _touch(one, other)
