"""How is a passage run apart? In a child process and its own group, with a time limit; it ends with the watch."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from time import monotonic

from scanner.weekly.agenda import Job
from scanner.weekly.job import Report, decoded, encoded

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "scanner.weekly.job")
#: Seconds left to the child to finish its transaction and release the lock, before it is killed with its group.
GRACE = 20.0
_STEP = 0.2


def perform_apart(
    path: Path,
    job: Job,
    *,
    limit: timedelta,
    stopped: Callable[[], bool],
    command: Sequence[str] = COMMAND,
    grace: float = GRACE,
    environment: Mapping[str, str] | None = None,
) -> Report:
    """Does ``job`` with the settings of ``path`` in a child process; returns what became of it, never raises for it.

    Beyond ``limit`` the child and its group are ended (« late »); so they are once ``stopped()`` is true.
    """
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as answer:
        asked.write(encoded(path, job))
        asked.seek(0)
        child = subprocess.Popen(
            command, stdin=asked, stdout=answer, start_new_session=True, env=_environment(environment or os.environ)
        )
        end = _waited(child, monotonic() + limit.total_seconds(), stopped)
        if end:
            _ended(child, grace)
        _kill(child.pid)  # what the child may have left behind
        answer.seek(0)
        lines = answer.read().splitlines()
    report = _report(lines[-1] if lines else b"", child.returncode)
    if report.end in ("published", "gathered"):  # it had just finished
        return report
    if end == "late":
        return Report("late", told=(f"passage arrêté : il durait plus de {limit.total_seconds() / 60:.0f} minutes",))
    return Report("stopped", told=("passage interrompu par l'arrêt de la veille",)) if end == "stopped" else report


def _waited(child: subprocess.Popen[bytes], until: float, stopped: Callable[[], bool]) -> str:
    """Empty when the child ended by itself, else why it has to be ended."""
    while child.poll() is None:
        if stopped():
            return "stopped"
        left = until - monotonic()
        if left <= 0:
            return "late"
        with suppress(subprocess.TimeoutExpired):
            child.wait(min(_STEP, left))
    return ""


def _ended(child: subprocess.Popen[bytes], grace: float) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGTERM)
    try:
        child.wait(grace)
    except subprocess.TimeoutExpired:
        _kill(child.pid)
        child.wait()


def _kill(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _report(line: bytes, code: int) -> Report:
    try:
        return decoded(line)
    except (ValueError, KeyError, TypeError):
        return Report("failed", told=(f"le passage s'est arrêté avant la fin (code {code}), voir le journal",))


def _environment(known: Mapping[str, str]) -> dict[str, str]:
    path = os.pathsep.join(filter(None, [str(ROOT), known.get("PYTHONPATH", "")]))
    return {**known, "PYTHONPATH": path}
