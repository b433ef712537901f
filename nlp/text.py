"""How is French text made comparable? An equal-length folded copy, cut into sentences and form lines."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

#: Lower-case characters whose plain form is not their first canonical component.
_SPECIAL = {
    "œ": "o", "æ": "a", "ß": "s", "ø": "o", "’": "'", "‘": "'", "ʼ": "'", "´": "'", "`": "'", "¿": "'", "\x92": "'",
    "\x91": "'", "\x93": '"', "\x94": '"', "“": '"', "”": '"', "«": '"', "»": '"', "–": "-", "—": "-", "‑": "-",
    "‐": "-", "−": "-", "\xad": "-", "\x96": "-", "\x97": "-", "_": " ", "º": "o", "°": "o", "…": ".",
}  # fmt: skip
#: The characters that are common in French, replaced at once; the rare ones are looked up one by one.
_COMMON = tuple(zip("éèàêçôîûùâ’œ°\xa0–«»", 'eeaecoiuua\'oo -""', strict=True))
_RARE = re.compile(r"[^\n\r -^a-~]")
_ABBREVIATIONS = frozenset(["art", "arts", "al", "cf", "no", "nos", "n", "mm", "mme", "env", "ex", "min", "max", "ref"])
#: Begins with the characters that may end a sentence or begin the next one, so that the others cost nothing. A capital
#: glued to the word before it begins a sentence; after a bracket or a full stop the next one begins.
_END = re.compile(
    r"[.!?\n\r_)A-ZÉÈÀ](?:"
    r"(?<=[.!?])[.!?]*[\"')]*(?=\s|[^\W\d_])|(?<=[\n\r])|(?<=\._)_*"
    r"|(?<=[a-zà-ÿ]{3}[A-ZÉÈÀ])(?=[a-zéèà']{2})|(?<=[^(]{3}\))(?=[A-Za-zéÉ]{2})|(?<=(?:NON|OUI|Non|Oui)[A-ZÉ])(?=[a-zé]))"
)
#: A line of a numbered list: « a) », « 2 - ».
_NUMBERED = re.compile(r"\s*(?:[a-z]\)|[0-9]{1,2} ?[-)] ?[A-ZÉÈÀ])")
_AFTER_BLANKS = re.compile(r"[ _\xa0]*(.?)", re.DOTALL)
_AFTER_SPACES = re.compile(r"\s*(.?)", re.DOTALL)
_LAST_WORD = re.compile(r"[^\W_]*$")
#: How far back the beginning of a sentence is looked for at first, in characters.
_BACK = 300
#: Longest sentence read at once, in characters: no notice says anything over more.
LONGEST = 3000


@lru_cache(maxsize=4096)
def _plain(char: str) -> str:
    if char in _SPECIAL:
        return _SPECIAL[char]
    if char.isspace() or unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zs"}:
        return " "
    base = unicodedata.normalize("NFD", char)[0].lower()
    return base if len(base) == 1 else char


def _plain_match(found: re.Match[str]) -> str:
    return _plain(found.group())


def fold(text: str) -> str:
    """``text`` in lower case without accents, typographic apostrophes and spaces made plain; always the same length."""
    low = text.replace("İ", "i").lower()  # the one letter whose lower case is two characters
    if not low.isascii():
        for accented, plain in _COMMON:
            low = low.replace(accented, plain)
    return _RARE.sub(_plain_match, low)


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """The spans (start, end) of the sentences and form lines of ``text``, in order, without surrounding blanks.

    A full stop does not end a sentence after an article letter (``L. 2113-12``) or an abbreviation, or before a digit.
    """
    start = 0
    for end in (*_ends(text, 0, len(text)), len(text)):
        low, high = trimmed(text, start, end)
        if low < high:
            yield low, high
        start = end


def sentence_around(text: str, at: int, floor: int = 0) -> tuple[int, int]:
    """The untrimmed span of the sentence that holds ``text[at]``: one of ``sentences``, found without reading the rest.

    ``floor`` is the end of a sentence before ``at``. A text without any full stop is cut every ``LONGEST`` characters
    at most, so that no text costs more than its length.
    """
    back = _BACK
    while True:
        low = max(floor, at - back)
        start, stop = -1, _cut(text, at)
        for end in _ends(text, low, stop):
            if end > at:
                stop = end
                break
            start = end
        if start >= 0 or low == floor or back >= LONGEST:
            return max(start, low), stop
        back *= 4


def _cut(text: str, at: int) -> int:
    """The end of the text, or a blank before which no sentence from ``at`` on goes further."""
    blank = text.find(" ", at + LONGEST, at + 2 * LONGEST)
    return min(len(text), blank if blank >= 0 else at + 2 * LONGEST)


def _ends(text: str, low: int, high: int) -> Iterator[int]:
    """The ends of the sentences that end in ``low`` … ``high``, the end of the text apart."""
    for found in _END.finditer(text, low, min(high + 1, len(text))):
        start, end = found.span()
        first = text[start]
        if first == ")":
            yield end
        elif first.isalpha():
            yield start
        elif _is_boundary(text, start, end):
            yield end


def _is_boundary(text: str, start: int, end: int) -> bool:
    if text[start] in "\n\r_":
        return _breaks_line(text, start, end)
    following = _next(_AFTER_BLANKS, text, end)
    if not following or text[start] in "!?":
        return True
    word = _LAST_WORD.search(text[max(0, start - 30) : start])
    before = word.group() if word else ""
    if len(before) == 1 and not before.isdigit():
        return end - start > 1 or (before.islower() and following.isupper() and before not in "nlrdf")
    if before.lower() in _ABBREVIATIONS:
        return False
    glued = end < len(text) and not text[end].isspace() and text[end] != "_"
    if glued:
        ended = len(before) > 2 or text[start - 1 : start] in (")", "»", '"', "%")
        return following.isupper() and (ended or (before.isdigit() and text[end + 1 : end + 2].islower()))
    return following.isupper() or following in "-•*\"«“([☐☑☒'" or (following.islower() and len(before) > 3)


def _breaks_line(text: str, start: int, end: int) -> bool:
    """A line break ends a sentence unless the next line goes on in lower case or with a bare value."""
    while start and text[start - 1].isspace():
        start -= 1
    before = text[start - 1 : start]
    following = _next(_AFTER_SPACES, text, end)
    if before in (":", ",", "-") or not following:
        return False
    if _NUMBERED.match(text, end):
        return True
    return not following.islower() and not (following.isdigit() and before.isalpha())


def _next(blanks: re.Pattern[str], text: str, at: int) -> str:
    """The first character of ``text[at:]`` after ``blanks``, empty when there is none; the rest is not copied."""
    found = blanks.match(text, at)
    return found.group(1) if found else ""


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without surrounding blanks; empty when nothing else is in it."""
    while start < end and (text[start].isspace() or text[start] == "_"):
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] == "_"):
        end -= 1
    return start, end
