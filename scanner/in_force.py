"""What is in force of the tenders that a correction or a reader changed? Their lots, as an edition tells them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from scanner.edition import ItemLot
from scanner.listen import answered_items
from scanner.store import Store


def in_force(store: Store, tenders: Sequence[str]) -> dict[str, tuple[ItemLot, ...]]:
    """The lots of those of ``tenders`` that a correction or an answer of a reader changed, by tender; the others have
    nothing here: their call says it all.
    """
    query = "SELECT DISTINCT tender FROM notices WHERE kind = 'rectification' AND tender IN ({})"
    changed = {row["tender"] for row in store._in(query, tenders)} | set(store.verdicts(tenders))
    items = store._items(sorted(changed), date.max) if changed else ()
    return {item.tender: item.lots for item in answered_items(store, tuple(items))}
