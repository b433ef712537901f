"""How many contracts and lots of a year carry what? A pure counting of contracts already read.

Rules, told on the page as well: a contract is a tender, counted in the year of its first notice; the reading that
counts is that of its latest call; a tender without a call is set aside by name. A lot is in one row of an exclusive
table; a contract is in each row that one of its lots is in. What is unknown has a row of its own. Hours are added
within one unit, as written: a contract that states a total and its detail by lot gives its total.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from scanner.datafile import only, read_yaml, texts
from scanner.finding import LABELS, RESERVED, STATUSES
from scanner.year import Contract, Counts, Hours, Line, Observatory, Span, Stated, Table, YearLot

_RULES = Path(__file__).with_name("observatory.yml")
Keys = Callable[[Contract, YearLot], Sequence[str]]


def observatory(
    year: int, now: Sequence[Contract], before: Sequence[Contract], spans: tuple[Span, Span]
) -> Observatory:
    """The figures of ``year`` beside those of the year before; ``spans`` tell what is held of each, in that order."""
    counted, earlier = _counted(now), _counted(before)
    claused = [contract for contract in counted if any(map(_is_claused, contract.lots))]
    silent = [contract for contract in claused if not contract.hours]
    return Observatory(
        year=year,
        total=_line("", _pairs(counted), _pairs(earlier), bool(earlier)),
        tables=tuple(_table(cut, counted, earlier) for cut in CUTS),
        hours=tuple(_hours(counted, earlier)),
        silent=len(silent),
        shares=sum(contract.percent for contract in silent),
        cancelled=sum(contract.cancelled for contract in counted),
        aside=tuple((stage, n) for stage in ("announced", "uncalled") if (n := sum(c.stage == stage for c in now))),
        span=spans[0],
        before=spans[1],
        alike=alike(year, *spans),
    )


def alike(year: int, now: Span, before: Span) -> bool:
    """Whether both years are held for about the same days: else a difference may only be one of holding."""
    if now.since is None or now.until is None or before.since is None or before.until is None:
        return False
    apart = _rules()["days_apart"]
    starts = abs((now.since - date(year, 1, 1)) - (before.since - date(year - 1, 1, 1)))
    ends = abs((now.until - date(year, 1, 1)) - (before.until - date(year - 1, 1, 1)))
    return bool(max(starts, ends).days <= apart)


# -- cuts: in which rows of a table is a lot? ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cut:
    """A table: ``keys`` of a lot's rows ("" = unknown, none = outside the table); ``order`` of its rows."""

    name: str
    keys: Keys
    order: tuple[str, ...] = ()
    exclusive: bool = True


def _status(_: Contract, lot: YearLot) -> Sequence[str]:
    return (lot.status,)


def _devices(_: Contract, lot: YearLot) -> Sequence[str]:
    optional = ("clause_insertion_facultative",) if lot.status == "facultatif" else ()
    return tuple(dict.fromkeys((*lot.labels, *optional)))


def _reserved(_: Contract, lot: YearLot) -> Sequence[str]:
    """The first category that holds, in the order of the labels; none for a lot that is not reserved."""
    kinds = [label for label in lot.labels if label in RESERVED]
    return (kinds[0] if kinds else "",) if lot.status == "reserve" else ()


def _works(_: Contract, lot: YearLot) -> Sequence[str]:
    code = lot.cpv[0] if lot.cpv else lot.segment.segment.prefix if lot.segment else ""
    return (("travaux" if code.startswith(_rules()["works"]) else "autres") if code else "",)


def _family(_: Contract, lot: YearLot) -> Sequence[str]:
    return (lot.segment.segment.family if lot.segment else "",)


def _trade(_: Contract, lot: YearLot) -> Sequence[str]:
    return (lot.segment.segment.label if lot.segment else "",)


def _women(_: Contract, lot: YearLot) -> Sequence[str]:
    publics = set(lot.segment.segment.publics) if lot.segment else set()
    rules = _rules()
    if publics & rules["women"]:
        return ("femmes",)
    if publics & rules["everyone"]:
        return ("tous",)
    return ("autres",) if publics - rules["undefined"] else ("",)


def _buyer(contract: Contract, _: YearLot) -> Sequence[str]:
    return (contract.buyer_kind,)


def _departement(contract: Contract, _: YearLot) -> Sequence[str]:
    return contract.departements or ("",)


