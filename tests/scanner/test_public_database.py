"""What everyone may read holds nothing private, says the same for the same rows, and is never half written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scanner.datafile import DataFileError
from scanner.feedback import Follow
from scanner.notice import Buyer, Passage
from scanner.shelves.public_database import public, public_metadata, publish_database
from scanner.store import Store
from tests.scanner.test_store import TEXT, keep, notice, record

PERSON = "Renseignements : Élodie Vasseur, elodie.vasseur@valrive.example.org ou marches-publics@valrive.example.org."


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.open(":memory:") as opened:
        one = notice(
            buyers=(Buyer("Commune de Valrive", email="j.dupont@valrive.example.org", phone="04 00 00 00 00"),),
            passages=(Passage("conditions", "1", TEXT), Passage("additional", None, PERSON)),
        )
        keep(opened, record(one), record(notice("26-0"), "boamp:26-0"))
        yield opened


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as base:
        return base.execute(query).fetchall()


def names(connection: sqlite3.Connection) -> dict[str, str]:
    """The tables and views of a database, without those that SQLite or the search index makes for itself."""
    found = connection.execute("SELECT name, type FROM pragma_table_list WHERE schema = 'main'").fetchall()
    return {name: kind for name, kind in found if kind != "shadow" and not name.startswith("sqlite_")}


def test_every_table_view_and_column_is_either_public_or_private(store: Store) -> None:
    allowed, known = public(), names(store._conn)
    told = {*allowed.tables, *allowed.full_text, *allowed.views, *allowed.private}
    assert not set(known) - told, "ajoutez-les sous « tables », « views » ou « private » dans scanner/public.yml"
    assert {name.partition(".")[0] for name in told} <= set(known), "scanner/public.yml nomme ce qui n'existe plus"
    for table, columns in allowed.tables.items():
        for row in store._conn.execute("SELECT name FROM pragma_table_info(?)", (table,)):
            assert row[0] in columns or f"{table}.{row[0]}" in allowed.private, f"{table}.{row[0]}"


def test_a_new_table_and_a_new_column_are_not_published(store: Store, tmp_path: Path) -> None:
    store._conn.execute("CREATE TABLE abonnes (adresse TEXT PRIMARY KEY)")
    store._conn.execute("INSERT INTO abonnes VALUES ('abonne@exemple.org')")
    store._conn.execute("ALTER TABLE lots ADD COLUMN secret TEXT DEFAULT 'abonne@exemple.org'")
    path = publish_database(store, tmp_path / "veille-public.db")
    with closing(sqlite3.connect(path)) as base:
        assert "abonnes" not in names(base)
    assert b"abonne@exemple.org" not in path.read_bytes()


def test_the_private_leaves_no_byte(store: Store, tmp_path: Path) -> None:
    store.save_run()
    store.intend("2026-W47", "mission", "abonne@exemple.org", "<1@exemple.org>")
    day = notice().published
    store.save_feedback([Follow("boamp:26-1", None, "ecarte", "motif confidentiel", day, True, "")])
    body = publish_database(store, tmp_path / "veille-public.db").read_bytes()
    for secret in (b"abonne@exemple.org", b"motif confidentiel", b"j.dupont@", b"elodie.vasseur", b"04 00 00 00 00"):
        assert secret not in body, secret
    assert b"marches-publics@valrive.example.org" in body
    with closing(sqlite3.connect(tmp_path / "veille-public.db")) as base:
        assert not set(names(base)) & set(public().private)


def test_the_trade_of_a_lot_is_public_and_neither_its_promise_nor_its_devices(store: Store, tmp_path: Path) -> None:
    path = publish_database(store, tmp_path / "veille-public.db")
    query = "SELECT json_extract(segment, '$.segment.label'), segment FROM lots WHERE segment IS NOT NULL"
    for label, written in rows(path, query):
        assert label == "Espaces verts"
        assert not {"potential", "devices", "reasons", "hints"} & {*written.replace('"', " ").split()}
    assert rows(path, query)


def test_the_same_rows_give_the_same_bytes_whatever_arrived_first(store: Store, tmp_path: Path) -> None:
    first = publish_database(store, tmp_path / "a.db").read_bytes()
    assert publish_database(store, tmp_path / "a.db").read_bytes() == first
    with Store.open(tmp_path / "autre.db") as other:
        one = notice(
            buyers=(Buyer("Commune de Valrive", email="j.dupont@valrive.example.org", phone="04 00 00 00 00"),),
            passages=(Passage("conditions", "1", TEXT), Passage("additional", None, PERSON)),
        )
        keep(other, record(notice("26-0"), "boamp:26-0"))
        keep(other, record(one))
        assert publish_database(other, tmp_path / "b.db").read_bytes() == first
        keep(other, record(replace(one, title="Autre objet")))
        assert publish_database(other, tmp_path / "b.db").read_bytes() != first


def test_every_view_answers_and_words_are_found_without_accents(store: Store, tmp_path: Path) -> None:
    path = publish_database(store, tmp_path / "veille-public.db")
    for view in public().views:
        rows(path, f"SELECT * FROM {view}")
    assert (
        rows(path, "SELECT acheteur, lot, heures FROM clauses ORDER BY date, objet")
        == [("Commune de Valrive", "1", "350 pour le marché")] * 2
    )
    query = (
        "SELECT n.id FROM search JOIN notices n ON n.number = search.rowid WHERE search MATCH 'reservera' ORDER BY 1"
    )
    assert rows(path, query) == [("boamp:26-0",), ("boamp:26-1",)]
    assert rows(path, "SELECT * FROM pragma_foreign_key_check") == []
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]


def test_hidden_mailboxes_keep_the_quotes_in_their_places(store: Store, tmp_path: Path) -> None:
    path = publish_database(store, tmp_path / "veille-public.db")
    ((text,),) = rows(path, "SELECT text FROM passages WHERE field = 'additional'")
    assert len(text) == len(PERSON) and text.index("marches-publics@") == PERSON.index("marches-publics@")
    quoted = 'SELECT f.quote, substr(p.text, f.start + 1, f."end" - f.start) FROM findings f JOIN passages p'
    for quote, there in rows(path, f"{quoted} ON p.notice = f.notice AND p.position = f.passage"):
        assert quote == there == TEXT


def test_a_copy_that_fails_leaves_the_previous_one(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = publish_database(store, tmp_path / "veille-public.db")
    before = path.read_bytes()

    def full(*_: object) -> str:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("scanner.shelves.public_database._created", full)
    with pytest.raises(DataFileError, match="la précédente est intacte"):
        publish_database(store, path)
    assert path.read_bytes() == before and [one.name for one in tmp_path.iterdir()] == [path.name]
    monkeypatch.undo()
    assert publish_database(store, path).read_bytes() == before


def test_the_description_of_the_public_database_names_nothing_private() -> None:
    described = public_metadata()["databases"]["veille-public"]["tables"]
    assert "opportunites" not in described and "envois" not in described
    assert "phone" not in described["buyers"]["columns"] and "document" not in described["notices"]["columns"]
    assert set(described) == {*public().tables, *public().views, *public().full_text}
