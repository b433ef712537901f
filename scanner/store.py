"""What do we remember? The only module that opens SQLite: archive, readings, tenders, coverage, editions.

Rows say only what the notices say: the same notices read by the same rules give the same ``dump_canonical``.
"""

from __future__ import annotations

import sqlite3
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime
from functools import cache
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import orjson
import sqlite_utils

from scanner.appraisal import LotSegment, Opportunity
from scanner.datafile import DataFileError, read_yaml
from scanner.edition import Coverage, Edition, Event, Item, ItemLot, Terms, amount_text
from scanner.feedback import Feedback, Follow, Verdict
from scanner.finding import NOT_BINDING, Classification, Finding, LotReading
from scanner.history import CLOSING, Step, follow
from scanner.issues import Issue
from scanner.migrations import migrate
from scanner.notice import Buyer, Link, Lot, Notice, RawNotice, Trace
from scanner.spare import one_by_one, without

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

T = TypeVar("T")
Row = dict[str, Any]

METADATA = Path(__file__).with_name("metadata.yml")
_PARTS = ("buyers", "lots", "passages", "coded", "findings", "opportunities")
#: What a dump leaves out: the numbers SQLite gives, the times of fetching, and the journal of the runs.
#: A tender is named after its first notice: the id it was minted with depends on what arrived first.
_DUMP = {
    "raw": "SELECT id, source, key, sha, status FROM raw",
    "notices": "SELECT n.id, n.raw, t.first_notice, n.document FROM notices n JOIN tenders t ON t.id = n.tender",
    **{name: f"SELECT * FROM {name}" for name in ("buyers", "lots", "passages", "coded", "findings", "opportunities")},
    **{name: f"SELECT * FROM {name}" for name in ("contracts", "contract_buyers")},
    **{name: f"SELECT * FROM {name}" for name in ("acheteurs", "alias_acheteurs", "doutes_acheteurs")},
    "tenders": "SELECT first_notice, latest_notice, first_published, latest_published FROM tenders",
    "aliases": "SELECT a.key, coalesce(t.first_notice, a.tender) FROM aliases a LEFT JOIN tenders t ON t.id = a.tender",
    "liens_proposes": "SELECT l.* FROM liens_proposes l JOIN notices n ON n.id = l.notice "
    "LEFT JOIN aliases a ON a.key = l.other WHERE a.tender IS NOT n.tender",
    "editions": "SELECT * FROM editions",
    "structures": "SELECT * FROM structures",
    "verdicts": "SELECT id, lot, verdict, label, comment, given, dated, judged FROM verdicts",
    "suivi": "SELECT id, lot, state, reason, since, dated, fingerprint FROM suivi",
}
_CHUNK = 500
#: A batch of readings is about 10 MB: the journal is copied into the file every third batch, not several times in each.
_PRAGMAS = (
    "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "cache_size=-16384", "wal_autocheckpoint=8000",
)  # fmt: skip


class DatabaseDamaged(DataFileError):
    """The file cannot be trusted; the message is a French sentence that ends with its repair."""


@dataclass(frozen=True, slots=True)
class Record:
    """The reading of one raw notice, with the segment of each lot whose trade is known (lot None = undivided notice).

    ``rejete``: it could not be read, ``notice`` is None, the raw notice stays.
    """

    raw_id: str
    notice: Notice | None
    classification: Classification | None
    segments: tuple[tuple[str | None, LotSegment], ...] = ()
    tender: str = ""
    status: Literal["lu", "rejete"] = "lu"