CUTS = (
    Cut("statuts", _status, STATUSES),
    Cut("dispositifs", _devices, LABELS, exclusive=False),
    Cut("reserves", _reserved, tuple(label for label in LABELS if label in RESERVED)),
    Cut("btp", _works, ("travaux", "autres")),
    Cut("familles", _family),
    Cut("metiers", _trade),
    Cut("femmes", _women, ("femmes", "tous", "autres")),
    Cut("acheteurs", _buyer),
    Cut("departements", _departement, exclusive=False),
)


# -- counting ------------------------------------------------------------------------------------------------------

Pairs = list[tuple[Contract, YearLot]]


def _counted(contracts: Iterable[Contract]) -> list[Contract]:
    return [contract for contract in contracts if contract.stage == "call"]


def _pairs(contracts: Iterable[Contract]) -> Pairs:
    return [(contract, lot) for contract in contracts for lot in contract.lots]


def _table(cut: Cut, now: Sequence[Contract], before: Sequence[Contract]) -> Table:
    rows, earlier = _grouped(cut, now), _grouped(cut, before)
    rank = {key: place for place, key in enumerate(cut.order)}
    keys = sorted(
        {*rows, *earlier},
        key=lambda key: (key == "", rank.get(key, len(rank)), 0 if rank else -len(rows.get(key, ())), key),
    )
    if cut.name == "departements":
        keys.sort(key=lambda key: (key == "", key))
    lines = (_line(key, rows.get(key, []), earlier.get(key, []), bool(before)) for key in keys)
    return Table(cut.name, tuple(lines), cut.exclusive)


def _grouped(cut: Cut, contracts: Iterable[Contract]) -> dict[str, Pairs]:
    found: dict[str, Pairs] = {}
    for contract, lot in _pairs(contracts):
        for key in cut.keys(contract, lot):
            found.setdefault(key, []).append((contract, lot))
    return found


def _line(key: str, now: Pairs, before: Pairs, compared: bool) -> Line:
    return Line(key, counts(now), counts(before) if compared else None)


def counts(pairs: Pairs) -> Counts:
    """The contracts and lots of ``pairs``, each contract once."""
    reserved = [contract.tender for contract, lot in pairs if lot.status == "reserve"]
    claused = [contract.tender for contract, lot in pairs if _is_claused(lot)]
    return Counts(
        contracts=len({contract.tender for contract, _ in pairs}),
        lots=len(pairs),
        reserved_contracts=len(set(reserved)),
        reserved=len(reserved),
        claused_contracts=len(set(claused)),
        claused=len(claused),
        unread=sum(lot.status == "non_lu" for _, lot in pairs),
    )


def _is_claused(lot: YearLot) -> bool:
    return lot.status in ("clause", "objet_insertion")


# -- hours ---------------------------------------------------------------------------------------------------------

Unit = tuple[str, str, bool]


def _hours(now: Sequence[Contract], before: Sequence[Contract]) -> list[Hours]:
    """One row a kind of hours, unit and firmness: they never mix."""
    said, earlier = _added(now), _added(before)
    return [
        Hours(*unit, *said.get(unit, (0, 0.0)), before=earlier.get(unit, (0, 0.0)) if before else None)
        for unit in sorted({*said, *earlier}, key=lambda unit: (unit[0] != "insertion", not unit[2], unit))
    ]


def _added(contracts: Iterable[Contract]) -> dict[Unit, tuple[int, float]]:
    found: dict[Unit, tuple[int, float]] = {}
    for contract in contracts:
        for unit, total in stated(contract.hours).items():
            number, known = found.get(unit, (0, 0.0))
            found[unit] = (number + 1, known + total)
    return found


def stated(hours: Iterable[Stated]) -> dict[Unit, float]:
    """Hours by (kind, unit, firmness); what is said of the whole contract stands for the detail by lot."""
    kinds = {label: kind for kind, labels in _rules()["hours"].items() for label in labels}
    units: dict[Unit, list[Stated]] = {}
    for one in hours:
        units.setdefault((kinds[one.label], one.per, one.firm), []).append(one)
    return {unit: sum(one.value for one in ([w for w in said if not w.lots] or said)) for unit, said in units.items()}


@cache
def _rules() -> dict[str, Any]:
    kinds = {"works": str, "women": list, "everyone": list, "undefined": list, "hours": dict, "days_apart": int}
    content = only(read_yaml(_RULES), _RULES.name, kinds)
    hours = only(content["hours"], f"{_RULES.name}, hours", {"insertion": list, "formation": list})
    return content | {
        **{name: frozenset(texts(content[name], _RULES.name)) for name in ("women", "everyone", "undefined")},
        "hours": {kind: texts(labels, _RULES.name) for kind, labels in hours.items()},
    }
