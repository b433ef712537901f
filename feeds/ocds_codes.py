"""What is a finding, a kind of notice, a procedure in the codes of OCDS? The reader of ``ocds.yml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from scanner.datafile import only, read_yaml, texts
from scanner.finding import Finding

_REQUIRED: dict[str, type] = {
    "prefix": str, "publisher": str, "identifier_scheme": str, "classification_scheme": str, "extensions": list,
    "currencies": list, "kinds": dict, "methods": dict, "labels": dict, "coded": dict,
}  # fmt: skip
_KIND: dict[str, type] = {"status": str, "award": str}
_MEANING: dict[str, type] = {"goal": str, "strategies": list, "reserved": list, "execution": bool}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one finding is in the standard's codes."""

    goal: str = ""
    strategies: tuple[str, ...] = ()
    reserved: tuple[str, ...] = ()
    execution: bool = False


def meaning(finding: Finding) -> Meaning:
    """The codes of a finding: those of the box ticked when there is one, else those of its label."""
    held: dict[str, Meaning] = table()["coded"]
    if finding.passage is None:
        coded = held.get(f"{finding.field}={finding.quote.strip().lower()}")
        if coded:
            return coded
    labels: dict[str, Meaning] = table()["labels"]
    return labels[finding.label]


def notice_kind(kind: str) -> dict[str, Any]:
    """The tag, status and documents of a kind of notice; one that is not listed is an ``other``."""
    kinds: dict[str, dict[str, Any]] = table()["kinds"]
    return kinds.get(kind, kinds["other"])


@cache
def table() -> dict[str, Any]:
    """The whole of ``ocds.yml``. Raises DataFileError naming what is missing or unknown."""
    path = Path(__file__).with_name("ocds.yml")
    read = only(read_yaml(path), path.name, _REQUIRED)
    for name in ("extensions", "currencies"):
        texts(read[name], f"{path.name}, {name}")
    for name, block in read["kinds"].items():
        only(block, f"{path.name}, kinds.{name}", {"tag": str, "document": str}, _KIND)
    for section in ("labels", "coded"):
        read[section] = {name: _read(block, f"{path.name}, {section}.{name}") for name, block in read[section].items()}
    return read


def _read(block: Any, where: str) -> Meaning:
    known: dict[str, Any] = dict(only(block, where, {"goal": str}, _MEANING))
    known.update({key: texts(known[key], f"{where}.{key}") for key in ("strategies", "reserved") if key in known})
    return Meaning(**known)
