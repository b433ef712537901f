"""One run at a time: the owner is named, and a lock left by a run that died is taken back with a sentence."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from scanner.weekly.lock import NAME, Busy, Owner, age_told, held, owner

NOW = datetime(2026, 11, 23, 6, 12, tzinfo=UTC)
HOLD = "import sys, time; from pathlib import Path; from scanner.weekly.lock import held\n" + (
    "with held(Path(sys.argv[1]), 'scanner run'): print('pris', flush=True); time.sleep(60)"
)


@pytest.fixture
def holder(tmp_path: Path):
    child = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout and child.stdout.readline() == "pris\n"
    yield child
    child.kill()
    child.wait()
    child.stdout.close()


def test_a_second_run_is_refused_and_the_first_is_named(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    with pytest.raises(Busy, match=f"scanner run.*processus {holder.pid}"), held(tmp_path, "scanner publish"):
        pytest.fail("deux passages à la fois")
    who = owner(tmp_path)
    assert who and (who.pid, who.task) == (holder.pid, "scanner run")


def test_a_killed_run_leaves_a_lock_that_is_taken_back_and_told(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert owner(tmp_path) is None
    with held(tmp_path, "scanner run") as told:
        assert f"processus {holder.pid}" in told and "interrompu" in told
    with held(tmp_path, "scanner run") as told:
        assert told == ""


def test_a_lock_is_released_when_the_run_fails(tmp_path: Path) -> None:
    with pytest.raises(KeyError), held(tmp_path, "scanner run"):
        raise KeyError
    with held(tmp_path, "scanner run") as told:
        assert told == ""


def test_a_forked_reader_does_not_keep_the_lock_of_its_parent(tmp_path: Path) -> None:
    with held(tmp_path, "scanner run"):
        held_open, told = os.pipe()
        child = os.fork()
        if not child:
            os.close(told)
            os.read(held_open, 1)
            os._exit(0)
        os.close(held_open)
    try:
        with held(tmp_path, "scanner run"):
            pass
    finally:
        os.close(told)
        os.waitpid(child, 0)


@pytest.mark.parametrize(
    ("host", "age", "busy"),
    [("ailleurs", timedelta(hours=1), True), ("ailleurs", timedelta(hours=13), False)],
)
def test_without_locks_of_the_system_the_age_of_a_far_owner_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, age: timedelta, busy: bool
) -> None:
    def unknown(*_: object) -> None:
        raise OSError(errno.ENOLCK, "no locks available")

    (tmp_path / NAME).write_bytes(orjson.dumps(Owner(1, host, "scanner run", NOW - age)))
    monkeypatch.setattr(fcntl, "flock", unknown)
    if busy:
        with pytest.raises(Busy, match="ailleurs"), held(tmp_path, "scanner run", now=NOW):
            pass
    else:
        with held(tmp_path, "scanner run", now=NOW) as told:
            assert "ailleurs" in told


def test_a_lock_that_a_kill_cut_short_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b'{"pid": 1')
    with held(tmp_path, "scanner run") as told:
        assert told == ""


def test_ages_are_told_in_the_unit_that_reads_best() -> None:
    assert [age_told(timedelta(minutes=n)) for n in (0, 119, 120, 2879, 2880)] == [
        "0 min", "119 min", "2 h", "47 h", "2 jours",
    ]  # fmt: skip
