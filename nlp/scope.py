"""Is it affirmed, conditional or denied? The clause around a statement, its terminators and its cues.

Sentences come folded, as text or as the bytes of plain ASCII text: RE2 takes both.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import re2

from nlp.rules import cues
from scanner.finding import Reading

_OBLIGATORY = re2.compile(
    r"clauses? (?:sociales? )?(?:d'insertion |d'execution )?obligatoires?|obligatoires? d'insertion"
)
_SEMICOLON = re2.compile(r";")
#: A terminator that names lots begins the clause that speaks of them.
_LOT = re2.compile(r"lots?")


def clause(folded: str | bytes, start: int, end: int) -> tuple[int, int]:
    """The span of the clause that holds ``folded[start:end]``: from the last terminator before to the next after."""
    low, high = 0, len(folded)
    for first, after in _terminators(folded):
        if first < start:
            low = first if _LOT.search(folded[first:after]) else min(after, start)
        elif first >= end:
            high = first
            break
    return low, high


@lru_cache(maxsize=64)
def _terminators(folded: str | bytes) -> tuple[tuple[int, int], ...]:
    return tuple(found.span() for found in cues().terminators.finditer(folded))


def reading(folded: str | bytes, start: int, end: int) -> tuple[Reading, str, bool]:
    """The reading of a statement, the cue that decided, and whether it is a free choice (facultative)."""
    low, high = clause(folded, start, end)
    around = _blank(folded[low:high])
    upto, after = around[: end - low], _blank(folded[end:])
    box = cues().denied_box.search(folded[:start])
    found = cues().denied_before.search(upto) or _answered(after) or box
    if found:
        return "denied", _words(found.group()), False
    free = cues().facultative.search(around)
    if free and not _bound(folded, low, start, end):
        return "conditional", _words(free.group()), True
    perhaps = cues().conditional.search(around) or _opening(folded, start)
    if perhaps:
        return "conditional", _words(perhaps.group()), False
    return "affirmed", "", False


def _answered(after: str | bytes) -> Any:
    """The « : non » behind a statement, unless it answers another question of the form."""
    found = cues().denied_after.search(after)
    return found if found and cues().other_field.search(found.group()) is None else None


def _bound(folded: str | bytes, low: int, start: int, end: int) -> bool:
    """« la clause obligatoire d'insertion »: what is said optional around it is something else."""
    said = folded[max(low, start - 20) : end + 20]
    return _OBLIGATORY.search(said) is not None


def _opening(folded: str | bytes, start: int) -> Any:
    """« Sous réserve du financement, une clause …»: a condition at the head of the sentence, up to a semicolon."""
    found = cues().opening.search(folded)
    return found if found and _SEMICOLON.search(folded[:start]) is None else None


def _words(cue: str | bytes) -> str:
    return (cue.decode() if isinstance(cue, bytes) else cue).strip()


def _blank(text: str | bytes) -> str | bytes:
    """``text`` with its pseudo-cues replaced by as many blanks."""
    for found in reversed(list(cues().pseudo.finditer(text))):
        blank = b" " if isinstance(text, bytes) else " "
        text = text[: found.start()] + blank * (found.end() - found.start()) + text[found.end() :]
    return text
