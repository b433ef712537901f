"""What did the buyers of the sample week sign before? An invented DECP file, amendments and anomalies included."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from scanner.sample.shapes import siret
from scanner.sample.week import facts_of, words

COLUMNS = (
    "uid", "id", "nature", "acheteur_id", "acheteur_nom", "titulaire_id", "titulaire_nom", "objet", "montant",
    "codeCPV", "techniques", "dureeMois", "dateNotification", "datePublicationDonnees", "considerationsSociales",
    "lieuExecution_code", "lieuExecution_typeCode", "acheteur_departement_code", "modification_id", "donneesActuelles",
    "sourceDataset",
)  # fmt: skip
#: Buyers of the week with a history: rank of a notice of theirs, and how many contracts.
BUYERS = {0: 14, 3: 12, 8: 6, 9: 3, 12: 11}
SOCIAL = ("Sans objet", "Clause sociale", "Pas de considération sociale", "Critère social, Clause sociale", "CDL")


def write(path: Path) -> Path:
    """Writes the DECP file of the sample buyers; returns its path."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        writer.writerows(rows())
    return path


def rows() -> Iterator[dict[str, Any]]:
    """Every line: one a holder and a state. Amendments, two holders, and the usual anomalies are among them."""
    for buyer, count in BUYERS.items():
        for rank in range(count):
            line = _line(buyer, rank)
            if rank % 5 == 1:  # an amendment: its own date, another amount
                yield line | {"donneesActuelles": "false"}
                later = date.fromisoformat(line["dateNotification"]) + timedelta(days=200)
                line |= {"modification_id": 1, "dateNotification": str(later), "montant": line["montant"] + 5_000}
            yield line
            if rank % 4 == 2:  # a group
                yield line | {"titulaire_id": siret(7_000 + rank), "titulaire_nom": "Chantier d'insertion du Val"}
    odd = _line(12, 11)
    yield odd | {"id": "2025-ODD1", "montant": 0.1, "lieuExecution_code": "FRK26"}
    yield odd | {"id": "2025-ODD2", "montant": 99_999_999_999_999, "dateNotification": "2072-03-04"}


def _line(buyer: int, rank: int) -> dict[str, Any]:
    facts = facts_of(buyer, date(2024, 1, 8), buyer * 3)
    subjects = words()["subjects"]
    title, _, cpv, _, _ = subjects[(buyer + rank * 3) % len(subjects)]
    signed = date(2024, 1, 15) + timedelta(days=71 * rank)
    number = f"{signed.year}-{buyer:03d}{rank:02d}"
    return {
        "uid": f"{facts.siret}{number}_{cpv}", "id": number, "nature": "Marché", "acheteur_id": facts.siret,
        "acheteur_nom": facts.buyer.upper(), "titulaire_id": siret(5_000 + rank),
        "titulaire_nom": f"SARL {facts.town} Services", "objet": title, "montant": 40_000 + rank * 17_500,
        "codeCPV": cpv, "techniques": "Accord-cadre" if rank % 3 == 0 else "Sans objet", 
        "dureeMois": 12 + rank % 4 * 12,
        "dateNotification": str(signed), "datePublicationDonnees": str(signed + timedelta(days=40)),
        "considerationsSociales": SOCIAL[(buyer + rank) % len(SOCIAL)], "lieuExecution_code": facts.postcode,
        "lieuExecution_typeCode": "Code postal", "acheteur_departement_code": facts.departement, "modification_id": 0,
        "donneesActuelles": "true", "sourceDataset": "exemple",
    }  # fmt: skip
