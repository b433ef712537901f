"""Whatever the portal does, every notice is stored or named as missing, and an incomplete day says so."""

import json
import time
from datetime import date

import pytest

from scanner.collect import collect
from scanner.sample.replica import Faults, serve
from scanner.store import Store
from tests.spiders.standin import FIELDS, notices, portal, read

DAY = date(2026, 9, 4)
TODAY = notices("2026-09-04", 25)


def run(tmp_path, records=TODAY, *, until=DAY, server=None, **options):
    """(result, stored ids without the source, portal)."""
    db = tmp_path / "archive.json"
    server = server or {}
    with portal(records, **server) as (base, state):
        options = {"wait": 0.01, "page": 5, "delay": 0.0, "concurrency": 4, "fields": FIELDS} | options
        sink = options.pop("sink", "tests.spiders.standin:LineSink")
        result = collect(
            db, source="boamp", since=DAY, until=until, base_url=base, user_agent="essai (test@example.org)",
            sink=sink, **options,
        )  # fmt: skip
    return result, {key.removeprefix("boamp:") for key in read(db)}, state


def ids(records):
    return {record["idweb"] for record in records}


def codes(result):
    return {issue.code for issue in result.issues}


def is_page(query):
    return query.get("limit", "0") not in ("0", "1") and "select" not in query and " in (" not in query["where"]


def test_each_day_is_stored_whole_and_counted(tmp_path):
    seen = []
    records = TODAY + notices("2026-09-05", 7, start=100)
    result, stored, state = run(tmp_path, records, until=date(2026, 9, 6), on_progress=lambda *told: seen.append(told))
    assert stored == ids(records)
    assert [(row.day.day, row.expected, row.fetched, row.complete) for row in result.coverage] == [
        (4, 25, 25, True), (5, 7, 7, True), (6, 0, 0, True)
    ]  # fmt: skip
    assert (result.stored, result.changed, result.issues) == (32, 0, ())
    assert (DAY, 25, 25) in seen
    assert {agent for *_, agent in state.asked} == {"essai (test@example.org)"}


def test_the_record_is_archived_as_received(tmp_path):
    record = {**TODAY[0], "donnees": '{"é": 1.0}', "vide": None, "liste": ["2", "51"]}
    run(tmp_path, [record])
    assert read(tmp_path / "archive.json")["boamp:26-00001"] == record


