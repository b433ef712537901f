"""What did the notices of these tenders say, word for word, and how much did each published week bring?

Reads an open database, writes nothing. What appeared after the day asked for is never told.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from scanner.edition import Edition
from scanner.notice import Passage
from scanner.pages import Dossier, Paper, Week
from scanner.store import Store

#: Notices that announce lots: what changes or ends a tender would count it again.
_ANNOUNCING = ("call", "planning")
_PASSAGES = """SELECT n.tender, n.id, n.kind, n.published, p.field, p.lot, p.text
    FROM notices n JOIN passages p ON p.notice = n.id
    WHERE n.tender IN ({}) AND n.published <= '%s' ORDER BY n.tender, n.published, n.id, p.position"""
_LOTS = """SELECT status, count(*) FROM (
    SELECT DISTINCT n.tender, l.number, l.status FROM notices n JOIN lots l ON l.notice = n.id AND NOT l.whole
    WHERE n.published BETWEEN ? AND ? AND n.kind IN (SELECT value FROM json_each(?)) AND (? OR n.departements = '[]'
    OR EXISTS (SELECT 1 FROM json_each(n.departements) d WHERE d.value IN (SELECT value FROM json_each(?))))
    ) GROUP BY status ORDER BY status"""


def dossiers(store: Store, tenders: Iterable[str], until: date) -> tuple[Dossier, ...]:
    """The dossier of each tender whose notices have words, as known on the evening of ``until``."""
    rows = store._in(_PASSAGES % until.isoformat(), sorted(set(tenders)))
    return tuple(Dossier(tender, _papers(part)) for tender, part in groupby(rows, key=lambda row: str(row["tender"])))


def weeks(store: Store, edition: Edition, most: int = 12) -> tuple[Week, ...]:
    """The last ``most`` published weeks up to that of ``edition``, oldest first, counted over its territory."""
    rows = store._rows(
        "SELECT week, since, until FROM editions WHERE until <= ? ORDER BY until DESC, week DESC LIMIT ?",
        (edition.until.isoformat(), most),
    )
    return tuple(Week(row["week"], _lots(store, row, edition.departements)) for row in reversed(rows))


def _papers(rows: Iterable[dict[str, Any]]) -> tuple[Paper, ...]:
    found = []
    for notice, part in groupby(rows, key=lambda row: (row["id"], row["kind"], row["published"])):
        passages = tuple(Passage(row["field"], row["lot"], row["text"]) for row in part)
        found.append(Paper(notice[0], notice[1], date.fromisoformat(notice[2]), passages))
    return tuple(found)


def _lots(store: Store, row: dict[str, Any], departements: Sequence[str]) -> tuple[tuple[str, int], ...]:
    kinds, codes = (json.dumps(list(values)) for values in (_ANNOUNCING, departements))
    parameters = (row["since"], row["until"], kinds, not departements, codes)
    return tuple((status, int(number)) for status, number in store._conn.execute(_LOTS, parameters).fetchall())
