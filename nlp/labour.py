"""Do the words of a lot show labour where its segment shows little? « avec pose », « livraison et installation »."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from nlp.text import fold, sentences
from scanner.datafile import DataFileError, only, read_yaml, texts

_FILE = Path(__file__).with_name("labour.yml")


@dataclass(frozen=True, slots=True)
class Labour:
    """Words that show labour, what in the same sentence makes them say nothing, and examples of both."""

    say: tuple[str, ...]
    unless: tuple[str, ...]
    raises: tuple[str, ...]
    silent: tuple[str, ...]


@cache
def labour() -> tuple[Labour, ...]:
    """``labour.yml``. Raises DataFileError on a malformed entry, or on one without examples of both sorts."""
    head = {"source": str, "status": str, "updated": str, "words": list}
    entries = only(read_yaml(_FILE), _FILE.name, head)["words"]
    return tuple(_entry(entry, f"{_FILE.name}, entrée {rank}") for rank, entry in enumerate(entries, 1))


def _entry(entry: object, where: str) -> Labour:
    keys = ("say", "unless", "raises", "silent")
    said = only(entry, where, dict.fromkeys(keys, list))
    if not said["raises"] or not said["silent"]:
        raise DataFileError(f"{where} : il faut un exemple sous raises et un contre-exemple sous silent.")
    return Labour(*(texts(said[key], f"{where}, {key}") for key in keys))


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], re.Pattern[str] | None], ...]:
    return tuple((_any(one.say), _any(one.unless) if one.unless else None) for one in labour())


def _any(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the phrases as whole words; a comma may stand before « et », blanks may be several."""
    forms = (r"\s+".join(map(re.escape, fold(phrase).split())) for phrase in phrases)
    joined = "|".join(form.replace(r"\s+et\s+", r"\s*,?\s+et\s+") for form in forms)
    return re.compile(rf"(?<![a-z0-9])(?:{joined})(?![a-z0-9])")


def labour_words(said: Iterable[str]) -> str:
    """The first words of ``said`` that show labour, verbatim; empty when none does."""
    for text in said:
        for start, end in sentences(text):
            sentence = fold(text[start:end])
            for words, silencers in _patterns():
                found = words.search(sentence)
                if found and not (silencers and silencers.search(sentence)):
                    return text[start + found.start() : start + found.end()]
    return ""
