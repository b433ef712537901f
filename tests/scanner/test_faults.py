"""Whatever a source or the network does: a day is said incomplete or is all there, and one clean crawl mends it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from email.utils import formatdate
from pathlib import Path
from time import time
from typing import Any

import pytest
from scrapy.http import TextResponse

from scanner.collect import CollectResult, collect
from scanner.edition import Coverage
from scanner.sample import replica, ted, week
from scanner.sample.faults import FAULTS, Faulty, Plan, faulty, unresolved, untrusted
from scanner.store import Store
from spiders.base import _reset_in, _retry_after

MONDAY = date(2026, 11, 16)
DAYS = [MONDAY + timedelta(days=rank) for rank in range(7)]
#: Three records a day, in pages of two.
WEEK = [
    one
    for day in DAYS
    for one in [record for record in week.records() if record["dateparution"] == str(day) and record["idweb"]][:3]
]
#: Faults that go away by themselves within an answer: the days they befall are whole.
HARMLESS = ("skewed", "reordered")
#: Faults tried as they last, but for those that ask for a wait and the drift of a field, which have their own tests.
LASTING = [name for name in FAULTS if not name.startswith(("throttled", "unavailable", "renamed", "drip"))]
EVERY = [name for name in FAULTS if name != "renamed"]


@dataclass
class Crawl:
    """One crawl of the week into ``db``: what it told, and what is archived (id -> content)."""

    result: CollectResult
    kept: dict[str, str]
    served: dict[str, int]

    def row(self, day: date) -> Coverage:
        (row,) = [row for row in self.result.coverage if row.day == day]
        return row

    def told(self, day: date) -> str:
        return " ".join(
            issue.message for issue in self.result.issues if issue.level == "error" and said(day, issue.key)
        )


def said(day: date, key: str) -> bool:
    return str(day) in key


def crawl(db: Path, base_url: str, proxy: Faulty | None = None, **options: Any) -> Crawl:
    Store.open(db).close()
    options = {"attempts": 4, "timeout": 10.0, "wait": 0.02, "patience": 5.0, "page": 2, "source": "boamp"} | options
    result = collect(
        db, since=MONDAY, until=DAYS[-1], base_url=base_url, user_agent="essai (test@exemple.invalid)", delay=0.0,
        concurrency=4, **options,
    )  # fmt: skip
    with sqlite3.connect(db) as base:
        kept = dict(base.execute("SELECT id, sha FROM raw"))
    return Crawl(result, kept, dict(proxy.served) if proxy else {})


@contextmanager
def source(*plans: Plan) -> Iterator[tuple[str, Faulty]]:
    with replica.serve(WEEK, ted_notices=ted.notices()[:4]) as server, faulty(server, *plans) as proxy:
        yield proxy.url(server.base_url), proxy


def one_a_day(faults: list[str], **options: Any) -> list[Plan]:
    """Each fault befalls the pages of a day of its own."""
    return [
        Plan((name,), where=(f"'{day}'", "order_by"), pause=3.0, **options)
        for name, day in zip(faults, DAYS, strict=False)
    ]


def suffer(db: Path, faults: list[str], times: int | None) -> tuple[Crawl, Crawl]:
    """A crawl that suffers, and a clean one after it."""
    hasty = {"attempts": 1, "timeout": 1.5} if times is None else {"timeout": 1.5}
    with source(*one_a_day(faults, times=times)) as (url, proxy):
        crawled = crawl(db, url, proxy, **hasty)
        proxy.follow()
        return crawled, crawl(db, url) if times is None else crawled


@pytest.fixture(scope="module")
def crawls(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, bool], tuple[date, Crawl, Crawl]]:
    """(fault, whether it lasts) -> (the day it befell, the crawl that suffered, the one after it)."""
    folder = tmp_path_factory.mktemp("pannes")
    chunks: list[tuple[list[str], int | None]] = [(LASTING[n : n + 7], None) for n in range(0, len(LASTING), 7)]
    chunks += [(EVERY[n : n + 7], 2) for n in range(0, len(EVERY), 7)]
    with ThreadPoolExecutor(3) as pool:
        told = list(pool.map(lambda rank: suffer(folder / f"{rank}.db", *chunks[rank]), range(len(chunks))))
    return {
        (name, times is None): (day, *crawled)
        for (faults, times), crawled in zip(chunks, told, strict=True)
        for name, day in zip(faults, DAYS, strict=False)
    }


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Crawl:
    with source() as (url, _):
        return crawl(tmp_path_factory.mktemp("sans-panne") / "veille.db", url)


def whole(crawled: Crawl, clean: Crawl, day: date) -> bool:
    ids = {f"boamp:{one['idweb']}" for one in WEEK if one["dateparution"] == str(day)}
    assert len(ids) == 3
    return all(crawled.kept.get(key) == clean.kept[key] for key in ids)


def test_the_clean_week_is_whole(clean: Crawl) -> None:
    assert len(clean.kept) == 21 and all(row.complete for row in clean.result.coverage) and not clean.result.issues


@pytest.mark.parametrize("fault", LASTING)
def test_a_fault_that_lasts_is_said_and_counted_and_a_clean_crawl_mends_it(
    crawls: Any, clean: Crawl, fault: str
) -> None:
    day, crawled, after = crawls[fault, True]
    assert crawled.served[fault] > 0
    row = crawled.row(day)
    if fault in HARMLESS:
        assert row.complete and whole(crawled, clean, day)
    elif fault == "repeated":  # another draw may give the record that the first one hid
        assert whole(crawled, clean, day) if row.complete else "relancer" in crawled.told(day)
    else:
        assert not row.complete and "relancer" in crawled.told(day)
        assert row.missing or fault == "wrong_total"
    assert after.kept == clean.kept
    assert all(row.complete for row in after.result.coverage) and not after.result.issues


@pytest.mark.parametrize("fault", EVERY)
def test_a_fault_that_passes_costs_nothing(crawls: Any, clean: Crawl, fault: str) -> None:
    day, crawled, _ = crawls[fault, False]
    assert crawled.served[fault] > 0
    assert crawled.row(day).complete and whole(crawled, clean, day), crawled.result.issues


@pytest.mark.parametrize(("broken", "reason"), [(unresolved, "connexion"), (untrusted, "connexion")])
def test_a_name_that_leads_nowhere_and_a_port_without_tls_are_said(
    tmp_path: Path, clean: Crawl, broken: Any, reason: str
) -> None:
    with source() as (url, _):
        crawled = crawl(tmp_path / "veille.db", broken(url), attempts=2)
        after = crawl(tmp_path / "veille.db", url)
    assert not any(row.complete for row in crawled.result.coverage) and len(crawled.result.coverage) == 7
    assert any(reason in issue.message for issue in crawled.result.issues if issue.level == "error")
    assert after.kept == clean.kept and all(row.complete for row in after.result.coverage)


@pytest.mark.parametrize("field", ["idweb", "famille"])
@pytest.mark.parametrize("where", [(), ("order_by",)], ids=["described", "between pages"])
def test_a_field_renamed_ends_the_source_the_same_day_and_archives_nothing_wrong(
    tmp_path: Path, clean: Crawl, field: str, where: tuple[str, ...]
) -> None:
    with source(Plan(("renamed",), renamed=field, where=where)) as (url, proxy):
        crawled = crawl(tmp_path / "veille.db", url)
        proxy.follow()
        after = crawl(tmp_path / "veille.db", url)
    told = [issue for issue in crawled.result.issues if issue.code == "field-missing"]
    assert [issue.key for issue in told] == [field] and "spiders/boamp.yml" in told[0].message
    assert not any(row.complete for row in crawled.result.coverage)
    assert crawled.kept == {}
    assert after.kept == clean.kept


@pytest.mark.parametrize("shift", [-1, 1])
def test_a_total_always_wrong_by_one_is_never_taken_for_a_whole_day(tmp_path: Path, clean: Crawl, shift: int) -> None:
    day = DAYS[2]
    with source(Plan(("wrong_total",), shift=shift, where=(f"'{day}'",))) as (url, proxy):
        crawled = crawl(tmp_path / "veille.db", url, proxy, page=100)
    assert whole(crawled, clean, day)
    assert not crawled.row(day).complete and "relancer" in crawled.told(day)
    assert sum(row.complete for row in crawled.result.coverage) == 6


@pytest.mark.parametrize("seed", [1])
def test_ted_under_faults_of_every_kind_is_whole_or_said(tmp_path: Path, seed: int) -> None:
    with source(Plan(tuple(FAULTS), 0.35, seed=seed, pause=1.5, where=("notice",))) as (_, proxy):
        address = f"http://{proxy.address}{ted.SEARCH}"
        crawled = crawl(tmp_path / "veille.db", address, proxy, source="ted", timeout=1.0, attempts=3, page=100)
        proxy.follow()
        after = crawl(tmp_path / "veille.db", address, source="ted")
    assert crawled.served
    held = {f"ted:{one.number}" for one in ted.notices()[:4]}
    assert set(after.kept) == held and all(row.complete for row in after.result.coverage)
    for row in crawled.result.coverage:
        there = {f"ted:{one.number}" for one in ted.notices()[:4] if one.day == row.day}
        if row.complete:
            assert {key: crawled.kept.get(key) for key in there} == {key: after.kept[key] for key in there}
        else:
            assert any(issue.level == "error" for issue in crawled.result.issues)


def busy(**headers: str) -> TextResponse:
    return TextResponse("http://127.0.0.1/", status=503, headers=headers, body=b"")


def test_what_a_busy_source_asks_for_is_understood_as_a_number_and_as_a_date_of_its_own_clock() -> None:
    wrong = time() - 86_400
    date_, later = formatdate(wrong, usegmt=True), formatdate(wrong + 40, usegmt=True)
    assert _retry_after(busy(**{"Retry-After": "40"})) == 40
    assert _retry_after(busy(**{"Retry-After": later, "Date": date_})) == 40
    assert 30 < _retry_after(busy(**{"Retry-After": formatdate(time() + 40, usegmt=True)})) <= 40
    assert _retry_after(busy(**{"Retry-After": date_})) == 0
    assert _retry_after(busy(**{"Retry-After": "bientôt"})) == _retry_after(busy()) == 0
    assert _reset_in(busy(**{"X-RateLimit-Reset": str(int(wrong) + 60), "Date": date_})) == 60


@pytest.mark.parametrize(("fault", "code"), [("unavailable_until", "unavailable"), ("throttled_until", "quota")])
def test_a_source_that_asks_for_more_than_the_patience_of_a_run_is_left_and_said(
    tmp_path: Path, fault: str, code: str
) -> None:
    with source(Plan((fault,), wait=3600, where=("order_by",))) as (url, proxy):
        crawled = crawl(tmp_path / "veille.db", url, proxy)
    (told,) = [issue for issue in crawled.result.issues if issue.code == code]
    assert "3600 s" in told.message or "3599 s" in told.message
    assert sum(proxy.asked.values()) < 12 and not any(row.complete for row in crawled.result.coverage)
