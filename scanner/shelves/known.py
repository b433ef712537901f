"""What does the database know of the weeks already published? Readings of the journal, for the watch and the checks."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from scanner.store import Store


def published(store: Store, sources: Collection[str]) -> frozenset[date]:
    """The Sundays of the weeks that a run published to its end, each of ``sources`` having been asked for it.

    A run cut short is not one; a run of one source alone does not hide that the others were never read. A source that
    was first asked later was not followed yet.
    """
    runs = store._conn.execute("SELECT DISTINCT since, until FROM runs WHERE status = 'terminé' AND until IS NOT NULL")
    weeks = [(date.fromisoformat(since), date.fromisoformat(until)) for since, until in runs.fetchall() if since]
    followed = {source: day for source, day in _firsts(store).items() if source in sources}
    return frozenset(
        until
        for since, until in weeks
        if until.isoweekday() == 7
        and since <= monday_of(until)
        and not {source for source, day in followed.items() if day < monday_of(until)} - asked(store, until)
    )


def asked(store: Store, sunday: date) -> set[str]:
    """The sources that have a coverage in the week that ends on ``sunday``."""
    rows = store._conn.execute(
        "SELECT DISTINCT source FROM coverage WHERE day BETWEEN ? AND ?",
        (monday_of(sunday).isoformat(), sunday.isoformat()),
    )
    return {source for (source,) in rows.fetchall()}


def monday_of(sunday: date) -> date:
    """The first day of the week that ends on ``sunday``."""
    return sunday - timedelta(days=6)


def _firsts(store: Store) -> dict[str, date]:
    rows = store._conn.execute("SELECT source, min(day) FROM coverage GROUP BY source")
    return {source: date.fromisoformat(day) for source, day in rows.fetchall()}
