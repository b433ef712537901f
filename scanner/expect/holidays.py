"""Is a notice to be expected on that day? French public holidays, those that follow Easter included."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from scanner.datafile import only, read_yaml, texts

_FILE = Path(__file__).with_name("holidays.yml")


def easter(year: int) -> date:
    """Easter Sunday of a Gregorian ``year`` (anonymous algorithm, Meeus, « Astronomical Algorithms », chapter 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    j = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * j) // 451
    month, day = divmod(h + j - 7 * m + 114, 31)
    return date(year, month, day + 1)


def public_holiday(day: date) -> bool:
    """Whether ``day`` is a public holiday in all of France. DataFileError when ``holidays.yml`` cannot be trusted."""
    entry = _holidays()
    return listed(day, entry["fixed"], entry["after_easter"])


def listed(day: date, fixed: tuple[str, ...], after_easter: tuple[int, ...]) -> bool:
    """Whether ``day`` is one of ``fixed`` (« 05-01 ») or so many days after Easter."""
    return f"{day:%m-%d}" in fixed or day in {easter(day.year) + timedelta(days=n) for n in after_easter}


@cache
def _holidays() -> dict[str, Any]:
    shape = {"source": str, "status": str, "checked": str, "fixed": list, "after_easter": list}
    entry = only(read_yaml(_FILE), _FILE.name, shape)
    return {"fixed": texts(entry["fixed"], f"{_FILE.name} « fixed »"), "after_easter": tuple(entry["after_easter"])}
