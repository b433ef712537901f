"""Who reads the sample week, and who could answer it? Invented subscribers and inclusive structures."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

#: One reader an edition: adresse, edition, departements, metiers, type, nom.
SUBSCRIBERS = (
    ("mission@exemple.invalid", "mission", "", "", "", "Mission de démonstration"),
    ("facilitateur@exemple.invalid", "facilitateur", "69,38", "", "", "Facilitatrice des deux rives"),
    ("atelier@exemple.invalid", "structure", "69,38,67",
        "Espaces verts & extérieurs,Hygiène et Propreté,Entretien du linge", "EA", "Atelier des Trois Ponts"),
)  # fmt: skip
#: Structures a département and a trade: enough for a reserved lot in the first, for a clause alone in the last.
_TRADES = (
    ("Espaces verts & extérieurs", 14), ("Hygiène et Propreté", 12), ("Restauration", 3),
    ("Bâtiments et Travaux publics", 7), ("Collecte & Traitement des déchets", 4), ("Prestations informatiques", 2),
    ("Entretien du linge", 3), ("Agro-Alimentaire", 2), ("Communication, Marketing", 2),
)  # fmt: skip
_PLACES = ("69", "38", "59", "67", "31", "33", "13", "35", "01", "93", "44", "42")
_KINDS = ("EI", "ACI", "EA", "ESAT", "AI", "ETTI")


def write_subscribers(path: Path) -> Path:
    """Writes the CSV of subscribers; returns its path."""
    return _written(path, ("adresse", "edition", "departements", "metiers", "type", "nom"), SUBSCRIBERS)


def write_structures(path: Path) -> Path:
    """Writes the directory of structures; returns its path."""
    return _written(path, ("nom", "type", "secteurs", "departements", "ca"), structures())


def structures() -> Iterator[tuple[str, str, str, str, str]]:
    """Name, kind, trade, département, turnover in euros (unknown for one in seven)."""
    for place in _PLACES:
        for trade, many in _TRADES:
            for rank in range(many):
                turnover = "" if rank % 7 == 3 else str(250_000 + 90_000 * rank)
                yield f"Atelier inventé {place}-{trade[:3]}-{rank + 1}", _KINDS[rank % 6], trade, place, turnover


def _written(path: Path, head: tuple[str, ...], rows: Iterator[tuple[str, ...]] | tuple[tuple[str, ...], ...]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow(head)
        writer.writerows(rows)
    return path
