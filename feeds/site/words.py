"""In which words and within which limits do the pages speak? The reader of ``site.yml``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from feeds.entry import clean
from scanner.datafile import only, read_yaml, texts

_SECTIONS: dict[str, type] = {
    "limits": dict, "kinds": dict, "deadlines": dict, "families": dict, "statuses": list,
    "trend": list, "steps": list,
}  # fmt: skip
_LIMITS: dict[str, type] = dict.fromkeys(
    ("title", "text", "quote", "passage", "head", "around", "rows", "week"), int
)  # fmt: skip


def limit(name: str) -> int:
    """A limit of ``site.yml``: characters, or rows of a table."""
    return int(words()["limits"][name])


def family(code: str) -> str:
    """A family of segments in words."""
    return str(words()["families"].get(code, clean(code)))


def cut(text: str, most: int) -> str:
    """The first ``most`` characters of a text, « […] » in place of the rest."""
    return text if len(text) <= most else text[:most].rstrip() + " […]"


@cache
def words() -> dict[str, Any]:
    """The whole of ``site.yml``. Raises DataFileError on an unknown setting."""
    path = Path(__file__).with_name("site.yml")
    read = only(read_yaml(path), path.name, _SECTIONS)
    only(read["limits"], f"{path.name}, limits", _LIMITS)
    for name, block in read["kinds"].items():
        texts(only(block, f"{path.name}, {name}", {"title": str, "labels": list})["labels"], f"{path.name}, {name}")
    for name in ("statuses", "trend", "steps"):
        texts(read[name], f"{path.name}, {name}")
    return read
