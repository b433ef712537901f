"""What is appraised, and what is not any more? The rows of opportunities, structures, buyers and contracts to follow.

A tender is appraised again when one of its notices was read anew; one published lately also when what is known beside
it (structures, awarded contracts, assumptions) has changed. Older ones keep what was said of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

import orjson

from scanner.appraisal import LotSegment, Opportunity, Structure
from scanner.approach import BuyerLead, Renewal
from scanner.feedback import Verdict
from scanner.finding import Classification
from scanner.history import CLOSING, follow
from scanner.notice import Notice
from scanner.store import Store, decode, json

#: Stands for what was read of a tender whose appraisal failed: it is never what is read, so that it is tried again.
INTERRUPTED = ""
_READ = (
    "SELECT tender, group_concat(digest, ' ') AS said FROM (SELECT tender, digest FROM notices ORDER BY id) GROUP BY 1"
)
#: What changes when a contract that counts as practice is added, corrected or takes another buyer's place.
_CONTRACTS = """
SELECT count(*) AS n, total(state) AS states, max(published) AS published, total(julianday(notified)) AS days,
    group_concat(DISTINCT social) AS socials, total(length(social)) AS social, total(length(anomalies)) AS anomalies,
    total(CAST(substr(cpv, 1, 2) AS INTEGER)) AS divisions,
    (SELECT json_group_array(json_array(departement, n)) FROM (
        SELECT departement, count(*) AS n FROM contract_buyers GROUP BY 1 ORDER BY 1)) AS places
FROM contracts
"""


@dataclass(frozen=True, slots=True)
class Told:
    """A tender as its notices tell it: the one that tells it, its reading, and the segments of its lots."""

    tender: str
    notice: Notice
    reading: Classification | None
    segments: Mapping[str | None, LotSegment]
    stopped: bool = False
    """Whether its last word is a cancellation: nothing can be proposed of it any more."""


def stale(store: Store, beside: str, since: date) -> dict[str, str]:
    """The tenders to appraise, each with what was read and answered of it. ``beside``: what is known beside notices."""
    verdicts = store.verdicts()
    read = {
        row["tender"]: sha256((row["said"] + _told(verdicts.get(row["tender"], ()))).encode()).hexdigest()
        for row in store._rows(_READ)
    }
    known = {row["tender"]: (row["read"], row["beside"]) for row in store._rows("SELECT * FROM appreciations")}
    late = {row["id"] for row in store._rows(
        "SELECT id FROM tenders WHERE latest_published >= ?", (since.isoformat(),)
    )}  # fmt: skip
    return {
        tender: said
        for tender, said in read.items()
        if tender not in known or known[tender][0] != said or (tender in late and known[tender][1] != beside)
    }


def _told(verdicts: Sequence[Verdict]) -> str:
    """What stands for the verdicts of a tender, without the words that readers add."""
    return "".join(f"\n{one.given} {one.lot} {one.verdict} {one.label} {one.judged}" for one in verdicts)


def told(store: Store, tenders: Sequence[str]) -> Iterator[Told]:
    """These tenders after their last notice, those that nothing tells left out."""
    histories: dict[str, list[Notice]] = {}
    query = "SELECT tender, document FROM notices WHERE tender IN ({}) ORDER BY published, id"
    for row in store._in(query, tenders):
        histories.setdefault(row["tender"], []).append(decode(Notice, orjson.loads(row["document"])))
    ids = [notice.id for history in histories.values() for notice in history]
    readings, segments = store.classifications(ids), store.segments(ids)
    for tender, history in histories.items():
        last = follow(history, readings)[-1]
        closing = [one.kind for one in history if one.kind in CLOSING and one.published >= last.teller.published]
        stopped = closing[-1:] == ["cancellation"]
        yield Told(tender, last.teller, last.state.reading, segments.get(last.teller.id, {}), stopped)


def save(
    store: Store, found: Mapping[str, tuple[str, Sequence[Opportunity]]], read: Mapping[str, str], beside: str
) -> None:
    """Keeps the opportunities of each tender (with the notice that tells it) in place of its previous ones."""
    tenders = [(tender,) for tender in read]
    with store._transaction():
        store._many("DELETE FROM opportunities WHERE notice IN (SELECT id FROM notices WHERE tender = ?)", tenders)
        store._many(
            f"INSERT INTO opportunities VALUES ({','.join('?' * 16)})",
            [
                (notice, position, *_row(one))
                for notice, chances in found.values()
                for position, one in enumerate(chances)
            ],
        )
        store._many(
            "INSERT INTO appreciations VALUES (?, ?, ?) ON CONFLICT (tender) DO UPDATE SET "
            "read = excluded.read, beside = excluded.beside",
            [(tender, said, beside) for tender, said in read.items()],
        )
        store._conn.execute("DELETE FROM appreciations WHERE tender NOT IN (SELECT id FROM tenders)")


def opportunities(store: Store, notices: Sequence[str]) -> dict[tuple[str, str | None], Opportunity]:
    """The opportunities of these notices, by notice and lot."""
    found = store._in("SELECT notice, lot, document FROM opportunities WHERE notice IN ({})", notices)
    return {(row["notice"], row["lot"]): decode(Opportunity, orjson.loads(row["document"])) for row in found}


def _row(one: Opportunity) -> tuple[object, ...]:
    trade, hours = one.segment.segment, one.hours
    return (
        one.lot, trade.label, trade.family, trade.potential, one.lever.code, one.lever.text, one.score, one.confidence,
        one.legal.duty.code, hours.low, hours.high, hours.per, json(one.reasons), json(one),
    )  # fmt: skip


def interrupted(store: Store, tenders: Sequence[str]) -> list[str]:
    """Those of ``tenders`` whose appraisal failed: nothing is known of their opportunities."""
    rows = store._in("SELECT tender FROM appreciations WHERE read = '' AND tender IN ({})", tenders)
    return sorted(row["tender"] for row in rows)


# -- structures --------------------------------------------------------------------------------------------------------


def structures(store: Store) -> tuple[Structure, ...]:
    """The user's directory of inclusive structures, by identifier; empty when none was imported."""
    return tuple(
        Structure(
            row["id"], row["name"], row["kind"], tuple(orjson.loads(row["sectors"])),
            tuple(orjson.loads(row["departements"])), row["city"], row["turnover"], bool(row["everywhere"]),
        )
        for row in store._rows("SELECT * FROM structures ORDER BY id")
    )  # fmt: skip


