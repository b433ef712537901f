from dataclasses import replace
from datetime import date

import pytest

from nlp.segments import segments
from scanner.finding import Segment
from scanner.notice import Amount, Lot, Notice
from scanner.opportunity import appraise

CLEANING = Segment(
    "9091", "Nettoyage", "services", ("clause", "reserve_siae"), ("tous",), 75, "CONFIRME", (), "fort", (), ""
)
FUEL = Segment(
    "09", "Combustibles", "inadapte", ("clause_petit_volume",), (), 3, "A_CONFIRMER", (), "faible",
    ("PEU_MAIN_OEUVRE",), "",
)  # fmt: skip
NOTICE = Notice("boamp:26-1", "boamp", "26-1", "call", date(2026, 11, 18), "Nettoyage des locaux", duration_months=24)


def test_a_rich_lot_scores_high_and_says_why():
    found = appraise(NOTICE, Lot("2", "Vitrerie", amount=Amount(value=250_000)), "rien", CLEANING)
    assert found is not None
    assert (found.lot, found.score) == ("2", 95)
    assert found.lever == "clause d'insertion, ou réservation aux structures d'insertion (SIAE)"
    assert "montant : 250\u202f000 € HT" in found.reasons


@pytest.mark.parametrize(("amount", "told"), [
    (Amount(low=100_000, high=500_000), "montant : au moins 100\u202f000 € HT"),
    (Amount(high=100_000), "montant : au plus 100\u202f000 € HT"),
    (Amount(low=0, high=50_000), "petit montant (au plus 50\u202f000 € HT)"),
    (Amount(value=1_000, ceiling=900_000), "petit montant (1\u202f000 € HT)"),
])  # fmt: skip
def test_a_bound_is_never_told_as_the_amount(amount, told):
    found = appraise(replace(NOTICE, amount=amount), None, "rien", CLEANING)
    assert found is not None and told in found.reasons


def test_a_poor_segment_is_kept_low_with_its_reason():
    found = appraise(NOTICE, None, "rien", FUEL)
    assert found is not None and found.score < 40
    assert "peu de main-d'œuvre dans ce métier" in found.reasons


def test_the_unknown_is_told_not_punished_to_zero():
    found = appraise(replace(NOTICE, duration_months=None), None, "rien", CLEANING)
    assert found is not None and {"durée inconnue", "montant inconnu"} <= set(found.reasons)


@pytest.mark.parametrize("status", ["reserve", "objet_insertion", "clause", "non_lu"])
def test_a_binding_or_unread_lot_is_no_opportunity(status):
    assert appraise(NOTICE, None, status, CLEANING) is None


@pytest.mark.parametrize("change", [{"kind": "award"}, {"kind": "rectification"}, {"read_in_full": False}])
def test_only_an_open_notice_read_in_full(change):
    assert appraise(replace(NOTICE, **change), None, "rien", CLEANING) is None


def test_no_known_trade_no_opportunity():
    assert appraise(NOTICE, None, "rien", None) is None


def test_every_shipped_segment_has_its_words():
    shipped = segments()
    assert shipped
    for segment in shipped.values():
        found = appraise(NOTICE, None, "rien", segment)
        assert found is not None and 0 <= found.score <= 100 and found.lever
