"""How does a new edition take the place of the old one? Whole: built aside, put on the disk, then swapped in one step.

A kill at any instant leaves the old edition or the new one, never a mixture; what a half-done swap leaves beside the
folder (``public.new``, ``public.old``) is put right by the next one.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

#: Linux's renameat2(2): relative to the current folder, both names exchanged in one step.
_HERE, _EXCHANGE = -100, 2
#: The folder is a mount point, or its neighbours are on another disk: it cannot be renamed.
_FIXED = (errno.EBUSY, errno.EXDEV)


def swap_in(folder: Path, pages: Mapping[str, bytes], more: Callable[[Path], object] | None = None) -> list[Path]:
    """Make ``pages`` (path under ``folder`` -> content) the edition in ``folder``; returns their paths, in order.

    ``more`` writes into the folder it is given what is too large to be held: it is swapped in with the pages.
    What else stands in ``folder`` (earlier digests, files of other programs) stays, by hard link. A folder that cannot
    be renamed (a mount point) is written in place, page by page, the last page last. OSError when the disk is full or
    cannot be written: ``folder`` is then as it was.
    """
    repair(folder)
    place = folder.resolve()
    new = _beside(place, "new")
    try:
        _build(new, place, pages, more)
        _exchange(new, place)
        if new.exists():  # the old edition, with what another program may just have put there
            _carry(new, place)
    except OSError as error:
        if error.errno not in _FIXED:
            raise
        repair(folder)
        _in_place(place, pages, more)
    finally:
        _clear(new)
        repair(folder)
    return [folder / name for name in pages]


def repair(folder: Path) -> None:
    """Put right what a swap killed half-way left: the old edition comes back when ``folder`` has none."""
    place = folder.resolve()
    old = _beside(place, "old")
    if old.exists() and not place.exists():
        old.rename(place)
    _clear(old)


def _beside(place: Path, suffix: str) -> Path:
    return place.with_name(f"{place.name}.{suffix}")


def _build(new: Path, place: Path, pages: Mapping[str, bytes], more: Callable[[Path], object] | None) -> None:
    """The whole edition in ``new``, on the disk: its pages, and what else stands in ``place``."""
    _clear(new)
    new.mkdir(parents=True)
    for name, body in pages.items():
        _put(new / name, body, place / name)
    if more:
        more(new)
    if place.exists():
        _carry(place, new)
    for folder, _, _ in os.walk(new):
        _sync(Path(folder))


def _put(path: Path, body: bytes, before: Path) -> None:
    """A page, on the disk. One that says what it said ``before`` is the same file, with its date."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if before.is_file() and not before.is_symlink() and before.read_bytes() == body:
        _link(before, path)
        return
    with path.open("wb") as stream:
        stream.write(body)
        stream.flush()
        os.fsync(stream.fileno())


def _carry(source: Path, target: Path) -> None:
    """Link into ``target`` what ``source`` holds and it does not, folders with their rights and dates."""
    for path, there in _files(source, target):
        if not os.path.lexists(there):
            _link(path, there)


def _files(source: Path, target: Path) -> Iterator[tuple[Path, Path]]:
    """Every file and link under ``source`` with its place under ``target``, whose folders are made on the way."""
    for name, folders, files in os.walk(source, onerror=_refuse):
        here = Path(name)
        there = target / here.relative_to(source)
        there.mkdir(exist_ok=True)
        shutil.copystat(here, there)
        for entry in [*files, *(folder for folder in folders if (here / folder).is_symlink())]:
            yield here / entry, there / entry


def _refuse(error: OSError) -> None:
    """A folder that cannot be read is not left behind in silence."""
    raise error


def _link(source: Path, target: Path) -> None:
    """A hard link; a copy where the disk or the rights on ``source`` allow none."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)


def _exchange(new: Path, place: Path) -> None:
    """``new`` becomes ``place``, and the old edition, if any, ``new``: in one step where the system can."""
    if not place.exists():
        new.rename(place)
    elif not _at_once(new, place):
        old = _beside(place, "old")
        place.rename(old)
        new.rename(place)
        old.rename(new)
    _sync(place.parent)


def _at_once(new: Path, place: Path) -> bool:
    """Whether the two folders changed places in one step; False where the system or the disk cannot."""
    call = getattr(ctypes.CDLL(None), "renameat2", None) if sys.platform == "linux" else None
    return call is not None and call(_HERE, os.fsencode(new), _HERE, os.fsencode(place), _EXCHANGE) == 0


def _in_place(place: Path, pages: Mapping[str, bytes], more: Callable[[Path], object] | None) -> None:
    if more:
        more(place)
    for name, body in pages.items():
        put(place / name, body)


def put(path: Path, body: bytes) -> Path:
    """Writes a file aside, then in its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".part")
    draft.write_bytes(body)
    return draft.replace(path)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _clear(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
