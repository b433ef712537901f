"""Does the replica answer as the portal does, faults included?"""

import json
import urllib.error
import urllib.request
from http.client import IncompleteRead
from urllib.parse import urlencode

import pytest

from scanner.sample import ted
from scanner.sample.odsql import ODSQLError, compiled
from scanner.sample.replica import Faults, Replica, serve

ROWS = [
    {
        "idweb": f"26-{n}",
        "dateparution": f"2026-11-{16 + n % 7}",
        "famille": "FNS",
        "etat": "INITIAL" if n % 2 else None,
        "code_departement": ["69", "38"] if n % 3 else None,
        "objet": "Clause d'insertion",
    }
    for n in range(150)
]


def get(server: Replica, path: str = "/records", **query: object) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"{server.base_url}{path}?{urlencode(query, doseq=True)}") as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"limit": 101}, "Invalid value for limit API parameter: 101 was found but -1 <= limit <= 100 is expected."),
        (
            {"limit": 1, "offset": 10000},
            "Invalid value for sum of offset + limit API parameter: 10001 was found but <= 10000 is expected.",
        ),
        ({"where": "categorie=1"}, "Unknown field: categorie"),
    ],
)
def test_a_bad_request_gets_the_message_of_the_portal(query: dict[str, str], message: str) -> None:
    with serve(ROWS) as server:
        status, body = get(server, **query)
    assert status == 400 and json.loads(body)["message"] == message


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ("dateparution>=date'2026-11-16' and dateparution<=date'2026/11/22'", 150),
        ('idweb in ("26-1", "26-2", "absent")', 2),
        ('etat != "INITIAL"', 0),
        ("etat is null", 75),
        ('code_departement = "38"', 100),
        ('not (idweb="26-1" or idweb="26-2")', 148),
        ('objet like "insertion"', 150),
        ('"clause insertion"', 150),
        ("dateparution in [date'2026-11-16'..date'2026-11-16']", 22),
    ],
)
def test_where_keeps_what_the_portal_keeps(where: str, count: int) -> None:
    assert sum(map(compiled(where, list(ROWS[0])), ROWS)) == count


@pytest.mark.parametrize("where", ["idweb =", "idweb ! 3", "year(dateparution)=2026", "(idweb='1'", "idweb='1' idweb"])
def test_what_is_not_understood_is_refused(where: str) -> None:
    with pytest.raises(ODSQLError):
        compiled(where, list(ROWS[0]))


def test_pages_and_export_agree() -> None:
    with serve(ROWS) as server:
        pages = [json.loads(get(server, limit=100, offset=at, order_by="idweb desc")[1])["results"] for at in (0, 100)]
        lines = get(server, "/exports/jsonl", order_by="idweb desc")[1].splitlines()
    assert [*pages[0], *pages[1]] == [json.loads(line) for line in lines]


@pytest.mark.parametrize(
    ("faults", "status", "text"),
    [
        (Faults(throttle=1), 429, '"errorcode": 10002'),
        (Faults(server_errors=1), 500, "Internal"),
        (Faults(html_pages=1), 200, "<!DOCTYPE html>"),
        (Faults(moving_total=1), 200, '"total_count": 151'),
    ],
)
def test_a_fault_is_served_once(faults: Faults, status: int, text: str) -> None:
    with serve(ROWS, faults=faults) as server:
        first, second = get(server, limit=1), get(server, limit=1)
    assert first[0] == status and text in first[1]
    assert second[0] == 200 and '"total_count": 150' in second[1]


def test_bodies_can_be_cut_and_exports_interrupted() -> None:
    with serve(ROWS, faults=Faults(interrupted_exports=1)) as server:
        assert "Streaming interrupted" in get(server, "/exports/json")[1]
    with serve(ROWS, faults=Faults(cut_bodies=1)) as server, pytest.raises(IncompleteRead):
        get(server)


def test_fields_pages_and_order_can_change() -> None:
    faults = Faults(renamed={"etat": "statut"}, added={"neuf": 1}, reversed_order=True, duplicates=1, unknown_family=1)
    with serve(ROWS, faults=faults) as server:
        first = json.loads(get(server, limit=10)[1])["results"]
        second = json.loads(get(server, limit=10, offset=10)[1])["results"]
        unknown = json.loads(get(server, where='famille="INCONNUE"')[1])["total_count"]
    assert first[0]["idweb"] == "26-149" and first[0]["neuf"] == 1 and "statut" in first[0]
    assert second[0] == first[-1] and unknown == 1


def ask(server: Replica, **changes: object) -> tuple[int, dict[str, object]]:
    query = (
        "x AND form-type IN (competition planning) AND publication-date >= 20261116 AND publication-date <= 20261122"
    )
    asked = {"query": query, "fields": ["publication-number"], "limit": 3, "paginationMode": "ITERATION", **changes}
    request = urllib.request.Request(server.ted_url, json.dumps(asked).encode(), method="POST")
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def test_ted_is_searched_page_by_page_and_gives_the_xml() -> None:
    numbers, token = [], None
    with serve([], ted_notices=ted.notices()) as server:
        while True:
            _, answer = ask(server, **({"iterationNextToken": token} if token else {}))
            rows = answer["notices"]
            assert isinstance(rows, list) and answer["totalNoticeCount"] == 10
            if not rows:
                break
            numbers += [row["publication-number"] for row in rows]
            token = answer["iterationNextToken"]
        with urllib.request.urlopen(rows_link(ask(server)[1])) as xml:
            assert xml.read() == ted.notices()[0].xml
    assert numbers == [one.number for one in ted.notices()]


def rows_link(answer: dict[str, object]) -> str:
    rows = answer["notices"]
    assert isinstance(rows, list)
    return str(rows[0]["links"]["xml"]["MUL"])


def test_ted_refuses_a_field_that_it_does_not_know_and_a_limit_too_high() -> None:
    with serve([], ted_notices=ted.notices()) as server:
        status, answer = ask(server, fields=["publication-number", "nouveau"])
        assert status == 400 and "publication-number" in str(answer["message"])
        assert ask(server, limit=10_001)[0] == 400
