"""How does the watch never go silent? A loop that ticks, starts what is due, and says what came of it.

``schedule`` only ticks: it knows no missed job, lets exceptions escape and counts in the machine's local time. What is
due, and when, is worked out by ``scanner.weekly.agenda`` from the database and the clock that is given.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import schedule

from scanner.config import Config
from scanner.datafile import DataFileError
from scanner.disk import disk_trouble
from scanner.edition import iso_week
from scanner.shelves.known import published
from scanner.source import AWARDS
from scanner.store import Store
from scanner.weekly import state
from scanner.weekly.agenda import Job, Memory, advance, decide, forgotten
from scanner.weekly.job import Report
from scanner.weekly.state import Last, State

#: Seconds between two looks at the clock.
TICK = 20
#: The status is written at least so often: a sign of life.
HEARTBEAT = timedelta(hours=1)
#: After a database that could not be read.
TROUBLE = timedelta(minutes=15)

Perform = Callable[[Job], Report]


@dataclass
class Watch:
    """One watch at work: its settings, how a job is performed, where its sentences go, and what it last said.

    ``trouble``: the database could not be read at the last look.
    """

    config: Config
    perform: Perform
    clock: Callable[[], datetime]
    say: Callable[[str], None]
    state: State | None = None
    trouble: bool = False
    wake: datetime | None = None

    def tick(self) -> bool:
        """Does what is due at the instant the clock gives; True when a job was performed. Nothing escapes from it."""
        now = self.clock()
        if self.state and self.wake and self.state.written <= now < self.wake:  # a clock set back wakes too
            return False
        known = self.state or state.recall(self.config.private)
        memory = known.memory if known else Memory()
        try:
            done = self._done()
            job, wake = decide(memory, done, now, self.config.passage)
        except (DataFileError, OSError, sqlite3.Error) as error:
            self.trouble = True
            said = f"La base ne peut être lue : {disk_trouble(error) or error}"
            self.say(said)
            self._keep(self._said(known, now, now + TROUBLE, "nouvel essai", (said,)))
            return False
        self.trouble = False
        if job is None:
            self._keep(self._said(known, now, wake, self._what(memory), self._notes(done, now)))
            return False
        self._do(job, known, memory, now)
        return True

    def _do(self, job: Job, known: State | None, memory: Memory, now: datetime) -> None:
        what = _named(job)
        self.say(f"Passage commencé : {what}.")
        try:
            report = self.perform(job)
        except OSError as error:  # no room for a process or a file
            report = Report("failed", told=(disk_trouble(error) or str(error),))
        ended = self.clock()
        memory = advance(memory, job, report.end, ended, self.config.passage)
        last = Last(what, ended, report.end, report.degraded, report.told)
        self.say(f"Passage fini : {what}, {state.ENDS[report.end]}. {' ; '.join(report.told)}".rstrip())
        fresh = self._said(known, ended, ended, self._what(memory), ())
        published_last = last if report.end == "published" else fresh.published
        self._keep(replace(fresh, memory=memory, last=last, published=published_last))

    def _done(self) -> frozenset[date]:
        if not self.config.database.exists():
            return frozenset()
        with Store.open(self.config.database) as store:
            return published(store, tuple(name for name in self.config.sources if name != AWARDS))

    def _what(self, memory: Memory) -> str:
        if memory.chain:
            how = "avec ce qui est là" if memory.chain.mode != "try" else "si les sources sont complètes"
            return f"semaine {iso_week(memory.chain.sunday)}, essai {memory.chain.tries + 1}, publiée {how}"
        return "lecture de la veille ou semaine finie" if self.config.passage.daily else "semaine finie"

    def _notes(self, done: frozenset[date], now: datetime) -> tuple[str, ...]:
        old = forgotten(done, now, self.config.passage)
        if not old:
            return ()
        return (
            f"{old} semaine(s) manquée(s) trop ancienne(s) pour le rattrapage : « scanner run --since … --until … », "
            "ou augmentez « rattrapage_semaines » sous [passage].",
        )

    def _said(self, known: State | None, now: datetime, wake: datetime, what: str, notes: tuple[str, ...]) -> State:
        base = known or State(now, wake, what)
        return replace(base, written=now, next=wake, what=what, notes=notes)

    def _keep(self, fresh: State) -> None:
        """Remembers, and writes the status; a disk that refuses it is told and does not stop the watch."""
        self.state = fresh
        self.wake = min(fresh.next, fresh.written + HEARTBEAT)
        try:
            state.save(self.config.private, fresh)
        except OSError as error:
            self.say(f"L'état de la veille n'a pas pu être écrit : {disk_trouble(error) or error}")


def watch(one: Watch, *, stopped: Callable[[], bool], wait: Callable[[float], object], once: bool = False) -> int:
    """Ticks until ``stopped()``; ``wait(seconds)`` must return early then. ``once``: ends when nothing more is due.

    Returns how many jobs were performed before the first wait.
    """
    performed = 0
    scheduler = schedule.Scheduler()
    scheduler.every(TICK).seconds.do(one.tick)
    while not stopped() and one.tick():
        performed += 1
    while not (once or stopped()):
        scheduler.run_pending()
        wait(max(0.1, min(float(TICK), scheduler.idle_seconds or 0.0)))
    return performed


def _named(job: Job) -> str:
    if job.mode == "daily":
        return f"lecture du {job.since:%d/%m/%Y} au {job.until:%d/%m/%Y}"
    return f"semaine {iso_week(job.until)}"
