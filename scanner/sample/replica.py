"""What would the sources answer? A loopback replica of an Explore API v2.1 (BOAMP, APProch), of TED's search and site.

It answers from the records that it is given, never from the clock or from chance: the same requests in the same order
get the same bytes. Faults are switched on per test.
"""

from __future__ import annotations

import csv
import io
import json
import re
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from scanner.sample import ted
from scanner.sample.odsql import ODSQLError, compiled

ROOT = "/api/explore/v2.1/catalog/datasets"
DATASET = "boamp"
QUOTA = 50_000
MAX_LIMIT, MAX_DEPTH = 100, 10_000
RESET_TIME = "2026-11-24T00:00:00Z"
RESET_EPOCH = 1_795_478_400
JSON_TYPE = "application/json; charset=utf-8"
#: Answered while the portal is being deployed.
MAINTENANCE = b"<!DOCTYPE html><html><head><title>Maintenance</title></head><body>Service indisponible</body></html>"
INTERRUPTED = (
    "Streaming interrupted due to the following error: query timed out (error_code: InvalidRESTParameterError)\n"
)
DATETIME_FIELDS = {"datelimitereponse"}
DATE_FIELDS = {"dateparution", "datefindiffusion"}


@dataclass
class Faults:
    """What goes wrong, and how many times; nothing by default. The counts go down as the faults are served."""

    throttle: int = 0
    anonymous: bool = False
    reset_time: str = RESET_TIME
    server_errors: int = 0
    cut_bodies: int = 0
    interrupted_exports: int = 0
    html_pages: int = 0
    moving_total: int = 0
    duplicates: int = 0
    reversed_order: bool = False
    unknown_family: int = 0
    renamed: Mapping[str, str] = field(default_factory=dict)
    added: Mapping[str, Any] = field(default_factory=dict)
    slow_seconds: float = 0.0
    slow_answers: int = 0


class BadRequest(ValueError):
    """A parameter that the API refuses; the message is the API's own."""


@dataclass
class Replica:
    """A running replica: its address, and what it was asked (``paths`` in order, ``requests`` per route)."""

    base_url: str
    requests: Counter[str]
    paths: list[str]
    faults: Faults
    ted_url: str = ""

    def url(self, dataset: str) -> str:
        """Returns the address of another dataset of the same portal."""
        return f"{self.base_url.removesuffix(DATASET)}{dataset}"

    @property
    def total(self) -> int:
        """Returns how many requests were received, robots.txt excepted."""
        return sum(count for route, count in self.requests.items() if route != "/robots.txt")


class _State:
    """The records as served, the faults left, and the counters, under one lock."""

    def __init__(
        self, records: Sequence[Mapping[str, Any]], faults: Faults, ted_notices: Sequence[ted.TedNotice] = ()
    ) -> None:
        self.faults = faults
        self.ted_notices = ted_notices
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.requests: Counter[str] = Counter()
        self.paths: list[str] = []
        self.records = [self._served(record, rank) for rank, record in enumerate(records)]
        self.fields = list(dict.fromkeys(name for record in self.records for name in record))
        self.dataset = DATASET
        self.parts = {DATASET: self}
        self.latest = max((str(record.get("dateparution") or "") for record in self.records), default="")

    def add(self, dataset: str, records: Sequence[Mapping[str, Any]]) -> None:
        """Another dataset of the same portal: its own records, the same faults, lock and counters."""
        part = _State(records, self.faults)
        part.lock, part.stopping, part.requests, part.paths = self.lock, self.stopping, self.requests, self.paths
        part.dataset, part.latest = dataset, self.latest
        self.parts[dataset] = part

    def _served(self, record: Mapping[str, Any], rank: int) -> dict[str, Any]:
        served = {self.faults.renamed.get(name, name): value for name, value in record.items()}
        if rank < self.faults.unknown_family:
            served["famille"] = "INCONNUE"
        return {**served, **self.faults.added}

    def takes(self, fault: str) -> bool:
        """Whether this request suffers ``fault``, whose count then goes down."""
        with self.lock:
            left = int(getattr(self.faults, fault))
            setattr(self.faults, fault, max(0, left - 1))
            return left > 0


