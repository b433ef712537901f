"""A loopback TED of a few invented notices, search and site in one, with the faults a test switches on."""

from __future__ import annotations

import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SEARCH = "/v3/notices/search"
SAMPLE = (Path(__file__).resolve().parent / "ted" / "eforms.xml").read_bytes()
FLAGS = {
    "reserved-procurement-lot": ["none", "res-ws", "res-pub-ser"],
    "reserved-execution-lot": ["yes"],
    "social-objective-lot": ["opp"],
}
KNOWN = {"publication-number", "publication-date", "form-type", "strategic-procurement-lot", *FLAGS}


def notices(day, count, start=1):
    """(number, day) of ``count`` notices."""
    return [(f"{n}-2026", day) for n in range(start, start + count)]


class Ted:
    """``fault``: (rank of the request, method, path, body) -> None or (status, headers, bytes)."""

    def __init__(self, rows, fault=None):
        self.rows, self.fault, self.asked = rows, fault, []

    def search(self, body):
        unknown = [name for name in body["fields"] if name not in KNOWN]
        if unknown:
            message = f"Parameter 'fields' contains unsupported value. Supported: {', '.join(sorted(KNOWN))}"
            return 400, {"message": message, "error": {"type": "UNSUPPORTED_VALUE", "parameterName": "fields"}}
        assert len(body["fields"]) * body["limit"] <= 10_000 and body["limit"] <= 250
        window = re.findall(r"publication-date [<>]= (\d{8})", body["query"])
        rows = [number for number, day in self.rows if window[0] <= day.replace("-", "") <= window[1]]
        first = int(body.get("iterationNextToken", "t0")[1:])
        page = rows[first : first + body["limit"]]
        return 200, {
            "notices": [self.row(number, body["fields"]) for number in page],
            "totalNoticeCount": len(rows),
            "iterationNextToken": f"t{first + len(page)}" if body["paginationMode"] == "ITERATION" else None,
            "timedOut": False,
        }

    def row(self, number, fields):
        links = {"xml": {"MUL": f"https://ted.europa.eu/en/notice/{number}/xml"}}
        return {"publication-number": number, "links": links, **{k: v for k, v in FLAGS.items() if k in fields}}

    def answer(self, method, path, body):
        if path == SEARCH and method == "POST":
            status, content = self.search(body)
            return status, {"Content-Type": "application/json"}, json.dumps(content).encode()
        number = path.split("/")[-2]
        xml = SAMPLE.replace(b"00012345-2026", number.encode()).replace(b"22222222", f"{number[:-5]:0>8}".encode())
        return 200, {"Content-Type": "application/xml"}, xml


@contextmanager
def ted(rows, fault=None):
    """Yields (base url, Ted)."""
    state, lock = Ted(rows, fault), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def serve(self):
            if self.path == "/robots.txt":
                return self.send(404, {}, b"")
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
            with lock:
                state.asked.append((self.command, self.path, body, self.headers.get("User-Agent")))
                said = state.fault(len(state.asked), self.command, self.path, body) if state.fault else None
                answer = said or state.answer(self.command, self.path, body)
            return self.send(*answer)

        do_GET = do_POST = serve

        def send(self, status, headers, body):
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", state
    finally:
        server.shutdown()
        server.server_close()


class TextSink:
    """An archive of one file, so that the crawl is tested without the database."""

    def __init__(self, path):
        self.path = Path(path)

    def archive(self, raws):
        kept = read(self.path)
        new = {raw.key: raw.body.decode() for raw in raws if raw.key not in kept}
        self.path.write_text(json.dumps({**kept, **new}), encoding="utf-8")
        return len(new), 0

    def close(self):
        pass


def read(path):
    return json.loads(Path(path).read_text(encoding="utf-8")) if Path(path).exists() else {}
