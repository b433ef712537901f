"""Which words must stand in a sentence for a pattern to be worth trying? Derived from the pattern itself.

A pattern such as ``reserve(?:e|es)? .{0,90}(?:esat|siae)`` cannot match without ``reserve``: the word is read off the
parsed pattern, so that a rule added to the data is never missed by a list that somebody forgot to complete.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

#: Shorter words would be found in nearly every sentence.
SHORTEST = 3
#: What every word counts at least, in sentences a thousand.
_RARE = 1.0
#: What a part of a word that is too short to be rare counts.
_SHORT = 20.0
#: An abbreviation with its full stops, « e.a. ».
_DOTTED = re.compile(r"[a-z]\.[a-z]\.")
#: Edge of a word, in a pattern.
_EDGE = r"\b"
_PARTS = re.compile(r"[^\W_]+")


class Needs:
    """What patterns need. ``rates`` tells of frequent words how many sentences in a thousand hold them."""

    def __init__(self, rates: Mapping[str, int]) -> None:
        self._rates = rates
        self._known: dict[str, float] = {}

    def words(self, pattern: str) -> frozenset[str]:
        """Words (as patterns) one of which is in every text that ``pattern`` matches, those the fewest sentences hold.

        ValueError when no word of 3 letters or more is needed.
        """
        words = self._of(_parser.parse(pattern))
        if words is None or any(map(_too_short, words)):
            raise ValueError(f"aucun mot d'au moins {SHORTEST} lettres n'est nécessaire à ce motif")
        return words

    def _of(self, parts: Iterable[tuple[Any, Any]]) -> frozenset[str] | None:
        best: frozenset[str] | None = None
        word, opened = "", False
        for kind, content in parts:
            if kind is op.LITERAL:
                word += chr(content)
                continue
            edge = kind is op.AT and content is op.AT_BOUNDARY
            best = self._better(self._better(best, _alone(word, whole=opened and edge)), self._inside(kind, content))
            word, opened = "", edge
        return self._better(best, _alone(word))

    def _inside(self, kind: Any, content: Any) -> frozenset[str] | None:
        if kind is op.SUBPATTERN:
            return self._of(content[-1])
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT):
            return self._of(content[2]) if content[0] else None
        if kind is op.BRANCH:
            branches = [self._of(branch) for branch in content[1]]
            return None if None in branches else _shortest(frozenset().union(*(words for words in branches if words)))
        return None  # a class of characters, a boundary

    def _better(self, one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
        if one is None or other is None:
            return one or other
        return min(one, other, key=self._rate)

    def _rate(self, words: frozenset[str]) -> tuple[bool, float]:
        """How many sentences in a thousand hold one of ``words``; words that are too short come last."""
        return any(map(_too_short, words)), sum(self._rate_of(word) for word in words)

    def _rate_of(self, word: str) -> float:
        if word.startswith(_EDGE):
            return self._rates.get(word.replace(_EDGE, ""), _RARE)
        if _DOTTED.search(word):
            return _RARE
        return min((self._rate_of_part(part) for part in _PARTS.findall(word)), default=_SHORT)

    def _rate_of_part(self, part: str) -> float:
        if part not in self._known:
            holding = [rate for frequent, rate in self._rates.items() if part in frequent]
            self._known[part] = sum(holding, start=_RARE if len(part) > SHORTEST else _SHORT)
        return self._known[part]


def _shortest(words: frozenset[str]) -> frozenset[str]:
    """``words`` without those that hold another: whoever holds the longer holds the shorter."""
    return frozenset(word for word in words if not any(other in word and other != word for other in words))


def _too_short(word: str) -> bool:
    return not word.startswith(_EDGE) and len(word) < SHORTEST


def _alone(word: str, *, whole: bool = False) -> frozenset[str] | None:
    """A word, as a pattern; one that stands between two edges (``\\bea\\b``) keeps them, so that it may be short."""
    if not word.strip():
        return None
    return frozenset({f"{_EDGE}{word}{_EDGE}" if whole and len(word) <= SHORTEST else word})