@contextmanager
def serve(
    records: Sequence[Mapping[str, Any]],
    *,
    others: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    ted_notices: Sequence[ted.TedNotice] = (),
    port: int = 0,
    faults: Faults | None = None,
) -> Iterator[Replica]:
    """Serve ``records`` as the dataset ``boamp``, and TED, on 127.0.0.1 until the block ends; port 0 is a free one.

    ``others`` are the records of the other datasets, by their name; all show the state of the last day of ``records``.
    """
    state = _State(records, faults or Faults(), ted_notices)
    for dataset, rows in (others or {}).items():
        state.add(dataset, rows)
    server = ThreadingHTTPServer(("127.0.0.1", port), _handler(state))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        host = f"http://127.0.0.1:{server.server_address[1]}"
        base = f"{host}{ROOT}/{DATASET}"
        yield Replica(base, state.requests, state.paths, state.faults, host + ted.SEARCH)
    finally:
        state.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(state: _State) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
            with state.lock:
                state.requests[self.path] += 1
                state.paths.append(self.path)
            if self._suffered():
                return
            if self.path != ted.SEARCH:
                self._json(404, {"message": "Not found"})
                return
            self._json(*ted.search(asked, state.ted_notices, f"http://{self.headers.get('Host')}"))

        def do_GET(self) -> None:
            address = urlsplit(self.path)
            route = unquote(address.path)
            with state.lock:
                state.requests[route] += 1
                state.paths.append(self.path)
            if route == "/robots.txt":
                self._send(200, b"User-agent: *\nDisallow:\n", "text/plain; charset=utf-8")
                return
            if state.takes("slow_answers"):
                state.stopping.wait(state.faults.slow_seconds)
            if not self._suffered():
                self._answer(route, parse_qs(address.query, keep_blank_values=True))

        def _suffered(self) -> bool:
            """Whether a fault took the place of the answer."""
            if state.takes("throttle"):
                self._json(429, _throttled(state.faults))
            elif state.takes("server_errors"):
                self._send(500, b"Internal Server Error", "text/plain")
            elif state.takes("html_pages"):
                self._send(200, MAINTENANCE, "text/html; charset=utf-8")
            else:
                return False
            return True

        def _answer(self, route: str, query: dict[str, list[str]]) -> None:
            if (xml := ted.xml_of(route, state.ted_notices)) is not None:
                self._send(200, xml, "application/xml")
                return
            dataset, slash, rest = route.removeprefix(f"{ROOT}/").partition("/")
            part, name = state.parts.get(dataset), slash + rest
            known = {"", "/records", "/exports/json", "/exports/jsonl", "/exports/csv"}
            if not route.startswith(f"{ROOT}/") or part is None or name not in known:
                self._json(404, {"error_code": "ODSQLError", "message": "Unknown dataset"})
                return
            try:
                if name == "":
                    self._json(200, _description(part))
                elif name == "/records":
                    self._json(200, _page(part, query))
                else:
                    self._export(name.rsplit("/", 1)[1], _rows(part, query, default=-1, export=True)[1])
            except BadRequest as error:
                self._json(400, {"error_code": "InvalidRESTParameterError", "message": str(error)})
            except ODSQLError as error:
                self._json(400, {"error_code": "ODSQLError", "message": str(error)})

        def _export(self, form: str, rows: list[dict[str, Any]]) -> None:
            body, kind = _exported(form, rows)
            if state.takes("interrupted_exports"):
                body = body[: len(body) // 2] + INTERRUPTED.encode()
            self._send(200, body, kind)

        def _json(self, status: int, content: Mapping[str, Any]) -> None:
            self._send(status, json.dumps(content, ensure_ascii=False).encode(), JSON_TYPE)

        def _send(self, status: int, body: bytes, kind: str) -> None:
            cut = status == HTTPStatus.OK and "robots" not in self.path and state.takes("cut_bodies")
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            with state.lock:
                remaining = max(0, QUOTA - sum(state.requests.values()))
            self.send_header("X-RateLimit-Limit", str(QUOTA))
            self.send_header("X-RateLimit-Remaining", str(0 if status == HTTPStatus.TOO_MANY_REQUESTS else remaining))
            self.send_header("X-RateLimit-Reset", str(RESET_EPOCH))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if cut else body)
            self.close_connection = self.close_connection or cut

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: a test reads the counters."""

    return Handler


def _throttled(faults: Faults) -> dict[str, Any]:
    """The body of a 429: the portal's quota, or the anonymous one."""
    common = {"reset_time": faults.reset_time, "limit_time_unit": "day"}
    if faults.anonymous:
        message = "You have exceeded the requests limit for anonymous users."
        return {"errorcode": 10005, **common, "call_limit": 1000, "error": message}
    message = "Too many requests on the domain. Please contact the domain administrator."
    return {"errorcode": 10002, **common, "call_limit": 10000, "error": message}


