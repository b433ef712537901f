"""What becomes of what readers answer? Each line is kept with what was shown to them, so that it can be compared later.

Assembly: the store, and the pure rules of ``scanner.followup``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from scanner.edition import Item
from scanner.feedback import Feedback, Judgement, Verdict
from scanner.followup import fingerprint, judged, judgements
from scanner.store import Store


@dataclass(frozen=True, slots=True)
class Heard:
    """What an import did: lines new and already known, ids that no notice bears, (id, lot) that a notice has not."""

    new: int
    known: int
    strangers: tuple[str, ...] = ()
    lots: tuple[tuple[str, str], ...] = ()


def listen(store: Store, lines: Sequence[Feedback], *, today: date) -> Heard:
    """Keeps the lines of readers, each with what the last edition before its day showed of its tender."""
    shown: dict[date, Mapping[str, Item]] = {}
    asked: dict[date, dict[str, None]] = {}
    for line in lines:
        asked.setdefault(_day(line), {})[line.id] = None
    for day, ids in asked.items():
        shown[day] = _shown(store, list(ids), day, today)
    new, known = store.save_feedback([_situated(line, shown[_day(line)].get(line.id)) for line in lines])
    strangers = dict.fromkeys(line.id for line in lines if line.id not in shown[_day(line)])
    lots = dict.fromkeys(
        (line.id, line.lot) for line in lines if line.lot and _lacks(shown[_day(line)].get(line.id), line.lot)
    )
    return Heard(new, known, tuple(strangers), tuple(lots))


def judged_findings(store: Store, *, today: date) -> tuple[Judgement, ...]:
    """Every finding that readers judged, with their last verdict, and whether today's reading still holds it."""
    verdicts = store.verdicts()
    items = store.items(verdicts, today)
    return tuple(one for tender, said in sorted(verdicts.items()) for one in judgements(items.get(tender), said))


def _shown(store: Store, ids: Sequence[str], day: date, today: date) -> Mapping[str, Item]:
    """What readers had before them on ``day``: the last edition; for a tender that it had not, what is known today."""
    edition = store.last_edition(day)
    told = store.items(ids, edition) if edition else {}
    return {**store.items([key for key in ids if key not in told], today), **told}


def _situated(line: Feedback, item: Item | None) -> Feedback:
    if item is None:
        return line
    if isinstance(line, Verdict):
        return replace(line, judged=judged(item, line))
    return replace(line, fingerprint=fingerprint(item, line.lot))


def _lacks(item: Item | None, lot: str) -> bool:
    return item is not None and lot not in {one.number for one in item.lots}


def _day(line: Feedback) -> date:
    return line.given if isinstance(line, Verdict) else line.since
