"""Invented appraisals of lots, as ``scanner/opportunity/`` gives them."""

from typing import Any

from scanner.appraisal import Duty, HoursRange, LegalCheck, Lever, LotSegment, Opportunity, Segment, Signal

GREEN = Segment("773", "Espaces verts", "classique", ("clause",), ("tous",), 60, "A_CONFIRMER", (), "fort", (), "")
CLEANING = Segment(
    "9091", "Nettoyage de locaux", "classique", ("clause",), ("femmes", "peu qualifiés"), 85, "A_CONFIRMER", (),
    "fort", (), "",
)  # fmt: skip


def chance(
    lot: str | None = "1", score: int = 60, *reasons: str, segment: Segment | LotSegment = GREEN, **changes: Any
) -> Opportunity:
    """An opportunity of which only what a test is about needs to be said."""
    told = tuple(Signal("told", 0, reason) for reason in reasons or ("métier porteur",))
    known: dict[str, Any] = {
        "lot": lot, "segment": known_segment(segment),
        "legal": LegalCheck(Duty("a_verifier", "L2112-2-1", "obligation à vérifier")), "hours": HoursRange(),
        "lever": Lever("clause", "clause d'insertion", "main-d'œuvre"), "score": score, "confidence": 80,
        "signals": told,
    }  # fmt: skip
    return Opportunity(**{**known, **changes})


def known_segment(segment: Segment | LotSegment) -> LotSegment:
    """A row as known from its own code, unless it is said how."""
    if isinstance(segment, LotSegment):
        return segment
    return LotSegment(segment, "cpv_lot", segment.prefix.ljust(8, "0"))