def _description(state: _State) -> dict[str, Any]:
    latest = state.latest
    metas = {
        "title": state.dataset.upper(),
        "license": "Licence Ouverte v2.0 (Etalab)",
        "publisher": "DILA",
        "modified": f"{latest}T20:41:00+00:00",
        "data_processed": f"{latest}T20:41:00+00:00",
        "metadata_processed": f"{latest}T20:41:00+00:00",
        "records_count": len(state.records),
    }
    fields: list[dict[str, Any]] = [
        {"name": name, "label": name, "type": _type(name), "annotations": {}, "description": None}
        for name in state.fields
    ]
    return {
        "dataset_id": state.dataset,
        "dataset_uid": "da_exemple",
        "has_records": bool(state.records),
        "data_visible": True,
        "features": ["analyze", "timeserie"],
        "metas": {"default": metas},
        "fields": fields,
    }


def _type(name: str) -> str:
    if name in DATE_FIELDS:
        return "date"
    return "datetime" if name in DATETIME_FIELDS else "text"


def _page(state: _State, query: dict[str, list[str]]) -> dict[str, Any]:
    total, rows = _rows(state, query, default=10, export=False)
    offset = _integer(query, "offset", 0)
    if rows and offset and state.takes("duplicates"):
        previous = {key: [value for value in values if key != "offset"] for key, values in query.items()}
        rows = [_rows(state, {**previous, "offset": [str(offset - 1)]}, default=10, export=False)[1][0], *rows[1:]]
    if state.takes("moving_total"):
        total += 1
    return {"total_count": total, "results": rows}


def _rows(
    state: _State, query: dict[str, list[str]], *, default: int, export: bool
) -> tuple[int, list[dict[str, Any]]]:
    """Returns how many records match, and those of the page asked for, with the columns asked for."""
    limit, offset = _integer(query, "limit", default), _integer(query, "offset", 0)
    if limit < -1 or (not export and limit > MAX_LIMIT):
        raise BadRequest(
            f"Invalid value for limit API parameter: {limit} was found but -1 <= limit <= {MAX_LIMIT} is expected."
        )
    depth = offset + max(limit, 0)
    if offset < 0:
        raise BadRequest(f"Invalid value for offset API parameter: {offset} was found but >= 0 is expected.")
    if depth > MAX_DEPTH and (offset or not export):
        raise BadRequest(
            f"Invalid value for sum of offset + limit API parameter: {depth} was found but <= {MAX_DEPTH} is expected."
        )
    chosen = _ordered(_matching(state, query), query.get("order_by", []), state.fields)
    if state.faults.reversed_order:
        chosen.reverse()
    size = limit if limit >= 0 else (len(chosen) if export else MAX_LIMIT)
    projected = _projected(chosen[offset : offset + size], query.get("select", []), state.fields, chosen)
    return len(chosen), projected


