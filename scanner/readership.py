"""Who reads the letter? A subscriber, the kinds of structures, what each may answer and the trades they name.

The words and rights are data: ``readership.yml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from scanner.datafile import DataFileError, only, read_yaml, texts
from scanner.finding import LABELS

_FILE = Path(__file__).with_name("readership.yml")
#: A neutral line of a letter that another part fills (buyers, renewals): title, text, address.
Line = tuple[str, str, str]
#: What a reader may do with a reserved lot; ``unclear`` = the notice does not say for whom it is reserved.
Answer = Literal["yes", "no", "unclear"]


@dataclass(frozen=True, slots=True)
class Reader:
    """A subscriber. ``edition`` is mission, facilitateur or structure; ``departements`` and ``trades`` empty = all.

    ``trades`` are group names and ``kind`` a code of ``readership.yml``, empty when unknown. An empty ``address`` is a
    letter to be opened and sent by hand.
    """

    address: str
    edition: str
    departements: tuple[str, ...] = ()
    trades: tuple[str, ...] = ()
    kind: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of structure: its French name, the family whose reserved lots it answers, how it works."""

    name: str
    family: str
    mode: str
    status: str


@dataclass(frozen=True, slots=True)
class Readership:
    """The content of ``readership.yml``. ``answers``: label -> kind -> « oui » or the condition to read."""

    editions: Mapping[str, str]
    kinds: Mapping[str, Kind]
    aliases: Mapping[str, str]
    answers: Mapping[str, Mapping[str, str]]
    trades: Mapping[str, tuple[str, ...]]


@cache
def readership() -> Readership:
    """The kinds, rights and trades. Raises DataFileError naming the entry that is wrong."""
    sections = ("editions", "kinds", "aliases", "answers", "trades")
    read = only(read_yaml(_FILE), _FILE.name, dict.fromkeys(sections, dict))
    kinds = {code: _kind(code, block) for code, block in read["kinds"].items()}
    _known(read["aliases"].values(), kinds, "aliases")
    _known(read["answers"], LABELS, "answers")
    for label, rights in read["answers"].items():
        _known(rights, kinds, f"answers.{label}")
    trades = {group: texts(sectors, f"{_FILE.name}, trades.{group}") for group, sectors in read["trades"].items()}
    return Readership(read["editions"], kinds, read["aliases"], read["answers"], trades)


def _kind(code: str, block: Any) -> Kind:
    return Kind(**only(block, f"{_FILE.name}, kinds.{code}", dict.fromkeys(("name", "family", "mode", "status"), str)))


def _known(names: Any, among: Any, where: str) -> None:
    for name in names:
        if name not in among:
            raise DataFileError(f"{_FILE.name}, {where} : « {name} » est inconnu.")


def family(kind: str) -> str:
    """« EA/ESAT », « SIAE »… as reserved lots are named for a kind; empty when it is unknown."""
    known = readership().kinds.get(kind)
    return known.family if known else ""


def right(label: str, kind: str) -> str:
    """« oui », the condition under which ``kind`` may answer a lot with this label, or an empty string: it may not."""
    return readership().answers.get(label, {}).get(kind, "")
