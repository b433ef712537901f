"""What does each raw notice say by itself? Parse, normalise, classify and appraise, in this process or in several."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from multiprocessing import get_all_start_methods, get_context, parent_process
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

from scanner.datafile import DataFileError
from scanner.finding import Classification, Opportunity
from scanner.issues import Issue, IssueLog
from scanner.normalise import normalise
from scanner.notice import Notice, RawNotice
from scanner.source import load
from scanner.store import Record

if TYPE_CHECKING:
    from nlp.second_reader import SecondReader

BATCH = 500
#: Batches given to each process ahead of the one that is stored: more would only fill the memory.
_AHEAD = 2

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Understood:
    """What a batch says by itself, before it is linked: one row a raw notice, its tender not known yet.

    ``notices`` are all those that could be parsed, also one that a later step has rejected.
    """

    rows: tuple[Record, ...]
    notices: tuple[Notice, ...]
    issues: tuple[Issue, ...]


def understood(
    raws: Iterable[RawNotice], second: SecondReader | None = None, processes: int = 1
) -> Iterator[Understood]:
    """What the raw notices say, batch by batch, in their order; ``raws`` is always read in this process."""
    stream = iter(raws)
    batches = iter(lambda: tuple(islice(stream, BATCH)), ())
    if processes == 1:
        yield from map(partial(understand, second=second), batches)
        return
    # a forked process has the rules and the second reader at once, which are too large to be sent with each batch
    context = get_context("fork" if "fork" in get_all_start_methods() else None)
    waiting: deque[Future[Understood]] = deque()
    with ProcessPoolExecutor(processes, context, _prepare, (second,)) as pool:
        for batch in batches:
            waiting.append(pool.submit(_understand, batch))
            if len(waiting) > _AHEAD * processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


_second: SecondReader | None = None


def _prepare(second: SecondReader | None) -> None:
    global _second
    _second = second
    Thread(target=_until_orphaned, daemon=True).start()


def _until_orphaned() -> None:
    """Ends this process with its parent: a pool's processes would wait for ever for one that was killed."""
    if (parent := parent_process()) is not None:
        parent.join()
        os._exit(1)


def _understand(batch: tuple[RawNotice, ...]) -> Understood:
    return understand(batch, _second)


def understand(batch: Iterable[RawNotice], second: SecondReader | None = None) -> Understood:
    """Parse, normalise, classify and appraise: from values to values, no database, no clock, whatever the process.

    A record that a step cannot read is rejected, told in the issues, and stops nothing else.
    """
    log = IssueLog()
    raws = {raw.id: raw for raw in batch}
    notices = {raw.id: _alone(partial(_notice, raw, log), raw, log) for raw in raws.values()}
    rows = []
    for raw_id, notice in notices.items():
        row = _alone(partial(_record, raw_id, notice, second), raws[raw_id], log) if notice else None
        rows.append(row or Record(raw_id=raw_id, notice=None, classification=None, status="rejete"))
    return Understood(tuple(rows), tuple(notice for notice in notices.values() if notice), tuple(log))


def _alone(step: Callable[[], T | None], raw: RawNotice, log: IssueLog) -> T | None:
    """What ``step`` makes of one record. Whatever it raises is its own: the record is rejected, the run goes on."""
    try:
        return step()
    except DataFileError:  # rules or lookups that cannot be trusted concern every record: the run stops
        raise
    except Exception as error:
        message = (
            f"Avis rejeté, lecture interrompue ({type(error).__name__} : {str(error)[:200]}) ; il reste en archive, "
            "corrigez l'étape qui l'a refusé puis lancez scanner reclassify."
        )
        log.add(Issue(raw.source, raw.key, "lecture_interrompue", message, level="rejected"))
        return None


def _notice(raw: RawNotice, log: IssueLog) -> Notice | None:
    from spiders.formats import parse

    draft, issues = parse(raw)
    log.extend(issues)
    if draft is None:
        return None
    if draft.key != raw.key:  # two archived records that name the same notice would overwrite each other
        raise ValueError(f"archivé sous {raw.key}, il dit s'appeler {draft.key}")
    notice, issues = normalise(draft, load(raw.source))
    log.extend(issues)
    return notice


def _record(raw_id: str, notice: Notice, second: SecondReader | None) -> Record:
    from nlp.classify import classify

    reading = classify(notice)
    if second is not None:
        reading = second.completed(notice, reading)
    return Record(
        raw_id=raw_id,
        notice=notice,
        classification=reading,
        opportunities=opportunities(notice, reading),
        status="lu",
    )


def opportunities(notice: Notice, reading: Classification) -> tuple[Opportunity, ...]:
    """One appraisal per lot (the notice itself when undivided) where nothing binding was found."""
    from nlp.segments import segment_of
    from scanner.opportunity import appraise

    whole = reading.lot(None)
    found = []
    for lot in notice.lots or (None,):
        told = (reading.lot(lot.number) if lot else None) or whole
        if told is None:
            continue
        segment = segment_of((lot.cpv if lot else ()) or notice.cpv)
        opportunity = appraise(notice, lot, told.status, segment)
        if opportunity is not None:
            found.append(opportunity)
    return tuple(found)
