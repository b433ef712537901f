"""What does one passage of the watch do? The child process of ``scanner watch``: a job in, what became of it out.

``python -m scanner.weekly.job`` reads its job as JSON on standard input, takes the lock, and says how it ended on the
last line of its standard output. SIGTERM unwinds it: a transaction is finished or undone, the lock is released.
"""

from __future__ import annotations

import signal
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import orjson

from scanner import run
from scanner.config import Config, read
from scanner.datafile import DataFileError
from scanner.disk import disk_trouble
from scanner.edition import Coverage
from scanner.issues import Issue
from scanner.preflight import sound
from scanner.shelves.known import asked, published
from scanner.source import AWARDS, load
from scanner.spare import unpublished
from scanner.store import Store
from scanner.weekly.agenda import End, Job
from scanner.weekly.lock import Busy, held


@dataclass(frozen=True, slots=True)
class Report:
    """How a job ended, the degraded sources, and what to tell: French sentences."""

    end: End
    degraded: tuple[str, ...] = ()
    told: tuple[str, ...] = ()


def perform(config: Config, job: Job) -> Report:
    """Does ``job`` under the lock of the folder. What fails is told, never raised."""
    try:
        config.folder.mkdir(parents=True, exist_ok=True)
        with held(config.folder, "scanner watch") as left:
            report = _daily(config, job) if job.mode == "daily" else _week(config, job)
        return Report(report.end, report.degraded, (*filter(None, [left]), *report.told))
    except Busy as error:
        return Report("busy", told=(str(error),))
    except (DataFileError, OSError, sqlite3.Error) as error:
        return Report("failed", told=(disk_trouble(error) or str(error),))


def _daily(config: Config, job: Job) -> Report:
    """Reads the last days of the sources that date their notices; publishes nothing."""
    sources = [name for name in _followed(config) if not load(name).snapshot]
    if not sources:
        return Report("gathered", told=("aucune source à lire chaque jour",))
    gathered = run.gather(config, since=job.since, until=job.until, today=job.today, sources=sources)
    with Store.open(config.database) as store:
        _close(store, gathered, "quotidien")
    return Report("gathered", gathered.degraded, _told(gathered))


def _week(config: Config, job: Job) -> Report:
    since, until, today = job.since, job.until, job.today
    gathered = run.gather(config, since=since, until=until, today=today, collecting=job.mode != "offline")
    worth = _worth_waiting(gathered.degraded, job)
    with Store.open(config.database) as store:
        if job.mode == "try" and worth:
            _close(store, gathered, "à reprendre")
            return Report("degraded", worth, _told(gathered))
        if job.mode == "offline":
            store.save_coverage(_never_read(store, config, job))
        edition, files = run.publish(store, config, since=since, until=until, today=today)
        store.save_issues(gathered.number, unpublished(edition))
        _close(store, gathered, "terminé")
        _latest_again(store, config, job)
    degraded = tuple(sorted({*gathered.degraded, *(row.source for row in edition.coverage if not row.complete)}))
    said = f"semaine {edition.week} publiée : {len(files)} fichiers"
    lost = tuple(one.message for one in unpublished(edition))
    return Report("published", degraded, (said, *_told(gathered), *lost[:10], *_saved(config)))


def _worth_waiting(degraded: tuple[str, ...], job: Job) -> tuple[str, ...]:
    """A source that only shows its present state will never tell an old week: waiting for it is vain."""
    recent = (job.today - job.until).days <= 7
    return tuple(name for name in degraded if recent or not load(name).snapshot)


def _never_read(store: Store, config: Config, job: Job) -> list[Coverage]:
    """What could not be asked for the week at all is a gap, not a quiet week."""
    silent = [name for name in _followed(config) if name not in asked(store, job.until)]
    days = [job.since + timedelta(days=n) for n in range((job.until - job.since).days + 1)]
    return [
        Coverage(name, day, 0, 0, 0, 0, 0, complete=False)
        for name in silent
        for day in (days[-1:] if load(name).snapshot else days)
    ]


def _latest_again(store: Store, config: Config, job: Job) -> None:
    """A week published late must not stand in the place of the latest one."""
    latest = max(published(store, _followed(config)), default=job.until)
    if latest > job.until:
        run.publish(store, config, since=latest - timedelta(days=6), until=latest, today=job.today)


def _saved(config: Config) -> Iterator[str]:
    """The copy of the database that follows a published week. A failure is told: the week is published all the same."""
    if not config.passage.backup:
        return
    from scanner.backup import backup

    try:
        yield f"sauvegarde : {backup(config.database, config.backups, keep=config.backups_kept).path.name}"
    except (DataFileError, OSError, sqlite3.Error) as error:
        yield f"sauvegarde manquée : {disk_trouble(error) or error}"


def _close(store: Store, gathered: run.Gathered, status: str) -> None:
    store.finish_run(gathered.number, read=gathered.reading.read, rejected=gathered.reading.rejected, status=status)


def _told(gathered: run.Gathered) -> tuple[str, ...]:
    reading = gathered.reading
    said = [f"{reading.read} avis nouveaux lus, {reading.rejected} rejetés"]
    wanted = (one.message for one in gathered.issues if _to_tell(one))
    return (*said, *dict.fromkeys(wanted))[:10]


def _to_tell(one: Issue) -> bool:
    return one.level == "error" or one.code.startswith("attente_") or one.code.endswith("_interrompue")


def _followed(config: Config) -> tuple[str, ...]:
    return tuple(name for name in config.sources if name != AWARDS)


def encoded(path: Path, job: Job) -> bytes:
    """The job as the child reads it."""
    return orjson.dumps({"config": str(path), "job": job})


def decoded(line: bytes) -> Report:
    """What the child said last. Raises ValueError, KeyError or TypeError when it did not end by a report."""
    told: dict[str, Any] = orjson.loads(line)
    return Report(told["end"], tuple(told["degraded"]), tuple(told["told"]))


def _end(*_: object) -> None:
    raise SystemExit(143)


def main() -> None:
    """The child process. Standard output carries the report only: anything else printed goes to standard error."""
    channel, sys.stdout = sys.stdout, sys.stderr
    signal.signal(signal.SIGTERM, _end)
    spec = orjson.loads(sys.stdin.buffer.read())
    days = {name: date.fromisoformat(spec["job"][name]) for name in ("since", "until", "today")}
    try:
        config = sound(read(Path(spec["config"])))
    except DataFileError as error:
        report = Report("failed", told=(str(error),))
    else:
        report = perform(config, Job(spec["job"]["mode"], **days))
    channel.write(orjson.dumps(report).decode() + "\n")
    channel.flush()


if __name__ == "__main__":
    main()
