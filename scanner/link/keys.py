"""What does a notice say of the others? The keys it shares with its procedure, and the procedures it follows.

Strong evidence only, read in the notice alone: never the buyer, the deadline or the title.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from scanner.link.words import folded, words
from scanner.notice import Notice

#: What every number below has; it starts with a literal, so that a text without one is passed over ten times faster.
_DASHED = re.compile(r"-\s*\d{3}")
_BOAMP = re.compile(r"(?<![\d/-])(\d{2})-(\d{3,6})(?!\d|-\d|/)")
_OJ = re.compile(r"(20\d{2})\s*/\s*S\s*\d{1,3}\s*-\s*(\d{4,6})(?!\d)", re.IGNORECASE)
_TED = re.compile(r"(?<![\d/-])0*(\d{4,8})-(20\d{2})(?!\d|-\d|/)")
_VERSIONED = re.compile(r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})-\d{2}", re.IGNORECASE)
_BEFORE = 140  # characters before a quoted number in which the words stand
_OPENING = ("call", "planning")
#: Forms in which an earlier notice named by a call is its prior information; eForms code that one apart.
_OLD_FORMS = ("legacy", "r209")


@dataclass(frozen=True, slots=True)
class Ties:
    """``same``: keys of the notice's own procedure, its id first. ``after``: (key, words that say so) of earlier ones.

    ``cites``: whether one of the former is an earlier notice.
    """

    same: tuple[str, ...]
    after: tuple[tuple[str, str], ...] = ()
    cites: bool = False


@lru_cache(maxsize=512)  # a batch: each step of linking asks again
def ties(notice: Notice) -> Ties:
    """The strong keys of a notice.

    A call that says it is a relaunch follows what it names, and a European call follows the prior information that
    it names (BT-125: one such notice may prepare several procedures); every other notice belongs with it.
    """
    own = [notice.id, *_identifier("folder", notice.folder_id), *_identifier("uuid", notice.notice_uuid)]
    stated, prepared = list(notice.earlier), list[str]()
    for coded in notice.coded:
        if coded.field in ("changed-notice", "previous-notice"):
            versioned = _VERSIONED.fullmatch(coded.value.strip())
            key = _identifier("uuid", versioned[1]) if versioned else _published(coded.value, notice.source)
            (prepared if coded.field == "previous-notice" else stated).extend(key)
    if notice.kind in _OPENING and (notice.source == "ted" or notice.family == "JOUE"):
        prepared += stated if notice.shape in _OLD_FORMS else []
        stated = [key for key in stated if key not in prepared]
    else:
        stated, prepared = [*stated, *prepared], []
    quoted, previous = _quoted(notice)
    after = dict.fromkeys(prepared, "préparation") | previous
    cited = [*stated, *quoted]
    if saying := _relaunches(notice):
        after, cited = dict.fromkeys(cited, saying) | after, []
    same = dict.fromkeys([*own, *cited])
    return Ties(
        tuple(same), tuple((key, why) for key, why in sorted(after.items()) if key not in same), len(same) > len(own)
    )


def said(title: str) -> str:
    """``relance`` or ``renouvellement`` when a title says it, else empty: a ministry « de la Relance » says nothing."""
    text, cues = folded(title), words().cues
    if cues["relaunch"].search(cues["relaunch_not"].sub(" ", text)):
        return "relance"
    return "renouvellement" if cues["renewal"].search(text) else ""


def _relaunches(notice: Notice) -> str:
    """What the title of a call says of a first consultation; a correction of that call is no relaunch."""
    opening = notice.kind in _OPENING or (notice.kind == "rectification" and notice.shape == "eforms")
    corrected = notice.version.lstrip("0") not in ("", "1") or any(c.field == "changed-notice" for c in notice.coded)
    return said(notice.title) if opening and not corrected else ""


def _identifier(kind: str, written: str) -> list[str]:
    """A key such as ``folder:<uuid>``, none when the identifier is absent or a placeholder."""
    value = written.strip().lower()
    return [] if not value or value in words().empty_ids or len(set(value) - {"-", "0"}) == 0 else [f"{kind}:{value}"]


def _published(written: str, source: str) -> list[str]:
    """The notice id of a publication number, in the notices of its own journal."""
    if oj := _OJ.fullmatch(written.strip()):
        return [f"ted:{int(oj[2])}-{oj[1]}"]
    if ted := _TED.fullmatch(written.strip()):
        return [f"ted:{ted[1]}-{ted[2]}"]
    return [f"boamp:{written.strip()}"] if source == "boamp" and _BOAMP.fullmatch(written.strip()) else []


def _quoted(notice: Notice) -> tuple[list[str], dict[str, str]]:
    """Earlier notices quoted in the text: those of the same procedure, and those of another with the words used."""
    same, previous = list[str](), dict[str, str]()
    for passage in notice.passages:
        for key, before in _numbers(passage.text, notice):
            cues = words().cues
            if other := cues["previous"].search(before):
                previous.setdefault(key, other[0])
            elif notice.kind not in _OPENING or cues["replaces"].search(before):
                same.append(key)
    return list(dict.fromkeys(same)), previous


def _numbers(text: str, notice: Notice) -> Iterator[tuple[str, str]]:
    """(notice id, folded words before it) for each number that the words call a notice, older than this one."""
    for pattern in (_BOAMP, _OJ, _TED) if _DASHED.search(text) else ():
        for found in pattern.finditer(text):
            before = folded(text[max(0, found.start() - _BEFORE) : found.start()])
            behind = folded(text[found.end() : found.end() + 25])
            key = _id_of(pattern, found)
            if key != notice.id and _older(pattern, found, notice) and _is_notice(before, behind, pattern):
                yield key, before


def _id_of(pattern: re.Pattern[str], found: re.Match[str]) -> str:
    if pattern is _BOAMP:
        return f"boamp:{found[0]}"
    return f"ted:{int(found[2])}-{found[1]}" if pattern is _OJ else f"ted:{found[1]}-{found[2]}"


def _is_notice(before: str, behind: str, pattern: re.Pattern[str]) -> bool:
    """Whether the last words that name a register name one of notices; a Journal officiel number names itself."""
    if pattern is _OJ:
        return True
    cues = words().cues
    last = [match for match in cues["earlier"].finditer(before[-70:])]
    if not last or (pattern is _TED and not re.search(r"\b(?:joue|ted|journal officiel|jo)\b", before[-70:])):
        return False
    elsewhere = cues["elsewhere"].search(before[-70:], last[-1].start()) or cues["elsewhere"].search(behind)
    return not elsewhere or "boamp" in before[-70:]


def _older(pattern: re.Pattern[str], found: re.Match[str], notice: Notice) -> bool:
    """Numbers grow with time: a quoted one is lower than the notice's own, and no year is ahead of it."""
    if pattern is _BOAMP:
        own = _BOAMP.fullmatch(notice.key) if notice.source == "boamp" else None
        year, number = int(found[1]), int(found[2])
        if own:
            return (year, number) < (int(own[1]), int(own[2])) or year > 90
        return 2000 + year <= notice.published.year
    return int(found[1] if pattern is _OJ else found[2]) <= notice.published.year
