"""How is French text made comparable? An equal-length folded copy, cut into sentences and form lines."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

_SPECIAL = {
    "œ": "o", "Œ": "o", "æ": "a", "Æ": "a", "ß": "s", "ø": "o", "Ø": "o", "’": "'", "‘": "'", "ʼ": "'", "´": "'",
    "`": "'", "¿": "'", "\x92": "'", "\x91": "'", "\x93": '"', "\x94": '"', "“": '"', "”": '"', "«": '"', "»": '"',
    "–": "-", "—": "-", "‑": "-", "‐": "-", "−": "-", "\xad": "-", "\x96": "-", "\x97": "-", "_": " ", "º": "o",
    "°": "o", "…": ".", "İ": "i",
}  # fmt: skip
#: Marks that fold into nothing of their own: tick boxes stay themselves.
_ABBREVIATIONS = frozenset({"art", "arts", "al", "cf", "no", "nos", "n", "mm", "mme", "env", "ex", "min", "max", "ref"})
_END = re.compile(
    r"[.!?]+[\"')]*(?=\s|[^\W\d_])|\n|\r|(?<=\.)_+"
    r"|(?<=[a-zà-ÿ]{3})(?=[A-ZÉÈÀ][a-zéèà']{2})|(?<=[^(]{3}\))(?=[A-Za-zéÉ]{2})|(?<=NON|OUI)(?=[A-ZÉ][a-zé])"
)


@lru_cache(maxsize=4096)
def _fold_char(char: str) -> str:
    if char in _SPECIAL:
        return _SPECIAL[char]
    if char in "\n\r":
        return char
    if char.isspace() or unicodedata.category(char) in {"Cc", "Cf", "Zs"}:
        return " "
    base = unicodedata.normalize("NFD", char)[0].lower()
    return base if len(base) == 1 else char


class _Table(dict[int, str]):
    def __missing__(self, code: int) -> str:
        folded = _fold_char(chr(code))
        self[code] = folded
        return folded


_TABLE = _Table()


def fold(text: str) -> str:
    """``text`` in lower case without accents, typographic apostrophes and spaces made plain; always the same length."""
    return text.translate(_TABLE)


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """The spans (start, end) of the sentences and form lines of ``text``, in order, without surrounding blanks.

    A full stop does not end a sentence after an article letter (``L. 2113-12``) or an abbreviation, or before a digit.
    """
    start = 0
    for found in _END.finditer(text):
        if _is_boundary(text, found.start(), found.end()):
            yield from _trim(text, start, found.end())
            start = found.end()
    yield from _trim(text, start, len(text))


def _is_boundary(text: str, start: int, end: int) -> bool:
    if start == end:
        return True
    if text[start] in "\n\r_":
        return _breaks_line(text, start, end)
    following = text[end:].lstrip(" _\xa0")[:1] if end < len(text) else ""
    if not following or text[start] in "!?":
        return True
    word = re.search(r"[^\W_]*$", text[max(0, start - 30) : start])
    before = word.group() if word else ""
    if len(before) == 1 and not before.isdigit():
        return end - start > 1 or (before.islower() and following.isupper() and before not in "nlrdf")
    if before.lower() in _ABBREVIATIONS:
        return False
    glued = end < len(text) and not text[end].isspace() and text[end] != "_"
    if glued:
        return following.isupper() and len(before) > 2
    return following.isupper() or following in "-•*\"«“([☐☑☒'" or (following.islower() and len(before) > 3)


def _breaks_line(text: str, start: int, end: int) -> bool:
    """A line break ends a sentence unless the next line goes on in lower case or with a bare value."""
    before = text[:start].rstrip()[-1:]
    following = text[end:].lstrip()[:1]
    if before in (":", ",", "-") or not following:
        return False
    return not following.islower() and not (following.isdigit() and before.isalpha())


def _trim(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and (text[start].isspace() or text[start] == "_"):
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] == "_"):
        end -= 1
    if start < end:
        yield start, end
