"""How long and how much memory to load awarded contracts? ``make bench`` ends with it. Nothing here passes or fails."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb

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
