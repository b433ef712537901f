"""How are words compared and figures shown? Without case, accents nor punctuation; in the French manner."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from functools import lru_cache

#: Characters of a text that is remembered with thousands of others; of longer ones, only the last few are.
_SHORT = 2_000
#: How many long texts are remembered: those of one notice, whose lots are appraised one after the other.
LAST = 16


def fold(text: str) -> str:
    """``text`` in lower case, without accents, its words separated by one space: « L'Île-d'Yeu » is l ile d yeu."""
    return _short(text) if len(text) <= _SHORT else _long(text)


def _fold(text: str) -> str:
    bare = "".join(
        c for c in unicodedata.normalize("NFKD", text.lower().replace("œ", "oe")) if not unicodedata.combining(c)
    )
    return " ".join(re.sub(r"[^a-z0-9]+", " ", bare).split())


_short, _long = lru_cache(maxsize=8192)(_fold), lru_cache(maxsize=LAST)(_fold)


def starts(folded: str, phrases: Iterable[str]) -> bool:
    """Whether ``folded`` begins with the words of one of ``phrases`` (folded)."""
    return any(f"{folded} ".startswith(f"{phrase} ") for phrase in phrases)


def ends(folded: str, phrases: Iterable[str]) -> bool:
    """Whether ``folded`` ends with the words of one of ``phrases`` (folded)."""
    return any(f" {folded}".endswith(f" {phrase}") for phrase in phrases)


def holds(folded: str, phrases: Iterable[str]) -> bool:
    """Whether ``folded`` has the words of one of ``phrases`` (folded), whole and in order."""
    return any(f" {phrase} " in f" {folded} " for phrase in phrases)


def euros(amount: float) -> str:
    """``216 000 €``: rounded to the euro, narrow no-break spaces."""
    return f"{amount:,.0f} €".replace(",", "\u202f")


def day(when: date) -> str:
    """``22/08/2026``."""
    return f"{when:%d/%m/%Y}"


def figure(value: float, digits: int = 1) -> str:
    """A French figure: ``1 250,5``, at most ``digits`` decimals, narrow no-break space between thousands."""
    text = f"{value:,.{digits}f}"
    whole, _, rest = text.partition(".")
    rest = rest.rstrip("0")
    return whole.replace(",", "\u202f") + ("," + rest if rest else "")
