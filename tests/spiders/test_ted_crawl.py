"""Whatever TED does, every notice is stored or named as missing, and an incomplete day says so."""

import json
import time
from datetime import date

import pytest

from scanner.collect import collect
from spiders.ted import search_url, site_url
from tests.spiders.standin_ted import SAMPLE, SEARCH, notices, read, ted

DAY = date(2026, 11, 17)
TODAY = notices("2026-11-17", 12)
NUMBERS = {number for number, _ in TODAY}
HTML_429 = b"<html><head><title>429 Too Many Requests</title></head><body>nginx</body></html>"


def run(tmp_path, rows=TODAY, *, fault=None, until=DAY, base="", **options):
    """(result, stored bodies by number, stand-in)."""
    db = tmp_path / "archive.json"
    with ted(rows, fault) as (host, state):
        options = {"wait": 0.01, "page": 5, "delay": 0.0, "concurrency": 2, "attempts": 3} | options
        result = collect(
            db, source="ted", since=DAY, until=until, base_url=host + base,
            user_agent="veille/0.1 (+test@exemple.invalid)", sink="tests.spiders.standin_ted:TextSink", **options,
        )  # fmt: skip
    return result, read(db), state


def codes(result):
    return {issue.code for issue in result.issues}


def told(result, code):
    return next(issue.message for issue in result.issues if issue.code == code)


#: The stand-in knows all the fields but these four: said, left out, and no more.
UNKNOWN = {"notice-type", "notice-identifier", "notice-version", "procedure-identifier"}
FIELDS = ("publication-number", "publication-date", "form-type", "reserved-procurement-lot", "reserved-execution-lot",
          "strategic-procurement-lot", "social-objective-lot")  # fmt: skip


def test_each_day_is_stored_whole_and_counted(tmp_path):
    seen = []
    rows = TODAY + notices("2026-11-18", 3, start=100)
    result, stored, state = run(
        tmp_path, rows, until=date(2026, 11, 19), fields=FIELDS, on_progress=lambda *told: seen.append(told)
    )
    assert set(stored) == {number for number, _ in rows}
    assert [(row.day.day, row.expected, row.fetched, row.complete) for row in result.coverage] == [
        (17, 12, 12, True), (18, 3, 3, True), (19, 0, 0, True)
    ]  # fmt: skip
    assert (result.stored, result.issues) == (15, ())
    assert (DAY, 12, 12) in seen
    assert {agent for *_, agent in state.asked} == {"Mozilla/5.0 (compatible; veille/0.1; +test@exemple.invalid)"}
    assert len([1 for method, *_ in state.asked if method == "GET"]) == 15


def test_the_query_asks_for_france_both_ways_and_for_every_kind(tmp_path):
    _, _, state = run(tmp_path, fields=FIELDS)
    query = state.asked[0][2]["query"]
    assert query.startswith(
        "(buyer-country = FRA OR place-of-performance = FRA) AND form-type IN (competition planning"
    )
    assert query.endswith("publication-date >= 20261117 AND publication-date <= 20261117")
    assert all(body["scope"] == "ALL" for method, _, body, _ in state.asked if method == "POST")


def test_the_xml_is_archived_byte_for_byte(tmp_path):
    _, stored, _ = run(tmp_path, [("12345-2026", "2026-11-17")], fields=FIELDS)
    written = SAMPLE.replace(b"00012345-2026", b"12345-2026").replace(b"22222222", b"00012345")
    assert stored["12345-2026"].encode() == written


def search_fault(make):
    """A fault of listing pages only: ``make`` gets how many were asked before, and the body."""
    asked = []

    def fault(_, method, path, body):
        if path == SEARCH and body.get("paginationMode") == "ITERATION":
            asked.append(body)
            return make(len(asked) - 1, body)
        return None

    return fault


def partial(body, count=2):
    rows = [{"publication-number": number} for number, _ in TODAY[:count]]
    return 200, {}, json.dumps({"notices": rows, "totalNoticeCount": count, "timedOut": True}).encode()


def test_passing_faults_cost_nothing(tmp_path):
    faults = [
        lambda body: partial(body), lambda body: (429, {"Content-Type": "text/html"}, HTML_429),
        lambda body: (202, {}, b""), lambda body: (200, {}, b"<html>Maintenance</html>"), lambda body: (503, {}, b""),
    ]  # fmt: skip
    for number, make in enumerate(faults):
        (tmp_path / str(number)).mkdir()
        fault = search_fault(lambda rank, body, make=make: make(body) if rank == 1 else None)
        result, stored, _ = run(tmp_path / str(number), fault=fault, fields=FIELDS)
        assert set(stored) == NUMBERS and result.coverage[0].complete and not result.issues, number


