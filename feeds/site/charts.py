"""What do the figures of a week look like? Bars, map in tiles, trend: geometry and words, drawn by the templates.

Every figure is also in the table that goes with its picture. Units of the pictures are those of their own SVG.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from feeds import digest
from feeds.entry import word
from feeds.site import slugs
from feeds.site.shelf import Entry, trade
from feeds.site.words import family, words
from scanner.datafile import DataFileError
from scanner.edition import Edition, Item, ItemLot
from scanner.pages import Week

_ANNOUNCED = ("call", "planning", "rectification", "other")
_CELL, _HEIGHT, _BAR = 40, 130, 16


@dataclass(frozen=True, slots=True)
class Bar:
    """One row: ``share`` is percent of the whole, rounded; ``width`` is percent of the widest row."""

    label: str
    count: int
    share: int
    width: int


@dataclass(frozen=True, slots=True)
class Tile:
    """A département on the map; ``step`` is how dark it is, 0 for none; ``page`` is empty when it has none."""

    code: str
    name: str
    count: int
    step: int
    x: int
    y: int
    page: str


@dataclass(frozen=True, slots=True)
class Column:
    """One bar of the trend; ``rank`` is that of its status."""

    rank: int
    count: int
    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Trend:
    """Some weeks side by side: ``rows`` are the counts by week, ``columns`` the bars, ``width`` that of the picture."""

    statuses: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int, ...]], ...]
    columns: tuple[Column, ...]
    labels: tuple[tuple[str, int], ...]
    width: int
    height: int = _HEIGHT


def devices(edition: Edition) -> tuple[Bar, ...]:
    """The lots announced in the period by status, in the order of what binds most."""
    counted = Counter(lot.status for lot in _lots(edition))
    return _bars([(word("statuses", name), counted[name]) for name in words()["statuses"]])


def families(edition: Edition) -> tuple[Bar, ...]:
    """The lots announced in the period by family of trades; the trades that are not known are a row too."""
    counted = Counter(segment.family if (segment := trade(lot)) else "" for lot in _lots(edition))
    return _bars([(family(name), counted[name]) for name in dict.fromkeys([*words()["families"], *sorted(counted)])])


def tiles(entries: Iterable[Entry], pages: Iterable[str]) -> tuple[Tile, ...]:
    """Every département of the map with the number of tenders listed there; those of ``pages`` have a page."""
    counted = Counter(code for entry in entries for code in entry.item.departements)
    known = set(pages)
    return tuple(
        Tile(
            code,
            word("departements", code),
            counted[code],
            _step(counted[code]),
            column * _CELL,
            row * _CELL,
            slugs.departement(code) if code in known else "",
        )
        for code, column, row in grid()
    )


def trend(weeks: tuple[Week, ...]) -> Trend | None:
    """The trend over ``weeks``, oldest first; None while a single one is known."""
    if len(weeks) < 2:
        return None
    names = tuple(words()["trend"])
    rows = tuple((week.week, tuple(dict(week.lots).get(name, 0) for name in names)) for week in weeks)
    most = max(1, *(count for _, counts in rows for count in counts))
    group = _BAR * len(names) + 24
    columns = tuple(
        Column(rank, count, at * group + 12 + rank * _BAR, _HEIGHT - (height := round(count / most * 100)), height)
        for at, (_, counts) in enumerate(rows)
        for rank, count in enumerate(counts)
    )
    labels = tuple((f"S{week.partition('-W')[2]}", at * group + group // 2) for at, (week, _) in enumerate(rows))
    return Trend(tuple(word("statuses", name) for name in names), rows, columns, labels, group * len(rows))


@cache
def grid() -> tuple[tuple[str, int, int], ...]:
    """(code, column, row) of each département on the map. Raises DataFileError when two share a tile."""
    path = Path(__file__).with_name("tiles.tsv")
    with path.open(encoding="utf-8") as stream:
        lines = csv.DictReader((line for line in stream if not line.startswith("#")), delimiter="\t")
        found = tuple((line["code"], int(line["colonne"]), int(line["ligne"])) for line in lines)
    if len({place[1:] for place in found}) < len(found):
        raise DataFileError(f"{path.name} : deux départements sur la même case, déplacez-en un.")
    return found


def steps() -> tuple[str, ...]:
    """What each shade of the map means, in words."""
    least = [int(one) for one in words()["steps"]]
    upper = [f" à {after - 1}" if after - 1 > one else "" for one, after in pairwise(least)] + [" et plus"]
    return ("aucune", *(f"{one}{more}" for one, more in zip(least, upper, strict=True)))


def _bars(counts: list[tuple[str, int]]) -> tuple[Bar, ...]:
    whole, most = sum(count for _, count in counts), max((count for _, count in counts), default=0)
    return tuple(
        Bar(label, count, round(count / whole * 100), max(1, round(count / most * 100)))
        for label, count in counts
        if count
    )


def _step(count: int) -> int:
    return sum(count >= int(least) for least in words()["steps"])


def _lots(edition: Edition) -> list[ItemLot]:
    items = digest.of_the_week(edition).items
    return [lot for item in items if item.kind in _ANNOUNCED for lot in units(item)]


def units(item: Item) -> tuple[ItemLot, ...]:
    """The lots of a tender, each once: what is said of the whole is no lot of its own when there are lots."""
    numbered = tuple(lot for lot in item.lots if lot.number is not None)
    return numbered or item.lots
