"""What else may a network and a source answer? A proxy before the replica, that does each fault on demand or by chance.

Chance comes from a seed alone: what befalls a request depends on the seed, on what is asked, and on how often it was
asked before, not on the clock nor on which of two requests came first.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any
from urllib.parse import unquote_plus, urlsplit, urlunsplit

from scanner.sample.replica import INTERRUPTED, MAINTENANCE, Replica

#: A host that no name server knows (RFC 6761).
NOWHERE = "nulle-part.invalid"
#: How far the clock of a source may be wrong, in seconds.
SKEW = 86_400
SLICES = 8


@dataclass(frozen=True)
class Answer:
    """What the proxy sends: after ``delay`` seconds, in ``SLICES`` slices ``pace`` seconds apart, ``sent`` bytes of it.

    ``reset`` cuts the connection instead.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    delay: float = 0.0
    pace: float = 0.0
    sent: int | None = None
    reset: bool = False


@dataclass(frozen=True)
class Plan:
    """Which request suffers what: a ``share`` of them, one of ``faults``, the first ``times`` at most.

    ``pause`` (seconds) is longer than the reader's time-out; ``wait`` (seconds) is what a source that is busy asks
    for; ``renamed`` is the field that drifts, any when empty; ``shift`` is what a wrong total adds, drawn when 0;
    ``where`` are parts of the addresses that suffer.
    """

    faults: tuple[str, ...] = ()
    share: float = 1.0
    times: int | None = None
    seed: int = 0
    pause: float = 1.5
    wait: int = 1
    renamed: str = ""
    shift: int = 0
    where: tuple[str, ...] = ()

    def concerns(self, asked: str) -> bool:
        """Whether this request may suffer."""
        return bool(self.faults) and all(part in asked for part in self.where)


@dataclass
class Faulty:
    """A running proxy: its address, the ``plans`` in force (none: it passes everything on), the faults ``served``."""

    address: str
    plans: tuple[Plan, ...] = ()
    served: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    suffered: Counter[Plan] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)
    stopping: threading.Event = field(default_factory=threading.Event)

    def url(self, url: str) -> str:
        """The address, through the proxy, of what the replica serves at ``url``."""
        return urlunsplit(("http", self.address, *urlsplit(url)[2:]))

    def follow(self, *plans: Plan) -> None:
        """Forgets what was asked and served so far; each request then suffers the first plan that concerns it."""
        with self.lock:
            self.plans = plans
            self.served.clear()
            self.suffered.clear()
            self.asked.clear()

    def drawn(self, asked: str) -> tuple[str, Plan, Random]:
        """The fault that befalls this request, empty for none."""
        with self.lock:
            self.asked[asked] += 1
            plan = next((one for one in self.plans if one.concerns(asked)), Plan())
            random = Random(f"{plan.seed} {self.asked[asked]} {asked}")
            spared = plan.times is not None and self.suffered[plan] >= plan.times
            if spared or not plan.faults or random.random() >= plan.share:
                return "", plan, random
            name = random.choice(plan.faults)
            self.served[name] += 1
            self.suffered[plan] += 1
            return name, plan, random


def unresolved(url: str) -> str:
    """``url`` at a host whose name leads nowhere."""
    return urlunsplit(("http", NOWHERE, *urlsplit(url)[2:]))


def untrusted(url: str) -> str:
    """``url`` over TLS, that a plain port does not speak."""
    return urlunsplit(("https", *urlsplit(url)[1:]))


class _Server(ThreadingHTTPServer):
    """A reader that hangs up is a part of the game: nothing is printed."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


@contextmanager
def faulty(replica: Replica, *plans: Plan) -> Iterator[Faulty]:
    """A proxy before ``replica`` on 127.0.0.1 that follows ``plans``, until the block ends."""
    server = _Server(("127.0.0.1", 0), BaseHTTPRequestHandler)
    proxy = Faulty(f"127.0.0.1:{server.server_address[1]}", plans)
    server.RequestHandlerClass = _handler(proxy, urlsplit(replica.base_url).netloc)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(proxy: Faulty, upstream: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            name, plan, random = proxy.drawn(f"{unquote_plus(self.path)} {body.decode()}".strip())
            path = self.path.replace("+asc", "+desc") if name == "reordered" else self.path
            answer = _forwarded(upstream, self.command, path, body, dict(self.headers))
            self._send(FAULTS[name](answer, plan, random) if name else answer)

        do_POST = do_GET

        def _send(self, answer: Answer) -> None:
            proxy.stopping.wait(answer.delay)
            if answer.reset:
                _reset(self.connection)
                self.close_connection = True
                return
            self.send_response_only(answer.status)
            for header, value in answer.headers.items():
                self.send_header(header, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            try:
                self._pour(answer.body[: answer.sent], answer.pace)
            except OSError:  # the reader lost patience
                self.close_connection = True
            self.close_connection = self.close_connection or answer.sent is not None

        def _pour(self, body: bytes, pace: float) -> None:
            size = -(-len(body) // SLICES) if pace else len(body)
            for start in range(0, len(body), size or 1):
                self.wfile.write(body[start : start + size])
                proxy.stopping.wait(pace)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: a test reads the counters."""

    return Handler


