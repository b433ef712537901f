"""How fast is each step? ``make bench``: notices per second and ratios to reading the same JSON with orjson.

Figures of one machine on one day: compare the ratios. Not a test: nothing here passes or fails.
"""

from __future__ import annotations

import gc
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson

from feeds import publish
from nlp.classify import classify
from scanner.issues import IssueLog
from scanner.normalise import normalise
from scanner.notice import RawNotice
from scanner.run import BATCH, interpret, read
from scanner.sample.generator import notices
from scanner.source import load
from scanner.store import Store
from spiders.formats import parse

COUNT = 20_000
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    gc.collect()
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def main(count: int = COUNT) -> None:
    source = load("boamp")
    raws = [
        RawNotice("boamp", str(record["idweb"]), "", NOW, orjson.dumps(record)) for record in notices(count, seed=1)
    ]
    rows: list[tuple[str, float]] = []

    def orjson_twice() -> None:
        for raw in raws:
            record = orjson.loads(raw.body)
            orjson.loads(record["donnees"])
            orjson.loads(record["gestion"])

    base, _ = timed(orjson_twice)
    rows.append(("lire le JSON (orjson)", base))
    seconds, drafts = timed(lambda: [draft for raw in raws if (draft := parse(raw)[0])])
    rows.append(("parse", seconds))
    seconds, clean = timed(lambda: [normalise(draft, source)[0] for draft in drafts])
    rows.append(("normalise", seconds))
    seconds, _ = timed(lambda: [None for notice in clean if classify(notice) is None])
    rows.append(("classify", seconds))
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "veille.db") as store:
        seconds, _ = timed(lambda: [store.archive(raws[at : at + BATCH]) for at in range(0, len(raws), BATCH)])
        rows.append(("archive", seconds))
        chunks = [interpret(raws[at : at + BATCH], lambda keys: {}, IssueLog()) for at in range(0, len(raws), BATCH)]

        def keep() -> None:
            for chunk in chunks:
                store.save_aliases(chunk.aliases)
                store.save(chunk.rows)

        seconds, _ = timed(keep)
        rows.append(("store", seconds))
        span = (date(2000, 1, 1), date(2100, 1, 1))
        seconds, edition = timed(
            lambda: store.edition(
                *span, date(2026, 11, 23), territory="", departements=(), base_url="https://exemple.invalid/",
                mission="", contact="",
            )
        )  # fmt: skip
        rows.append(("édition", seconds))
        seconds, _ = timed(lambda: publish(edition, Path(folder) / "public"))
        rows.append(("publish", seconds))
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "veille.db") as store:

        def whole() -> None:
            for at in range(0, len(raws), BATCH):
                store.archive(raws[at : at + BATCH])
            read(store, store.unread(), IssueLog())

        seconds, _ = timed(whole)
        rows.append(("brut → lignes classées", seconds))

    print(f"{count} avis engendrés, {sum(len(raw.body) for raw in raws) / count:.0f} octets en moyenne\n")
    print(f"{'étape':<24}{'secondes':>10}{'avis/s':>10}{'× orjson':>10}")
    for name, seconds in rows:
        print(f"{name:<24}{seconds:>10.2f}{count / seconds:>10.0f}{seconds / base:>10.1f}")
    print(f"\nmémoire maximale : {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} Mo")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT)
