"""A copy is whole, dated, checked, never in the place of another; a disk in trouble is one sentence."""

from __future__ import annotations

import errno
import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scanner.backup import BackupError, backup, kept
from scanner.cli import main
from scanner.disk import disk_trouble
from scanner.edition import Coverage
from scanner.store import DatabaseDamaged, Store

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
ROW = Coverage("boamp", NOW.date(), 3, 3, 3, 0, 0, True)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "veille.db"
    with Store.open(path) as store:
        store.save_coverage([ROW])
    return path


def test_a_copy_holds_what_the_base_held_and_its_name_is_dated(tmp_path: Path, database: Path) -> None:
    made = backup(database, tmp_path / "copies", keep=3, now=NOW)
    assert made.path.name == "veille-2026-11-23-060000.db"
    with Store.open(database) as before, Store.open(made.path) as after:
        assert list(after.dump_canonical()) == list(before.dump_canonical())
        assert after.coverage(NOW.date(), NOW.date()) == (ROW,)


def test_a_copy_made_in_the_middle_of_a_transaction_holds_the_state_before_it(tmp_path: Path, database: Path) -> None:
    with Store.open(database) as store, store._transaction():
        store._conn.execute("DELETE FROM coverage")
        made = backup(database, tmp_path / "copies", keep=3, now=NOW)
    with Store.open(made.path) as copy:
        assert copy.coverage(NOW.date(), NOW.date()) == (ROW,)


def test_two_copies_of_the_same_second_are_two_files(tmp_path: Path, database: Path) -> None:
    names = [backup(database, tmp_path, keep=9, now=NOW).path.name for _ in range(3)]
    assert names == [f"veille-2026-11-23-060000{rank}.db" for rank in ("", "-2", "-3")]
    assert [path.name for path in kept(tmp_path)] == names


def test_copies_made_at_once_do_not_replace_each_other(tmp_path: Path, database: Path) -> None:
    made: list[Path] = []
    one = threading.Thread(target=lambda: made.append(backup(database, tmp_path / "a", keep=9, now=NOW).path))
    one.start()
    made.append(backup(database, tmp_path / "b", keep=9, now=NOW).path)
    one.join()
    assert len({*made}) == 2 and all(path.stat().st_size for path in made)


def test_the_latest_are_kept_and_other_files_are_not_touched(tmp_path: Path, database: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    (folder / "veille-avant-migration.db").write_text("à moi")
    made = [backup(database, folder, keep=2, now=NOW + timedelta(weeks=n)) for n in range(4)]
    assert [path.name for path in kept(folder)] == ["veille-2026-12-07-060000.db", "veille-2026-12-14-060000.db"]
    assert [path.name for path in made[2].removed] == ["veille-2026-11-23-060000.db"]
    assert (folder / "veille-avant-migration.db").read_text() == "à moi"


def test_a_damaged_base_gives_no_copy_and_costs_none_of_the_older_ones(tmp_path: Path, database: Path) -> None:
    folder = tmp_path / "copies"
    backup(database, folder, keep=1, now=NOW)
    with database.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * 4096)
    with pytest.raises((BackupError, sqlite3.DatabaseError)):
        backup(database, folder, keep=1, now=NOW + timedelta(weeks=1))
    assert [path.name for path in folder.iterdir()] == ["veille-2026-11-23-060000.db"]


def test_no_base_no_copy(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="scanner run"):
        backup(tmp_path / "veille.db", tmp_path / "copies", keep=1)
    assert not (tmp_path / "copies").exists()


def test_a_full_disk_leaves_the_base_as_it_was(database: Path) -> None:
    with Store.open(database) as store:
        before = list(store.dump_canonical())
        pages = store._conn.execute("PRAGMA page_count").fetchone()[0]
        store._conn.execute(f"PRAGMA max_page_count = {pages}")
        rows = [Coverage(f"source {n}", ROW.day, n, n, n, 0, 0, True) for n in range(5000)]
        with pytest.raises(sqlite3.OperationalError) as raised:
            store.save_coverage(rows)
        assert "le disque est plein" in (disk_trouble(raised.value) or "")
    with Store.open(database) as store:
        store.check()
        assert list(store.dump_canonical()) == before
        assert store.coverage(ROW.day, ROW.day) == (ROW,)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (sqlite3.OperationalError("database or disk is full"), "plein"),
        (OSError(errno.ENOSPC, "No space left on device", "public/index.html"), "plein (public/index.html)"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "plein"),
        (OSError(errno.EROFS, "Read-only file system", "veille.lock"), "lecture seule"),
        (sqlite3.OperationalError("attempt to write a readonly database"), "lecture seule"),
        (sqlite3.OperationalError("disk I/O error"), "refuse l'écriture"),
        (sqlite3.OperationalError("database is locked"), "occupée"),
        (sqlite3.DatabaseError("database disk image is malformed"), "abîmée"),
    ],
)
def test_a_disk_in_trouble_is_one_sentence_and_status_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, words: str
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    (tmp_path / "veille.toml").write_text('[veille]\ncontact = "a@exemple.invalid"\n')
    monkeypatch.setattr("scanner.run.run", fails)
    monkeypatch.setattr("sys.argv", ["scanner", "run", "--config", str(tmp_path / "veille.toml")])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert words in said and said.startswith("Erreur : ") and len(said.strip().splitlines()) == 1


def test_the_disk_is_found_behind_the_sentence_of_another_step() -> None:
    wrapped = DatabaseDamaged("veille.db ne s'ouvre pas")
    wrapped.__cause__ = sqlite3.OperationalError("attempt to write a readonly database")
    assert "lecture seule" in (disk_trouble(wrapped) or "")
    assert disk_trouble(OSError(errno.ENOENT, "No such file", "veille.toml")) is None
    assert disk_trouble(sqlite3.OperationalError("no such table: raw")) is None
