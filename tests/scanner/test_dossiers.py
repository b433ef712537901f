"""What a page needs of the database: the words of a tender as known on a day, and the weeks published until then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from scanner.edition import Edition
from scanner.notice import Lot, Passage
from scanner.pages import Week
from scanner.shelves.dossiers import dossiers, weeks
from scanner.store import Store
from tests.scanner.test_store import TEXT, award, keep, notice, publish, record, rectification

SUNDAY = date(2026, 11, 22)


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.open(":memory:") as opened:
        yield opened


def announce(store: Store, *ends: int) -> None:
    """Editions of the weeks that end on these days of November 2026."""
    for end in ends:
        until, since = date(2026, 11, end), date(2026, 11, end - 6)
        store.save_edition(f"2026-W{until.isocalendar().week}", until, since, until)


def edition(store: Store, until: int = 22, departements: tuple[str, ...] = ()) -> Edition:
    return publish(store, until - 6, until, departements)


def test_the_words_of_a_tender_are_those_of_its_notices_in_order(store: Store) -> None:
    keep(store, record(notice()), record(rectification(), found=False), record(award(), found=False))
    (told,) = dossiers(store, ["boamp:26-1"], SUNDAY)
    assert [(paper.notice, paper.kind) for paper in told.papers] == [
        ("boamp:26-1", "call"), ("boamp:26-5", "rectification"),
    ]  # fmt: skip
    assert told.papers[0].passages == (Passage("conditions", "1", TEXT),)
    assert told.papers[0].published == date(2026, 11, 16)


def test_passages_keep_the_rank_that_findings_count_with(store: Store) -> None:
    many = tuple(Passage("other", None, f"Passage {rank}") for rank in range(12))
    keep(store, record(notice(passages=many), found=False))
    assert dossiers(store, ["boamp:26-1"], SUNDAY)[0].papers[0].passages == many


def test_what_appears_after_the_day_is_not_told(store: Store) -> None:
    keep(store, record(notice()), record(rectification(), found=False))
    assert [len(told.papers) for told in dossiers(store, ["boamp:26-1"], date(2026, 11, 18))] == [2]
    assert [len(told.papers) for told in dossiers(store, ["boamp:26-1"], date(2026, 11, 17))] == [1]
    assert dossiers(store, ["boamp:26-1"], date(2026, 11, 15)) == ()


def test_only_the_tenders_asked_for_are_told(store: Store) -> None:
    keep(store, record(notice()), record(notice("26-2"), "boamp:26-2"))
    assert [told.tender for told in dossiers(store, ["boamp:26-2", "boamp:26-3"], SUNDAY)] == ["boamp:26-2"]
    assert dossiers(store, [], SUNDAY) == ()


def test_each_published_week_counts_the_lots_it_announced(store: Store) -> None:
    keep(store, record(notice(day=15)), record(notice("26-2", day=16), "boamp:26-2"))
    announce(store, 15, 22, 29)
    assert weeks(store, edition(store)) == (
        Week("2026-W46", (("clause", 1), ("rien", 1))), Week("2026-W47", (("clause", 1), ("rien", 1))),
    )  # fmt: skip


def test_a_week_does_not_count_a_lot_twice_nor_what_only_changes(store: Store) -> None:
    twin = replace(notice(), id="ted:1-2026", source="ted", key="1-2026")
    keep(store, record(notice()), record(rectification(), found=False), record(award(), found=False))
    store.archive([replace(next(store.raws()), source="ted", key="1-2026")])
    store.save([record(twin)])
    announce(store, 22)
    assert weeks(store, edition(store)) == (Week("2026-W47", (("clause", 1), ("rien", 1))),)


def test_a_territory_counts_its_own_and_the_unknown(store: Store) -> None:
    lost = replace(notice("26-2"), departements=(), lots=(Lot("1"),))
    far = replace(notice("26-3"), departements=("34", "30"), lots=(Lot("1"),))
    keep(store, record(notice()), record(lost, "boamp:26-2"), record(far, "boamp:26-3"))
    announce(store, 22)
    counted = {
        codes: dict(weeks(store, edition(store, 22, codes))[0].lots) for codes in ((), ("69",), ("30",), ("01",))
    }
    assert {codes: lots["clause"] for codes, lots in counted.items()} == {(): 3, ("69",): 2, ("30",): 2, ("01",): 1}


def test_only_the_last_weeks_are_told(store: Store) -> None:
    announce(store, 8, 15, 22)
    assert [week.week for week in weeks(store, edition(store), most=2)] == ["2026-W46", "2026-W47"]
