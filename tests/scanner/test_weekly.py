"""The watch itself: each week once, oldest first; nothing stops it, and it says where it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from scanner import run
from scanner.config import Config, SourceSettings
from scanner.datafile import DataFileError
from scanner.edition import Coverage
from scanner.passage import Passage, passage
from scanner.sample import week
from scanner.sample.replica import Faults, serve
from scanner.shelves.known import published
from scanner.store import Store
from scanner.weekly import job as jobs
from scanner.weekly.agenda import Job
from scanner.weekly.job import Report, perform
from scanner.weekly.lock import held
from scanner.weekly.loop import Watch, state, watch

MONDAYS = [date(2026, 10, 12) + timedelta(weeks=n) for n in range(8)]


def config_in(folder: Path, **settings: object) -> Config:
    return Config(folder=folder, passage=Passage(**settings))  # type: ignore[arg-type]


def read_week(config: Config, sunday: date, *, status: str = "terminé", sources: tuple[str, ...] = ("boamp",)) -> None:
    with Store.open(config.database) as store:
        number = store.save_run(sunday - timedelta(days=6), sunday)
        store.save_coverage([Coverage(name, sunday, 1, 1, 1, 0, 0, True) for name in sources])
        store.finish_run(number, status=status)


class Played:
    """A watch whose clock is moved by hand and whose runs end as told; ``starts`` are (week's Sunday, mode, hour)."""

    def __init__(self, config: Config, start: str, *ends: str) -> None:
        self.config, self.now, self.ends = config, datetime.fromisoformat(start).replace(tzinfo=UTC), list(ends)
        self.starts: list[tuple[date, str, str]] = []
        self.said: list[str] = []
        self.watch = self.started()

    def started(self) -> Watch:
        return Watch(self.config, self.perform, lambda: self.now, self.said.append)

    def perform(self, job: Job) -> Report:
        self.starts.append((job.until, job.mode, f"{self.now:%d/%m %H:%M}"))
        self.now += timedelta(minutes=5)
        end = self.ends.pop(0) if self.ends else "published"
        if end == "published":
            read_week(self.config, job.until)
        return Report(end, ("boamp",) if end == "degraded" else (), ("dit",))  # type: ignore[arg-type]

    def until(self, end: str, step: timedelta = timedelta(minutes=5)) -> None:
        """Lets the watch tick at every ``step`` of the clock; what it does takes its own time."""
        last, clock = datetime.fromisoformat(end).replace(tzinfo=UTC), self.now
        while clock < last:
            self.now = max(self.now, clock)
            while self.watch.tick():
                pass
            clock += step
        self.now = max(self.now, clock)


HOUR = timedelta(hours=1)


def test_three_missed_weeks_across_the_october_change_are_each_published_once_oldest_first(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    read_week(config, date(2026, 10, 11))
    played = Played(config, "2026-11-04T12:00")
    played.until("2026-11-10T12:00", HOUR)
    assert [sunday for sunday, _, _ in played.starts] == [
        date(2026, 10, 18), date(2026, 10, 25), date(2026, 11, 1), date(2026, 11, 8),
    ]  # fmt: skip
    assert [hour for _, _, hour in played.starts] == ["04/11 12:00", "04/11 12:05", "04/11 12:10", "09/11 06:00"]


@pytest.mark.parametrize(
    ("first", "end", "hours"),
    [
        (date(2026, 3, 15), "2026-04-07T12:00", ["23/03 06:00", "30/03 05:00", "06/04 05:00"]),
        (date(2026, 10, 11), "2026-11-03T12:00", ["19/10 05:00", "26/10 06:00", "02/11 06:00"]),
    ],
)
def test_a_watch_left_alone_publishes_at_seven_in_paris_each_week_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: date, end: str, hours: list[str]
) -> None:
    monkeypatch.setattr("scanner.weekly.loop.HEARTBEAT", timedelta(days=8))  # the status is not what is looked at here
    config = config_in(tmp_path)
    read_week(config, first)
    played = Played(config, f"{first + timedelta(days=1)}T12:00")
    played.until(end, HOUR)
    assert [sunday for sunday, _, _ in played.starts] == [first + timedelta(weeks=n) for n in (1, 2, 3)]
    assert [hour for _, _, hour in played.starts] == hours


def test_a_restart_in_the_middle_of_the_tries_does_not_begin_them_again(tmp_path: Path) -> None:
    played = Played(config_in(tmp_path), "2026-11-23T06:00", "degraded", "degraded")
    played.until("2026-11-23T07:00")
    played.watch = played.started()
    played.until("2026-11-23T12:00")
    assert [(mode, hour) for _, mode, hour in played.starts] == [
        ("try", "23/11 06:00"), ("try", "23/11 08:05"), ("last", "23/11 10:10"),
    ]  # fmt: skip


def test_a_week_read_by_hand_in_the_meantime_is_not_published_again(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    read_week(config, date(2026, 11, 15))
    played = Played(config, "2026-11-22T12:00")
    played.until("2026-11-23T05:00")
    read_week(config, date(2026, 11, 22))
    played.until("2026-11-24T12:00")
    assert played.starts == []


def test_a_run_cut_short_and_a_run_of_one_source_do_not_make_a_week_published(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    read_week(config, date(2026, 11, 8), sources=("boamp", "ted"))
    read_week(config, date(2026, 11, 15), sources=("ted",))
    read_week(config, date(2026, 11, 22), status="en cours", sources=("boamp", "ted"))
    with Store.open(config.database) as store:
        assert published(store, ("boamp", "ted")) == {date(2026, 11, 8)}
        assert published(store, ("ted",)) == {date(2026, 11, 8), date(2026, 11, 15)}


def test_a_source_added_later_does_not_bring_back_the_weeks_before_it(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    read_week(config, date(2026, 11, 15))
    read_week(config, date(2026, 11, 22), sources=("boamp", "ted"))
    with Store.open(config.database) as store:
        assert published(store, ("boamp", "ted")) == {date(2026, 11, 15), date(2026, 11, 22)}


def test_a_damaged_database_is_told_and_the_watch_goes_on(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    config.database.write_text("ceci n'est pas une base " * 50)
    played = Played(config, "2026-11-23T06:00")
    played.until("2026-11-23T06:30")
    assert any("veille.db" in said for said in played.said) and played.watch.trouble
    config.database.unlink()
    played.until("2026-11-23T07:00")
    assert [sunday for sunday, _, _ in played.starts] == [date(2026, 11, 22)] and not played.watch.trouble


def test_a_clock_set_back_does_not_put_the_watch_to_sleep(tmp_path: Path) -> None:
    played = Played(config_in(tmp_path), "2036-11-24T12:00")
    played.until("2036-11-24T13:00")
    played.starts.clear()
    (tmp_path / "veille.db").unlink()
    played.now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    played.until("2026-11-23T13:00")
    assert [sunday for sunday, _, _ in played.starts] == [date(2026, 11, 22)]


def test_the_status_says_the_next_run_and_the_last_result_and_harms_nobody(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    played = Played(config, "2026-11-23T06:00", "degraded")
    played.perform = lambda job: Report("degraded", ("boamp",), ("<script>alert(1)</script>",))  # type: ignore[method-assign]
    played.watch.perform = played.perform
    played.until("2026-11-23T07:00")
    page = (config.private / "etat.html").read_text()
    assert "Prochain passage : lundi 23 novembre 2026 à 09:00 (heure de Paris), semaine 2026-W47, essai 2" in page
    assert "source en défaut, reprise prévue" in page and "Sources en défaut : boamp." in page
    assert "<script>" not in page
    told = orjson.loads((config.private / "etat.json").read_bytes())
    assert told["last"]["end"] == "degraded" and told["memory"]["chain"]["tries"] == 1


def test_a_watch_that_died_is_told_by_who_looks(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    played = Played(config, "2026-11-23T06:00")
    played.until("2026-11-23T07:00")
    known = state.recall(config.private)
    assert known and known.published and known.published.what == "semaine 2026-W47"
    assert not any("signe de vie" in line for line in state.lines(known, played.now))
    assert "signe de vie" in state.lines(known, known.next + timedelta(hours=3))[0]


def test_a_status_that_cannot_be_read_begins_afresh(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    config.private.mkdir()
    (config.private / "etat.json").write_text('{"written": "hier"')
    played = Played(config, "2026-11-23T06:00")
    played.until("2026-11-23T06:30")
    assert len(played.starts) == 1


def test_a_status_that_cannot_be_written_does_not_stop_the_watch(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    config.private.write_text("un fichier à la place du dossier")
    played = Played(config, "2026-11-23T06:00")
    played.until("2026-11-30T07:00", HOUR)
    assert [sunday for sunday, _, _ in played.starts] == [date(2026, 11, 22), date(2026, 11, 29)]
    assert any("n'a pas pu être écrit" in said for said in played.said)


def test_a_machine_without_room_for_a_process_does_not_stop_the_watch(tmp_path: Path) -> None:
    played = Played(config_in(tmp_path), "2026-11-23T06:00")

    def full(_: Job) -> Report:
        raise OSError(28, "No space left on device")

    played.watch.perform = full
    assert played.watch.tick()
    known = state.recall(tmp_path / "prive")
    assert known and known.last and known.last.end == "failed" and "plein" in known.last.told[0]


def test_once_does_what_is_due_and_leaves(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    read_week(config, date(2026, 11, 8))
    played = Played(config, "2026-11-23T12:00")
    assert watch(played.watch, stopped=lambda: False, wait=lambda _: pytest.fail("attente"), once=True) == 2
    assert watch(played.started(), stopped=lambda: False, wait=lambda _: pytest.fail("attente"), once=True) == 0


def test_a_stop_ends_the_loop(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    read_week(config, date(2026, 11, 22))
    played, waits = Played(config, "2026-11-23T12:00"), []
    watch(played.watch, stopped=lambda: len(waits) == 2, wait=waits.append)
    assert len(waits) == 2 and all(0 < seconds <= 20 for seconds in waits)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"jour": "monday"}, "lundi"),
        ({"heure": "7h"}, "07:00"),
        ({"heure": "24:00"}, "07:00"),
        ({"reprises": 11}, "de 0 à 10"),
        ({"duree_max_minutes": 0}, "de 1 à 1440"),
        ({"duree": 3}, "« duree » inconnue"),
    ],
)
def test_a_mistake_in_the_settings_is_one_sentence(entry: dict[str, object], words: str) -> None:
    with pytest.raises(DataFileError, match=words):
        passage(entry, Path("veille.toml"))


def test_the_settings_are_read() -> None:
    told = passage({"jour": "mercredi", "heure": "06:30", "quotidien": True, "duree_max_minutes": 90}, Path("v.toml"))
    assert (told.weekday, f"{told.hour:%H:%M}", told.daily, told.limit) == (2, "06:30", True, timedelta(minutes=90))


# -- the job itself, against the replica ---------------------------------------------------------------------------

SUNDAY = date(2026, 11, 22)
FEW = [record for record in week.records() if record["dateparution"] >= "2026-11-21"][:12]


def boamp(folder: Path, address: str) -> Config:
    asked = SourceSettings(base_url=address, delay=0.0, attempts=1, patience=0.0)
    return replace(config_in(folder), sources={"boamp": asked})


def job(mode: str, sunday: date = SUNDAY) -> Job:
    return Job(mode, sunday - timedelta(days=6), sunday, date(2026, 11, 23))  # type: ignore[arg-type]


def test_a_degraded_source_holds_the_week_back_until_the_last_try(tmp_path: Path) -> None:
    with serve(FEW, faults=Faults(server_errors=1)) as server:
        config = boamp(tmp_path, server.base_url)
        first = perform(config, job("try"))
    assert (first.end, first.degraded) == ("degraded", ("boamp",))
    assert not config.public.exists()
    with Store.open(config.database) as store:
        assert published(store, ("boamp",)) == frozenset()
    last = perform(config, job("last"))  # the replica is gone
    assert (last.end, last.degraded) == ("published", ("boamp",))
    assert "source incomplète : BOAMP" in (config.public / "digest" / "2026-W47.txt").read_text()
    assert len(list(config.backups.glob("veille-*.db"))) == 1


def test_without_the_network_at_all_the_gap_is_told(tmp_path: Path) -> None:
    config = boamp(tmp_path, "http://127.0.0.1:9/absent")
    told = perform(config, job("offline"))
    assert (told.end, told.degraded) == ("published", ("boamp",))
    text = (config.public / "digest" / "2026-W47.txt").read_text()
    assert "source incomplète" in text and "sources complètes" not in text
    with Store.open(config.database) as store:
        assert published(store, ("boamp",)) == {SUNDAY}


def test_a_week_published_late_does_not_take_the_place_of_the_latest(tmp_path: Path) -> None:
    config = boamp(tmp_path, "http://127.0.0.1:9/absent")
    for sunday in (SUNDAY - timedelta(weeks=2), SUNDAY, SUNDAY - timedelta(weeks=1)):
        assert perform(config, job("offline", sunday)).end == "published"
    assert "2026-W47" in (config.public / "feeds" / "veille.rss.xml").read_text()
    assert (config.public / "digest" / "2026-W46.html").exists()


def test_a_run_at_work_is_told_and_nothing_is_done(tmp_path: Path) -> None:
    config = boamp(tmp_path, "http://127.0.0.1:9/absent")
    with held(tmp_path, "scanner run"):
        told = perform(config, job("offline"))
    assert told.end == "busy" and "scanner run" in told.told[0]
    assert not config.database.exists()


def test_the_daily_reading_reads_and_publishes_nothing(tmp_path: Path) -> None:
    with serve(FEW) as server:
        config = boamp(tmp_path, server.base_url)
        told = perform(config, Job("daily", date(2026, 11, 21), SUNDAY, date(2026, 11, 23)))
    assert told.end == "gathered" and "12 avis nouveaux lus" in told.told[0]
    assert not config.public.exists()
    with Store.open(config.database) as store:
        assert published(store, ("boamp",)) == frozenset()


def test_a_failed_copy_does_not_unpublish_the_week(tmp_path: Path) -> None:
    config = boamp(tmp_path, "http://127.0.0.1:9/absent")
    config.backups.write_text("un fichier à la place du dossier")
    told = perform(config, job("offline"))
    assert told.end == "published" and any("sauvegarde manquée" in said for said in told.told)


def test_what_breaks_a_run_is_told_not_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise DataFileError("regles.yml : clé inconnue.")

    monkeypatch.setattr(run, "gather", broken)
    assert perform(config_in(tmp_path), job("try")) == Report("failed", told=("regles.yml : clé inconnue.",))
    assert jobs.decoded(orjson.dumps(Report("busy", told=("x",)))) == Report("busy", told=("x",))
