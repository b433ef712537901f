"""Which lots does a sentence speak of? Lists, ranges, « tous les lots », exceptions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import re2

from scanner.notice import Passage, lot_number

_NUM = r"[0-9]{1,3}(?:[a-h]\b)?"
_MARK = r"(?:lots? |n(?:o|os)?[ .:]*|numeros? |du |de |le |les |des |l'| )*"
_FIRST = re2.compile(
    r"(?:\b|[0-9] ?(?:h|heures?)?)(lots?|ms)\b? ?(?:\([^)]{0,10}\) ?)?"
    rf"(?:numeros? |n(?:o|os)?[ .:]*|: ?|suivants?[ :]*|concernes?[ :]*|- ?|le |les |o)*({_NUM})"
)
#: What stands between two numbers of a list, and the next number.
_NEXT = re2.compile(
    rf" ?(,|/|;|&|-|\+|\bet\b|\bou\b|\ba\b|\bau\b|\bainsi que\b) ?(?:,|\bet\b|\bou\b|\be\b)? ?{_MARK}({_NUM})"
)
#: The name of a lot between its number and the next: in brackets or quotes, or bare before a number that is marked.
_TITLE = re2.compile(r" ?(?:\([^)]{0,80}\)|'[^']{1,80}'|\"[^\"]{1,80}\")")
_BARE_TITLE = re2.compile(rf"[ :-]+[a-z][^.;:0-9]{{1,60}}?(?:,| et) (?:le |du )?(?:n[o.]{{1,2}} ?)?({_NUM})")
_SENTENCE = re2.compile(
    r"\b(?:est|sont|comport\w*|font|fait|fera\w*|ser\w+|ne|n'|qui|dont|avec|lots?|reserve\w*|heures?|clauses?|pour)\b"
)
_UNIT = re2.compile(r"^ ?(?:%|€|euros?|ans?\b|annees?|mois|jours?|semaines?|h\b|heures?|points?)")
_ALL = re2.compile(
    r"\b(?:tous|toutes|chacun des|chaque|l'ensemble des|l'integralite des|la totalite des) (?:les |des )?lots?\b"
    r"|\btous lots\b"
)
_EXCEPT = re2.compile(
    r"\b(?:sauf|hormis|hors|exceptes?|a l'exception|a l'exclusion|en dehors)(?: d\w+| pour)?(?: l\w+)? ?$"
)
#: Headings of the standard forms whose section speaks of the whole procedure; only II.2 is filled in lot by lot.
_WHOLE = re2.compile(r"\s*(?:I|III|IV|V|VI)\.[0-9]")
_ORDINALS = {"premier": "1", "deuxieme": "2", "second": "2", "troisieme": "3", "quatrieme": "4", "cinquieme": "5"}
_COUNTS = {"deux": 2, "trois": 3, "quatre": 4}
_ORDINAL = re2.compile(rf"\b({'|'.join(_ORDINALS)}) lot\b")
_FIRSTS = re2.compile(rf"\b({'|'.join(_COUNTS)}) premiers lots\b")
_RANGE = frozenset({"a", "au"})


@dataclass(frozen=True, slots=True)
class LotMention:
    """Lots named between ``start`` and ``end``; ``everything`` = all of them; ``excepted`` = all but these."""

    start: int
    end: int
    numbers: tuple[str, ...]
    everything: bool = False
    excepted: bool = False


@lru_cache(maxsize=64)
def mentions(folded: str) -> tuple[LotMention, ...]:
    """Every mention of lots in a folded sentence, in order."""
    found = [LotMention(hit.start(), hit.end(), (), everything=True) for hit in _ALL.finditer(folded)]
    found += _lists(folded)
    found += [LotMention(hit.start(), hit.end(), (_ORDINALS[hit.group(1)],)) for hit in _ORDINAL.finditer(folded)]
    found += [LotMention(hit.start(), hit.end(), _firsts(hit.group(1))) for hit in _FIRSTS.finditer(folded)]
    return tuple(sorted(found, key=lambda mention: mention.start))


def _firsts(count: str) -> tuple[str, ...]:
    return tuple(str(number) for number in range(1, _COUNTS[count] + 1))


def own_lot(passage: Passage) -> str | None:
    """The lot a passage speaks of, canonical; None for a section III, IV or VI filed under the lot before."""
    return None if passage.lot is None or _WHOLE.match(passage.text) else lot_number(passage.lot)


def _lists(folded: str) -> Iterator[LotMention]:
    position = 0
    while (first := _FIRST.search(folded, position)) is not None:
        items, position = [("", first.group(2))], first.end()
        while (item := _item(folded, position, plural=first.group(1) == "lots")) is not None:
            items.append(item[:2])
            position = item[2]
        excepted = bool(_EXCEPT.search(folded[max(0, first.start() - 30) : first.start()]))
        yield LotMention(first.start(), position, _numbers(items), excepted=excepted)


def _item(folded: str, position: int, *, plural: bool) -> tuple[str, str, int] | None:
    """The next number of a list: what links it, the number, where it ends; None when the list is over."""
    title = _TITLE.match(folded, position)
    after = title.end() if title else position
    found = _NEXT.match(folded, after)
    if found is None and plural:
        bare = _BARE_TITLE.match(folded, position)
        if bare is not None and not _SENTENCE.search(folded[position : bare.start(1)]):
            return _unless_unit(folded, "et", bare.group(1), bare.end())
    return _unless_unit(folded, found.group(1), found.group(2), found.end()) if found else None


def _unless_unit(folded: str, link: str, number: str, end: int) -> tuple[str, str, int] | None:
    """« les lots 1 et 2, 48 mois »: a number with a unit is no lot."""
    return None if _UNIT.search(folded[end : end + 12]) else (link, number, end)


def _numbers(items: list[tuple[str, str]]) -> tuple[str, ...]:
    """The numbers of a list; « 1 a 4 » is a range, « 2-4-7 » an enumeration, « 2-4 » a range of two numbers."""
    hyphen_range = len(items) == 2 and items[1][0] == "-"
    values: list[str] = []
    for link, written in items:
        before = values[-1] if values else ""
        if link in _RANGE and not written.isdigit():
            values[-1] = before = f"{before}a"  # « 10 A, 10B »: the letter of the lot before, not a range
        elif (link in _RANGE or hyphen_range) and before.isdigit() and int(before) < int(written) <= int(before) + 60:
            values.extend(str(number) for number in range(int(before) + 1, int(written)))
        values.append(lot_number(written))
    return tuple(dict.fromkeys(values))
