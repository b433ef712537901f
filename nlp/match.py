"""Which statements does one sentence make? Rules, confusers, scope and precedence inside a folded sentence."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import re2

from nlp.rules import Rule, anchors, rules
from nlp.scope import reading
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


_KINDS = RESERVED - {"reserve_indetermine", "reserve_cumul"}
_CHOICE = re2.compile(r"(?:incitati|facultati)[a-z]+[^.;]{0,40}lots?[^.;,]*(?:, [0-9][^.;,]*)*")
_BOUND = re2.compile(r"obligatoire[^.;]{0,40}lots? [^.;,]*(?:, [0-9][^.;,]*)*")
#: What a label hides in the same sentence (labels.md section 3): the more specific holds.
_HIDES: dict[str, frozenset[str]] = {
    "reserve_penitentiaire": frozenset(
        {"reserve_ea_esat", "reserve_siae", "reserve_cumul", "reserve_indetermine", "clause_insertion"}
    ),
    "reserve_ess": frozenset({"reserve_indetermine"}),
    "reserve_cumul": frozenset(
        {"reserve_ea_esat", "reserve_siae", "reserve_indetermine", "clause_insertion", "reserve_ess"}
    ),
    "reserve_siae": frozenset({"reserve_indetermine", "clause_insertion"}),
    "reserve_ea_esat": frozenset({"reserve_indetermine", "clause_insertion", "reserve_siae"}),
    "objet_insertion": frozenset({"clause_insertion", "clause_sociale_generique"}),
    "clause_formation_stage": frozenset({"clause_insertion", "clause_sociale_generique"}),
    "critere_social": frozenset({"clause_insertion", "clause_sociale_generique"}),
    "clause_insertion": frozenset({"clause_sociale_generique", "objectif_social"}),
    "clause_insertion_facultative": frozenset({"clause_sociale_generique", "objectif_social"}),
}  # fmt: skip


def statements(folded: str, field: str) -> tuple[Statement, ...]:
    """The statements of a folded sentence that stands in ``field``, in order of place; empty for most sentences."""
    if not anchors().search(folded):
        return ()
    return _read(folded, field)


@lru_cache(maxsize=16384)
def _read(folded: str, field: str) -> tuple[Statement, ...]:
    found: list[Statement] = []
    for rule in rules():
        if rule.fields and field not in rule.fields:
            continue
        for start, end in _matches(rule, folded):
            said, cue, free = reading(folded, start, end)
            label = rule.label
            if free and label in {"clause_insertion", "clause_sociale_generique"}:
                label = "clause_insertion_facultative"
            found.append(Statement(label, said, start, end, rule.id, cue))
    return tuple(sorted(_resolve(found, folded), key=lambda one: (one.start, one.end)))


def _matches(rule: Rule, folded: str) -> list[tuple[int, int]]:
    spans = [span for pattern in rule.find for span in _spans(pattern, rule.unless_inside, folded)]
    if not spans:
        return []
    if not (rule.keep and any(pattern.search(folded) for pattern in rule.keep)):
        spans = [span for span in spans if not any(_overlaps(pattern, folded, span) for pattern in rule.unless)]
    kept: list[tuple[int, int]] = []
    for span in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept


def _spans(pattern: Any, forbidden: tuple[Any, ...], folded: str) -> list[tuple[int, int]]:
    """The matches of ``pattern``; one that holds a forbidden text is tried again from its next character."""
    spans: list[tuple[int, int]] = []
    position = 0
    while (found := pattern.search(folded, position)) is not None:
        start, end = found.span()
        if any(other.search(folded[start:end]) for other in forbidden):
            position = start + 1
        else:
            spans.append((start, end))
            position = max(end, start + 1)
    return spans


def _overlaps(pattern: Any, folded: str, span: tuple[int, int]) -> bool:
    return any(found.start() < span[1] and found.end() > span[0] for found in pattern.finditer(folded))


def _resolve(found: list[Statement], folded: str) -> list[Statement]:
    """Drop what a more specific statement of the same sentence hides, and repeated statements of one label."""
    split = _split_choice(found, folded)
    kept = [one for one in split if not any(_hidden(one, other, folded) for other in split)]
    kept.sort(key=lambda one: (one.reading != "denied", one.reading != "conditional", one.start, -one.end))
    alone: list[Statement] = []
    for one in kept:
        if not any(one.label == other.label and one.start < other.end and other.start < one.end for other in alone):
            alone.append(one)
    return alone


def _split_choice(found: list[Statement], folded: str) -> list[Statement]:
    """« incitative pour les lots 1 à 4, obligatoire pour le lot 5 » is two statements."""
    free = next((one for one in found if one.label == "clause_insertion_facultative"), None)
    bound = _BOUND.search(folded)
    if free is None or bound is None:
        return found
    choice = _CHOICE.search(folded)
    span = choice.span() if choice else (free.start, free.end)
    return [
        Statement(free.label, free.reading, span[0], span[1], free.rule, free.cue),
        Statement("clause_insertion", "affirmed", bound.start(), bound.end(), free.rule, "obligatoire"),
    ]


def _hidden(one: Statement, other: Statement, folded: str) -> bool:
    if (
        one.label in _KINDS
        and other.label in _KINDS
        and one.rule.endswith("_article") != other.rule.endswith("_article")
    ):
        touching = one.start < other.end and other.start < one.end
        return one.rule.endswith("_article") and touching  # words beat the article cited beside them
    if one.label == "clause_insertion" and other.label == "clause_insertion_facultative":
        return "obligatoire" not in folded
    if one.label not in _HIDES.get(other.label, frozenset()) or "denied" in {one.reading} - {other.reading}:
        return False
    touching = one.start < other.end and other.start < one.end
    if one.label == "clause_insertion" and other.label in {"objet_insertion", "critere_social"}:
        return touching or "clause" not in folded[one.start : one.end]
    if one.label in RESERVED or other.label in RESERVED:
        return touching
    return touching or one.label in {"clause_sociale_generique", "objectif_social"}
