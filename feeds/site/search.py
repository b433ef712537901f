"""How is a tender found? The rows and the choices of the search page, and the same rows as ``site/index.json``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from feeds.entry import word
from feeds.site.shelf import Entry
from feeds.site.words import cut, limit, words


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a filter: its code in the address and its words."""

    code: str
    title: str


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter: ``name`` is its key in the address."""

    name: str
    title: str
    choices: tuple[Choice, ...]


UNKNOWN = "inconnu"


def filters(entries: Iterable[Entry]) -> tuple[Filter, ...]:
    """Kind, place, trade and deadline, each with the choices that keep something."""
    kept = tuple(entries)
    kinds = {code for entry in kept for code in entry.kinds}
    places = sorted({code for entry in kept for code in entry.item.departements})
    trades = sorted({name for entry in kept for name in entry.trades})
    named = [Choice(code, word("departements", code)) for code in places]
    return (
        Filter("type", "Dispositif", tuple(
            Choice(code, block["title"]) for code, block in words()["kinds"].items() if code in kinds
        )),
        Filter("lieu", "Lieu", (*named, Choice(UNKNOWN, "National / lieu inconnu"))),
        Filter("metier", "Métier", (*(Choice(name, name) for name in trades), Choice(UNKNOWN, "Métier inconnu"))),
        Filter("limite", "Date limite", tuple(Choice(code, told) for code, told in words()["deadlines"].items())),
    )  # fmt: skip


def row(entry: Entry) -> dict[str, object]:
    """One tender as the filters and the table need it; ``jours`` is None when the deadline is unknown."""
    return {
        "page": entry.page,
        "titre": cut(entry.told.title, limit("title")),
        "dispositif": cut(entry.device, limit("title")),
        "type": list(entry.kinds),
        "acheteur": cut(entry.buyer, limit("title")),
        "page_acheteur": entry.buyer_page,
        "lieu": list(entry.item.departements) or [UNKNOWN],
        "lieu_texte": cut(entry.where, limit("title")),
        "metier": list(entry.trades) or [UNKNOWN],
        "limite": entry.limit.isoformat() if entry.limit else None,
        "limite_texte": entry.when,
        "jours": entry.days,
    }


def index(entries: Iterable[Entry]) -> bytes:
    """``site/index.json``: every row, for the search page and for whoever wants to reuse it."""
    rows = [row(entry) for entry in entries]
    return (json.dumps({"consultations": rows}, ensure_ascii=False, indent=0) + "\n").encode("utf-8", "replace")
