"""What of the database may everyone read? ``veille-public.db``, made aside from a list of what is public, swapped in.

Nothing is public unless ``public.yml`` names it. The same rows give the same bytes: tables in the order of the list,
rows in that of their keys, no date, no number of arrival.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from scanner.datafile import DataFileError, only, read_yaml, texts
from scanner.privacy import Privacy, masked_row, masked_text
from scanner.store import Store, metadata

NAME = "veille-public.db"
_LIST = Path(__file__).with_name("public.yml")
#: Rows are numbered by their identifier: the order of arrival leaves no trace. Of a trade, what it is and how it is
#: known: neither what it promises nor the devices to propose.
_COMPUTED = {
    ("notices", "number"): 'row_number() OVER (ORDER BY "id")',
    ("lots", "segment"): """json_remove("segment", '$.hints', '$.segment.potential', '$.segment.devices',
        '$.segment.reasons', '$.segment.notes')""",
}
_PRAGMAS = ("page_size=4096", "journal_mode=OFF", "synchronous=OFF", "encoding='UTF-8'")


@dataclass(frozen=True, slots=True)
class Public:
    """``tables`` to their public columns; ``private`` to the reason: a table, a view or ``table.column``."""

    tables: Mapping[str, tuple[str, ...]]
    full_text: tuple[str, ...]
    views: tuple[str, ...]
    private: Mapping[str, str]


@cache
def public() -> Public:
    """What ``public.yml`` says. DataFileError when it cannot be trusted."""
    kinds = {"tables": dict, "full_text": list, "views": list, "private": dict}
    content = only(read_yaml(_LIST), _LIST.name, kinds)
    tables = {name: texts(columns, f"{_LIST.name}, tables.{name}") for name, columns in content["tables"].items()}
    private = only(content["private"], f"{_LIST.name}, private", {}, dict.fromkeys(content["private"], str))
    found = Public(tables, texts(content["full_text"], _LIST.name), texts(content["views"], _LIST.name), private)
    both = {*tables, *found.full_text, *found.views, *(f"{t}.{c}" for t in tables for c in tables[t])} & set(private)
    if both:
        raise DataFileError(f"{_LIST.name} : « {min(both)} » figure des deux côtés, gardez-en un.")
    return found


def publish_database(store: Store, path: Path, settings: Privacy | None = None) -> Path:
    """Writes the public copy of ``store`` at ``path`` and returns it; the previous one stays until it is whole.

    Personal mailboxes and mobiles are masked as ``settings`` say, hidden by default.
    DataFileError when it cannot be written; nothing has then changed at ``path``.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".part")
    draft.unlink(missing_ok=True)
    try:
        with _snapshot(store._conn) as source, closing(sqlite3.connect(draft, isolation_level=None)) as target:
            _fill(source, target, public(), settings or Privacy())
    except sqlite3.Error as error:
        draft.unlink(missing_ok=True)
        raise DataFileError(
            f"{path} n'a pas pu être refaite ({error}) ; la précédente est intacte : libérez de la place, puis "
            "relancez « scanner publish »."
        ) from error
    _settle(draft)
    return draft.replace(path)


def public_metadata(name: str = "veille-public") -> dict[str, Any]:
    """The description of the public database for Datasette: that of the whole one, without what is private."""
    whole, allowed = metadata(), public()
    known = whole["databases"]["veille"]
    described = {
        table: entry | {"columns": {c: told for c, told in entry["columns"].items() if _is_public(allowed, table, c)}}
        for table, entry in known["tables"].items()
        if table in (*allowed.tables, *allowed.views, *allowed.full_text)
    }
    return whole | {"databases": {name: known | {"tables": described}}}


def _is_public(allowed: Public, table: str, column: str) -> bool:
    return table not in allowed.tables or column in allowed.tables[table]


