"""How is a source collected? In a child process, because Scrapy's reactor starts only once: spec in, result out.

The child (``python -m scanner.collect``) reads its spec on standard input, archives what it receives, and tells its
progress then its result as JSON lines on standard output; its log goes to standard error. It ends with its parent.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from importlib import import_module
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import orjson

from scanner.edition import Coverage
from scanner.issues import Issue
from scanner.settings import settings
from scanner.source import load

ROOT = Path(__file__).resolve().parent.parent
STORE = "scanner.store:Store.open"
SPIDERS = {
    "approch": "spiders.approch:ApprochSpider",
    "boamp": "spiders.boamp:BoampSpider",
    "ted": "spiders.ted:TedSpider",
}
LOOPBACK = ("127.0.0.1", "localhost", "::1")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CollectResult:
    """What one source gave: a coverage row per day (both ends included), what went wrong, raw notices new, changed."""

    coverage: tuple[Coverage, ...]
    issues: tuple[Issue, ...]
    stored: int
    changed: int


def collect(
    db: Path,
    *,
    source: str,
    since: date,
    until: date,
    base_url: str,
    user_agent: str,
    delay: float,
    concurrency: int,
    attempts: int = 4,
    patience: float = 120.0,
    sample: bool = False,
    on_progress: Callable[[date, int, int], None] | None = None,
    fields: tuple[str, ...] | None = None,
    wait: float = 2.0,
    timeout: float = 60.0,
    window: int = 10_000,
    page: int = 100,
    sink: str = STORE,
) -> CollectResult:
    """Reads ``source`` from ``since`` to ``until`` into the archive ``db``; never raises for what the source does.

    ``delay``, ``patience`` (longest wait for a quota), ``wait`` (first wait before another try) and ``timeout`` are
    seconds. ``sample`` reads the loopback replica, without delay. ``on_progress`` receives (day, fetched, expected).
    ``fields`` defaults to those of the source's YAML. Raises ValueError on an unknown source or a bad window.
    """
    if source not in SPIDERS:
        raise ValueError(f"source « {source} » inconnue ; sources collectées : {', '.join(sorted(SPIDERS))}.")
    if until < since:
        raise ValueError(f"la période finit ({until}) avant de commencer ({since}) ; inverser les dates.")
    if sample and urlsplit(base_url).hostname not in LOOPBACK:
        raise ValueError("la semaine d'exemple se lit sur cette machine seulement ; lancer la réplique locale.")
    spec = {
        "db": str(Path(db).resolve()),
        "source": source,
        "since": since.isoformat(),
        "until": until.isoformat(),
        "base_url": base_url,
        "user_agent": user_agent,
        "delay": 0.0 if sample else delay,
        "concurrency": concurrency,
        "attempts": attempts,
        "patience": patience,
        "fields": fields,
        "wait": wait,
        "timeout": timeout,
        "window": window,
        "page": page,
        "sink": sink,
    }
    with tempfile.TemporaryFile() as errors:
        result, code = _child(spec, errors, on_progress)
        errors.seek(0)
        told = errors.read().decode("utf-8", "replace").strip()
    if told:
        log.info("collecte %s : %s", source, told)
    if result is None:
        last = told.splitlines()[-1] if told else "sans message"
        message = (
            f"La collecte s'est arrêtée avant la fin (code {code} : {last[:300]}) ; "
            "corriger la cause indiquée, puis relancer la collecte."
        )
        lost = [until] if load(source).snapshot else _days(since, until)
        days = tuple(Coverage(source, day, 0, 0, 0, 0, 0, complete=False) for day in lost)
        return CollectResult(days, (Issue(source, "", "collect-crashed", message, "error"),), 0, 0)
    return _result(result)


def _child(
    spec: dict[str, Any], errors: IO[bytes], on_progress: Callable[[date, int, int], None] | None
) -> tuple[dict[str, Any] | None, int]:
    """Runs the child to its end; returns (result or None, exit code). The child is stopped if the caller is."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    child = subprocess.Popen(
        [sys.executable, "-m", "scanner.collect"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert child.stdin is not None and child.stdout is not None
    result: dict[str, Any] | None = None
    try:
        with suppress(BrokenPipeError):  # a child that died at once: its exit code and its log tell why
            child.stdin.write(orjson.dumps(spec) + b"\n")
            child.stdin.flush()  # and kept open: its end tells the child that its parent is no more
        for line in child.stdout:
            if not line.endswith(b"\n"):  # killed in mid-line
                break
            told = orjson.loads(line)
            if "result" in told:
                result = told["result"]
            elif on_progress:
                day, fetched, expected = told["progress"]
                on_progress(date.fromisoformat(day), fetched, expected)
        code = child.wait()
    finally:
        if child.poll() is None:
            child.terminate()
            child.wait()
        child.stdout.close()
        with suppress(BrokenPipeError):
            child.stdin.close()
    return result, code


def _result(told: dict[str, Any]) -> CollectResult:
    coverage = tuple(Coverage(**{**row, "day": date.fromisoformat(row["day"])}) for row in told["coverage"])
    return CollectResult(coverage, tuple(Issue(**row) for row in told["issues"]), told["stored"], told["changed"])


def _days(since: date, until: date) -> list[date]:
    return [since + timedelta(days=n) for n in range((until - since).days + 1)]


def _named(name: str) -> Any:
    """The object that ``module:attribute.path`` names."""
    module, _, path = name.partition(":")
    found: Any = import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    return found


def _crawl(spec: dict[str, Any], tell: Callable[[dict[str, Any]], None]) -> None:
    """The child's whole life: one crawl, its result told at the end."""
    from spiders.base import Journal, crawl  # here, so that the other commands start without loading Scrapy

    fields = load(spec["source"]).fields if spec["fields"] is None else tuple(spec["fields"])
    journal = Journal()
    sink = _named(spec["sink"])(Path(spec["db"]))
    try:
        crawl(
            _named(SPIDERS[spec["source"]]),
            settings(spec["user_agent"], spec["delay"], spec["concurrency"], spec["timeout"]),
            base_url=spec["base_url"],
            since=date.fromisoformat(spec["since"]),
            until=date.fromisoformat(spec["until"]),
            sink=sink,
            journal=journal,
            fields=fields,
            attempts=spec["attempts"],
            patience=spec["patience"],
            wait=spec["wait"],
            window=spec["window"],
            page=spec["page"],
            progress=lambda day, fetched, expected: tell({"progress": [day.isoformat(), fetched, expected]}),
        )
    finally:
        sink.close()
    if len(journal.coverage) != journal.planned:
        raise RuntimeError("la lecture s'est interrompue avant le dernier jour")
    if journal.unarchived:
        journal.coverage = [replace(row, complete=False) for row in journal.coverage]
    tell(
        {
            "result": {
                "coverage": [asdict(row) for row in journal.coverage],
                "issues": [asdict(issue) for issue in journal.issues],
                "stored": journal.stored,
                "changed": journal.changed,
            }
        }
    )


def main() -> None:
    """The child process. Standard output carries JSON lines only: anything else printed goes to standard error."""
    channel, sys.stdout = sys.stdout, sys.stderr

    def tell(message: dict[str, Any]) -> None:
        channel.write(orjson.dumps(message).decode() + "\n")
        channel.flush()

    spec = orjson.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_until_orphaned, daemon=True).start()
    _crawl(spec, tell)


def _until_orphaned() -> None:
    """Ends this process with its parent: what it would still archive could undo what the next run receives."""
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


if __name__ == "__main__":
    main()
