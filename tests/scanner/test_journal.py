"""A run that is killed loses nothing of what it did: the next one tells it, and ends as if there had been one run."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from scanner import run
from scanner.collect import CollectResult
from scanner.config import Config
from scanner.edition import Coverage
from scanner.issues import Issue
from scanner.notice import RawNotice
from scanner.sample import week
from scanner.store import Store

MONDAY, SUNDAY, REFERENCE = date(2026, 11, 16), date(2026, 11, 22), date(2026, 11, 23)
RECORDS = week.records()
#: Calls, what becomes of them (a relaunch is linked to its call), and a record that cannot be read.
CHOSEN = [one for one in RECORDS[:40] if one["idweb"]] + [
    RECORDS[rank] for story in week.stories() for rank in (story["of"], story["rank"])
]
BROKEN = {**RECORDS[0], "idweb": "26-999999", "donnees": "{"}


class Killed(BaseException):
    """What kill -9 does, as far as a process can do it to itself."""


def killed(*_: Any, **__: Any) -> Any:
    raise Killed


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """A week that a source gives without a network; one day of it is incomplete."""
    rows = {one["idweb"]: one for one in [*CHOSEN, BROKEN]}.values()
    raws = [
        RawNotice(
            "boamp", one["idweb"], "https://exemple.invalid/", datetime(2026, 11, 23, tzinfo=UTC), orjson.dumps(one)
        )
        for one in rows
    ]
    coverage = (Coverage("boamp", MONDAY, len(raws), len(raws), 0, 0, 0, True),)

    def crawl(database: Path, **_: Any) -> CollectResult:
        with Store.open(database) as store:
            new, changed = store.archive(raws)
        return CollectResult(coverage, (Issue("boamp", "26-1", "no-key", "Signalez-le."),), new, changed)

    monkeypatch.setattr(run, "crawl", crawl)
    return Config(contact="essai@exemple.invalid", folder=tmp_path / "essai")


def go(config: Config, today: date = REFERENCE) -> run.Outcome:
    return run.run(config, since=MONDAY, until=SUNDAY, today=today)


def dumped(config: Config) -> list[str]:
    with Store.open(config.database) as store:
        return list(store.dump_canonical())


def public(config: Config) -> dict[str, bytes]:
    files = (path for path in config.public.rglob("*") if path.is_file())
    return {str(path.relative_to(config.public)): path.read_bytes() for path in files}


def apart(config: Config, folder: Path) -> Config:
    from dataclasses import replace

    return replace(config, folder=folder)


def kill(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, config: Config) -> None:
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(owner, name, killed)
        go(config)


STEPS: list[tuple[Any, str]] = [
    (run, "understood"), (run, "settle_buyers"), (Store, "save_links"), (Store, "save_coverage"), (Store, "count_read"),
    (Store, "save_edition"), (Store, "edition"), (Store, "finish_run"),
]  # fmt: skip


@pytest.mark.parametrize(("owner", "name"), STEPS, ids=[name for _, name in STEPS])
def test_killed_at_any_step_then_run_again_all_is_told_as_by_one_run(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str
) -> None:
    once = apart(config, tmp_path / "sans-panne")
    whole = go(once)
    assert whole.reading.rejected > 0 and whole.status == 1
    kill(monkeypatch, owner, name, config)
    again = go(config)
    assert (again.reading, again.status) == (whole.reading, whole.status)
    assert set(again.issues) == set(whole.issues)
    assert dumped(config) == dumped(once) and any(line.startswith('["liens_proposes"') for line in dumped(once))
    assert public(config) == public(once)
    with sqlite3.connect(config.database) as base:
        runs = base.execute("SELECT status, read, rejected FROM runs ORDER BY id").fetchall()
    told = ("terminé", whole.reading.read, whole.reading.rejected)
    assert runs == [("interrompu", None, None), told]


def test_what_a_finished_run_has_told_is_not_told_again(config: Config) -> None:
    go(config)
    again = go(config)
    assert (again.reading.read, again.reading.rejected) == (0, 0)
    told = [issue.code for issue in again.issues if not issue.code.startswith("attente_")]  # judged at each run
    assert told == ["no-key"]


def test_killed_between_the_date_of_the_edition_and_its_files_the_next_day_publishes_those_of_the_first(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = apart(config, tmp_path / "sans-panne")
    go(once)
    kill(monkeypatch, Store, "edition", config)
    go(config, date(2026, 11, 27))
    assert public(config) == public(once)


def test_a_batch_that_is_not_saved_whole_is_not_saved(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    kill(monkeypatch, Store, "save_links", config)
    with Store.open(config.database) as store:
        assert len(list(store.unread())) > 40
        assert store.aliases() == {}


def test_days_received_by_a_run_that_died_are_known(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    kill(monkeypatch, run, "understood", config)
    with Store.open(config.database) as store:
        assert [row.day for row in store.coverage(MONDAY, SUNDAY)] == [MONDAY]


def test_what_is_collected_again_apart_does_not_lose_its_count_in_the_pages(config: Config) -> None:
    outcome = go(config)
    with Store.open(config.database) as store:
        for result in run.collect(config, since=MONDAY, until=SUNDAY):
            store.save_coverage(result.coverage)
        edition, _ = run.publish(store, config, since=MONDAY, until=SUNDAY, today=REFERENCE)
    assert edition.coverage == outcome.edition.coverage and edition.coverage[0].parsed > 0


def racing(first: Store, second: Store, raws: list[RawNotice]) -> Callable[..., Any]:
    """``second`` archives the same notices at the moment when ``first`` asks what it holds."""
    whole = Store._shas

    def shas(self: Store, ids: Any) -> dict[str, str]:
        found = whole(self, ids)
        if self is first:
            second._conn.execute("PRAGMA busy_timeout=50")
            with pytest.raises(sqlite3.OperationalError, match="locked"):  # it has to wait for its turn
                second.archive(raws)
        return found

    return shas


def test_two_collects_at_once_do_not_stumble_over_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raws = [RawNotice("boamp", "26-1", "", datetime(2026, 11, 16, tzinfo=UTC), b"{}")]
    with Store.open(tmp_path / "veille.db") as first, Store.open(tmp_path / "veille.db") as second:
        with monkeypatch.context() as patch:
            patch.setattr(Store, "_shas", racing(first, second, raws))
            assert first.archive(raws) == (1, 0)
        assert second.archive(raws) == (0, 0)


def test_killed_before_the_public_database_the_edition_is_the_former_one_whole(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages and database are one edition: a first publication cut there shows nothing, not pages without their base."""
    kill(monkeypatch, run, "publish_database", config)
    assert not config.public.exists()
    go(config)
    before = public(config)
    assert "veille-public.db" in before
    with Store.open(config.database) as store:
        store._conn.execute("UPDATE notices SET title = 'autre'")
    kill(monkeypatch, run, "publish_database", config)
    assert public(config) == before
