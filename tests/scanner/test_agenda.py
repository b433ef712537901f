"""The clock is moved: across both changes of hour, over missed weeks, from one try to the next."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from scanner.passage import Passage
from scanner.weekly.agenda import Chain, Memory, advance, at, decide, due, forgotten, last_due, pending

MONDAY = Passage()
SUNDAYS = [date(2026, 11, 1) + timedelta(weeks=n) for n in range(4)]  # 1, 8, 15, 22 novembre


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("sunday", "instant"),
    [
        (date(2026, 3, 22), "2026-03-23T06:00"),  # heure d'hiver
        (date(2026, 3, 29), "2026-03-30T05:00"),  # au lendemain du passage à l'heure d'été
        (date(2026, 10, 18), "2026-10-19T05:00"),
        (date(2026, 10, 25), "2026-10-26T06:00"),  # au lendemain du retour à l'heure d'hiver
    ],
)
def test_seven_in_paris_is_seven_in_paris_across_both_changes(sunday: date, instant: str) -> None:
    assert due(sunday, MONDAY) == utc(instant)


@pytest.mark.parametrize(
    ("day", "hour", "instant"),
    [
        (date(2026, 3, 29), time(1, 59), "2026-03-29T00:59"),
        (date(2026, 3, 29), time(2, 30), "2026-03-29T01:30"),  # n'existe pas : 03:30 à l'horloge
        (date(2026, 3, 29), time(3, 30), "2026-03-29T01:30"),
        (date(2026, 10, 25), time(2, 30), "2026-10-25T00:30"),  # existe deux fois : la première
        (date(2026, 10, 25), time(3, 0), "2026-10-25T02:00"),
    ],
)
def test_an_hour_that_does_not_exist_or_comes_twice_is_one_instant(day: date, hour: time, instant: str) -> None:
    assert at(day, hour) == utc(instant)


@pytest.mark.parametrize("changed", [date(2026, 3, 29), date(2026, 10, 25)])
def test_a_watch_set_in_the_hour_that_changes_publishes_each_week_once(changed: date) -> None:
    settings = Passage(weekday=6, hour=time(2, 30))
    first = changed - timedelta(days=21)
    done, starts = {first}, []
    now = at(changed - timedelta(days=10), time(12))
    while now < at(changed + timedelta(days=10), time(12)):
        job, _ = decide(Memory(), done, now, settings)
        if job:
            starts.append((job.until, now))
            done.add(job.until)
        now += timedelta(minutes=10)
    assert [until for until, _ in starts] == sorted({until for until, _ in starts})
    assert {start.astimezone(UTC) for until, start in starts if until + timedelta(days=7) == changed} == {
        at(changed, time(2, 30))
    }


@pytest.mark.parametrize(("minute", "sunday"), [("05:59", SUNDAYS[2]), ("06:00", SUNDAYS[3])])
def test_a_week_is_due_at_the_minute(minute: str, sunday: date) -> None:
    assert last_due(utc(f"2026-11-23T{minute}"), MONDAY) == sunday


def test_on_another_weekday_the_week_waits_for_it() -> None:
    wednesday = Passage(weekday=2)
    assert due(SUNDAYS[3], wednesday) == utc("2026-11-25T06:00")
    assert last_due(utc("2026-11-24T12:00"), wednesday) == SUNDAYS[2]


def test_three_missed_weeks_are_owed_oldest_first_and_the_one_read_by_hand_is_not() -> None:
    now = utc("2026-11-23T09:00")
    assert pending({SUNDAYS[0]}, now, MONDAY) == tuple(SUNDAYS[1:])
    assert pending({SUNDAYS[0], SUNDAYS[2]}, now, MONDAY) == (SUNDAYS[1], SUNDAYS[3])
    assert pending(set(SUNDAYS), now, MONDAY) == ()
    assert pending((), now, MONDAY) == (SUNDAYS[3],)


def test_what_is_too_old_to_be_caught_up_is_counted() -> None:
    two = Passage(weeks=2)
    now = utc("2026-11-23T09:00")
    assert pending({SUNDAYS[0]}, now, two) == (SUNDAYS[2], SUNDAYS[3])
    assert forgotten({SUNDAYS[0]}, now, two) == 1
    assert forgotten({SUNDAYS[0]}, now, MONDAY) == 0


def test_nothing_is_started_before_its_hour_and_the_wait_ends_then() -> None:
    job, wake = decide(Memory(), SUNDAYS[:3], utc("2026-11-23T05:59"), MONDAY)
    assert job is None and wake == utc("2026-11-23T06:00")
    job, _ = decide(Memory(), SUNDAYS[:3], wake, MONDAY)
    assert job and (job.mode, job.since, job.until, job.today) == (
        "try", date(2026, 11, 16), date(2026, 11, 22), date(2026, 11, 23),
    )  # fmt: skip


def played(settings: Passage, ends: list[str], start: str = "2026-11-23T06:00") -> list[tuple[str, str]]:
    """The tries (hour in UTC, mode) of the week whose runs end so, each lasting ten minutes."""
    memory, now, tries = Memory(), utc(start), []
    for end in ends:
        job, wake = decide(memory, SUNDAYS[:3], now, settings)
        while job is None:
            now = wake
            job, wake = decide(memory, SUNDAYS[:3], now, settings)
        tries.append((f"{now:%d %H:%M}", job.mode))
        now += timedelta(minutes=10)
        memory = advance(memory, job, end, now, settings)  # type: ignore[arg-type]
    return tries


def test_a_degraded_source_is_asked_again_the_same_day_then_the_week_is_published_anyway() -> None:
    assert played(MONDAY, ["degraded", "degraded", "published"]) == [
        ("23 06:00", "try"), ("23 08:10", "try"), ("23 10:20", "last"),
    ]  # fmt: skip


def test_without_retries_the_week_is_published_at_once() -> None:
    assert played(Passage(retries=0), ["published"]) == [("23 06:00", "last")]


def test_a_retry_that_would_fall_on_the_next_day_is_not_waited_for() -> None:
    late = Passage(hour=time(22, 30))
    assert played(late, ["degraded", "published"], "2026-11-23T21:30") == [("23 21:30", "try"), ("23 21:40", "offline")]


def test_the_last_retry_of_the_day_publishes() -> None:
    evening = Passage(hour=time(20))
    assert [mode for _, mode in played(evening, ["degraded", "published"], "2026-11-23T19:00")] == ["try", "last"]


def test_runs_that_die_end_in_a_publication_without_the_network_then_wait_for_the_next_day() -> None:
    once = Passage(retries=1)
    assert played(once, ["late", "failed", "failed", "published"]) == [
        ("23 06:00", "try"), ("23 08:10", "last"), ("23 08:20", "offline"), ("24 06:00", "try"),
    ]  # fmt: skip


def test_a_run_that_was_met_at_work_costs_no_try() -> None:
    assert played(MONDAY, ["busy", "published"]) == [("23 06:00", "try"), ("23 06:15", "try")]


def test_a_stopped_run_is_begun_again() -> None:
    assert played(MONDAY, ["stopped", "published"]) == [("23 06:00", "try"), ("23 06:10", "try")]


def test_tries_of_a_day_that_is_over_begin_again() -> None:
    old = Chain(SUNDAYS[3], date(2026, 11, 23), 2, utc("2026-11-23T10:00"), "last")
    job, _ = decide(Memory(old), SUNDAYS[:3], utc("2026-11-25T08:00"), MONDAY)
    assert job and job.mode == "try"


def test_a_try_put_off_by_a_clock_that_was_wrong_is_not_waited_for() -> None:
    wrong = Chain(SUNDAYS[3], date(2036, 11, 23), 1, utc("2036-11-23T10:00"), "last")
    job, _ = decide(Memory(wrong), SUNDAYS[:3], utc("2026-11-23T08:00"), MONDAY)
    assert job and job.until == SUNDAYS[3]


def test_the_daily_reading_reads_yesterday_every_day_but_the_weekly_one() -> None:
    daily, memory, now, read = Passage(daily=True), Memory(), utc("2026-11-23T05:00"), []
    done = set(SUNDAYS[:3])
    while now < utc("2026-11-30T05:00"):
        job, wake = decide(memory, done, now, daily)
        if job and job.mode == "daily":
            read.append((job.today.day, job.until.day))
            memory = advance(memory, job, "gathered", now, daily)
        elif job:
            done.add(job.until)
        else:
            now = wake
    assert read == [(day, day - 1) for day in range(24, 30)]
