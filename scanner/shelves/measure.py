"""How many notices appeared, and what was read in them? Counts by day of one source, for its expectations."""

from __future__ import annotations

from datetime import date, timedelta

from scanner.edition import DayCount, Group
from scanner.store import Store

_GROUPS = """SELECT n.published, n.kind, coalesce(json_extract(n.document, '$.family'), ''), count(*),
    sum(n.deadline IS NOT NULL),
    sum(n.cpv <> '[]' OR EXISTS (SELECT 1 FROM lots l WHERE l.notice = n.id AND l.cpv <> '[]')),
    sum(n.buyer <> '' OR n.siret IS NOT NULL), sum(n.read_in_full)
FROM notices n WHERE n.source = ? AND n.published BETWEEN ? AND ? GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""


def measured(store: Store, source: str, since: date, until: date) -> tuple[DayCount, ...]:
    """Every day of [since, until], oldest first: what ``source`` announced, and what was read of it."""
    groups: dict[str, list[Group]] = {}
    for day, *told in store._conn.execute(_GROUPS, (source, since.isoformat(), until.isoformat())):
        groups.setdefault(day, []).append(Group(*told))
    covered = {row.day: row for row in store.coverage(since, until) if row.source == source}
    counts = []
    for day in (since + timedelta(days=n) for n in range((until - since).days + 1)):
        row, found = covered.get(day), tuple(groups.get(day.isoformat(), ()))
        if row is None:
            counts.append(DayCount(source, day, None, False, 0, found))
        else:
            counts.append(DayCount(source, day, max(row.expected, row.fetched), row.complete, row.rejected, found))
    return tuple(counts)
