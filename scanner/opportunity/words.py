"""How are words compared and figures shown? Without case, accents nor punctuation; in the French manner."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache


def figure(value: float, digits: int = 1) -> str:
    """A French figure: ``1 250,5``, at most ``digits`` decimals, narrow no-break space between thousands."""
    text = f"{value:,.{digits}f}"
    whole, _, rest = text.partition(".")
    rest = rest.rstrip("0")
    return whole.replace(",", "\u202f") + ("," + rest if rest else "")


@lru_cache(maxsize=256)
def fold(text: str) -> str:
    """``text`` without accents, capitals nor signs, words parted by one space: what is compared, never shown."""
    plain = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "OE"))
    bare = "".join(char for char in plain if not unicodedata.combining(char)).lower()
    return " ".join(re.findall(r"[a-z0-9]+", bare))
