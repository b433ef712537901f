"""What does ``score.yml`` give for a thing read? Its points and its reason; the table is checked once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from scanner.appraisal import Signal
from scanner.datafile import DataFileError, only, read_yaml
from scanner.opportunity.words import figure

_SCORE = Path(__file__).with_name("score.yml")
_SECTIONS: dict[str, type] = {
    **dict.fromkeys(("potential", "labour_share", "duration", "amount", "amount_senses", "several_lots"), dict),
    **dict.fromkeys(("rare_publics", "publics", "practice", "place", "caution", "status", "project"), dict),
    **dict.fromkeys(("openings", "low_reasons", "remarks", "confidence", "fields", "parts"), dict),
    "whole": str,
}


def named(name: str, key: str, *, field: str = "", quote: str = "", known: bool = True) -> Signal:
    """The signal of the entry ``key`` of a section."""
    found = entry(name, key)
    return Signal(name, found["points"], found["reason"], field or place(name), quote, known)


def stepped(name: str, value: float | None, sense: str = "", field: str = "") -> Signal:
    """The signal of the first step that ``value`` reaches; that of the unknown without one."""
    if value is None:
        return named(name, "unknown", field=field, known=False)
    steps = table()[name]["steps"]
    step = next((step for step in steps if value >= step["from"]), steps[-1])
    return Signal(name, step["points"], step["reason"].format(value=sense + figure(value)), field or place(name))


def part(name: str, points: int) -> int:
    """What is kept of ``points`` read in a less direct field (``score.yml``, parts)."""
    return int(points * table()["parts"][name])


def place(name: str, **told: str) -> str:
    """Where a signal is read, in French."""
    return str(table()["fields"].get(name, "")).format(**told)


def entry(name: str, code: str) -> Any:
    """An entry of a section. DataFileError when it is missing."""
    if code not in table()[name]:
        raise DataFileError(f"{_SCORE.name} : code « {code} » inconnu, ajoutez-le sous {name}.")
    return table()[name][code]


@cache
def table() -> dict[str, Any]:
    """The whole of ``score.yml``."""
    found = only(read_yaml(_SCORE), _SCORE.name, required=_SECTIONS)
    only(found["parts"], f"{_SCORE.name}, parts", dict.fromkeys(("texte", "avis", "bound"), float))
    return found
