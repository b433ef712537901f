"""How well is the text read? Labelled notices and labelled passages against the classifier."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from nlp.classify import classify
from nlp.report import read_notice
from scanner.finding import LABELS, RESERVED, Classification, Finding
from scanner.notice import Notice, lot_number

DEVICE = "tout dispositif"
RESERVATION = "réservation (toutes)"
_NEITHER = frozenset({"negatif", "confuseur"})


@dataclass
class Evaluation:
    """Counts per label, lot attachment, hours, confusion of reserved kinds, and the misses one by one."""

    name: str
    size: int = 0
    right: Counter[str] = field(default_factory=Counter)
    extra: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    lots: list[int] = field(default_factory=lambda: [0, 0])
    hours: list[int] = field(default_factory=lambda: [0, 0])
    confusion: Counter[tuple[str, str]] = field(default_factory=Counter)
    misses: list[str] = field(default_factory=list)

    def precision(self, label: str) -> float:
        return _ratio(self.right[label], self.right[label] + self.extra[label])

    def recall(self, label: str) -> float:
        return _ratio(self.right[label], self.right[label] + self.missed[label])

    def f1(self, label: str) -> float:
        return _ratio(2 * self.right[label], 2 * self.right[label] + self.extra[label] + self.missed[label])

    @property
    def lot_attachment(self) -> float:
        return _ratio(*self.lots)

    @property
    def hours_right(self) -> float:
        return _ratio(*self.hours)

    def count(self, expected: frozenset[str], found: frozenset[str]) -> None:
        """Add one unit: labels expected and labels found."""
        self.size += 1
        groups = ((DEVICE, frozenset(LABELS)), (RESERVATION, RESERVED), *((one, frozenset({one})) for one in LABELS))
        for name, members in groups:
            want, got = bool(expected & members), bool(found & members)
            self.right[name] += want and got
            self.extra[name] += got and not want
            self.missed[name] += want and not got
        for want_kind in expected & RESERVED:
            for got_kind in found & RESERVED or {"aucune"}:
                self.confusion[want_kind, got_kind] += 1

    def table(self) -> list[str]:
        """The lines of the report, in French."""
        lines = [f"{self.name} : {self.size} unités", f"{'':30}précision  rappel     F1   (justes/en trop/manqués)"]
        for name in (DEVICE, RESERVATION, *LABELS):
            if self.right[name] + self.extra[name] + self.missed[name]:
                lines.append(
                    f"{name:30}{self.precision(name):9.3f}{self.recall(name):8.3f}{self.f1(name):7.3f}"
                    f"   ({self.right[name]}/{self.extra[name]}/{self.missed[name]})"
                )
        if self.lots[1]:
            lines.append(f"rattachement aux lots : {self.lot_attachment:.3f} ({self.lots[0]}/{self.lots[1]})")
        if self.hours[1]:
            lines.append(f"heures : {self.hours_right:.3f} ({self.hours[0]}/{self.hours[1]})")
        mixed = {pair: count for pair, count in sorted(self.confusion.items()) if pair[0] != pair[1]}
        lines += [f"confusion : {want} lu {got} : {count}" for (want, got), count in mixed.items()]
        return lines


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def evaluate_passages(path: Path) -> Evaluation:
    """Passages of a TSV ``text label kind source``: affirmed and conditional labels against the expected ones."""
    result = Evaluation(path.name)
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE):
            expected = frozenset(row["label"].split("|")) - _NEITHER
            found = labels_of(passage_notice(row["text"], _field_of(expected, row)))
            result.count(expected, found)
            if expected != found:
                result.misses.append(f"{sorted(expected)} lu {sorted(found)} : {row['text']}")
    return result


def passage_notice(text: str, name: str = "conditions") -> Notice:
    """A notice that holds one passage."""
    return read_notice(
        {
            "id": "passage:1", "source": "passage", "kind": "call", "published": date(2026, 1, 1).isoformat(),
            "title": "", "passages": [{"field": name, "lot": None, "text": text}],
        }
    )  # fmt: skip


def _field_of(expected: frozenset[str], row: Mapping[str, str]) -> str:
    """Where the source says the passage stood: criteria come from the criteria block, the rest from the conditions."""
    where = row["source"].lower()
    return "criteria" if "critere" in where or "d_06" in where or "critère" in where else "conditions"


def labels_of(notice: Notice) -> frozenset[str]:
    """Labels affirmed or conditional anywhere in the notice, as shown (hidden ones left out)."""
    return frozenset(one.label for _, one in _positive(classify(notice)))


def _positive(read: Classification) -> Iterable[tuple[str | None, Finding]]:
    for lot in read.lots:
        for one in lot.findings:
            if one.reading != "denied" and not one.proposed:
                yield lot.number, one


def evaluate_notices(path: Path, *, unsure: bool = False) -> Evaluation:
    """Labelled notices (JSON lines, gzip allowed); those marked ``"sure": false`` only with ``unsure``."""
    result = Evaluation(path.name)
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as stream:
        for line in stream:
            obj = json.loads(line)
            if obj.get("sure", True) is not unsure:
                _score(obj, result)
    return result


def _score(obj: Mapping[str, Any], result: Evaluation) -> None:
    read = classify(read_notice(obj))
    gold: dict[str | None, set[str]] = {}
    for key, labels in obj["gold"].items():
        gold.setdefault(None if key == "*" else lot_number(key), set()).update(labels)
    found: dict[str | None, set[str]] = {}
    for number, one in _positive(read):
        found.setdefault(number, set()).add(one.label)
    expected = frozenset(label for labels in gold.values() for label in labels)
    got = frozenset(label for labels in found.values() for label in labels)
    result.count(expected, got)
    if expected != got:
        result.misses.append(f"{obj['id']} {sorted(expected)} lu {sorted(got)}")
    known: set[str | None] = {*(lot.number for lot in read.lots), *gold} - {None}
    excepted: set[str | None] = {lot_number(number) for number in obj.get("not", ())}
    for label in sorted(expected & got):
        want, have = _spread(gold, label, known - excepted), _spread(found, label, known - _left_out(read, label))
        result.lots[1] += 1
        result.lots[0] += want == have
        if want != have:
            result.misses.append(f"{obj['id']} lots de {label} : {sorted(map(str, want))} lu {sorted(map(str, have))}")
    _score_hours(obj, read, result)


def _spread(by_lot: Mapping[str | None, set[str]], label: str, known: set[str | None]) -> set[str | None]:
    numbers = {number for number, labels in by_lot.items() if label in labels}
    if None in numbers:
        return (numbers - {None}) | known if known else {None}
    return numbers


def _left_out(read: Classification, label: str) -> set[str | None]:
    """The lots that an exception takes out of what is said of the whole notice (notes ``SAUF_LOT_…``)."""
    notes = {note for one in read.lots[0].findings if one.label == label for note in one.notes}
    return {lot.number for lot in read.lots if f"SAUF_LOT_{lot.number}" in notes}


def _score_hours(obj: Mapping[str, Any], read: Classification, result: Evaluation) -> None:
    for unit in ("hours", "percent"):
        for key, value in obj.get(unit, {}).items():
            number = None if key == "*" else lot_number(key)
            want = float(str(value).partition("/")[0])
            lot = read.lot(number)
            findings = list(lot.findings if lot else ())
            if number is not None and read.lot(None):
                findings += [one for one in read.lots[0].findings]
            stated = [q.value for one in findings for q in (one.hours if unit == "hours" else one.percent)]
            good = want in stated or want == sum(dict.fromkeys(stated)) or want == sum(stated)
            if unit == "hours":
                result.hours[1] += 1
                result.hours[0] += good
            if not good:
                result.misses.append(f"{obj['id']} {unit} du lot {key} : {value} lu {stated}")
