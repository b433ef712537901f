"""A passage has a time limit and an end: its whole group goes with it, and the watch is told what happened."""

from __future__ import annotations

import os
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import pytest

from scanner.weekly.agenda import Job
from scanner.weekly.child import perform_apart

JOB = Job("try", date(2026, 11, 16), date(2026, 11, 22), date(2026, 11, 23))
HOUR = timedelta(hours=1)
GRANDCHILD = (
    "import subprocess, sys, signal, time, pathlib\n"
    "deaf = ['-c', 'import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)']\n"
    "one = subprocess.Popen([sys.executable, *deaf])\n"
    "pathlib.Path(sys.argv[1]).write_text(str(one.pid))\n"
    "time.sleep(60)\n"
)


def script(code: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code, *arguments)


def gone(pid: int) -> bool:
    for _ in range(50):
        state = Path(f"/proc/{pid}/stat")
        if not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False


def test_beyond_its_limit_a_passage_is_ended_with_its_group(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    began = time.monotonic()
    report = perform_apart(
        Path("veille.toml"), JOB, limit=timedelta(seconds=0.8), stopped=lambda: False,
        command=script(GRANDCHILD, str(told)), grace=0.5,
    )  # fmt: skip
    assert report.end == "late" and "plus de" in report.told[0]
    assert time.monotonic() - began < 10
    assert gone(int(told.read_text()))


def test_a_stop_is_passed_to_the_passage_and_waits_for_its_end(tmp_path: Path) -> None:
    code = (
        "import sys, time, signal, pathlib\n"
        "def end(*_): pathlib.Path(sys.argv[1]).write_text('transaction finie'); sys.exit(143)\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "pathlib.Path(sys.argv[2]).touch(); time.sleep(60)\n"
    )
    proof, ready = tmp_path / "fini", tmp_path / "pret"
    report = perform_apart(
        Path("veille.toml"), JOB, limit=HOUR, stopped=ready.exists, command=script(code, str(proof), str(ready))
    )
    assert report.end == "stopped"
    assert proof.read_text() == "transaction finie"


@pytest.mark.parametrize(
    ("code", "end", "words"),
    [
        ("import os; os.kill(os.getpid(), 9)", "failed", "code -9"),
        ("print('bonjour')", "failed", "avant la fin"),
        (
            """print('{"end": "published", "degraded": ["boamp"], "told": ["semaine publiée"]}')""",
            "published",
            "semaine",
        ),
    ],
)
def test_what_the_passage_says_last_is_what_became_of_it(code: str, end: str, words: str) -> None:
    report = perform_apart(Path("veille.toml"), JOB, limit=HOUR, stopped=lambda: False, command=script(code))
    assert report.end == end
    assert words in " ".join(report.told)


def test_a_configuration_broken_since_the_start_is_told(tmp_path: Path) -> None:
    (tmp_path / "veille.toml").write_text("[veille\n")
    report = perform_apart(
        tmp_path / "veille.toml", JOB, limit=HOUR, stopped=lambda: False, environment=dict(os.environ)
    )
    assert report.end == "failed"
    assert "veille.toml" in report.told[0]
