from dataclasses import replace
from datetime import date

import pytest

from scanner.notice import Amount, Buyer, Notice
from scanner.opportunity.law import check

NOTICE = Notice(
    "boamp:26-1", "boamp", "26-1", "call", date(2026, 9, 1), "Nettoyage des locaux",
    buyers=(Buyer("Commune de Valrive"),),
    contract_types=("services",), sent=date(2026, 9, 1), amount=Amount(value=300_000), duration_months=12,
    cpv=("90910000",),
)  # fmt: skip


def code(**changes):
    return check(replace(NOTICE, **changes), None, (), "rien", None).duty.code


@pytest.mark.parametrize(("amount", "expected"), [(215_999, "non_soumis"), (216_000, "a_verifier")])
def test_the_duty_starts_at_the_european_threshold(amount, expected):
    assert code(amount=Amount(value=amount)) == expected


def test_a_notice_sent_before_the_law_is_told_so_and_an_unknown_amount_is_never_a_no():
    assert code(sent=date(2026, 8, 20)) == "anterieur"
    assert code(amount=None) in ("indetermine", "presume_soumis_a_verifier")