@contextmanager
def _snapshot(conn: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Everything is read as it stood at one instant."""
    conn.execute("BEGIN")
    try:
        yield conn
    finally:
        conn.execute("ROLLBACK")


def _fill(source: sqlite3.Connection, target: sqlite3.Connection, allowed: Public, settings: Privacy) -> None:
    for pragma in _PRAGMAS:
        target.execute(f"PRAGMA {pragma}")
    target.execute("BEGIN")
    for table, wanted in allowed.tables.items():
        _copy(source, target, table, wanted, settings)
    for sql in (*_indexes(source, allowed), *_definitions(source, (*allowed.views, *allowed.full_text))):
        target.execute(sql)
    for name in allowed.full_text:
        target.execute(f'INSERT INTO "{name}" ("{name}") VALUES (\'rebuild\')')
        target.execute(f'INSERT INTO "{name}" ("{name}") VALUES (\'optimize\')')
    target.execute("COMMIT")
    target.execute("VACUUM")


def _copy(
    source: sqlite3.Connection, target: sqlite3.Connection, table: str, wanted: Sequence[str], settings: Privacy
) -> None:
    """The public columns of a table that exist, rows in the order of its key; personal mailboxes hidden."""
    known = source.execute('SELECT name, type, "notnull", pk FROM pragma_table_info(?)', (table,)).fetchall()
    columns = [row for row in known if row[0] in wanted]
    if not columns:
        return
    names = [name for name, *_ in columns]
    key = [name for name, _, _, rank in sorted(columns, key=lambda row: row[3]) if rank]
    target.execute(_created(source, table, columns, key))
    read = ", ".join(_COMPUTED.get((table, name), f'"{name}"') for name in names)
    order = '"id"' if (table, "number") in _COMPUTED else ", ".join(f'"{name}"' for name in key or names)
    rows = source.execute(f'SELECT {read} FROM "{table}" ORDER BY {order}')
    marks = ", ".join("?" * len(columns))
    shown = (masked_row(names, row, settings) for row in rows if not _named(names, row, settings))
    target.executemany(f'INSERT INTO "{table}" VALUES ({marks})', shown)


def _named(names: Sequence[str], row: Sequence[Any], settings: Privacy) -> bool:
    """Whether a key of the row is a buyer's own reference that holds a personal mailbox: the row is left out."""
    return any(
        name == "key" and masked_text(str(cell), settings) != cell for name, cell in zip(names, row, strict=True)
    )


def _created(source: sqlite3.Connection, table: str, columns: Sequence[Any], key: Sequence[str]) -> str:
    """The statement that creates the public table: its types, its key, its links to other public columns."""
    quoted = {f'"{name}"' for name, *_ in columns}
    lines = [f'"{name}" {kind}{" NOT NULL" if filled else ""}' for name, kind, filled, _ in columns]
    if key:
        lines.append("PRIMARY KEY ({})".format(", ".join(f'"{name}"' for name in key)))
    lines += [f"UNIQUE ({found})" for found in _uniques(source, table) if set(found.split(", ")) <= quoted]
    links = source.execute('SELECT "table", "from", "to" FROM pragma_foreign_key_list(?) ORDER BY id', (table,))
    for other, mine, theirs in links:
        if f'"{mine}"' in quoted and theirs in public().tables.get(other, ()):
            lines.append(f'FOREIGN KEY ("{mine}") REFERENCES "{other}" ("{theirs}")')
    (bare,) = source.execute("SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?", (table,)).fetchone()
    return f'CREATE TABLE "{table}" ({", ".join(lines)}){" WITHOUT ROWID" if bare else ""}'


def _uniques(source: sqlite3.Connection, table: str) -> list[str]:
    """The columns, quoted, of each UNIQUE constraint of the table."""
    query = """SELECT (SELECT group_concat('"' || name || '"', ', ') FROM pragma_index_info(l.name))
        FROM pragma_index_list(?) l WHERE l.origin = 'u' ORDER BY l.seq DESC"""
    return [columns for (columns,) in source.execute(query, (table,))]


def _indexes(source: sqlite3.Connection, allowed: Public) -> Iterator[str]:
    """The indexes whose columns are all public."""
    found = source.execute(
        "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'index' AND sql <> '' ORDER BY 1"
    )
    for name, table, sql in found.fetchall():
        columns = source.execute("SELECT name FROM pragma_index_info(?)", (name,)).fetchall()
        if all(column in allowed.tables.get(table, ()) for (column,) in columns):
            yield sql


def _definitions(source: sqlite3.Connection, names: Sequence[str]) -> Iterator[str]:
    for name in names:
        query = "SELECT sql FROM sqlite_master WHERE name = ? AND type IN ('view', 'table')"
        yield from (sql for (sql,) in source.execute(query, (name,)).fetchall())


def _settle(path: Path) -> None:
    """The bytes are on the disk before the file takes its place."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
