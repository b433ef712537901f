"""How much may one record ask for? Bytes, values, depth, lots, passages, lengths, seconds: each a setting.

What exceeds a limit is rejected with one sentence that names the setting, counted, and stays in the archive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from scanner.datafile import DataFileError, only, read_yaml
from scanner.issues import Issue

_FILE = Path(__file__).with_name("limits.yml")


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one record; units and bounds are those of ``limits.yml``, the names those of ``[limites]``."""

    octets: int
    valeurs: int
    profondeur: int
    lots: int
    passages: int
    passage_caracteres: int
    titre_caracteres: int
    secondes: int


class Exceeded(ValueError):
    """A record that asks for more than a limit; the message is a French sentence with its repair."""

    def __init__(self, name: str, limit: int, found: str = "") -> None:
        self.name = name
        measured = f"{found}, " if found else ""
        super().__init__(
            f"Avis rejeté, trop grand ({_table()[name]['told']} : {measured}{limit} au plus) ; il reste en archive, "
            f"vérifiez-le, puis augmentez « {name} » dans [limites] de veille.toml et lancez scanner reclassify."
        )


def check(name: str, found: int, limits: Limits) -> None:
    """Raises Exceeded when ``found`` is more than the limit ``name``."""
    limit = getattr(limits, name)
    if found > limit:
        raise Exceeded(name, limit, str(found))


def rejection(source: str, key: str, error: Exceeded) -> Issue:
    """The Issue of a record that exceeds a limit."""
    return Issue(source, key, f"limite_{error.name}", str(error), level="rejected")


@cache
def defaults() -> Limits:
    """The limits when ``veille.toml`` says nothing."""
    return Limits(**{name: entry["default"] for name, entry in _table().items()})


def limits(entry: Mapping[str, Any], where: str) -> Limits:
    """The limits of ``[limites]``. DataFileError on an unknown name, another type or a value out of its bounds."""
    table = _table()
    only(entry, where, {}, dict.fromkeys(table, int))
    for name, value in entry.items():
        least, most = table[name]["least"], table[name]["most"]
        if not least <= value <= most:
            raise DataFileError(f"{where} : « {name} » vaut {value}, un nombre de {least} à {most} est attendu.")
    return Limits(**{name: entry.get(name, known["default"]) for name, known in table.items()})


@cache
def _table() -> dict[str, dict[str, Any]]:
    names = [one.name for one in fields(Limits)]
    read = only(read_yaml(_FILE), _FILE.name, dict.fromkeys(names, dict))
    kinds = {"default": int, "least": int, "most": int, "told": str}
    return {name: only(read[name], f"{_FILE.name}, {name}", kinds) for name in names}
