"""What does APProch show that week? Invented projects, some of buyers who also publish calls in the sample week."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from scanner.datafile import read_yaml
from scanner.sample.shapes import siret
from scanner.sample.week import words

DATASET = "projets-dachats-publics"
HERE = Path(__file__).parent
#: The départements of metropolitan France: a project that ticks them all is for the whole country.
MAINLAND = [f"{number:02d}" for number in range(1, 96) if number != 20] + ["2A", "2B"]


def records(sunday: date = date(2026, 11, 22)) -> list[dict[str, Any]]:
    """Returns the projects as the API writes them on ``sunday``; always the same ones."""
    return list(_records(sunday))


def _records(sunday: date) -> Iterator[dict[str, Any]]:
    for entry in read_yaml(HERE / "projects.yml")["projects"]:
        _, nature, cpv, _, _ = words()["subjects"][entry["subject"]]
        days, departements = entry["days"], entry["departements"]
        yield {
            "code": entry["code"],
            "libelle": entry["title"],
            "statut": "Ouvert",
            "description": entry["title"],
            "siren_de_l_entite_acheteuse": int(siret(entry["notice"])[:9]),
            "categorie_d_achat": nature.capitalize(),
            "code_s_cpv": cpv,
            "responsable": None,
            "date_previsionnelle_de_publication": None if days is None else str(sunday + timedelta(days=days)),
            "date_cible_de_remise_des_offres": None,
            "type_de_procedure": None,
            "lien_vers_la_consultation": None,
            "montant_estime_du_marche": entry["amount"],
            "duree_previsionnelle_du_marche": entry["months"],
            "departement_s_d_execution_du_marche": "|".join(MAINLAND) if departements == "all" else departements,
            "marche_reserve": None,
            "considerations_sociales": entry["social"],
            "considerations_environnementales": None,
            "etat_de_l_espace_d_echanges": "Fermé",
            "a_publier_sur_le_site_du_marche_de_l_inclusion": entry["inclusion"],
            "nomenclature_hospitalier": None,
        }
