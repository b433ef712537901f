"""Invented appraisals of lots, as ``scanner/opportunity/`` gives them."""

from dataclasses import replace

from scanner.appraisal import (
    Duty,
    HoursRange,
    LegalCheck,
    Lever,
    Practice,
    Signal,
    Supply,
)  # fmt: skip
from tests.chances import CLEANING, chance
from tests.feeds.samples import lot

DUTY = Duty("a_verifier", "L2112-2-1", "obligation L2112-2-1 à vérifier", buyer_class="pa_autre", threshold=216000.0)
HOURS = HoursRange(
    35, 105, 175, "year", ("400 000 € × 85 %",), ("reprise du personnel probable",), ("effectif repris",)
)
SIGNALS = (
    Signal("potential", 40, "métier à fort potentiel d'insertion", "cpv"),
    Signal("labour", 5, "main-d'œuvre citée", "description", "nettoyage quotidien des locaux"),
    Signal("practice", 5, "l'acheteur clause peu", "decp", "0 marché sur 12"),
    Signal("amount", 0, "montant inconnu", known=False),
)


def appraised(number="1", status="rien", score=60, **changes):
    """A lot with an opportunity of which everything is known."""
    known = dict(
        segment=CLEANING, legal=LegalCheck(DUTY), hours=HOURS, confidence=70, signals=SIGNALS,
        lever=Lever("clause", "clause d'insertion de 35 à 175 h par an", "main-d'œuvre", warnings=("reprise",)),
        supply=Supply(2, names=("Atelier Imaginaire", "Relais Inventé")),
        practice=Practice(own=12, own_social=0, about="nettoyage", period="2023-2026", own_period="2024-2026"),
    )  # fmt: skip
    found = chance(number, score, **{**known, **changes})
    return replace(lot(number, status), opportunity=found, cpv=("90910000",))
