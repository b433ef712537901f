"""A loopback portal of a few invented notices, with the faults a test switches on."""

import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

FIELDS = ("idweb", "dateparution", "famille", "objet", "url_avis")


def notices(day, count, start=1):
    return [
        {"idweb": f"26-{n:05d}", "dateparution": day, "famille": ("JOUE", "FNS")[n % 2], "objet": f"Travaux {n}",
         "url_avis": f"https://example.org/{n}"} for n in range(start, start + count)
    ]  # fmt: skip


def select(records, where):
    """The rows that ``where`` keeps; only the forms the spider writes are understood, anything else is an error."""
    for part in where.split(" and ") if where else ():
        if found := re.fullmatch(r"(\w+)(=|<=|>)(?:date)?['\"](.*)['\"]", part):
            name, sign, value = found.groups()
            test = {"=": lambda a, b: a == b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b}[sign]
            records = [r for r in records if r.get(name) is not None and test(r[name], value)]
        elif found := re.fullmatch(r"(\w+) in \((.*)\)", part):
            records = [r for r in records if r[found[1]] in found[2].replace('"', "").split(",")]
        elif found := re.fullmatch(r"(\w+) is null", part):
            records = [r for r in records if r.get(found[1]) is None]
        elif part in ("(famille is not null", "(nature is not null") or part.startswith("not ("):
            records = []  # no invented notice has a value unknown to the spider
        else:
            raise ValueError(part)
    return sorted(records, key=lambda r: (r["idweb"] is None, r["idweb"]))


class Portal:
    """``faults``: callables (number of the request, path, query, answer) -> None or (status, headers, body)."""

    def __init__(self, records, fields=FIELDS, fault=None):
        self.records, self.fields, self.fault, self.asked = records, fields, fault, []

    def answer(self, path, query):
        if path.endswith("/datasets/boamp"):
            return {"fields": [{"name": name} for name in self.fields]}
        rows = select(self.records, query.get("where", ""))
        first, limit = int(query.get("offset", 0)), int(query.get("limit", 10))
        page = rows[first : first + limit]
        if "select" in query:
            page = [{"idweb": row["idweb"]} for row in page]
        return {"total_count": len(rows), "results": page}


@contextmanager
def portal(records, fields=FIELDS, fault=None, robots=""):
    """Yields (base url, Portal)."""
    state, lock = Portal(records, fields, fault), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            url = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            if url.path == "/robots.txt":
                self.send_response(200 if robots else 404)
                self.send_header("Content-Length", str(len(robots)))
                self.end_headers()
                self.wfile.write(robots.encode())
                return
            with lock:
                state.asked.append((url.path, query, self.headers.get("User-Agent")))
                answer = state.answer(url.path, query)
                said = state.fault(len(state.asked), url.path, query, answer) if state.fault else None
            status, headers, body = said or (200, {}, json.dumps(answer).encode())
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


class LineSink:
    """An archive of JSON lines, so that the crawl is tested without the database."""

    def __init__(self, path):
        self.path = Path(path)

    def archive(self, raws):
        kept = read(self.path)
        new = {raw.id: json.loads(raw.body) for raw in raws if raw.id not in kept}
        changed = {raw.id for raw in raws if raw.id in kept and kept[raw.id] != json.loads(raw.body)}
        self.path.write_text(json.dumps({**kept, **new}), encoding="utf-8")
        return len(new), len(changed)

    def close(self):
        pass


class FullDisk(LineSink):
    def archive(self, raws):
        raise OSError("No space left on device")


def read(path):
    return json.loads(Path(path).read_text(encoding="utf-8")) if Path(path).exists() else {}
