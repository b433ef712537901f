"""What changed between two states of a tender? A pure comparison, social content first, and its French sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from functools import cache
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from scanner.datafile import only, read_yaml
from scanner.finding import LABELS, RESERVED, Classification, Finding, Hours, Percent
from scanner.notice import Lot

PARIS = ZoneInfo("Europe/Paris")
_FILE = Path(__file__).with_name("change.yml")
_SECTIONS = {
    "withdrawn": list, "old": list, "new": list, "hours": list, "devices": dict, "reserved": dict, "per": dict,
}  # fmt: skip

ChangeKind = Literal[
    "reserved", "unreserved", "added", "removed", "reading", "hours", "percent", "lot_added", "lot_removed", "deadline",
]  # fmt: skip
#: Changes of the social content: what a reader must see first.
SOCIAL: frozenset[str] = frozenset({"reserved", "unreserved", "added", "removed", "reading", "hours", "percent"})


@dataclass(frozen=True, slots=True)
class State:
    """What a tender says at one moment: the reading, the lots and the deadline in force."""

    reading: Classification | None
    lots: tuple[Lot, ...] = ()
    deadline: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One change: ``before`` and ``after`` are French words, empty for nothing. ``lots`` empty: the whole contract."""

    kind: ChangeKind
    lots: tuple[str, ...]
    label: str
    before: str
    after: str

    @property
    def social(self) -> bool:
        return self.kind in SOCIAL


@dataclass(frozen=True, slots=True)
class _Device:
    reading: str
    hours: frozenset[Hours]
    percent: frozenset[Percent]


def changes(before: State, after: State) -> tuple[Change, ...]:
    """What ``after`` says that ``before`` did not, and the reverse: devices by lot, then lots, then the deadline.

    Lots are compared one by one, what is said of the whole contract being said of each: a clause that moves from
    the whole to all of its lots has not changed. Nothing is said of the devices when one side was not read.
    """
    found = list(_devices(before, after)) if before.reading and after.reading else []
    found += _lots(before, after)
    if before.deadline != after.deadline and (before.deadline or after.deadline):
        found.append(Change("deadline", (), "", _instant(before.deadline), _deadline(before.deadline, after.deadline)))
    return tuple(found)


def told(change: Change) -> str:
    """The change as a French sentence without its final stop."""
    where = f" ({_named(change.lots)})" if change.lots else ""
    name = str(words()["devices"].get(change.label, ""))
    feminine = name.startswith(("clause", "condition"))
    match change.kind:
        case "reserved":
            subject = f"{_named(change.lots)} désormais" if change.lots else "marché désormais"
            was = f" (auparavant {change.before})" if change.before else ""
            return f"{subject} réservé{'s' if len(change.lots) > 1 else ''} {change.after}{was}"
        case "unreserved":
            return f"réservation retirée : auparavant réservé {change.before}{where}"
        case "added" | "removed":
            verb = ("ajouté" if change.kind == "added" else "retiré") + ("e" if feminine else "")
            detail = f", {change.after}" if change.after else ""
            if name.startswith("clause"):
                return f"clause {verb} : {name}{detail}{where}"
            return f"{name} {verb}{detail}{where}"
        case "reading":
            return f"{name or 'réservation'} : {change.before} → {change.after}{where}"
        case "hours":
            noun = (
                "heures de formation ou de stage" if change.label == "clause_formation_stage" else "heures d'insertion"
            )
            return f"{noun} : {change.before} → {change.after}{where}"
        case "percent":
            return f"{name or 'part'} : {change.before} → {change.after}{where}"
        case "lot_added":
            return f"lot {change.lots[0]} ajouté" + (f" : {change.after}" if change.after else "")
        case "lot_removed":
            return f"lot {change.lots[0]} retiré" + (f" : {change.before}" if change.before else "")
        case "deadline":
            return f"date limite {change.after}" + (f" (auparavant le {change.before})" if change.before else "")


@cache
def words() -> Mapping[str, Any]:
    """The content of ``change.yml``. DataFileError when it cannot be trusted."""
    content: dict[str, Any] = only(read_yaml(_FILE), _FILE.name, _SECTIONS)
    return content


def devices_of(reading: Classification, number: str | None) -> tuple[Finding, ...]:
    """The findings in force for a lot: its own and those of the whole contract that do not except it."""
    lot, whole = reading.lot(number), reading.lot(None)
    own = lot.findings if lot else ()
    shared = whole.findings if whole and number is not None else ()
    return (*own, *(finding for finding in shared if f"SAUF_LOT_{number}" not in finding.notes))


def _devices(before: State, after: State) -> Iterator[Change]:
    assert before.reading and after.reading
    numbers = list(dict.fromkeys(lot.number for reading in (before.reading, after.reading) for lot in reading.lots))
    kept = [number for number in numbers if number is not None and not _lot_moved(number, before, after)]
    grouped: dict[tuple[str, str, str, str], list[str]] = {}
    compared: list[str | None] = [*kept] if kept else [None]
    for number in compared:
        old, new = _by_label(devices_of(before.reading, number)), _by_label(devices_of(after.reading, number))
        for change in _compared(old, new):
            grouped.setdefault(change, []).extend([number] if number is not None else [])
    order = {kind: rank for rank, kind in enumerate(("reserved", "unreserved", "added", "removed"))}
    for (kind, label, was, now), lots in sorted(grouped.items(), key=lambda one: (order.get(one[0][0], 9), one[0])):
        everywhere = len(kept) > 1 and len(lots) == len(kept)
        yield Change(kind, () if everywhere else tuple(lots), label, was, now)  # type: ignore[arg-type]