class Store:
    """The database ``veille.db``. Every method that writes does it in one transaction."""

    def __init__(self, db: sqlite_utils.Database) -> None:
        self._db = db
        self._conn: sqlite3.Connection = db.conn

    @classmethod
    def open(cls, path: Path | str) -> Store:
        """The store at ``path`` (``":memory:"`` for a test), created if absent and brought to the latest tables.

        DatabaseDamaged when ``path`` cannot be opened as a database.
        """
        try:
            conn = sqlite3.connect(str(path), isolation_level=None, timeout=30)
            for pragma in _PRAGMAS:
                conn.execute(f"PRAGMA {pragma}")
        except sqlite3.DatabaseError as error:
            raise DatabaseDamaged(
                f"{path} ne s'ouvre pas comme base SQLite ({error}) ; vérifiez place et droits, ou déplacez-la."
            ) from error
        db = sqlite_utils.Database(conn)
        migrate(db)
        return cls(db)

    def close(self) -> None:
        self._conn.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- archive ---------------------------------------------------------------------------------------------------

    def archive(self, raws: Sequence[RawNotice]) -> tuple[int, int]:
        """Keeps what was received; returns (new, changed). An unchanged body costs nothing and keeps its first date.

        A changed body replaces the one kept, which goes to ``raw_versions``; the notice is then unread again.
        """
        new: dict[str, tuple[Any, ...]] = {}
        changed: dict[str, tuple[Any, ...]] = {}
        with self._transaction():
            known = self._shas([raw.id for raw in raws])
            for raw in raws:
                sha = sha256(raw.body).hexdigest()
                if known.get(raw.id) == sha:
                    continue
                fetched = raw.fetched_at.isoformat()
                row = (raw.id, raw.source, raw.key, raw.url, fetched, sha, zstd.compress(raw.body, 3))
                (changed if raw.id in known and raw.id not in new else new)[raw.id] = row
                known[raw.id] = sha
            self._many(
                "INSERT INTO raw (id, source, key, url, fetched_at, sha, body) VALUES (?,?,?,?,?,?,?)", new.values()
            )
            self._many(
                "INSERT OR REPLACE INTO raw_versions SELECT id, sha, url, fetched_at, body FROM raw WHERE id = ?",
                [(key,) for key in changed],
            )
            self._many(
                "UPDATE raw SET url = ?, fetched_at = ?, sha = ?, body = ? WHERE id = ?",
                [(*row[3:], key) for key, row in changed.items()],
            )
        return len(new), len(changed)

    def unread(self, limit: int | None = None) -> Iterator[RawNotice]:
        """The raw notices new or changed since their last saved reading, by id, ``limit`` at most."""
        ids = self._conn.execute(
            "SELECT id FROM raw WHERE read_sha IS NOT sha ORDER BY id LIMIT ?", (-1 if limit is None else limit,)
        )
        return self._bodies([key for (key,) in ids.fetchall()])

    def raws(self, since: date | None = None, until: date | None = None) -> Iterator[RawNotice]:
        """The raw notices published in [since, until]; one that could not be read counts at the day of its fetching."""
        ids = self._conn.execute(
            "SELECT r.id FROM raw r LEFT JOIN notices n ON n.raw = r.id "
            "WHERE coalesce(n.published, substr(r.fetched_at, 1, 10)) BETWEEN ? AND ? ORDER BY r.id",
            ((since or date.min).isoformat(), (until or date.max).isoformat()),
        )
        return self._bodies([key for (key,) in ids.fetchall()])

    # -- readings --------------------------------------------------------------------------------------------------

    def save(self, records: Sequence[Record]) -> None:
        """Saves readings in place of the previous ones of the same raw notices; an identical reading costs nothing."""
        latest = {record.raw_id: record for record in records}
        columns = "number, id, raw, tender, digest"
        known = {
            row["raw"]: row for row in self._in(f"SELECT {columns} FROM notices WHERE raw IN ({{}})", list(latest))
        }
        documents = {key: orjson.dumps(record.notice) for key, record in latest.items()}
        digests = {key: _digest(record, documents[key]) for key, record in latest.items()}
        same = {
            key for key, row in known.items() if (row["digest"], row["tender"]) == (digests[key], _tender(latest[key]))
        }
        stale = [row for key, row in known.items() if key not in same]
        fresh = [record for key, record in latest.items() if record.notice and key not in same]
        touched = {row["tender"] for row in stale} | {_tender(record) for record in fresh}
        with self._transaction():
            self._forget(stale)
            numbers = {row["id"]: row["number"] for row in stale}
            self._insert(fresh, documents, digests, numbers)
            self._many(
                "UPDATE raw SET read_sha = sha, status = ? WHERE id = ?", [(r.status, key) for key, r in latest.items()]
            )
            self._refresh_tenders(touched)

    def aliases(self, keys: Iterable[str] | None = None) -> dict[str, str]:
        """The tender that each of ``keys`` belongs to, those never met left out; every key when None is given."""
        if keys is None:
            return dict(self._conn.execute("SELECT key, tender FROM aliases").fetchall())
        found = self._in("SELECT key, tender FROM aliases WHERE key IN ({})", sorted(keys))
        return {row["key"]: row["tender"] for row in found}

    def save_aliases(self, mapping: Mapping[str, str]) -> None:
        """Remembers keys and their tender; the notices and the other keys of a merged tender follow it."""
        with self._transaction():
            self._merge(mapping)
            self._many(
                "INSERT INTO aliases (key, tender) VALUES (?, ?) "
                "ON CONFLICT (key) DO UPDATE SET tender = excluded.tender WHERE tender <> excluded.tender",
                sorted(mapping.items()),
            )
            moved = [
                (mapping[row["id"]], row["id"], row["tender"])
                for row in self._in("SELECT id, tender FROM notices WHERE id IN ({})", list(mapping))
                if mapping[row["id"]] != row["tender"]
            ]
            self._many("UPDATE notices SET tender = ? WHERE id = ?", [(tender, key) for tender, key, _ in moved])
            self._refresh_tenders({tender for move in moved for tender in (move[0], move[2])})

    def traces(self, blocks: Iterable[str]) -> list[Trace]:
        """What can be compared of the notices that stand under one of these blocks, by notice."""
        rows = {
            row["notice"]: row
            for row in self._in(
                "SELECT DISTINCT t.*, n.kind, n.published, n.deadline, n.departements FROM trace_blocks b "
                "JOIN traces t ON t.notice = b.notice JOIN notices n ON n.id = t.notice WHERE b.block IN ({})",
                sorted(blocks),
            )
        }
        lists = ("lots", "departements")
        return [
            decode(Trace, row | {name: orjson.loads(row[name]) for name in lists} | {"tied": bool(row["tied"])})
            for _, row in sorted(rows.items())
        ]

    def save_links(self, traces: Mapping[Trace, Iterable[str]], links: Iterable[Link]) -> None:
        """Keeps traces with the blocks they stand under, and the links they have, in place of their previous ones."""
        ids = [(trace.notice,) for trace in traces]
        with self._transaction():
            self._unlink(ids)
            self._many(
                "INSERT INTO traces VALUES (?,?,?,?,?,?,?,?)",
                [(t.notice, t.siret, t.name, t.title, json(t.lots), t.folder, t.said, t.tied) for t in traces],
            )
            self._many(
                "INSERT OR IGNORE INTO trace_blocks VALUES (?,?)",
                sorted((block, trace.notice) for trace, blocks in traces.items() for block in blocks),
            )
            self._many(
                "INSERT OR REPLACE INTO liens_proposes VALUES (?,?,?,?,?,?)",
                [(k.notice, k.other, k.nature, json(k.evidence), k.score, k.proposed) for k in links],
            )

    def notice(self, notice_id: str) -> Notice | None:
        """The notice as it was saved; None when it is unknown."""
        rows = self._conn.execute("SELECT document FROM notices WHERE id = ?", (notice_id,)).fetchall()
        return decode(Notice, orjson.loads(rows[0][0])) if rows else None

    def findings_of(self, notice_id: str) -> tuple[tuple[str | None, Finding], ...]:
        """The findings saved for a notice, each with the lot it is about, in their order."""
        classification = self.classifications([notice_id]).get(notice_id)
        lots = classification.lots if classification else ()
        return tuple((lot.number, finding) for lot in lots for finding in lot.findings)

    def classifications(self, ids: Sequence[str]) -> dict[str, Classification]:
        """The classifications saved for these notices; a notice saved without one is absent."""
        kinds = {row["id"]: row for row in self._in("SELECT id, source, kind FROM notices WHERE id IN ({})", ids)}
        findings: dict[tuple[str, str | None], list[Finding]] = {}
        for row in self._in("SELECT * FROM findings WHERE notice IN ({}) ORDER BY notice, position", ids):
            findings.setdefault((row["notice"], row["about"]), []).append(_finding(row))
        lots: dict[str, list[LotReading]] = {}
        for row in self._in(
            "SELECT notice, number, status FROM lots WHERE notice IN ({}) ORDER BY notice, position", ids
        ):
            found = tuple(findings.get((row["notice"], row["number"]), ()))
            lots.setdefault(row["notice"], []).append(LotReading(row["number"], row["status"], found))
        return {
            key: Classification(key, row["source"], row["kind"], tuple(lots[key]))
            for key, row in kinds.items()
            if key in lots
        }

    def segments(self, ids: Sequence[str]) -> dict[str, dict[str | None, LotSegment]]:
        """The segments of the lots of these notices, where they are known."""
        found: dict[str, dict[str | None, LotSegment]] = {}
        query = "SELECT notice, number, segment FROM lots WHERE segment IS NOT NULL AND notice IN ({})"
        for row in self._in(query, ids):
            found.setdefault(row["notice"], {})[row["number"]] = decode(LotSegment, orjson.loads(row["segment"]))
        return found

    def compare(self, records: Sequence[Record]) -> list[str]:
        """What saving ``records`` would change: one French line a finding added or removed, a notice now rejected."""
        ids = {record.notice.id if record.notice else record.raw_id: record for record in records}
        before = self.classifications(list(ids))
        lines = []
        for key, record in sorted(ids.items()):
            old, new = _told(before.get(key)), _told(record.classification)
            lines += [f"{key}, {text} : retiré" for text in old if text not in new]
            lines += [f"{key}, {text} : ajouté" for text in new if text not in old]
            if key in before and record.notice is None:
                lines.append(f"{key} : avis lu auparavant, désormais rejeté")
        return lines

    # -- buyers ----------------------------------------------------------------------------------------------------

    def buyer_mentions(self) -> list[Row]:
        """How notices and contracts name their buyers: name, siret, siren, address (postcode, nuts), place, count.

        ``place`` is a département: that of a contract's buyer, or the only one of a notice that rests on its buyer.
        """
        return self._rows(
            "SELECT b.name, b.siret, b.siren, b.postcode, b.nuts, CASE WHEN n.places_source IN ('acheteur', "
            "'publication') AND json_array_length(n.departements) = 1 THEN json_extract(n.departements, '$[0]') END "
            "AS place, count(*) AS count FROM buyers b JOIN notices n ON n.id = b.notice GROUP BY 1, 2, 3, 4, 5, 6 "
            "UNION ALL SELECT name, siret, NULL, NULL, NULL, departement, 1 FROM contract_buyers WHERE name <> ''"
        )

    def save_buyers(self, tables: Mapping[str, Iterable[Sequence[Any]]]) -> None:
        """Replaces the rows of ``acheteurs``, ``alias_acheteurs`` and ``doutes_acheteurs``, in one transaction."""
        with self._transaction():
            for table in ("doutes_acheteurs", "alias_acheteurs", "acheteurs"):
                self._conn.execute(f"DELETE FROM {table}")
            for table in ("acheteurs", "alias_acheteurs", "doutes_acheteurs"):
                values = list(tables[table])
                if values:
                    self._many(f"INSERT INTO {table} VALUES ({','.join('?' * len(values[0]))})", values)

    # -- awarded contracts -----------------------------------------------------------------------------------------

    def save_contracts(self, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> tuple[int, int]:
        """Keeps awarded contracts as they come, in one transaction; returns (new, changed).

        ``columns`` name those of ``contracts``. Of two states of a contract, the latest wins, whichever came first.
        """
        others = [name for name in columns if name not in ("buyer", "number")]
        changes = ", ".join(f"{name} = excluded.{name}" for name in others)
        (before,) = self._conn.execute("SELECT count(*) FROM contracts").fetchone()
        written = self._conn.total_changes
        with self._transaction():
            self._many(
                f"INSERT INTO contracts ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))}) "
                f"ON CONFLICT (buyer, number) DO UPDATE SET {changes} "
                "WHERE (excluded.state, coalesce(excluded.published, '')) >= (state, coalesce(published, '')) "
                f"AND ({', '.join(others)}) IS NOT ({', '.join(f'excluded.{name}' for name in others)})",
                rows,
            )
        (after,) = self._conn.execute("SELECT count(*) FROM contracts").fetchone()
        return after - before, self._conn.total_changes - written - (after - before)

    def save_contract_buyers(self, rows: Iterable[tuple[str, str, str | None]]) -> None:
        """Keeps (SIRET, name, département) of the buyers of contracts; what a file leaves out, an earlier one says."""
        with self._transaction():
            self._many(
                "INSERT INTO contract_buyers (siret, name, departement) VALUES (?, ?, ?) ON CONFLICT (siret) DO UPDATE "
                "SET name = CASE excluded.name WHEN '' THEN name ELSE excluded.name END, "
                "departement = coalesce(excluded.departement, departement)",
                rows,
            )

    # -- what readers answer ---------------------------------------------------------------------------------------

    def save_feedback(self, lines: Sequence[Feedback]) -> tuple[int, int]:
        """Keeps what readers answer; returns (new, already known). Nothing is erased, the last line of a day holds.

        A line is known when the same words were said of the same lot: on the same day if the reader wrote it, else
        whenever; so the same file imported again adds nothing. An id that no notice bears is kept like the others.
        """
        verdicts, follows = [], []
        for one in lines:
            if isinstance(one, Verdict):
                told = (one.verdict, one.label, one.comment, one.given.isoformat(), one.dated, json(one.judged))
                verdicts.append((one.id, one.lot, *told))
            else:
                since = one.since.isoformat()
                follows.append((one.id, one.lot, one.state, one.reason, since, one.dated, one.fingerprint))
        before = self._conn.total_changes
        with self._transaction():
            self._many(
                "INSERT OR IGNORE INTO verdicts (id, lot, verdict, label, comment, given, dated, judged) "
                "VALUES (?,?,?,?,?,?,?,?)",
                verdicts,
            )
            self._many(
                "INSERT OR IGNORE INTO suivi (id, lot, state, reason, since, dated, fingerprint) "
                "VALUES (?,?,?,?,?,?,?)",
                follows,
            )
        new = self._conn.total_changes - before
        return new, len(lines) - new

    def verdicts(self, ids: Iterable[str] | None = None) -> dict[str, tuple[Verdict, ...]]:
        """The verdicts on the tender of each id (of a notice or a tender), oldest first; ids without any are absent.

        None: all of them, by tender; by the id that the reader wrote where no notice bears it.
        """
        return self._answers("verdicts", "given", ids, _verdict)

    def follow_up(self, ids: Iterable[str] | None = None) -> dict[str, tuple[Follow, ...]]:
        """The states of the tender of each id, oldest first: the last one holds. See ``verdicts`` for the ids."""
        return self._answers("suivi", "since", ids, _follow)

    def following(self) -> list[Row]:
        """The rows of ``suivi_en_cours``: consultation, lot, etat, motif, depuis, objet, acheteur, lien."""
        return self._rows("SELECT * FROM suivi_en_cours")

    def items(self, ids: Iterable[str], until: date) -> dict[str, Item]:
        """The tender of each id as an edition ended on ``until`` tells it; absent when no notice of it had appeared."""
        tenders = self._tenders_of(ids)
        found = {item.tender: item for item in self._items(sorted(set(tenders.values())), until)}
        return {key: found[tender] for key, tender in tenders.items() if tender in found}

    def last_edition(self, day: date) -> date | None:
        """The last day of publication that the editions of ``day`` and before tell; None when there is none."""
        rows = self._conn.execute("SELECT max(until) FROM editions WHERE reference <= ?", (day.isoformat(),)).fetchall()
        return date.fromisoformat(rows[0][0]) if rows[0][0] else None

    def _tenders_of(self, ids: Iterable[str]) -> dict[str, str]:
        """The tender of each id: the one that its alias leads to, else the id itself."""
        asked = list(dict.fromkeys(ids))
        return {key: key for key in asked} | self.aliases(asked)

    def _answers(
        self, table: str, day: str, ids: Iterable[str] | None, read: Callable[[Row], T]
    ) -> dict[str, tuple[T, ...]]:
        query = f"SELECT v.*, coalesce(a.tender, v.id) AS tender FROM {table} v LEFT JOIN aliases a ON a.key = v.id"
        if ids is None:
            rows = self._rows(query)
        else:
            tenders = self._tenders_of(ids)
            keys = {*tenders.values()}
            keys |= {row["key"] for row in self._in("SELECT key FROM aliases WHERE tender IN ({})", sorted(keys))}
            rows = list(self._in(f"{query} WHERE v.id IN ({{}})", sorted(keys)))
        found: dict[str, list[T]] = {}
        for row in sorted(rows, key=lambda row: (row[day], row["number"])):
            found.setdefault(row["tender"], []).append(read(row))
        told = {tender: tuple(answers) for tender, answers in found.items()}
        return told if ids is None else {key: told[one] for key, one in tenders.items() if one in told}

    # -- journal ---------------------------------------------------------------------------------------------------

    def save_run(self, since: date | None = None, until: date | None = None) -> int:
        """Opens a run over the days [since, until] and returns its number. The journal alone has a clock."""
        cursor = self._conn.execute(
            "INSERT INTO runs (started, since, until, status) VALUES (?, ?, ?, 'en cours')",
            (_now(), since and since.isoformat(), until and until.isoformat()),
        )
        return int(cursor.lastrowid or 0)

    def finish_run(self, run: int, *, read: int = 0, rejected: int = 0, status: str = "terminé") -> None:
        """Closes a run: what it counted, and its ``status`` in French (terminé, échoué)."""
        self._conn.execute(
            "UPDATE runs SET finished = ?, status = ?, read = ?, rejected = ? WHERE id = ?",
            (_now(), status, read, rejected, run),
        )

    def save_issues(self, run: int, issues: Iterable[Issue]) -> None:
        """Keeps the issues of a run, each once."""
        rows = [(run, issue.source, issue.key, issue.code, issue.level, issue.message) for issue in issues]
        with self._transaction():
            self._many(
                "INSERT OR IGNORE INTO issues (run, source, key, code, level, message) VALUES (?,?,?,?,?,?)", rows
            )

    def save_coverage(self, rows: Iterable[Coverage]) -> None:
        """Keeps what was received of each source and day.

        A complete day stays complete when a later run was cut short: it is replaced by an incomplete one only if
        the source now announces more notices than it did.
        """
        with self._transaction():
            self._many(
                "INSERT INTO coverage (source, day, expected, fetched, parsed, rejected, missing, complete) "
                "VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (source, day) DO UPDATE SET expected = excluded.expected, "
                "fetched = excluded.fetched, parsed = excluded.parsed, rejected = excluded.rejected, "
                "missing = excluded.missing, complete = excluded.complete "
                "WHERE excluded.complete OR NOT coverage.complete OR excluded.expected > coverage.expected",
                [
                    (c.source, c.day.isoformat(), c.expected, c.fetched, c.parsed, c.rejected, c.missing, c.complete)
                    for c in rows
                ],
            )

    def count_read(self, since: date, until: date, snapshots: Sequence[str] = ()) -> None:
        """Completes the coverage of [since, until] with what was read; what was fetched and not read is rejected.

        A source of ``snapshots`` shows again what was read before: only what is still rejected is missing from it.
        """
        with self._transaction():
            self._conn.execute(
                "UPDATE coverage SET parsed = (SELECT count(*) FROM notices n WHERE n.source = coverage.source "
                "AND n.published = coverage.day) WHERE day BETWEEN ? AND ?",
                (since.isoformat(), until.isoformat()),
            )
            self._conn.execute(
                "UPDATE coverage SET rejected = max(0, fetched - parsed) WHERE day BETWEEN ? AND ?",
                (since.isoformat(), until.isoformat()),
            )
            self._many(
                "UPDATE coverage SET rejected = r.n, parsed = fetched - r.n FROM (SELECT min(fetched, (SELECT count(*) "
                "FROM raw WHERE source = ?1 AND status = 'rejete')) AS n, day AS d FROM coverage WHERE source = ?1) r "
                "WHERE source = ?1 AND day = r.d AND day BETWEEN ?2 AND ?3",
                [(name, since.isoformat(), until.isoformat()) for name in snapshots],
            )

    def coverage(self, since: date, until: date) -> tuple[Coverage, ...]:
        """What was received of the publication days [since, until], by source and day."""
        rows = self._rows(
            "SELECT * FROM coverage WHERE day BETWEEN ? AND ? ORDER BY source, day",
            (since.isoformat(), until.isoformat()),
        )
        return tuple(decode(Coverage, row | {"complete": bool(row["complete"])}) for row in rows)

    def save_edition(self, week: str, reference: date, since: date, until: date) -> None:
        """Remembers the dates of an edition (``2026-W47``); the first ones saved stay."""
        self._conn.execute(
            "INSERT OR IGNORE INTO editions (week, reference, since, until) VALUES (?, ?, ?, ?)",
            (week, reference.isoformat(), since.isoformat(), until.isoformat()),
        )

    def edition_reference(self, week: str) -> date | None:
        """The reference date under which the week was first published; None when it never was."""
        rows = self._conn.execute("SELECT reference FROM editions WHERE week = ?", (week,)).fetchall()
        return date.fromisoformat(rows[0][0]) if rows else None

    # -- letters ---------------------------------------------------------------------------------------------------

    def intend(self, week: str, edition: str, address: str, message_id: str, *, again: bool = False) -> str:
        """Commits the intent to hand a letter over, to the disk; returns the Message-ID to use, empty when forbidden.

        A letter is handed over once: one already intended is refused unless it was only put off (« différé »), or
        ``again`` is asked for one that was never confirmed or was refused. A letter that was sent is never sent again.
        """
        allowed = ("différé", "à confirmer", "refusé") if again else ("différé",)
        self._conn.execute("PRAGMA synchronous=FULL")
        try:
            with self._transaction():
                rows = self._conn.execute(
                    "INSERT INTO envois VALUES (?, ?, ?, ?, 'à confirmer', ?, NULL, '', 1) ON CONFLICT DO UPDATE SET "
                    "statut = 'à confirmer', intention = excluded.intention, suite = NULL, detail = '', "
                    f"tentatives = tentatives + 1 WHERE statut IN ({','.join('?' * len(allowed))}) "
                    "RETURNING message_id",
                    (week, edition, address, message_id, _now(), *allowed),
                ).fetchall()
        finally:
            self._conn.execute("PRAGMA synchronous=NORMAL")
        return str(rows[0][0]) if rows else ""

    def settle_letter(self, week: str, edition: str, address: str, status: str, detail: str) -> None:
        """Writes what the server answered: ``envoyé``, ``refusé`` or ``différé``. A letter sent stays sent."""
        with self._transaction():
            self._conn.execute(
                "UPDATE envois SET statut = ?, suite = ?, detail = ? "
                "WHERE semaine = ? AND edition = ? AND adresse = ? AND statut <> 'envoyé'",
                (status, _now(), detail, week, edition, address),
            )

    def letters(self) -> list[Row]:
        """What became of every letter: the rows of ``envois``, by week, edition and address."""
        return self._rows("SELECT * FROM envois ORDER BY semaine, edition, adresse")

    # -- read models -----------------------------------------------------------------------------------------------

    def edition(
        self,
        since: date,
        until: date,
        reference: date,
        *,
        territory: str,
        departements: tuple[str, ...],
        base_url: str,
        mission: str,
        contact: str,
    ) -> Edition:
        """Everything to publish: tenders with a notice published in [since, until], or still open at ``reference``.

        ``departements`` empty = France entière; a tender whose départements are unknown is kept everywhere.
        """
        tenders = [
            row["tender"]
            for row in self._rows(
                "SELECT DISTINCT tender FROM notices WHERE published BETWEEN ? AND ? OR deadline >= ? ORDER BY tender",
                (since.isoformat(), until.isoformat(), reference.isoformat()),
            )
        ]
        known, lost = one_by_one(lambda some: self._items(some, until), tenders)
        items = [item for item in known if _is_told(item, since, reference, departements)]
        (read,) = self._conn.execute(
            "SELECT count(*) FROM notices WHERE published BETWEEN ? AND ?", (since.isoformat(), until.isoformat())
        ).fetchone()
        found = Edition(
            reference=reference,
            since=since,
            until=until,
            territory=territory,
            departements=departements,
            items=tuple(sorted(items, key=lambda item: (-item.published.toordinal(), item.tender))),
            coverage=self.coverage(since, until),
            read=read,
            base_url=base_url,
            mission=mission,
            contact=contact,
        )
        return without(found, lost)

    def counts(self, since: date, until: date) -> list[tuple[str, str, int]]:
        """(département, status, lots) for the notices published in [since, until]; an unknown département is ``""``."""
        rows = self._conn.execute(
            "SELECT coalesce(d.value, '') AS departement, l.status, count(*) FROM notices n "
            "JOIN lots l ON l.notice = n.id AND NOT l.whole LEFT JOIN json_each(n.departements) d "
            "WHERE n.published BETWEEN ? AND ? GROUP BY 1, 2 ORDER BY 1, 2",
            (since.isoformat(), until.isoformat()),
        )
        return [(departement, status, count) for departement, status, count in rows.fetchall()]

    def search(self, words: str, limit: int = 20) -> list[Row]:
        """The notices (id, published, title, extract) that hold ``words``, best first; FTS5 syntax, accents ignored."""
        return self._rows(
            "SELECT n.id, n.published, n.title, snippet(search, 1, '[', ']', '…', 16) AS extract FROM search "
            "JOIN notices n ON n.number = search.rowid WHERE search MATCH ? ORDER BY search.rank, n.id LIMIT ?",
            (words, limit),
        )

    def dump_canonical(self) -> Iterator[str]:
        """One sorted JSON line a row of the tables that carry meaning: two equal dumps say the same thing."""
        for table, query in _DUMP.items():
            yield from sorted(orjson.dumps([table, *row]).decode() for row in self._conn.execute(query))

    def check(self) -> None:
        """Raises DatabaseDamaged naming what is wrong: pages, rows without their parent, search index."""
        wrong = [row[0] for row in self._conn.execute("PRAGMA integrity_check") if row[0] != "ok"]
        wrong += [f"{row[0]}, ligne {row[1]} sans {row[2]}" for row in self._conn.execute("PRAGMA foreign_key_check")]
        try:
            self._conn.execute("INSERT INTO search (search, rank) VALUES ('integrity-check', 1)")
        except sqlite3.DatabaseError as error:
            wrong.append(f"index de recherche : {error}")
        if wrong:
            raise DatabaseDamaged(f"base abîmée ({' ; '.join(wrong)}), restaurez une sauvegarde de veille.db.")

    # -- rows ------------------------------------------------------------------------------------------------------

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        if self._conn.in_transaction:  # a part of a larger one (scanner/journal.py)
            return (yield)
        self._conn.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._conn.rollback()  # a full disk has undone it already
            raise
        self._conn.execute("COMMIT")

    def _many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        self._conn.executemany(sql, rows)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """The rows of a query that only reads, as dicts."""
        return self._rows(sql, parameters)

    def _rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        return list(self._db.query(sql, parameters))

    def _in(self, sql: str, values: Sequence[Any]) -> Iterator[Row]:
        for start in range(0, len(values), _CHUNK):
            chunk = values[start : start + _CHUNK]
            yield from self._rows(sql.format(",".join("?" * len(chunk))), chunk)

    def _shas(self, ids: Sequence[str]) -> dict[str, str]:
        return {row["id"]: row["sha"] for row in self._in("SELECT id, sha FROM raw WHERE id IN ({})", ids)}

    def _bodies(self, ids: Sequence[str]) -> Iterator[RawNotice]:
        for row in self._in("SELECT source, key, url, fetched_at, body FROM raw WHERE id IN ({}) ORDER BY id", ids):
            fetched = datetime.fromisoformat(row["fetched_at"])
            yield RawNotice(row["source"], row["key"], row["url"], fetched, zstd.decompress(row["body"]))

    def _forget(self, rows: Sequence[Row]) -> None:
        self._many(
            "INSERT INTO search (search, rowid, title, text) "
            "SELECT 'delete', number, title, text FROM search_content WHERE number = ?",
            [(row["number"],) for row in rows],
        )
        self._unlink([(row["id"],) for row in rows])
        for table in _PARTS:
            self._many(f"DELETE FROM {table} WHERE notice = ?", [(row["id"],) for row in rows])
        self._many("DELETE FROM notices WHERE number = ?", [(row["number"],) for row in rows])

    def _unlink(self, ids: Sequence[tuple[str]]) -> None:
        """Forgets what was compared of these notices, their links, and the likenesses found with them."""
        self._many("DELETE FROM liens_proposes WHERE notice = ?", ids)
        self._many("DELETE FROM liens_proposes WHERE other = ? AND proposed", ids)
        self._many("DELETE FROM trace_blocks WHERE notice = ?", ids)
        self._many("DELETE FROM traces WHERE notice = ?", ids)

    def _merge(self, mapping: Mapping[str, str]) -> None:
        """Whatever belonged to a tender that another one absorbs belongs to the latter."""
        changed = [key for key, tender in mapping.items() if key != tender]
        for row in list(self._in("SELECT DISTINCT tender FROM aliases WHERE tender IN ({})", changed)):
            old, new = row["tender"], mapping[row["tender"]]
            self._conn.execute("UPDATE aliases SET tender = ? WHERE tender = ?", (new, old))
            self._conn.execute("UPDATE notices SET tender = ? WHERE tender = ?", (new, old))
            self._refresh_tenders([old, new])

    def _insert(
        self,
        records: Sequence[Record],
        documents: Mapping[str, bytes],
        digests: Mapping[str, str],
        numbers: Mapping[str, int],
    ) -> None:
        (last,) = self._conn.execute("SELECT coalesce(max(number), 0) FROM notices").fetchone()
        last = max([last, *numbers.values()])
        rows: dict[str, list[tuple[Any, ...]]] = {table: [] for table in ("notices", *_ROWS)}
        search = []
        for record in records:
            assert record.notice is not None
            number = numbers.get(record.notice.id)
            if number is None:
                number = last = last + 1
            key = record.raw_id
            rows["notices"].append(_notice_row(number, record.notice, record, documents[key].decode(), digests[key]))
            search.append((number, record.notice.title, _searched(record.notice)))
            for table, make in _ROWS.items():
                rows[table] += [(record.notice.id, position, *row) for position, row in enumerate(make(record))]
        for table, values in rows.items():
            if values:
                self._many(f"INSERT INTO {table} VALUES ({','.join('?' * len(values[0]))})", values)
        self._many("INSERT INTO search (rowid, title, text) VALUES (?, ?, ?)", search)

    def _refresh_tenders(self, tenders: Iterable[str]) -> None:
        touched = [(tender,) for tender in sorted(tenders)]
        self._many("DELETE FROM tenders WHERE id = ?", touched)
        self._many(
            "INSERT INTO tenders SELECT ?1, (SELECT id FROM notices WHERE tender = ?1 ORDER BY published, id LIMIT 1), "
            "(SELECT id FROM notices WHERE tender = ?1 ORDER BY published DESC, id DESC LIMIT 1), "
            "min(published), max(published) FROM notices WHERE tender = ?1 HAVING count(*)",
            touched,
        )

    def _items(self, tenders: Sequence[str], until: date) -> Iterator[Item]:
        histories: dict[str, list[Notice]] = {}
        rows = self._in("SELECT tender, document FROM notices WHERE tender IN ({}) ORDER BY published, id", tenders)
        for row in rows:
            notice = decode(Notice, orjson.loads(row["document"]))
            if notice.published <= until:
                histories.setdefault(row["tender"], []).append(notice)
        ids = [notice.id for history in histories.values() for notice in history]
        classifications = self.classifications(ids)
        chances: dict[str, dict[str | None, Opportunity]] = {}
        for row in self._in("SELECT notice, lot, document FROM opportunities WHERE notice IN ({})", ids):
            chances.setdefault(row["notice"], {})[row["lot"]] = decode(Opportunity, orjson.loads(row["document"]))
        segments, links = self.segments(ids), self._links(histories, until)
        names = self._names({n.buyer.siren for h in histories.values() for n in h if n.buyer and n.buyer.siren})
        for tender, history in histories.items():
            steps = follow(history, classifications)
            teller = steps[-1].teller.id
            beside = {lot: (segments.get(teller, {}).get(lot), chances.get(teller, {}).get(lot)) for lot in (
                {*segments.get(teller, {}), *chances.get(teller, {})}
            )}  # fmt: skip
            yield _item(tender, steps, beside, links.get(tender, ()), names)

    def _names(self, sirens: Iterable[str]) -> dict[str, str]:
        """The known names of buyers that their notices name by SIREN alone."""
        found = self._in("SELECT siren, nom FROM acheteurs WHERE id IN ({})", [f"siren:{s}" for s in sorted(sirens)])
        return {row["siren"]: row["nom"] for row in found if row["nom"]}

    def _links(self, tenders: Iterable[str], until: date) -> dict[str, list[str]]:
        """What to tell, on the day ``until``, of the tenders that each of these may be, follows or is followed by.

        One sentence a tender: what a notice states before what is proposed, then the closest.
        """
        found: dict[str, dict[str, str]] = {}
        for side, other in (("n", "o"), ("o", "n")):
            query = f"""SELECT DISTINCT {side}.tender AS tender, '{side}' AS side, l.nature, l.proposed, l.evidence,
                l.other, {other}.title, {other}.id, {other}.published, coalesce({other}.tender, l.other) AS about
                FROM liens_proposes l JOIN notices n ON n.id = l.notice LEFT JOIN aliases a ON a.key = l.other
                LEFT JOIN tenders t ON t.id = a.tender
                LEFT JOIN notices o ON o.id = CASE WHEN l.proposed THEN l.other ELSE t.first_notice END
                WHERE {side}.tender IN ({{}}) AND a.tender IS NOT n.tender
                AND max(n.published, coalesce(o.published, '')) <= '{until.isoformat()}'
                ORDER BY l.proposed, l.score DESC, l.notice, l.other"""
            for row in self._in(query, sorted(tenders)):
                found.setdefault(row["tender"], {}).setdefault(row["about"], _link(row))
        return {tender: list(about.values()) for tender, about in found.items()}


def _link(row: Row) -> str:
    """« lien proposé, à vérifier : fait suite à « … » (boamp:26-1, paru le …) ; indices : … »."""
    if row["nature"] == "same":
        verb = "peut-être la même procédure que"
    else:
        verb = "fait suite à" if row["side"] == "n" else "suivi par"
    named = (
        f"« {row['title']} » ({row['id']}, {_day(date.fromisoformat(row['published']))})" if row["id"] else row["other"]
    )
    sentence = f"{verb} {named} ; {', '.join(orjson.loads(row['evidence']))}"
    return f"lien proposé, à vérifier : {sentence}" if row["proposed"] else f"lien : {sentence}"


def metadata() -> dict[str, Any]:
    """The description of the database for Datasette: title, licence, every table and column, in French."""
    content: dict[str, Any] = read_yaml(METADATA)
    return content


# -- rows from values ----------------------------------------------------------------------------------------------


def json(value: Any) -> str:
    """A value as it is stored."""
    return orjson.dumps(value).decode()


def _digest(record: Record, document: bytes) -> str:
    return sha256(document + orjson.dumps((record.classification, record.segments))).hexdigest()


def _searched(notice: Notice) -> str | None:
    """The text that the view ``search_content`` shows of a notice just inserted."""
    return "\n".join(passage.text for passage in notice.passages) if notice.passages else None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _tender(record: Record) -> str:
    return record.tender or (record.notice.id if record.notice else "")


def _notice_row(number: int, notice: Notice, record: Record, document: str, digest: str) -> tuple[Any, ...]:
    buyer = notice.buyer
    return (
        number, notice.id, record.raw_id, _tender(record), notice.source, notice.kind,
        notice.published.isoformat(), notice.deadline and notice.deadline.isoformat(), notice.title,
        buyer.name if buyer else "", buyer.siret if buyer else None, notice.procedure, json(notice.departements),
        notice.places_source, json(notice.cpv), notice.url, notice.documents_url, notice.read_in_full,
        document, digest,
    )  # fmt: skip


def _buyer_rows(record: Record) -> Iterator[tuple[Any, ...]]:
    for b in _of(record).buyers:
        yield b.name, b.siret, b.email, b.phone, b.street, b.postcode, b.city, b.nuts, b.siren


def _lot_rows(record: Record) -> Iterator[tuple[Any, ...]]:
    """The lots of the notice and those its classification names; the implicit lot or « ensemble » comes first."""
    notice = _of(record)
    readings = {reading.number: reading for reading in record.classification.lots} if record.classification else {}
    described: dict[str | None, Lot] = {lot.number: lot for lot in notice.lots}
    segments = dict(record.segments)
    whole = Lot("", notice.title, notice.description, notice.cpv, notice.places, notice.amount, notice.duration_months)
    for number in dict.fromkeys([None, *readings, *described]):
        lot = described.get(number) or (whole if number is None else Lot(str(number)))
        status = readings[number].status if number in readings else "non_lu"
        is_whole = number is None and bool(described)
        yield (
            number, is_whole, lot.title, lot.description, json(lot.cpv), json(lot.places),
            lot.amount and json(lot.amount), lot.duration_months, status,
            json(segments[number]) if number in segments else None,
        )  # fmt: skip


def _passage_rows(record: Record) -> Iterator[tuple[Any, ...]]:
    for passage in _of(record).passages:
        yield passage.field, passage.lot, passage.text


def _coded_rows(record: Record) -> Iterator[tuple[Any, ...]]:
    for coded in _of(record).coded:
        yield coded.field, coded.lot, coded.value


def _finding_rows(record: Record) -> Iterator[tuple[Any, ...]]:
    for lot in record.classification.lots if record.classification else ():
        for f in lot.findings:
            yield (
                lot.number, f.label, f.reading, f.quote, f.field, f.passage, f.lot, f.start, f.end, f.rule, f.cue,
                json(f.hours), json(f.percent), json(f.notes), f.proposed, f.facilitator,
            )  # fmt: skip


_ROWS: dict[str, Callable[[Record], Iterator[tuple[Any, ...]]]] = {
    "buyers": _buyer_rows, "lots": _lot_rows, "passages": _passage_rows, "coded": _coded_rows,
    "findings": _finding_rows,
}  # fmt: skip


def _of(record: Record) -> Notice:
    if record.notice is None:
        raise ValueError(f"{record.raw_id} : un avis rejeté n'a pas de lignes.")
    return record.notice


# -- values from rows ----------------------------------------------------------------------------------------------


def _finding(row: Row) -> Finding:
    lists = {name: orjson.loads(row[name]) for name in ("hours", "percent", "notes")}
    known = {field.name: row[field.name] for field in fields(Finding)}
    return decode(Finding, known | lists | {"proposed": bool(row["proposed"])})


def _verdict(row: Row) -> Verdict:
    told = {field.name: row[field.name] for field in fields(Verdict)}
    return decode(Verdict, told | {"judged": orjson.loads(row["judged"]), "dated": bool(row["dated"])})


def _follow(row: Row) -> Follow:
    return decode(Follow, {field.name: row[field.name] for field in fields(Follow)} | {"dated": bool(row["dated"])})


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


@cache
def _reader(kind: Any) -> Callable[[Any], Any]:
    """How a JSON value becomes a ``kind``; an unexpected shape raises, it is never adapted."""
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        inner = _reader(next(arg for arg in args if arg is not type(None)))
        return lambda value: None if value is None else inner(value)
    if origin is tuple:
        item = _reader(args[0])
        return lambda value: tuple(item(part) for part in value)
    if kind is datetime or kind is date:
        read: Callable[[str], Any] = kind.fromisoformat
        return read
    if is_dataclass(kind) and isinstance(kind, type):
        readers = {name: _reader(hint) for name, hint in _hints(kind).items()}
        return lambda value: kind(**{name: readers[name](part) for name, part in value.items()})
    return lambda value: value


def decode(kind: type[T], value: Any) -> T:
    """A ``kind`` from what JSON holds; an unexpected shape raises, it is never adapted."""
    result: T = _reader(kind)(value)  # type: ignore[arg-type]  # a class is hashable
    return result


#: The segment of a lot, and what was appraised of it.
_Beside = tuple[LotSegment | None, Opportunity | None]

# -- items ---------------------------------------------------------------------------------------------------------


def _item(
    tender: str,
    steps: Sequence[Step],
    beside: Mapping[str | None, _Beside],
    links: Sequence[str],
    names: Mapping[str, str],
) -> Item:
    last = steps[-1]
    told = last.teller
    closing = [s.notice.kind for s in steps if s.notice.kind in CLOSING and s.notice.published >= told.published]
    buyer = told.buyer or Buyer("")
    events = tuple(_event(step) for step in steps if step.changes)
    earlier = next((one for one, later in reversed([*pairwise(steps)]) if later.social), None)
    return Item(
        tender=tender,
        notice=told.id,
        kind=closing[-1] if closing else told.kind,
        title=told.title,
        buyer=buyer.name or names.get(buyer.siren or "", f"acheteur de SIREN {buyer.siren}" if buyer.siren else ""),
        siret=buyer.siret,
        first_published=steps[0].notice.published,
        published=last.notice.published,
        deadline=last.state.deadline,
        departements=told.departements,
        places_source=told.places_source,
        place=_place(told),
        url=told.url,
        documents_url=told.documents_url,
        lots=tuple(_item_lots(told, last.state.reading, beside)),
        procedure=told.procedure,
        amount=amount_text(told.amount),
        email=buyer.email,
        changes=tuple(f"{_day(event.published)} : {change}" for event in events for change in event.changes),
        holders=tuple(dict.fromkeys(holder for step in steps for holder in step.notice.holders)),
        events=events,
        before=tuple(_item_lots(earlier.teller, earlier.state.reading, {})) if earlier else (),
        links=tuple(links),
        project=told.shape == "projet",
        expected=told.expected,
        terms=Terms(told.amount, told.duration_months, renewal_months=told.renewal_months),
    )


def _event(step: Step) -> Event:
    notice = step.notice
    return Event(
        notice.id,
        notice.kind,
        notice.published,
        notice.url,
        step.changes,
        step.social,
        tuple(dict.fromkeys(notice.holders)),
    )


def _item_lots(
    notice: Notice, classification: Classification | None, beside: Mapping[str | None, _Beside]
) -> Iterator[ItemLot]:
    described: dict[str | None, Lot] = {lot.number: lot for lot in notice.lots}
    readings = {reading.number: reading for reading in classification.lots} if classification else {}
    for number in dict.fromkeys([None, *described, *readings]):
        reading = readings.get(number) or LotReading(number, "non_lu")
        segment, chance = beside.get(number, (None, None))
        if number is None and described and not reading.findings and chance is None:
            continue
        lot = described.get(number)
        title, cpv = (lot.title, lot.cpv or notice.cpv) if lot else ("" if described else notice.title, notice.cpv)
        binding = reading.status not in (*NOT_BINDING, "non_lu")
        terms = Terms(lot.amount, lot.duration_months, lot.renewals, lot.renewal_months) if lot else Terms()
        yield ItemLot(number, title, reading.status, reading.findings, None if binding else chance, cpv, segment, terms)


def _is_told(item: Item, since: date, reference: date, departements: Sequence[str]) -> bool:
    here = not departements or not item.departements or bool(set(departements) & set(item.departements))
    is_open = item.kind not in CLOSING and item.deadline is not None and item.deadline.date() >= reference
    return here and (item.published >= since or is_open)


def _day(day: date) -> str:
    return day.strftime("%d/%m/%Y")


def _place(notice: Notice) -> str:
    """Where it is performed, in words: a place known by its code alone is told by its département, not as a town."""
    named = (
        place.city or ("" if place.text in (place.departement, place.nuts) else place.text) for place in notice.places
    )
    buyer = notice.buyer if not notice.places else None
    return ", ".join(dict.fromkeys(filter(None, named))) or (buyer.city or "" if buyer else "")


def _told(classification: Classification | None) -> list[str]:
    lines = []
    for lot in classification.lots if classification else ():
        name = "ensemble" if lot.number is None else f"lot {lot.number}"
        lines += [f"{name} : {f.label} ({_reading(f)}) « {' '.join(f.quote.split())[:80]} »" for f in lot.findings]
    return list(dict.fromkeys(lines))


def _reading(finding: Finding) -> str:
    return "proposé" if finding.proposed else _READINGS[finding.reading]


_READINGS = {"affirmed": "affirmé", "conditional": "conditionnel", "denied": "nié"}