def save_structures(store: Store, found: Iterable[Structure]) -> tuple[int, int]:
    """Keeps the directory in place of the previous one; returns how many it holds, and how many it held."""
    rows = [
        (one.id, one.name, one.kind, json(one.sectors), json(one.departements), one.city, one.turnover, one.everywhere)
        for one in found
    ]
    with store._transaction():
        (before,) = store._conn.execute("SELECT count(*) FROM structures").fetchone()
        store._conn.execute("DELETE FROM structures")
        store._many("INSERT INTO structures VALUES (?,?,?,?,?,?,?,?)", rows)
    return len(rows), int(before)


def beside(store: Store, settings: bytes) -> str:
    """What stands for the structures, the awarded contracts and the user's ``settings``: it changes when one does."""
    return sha256(settings + orjson.dumps([structures(store), store._rows(_CONTRACTS)])).hexdigest()


# -- buyers and contracts to follow ------------------------------------------------------------------------------------


def save_leads(store: Store, leads: Sequence[BuyerLead], renewals: Sequence[Renewal], reference: date) -> None:
    """Keeps the ranking of the day ``reference`` in place of the previous one."""
    day = reference.isoformat()
    with store._transaction():
        store._conn.execute("DELETE FROM demarches")
        store._conn.execute("DELETE FROM echeances")
        store._many(
            "INSERT INTO demarches VALUES (?,?,?,?,?)",
            [(one.rank, day, one.facts.id, one.score, json(one)) for one in leads],
        )
        store._many(
            "INSERT INTO echeances VALUES (?,?,?,?,?,?)",
            [
                (rank, day, one.contract.id, one.state, one.end and one.end.isoformat(), json(one))
                for rank, one in enumerate(renewals, 1)
            ],
        )