def test_an_answer_cut_short_for_good_is_no_success(tmp_path):
    result, stored, _ = run(tmp_path, fault=search_fault(lambda rank, body: partial(body)), fields=FIELDS)
    (row,) = result.coverage
    assert set(stored) == {"1-2026", "2-2026"}  # what came is kept
    assert (row.expected, row.fetched, row.missing, row.complete) == (12, 2, 10, False)
    assert "10 d'identifiant inconnu" in told(result, "missing-notices")


def test_a_count_cut_short_is_asked_again(tmp_path):
    def fault(rank, method, path, body):
        return partial(body) if rank == 1 else None

    result, stored, _ = run(tmp_path, fault=fault, fields=FIELDS)
    assert set(stored) == NUMBERS and result.coverage[0].complete


def test_an_unknown_field_is_named_and_left_out(tmp_path):
    result, stored, _ = run(tmp_path)  # the fields of ted.yml, of which the stand-in does not know four
    assert set(stored) == NUMBERS and result.coverage[0].complete
    assert {issue.key for issue in result.issues if issue.code == "field-refused"} == UNKNOWN
    assert all("spiders/ted.yml" in issue.message for issue in result.issues)


def test_an_unknown_field_that_ted_names_is_believed(tmp_path):
    def fault(_, method, path, body):
        if "form-type" in body.get("fields", ()):
            error = {"type": "UNSUPPORTED_VALUE", "parameterName": "fields", "unsupportedValue": "form-type"}
            return 400, {}, json.dumps({"message": "unsupported", "error": error}).encode()
        return None

    result, stored, _ = run(tmp_path, fault=fault, fields=FIELDS)
    assert set(stored) == NUMBERS
    assert [issue.key for issue in result.issues] == ["form-type"]


def test_a_place_that_the_query_cannot_name_is_left_out(tmp_path):
    def fault(_, method, path, body):
        if "place-of-performance" in body.get("query", ""):
            error = {"type": "QUERY_UNKNOWN_FIELD", "fieldName": "place-of-performance"}
            return 400, {}, json.dumps({"message": "unknown field", "error": error}).encode()
        return None

    result, stored, _ = run(tmp_path, fault=fault, fields=FIELDS)
    assert set(stored) == NUMBERS and codes(result) == {"field-refused"}


def test_a_query_that_ted_refuses_stops_the_source(tmp_path):
    body = json.dumps({"message": "Syntax error", "error": {"type": "QUERY_SYNTAX_ERROR"}}).encode()
    result, _, state = run(tmp_path, fault=lambda *_: (400, {}, body), until=date(2026, 11, 20), fields=FIELDS)
    assert len(state.asked) == 1
    assert "Syntax error" in told(result, "http-400")
    assert not any(row.complete for row in result.coverage)


@pytest.mark.parametrize("status", [404, 410])
def test_the_end_of_the_version_is_told(tmp_path, status):
    result, _, _ = run(tmp_path, fault=lambda *_: (status, {}, b"Gone"), fields=FIELDS)
    assert "/v4/" in told(result, f"http-{status}") and not result.coverage[0].complete


@pytest.mark.parametrize("status", [400, 500])
def test_an_expired_token_reads_the_day_from_its_start(tmp_path, status):
    body = json.dumps({"message": "expired", "error": {"type": "EXPIRED_ITERATION_TOKEN"}}).encode()
    lost = []

    def make(rank, asked):
        if asked.get("iterationNextToken") == "t5" and len(lost) < (1 if status == 400 else 3):
            lost.append(rank)
            return status, {}, body
        return None

    result, stored, state = run(tmp_path, fault=search_fault(make), fields=FIELDS)
    assert set(stored) == NUMBERS and result.coverage[0].complete
    assert len([1 for method, *_ in state.asked if method == "GET"]) == 12  # none is downloaded twice
    assert codes(result) <= {"request-lost"}


def test_a_token_that_always_expires_names_what_is_missing(tmp_path):
    body = json.dumps({"message": "expired", "error": {"type": "INVALID_ITERATION_TOKEN"}}).encode()
    fault = search_fault(lambda rank, asked: (400, {}, body) if "iterationNextToken" in asked else None)
    result, stored, _ = run(tmp_path, fault=fault, fields=FIELDS)
    (row,) = result.coverage
    assert (len(stored), row.missing, row.complete) == (5, 7, False)


def test_a_token_that_stays_the_same_ends(tmp_path):
    def make(rank, body):
        rows = [{"publication-number": number} for number, _ in TODAY[:5]]
        answer = {"notices": rows, "totalNoticeCount": 12, "iterationNextToken": "same"}
        return 200, {}, json.dumps(answer).encode()

    result, stored, _ = run(tmp_path, fault=search_fault(make), fields=FIELDS)
    assert len(stored) == 5 and not result.coverage[0].complete
    assert {"token-stuck", "missing-notices"} <= codes(result)


def xml_fault(make):
    """A fault of notices only."""
    return lambda rank, method, path, body: make(rank, path) if method == "GET" else None


