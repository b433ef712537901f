"""Which words and thresholds decide? ``link.yml``, read strictly, and the folded form of the texts it speaks of."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from scanner.datafile import only, read_yaml, texts

_FILE = Path(__file__).with_name("link.yml")
_MARKS = re.compile("[\u0300-\u036f]+")
_LISTS = (
    "earlier", "elsewhere", "previous", "replaces", "relaunch", "relaunch_not", "renewal", "plain", "titles",
)  # fmt: skip
_THRESHOLDS = ("same_title", "follow_up_title", "relaunch_title", "renewal_title")
_DAYS = ("twin", "follow_up", "relaunch", "renewal_min", "renewal_max")


@dataclass(frozen=True, slots=True)
class Threshold:
    """A score from 0 to 100 that two titles must reach, why, and two pairs on either side of it."""

    value: int
    reason: str
    like: tuple[str, ...]
    unlike: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """The content of ``link.yml``: cues as compiled alternatives, plain lists as sets."""

    cues: dict[str, re.Pattern[str]]
    plain: frozenset[str]
    titles: frozenset[str]
    nameless: re.Pattern[str]
    empty_ids: frozenset[str]
    thresholds: dict[str, Threshold]
    days: dict[str, int]


@cache
def words() -> Words:
    """The words and thresholds. DataFileError when ``link.yml`` cannot be trusted."""
    name = _FILE.name
    content = only(
        read_yaml(_FILE), name,
        {"words": dict, "nameless": list, "empty_ids": list, "thresholds": dict, "days": dict},
    )  # fmt: skip
    lists = only(content["words"], f"{name}, words", dict.fromkeys(_LISTS, list))
    lists = {key: texts(value, f"{name}, words.{key}") for key, value in lists.items()}
    thresholds = only(content["thresholds"], f"{name}, thresholds", dict.fromkeys(_THRESHOLDS, dict))
    return Words(
        cues={key: _either(lists[key]) for key in _LISTS if key not in ("plain", "titles")},
        plain=frozenset(lists["plain"]),
        titles=frozenset(lists["titles"]),
        nameless=re.compile(rf"(?:{'|'.join(map(re.escape, texts(content['nameless'], f'{name}, nameless')))})\b"),
        empty_ids=frozenset(texts(content["empty_ids"], f"{name}, empty_ids")),
        thresholds={key: _threshold(block, f"{name}, thresholds.{key}") for key, block in thresholds.items()},
        days=only(content["days"], f"{name}, days", dict.fromkeys(_DAYS, int)),
    )


def folded(text: str) -> str:
    """``text`` in lower case without accents, typographic apostrophes made plain, spaces single."""
    text = text.replace("’", "'").replace("\x92", "'").replace("º", "°").replace("œ", "oe").lower()
    return " ".join((text if text.isascii() else _MARKS.sub("", unicodedata.normalize("NFKD", text))).split())


def tokens(text: str) -> list[str]:
    """The words and numbers of a text, folded, in order."""
    return re.findall(r"[a-z0-9]+", folded(text))


def _threshold(block: object, where: str) -> Threshold:
    read = only(block, where, {"value": int, "reason": str, "like": list, "unlike": list})
    return Threshold(read["value"], read["reason"], texts(read["like"], where), texts(read["unlike"], where))


def _either(phrases: Iterable[str]) -> re.Pattern[str]:
    """One pattern for phrases where ``*`` stands for up to eight words; the longest phrase first."""
    gap = r"(?:[^\s.;]+\s+){0,8}?"
    parts = [re.escape(phrase).replace(r"\*\ ", gap) for phrase in sorted(phrases, key=len, reverse=True)]
    return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(parts)})(?![a-z])")
