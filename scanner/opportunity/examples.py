"""Where was it done before? The examples of Fiche C1, by trade, so that a sheet can cite the closest."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from scanner.datafile import only, read_yaml, texts

_FILE = Path(__file__).with_name("fiche_c1.yml")


@dataclass(frozen=True, slots=True)
class Example:
    """A purchase that carried a device: its CPV codes, the row of ``nlp/segments.tsv`` of the first, its publics."""

    title: str
    codes: tuple[str, ...]
    row: str
    publics: tuple[str, ...]
    device: str


def closest(prefix: str) -> Example | None:
    """The example whose trade shares the longest prefix with that of a lot, three digits at least; None without any."""
    found = [(_shared(prefix, one.row), -rank, one) for rank, one in enumerate(examples())]
    size, _, one = max(found)
    return one if size >= 3 else None


def _shared(prefix: str, row: str) -> int:
    """How many leading digits are the same."""
    return sum(prefix[:size] == row[:size] for size in range(1, min(len(prefix), len(row)) + 1))


@cache
def examples() -> tuple[Example, ...]:
    """``fiche_c1.yml``. Raises DataFileError on a malformed entry."""
    head: dict[str, type] = {"source": str, "updated": str, "examples": list}
    return tuple(map(_example, only(read_yaml(_FILE), _FILE.name, head)["examples"]))


def _example(entry: Any) -> Example:
    where = f"{_FILE.name}, examples"
    told = only(entry, where, {"title": str, "codes": list, "row": str, "publics": list, "device": str})
    codes, publics = (texts(told[name], f"{where}, {name}") for name in ("codes", "publics"))
    return Example(told["title"], codes, told["row"], publics, told["device"])
