"""Is it affirmed, conditional or denied? The clause around a statement, its terminators and its cues."""

from __future__ import annotations

from nlp.rules import cues
from scanner.finding import Reading


def clause(folded: str, start: int, end: int) -> tuple[int, int]:
    """The span of the clause that holds ``folded[start:end]``: from the last terminator before to the next after."""
    low, high = 0, len(folded)
    for found in cues().terminators.finditer(folded):
        if found.start() < start:
            low = min(found.end(), start)
        elif found.start() >= end:
            high = found.start()
            break
    return low, high


def reading(folded: str, start: int, end: int) -> tuple[Reading, str, bool]:
    """The reading of a statement, the cue that decided, and whether it is a free choice (facultative)."""
    low, high = clause(folded, start, end)
    around = _blank(folded[low:high])
    upto, after = around[: end - low], _blank(folded[end:])
    box = cues().denied_box.search(folded[:start])
    found = cues().denied_before.search(upto) or cues().denied_after.search(after) or box
    if found:
        return "denied", found.group().strip(), False
    free = cues().facultative.search(around)
    if free:
        return "conditional", free.group(), True
    perhaps = cues().conditional.search(around)
    if perhaps:
        return "conditional", perhaps.group(), False
    return "affirmed", "", False


def _blank(text: str) -> str:
    """``text`` with its pseudo-cues replaced by as many blanks."""
    for found in reversed(list(cues().pseudo.finditer(text))):
        text = text[: found.start()] + " " * (found.end() - found.start()) + text[found.end() :]
    return text