def _integer(query: dict[str, list[str]], name: str, default: int) -> int:
    values = query.get(name) or [str(default)]
    if not re.fullmatch(r"-?\d+", values[-1]):
        raise BadRequest(f"Invalid value for {name} API parameter: {values[-1]} was found but an integer is expected.")
    return int(values[-1])


def _matching(state: _State, query: dict[str, list[str]]) -> list[dict[str, Any]]:
    conditions = [compiled(text, state.fields) for text in query.get("where", []) if text.strip()]
    for refinement in query.get("refine", []):
        name, _, value = refinement.partition(":")
        literal = json.dumps(value.strip('"'), ensure_ascii=False)
        conditions.append(compiled(f"`{name}` = {literal}", state.fields))
    return [record for record in state.records if all(condition(record) for condition in conditions)]


def _ordered(records: list[dict[str, Any]], orders: Sequence[str], fields: Sequence[str]) -> list[dict[str, Any]]:
    """Sorted by each term, the last one first; nulls come last in both directions."""
    terms = [term.split() for order in orders for term in order.split(",") if term.strip()]
    chosen = list(records)
    for term in reversed(terms):
        name, way = term[0].strip("`"), term[1].lower() if len(term) > 1 else "asc"
        if name not in fields:
            raise ODSQLError(f"Unknown field: {name}")
        if way not in {"asc", "desc"} or len(term) > 2:
            raise ODSQLError(f"Invalid order_by: {' '.join(term)}")
        full = [record for record in chosen if record.get(name) is not None]
        full.sort(key=lambda record, name=name: _rank(record[name]), reverse=way == "desc")  # type: ignore[misc]
        chosen = full + [record for record in chosen if record.get(name) is None]
    return chosen


def _rank(value: Any) -> tuple[float, str]:
    """Numbers by their value, everything else as text."""
    return (float(value), "") if isinstance(value, int | float) else (0.0, str(value))


def _projected(
    rows: Sequence[dict[str, Any]], selects: Sequence[str], fields: Sequence[str], matching: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    columns: dict[str, str] = {}
    for term in (term.strip() for select in selects for term in select.split(",")):
        count = re.fullmatch(r"count\(\*\)(?:\s+as\s+(\w+))?", term, re.IGNORECASE)
        if count:
            return [{count[1] or "count(*)": len(matching)}]
        named = re.fullmatch(r"`?(\w+)`?(?:\s+as\s+`?(\w+)`?)?", term, re.IGNORECASE)
        if term == "*":
            columns |= {name: name for name in fields}
        elif named is None:
            raise ODSQLError(f"Invalid select: {term}")
        elif named[1] not in fields:
            raise ODSQLError(f"Unknown field: {named[1]}")
        else:
            columns[named[2] or named[1]] = named[1]
    columns = columns or {name: name for name in fields}
    return [{alias: row.get(name) for alias, name in columns.items()} for row in rows]


def _exported(form: str, rows: Iterable[dict[str, Any]]) -> tuple[bytes, str]:
    """The bytes of an export and their content type; csv has a BOM, semicolons, and lists joined by commas."""
    if form == "json":
        return json.dumps(list(rows), ensure_ascii=False).encode(), JSON_TYPE
    if form == "jsonl":
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode(), "application/jsonl"
    out = io.StringIO()
    listed = list(rows)
    writer = csv.writer(out, delimiter=";")
    writer.writerow(listed[0] if listed else [])
    for row in listed:
        writer.writerow([",".join(map(str, value)) if isinstance(value, list) else value for value in row.values()])
    return b"\xef\xbb\xbf" + out.getvalue().encode(), "text/csv; charset=utf-8"
