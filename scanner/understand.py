"""What does each raw notice say by itself? Parse, normalise and classify, in this process or in several."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_all_start_methods, get_context, parent_process
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

from scanner.appraisal import LotSegment
from scanner.datafile import DataFileError
from scanner.issues import Issue, IssueLog
from scanner.limits import Exceeded, Limits, defaults, rejection
from scanner.normalise import normalise
from scanner.notice import Notice, RawNotice
from scanner.source import load
from scanner.store import Record
from scanner.timebox import TooLong, within

if TYPE_CHECKING:
    from nlp.second_reader import SecondReader

BATCH = 500
#: Bytes of raw notices read in one batch: what is opened at once stays small, whatever the records weigh.
BATCH_BYTES = 32_000_000
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
    raws: Iterable[RawNotice],
    second: SecondReader | None = None,
    processes: int = 1,
    limits: Limits | None = None,
) -> Iterator[Understood]:
    """What the raw notices say, batch by batch, in their order; ``raws`` is always read in this process."""
    batches = _batches(raws)
    if processes == 1:
        yield from map(partial(understand, second=second, limits=limits), batches)
        return
    # a forked process has the rules and the second reader at once, which are too large to be sent with each batch
    context = get_context("fork" if "fork" in get_all_start_methods() else None)
    waiting: deque[Future[Understood]] = deque()
    with ProcessPoolExecutor(processes, context, _prepare, (second, limits)) as pool:
        for batch in batches:
            waiting.append(pool.submit(_understand, batch))
            if len(waiting) > _AHEAD * processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _batches(raws: Iterable[RawNotice]) -> Iterator[tuple[RawNotice, ...]]:
    """Batches of ``BATCH`` notices and about ``BATCH_BYTES`` at most."""
    batch, weight = list[RawNotice](), 0
    for raw in raws:
        batch.append(raw)
        weight += len(raw.body)
        if len(batch) >= BATCH or weight >= BATCH_BYTES:
            yield tuple(batch)
            batch, weight = [], 0
    if batch:
        yield tuple(batch)


_second: SecondReader | None = None
_limits: Limits | None = None


def _prepare(second: SecondReader | None, limits: Limits | None) -> None:
    global _second, _limits
    _second, _limits = second, limits
    Thread(target=_until_orphaned, daemon=True).start()


def _until_orphaned() -> None:
    """Ends this process with its parent: a pool's processes would wait for ever for one that was killed."""
    if (parent := parent_process()) is not None:
        parent.join()
        os._exit(1)


def _understand(batch: tuple[RawNotice, ...]) -> Understood:
    return understand(batch, _second, _limits)


def understand(
    batch: Iterable[RawNotice], second: SecondReader | None = None, limits: Limits | None = None
) -> Understood:
    """Parse, normalise, classify, tell the trade of each lot: from values to values, no database, no clock.

    A record that a step cannot read is rejected, told in the issues, and stops nothing else.
    """
    log, limits = IssueLog(), limits or defaults()
    raws = {raw.id: raw for raw in batch}
    notices = {raw.id: _alone(partial(_notice, raw, log, limits), raw, log, limits) for raw in raws.values()}
    rows = []
    for raw_id, notice in notices.items():
        row = _alone(partial(_record, raw_id, notice, second), raws[raw_id], log, limits) if notice else None
        rows.append(row or Record(raw_id=raw_id, notice=None, classification=None, status="rejete"))
    return Understood(tuple(rows), tuple(notice for notice in notices.values() if notice), tuple(log))


def _alone(step: Callable[[], T | None], raw: RawNotice, log: IssueLog, limits: Limits) -> T | None:
    """What ``step`` makes of one record. Whatever it raises is its own: the record is rejected, the run goes on."""
    try:
        return within(limits.secondes, step)
    except DataFileError:  # rules or lookups that cannot be trusted concern every record: the run stops
        raise
    except TooLong:
        log.add(rejection(raw.source, raw.key, Exceeded("secondes", limits.secondes)))
        return None
    except Exception as error:
        message = (
            f"Avis rejeté, lecture interrompue ({type(error).__name__} : {str(error)[:200]}) ; il reste en archive, "
            "corrigez l'étape qui l'a refusé puis lancez scanner reclassify."
        )
        log.add(Issue(raw.source, raw.key, "lecture_interrompue", message, level="rejected"))
        return None


def _notice(raw: RawNotice, log: IssueLog, limits: Limits) -> Notice | None:
    from spiders.formats import parse

    draft, issues = parse(raw, limits)
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
        segments=tuple(_segments(notice)),
        status="lu",
    )


def _segments(notice: Notice) -> Iterator[tuple[str | None, LotSegment]]:
    """The segment of each lot whose trade is known; that of the notice itself when it is undivided."""
    from nlp.segments import lot_segment

    for lot in notice.lots or (None,):
        found = lot_segment(notice, lot)
        if found is not None:
            yield lot.number if lot else None, found
