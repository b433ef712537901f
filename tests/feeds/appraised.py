"""Invented appraisals of lots, as ``scanner/opportunity/`` gives them."""

from dataclasses import replace

from scanner.appraisal import (
    Duty,
    HoursRange,
    LegalCheck,
    Lever,
    LotSegment,
    Opportunity,
    Practice,
    Segment,
    Signal,
    Supply,
)  # fmt: skip
from tests.feeds.samples import lot

SEGMENT = Segment(
    "9091",
    "Nettoyage de locaux",
    "services",
    ("clause",),
    ("femmes", "peu qualifiés"),
    85,
    "A_CONFIRMER",
    (),
    "fort",
    (),
    "",
)
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
    """A lot with an opportunity of the new shape."""
    known = dict(
        lot=number, segment=LotSegment(SEGMENT, "cpv_lot", "90910000"), legal=LegalCheck(DUTY), hours=HOURS,
        lever=Lever("clause", "clause d'insertion de 35 à 175 h par an", "main-d'œuvre", warnings=("reprise",)),
        score=score, confidence=70, signals=SIGNALS, supply=Supply(2, names=("Atelier Imaginaire", "Relais Inventé")),
        practice=Practice(own=12, own_social=0, about="nettoyage", period="2023-2026"),
    )  # fmt: skip
    return replace(lot(number, status), opportunity=Opportunity(**{**known, **changes}), cpv=("90910000",))