def _lot_moved(number: str, before: State, after: State) -> bool:
    """Whether a lot was added or removed with the notice itself: its devices come or go with it."""
    sides = [{lot.number for lot in state.lots} for state in (before, after)]
    return all(sides) and (number in sides[0]) != (number in sides[1])


def _by_label(findings: Iterable[Finding]) -> dict[str, _Device]:
    """The devices affirmed or conditional; an affirmed one hides a conditional one, figures of both are kept."""
    found: dict[str, _Device] = {}
    for one in findings:
        if one.reading != "denied" and not one.proposed:
            known = found.get(one.label, _Device(one.reading, frozenset(), frozenset()))
            reading = "affirmed" if "affirmed" in (known.reading, one.reading) else "conditional"
            found[one.label] = _Device(reading, known.hours | set(one.hours), known.percent | set(one.percent))
    return found


def _compared(old: Mapping[str, _Device], new: Mapping[str, _Device]) -> Iterator[tuple[str, str, str, str]]:
    """(kind, label, before, after) for one lot."""
    was, now = _reserved(old), _reserved(new)
    if was != now and now:
        yield "reserved", "", was, now
    elif was != now:
        yield "unreserved", "", was, ""
    for label in (label for label in LABELS if label not in RESERVED):
        if label in new and label not in old:
            yield "added", label, "", _figures(new[label])
        elif label in old and label not in new:
            yield "removed", label, "", ""
        elif label in old:
            if old[label].reading != new[label].reading:
                yield "reading", label, _firm(old[label]), _firm(new[label])
            if old[label].hours != new[label].hours:
                yield "hours", label, _hours(old[label].hours), _hours(new[label].hours)
            if old[label].percent != new[label].percent:
                yield "percent", label, _percent(old[label].percent), _percent(new[label].percent)


def _reserved(devices: Mapping[str, _Device]) -> str:
    """For whom: the most precise category; a conditional reservation says so."""
    label = next((label for label in LABELS if label in devices and label in RESERVED), "")
    if not label:
        return ""
    return str(words()["reserved"][label]) + ("" if devices[label].reading == "affirmed" else " (sous condition)")


def _firm(device: _Device) -> str:
    return "ferme" if device.reading == "affirmed" else "facultative ou conditionnelle"


def _figures(device: _Device) -> str:
    parts = [f"{_hours(device.hours)} heures"] if device.hours else []
    return ", ".join(parts + ([_percent(device.percent)] if device.percent else []))


def _hours(hours: Iterable[Hours]) -> str:
    parts = sorted(hours, key=lambda one: (one.per, one.value))
    return " + ".join(_figure(one.value) + str(words()["per"].get(one.per, "")) for one in parts) or "non précisées"


def _percent(percent: Iterable[Percent]) -> str:
    return " + ".join(f"{_figure(one.value)} %" for one in sorted(percent, key=lambda one: one.value)) or "non précisée"


def _figure(value: float) -> str:
    """A French figure: ``1 200``, ``7,5``."""
    return f"{value:,.2f}".rstrip("0").rstrip(".").replace(",", "\u202f").replace(".", ",")


def _lots(before: State, after: State) -> Iterator[Change]:
    old, new = ({lot.number: lot.title for lot in state.lots} for state in (before, after))
    if not old or not new:
        return
    for number in new:
        if number not in old:
            yield Change("lot_added", (number,), "", "", _line(new[number]))
    for number in old:
        if number not in new:
            yield Change("lot_removed", (number,), "", _line(old[number]), "")


def _line(text: str, width: int = 100) -> str:
    text = " ".join(text.split())
    return text if len(text) <= width else text[:width].rsplit(" ", 1)[0] + " …"


def _named(numbers: tuple[str, ...]) -> str:
    if len(numbers) == 1:
        return f"lot {numbers[0]}"
    return f"lots {', '.join(numbers[:-1])} et {numbers[-1]}"


def _deadline(before: datetime | None, after: datetime | None) -> str:
    if after is None:
        return "modifiée, illisible ici : ouvrez l'avis"
    verb = "fixée" if before is None else "repoussée" if after > before else "avancée"
    return f"{verb} au {_instant(after)}"


def _instant(moment: datetime | None) -> str:
    """``17/12/2026 à 12 h 00``, Paris time; the day alone at midnight."""
    if moment is None:
        return ""
    local = moment.astimezone(PARIS)
    return local.strftime("%d/%m/%Y") if local.time() == time(0) else local.strftime("%d/%m/%Y à %H h %M")


@cache
def pattern(section: str) -> re.Pattern[str]:
    """The phrases of a section as one pattern, for folded text."""
    phrases = sorted(words()[section], key=len, reverse=True)
    return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(map(re.escape, phrases))})(?![a-z])")
