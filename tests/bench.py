"""How fast is each step? ``make bench``: notices per second and ratios to reading the same JSON with orjson.

Figures of one machine on one day: compare the ratios. Not a test: nothing here passes or fails.
"""

from __future__ import annotations

import gc
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
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
LINES = 3_000_000
#: 40 000 buyers, one line in five an amendment, one in ten a second holder, as dirty as the real table.
DECP = """
COPY (
    SELECT i // 10 * 8 + least(i % 10, 7) AS market, '2' || lpad(CAST(market % 40000 AS VARCHAR), 8, '0') || '00015'
        AS acheteur_id, 'M' || lpad(CAST(market AS VARCHAR), 9, '0') AS id, 'Marché' AS nature,
        'COMMUNE DE ' || CAST(market % 40000 AS VARCHAR) AS acheteur_nom,
        lpad(CAST(i * 7919 % 99999999999999 AS VARCHAR), 14, '3') AS titulaire_id,
        'ENTREPRISE ' || i % 90000 AS titulaire_nom,
        'Travaux de rénovation et entretien du patrimoine communal, tranche ' || i AS objet,
        CASE WHEN i % 1000 = 7 THEN 0.1 WHEN i % 1000 = 9 THEN 1e14 ELSE 1000 + i * 37 % 900000 END AS montant,
        CAST(45000000 + market * 13 % 1000000 AS VARCHAR) AS codeCPV,
        CASE WHEN i % 3 = 0 THEN 'Accord-cadre' ELSE 'Sans objet' END AS techniques,
        CAST(1 + i % 48 AS SMALLINT) AS dureeMois,
        DATE '2019-01-01' + CAST(market % 2800 AS INTEGER) AS dateNotification,
        DATE '2026-10-01' AS datePublicationDonnees,
        [NULL, 'Sans objet', 'Clause sociale', 'Clause sociale, Critère social', 'Marché réservé'][1 + market % 5]
            AS considerationsSociales,
        lpad(CAST(1 + market % 95 AS VARCHAR), 2, '0') || '000' AS lieuExecution_code,
        'Code postal' AS lieuExecution_typeCode,
        lpad(CAST(1 + market % 95 AS VARCHAR), 2, '0') AS acheteur_departement_code,
        CAST(greatest(i % 10 - 7, 0) AS SMALLINT) AS modification_id,
        i % 10 IN (0, 1, 2, 3, 4, 5, 6, 9) AS donneesActuelles,
        'source' || i % 7 AS sourceDataset, repeat('x', 40) AS sourceFile
    FROM range({lines}) t(i)
) TO '{path}' (FORMAT parquet)
"""
LOAD = """
import resource, sys, time
from datetime import date
from pathlib import Path
from scanner.run import load_contracts
from scanner.store import Store
start = time.perf_counter()
with Store.open(sys.argv[2]) as store:
    told = load_contracts(store, Path(sys.argv[1]), today=date(2026, 11, 23))
seconds, peak = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"{seconds:.0f} s, {peak:.0f} Mo au plus, {told.lines} lignes, {told.kept} marchés, {told.new} nouveaux, "
      f"{told.changed} changés, {len(told.issues)} sortes d'anomalies")
"""
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


def awarded(lines: int = LINES) -> None:
    """How long and how much memory for DECP: generated lines, Parquet, loaded twice in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "decp.parquet"
        duckdb.connect(config={"threads": 2}).execute(
            "SET enable_progress_bar = false;" + DECP.format(lines=lines, path=path)
        )
        print(f"\nDECP : {lines} lignes engendrées, Parquet de {path.stat().st_size / 1e6:.0f} Mo")
        for turn in ("charger", "charger encore"):
            done = subprocess.run(
                [sys.executable, "-c", LOAD, str(path), f"{folder}/veille.db"],
                check=True,
                text=True,
                capture_output=True,
            )
            print(f"{turn:<24}{done.stdout.strip()}")
        print(f"base : {(Path(folder) / 'veille.db').stat().st_size / 1e6:.0f} Mo")


if __name__ == "__main__":
    awarded()
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT)
