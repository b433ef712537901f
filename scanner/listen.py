"""What becomes of what readers answer? Each line is kept with what was shown to them, so that it can be compared later.

Assembly: the store, and the pure rules of ``scanner.followup``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from scanner.appraisal import Opportunity
from scanner.corrections import remaining, status_after
from scanner.edition import Answer, Edition, Item, ItemLot
from scanner.feedback import Feedback, Follow, Judgement, Verdict
from scanner.finding import NOT_BINDING, Finding
from scanner.followup import Correction, corrected, fingerprint, hidden, judged, judgements, state_of
from scanner.shelves.appreciations import opportunities
from scanner.store import Store

Chances = Mapping[tuple[str, str | None], Opportunity]


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


def answered(store: Store, edition: Edition) -> Edition:
    """``edition`` as its readers corrected it: false findings struck, what they found added, what they saw put away.

    Their comments stay in the database: they were not written to be published.
    """
    return replace(edition, items=answered_items(store, edition.items))


def answered_items(store: Store, items: Sequence[Item]) -> tuple[Item, ...]:
    """``items`` as their readers corrected them, in the same order."""
    tenders = [item.tender for item in items]
    verdicts, follows = store.verdicts(tenders), store.follow_up(tenders)
    touched = {*verdicts, *follows}
    chances = opportunities(store, [item.notice for item in items if item.tender in verdicts])
    return tuple(
        _answered(item, verdicts.get(item.tender, ()), follows.get(item.tender, ()), chances)
        if item.tender in touched
        else item
        for item in items
    )


def _answered(item: Item, verdicts: Sequence[Verdict], follows: Sequence[Follow], chances: Chances) -> Item:
    """A lot whose clause a reader calls false has the opportunity that was appraised without it."""
    silent = [replace(verdict, comment="") for verdict in verdicts]
    told = {lot.number: corrected(lot, silent) for lot in item.lots}
    whole = next((remaining(lot.findings, told[None]) for lot in item.lots if lot.number is None), ())
    changed = None in told and bool(told[None].struck or told[None].found)
    lots = (replace(lot, opportunity=lot.opportunity or chances.get((item.notice, lot.number))) for lot in item.lots)
    return replace(item, lots=tuple(_lot(item, lot, told[lot.number], whole, changed, follows) for lot in lots))


def _lot(
    item: Item, lot: ItemLot, told: Correction, whole: Sequence[Finding], changed: bool, follows: Sequence[Follow]
) -> ItemLot:
    """One lot with its own last word; its status follows when its findings or those of the whole have changed."""
    own, status = remaining(lot.findings, told), lot.status
    if changed or told.struck or told.found:
        status = status_after(status, lot.number, own, whole if lot.number is not None else ())
    state = state_of(follows, lot.number)
    away = state is not None and hidden(state.state, state.fingerprint, fingerprint(item, state.lot))
    keeps = told.opportunity and status in (*NOT_BINDING, "non_lu") and not away
    return replace(
        lot, status=status, findings=own, struck=told.struck, opportunity=lot.opportunity if keeps else None,
        answers=tuple(Answer(note.day, note.text) for note in told.notes),
    )  # fmt: skip


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
