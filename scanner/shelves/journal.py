"""What does a run leave if it is killed? A number from its first instant, and in each step all that the step made.

A run that never ended is « interrompu »; what it had read and will not be read again is told by the next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from scanner.issues import Issue
from scanner.store import Store


@dataclass(frozen=True, slots=True)
class Taken:
    """A run just opened: its number, and what it takes over from runs that were killed."""

    number: int
    read: int = 0
    rejected: int = 0
    issues: tuple[Issue, ...] = ()


@contextmanager
def together(store: Store) -> Iterator[None]:
    """Whatever is saved inside is saved whole, or not at all."""
    with store._transaction():
        yield


def open_run(store: Store, since: date, until: date) -> Taken:
    """Opens the run of the days [since, until]; runs still open were killed, since one runs at a time.

    Their readings count as this run's, with the issues of the notices that these readings still stand for.
    """
    conn = store._conn
    with together(store):
        read, rejected = conn.execute(
            "SELECT coalesce(sum(read), 0), coalesce(sum(rejected), 0) FROM runs WHERE status = 'en cours'"
        ).fetchone()
        rows = conn.execute(
            "SELECT DISTINCT i.source, i.key, i.code, i.message, i.level FROM issues i "
            "JOIN runs u ON u.id = i.run AND u.status = 'en cours' "
            "JOIN raw r ON r.source = i.source AND r.key = i.key AND r.read_sha IS r.sha ORDER BY 1, 2, 3, 4"
        ).fetchall()
        conn.execute("UPDATE runs SET status = 'interrompu', read = NULL, rejected = NULL WHERE status = 'en cours'")
        taken = Taken(store.save_run(since, until), read, rejected, tuple(Issue(*row) for row in rows))
        conn.execute("UPDATE runs SET read = 0, rejected = 0 WHERE id = ?", (taken.number,))
        note(store, taken.number, taken.issues, read=read, rejected=rejected)
    return taken


def note(store: Store, number: int, issues: Iterable[Issue], *, read: int = 0, rejected: int = 0) -> None:
    """Adds to a run what one of its steps has found."""
    with together(store):
        store.save_issues(number, issues)
        store._conn.execute(
            "UPDATE runs SET read = read + ?, rejected = rejected + ? WHERE id = ?", (read, rejected, number)
        )
