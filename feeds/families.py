"""Which feeds are drawn from the lists? Families of topics: by kind of reservation, by trade, by deadline.

A family is a block of ``feeds.yml`` with ``by``. Each of its groups is a topic: one feed a territory.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from feeds import digest
from scanner.datafile import DataFileError, only, read_yaml, texts
from scanner.finding import LABELS, RESERVED
from scanner.readership import readership

_FILE = Path(__file__).with_name("feeds.yml")
_TEXTS = ("by", "folder", "name", "title", "one", "many")
_REQUIRED: dict[str, type] = {**dict.fromkeys(_TEXTS, str), "lists": list, "everywhere": bool, "feed_cap": int}
#: What each kind of sorting needs beside.
_OWN: dict[str, dict[str, type]] = {
    "nature": {"groups": dict},
    "metier": {"unknown": str, "none": str, "trade": str, "guessed": str},
    "echeance": {"days": int},
}


@dataclass(frozen=True, slots=True)
class Family:
    """A block of ``feeds.yml``: its lists, how their lots are sorted, and its feeds by the name of their group.

    ``name`` of a topic is the stem of its files and starts the ids of its entries.
    """

    by: str
    lists: tuple[digest.Listing, ...]
    folder: str
    everywhere: bool
    topics: Mapping[str, digest.Listing]
    unknown: str = ""
    days: int = 0
    phrases: Mapping[str, str] = field(default_factory=dict)


@cache
def families() -> tuple[Family, ...]:
    """Every family of ``feeds.yml``, in its order. Raises DataFileError on an unknown setting or a name used twice."""
    blocks = {name: block for name, block in read_yaml(_FILE).items() if isinstance(block, dict) and "by" in block}
    found = tuple(_family(f"{_FILE.name}, {name}", block) for name, block in blocks.items())
    names = [listing.name for listing in digest.listings()]
    names += [topic.name for family in found for topic in family.topics.values()]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataFileError(f"{_FILE.name} : deux flux portent le nom « {twice[0]} », changez-en un.")
    return found


def slug(text: str) -> str:
    """``text`` as a file name: « Espaces verts & extérieurs » is ``espaces-verts-et-exterieurs``."""
    plain = unicodedata.normalize("NFKD", text.replace("&", " et ")).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall("[a-z0-9]+", plain))


def _family(where: str, block: Any) -> Family:
    if block["by"] not in _OWN:
        raise DataFileError(f"{where} : « by » vaut « {block['by']} » ; valeurs admises : {', '.join(_OWN)}.")
    read = only(block, where, {**_REQUIRED, **_OWN[block["by"]]})
    known = {listing.name: listing for listing in digest.listings()}
    names = texts(read["lists"], f"{where}.lists")
    for name in names:
        if name not in known:
            raise DataFileError(f"{where} : liste « {name} » inconnue ; listes : {', '.join(known)}.")
    return Family(
        by=read["by"],
        lists=tuple(known[name] for name in names),
        folder=read["folder"],
        everywhere=read["everywhere"],
        topics=_topics(where, read),
        unknown=read.get("unknown", ""),
        days=read.get("days", 0),
        phrases={key: read[key] for key in ("none", "trade", "guessed") if key in read},
    )


def _topics(where: str, read: Mapping[str, Any]) -> dict[str, digest.Listing]:
    if read["by"] == "nature":
        groups = {name: _group(f"{where}.groups.{name}", group) for name, group in read["groups"].items()}
        return {name: _topic(read, slug(name), title, labels) for name, (title, labels) in groups.items()}
    names = [*readership().trades, read["unknown"]] if read["by"] == "metier" else [""]
    return {name: _topic(read, slug(name), name) for name in names}


def _group(where: str, block: Any) -> tuple[str, frozenset[str]]:
    read = only(block, where, {"title": str, "labels": list})
    labels = frozenset(texts(read["labels"], f"{where}.labels"))
    if not labels <= RESERVED:
        known = ", ".join(label for label in LABELS if label in RESERVED)
        raise DataFileError(f"{where} : « labels » prend des dispositifs réservés : {known}.")
    return read["title"], labels


def _topic(read: Mapping[str, Any], name: str, title: str, labels: frozenset[str] = frozenset()) -> digest.Listing:
    days = str(read.get("days", ""))
    title, one, many = (read[key].replace("{group}", title).replace("{days}", days) for key in ("title", "one", "many"))
    name = read["name"].replace("{slug}", name)
    return digest.Listing(name, title, one, many, cap=0, feed=True, labels=labels, feed_cap=read["feed_cap"])
