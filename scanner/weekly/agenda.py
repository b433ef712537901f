"""What is to be done now? Weeks that are due, tries of a degraded source, the daily reading: from a given instant.

Instants are aware and in UTC; days and hours are those of Europe/Paris, so that neither change of the clock matters.
An hour that March skips is read as one hour later on the clock; one that October repeats, as its first occurrence.
Nothing here reads a clock or a database.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from scanner.passage import Passage

PARIS = ZoneInfo("Europe/Paris")
#: After another run was met at work.
BUSY = timedelta(minutes=5)
WEEK = timedelta(days=7)
#: A next try beyond this was written by a clock that was wrong.
_TOO_FAR = timedelta(days=2)

#: ``try``: publish only if every source is whole; ``last``: publish with what is there; ``offline``: publish what was
#: already received; ``daily``: read yesterday, publish nothing.
Mode = Literal["try", "last", "offline", "daily"]
End = Literal["published", "gathered", "degraded", "busy", "failed", "late", "stopped"]


@dataclass(frozen=True, slots=True)
class Job:
    """One run to start: the publication days ``since`` … ``until`` (both included), how, and the day it is in Paris."""

    mode: Mode
    since: date
    until: date
    today: date


@dataclass(frozen=True, slots=True)
class Chain:
    """The tries of one week: its Sunday, the day they began, how many were made, the next one and how it is made."""

    sunday: date
    day: date
    tries: int
    after: datetime
    mode: Mode


@dataclass(frozen=True, slots=True)
class Memory:
    """What must survive a restart: the tries under way, the last day read by the daily reading."""

    chain: Chain | None = None
    daily: date | None = None


def day_of(now: datetime) -> date:
    """The day in Paris."""
    return now.astimezone(PARIS).date()


def at(day: date, hour: time) -> datetime:
    """The instant (UTC) when clocks in Paris show ``hour`` on ``day``."""
    return datetime.combine(day, hour, PARIS).astimezone(UTC)


def due(sunday: date, settings: Passage) -> datetime:
    """When the week that ends on ``sunday`` is to be read: the first chosen weekday after it."""
    return at(sunday + timedelta(days=1 + settings.weekday), settings.hour)


def last_due(now: datetime, settings: Passage) -> date:
    """The Sunday of the latest week that is due."""
    today = day_of(now)
    sunday = today - timedelta(days=today.isoweekday() % 7)
    while due(sunday, settings) > now:
        sunday -= WEEK
    return sunday


def pending(done: Iterable[date], now: datetime, settings: Passage) -> tuple[date, ...]:
    """The Sundays of the weeks to publish, oldest first: due, not ``done``, after the first one ever done.

    A new database owes only the latest week; beyond ``settings.weeks`` nothing is caught up.
    """
    known, last = set(done), last_due(now, settings)
    first = max(min(known, default=last), last - (settings.weeks - 1) * WEEK)
    count = (last - first).days // 7 + 1
    return tuple(sunday for n in range(count) if (sunday := first + n * WEEK) not in known)


def forgotten(done: Iterable[date], now: datetime, settings: Passage) -> int:
    """How many due weeks are too old to be caught up and were never published."""
    known = set(done)
    if not known:
        return 0
    first = last_due(now, settings) - (settings.weeks - 1) * WEEK
    return sum(min(known) + n * WEEK not in known for n in range((first - min(known)).days // 7))


def decide(memory: Memory, done: Iterable[date], now: datetime, settings: Passage) -> tuple[Job | None, datetime]:
    """The run to start now, None when there is none; and the next instant when there may be something to do."""
    known = set(done)
    waits = [_next_week(known, now, settings)]
    weeks = pending(known, now, settings)
    if weeks:
        chain = _chain(memory, weeks[0], now, settings)
        if chain.after <= now:
            monday = chain.sunday - timedelta(days=6)
            return Job(chain.mode, monday, chain.sunday, day_of(now)), now
        waits.append(chain.after)
    if settings.daily:
        today = day_of(now)
        if _daily_day(today, settings) and memory.daily != today and at(today, settings.hour) <= now:
            return Job("daily", today - timedelta(days=2), today - timedelta(days=1), today), now
        waits.append(_next_day(now, settings))
    return None, min(wait for wait in waits if wait > now)


def advance(memory: Memory, job: Job, end: End, now: datetime, settings: Passage) -> Memory:
    """What to remember after ``job`` ended so: the next try of the week, if it is not published."""
    if end == "stopped":
        return memory
    if job.mode == "daily":
        return memory if end == "busy" else replace(memory, daily=job.today)
    if end == "published":
        return replace(memory, chain=None)
    chain = _chain(memory, job.until, now, settings)
    if end == "busy":
        return replace(memory, chain=replace(chain, after=now + BUSY))
    return replace(memory, chain=_again(chain, job, now, settings))


def _again(chain: Chain, job: Job, now: datetime, settings: Passage) -> Chain:
    """The next try: later the same day while some are left, then with what is there, then the next day afresh."""
    tries = chain.tries + 1
    if job.mode == "offline":
        return Chain(chain.sunday, day_of(now), 0, at(day_of(now) + timedelta(days=1), settings.hour), _first(settings))
    later = now + settings.retry
    if job.mode == "last" or tries > settings.retries or day_of(later) != chain.day:
        return replace(chain, tries=tries, after=now, mode="offline")
    final = tries == settings.retries or day_of(later + settings.retry) != chain.day
    return replace(chain, tries=tries, after=later, mode="last" if final else "try")


def _chain(memory: Memory, sunday: date, now: datetime, settings: Passage) -> Chain:
    """The tries of this week: those under way, else a first one now. Those of a day that is over begin again."""
    known, today = memory.chain, day_of(now)
    if known and known.sunday == sunday and known.after - now < _TOO_FAR:
        alive = known.day == today or known.after > now or known.mode == "offline"
        return known if alive else Chain(sunday, today, 0, now, _first(settings))
    return Chain(sunday, today, 0, now, _first(settings))


def _first(settings: Passage) -> Mode:
    return "try" if settings.retries else "last"


def _next_week(done: set[date], now: datetime, settings: Passage) -> datetime:
    sunday = last_due(now, settings) + WEEK
    while sunday in done:
        sunday += WEEK
    return due(sunday, settings)


def _daily_day(day: date, settings: Passage) -> bool:
    return day.weekday() != settings.weekday


def _next_day(now: datetime, settings: Passage) -> datetime:
    day = day_of(now)
    while not (_daily_day(day, settings) and at(day, settings.hour) > now):
        day += timedelta(days=1)
    return at(day, settings.hour)