def _reset(connection: socket.socket) -> None:
    """Closes with RST rather than FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())


def _forwarded(upstream: str, verb: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
    """What the replica answers; it is asked under the proxy's own name, so that its links lead back to the proxy."""
    connection = HTTPConnection(upstream, timeout=30)
    try:
        connection.request(verb, path, body or None, {"Host": headers.get("Host", upstream), "Connection": "close"})
        response = connection.getresponse()
        kept = {name: value for name, value in response.getheaders() if name.lower() not in _OWN}
        return Answer(response.status, kept, response.read())
    finally:
        connection.close()


_OWN = ("content-length", "connection", "server")

# -- the faults ----------------------------------------------------------------------------------------------------

Fault = Callable[[Answer, Plan, Random], Answer]


def _timeout(answer: Answer, plan: Plan, random: Random) -> Answer:
    return replace(answer, delay=plan.pause)


def _cut(answer: Answer, plan: Plan, random: Random) -> Answer:
    return replace(answer, reset=True)


def _busy(status: int, dated: bool = False, skew: float = 0.0) -> Fault:
    """A source that asks to come back in ``plan.wait`` seconds, told as a number or as a date of its own clock."""

    def fault(answer: Answer, plan: Plan, random: Random) -> Answer:
        now = time.time() + skew
        until = formatdate(now + plan.wait, usegmt=True) if dated else str(plan.wait)
        headers = {"Content-Type": "text/plain", "Date": formatdate(now, usegmt=True), "Retry-After": until}
        return Answer(status, headers, b"Too busy")

    return fault


def _server_error(answer: Answer, plan: Plan, random: Random) -> Answer:
    return Answer(500, {"Content-Type": "text/plain"}, b"Internal Server Error")


def _drip(answer: Answer, plan: Plan, random: Random) -> Answer:
    return replace(answer, pace=plan.pause / SLICES * 2)


def _truncated(answer: Answer, plan: Plan, random: Random) -> Answer:
    return replace(answer, sent=int(len(answer.body) * random.random()))


def _streamed_error(answer: Answer, plan: Plan, random: Random) -> Answer:
    return replace(answer, body=answer.body[: int(len(answer.body) * random.random())] + INTERRUPTED.encode())


def _html(answer: Answer, plan: Plan, random: Random) -> Answer:
    return Answer(200, {"Content-Type": "text/html; charset=utf-8"}, MAINTENANCE)


def _empty(answer: Answer, plan: Plan, random: Random) -> Answer:
    return Answer(202, {"Content-Type": "application/json"}, b"")


def _skewed(answer: Answer, plan: Plan, random: Random) -> Answer:
    return replace(answer, headers={**answer.headers, "Date": formatdate(time.time() + SKEW, usegmt=True)})


def _on_json(change: Callable[[dict[str, Any], Plan, Random], None]) -> Fault:
    """A fault of what an answer says; an answer that is no JSON object, or that lists nothing, passes."""

    def fault(answer: Answer, plan: Plan, random: Random) -> Answer:
        try:
            said = json.loads(answer.body)
        except ValueError:
            return answer
        change(said, plan, random)
        return replace(answer, body=json.dumps(said, ensure_ascii=False).encode())

    return fault


def _wrong_total(said: dict[str, Any], plan: Plan, random: Random) -> None:
    for name in ("total_count", "totalNoticeCount"):
        if name in said:
            said[name] = max(0, said[name] + (plan.shift or random.choice((-2, -1, 1, 2))))


def _rows(said: dict[str, Any]) -> list[Any]:
    """The list of an answer, whatever its name."""
    found = said.get("results", said.get("notices", []))
    return found if isinstance(found, list) else []


def _repeated(said: dict[str, Any], plan: Plan, random: Random) -> None:
    """One record twice, in the place of another."""
    rows = _rows(said)
    if len(rows) > 1:
        one, other = random.sample(range(len(rows)), 2)
        rows[one] = rows[other]


def _reordered(said: dict[str, Any], plan: Plan, random: Random) -> None:
    random.shuffle(_rows(said))


def _vanished(said: dict[str, Any], plan: Plan, random: Random) -> None:
    if rows := _rows(said):
        rows.pop(random.randrange(len(rows)))


def _renamed(said: dict[str, Any], plan: Plan, random: Random) -> None:
    """A field has another name, in the records and in their description; each draw has its own when none is said."""
    described = [entry["name"] for entry in said.get("fields", []) if isinstance(entry, dict)]
    names = sorted(described or {name for row in _rows(said) for name in row})
    chosen = plan.renamed or (random.choice(names) if names else "")
    for entry in said.get("fields", []):
        if entry["name"] == chosen:
            entry["name"] += "_v2"
    for row in _rows(said):
        if chosen in row:
            row[f"{chosen}_v2"] = row.pop(chosen)


#: Every fault that a request can suffer, by its name.
FAULTS: dict[str, Fault] = {
    "timeout": _timeout,
    "reset": _cut,
    "throttled": _busy(429),
    "throttled_until": _busy(429, dated=True),
    "throttled_skewed": _busy(429, dated=True, skew=SKEW),
    "unavailable": _busy(503),
    "unavailable_until": _busy(503, dated=True),
    "server_error": _server_error,
    "drip": _drip,
    "truncated": _truncated,
    "streamed_error": _streamed_error,
    "html": _html,
    "empty_202": _empty,
    "skewed": _skewed,
    "wrong_total": _on_json(_wrong_total),
    "repeated": _on_json(_repeated),
    "reordered": _on_json(_reordered),
    "vanished": _on_json(_vanished),
    "renamed": _on_json(_renamed),
}