def test_passing_faults_cost_nothing(tmp_path):
    """Each page is spoilt once, every time in another way."""
    kinds = ["429", "409", "500", "cut stream", "cut json", "html", "202", "empty"]
    records = notices("2026-09-04", 5 * len(kinds))
    met = []

    def fault(_, path, query, answer):
        if not path.endswith("/records") or not is_page(query):
            return None
        kind = kinds[int(query["offset"]) // 5]
        if kind in met:
            return None
        met.append(kind)
        body = json.dumps(answer).encode()
        quota = json.dumps({"errorcode": 10005, "reset_time": "2021-01-26T00:00:00Z", "error": "exceeded"}).encode()
        return {
            "429": (429, {}, quota),
            "409": (409, {}, quota),
            "500": (500, {}, b"oops"),
            "cut stream": (200, {"Content-Length": str(len(body) + 50)}, body[: len(body) // 2]),
            "cut json": (200, {}, body[: len(body) // 2]),
            "html": (200, {"Content-Type": "text/html"}, b"<html>Maintenance</html>"),
            "202": (202, {}, b""),
            "empty": (200, {}, b""),
        }[kind]

    result, stored, _ = run(tmp_path, records, server={"fault": fault})
    assert sorted(met) == sorted(kinds)
    assert stored == ids(records)
    assert result.coverage[0].complete and not result.issues


def lasting(status, body, headers=None, when=lambda query: is_page(query)):
    return lambda _, path, query, answer: (
        (status, headers or {}, body) if path.endswith("/records") and when(query) else None
    )


def test_a_lasting_html_page_names_what_is_missing(tmp_path):
    fault = lasting(200, b"<html>", when=lambda query: query.get("offset") == "10" or " in (" in query["where"])
    result, stored, _ = run(tmp_path, server={"fault": fault}, attempts=2)
    (row,) = result.coverage
    lost = ids(TODAY) - stored
    assert len(lost) == 5 and (row.expected, row.fetched, row.missing, row.complete) == (25, 20, 5, False)
    message = next(issue.message for issue in result.issues if issue.code == "missing-notices")
    assert "5 avis" in message
    assert "request-lost" in codes(result)


def test_a_page_that_fails_is_asked_again_by_name(tmp_path):
    fault = lasting(500, b"", when=lambda query: is_page(query) and query.get("offset") == "10")
    result, stored, _ = run(tmp_path, server={"fault": fault}, attempts=1)
    assert stored == ids(TODAY)
    assert result.coverage[0].complete


def rewrite(change):
    """Spoils the rows of the pages, leaving counts, lists of keys and named requests alone."""

    def fault(number, path, query, answer):
        if path.endswith("/records") and is_page(query):
            change(number, query, answer)
            return 200, {}, json.dumps(answer).encode()
        return None

    return fault


def test_a_duplicate_that_hides_a_record_is_repaired(tmp_path):
    def twice(_, query, answer):
        if query["offset"] == "5":
            answer["results"][0] = TODAY[0]

    result, stored, _ = run(tmp_path, server={"fault": rewrite(twice)})
    assert stored == ids(TODAY)
    assert result.coverage[0].complete


def test_pages_in_another_order_lose_nothing(tmp_path):
    def shuffled(number, query, answer):
        rows = TODAY[number % 7 :] + TODAY[: number % 7]
        answer["results"] = rows[int(query["offset"]) :][:5]

    result, stored, _ = run(tmp_path, server={"fault": rewrite(shuffled)})
    assert stored == ids(TODAY)
    assert result.coverage[0].complete


def test_a_record_listed_but_never_served_is_named(tmp_path):
    def fault(_, path, query, answer):
        if path.endswith("/records") and "select" not in query:
            answer["results"] = [row for row in answer["results"] if row["idweb"] != "26-00013"]
            return 200, {}, json.dumps(answer).encode()
        return None

    result, stored, _ = run(tmp_path, server={"fault": fault})
    assert stored == ids(TODAY) - {"26-00013"}
    (row,) = result.coverage
    assert (row.expected, row.fetched, row.missing, row.complete) == (25, 24, 1, False)
    assert any(issue.code == "missing-notices" and "26-00013" in issue.message for issue in result.issues)


def test_a_record_counted_but_never_shown_is_missing_without_a_name(tmp_path):
    def fault(_, path, query, answer):
        if path.endswith("/records") and query.get("limit") != "1":
            answer["results"] = [row for row in answer["results"] if row["idweb"] != "26-00013"]
            return 200, {}, json.dumps(answer).encode()
        return None

    result, stored, _ = run(tmp_path, server={"fault": fault})
    assert len(stored) == 24 and not result.coverage[0].complete
    assert any("1 d'identifiant inconnu" in issue.message for issue in result.issues)


def test_a_removal_while_paging_does_not_hide_its_neighbour(tmp_path):
    """A record that leaves shifts the pages by one: the count then agrees although a live notice was skipped."""
    records = list(TODAY)

    def fault(_, path, query, answer):
        if path.endswith("/records") and query.get("offset") == "0" and records[0]["idweb"] == "26-00001":
            del records[0]

    result, stored, _ = run(tmp_path, records, server={"fault": fault}, concurrency=1)
    assert stored == ids(TODAY)
    assert result.coverage[0].complete


def test_a_notice_without_key_is_kept_and_told(tmp_path):
    result, stored, _ = run(tmp_path, [*TODAY[:3], {**TODAY[3], "idweb": None}])
    assert len(stored) == 4 and any(key.startswith("sans-idweb-") for key in stored)
    assert codes(result) == {"no-key"}
    assert result.coverage[0].complete


def test_a_renamed_field_stops_the_source(tmp_path):
    result, stored, _ = run(tmp_path, server={"fields": [*FIELDS[:-1], "url"]})
    assert not stored
    assert [issue.key for issue in result.issues if issue.code == "field-missing"] == ["url_avis"]
    assert not result.coverage[0].complete


def test_a_new_field_is_only_told(tmp_path):
    result, stored, _ = run(tmp_path, server={"fields": [*FIELDS, "nouveau"]})
    assert stored == ids(TODAY) and codes(result) == {"field-new"}
    assert result.coverage[0].complete


def test_a_count_that_never_settles_is_not_complete(tmp_path):
    def fault(number, path, query, answer):
        if path.endswith("/records") and query["limit"] != "0":
            answer["total_count"] += 1
            return 200, {}, json.dumps(answer).encode()
        return None

    result, stored, _ = run(tmp_path, server={"fault": fault})
    assert stored == ids(TODAY)
    assert codes(result) == {"unsettled-day"} and not result.coverage[0].complete


def test_a_quota_beyond_patience_keeps_what_came(tmp_path):
    body = json.dumps({"errorcode": 10002, "reset_time": "2999-01-01T00:00:00Z", "error": "Too many"}).encode()
    fault = lasting(429, body, when=lambda query: query.get("offset") == "20")
    began = time.monotonic()
    result, stored, _ = run(tmp_path, server={"fault": fault}, until=date(2026, 9, 5), concurrency=1)
    assert time.monotonic() - began < 10
    assert len(stored) == 20 == result.stored
    assert codes(result) == {"quota", "missing-notices"}
    assert [row.complete for row in result.coverage] == [False, False]


def test_little_quota_left_ends_the_source_politely(tmp_path):
    def fault(number, path, query, answer):
        headers = {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": str(9 - number)}
        return 200, headers, json.dumps(answer).encode()

    result, stored, state = run(tmp_path, server={"fault": fault}, concurrency=1)
    assert "quota-reserve" in codes(result) and not result.coverage[0].complete
    assert len(state.asked) == 5 and len(stored) == 15


@pytest.mark.parametrize("status", [400, 404])
def test_a_refusal_is_not_insisted_upon(tmp_path, status):
    body = json.dumps({"error_code": "ODSQLError", "message": "Unknown field: idweb"}).encode()
    result, _, state = run(tmp_path, server={"fault": lasting(status, body, when=lambda _: True)})
    assert len(state.asked) == 2
    assert any("Unknown field: idweb" in issue.message for issue in result.issues)
    assert not result.coverage[0].complete


def test_a_portal_that_is_down_ends_soon(tmp_path):
    result, _, state = run(tmp_path, server={"fault": lambda *_: (503, {}, b"")}, until=date(2026, 9, 10), attempts=3)
    assert len(state.asked) == 3
    assert len(result.coverage) == 7 and not any(row.complete for row in result.coverage)


def test_a_day_deeper_than_the_window_is_cut(tmp_path):
    result, stored, state = run(tmp_path, notices("2026-09-04", 60), window=20)
    assert stored == ids(notices("2026-09-04", 60))
    assert result.coverage[0].complete and not result.issues
    assert all(int(q.get("offset", 0)) + int(q.get("limit", 0)) <= 20 for _, q, _ in state.asked)


def test_a_full_disk_is_no_success(tmp_path):
    result, _, _ = run(tmp_path, sink="tests.spiders.standin:FullDisk")
    assert codes(result) >= {"archive-failed"}
    assert result.stored == 0 and not result.coverage[0].complete


def test_a_child_that_dies_is_told(tmp_path):
    result, _, _ = run(tmp_path, sink="tests.spiders.standin:Absent")
    assert codes(result) == {"collect-crashed"}
    assert [row.complete for row in result.coverage] == [False]


def test_robots_txt_is_obeyed(tmp_path):
    result, stored, state = run(tmp_path, server={"robots": "User-agent: *\nDisallow: /api/\n"})
    assert not state.asked and not stored
    assert codes(result) == {"robots"} and not result.coverage[0].complete


def test_a_source_unknown_or_a_window_reversed_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"sources collectées : .*boamp"):
        collect(tmp_path / "a.db", source="x", since=DAY, until=DAY, base_url="", user_agent="", delay=0, concurrency=1)
    with pytest.raises(ValueError, match="inverser"):
        run(tmp_path, until=date(2026, 9, 1))


def archived(tmp_path, records, faults=None, **options):
    """The crawl of the sample's replica into the real archive: (result, bodies by key)."""
    db = tmp_path / "veille.db"
    with serve(records, faults=faults) as replica:
        result = collect(
            db, source="boamp", since=DAY, until=DAY, base_url=replica.base_url, user_agent="essai (test@example.org)",
            delay=0.0, concurrency=4, sample=True, wait=0.01, page=5, fields=tuple(records[0]), **options,
        )  # fmt: skip
    with Store.open(db) as store:
        return result, {raw.key: json.loads(raw.body) for raw in store.raws()}


FULL = [{**row, "nature": "APPEL_OFFRE"} for row in TODAY]


def test_a_second_crawl_brings_only_what_changed(tmp_path):
    first, _ = archived(tmp_path, FULL)
    corrected = [{**FULL[0], "objet": "Travaux rectifiés"}, *FULL[1:]]
    second, kept = archived(tmp_path, [*corrected, {**FULL[0], "idweb": "26-99999"}])
    assert (first.stored, first.changed) == (25, 0)
    assert (second.stored, second.changed) == (1, 1)
    assert kept["26-00001"]["objet"] == "Travaux rectifiés" and len(kept) == 26


def test_the_portal_s_own_query_language_understands_the_cuts(tmp_path):
    odd = [{**FULL[0], "idweb": "25-1", "famille": "INCONNUE"}, {**FULL[0], "idweb": "25-2", "famille": None}]
    result, kept = archived(tmp_path, FULL + odd, window=10)
    assert set(kept) == ids(FULL + odd)
    assert result.coverage[0].complete and not result.issues


def test_the_replica_s_faults_lose_nothing(tmp_path):
    faults = Faults(cut_bodies=1, html_pages=1, moving_total=1, duplicates=1, reversed_order=True)
    result, kept = archived(tmp_path, FULL, faults)
    assert set(kept) == ids(FULL)
    assert result.coverage[0].complete
