"""Which figures does an estimate rest upon? Those of ``hours.yml``, each with its source, or the user's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from math import isfinite
from pathlib import Path
from types import MappingProxyType
from typing import Any

from scanner.datafile import DataFileError, only, read_yaml

_HOURS = Path(__file__).with_name("hours.yml")
#: The family whose rates serve one that has none of its own.
_FALLBACK = "diversification"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of the formula, and what is told of it: « hypothèse, modifiable » or its published source."""

    value: float
    note: str


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates of insertion of a family of trades, in percent of the labour."""

    low: Figure
    central: Figure
    high: Figure

    def __iter__(self) -> Iterator[Figure]:
        return iter((self.low, self.central, self.high))


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Every figure by its French name, that of ``hours.yml`` and of ``[heures]`` in ``veille.toml``.

    Euros, hours, months, weeks or percent; the names below are those that the formula uses.
    """

    figures: Mapping[str, Figure]

    def __getitem__(self, name: str) -> Figure:
        return self.figures[name]

    @property
    def hourly_cost(self) -> Figure:
        return self.figures["cout_horaire"]

    @property
    def taken_over(self) -> Figure:
        """Share of the labour done by staff taken over from the previous holder, in percent."""
        return self.figures["personnel_repris"]

    @property
    def step(self) -> Figure:
        return self.figures["pas_heures"]

    @property
    def minimum_hours(self) -> Figure:
        return self.figures["heures_minimum"]

    @property
    def minimum_months(self) -> Figure:
        return self.figures["mois_minimum"]

    @property
    def full_time(self) -> Figure:
        """Hours of a full-time post in a year."""
        return self.figures["temps_plein"]

    def rates(self, family: str) -> Rates:
        """The rates of a family of trades; those of the diversification when it has none of its own."""
        name = family if f"taux_{family}_bas" in self.figures else _FALLBACK
        return Rates(*(self.figures[f"taux_{name}_{part}"] for part in ("bas", "central", "haut")))


def assumptions(overrides: Mapping[str, float]) -> Assumptions:
    """The figures of ``hours.yml``, some replaced by those of ``[heures]`` in ``veille.toml``.

    Raises DataFileError, one French sentence, on an unknown name, a value out of bounds or rates out of order.
    """
    figures, words = dict(_shipped()), hours_file()["words"]
    for name, value in overrides.items():
        figures[name] = Figure(_checked(name, value), str(words["own"]))
    _in_order(figures)
    return Assumptions(MappingProxyType(figures))


@cache
def defaults() -> Assumptions:
    """The figures as shipped."""
    return assumptions({})


@cache
def hours_file() -> dict[str, Any]:
    """``hours.yml``, its blocks checked."""
    required: dict[str, type] = {
        "figures": dict, "trades": dict, "frameworks": dict, "words": dict, "basis": dict, "lines": dict, "names": dict,
        "per": dict, "warnings": dict, "ask": dict, "instead": dict, "a_minima": list, "regulated": list,
        "optional": list, "or": str,
    }  # fmt: skip
    return only(read_yaml(_HOURS), _HOURS.name, required=required)


@cache
def _shipped() -> Mapping[str, Figure]:
    words, found = hours_file()["words"], {}
    for name in hours_file()["figures"]:
        entry = _entry(name)
        published = entry["status"] == "PUBLIE"
        found[name] = Figure(
            entry["value"], words["published"].format(source=entry["source"]) if published else words["hypothesis"]
        )
    return MappingProxyType(found)


def _entry(name: str) -> dict[str, Any]:
    shape = {"value": float, "from": float, "to": float, "status": str, "source": str}
    return only(hours_file()["figures"][name], f"{_HOURS.name}, figures.{name}", required=shape)


def _checked(name: str, value: Any) -> float:
    known = hours_file()["figures"]
    if name not in known:
        raise DataFileError(f"[heures] : clé « {name} » inconnue ; clés admises : {', '.join(sorted(known))}.")
    low, high = _entry(name)["from"], _entry(name)["to"]
    number = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    if not number or not low <= value <= high:
        raise DataFileError(f"[heures] : « {name} » vaut {value!r}, un nombre de {low} à {high} est attendu.")
    return float(value)


def _in_order(figures: Mapping[str, Figure]) -> None:
    """Raises DataFileError when the low figure of a range is above the high one."""
    for name in figures:
        if not name.endswith("_bas"):
            continue
        stem = name.removesuffix("_bas")
        parts = [f"{stem}_{part}" for part in ("bas", "central", "haut") if f"{stem}_{part}" in figures]
        values = [figures[part].value for part in parts]
        if values != sorted(values):
            raise DataFileError(f"[heures] : « {' ≤ '.join(parts)} » est attendu, corrigez l'une des valeurs.")
