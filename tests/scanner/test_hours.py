from dataclasses import replace
from datetime import date

from scanner.appraisal import LotSegment, Segment
from scanner.notice import Amount, Notice
from scanner.opportunity.hours import assumptions, estimate

WORKS = Segment("45", "Travaux", "classique", ("clause",), ("tous",), 50, "PUBLIE", (), "fort", (), "")
SITE = Notice(
    "boamp:26-1", "boamp", "26-1", "call", date(2026, 11, 18), "Construction d'une école",
    amount=Amount(value=1_000_000), duration_months=12,
)  # fmt: skip


def test_the_published_example_comes_out_at_thirty_euros_and_at_the_default_cost():
    assert (
        estimate(SITE, None, LotSegment(WORKS, "cpv_avis", "45000000"), assumptions({"cout_horaire": 30})).central
        == 805
    )
    assert estimate(SITE, None, LotSegment(WORKS, "cpv_avis", "45000000")).central == 630


def test_without_an_amount_nothing_is_computed_and_it_is_said():
    found = estimate(replace(SITE, amount=None), None, LotSegment(WORKS, "cpv_avis", "45000000"))
    assert (found.low, found.central, found.high) == (None, None, None)
    assert found.ask
