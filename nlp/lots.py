"""Which lots does a sentence speak of? Lists, ranges, « tous les lots », exceptions."""

from __future__ import annotations

import re
from dataclasses import dataclass

import re2

from scanner.notice import Passage, lot_number

_NUM = r"[0-9]{1,3}(?:[a-h]\b)?"
_SEP = r"(?: ?(?:,|/|;|&|-|\+|\bet\b|\bou\b|\ba\b|\bau\b|\bainsi que\b) ?){1,3}"
_MARK = r"(?:lots? |n(?:o|os)?[ .:]*|numeros? |du |de |le |les |l'| )*"
_LOTS = re2.compile(
    r"(?:\b|[0-9] ?h)lots?\b ?(?:\([^)]{0,10}\) ?)?(?:numeros? |n(?:o|os)?[ .:]*|: ?|suivants?[ :]*|le |les |o)*"
    rf"({_NUM}(?:{_SEP}{_MARK}{_NUM})*)"
)
_ALL = re2.compile(
    r"\b(?:tous|toutes|chacun des|chaque|l'ensemble des|l'integralite des) (?:les )?lots?\b|\btous lots\b"
)
_EXCEPT = re2.compile(
    r"\b(?:sauf|hormis|hors|excepte|a l'exception|a l'exclusion|excepte)(?: d\w+| pour)?(?: l\w+)? ?$"
)
#: Headings of the standard forms whose section speaks of the whole procedure; only II.2 is filled in lot by lot.
_WHOLE = re.compile(r"\s*(?:I|III|IV|V|VI)\.[0-9]")
_TOKEN = re.compile(rf"{_NUM}|\ba\b|\bau\b|-")


@dataclass(frozen=True, slots=True)
class LotMention:
    """Lots named between ``start`` and ``end``; ``everything`` = all of them; ``excepted`` = all but these."""

    start: int
    end: int
    numbers: tuple[str, ...]
    everything: bool = False
    excepted: bool = False


def mentions(folded: str) -> list[LotMention]:
    """Every mention of lots in a folded sentence, in order."""
    found = [LotMention(hit.start(), hit.end(), (), everything=True) for hit in _ALL.finditer(folded)]
    for hit in _LOTS.finditer(folded):
        excepted = bool(_EXCEPT.search(folded[max(0, hit.start() - 30) : hit.start()]))
        found.append(LotMention(hit.start(), hit.end(), _numbers(hit.group(1)), excepted=excepted))
    return sorted(found, key=lambda mention: mention.start)


def _numbers(listed: str) -> tuple[str, ...]:
    """The numbers of a list; « 1 a 4 » is a range, « 2-4-7 » an enumeration, « 2-4 » a range of two numbers."""
    tokens = _TOKEN.findall(listed)
    hyphens = tokens.count("-")
    values: list[str] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        is_range = token in {"a", "au"} or (token == "-" and hyphens == 1 and len(tokens) == 3)
        if is_range and values and index + 1 < len(tokens) and values[-1].isdigit() and tokens[index + 1].isdigit():
            low, high = int(values[-1]), int(tokens[index + 1])
            if low < high <= low + 60:
                values.extend(str(number) for number in range(low + 1, high + 1))
                index += 2
                continue
        if token[0].isdigit():
            values.append(lot_number(token))
        index += 1
    return tuple(dict.fromkeys(values))


def own_lot(passage: Passage) -> str | None:
    """The lot a passage speaks of, canonical; None for a section III, IV or VI filed under the lot before."""
    return None if passage.lot is None or _WHOLE.match(passage.text) else lot_number(passage.lot)
