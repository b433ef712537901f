"""Which columns does a table have, in which words? The reader of ``tables.yml``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from feeds.entry import clean
from scanner.datafile import only, read_yaml, texts

Cell = str | int | float | date | datetime

_SECTIONS: dict[str, type] = {
    "columns": dict, "words": dict, "per": dict, "buyer_classes": dict, "actions": dict, "sheets": dict, "notes": list,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """A column of ``tables.yml``: ``kind`` is text, number, money, date, instant or link, ``width`` in characters."""

    name: str
    title: str
    kind: str
    width: int
    private: bool = False
    changes: bool = False


@cache
def columns() -> tuple[Column, ...]:
    """Every column, in the order of the table. Raises DataFileError on an unknown setting."""
    required, optional = {"title": str, "kind": str, "width": int}, {"private": bool, "changes": bool}
    blocks = table()["columns"].items()
    return tuple(Column(name, **only(block, f"tables.yml, {name}", required, optional)) for name, block in blocks)


def joined(told: list[str]) -> str:
    """The distinct texts that say something, clean, in their order."""
    return " ; ".join(dict.fromkeys(filter(None, map(clean, told))))


def phrase(key: str) -> str:
    """A word of ``tables.yml``."""
    return str(table()["words"][key])


@cache
def table() -> dict[str, Any]:
    """The whole of ``tables.yml``. Raises DataFileError when a section is missing or of another shape."""
    path = Path(__file__).with_name("tables.yml")
    read = only(read_yaml(path), path.name, _SECTIONS)
    texts(read["notes"], f"{path.name}, notes")
    return read
