"""How is the database saved? A consistent copy under a dated name, checked before it counts; the last ones are kept."""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from scanner.datafile import DataFileError

_NAME = re.compile(r"veille-\d{4}-\d\d-\d\d-\d{6}(?:-\d+)?\.db\Z")
_DATED = len("veille-2026-11-23-070000")


class BackupError(DataFileError):
    """No copy was made; the message is a French sentence that ends with what to do."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy that was checked: its path, its size in bytes, and the older ones that were removed."""

    path: Path
    size: int
    removed: tuple[Path, ...]


def backup(database: Path, folder: Path, *, keep: int, now: datetime | None = None) -> Backup:
    """Copies ``database`` into ``folder`` while others may be writing it; keeps the ``keep`` latest copies.

    Nothing is ever overwritten; a copy that fails its integrity check is removed and no older one is touched.
    Raises BackupError, OSError, sqlite3.OperationalError (disk full or read-only).
    """
    if not database.is_file():
        raise BackupError(f"{database} n'existe pas : lancez d'abord « scanner run ».")
    folder.mkdir(parents=True, exist_ok=True)
    moment = now or datetime.now(UTC)
    for cut in folder.glob(".veille-*.part"):  # left by a copy that was killed
        if moment.timestamp() - cut.stat().st_mtime > 86_400:
            cut.unlink(missing_ok=True)
    draft = folder / f".veille-{os.getpid()}.part"
    try:
        _copy(database, draft)
        path = _placed(draft, folder, f"veille-{moment.astimezone(UTC):%Y-%m-%d-%H%M%S}")
    finally:
        for rest in (draft, draft.with_name(draft.name + "-journal")):
            with suppress(OSError):
                rest.unlink()
    return Backup(path, path.stat().st_size, _prune(folder, keep))


def kept(folder: Path) -> tuple[Path, ...]:
    """The copies of ``folder``, oldest first."""
    found = (path for path in folder.glob("veille-*.db") if _NAME.match(path.name))
    return tuple(sorted(found, key=lambda path: (path.stem[:_DATED], len(path.stem), path.stem)))


def _copy(database: Path, draft: Path) -> None:
    with suppress(FileNotFoundError):
        draft.unlink()
    with (
        closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True, timeout=30)) as source,
        closing(sqlite3.connect(draft)) as copy,
    ):
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
        wrong = [row[0] for row in copy.execute("PRAGMA integrity_check") if row[0] != "ok"]
        wrong += [f"{row[0]}, ligne {row[1]}" for row in copy.execute("PRAGMA foreign_key_check").fetchmany(5)]
    if wrong:
        raise BackupError(
            f"la copie de {database} est abîmée ({' ; '.join(wrong[:5])}) et n'est pas gardée ; "
            "lancez « scanner check », et restaurez une sauvegarde plus ancienne."
        )
    _flushed(draft)


def _placed(draft: Path, folder: Path, name: str) -> Path:
    """The draft under its dated name, or the next free one: a hard link refuses to replace a file."""
    for rank in range(1, 1000):
        path = folder / (f"{name}.db" if rank == 1 else f"{name}-{rank}.db")
        try:
            os.link(draft, path)
        except FileExistsError:
            continue
        except PermissionError:  # a disk without hard links
            if path.exists():
                continue
            draft.rename(path)
        _flushed(folder)
        return path
    raise BackupError(f"{folder} contient déjà mille copies du même instant ; videz ce dossier.")


def _prune(folder: Path, keep: int) -> tuple[Path, ...]:
    old = kept(folder)[:-keep]
    for path in old:
        path.unlink(missing_ok=True)
    return old


def _flushed(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
