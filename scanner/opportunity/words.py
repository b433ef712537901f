"""How are words compared and figures shown? Without case, accents nor punctuation; in the French manner."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from functools import lru_cache

_BETWEEN = re.compile(r"[^a-z0-9]+")
#: The marks that NFKD takes apart from Latin letters; other combining marks stand between words anyway.
_COMBINING = re.compile("[\u0300-\u036f]")
_PLURAL = re.compile(r"\(s\)")
_NUMBER = re.compile("\\d[\\d\u202f\u00a0]*(?:,\\d+)?")


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """``text`` in lower case, without accents, its words separated by one space: « L'Île-d'Yeu » is l ile d yeu."""
    bare = text.lower()
    if not bare.isascii():
        bare = _COMBINING.sub("", unicodedata.normalize("NFKD", bare.replace("œ", "oe")))
    return " ".join(_BETWEEN.sub(" ", bare).split())


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


def agree(text: str) -> str:
    """``text`` with each « (s) » decided by the number said before it: « 1 lot », « 2 lots connus »."""
    return _PLURAL.sub(lambda found: "s" if _number(text[: found.start()]) >= 2 else "", text)


def _number(before: str) -> float:
    """The last number of ``before``; 2 when there is none, a bare noun being plural."""
    found = _NUMBER.findall(before)
    return float(re.sub(r"\s", "", found[-1]).replace(",", ".")) if found else 2.0
