"""What is too old to be kept? Earlier versions of notices, the log of letters, the follow-up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from scanner.store import Store

#: Table, the column of its day, and what it holds, as told. The notices themselves are public and stay.
_KEPT = (
    ("raw_versions", "fetched_at", "anciennes versions d'avis"),
    ("envois", "intention", "lettres du journal d'envoi"),
    ("suivi", "since", "lignes de suivi"),
)


@dataclass(frozen=True, slots=True)
class Old:
    """How many rows of a kind are dated before the first day kept."""

    told: str
    rows: int


def first_kept(today: date, months: int) -> date:
    """The day ``months`` before ``today``; the last day of a shorter month."""
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    for day in range(today.day, 0, -1):
        try:
            return date(year, month + 1, day)
        except ValueError:
            continue
    raise AssertionError("tout mois a un premier jour")


def old(store: Store, before: date, *, erase: bool = False) -> tuple[Old, ...]:
    """What is dated before a day, in one transaction; erased when ``erase``."""
    found = []
    with store._transaction():
        for table, column, told in _KEPT:
            where = f"FROM {table} WHERE substr({column}, 1, 10) < ?"
            (rows,) = store._conn.execute(f"SELECT count(*) {where}", (before.isoformat(),)).fetchone()
            if erase:
                store._conn.execute(f"DELETE {where}", (before.isoformat(),))
            found.append(Old(told, rows))
    return tuple(found)
