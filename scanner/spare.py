"""What if one item cannot be told? It is left out, named, and everything else is published all the same.

A week is never lost for one consultation that a page, a feed or a letter refuses: the edition says that it is missing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from scanner.datafile import DataFileError
from scanner.display import one_sentence
from scanner.edition import Edition, Item
from scanner.issues import Issue

T = TypeVar("T")
#: What concerns every item: rules that cannot be trusted, a disk or a database that refuses, no memory left.
EVERYBODY = (DataFileError, OSError, sqlite3.Error, MemoryError)
#: Names told in a sentence; the others are counted.
_NAMED = 3


def spared(edition: Edition, tell: Callable[[Edition], T]) -> tuple[Edition, T]:
    """``edition`` without the items on which ``tell`` raises, saying so, and what ``tell`` makes of it.

    ``tell`` writes nothing. What it raises without any item at all, or for everybody, is raised.
    """
    try:
        return edition, tell(edition)
    except EVERYBODY:
        raise
    except Exception:
        tell(replace(edition, items=()))
        lost = tuple(_lost(edition, edition.items, tell))
        if not lost:
            raise
    kept = tuple(item for item in edition.items if item not in lost)
    fewer = without(replace(edition, items=kept), [item.notice for item in lost])
    return fewer, tell(fewer)


def _lost(edition: Edition, items: Sequence[Item], tell: Callable[[Edition], object]) -> Iterator[Item]:
    """Those of ``items`` that cannot be told, found by halves."""
    try:
        tell(replace(edition, items=tuple(items)))
    except EVERYBODY:
        raise
    except Exception:
        if len(items) == 1:
            yield items[0]
        else:
            half = len(items) // 2
            yield from _lost(edition, items[:half], tell)
            yield from _lost(edition, items[half:], tell)


def one_by_one(read: Callable[[Sequence[str]], Iterable[T]], keys: Sequence[str]) -> tuple[list[T], list[str]]:
    """What ``read`` makes of all ``keys``, and those of which it can make nothing."""
    try:
        return list(read(keys)), []
    except EVERYBODY:
        raise
    except Exception:
        if len(keys) < 2:
            return [], list(keys)
    half = len(keys) // 2
    found, lost = one_by_one(read, keys[:half])
    more, others = one_by_one(read, keys[half:])
    return found + more, lost + others


def without(edition: Edition, lost: Sequence[str]) -> Edition:
    """``edition`` that says which consultations it could not show."""
    if not lost:
        return edition
    said = (
        f"publication interrompue pour {listed(lost)}, absente{'s' * (len(lost) > 1)} de cette édition : « scanner "
        "explain » en montre la lecture"
    )
    return replace(edition, withheld=(*edition.withheld, said), lost=(*edition.lost, *lost))


def unpublished(edition: Edition) -> tuple[Issue, ...]:
    """An Issue for each consultation that could not be shown."""
    repair = "l'avis est lu et gardé : corrigez la page qui l'a refusé, puis lancez scanner publish."
    return tuple(
        Issue(key.partition(":")[0], key.partition(":")[2], "publication_interrompue",
              f"Publication interrompue pour {key}, absente de la semaine {edition.week} ; {repair}", "rejected")
        for key in edition.lost
    )  # fmt: skip


def listed(keys: Sequence[str]) -> str:
    """« boamp:26-1, boamp:26-2, boamp:26-3 et 4 autres »."""
    more = f" et {len(keys) - _NAMED} autre{'s' * (len(keys) > _NAMED + 1)}" if len(keys) > _NAMED else ""
    return ", ".join(keys[:_NAMED]) + more


def reason(error: Exception) -> str:
    """« ValueError : … », short and clean."""
    return f"{type(error).__name__} : {one_sentence(str(error), 200)}"
