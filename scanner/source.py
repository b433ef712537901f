"""What is known of a source before it is read? Its ``spiders/<name>.yml``, checked: lookups, ignores, expectations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from scanner.datafile import DataFileError, only, read_yaml

#: A file of awarded contracts, not notices published on a day.
AWARDS = "decp"
SPIDERS = Path(__file__).resolve().parent.parent / "spiders"


@dataclass(frozen=True, slots=True)
class Source:
    """``lookups`` maps a table name to {value as received: value in our words}; a value absent from it is an Issue.

    ``snapshot``: the source shows its present state and dates no record; it has one coverage row a run.
    """

    name: str
    title: str
    publisher: str
    licence: str
    base_url: str
    lookups: dict[str, dict[str, str]]
    ignore: tuple[str, ...]
    fields: tuple[str, ...]
    expect: dict[str, Any]
    renewed_months_max: int
    snapshot: bool = False

    def lookup(self, table: str, value: str) -> str | None:
        """Our word for the source's ``value``; None when the table does not know it. KeyError on an unknown table."""
        return self.lookups[table].get(value)


@cache
def load(name: str) -> Source:
    """The source ``spiders/<name>.yml``. Raises DataFileError when the file is missing or not as announced."""
    path = SPIDERS / f"{name}.yml"
    if not path.exists():
        raise DataFileError(f"source « {name} » inconnue ; sources connues : {', '.join(names())}.")
    entry = only(
        read_yaml(path),
        path.name,
        required={"title": str, "publisher": str, "licence": str, "base_url": str},
        optional={
            "lookups": dict,
            "ignore": list,
            "fields": list,
            "expect": dict,
            "snapshot": bool,
            "renewed_months_max": int,
        },
    )
    return Source(
        name=name,
        title=entry["title"],
        publisher=entry["publisher"],
        licence=entry["licence"],
        base_url=entry["base_url"],
        lookups=entry.get("lookups", {}),
        ignore=tuple(entry.get("ignore", ())),
        fields=tuple(entry.get("fields", ())),
        expect=entry.get("expect", {}),
        renewed_months_max=entry.get("renewed_months_max", 0),
        snapshot=entry.get("snapshot", False),
    )


def names() -> tuple[str, ...]:
    """Every source the project knows, sorted."""
    return tuple(sorted(path.stem for path in SPIDERS.glob("*.yml")))
