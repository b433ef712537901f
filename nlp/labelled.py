"""What was this text labelled with? Labelled notices (JSON lines) and labelled passages (TSV), read strictly.

A line that cannot be read is told in one French sentence that names file and line; the others are read all the same.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlp.report import read_notice
from scanner.finding import LABELS
from scanner.notice import Notice, PassageField, lot_number

_COLUMNS = ("text", "label", "kind", "source")
_NEITHER = frozenset({"negatif", "confuseur"})
#: A number of hours or of percents, or a rate such as ``70/an``.
_AMOUNT = re.compile(r"([0-9]+(?:[.,][0-9]+)?)(?: ?/ ?[^\W\d]+)?")
_UNITS = {"hours": "heures", "percent": "part"}

#: Told of a line that is left out, or of a value that is.
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Amount:
    """A gold number of hours or of percents; ``lot`` None = the whole notice."""

    lot: str | None
    value: float


@dataclass(frozen=True, slots=True)
class Proof:
    """A gold quote. ``label`` is empty where the labeller gave only words; ``lots`` empty = the whole notice."""

    quote: str
    label: str = ""
    lots: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Labelled:
    """A notice and its gold: labels per lot (None = whole notice), lots excepted, amounts, quotes and denials.

    ``by_lot`` is False of a passage, whose labels say nothing of lots.
    """

    notice: Notice
    gold: Mapping[str | None, frozenset[str]]
    excepted: frozenset[str]
    hours: tuple[Amount, ...]
    percent: tuple[Amount, ...]
    quotes: tuple[Proof, ...]
    denied: tuple[Proof, ...]
    sure: bool = True
    by_lot: bool = True

    @property
    def labels(self) -> frozenset[str]:
        return frozenset(label for labels in self.gold.values() for label in labels)


def passage_notice(text: str, name: PassageField = "conditions") -> Notice:
    """A notice that holds one passage."""
    return read_notice(
        {
            "id": "passage:1", "source": "passage", "kind": "call", "published": "2026-01-01",
            "title": "", "passages": [{"field": name, "lot": None, "text": text}],
        }
    )  # fmt: skip


def read_labelled(path: Path, tell: Tell) -> Iterator[tuple[str, Labelled]]:
    """The labelled notices of a file, each with the words that name it; ``tell`` hears what is left out and why."""
    if path.suffix == ".tsv":
        yield from _passages(path, tell)
        return
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as stream:
        for number, line in enumerate(stream, 1):
            if not line.strip():
                continue
            where = f"{path}, ligne {number}"
            try:
                one = _labelled(json.loads(line), lambda said, where=where: tell(f"{where} : {said}"))  # type: ignore[misc]
            except json.JSONDecodeError as error:
                tell(f"{where} : JSON invalide au caractère {error.colno}, avis laissé de côté.")
            except ValueError as error:
                tell(f"{where} : {str(error).rstrip('.')} ; avis laissé de côté.")
            else:
                yield one.notice.id, one


def _passages(path: Path, tell: Tell) -> Iterator[tuple[str, Labelled]]:
    with path.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        absent = [name for name in _COLUMNS if name not in (rows.fieldnames or ())]
        if absent:
            tell(f"{path}, ligne 1 : colonne « {absent[0]} » absente ; colonnes attendues : {', '.join(_COLUMNS)}.")
            return
        for row in rows:
            where = f"{path}, ligne {rows.line_num}"
            if any(row[name] is None for name in _COLUMNS) or None in row:
                tell(f"{where} : {len(_COLUMNS)} colonnes attendues, passage laissé de côté.")
                continue
            try:
                labels = _labels([name for name in row["label"].split("|") if name not in _NEITHER], "label")
            except ValueError as error:
                tell(f"{where} : {error} ; passage laissé de côté.")
                continue
            notice = passage_notice(row["text"], _field_of(row["source"]))
            proof = (Proof(row["text"]),)
            one = Labelled(notice, {None: labels}, frozenset(), (), (), proof, (), by_lot=False)
            yield f"{path.name}:{rows.line_num}", one


def _field_of(source: str) -> PassageField:
    """Where the source says the passage stood: criteria come from the criteria block, the rest from the conditions."""
    where = source.lower()
    return "criteria" if "critere" in where or "d_06" in where or "critère" in where else "conditions"


def _labelled(obj: Any, tell: Tell) -> Labelled:
    if not isinstance(obj, dict):
        raise ValueError("un objet JSON est attendu")
    notice = read_notice(obj)
    sure = obj.get("sure", True)
    if not isinstance(sure, bool):
        raise ValueError("« sure » vaut true ou false")
    if "gold" not in obj:
        raise ValueError("« gold » manque")
    gold: dict[str | None, frozenset[str]] = {}
    for key, labels in _object(obj, "gold").items():
        gold[_lot(key)] = gold.get(_lot(key), frozenset()) | _labels(labels, f"gold du lot « {key} »")
    return Labelled(
        notice, gold, frozenset(lot_number(str(lot)) for lot in _list(obj, "not")),
        tuple(_amounts(obj, "hours", tell)), tuple(_amounts(obj, "percent", tell)),
        tuple(_proofs(obj, "gold_quotes")), tuple(_proofs(obj, "gold_denied")), sure,
    )  # fmt: skip


def _object(obj: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = {} if obj.get(key) is None else obj[key]
    if not isinstance(value, dict):
        raise ValueError(f'« {key} » est un objet par lot, par exemple {{"*": …}}')
    return value


def _list(obj: Mapping[str, Any], key: str) -> list[Any]:
    value = [] if obj.get(key) is None else obj[key]
    if not isinstance(value, list):
        raise ValueError(f"« {key} » est une liste")
    return value


def _lot(key: str) -> str | None:
    return None if key == "*" else lot_number(key)


def _labels(labels: Any, where: str) -> frozenset[str]:
    if not isinstance(labels, list):
        raise ValueError(f"{where} : une liste de dispositifs est attendue")
    for label in labels:
        if label not in LABELS:
            raise ValueError(f"{where} : dispositif « {label} » inconnu")
    return frozenset(labels)


def _amounts(obj: Mapping[str, Any], unit: str, tell: Tell) -> Iterator[Amount]:
    for key, value in _object(obj, unit).items():
        found = _AMOUNT.fullmatch(str(value).strip())
        if found is None or isinstance(value, bool):
            tell(f"{_UNITS[unit]} du lot « {key} » : « {value} » n'est ni un nombre ni « 70/an », non mesuré.")
            continue
        yield Amount(_lot(key), float(found[1].replace(",", ".")))


def _proofs(obj: Mapping[str, Any], key: str) -> Iterator[Proof]:
    for one in _list(obj, key):
        if isinstance(one, str):
            yield Proof(one)
        elif isinstance(one, dict) and isinstance(one.get("quote"), str):
            lots = [str(lot) for lot in _list(one, "lots")]
            yield Proof(one["quote"], str(one.get("label", "")), frozenset(lot_number(x) for x in lots if x != "*"))
        else:
            raise ValueError(f'« {key} » : un texte ou {{"label", "lots", "quote"}} est attendu')
