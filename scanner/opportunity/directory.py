"""Which structures does the user's directory hold? A CSV read row by row: what is not understood is counted and said.

Two formats: the project's own (``nom;type;secteurs;zone;departements;chiffre_affaires;ville;siret``) and the export
of the inclusion market (Le Marché de l'inclusion), whose headings are data in ``supply.yml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from scanner.appraisal import Structure
from scanner.datafile import only, read_yaml
from scanner.opportunity.spreadsheet import read_rows
from scanner.opportunity.words import fold
from scanner.opportunity.zones import Zone, zone_of

_SUPPLY = Path(__file__).with_name("supply.yml")
_UNITS = {"": 1, "k": 1_000, "m": 1_000_000}
_TURNOVER = re.compile(r"(\d+(?:[.,]\d+)?)(k|m)?(?:€|eur|euros)?(?:ht)?")


@dataclass(slots=True)
class _Told:
    """What a reading has to say, gathered: a message and the value it is about, with the lines concerned."""

    lines: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    first: list[str] = field(default_factory=list)

    def add(self, message: str, line: int, value: str = "") -> None:
        self.lines.setdefault((message, value), []).append(line)

    def sentences(self) -> Iterator[str]:
        """French sentences; only the first line numbers of each are quoted."""
        yield from self.first
        words, shown = supply_file()["messages"], supply_file()["lines_shown"]
        for (message, value), lines in self.lines.items():
            quoted = ", ".join(map(str, lines[:shown])) + ("…" if len(lines) > shown else "")
            yield words[message].format(count=len(lines), value=value, lines=quoted)


def read_structures(path: Path) -> tuple[tuple[Structure, ...], tuple[str, ...]]:
    """The structures of a CSV (UTF-8 or Windows-1252, ``;`` ``,`` or tab), and French messages on what is odd.

    A line without name or of unknown kind is kept aside and told; an unknown sector, zone or turnover is told and the
    structure kept without it. Raises DataFileError when the file cannot be read or has no column of names or kinds.
    """
    told = _Told()
    rows, guessed = read_rows(path, supply_file()["columns"], required=("name", "kind"))
    if guessed:
        told.first.append(supply_file()["messages"]["encoding"].format(name=path.name))
    found: dict[str, Structure] = {}
    for line, row in rows:
        structure = _structure(row, line, told)
        if structure is None:
            continue
        if structure.id in found:
            told.add("twice", line)
        found.setdefault(structure.id, structure)
    return tuple(found.values()), tuple(told.sentences())


@cache
def supply_file() -> dict[str, Any]:
    """``supply.yml``, its blocks checked."""
    blocks: dict[str, type] = {
        "columns": dict, "kinds": dict, "families": dict, "zones": dict, "regions": dict, "groups": dict,
        "sector_aliases": dict, "messages": dict, "names_shown": int, "lines_shown": int,
    }  # fmt: skip
    return only(read_yaml(_SUPPLY), _SUPPLY.name, required=blocks)


@cache
def sector_names() -> Mapping[str, str]:
    """Folded name of every group, sector and alias, to the name shown."""
    groups, aliases = supply_file()["groups"], supply_file()["sector_aliases"]
    names = [*groups, *(sector for sectors in groups.values() for sector in sectors)]
    return {**{fold(alias): name for alias, name in aliases.items()}, **{fold(name): name for name in names}}


def _structure(row: Mapping[str, str], line: int, told: _Told) -> Structure | None:
    name, kind = row.get("name") or row.get("brand", ""), _kind(row.get("kind", ""))
    if not name:
        told.add("no_name", line)
        return None
    if kind is None:
        told.add("no_kind", line, row.get("kind") or supply_file()["messages"]["empty"])
        return None
    zone = zone_of(row, supply_file())
    _tell_zone(zone, line, told)
    sectors = tuple(_sectors(row.get("sectors", ""), line, told))
    if not sectors:
        told.add("no_sector", line)
    key = _siret(row, line, told) or f"nom:{fold(name)}:{fold(row.get('city', ''))}"
    turnover = _turnover(row, line, told)
    shown = row.get("brand") or name
    return Structure(
        f"{key}:{kind}", shown, kind, sectors, zone.departements, row.get("city", ""), turnover, zone.everywhere
    )


def _kind(cell: str) -> str | None:
    """The code of a kind written in full, by its code, or both: « Entreprise adaptée (EA) »."""
    known = _kinds()
    bracket = re.search(r"\(([^()]+)\)\s*$", cell)
    return known.get(fold(cell)) or (known.get(fold(bracket[1])) if bracket else None)


@cache
def _kinds() -> Mapping[str, str]:
    return {fold(name): code for code, names in supply_file()["kinds"].items() for name in names}


def _sectors(cell: str, line: int, told: _Told) -> Iterator[str]:
    """The sectors of a cell, the longest name first: a comma parts two sectors or stands within one."""
    parts = [part.strip() for part in re.split(r"[,;|\n]", cell) if fold(part)]
    seen: set[str] = set()
    while parts:
        size, name = next(
            ((size, sector_names()[key]) for size in range(len(parts), 0, -1)
             if (key := fold(" ".join(parts[:size]))) in sector_names()),
            (1, ""),
        )  # fmt: skip
        if not name:
            told.add("sector", line, parts[0])
        elif name not in seen:
            seen.add(name)
            yield name
        parts = parts[size:]


def _tell_zone(zone: Zone, line: int, told: _Told) -> None:
    for value in zone.unknown:
        told.add("zone", line, value)
    if zone.note:
        told.add(zone.note, line)
    if not zone.departements and not zone.everywhere:
        told.add("no_zone", line)


def _siret(row: Mapping[str, str], line: int, told: _Told) -> str:
    cell = re.sub(r"\s", "", row.get("siret", ""))
    if re.fullmatch(r"\d{14}", cell):
        return f"siret:{cell}"
    if cell:
        told.add("siret", line)
    return ""


def _turnover(row: Mapping[str, str], line: int, told: _Told) -> float | None:
    """Euros a year; None when unknown, and for 0 which nobody filled in."""
    cell = row.get("turnover") or row.get("turnover_again", "")
    match = _TURNOVER.fullmatch(re.sub(r"\s", "", cell).lower())
    if match is None:
        if cell:
            told.add("turnover", line, cell)
        return None
    return float(match[1].replace(",", ".")) * _UNITS[match[2] or ""] or None
