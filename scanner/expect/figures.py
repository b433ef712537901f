"""What is usual of a source? The ``expect:`` block of its ``spiders/<name>.yml``: counts, rates, closed days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scanner.datafile import DataFileError, only, texts
from scanner.source import Source

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
FIELDS = ("deadline", "cpv", "buyer", "read")


@dataclass(frozen=True, slots=True)
class Range:
    """Under ``least``, something is broken; outside [``low``, ``high``], it is unusual. None: not known."""

    least: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """The share of the notices of these ``kinds`` (all when empty) where a field is filled, from 0 to 1."""

    field: str
    kinds: frozenset[str]
    share: Range


@dataclass(frozen=True, slots=True)
class Figures:
    """What is known of a source; empty where nothing is. ``days`` go from Monday to Sunday, in notices announced.

    ``closed`` and ``closed_easter``: days without publication beside public holidays. ``enough``: the number of notices
    under which no share is judged.
    """

    days: tuple[Range, ...] = ()
    week: Range = Range()
    closed: tuple[str, ...] = ()
    closed_easter: tuple[int, ...] = ()
    families: tuple[str, ...] = ()
    rates: tuple[Rate, ...] = ()
    enough: int = 20


def figures(source: Source) -> Figures:
    """The figures of ``source``. DataFileError naming the key that is wrong."""
    where = f"{source.name}.yml, expect"
    counts, rates = source.expect.get("counts"), source.expect.get("rates")
    told = only(
        counts if counts is not None else {"basis": ""},
        f"{where}.counts",
        {"basis": str},
        {"days": dict, "week": dict, "closed": list, "closed_easter": list, "families": list},
    )
    shares = only(
        rates if rates is not None else {"basis": ""},
        f"{where}.rates",
        {"basis": str},
        {"enough": int, **dict.fromkeys(FIELDS, dict)},
    )
    days = only(told["days"], f"{where}.counts.days", dict.fromkeys(DAYS, dict)) if "days" in told else {}
    return Figures(
        days=tuple(_range(days[day], f"{where}.counts.days.{day}") for day in DAYS if days),
        week=_range(told.get("week", {}), f"{where}.counts.week"),
        closed=texts(told.get("closed", []), f"{where}.counts.closed"),
        closed_easter=tuple(told.get("closed_easter", ())),
        families=texts(told.get("families", []), f"{where}.counts.families"),
        rates=tuple(_rate(field, shares[field], f"{where}.rates.{field}") for field in FIELDS if field in shares),
        enough=shares.get("enough", 20),
    )


def _rate(field: str, entry: dict[str, Any], where: str) -> Rate:
    kinds = texts(entry.get("kinds", []), f"{where}.kinds")
    rest = {key: value for key, value in entry.items() if key != "kinds"}
    return Rate(field, frozenset(kinds), _range(rest, where))


def _range(entry: Mapping[str, Any], where: str) -> Range:
    told = only(entry, where, {}, {"min": float, "usual": list})
    usual = told.get("usual", [None, None])
    if len(usual) != 2 or not all(isinstance(bound, (int, float, type(None))) for bound in usual):
        raise DataFileError(f"{where} : « usual » est une paire [le moins, le plus].")
    return Range(told.get("min"), *usual)