@pytest.mark.parametrize(
    "answer", [(202, {"x-amzn-waf-action": "challenge"}, b""), (200, {}, b""), (200, {}, b"<!DOCTYPE html><html>")]
)
def test_a_site_that_refuses_is_left_alone_and_every_notice_is_named(tmp_path, answer):
    result, stored, state = run(tmp_path, fault=xml_fault(lambda *_: answer), fields=FIELDS, attempts=2, concurrency=1)
    (row,) = result.coverage
    assert not stored
    assert (row.expected, row.fetched, row.missing, row.complete) == (12, 0, 12, False)
    assert all(number in told(result, "missing-notices") for number in NUMBERS)
    assert "xml-refused" in codes(result)
    assert len([1 for method, *_ in state.asked if method == "GET"]) == 6  # three notices, tried twice


def test_a_notice_refused_once_is_asked_again(tmp_path):
    met = []

    def make(_, path):
        if path not in met:
            met.append(path)
            return 202, {}, b""
        return None

    result, stored, _ = run(tmp_path, fault=xml_fault(make), fields=FIELDS)
    assert set(stored) == NUMBERS and result.coverage[0].complete and not result.issues


def test_a_notice_that_is_gone_is_named_and_not_insisted_upon(tmp_path):
    fault = xml_fault(lambda _, path: (404, {}, b"") if path.endswith("/7-2026/xml") else None)
    result, stored, state = run(tmp_path, fault=fault, fields=FIELDS)
    assert set(stored) == NUMBERS - {"7-2026"}
    assert "(7-2026)" in told(result, "missing-notices")
    assert len([1 for _, path, *_ in state.asked if path.endswith("/7-2026/xml")]) == 1


def test_html_429_is_waited_for_and_beyond_patience_keeps_what_came(tmp_path):
    met = []

    def make(_, path):
        met.append(path)
        return (429, {"Content-Type": "text/html"}, HTML_429) if len(met) in (3, 4) else None

    began = time.monotonic()
    result, stored, _ = run(tmp_path, fault=xml_fault(make), fields=FIELDS, concurrency=1)
    assert set(stored) == NUMBERS and result.coverage[0].complete
    assert time.monotonic() - began >= 0.15 + 0.3  # fifteen times the ordinary wait, then twice that

    (tmp_path / "b").mkdir()
    fault = xml_fault(lambda rank, path: (429, {}, HTML_429) if path.endswith("/9-2026/xml") else None)
    result, stored, _ = run(tmp_path / "b", fault=fault, fields=FIELDS, concurrency=1, patience=0.1)
    assert {"quota", "missing-notices"} <= codes(result) and not result.coverage[0].complete
    assert 0 < len(stored) < 12 and len(stored) == result.stored == result.coverage[0].fetched


def test_a_flag_that_the_search_and_the_xml_tell_otherwise_is_told(tmp_path):
    def fault(_, method, path, body):
        if method == "GET" and path.endswith("/3-2026/xml"):
            xml = SAMPLE.replace(b"00012345-2026", b"3-2026").replace(b">res-ws<", b">none<")
            return 200, {}, xml
        return None

    result, stored, _ = run(tmp_path, fault=fault, fields=FIELDS)
    assert len(stored) == 12 and result.coverage[0].complete
    assert "reserved-procurement pour 1 avis (3-2026)" in told(result, "flags-differ")


def test_a_row_without_a_number_is_counted_as_missing(tmp_path):
    def make(rank, body):
        if rank % 4 == 0:
            rows = [{"publication-number": number} for number, _ in TODAY[:4]] + [{"form-type": "competition"}]
            return 200, {}, json.dumps({"notices": rows, "totalNoticeCount": 12, "iterationNextToken": "t5"}).encode()
        return None

    result, stored, _ = run(tmp_path, fault=search_fault(make), fields=FIELDS)
    assert len(stored) == 11 and not result.coverage[0].complete
    assert {"no-key", "missing-notices"} <= codes(result)


def test_ted_that_is_down_ends_soon(tmp_path):
    result, _, state = run(tmp_path, fault=lambda *_: (503, {}, b""), until=date(2026, 11, 23), fields=FIELDS)
    assert 1 <= len(state.asked) <= 3  # a connection that fails is an attempt that the stand-in never sees
    assert "3 fois" in told(result, "request-lost")
    assert len(result.coverage) == 7 and not any(row.complete for row in result.coverage)


@pytest.mark.parametrize("base", ["", "/", "/v3", SEARCH])
def test_the_address_may_be_that_of_the_host_or_of_the_search(tmp_path, base):
    result, stored, _ = run(tmp_path, TODAY[:2], base=base, fields=FIELDS)
    assert len(stored) == 2 and result.coverage[0].complete


def test_the_notices_of_the_true_api_are_on_the_site() -> None:
    assert site_url(search_url("https://api.ted.europa.eu")) == "https://ted.europa.eu"
