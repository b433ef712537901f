"""One bad record is rejected, told and kept; it never stops the run nor touches its neighbours."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from scanner import run
from scanner.datafile import DataFileError
from scanner.finding import Classification
from scanner.issues import IssueLog
from scanner.notice import Notice, RawNotice
from scanner.sample import week
from scanner.store import Store


def raw(key: str, **fields: object) -> RawNotice:
    record = {
        "idweb": key,
        "famille": "FNS",
        "nature": "APPEL_OFFRE",
        "etat": "INITIAL",
        "dateparution": "2026-11-16",
        "objet": "Entretien des espaces verts",
    }
    body = orjson.dumps({**record, **fields})
    return RawNotice("boamp", key, "https://exemple.invalid/", datetime(2026, 11, 16, tzinfo=UTC), body)


def read(*raws: RawNotice) -> tuple[Store, run.Reading, IssueLog]:
    store, log = Store.open(":memory:"), IssueLog()
    store.archive(raws)
    return store, run.read(store, store.unread(), log), log


def test_a_record_that_breaks_a_step_is_rejected_and_the_others_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    from nlp import classify

    genuine = classify.classify

    def breaks(notice: Notice) -> Classification:
        if notice.key == "26-2":
            raise OverflowError("trop loin")
        return genuine(notice)

    monkeypatch.setattr(classify, "classify", breaks)
    store, reading, log = read(raw("26-1"), raw("26-2"), raw("26-3"))
    assert (reading.read, reading.rejected) == (2, 1)
    assert [(issue.key, issue.level) for issue in log] == [("26-2", "rejected")]
    assert "trop loin" in next(iter(log)).message
    assert store.notice("boamp:26-1") and store.notice("boamp:26-3") and not store.notice("boamp:26-2")
    assert list(store.unread()) == []


def test_a_deadline_at_the_end_of_time_is_told_and_left_out() -> None:
    absurd = raw("26-2", dateparution="9999-12-31", famille="JOUE", datelimitereponse="9999-12-31T23:59:00-12:00")
    store, reading, log = read(raw("26-1"), absurd)
    assert (reading.read, reading.rejected) == (2, 0)
    assert [issue.key for issue in log if issue.code == "echeance_absurde"] == ["26-2"]
    notice = store.notice("boamp:26-2")
    assert notice and notice.deadline is None


def test_a_record_archived_under_another_key_does_not_take_the_place_of_a_notice() -> None:
    store, reading, log = read(raw("26-1"), raw("26-2", idweb="26-1", objet="Autre"), raw("26-3", idweb=" 26-3 "))
    assert (reading.read, reading.rejected) == (2, 1)
    notice = store.notice("boamp:26-1")
    assert notice and notice.title == "Entretien des espaces verts"
    assert [issue.key for issue in log if issue.level == "rejected"] == ["26-2"]


def test_rules_that_cannot_be_trusted_stop_the_run_instead_of_rejecting_every_notice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(name: str) -> None:
        raise DataFileError(f"{name}.yml : clé inconnue.")

    monkeypatch.setattr("spiders.formats.boamp.load", broken)
    with pytest.raises(DataFileError, match="clé inconnue"):
        read(raw("26-1"))
    monkeypatch.undo()
    monkeypatch.setattr("nlp.classify.classify", broken)
    with pytest.raises(DataFileError, match="clé inconnue"):
        read(raw("26-1"))


READS = """
import os, signal
from scanner import understand
from tests.scanner.test_run import raw
understand.BATCH = 1
said = understand.understood([raw(f"26-{rank}") for rank in range(50)], None, 2)
next(said)
with open(f"/proc/{os.getpid()}/task/{os.getpid()}/children") as children:
    print(children.read(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="la liste des processus est celle de Linux")
def test_the_processes_that_read_end_with_a_run_that_is_killed() -> None:
    root = Path(__file__).resolve().parents[2]
    told = subprocess.run([sys.executable, "-c", READS], cwd=root, stdout=subprocess.PIPE, text=True, timeout=60)
    readers = [Path("/proc", pid) for pid in told.stdout.split()]
    assert told.returncode == -signal.SIGKILL and len(readers) == 2
    deadline = time.monotonic() + 20
    while any(map(alive, readers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(alive, readers))


def alive(process: Path) -> bool:
    """Whether it still runs; one that has ended may wait for its new parent to notice."""
    try:
        return process.joinpath("stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_two_processes_read_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.understand.BATCH", 40)
    raws = [raw(f"26-{110_000 + rank}", **record) for rank, record in enumerate(week.records())]
    told = []
    for processes in (1, 2):
        store, log = Store.open(":memory:"), IssueLog()
        store.archive(raws)
        reading = run.read(store, store.unread(), log, processes=processes)
        told.append((reading, list(log), list(store.dump_canonical())))
    assert told[0] == told[1]
    assert told[0][0].read > 200 and told[0][0].rejected
