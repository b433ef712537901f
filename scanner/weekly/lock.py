"""Is another run at work? One at a time: a lock file that names its owner, and frees itself when its owner dies.

The system's own lock (``flock``) decides: it never outlives the process, so that a name left in the file with no lock
on it is that of a run that was killed. Where the disk knows no such lock, the owner's process or its age decides.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep
from zoneinfo import ZoneInfo

import orjson

NAME = "veille.lock"
#: Beyond this, the owner on another machine is taken for dead where no lock of the system tells.
OLD = timedelta(hours=12)
_UNKNOWN = {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL}
#: The open lock files of this process.
_HELD: set[int] = set()
_PARIS = ZoneInfo("Europe/Paris")


class Busy(Exception):
    """Another run holds the lock; the message is a French sentence that names it and what to do."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Who holds the lock: process, machine, what it does, since when (UTC)."""

    pid: int
    host: str
    task: str
    started: datetime

    def told(self, now: datetime) -> str:
        """« scanner run », processus 123 de serveur, depuis le 23/11/2026 à 07:00 (12 min)."""
        since = self.started.astimezone(_PARIS)
        age = f"{since:%d/%m/%Y} à {since:%H:%M} ({age_told(now - self.started)})"
        return f"« {self.task} », processus {self.pid} de {self.host}, depuis le {age}"


def age_told(age: timedelta) -> str:
    """« 3 min », « 5 h », « 2 jours »."""
    minutes = max(0, int(age.total_seconds() // 60))
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} jours"


@contextmanager
def held(folder: Path, task: str, *, now: datetime | None = None) -> Iterator[str]:
    """Holds the lock of ``folder``; yields a French sentence when it was left by a run that died, else ``""``.

    Raises Busy when a living run holds it, OSError when the folder cannot be written.
    """
    moment = now or datetime.now(UTC)
    file = os.open(folder / NAME, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        left = _taken(file, moment)
        _HELD.add(file)
        _write(file, orjson.dumps(asdict(Owner(os.getpid(), socket.gethostname(), task, moment))))
        try:
            yield f"Verrou repris : {left.told(moment)} n'est plus en cours ; il a été interrompu." if left else ""
        finally:
            with suppress(OSError):
                _write(file, b"")
                fcntl.flock(file, fcntl.LOCK_UN)
    finally:
        _HELD.discard(file)
        os.close(file)


def _forget() -> None:
    """A forked reader must not keep the lock of its parent once that one is dead."""
    while _HELD:
        os.close(_HELD.pop())


os.register_at_fork(after_in_child=_forget)


def owner(folder: Path) -> Owner | None:
    """The living run that holds the lock of ``folder``, None when there is none."""
    try:
        file = os.open(folder / NAME, os.O_RDONLY)
    except OSError:
        return None
    try:
        _taken(file, datetime.now(UTC))
    except Busy:
        return _read(file)
    finally:
        os.close(file)
    return None


def _taken(file: int, now: datetime) -> Owner | None:
    """Takes the lock; the owner that left it behind, if any. Busy when it is held."""
    named = _read(file)
    try:
        _lock(file)
    except OSError as error:
        if error.errno not in _UNKNOWN and not isinstance(error, BlockingIOError):
            raise
        if isinstance(error, BlockingIOError) or (named and _alive(named, now)):
            who = named.told(now) if named else "un autre passage"
            raise Busy(f"un passage est déjà en cours : {who} ; attendez sa fin, ou arrêtez-le.") from error
    return _read(file)


def _lock(file: int) -> None:
    """The system's lock, asked again for a moment: who only looks at it (``owner``) takes it for an instant."""
    for _ in range(5):
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sleep(0.02)
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _alive(named: Owner, now: datetime) -> bool:
    if named.host != socket.gethostname():
        return now - named.started < OLD
    try:
        os.kill(named.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return named.pid != os.getpid()


def _read(file: int) -> Owner | None:
    try:
        told = orjson.loads(os.pread(file, 4096, 0))
        return Owner(int(told["pid"]), told["host"], told["task"], datetime.fromisoformat(told["started"]))
    except (ValueError, KeyError, TypeError):  # empty, or cut by a kill
        return None


def _write(file: int, content: bytes) -> None:
    os.ftruncate(file, 0)
    os.pwrite(file, content, 0)
