"""Where does a structure work? Everywhere, in régions, in départements, or where it sits, as its row says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from scanner.opportunity.words import fold

_DEPARTEMENTS = Path(__file__).parents[1] / "data" / "departements.tsv"
_KILOMETRES = re.compile(r"\b\d+ ?(?:km|kilometres?)\b")


@dataclass(frozen=True, slots=True)
class Zone:
    """Codes of départements, sorted; ``note`` is ``distance`` or ``seat`` when only the seat is known of a zone.

    ``unknown`` holds the words that name no place.
    """

    departements: tuple[str, ...] = ()
    everywhere: bool = False
    note: str = ""
    unknown: tuple[str, ...] = ()


def zone_of(row: Mapping[str, str], rules: Mapping[str, Any]) -> Zone:
    """The zone of a row: what ``zone`` says, else ``departements``, else the département where the structure sits."""
    said, words = row.get("zone", ""), rules["zones"]
    kind = next((name for name, given in words.items() if fold(said) in map(fold, given)), "")
    if kind == "everywhere":
        return Zone(everywhere=True)
    if kind == "distance" or _KILOMETRES.search(fold(said)) or (not said and row.get("distance")):
        return Zone(_postal(row.get("postcode", "")) or _seat(row, rules), note="distance")
    if kind == "departement":
        return Zone(_seat(row, rules) or _postal(row.get("postcode", "")))
    listed = row.get("region", "") if kind == "region" else ", ".join((said, row.get("departements", "")))
    named, unknown = _named(listed, rules)
    if named:
        return Zone(named, unknown=unknown)
    seat = _seat(row, rules) or _postal(row.get("postcode", ""))
    return Zone(seat, note="seat" if seat else "", unknown=unknown)


def _seat(row: Mapping[str, str], rules: Mapping[str, Any]) -> tuple[str, ...]:
    return _named(row.get("seat", ""), rules)[0]


def _named(cell: str, rules: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The départements that a cell lists by code, name or région, sorted; and what it says that names none."""
    found: set[str] = set()
    unknown = []
    for part in _parts(cell):
        codes = _place(part, rules)
        found.update(codes)
        if not codes:
            unknown.append(part)
    return tuple(sorted(found)), tuple(unknown)


def _parts(cell: str) -> Iterator[str]:
    for part in re.split(r"[,;|/\n]|\bet\b", cell):
        if fold(part):
            yield part.strip()


def _place(part: str, rules: Mapping[str, Any]) -> tuple[str, ...]:
    """« 34 », « 1 », « Hérault », « 34 - Hérault », « Hérault (34) » or « Occitanie » as codes; empty when none."""
    for name, codes in rules["regions"].items():
        if fold(part) == fold(name):
            return tuple(codes)
    known = _departements()
    if fold(part) in known:
        return (known[fold(part)],)
    code = re.search(r"(?<![0-9A-Za-z])(\d{1,3}|2[ABab])(?![0-9A-Za-z])", part)
    padded = code[1].upper().zfill(2) if code else ""
    return (padded,) if padded in known.values() else ()


def _postal(cell: str) -> tuple[str, ...]:
    """The département of a postcode; a zero lost by a spreadsheet is put back."""
    digits = re.sub(r"\s", "", cell)
    if not re.fullmatch(r"\d{4,5}", digits):
        return ()
    digits = digits.zfill(5)
    if digits.startswith("20"):
        return ("2A" if digits < "20200" else "2B",)
    code = digits[:3] if digits.startswith(("97", "98")) else digits[:2]
    return (code,) if code in _departements().values() else ()


@cache
def _departements() -> Mapping[str, str]:
    """Folded name to code (INSEE)."""
    rows = [line.split("\t") for line in _DEPARTEMENTS.read_text(encoding="utf-8").splitlines()]
    return {fold(row[1]): row[0] for row in rows if len(row) == 2 and row[0] != "code"}
