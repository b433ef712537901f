"""An edition takes the place of the old one whole; what others put there stays; a half-done swap is repaired."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from feeds import swap as module
from feeds.swap import repair, swap_in

OLD = {"index.html": b"ancien", "feeds/a.xml": b"ancien flux", "digest/S46.html": b"S46"}
NEW = {"index.html": b"nouveau", "feeds/a.xml": b"nouveau flux", "digest/S47.html": b"S47"}


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def public(tmp_path: Path) -> Path:
    swap_in(tmp_path / "public", OLD)
    return tmp_path / "public"


def alone(public: Path) -> bool:
    return [path.name for path in public.parent.iterdir()] == ["public"]


def test_the_pages_of_earlier_weeks_and_the_files_of_others_stay_the_same_files(public: Path) -> None:
    (public / "autre").mkdir(mode=0o750)
    (public / "autre" / "base.db").write_bytes(b"base")
    (public / "lien").symlink_to("autre")
    before = (public / "autre" / "base.db").stat().st_ino
    assert swap_in(public, NEW) == [public / name for name in NEW]
    assert content(public) == {**OLD, **NEW, "autre/base.db": b"base"}
    assert (public / "autre" / "base.db").stat().st_ino == before
    assert (public / "autre").stat().st_mode & 0o777 == 0o750 and os.readlink(public / "lien") == "autre"
    assert alone(public)


def test_a_page_that_says_the_same_keeps_its_date(public: Path) -> None:
    os.utime(public / "index.html", (0, 0))
    swap_in(public, {**NEW, "index.html": OLD["index.html"]})
    assert (public / "index.html").stat().st_mtime == 0


@pytest.mark.parametrize("exchanged", [True, False], ids=["one step", "two renames"])
def test_a_death_at_any_step_leaves_one_edition_and_the_next_swap_repairs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchanged: bool
) -> None:
    """Each rename, link, write and removal in turn is the last thing that the process does."""
    if not exchanged:
        monkeypatch.setattr(module, "_at_once", lambda *_: False)
    seen = set()
    for step in range(200):
        folder = tmp_path / str(step)
        folder.mkdir()
        swap_in(folder / "public", OLD)
        if finished(folder / "public", step, exchanged):
            break
        left = folder / "public"
        if not left.exists():  # between two renames: nothing is lost, the old edition waits beside
            assert not exchanged and content(folder / "public.old") == OLD
            repair(left)
        found = content(left)
        assert found in (OLD, {**OLD, **NEW})
        seen.add(found == OLD)
        swap_in(left, NEW)
        assert content(left) == {**OLD, **NEW} and alone(left)
    else:
        pytest.fail("ne finit pas")
    assert step > 10 and seen == {True, False}


def finished(public: Path, step: int, exchanged: bool) -> bool:
    """Whether the swap ended before its effect number ``step``; it is dead there otherwise, as by kill -9."""
    child = os.fork()
    if child == 0:
        done = 0

        def counted(whole: Callable[..., Any]) -> Callable[..., Any]:
            def effect(*args: Any, **options: Any) -> Any:
                nonlocal done
                if done == step:
                    os._exit(9)
                done += 1
                return whole(*args, **options)

            return effect

        try:
            for owner, name in (
                (os, "link"),
                (os, "rename"),
                (os, "mkdir"),
                (os, "rmdir"),
                (os, "unlink"),
                (os, "fsync"),
            ):
                setattr(owner, name, counted(getattr(owner, name)))
            module._at_once = counted(module._at_once)  # type: ignore[assignment]
            Path.rename = counted(Path.rename)  # type: ignore[method-assign,assignment]
            swap_in(public, NEW)
            os._exit(0)
        finally:
            os._exit(1)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, 9)
    return code == 0


def test_a_full_disk_leaves_the_edition_as_it_was(public: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space"):
        patch.setattr(os, "fsync", full)
        swap_in(public, NEW)
    assert content(public) == OLD and alone(public)


def test_what_cannot_be_read_is_not_left_behind_in_silence(public: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (public / "secret").mkdir()
    whole = os.scandir

    def refused(path: Any) -> Any:
        if str(path).endswith("secret"):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return whole(path)

    with monkeypatch.context() as patch, pytest.raises(PermissionError):
        patch.setattr(os, "scandir", refused)
        swap_in(public, NEW)
    assert content(public) == OLD and alone(public)


def test_what_another_program_puts_there_meanwhile_stays(public: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = module._exchange

    def late(new: Path, place: Path) -> None:
        (place / "tardif.txt").write_bytes(b"tardif")
        whole(new, place)

    monkeypatch.setattr(module, "_exchange", late)
    swap_in(public, NEW)
    assert content(public)["tardif.txt"] == b"tardif"


def test_a_mount_point_is_written_in_place_and_a_link_leads_to_its_target(
    public: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: Any) -> None:
        raise OSError(errno.EBUSY, "Device or resource busy")

    with monkeypatch.context() as patch:
        patch.setattr(module, "_exchange", busy)
        swap_in(public, NEW)
    assert content(public) == {**OLD, **NEW} and alone(public)
    away = public.rename(public.with_name("ailleurs"))
    public.symlink_to(away.name)
    swap_in(public, {"index.html": b"encore"})
    assert public.is_symlink() and (away / "index.html").read_bytes() == b"encore"


def test_a_disk_without_links_is_copied(public: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: Any, **__: Any) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", none)
    swap_in(public, NEW)
    assert content(public) == {**OLD, **NEW}


def test_what_is_too_large_to_be_held_is_swapped_in_with_the_pages(public: Path) -> None:
    def more(folder: Path) -> None:
        assert folder != public and content(public) == OLD
        (folder / "base.db").write_bytes(b"base")

    swap_in(public, NEW, more)
    assert content(public) == {**OLD, **NEW, "base.db": b"base"} and alone(public)


def test_what_fails_beside_the_pages_leaves_the_old_edition(public: Path) -> None:
    def more(folder: Path) -> None:
        raise OSError(errno.ENOSPC, "plein")

    with pytest.raises(OSError, match="plein"):
        swap_in(public, NEW, more)
    assert content(public) == OLD and alone(public)


def test_a_mount_point_gets_it_too(public: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fixed(*_: Any) -> None:
        raise OSError(errno.EBUSY, "monté")

    monkeypatch.setattr(module, "_exchange", fixed)
    swap_in(public, NEW, lambda folder: (folder / "base.db").write_bytes(b"base"))
    assert content(public)["base.db"] == b"base" and alone(public)
