from dataclasses import replace
from datetime import date

import pytest

from scanner.appraisal import Duty, HoursRange, LegalCheck, LotSegment, Opening, Segment, Supply
from scanner.notice import Amount, Lot, Notice
from scanner.opportunity.hours import assumptions, estimate
from scanner.opportunity.lever import choose
from scanner.opportunity.supply import around

LINEN = LotSegment(
    Segment("9831", "Blanchisserie", "diversification", ("reserve_cumul", "clause"), ("TH",), 55, "A_CONFIRMER",
            ("Entretien du linge",), "fort", (), ""),
    "cpv_lot", "98310000",
)  # fmt: skip
SITE = LotSegment(
    Segment("72413", "Sites web", "diversification", ("clause_petit_volume", "formation_stage"), ("jeunes diplômés",),
            85, "A_CONFIRMER", ("Prestations informatiques",), "moyen", (), ""),
    "cpv_lot", "72413000",
)  # fmt: skip
UNDIVIDED = Notice(
    "boamp:26-1", "boamp", "26-1", "call", date(2026, 11, 18), "Blanchisserie", departements=("34",),
    amount=Amount(value=100_000), duration_months=12,
)  # fmt: skip
LOTS = (Lot("1", amount=Amount(value=100_000)), Lot("2", amount=Amount(value=100_000)))
DIVIDED = replace(UNDIVIDED, amount=Amount(value=200_000), lots=LOTS)
HOURS = HoursRange(70, 140, 315)
FAMILIES = {"reserve_cumul": "L2113-14", "reserve_siae": "L2113-13", "reserve_ea_esat": "L2113-12"}


def law(**answers: str) -> LegalCheck:
    told = {**dict.fromkeys(FAMILIES, "ouverte"), **answers}
    openings = tuple(Opening(label, FAMILIES[label], answer, f"texte {label}") for label, answer in told.items())
    return LegalCheck(Duty("indetermine", "L2112-2-1", "montant inconnu"), openings)


def supply(count: int, turnover: float | None = 1_000_000, kinds=None) -> Supply:
    return Supply(count, kinds if kinds is not None else (("EI", count),), turnover)


def lever(found: Supply | None, notice=UNDIVIDED, lot=None, segment=LINEN, legal=None, hours=HOURS, figures=None):
    return choose(notice, lot, segment, legal or law(), hours, found, figures)


# --- the ladder ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "code"), [
    (0, "conseil"), (1, "conseil"), (2, "clause"), (10, "clause"), (11, "clause"), (30, "clause"),
    (31, "marche_reserve"),
])  # fmt: skip
def test_the_ladder_of_an_undivided_contract(count, code):
    assert lever(supply(count)).code == code


@pytest.mark.parametrize(("count", "code"), [
    (0, "conseil"), (1, "conseil"), (2, "clause"), (10, "clause"), (11, "lot_reserve"), (30, "lot_reserve"),
    (31, "lot_reserve"),
])  # fmt: skip
def test_the_ladder_of_a_lot_among_others(count, code):
    assert lever(supply(count), DIVIDED, LOTS[0]).code == code


def test_a_reservation_says_for_whom_and_why():
    found = lever(supply(31))
    assert found.text == "réserver le marché : réservation ouverte aux EA, ESAT et SIAE"
    assert found.reason == (
        "31 structures en mesure de répondre à la réservation (plus de 30) ; "
        "un an de marché pèse 10 % de leur chiffre d'affaires moyen"
    )
    assert found.devices == ("reserve_cumul", "clause") and found.warnings == ()


def test_many_structures_for_one_lot_among_others_are_told():
    found = lever(supply(31), DIVIDED, LOTS[0])
    assert any("lot par lot" in said for said in found.warnings)
    assert found.text.startswith("réserver le lot")


def test_a_lot_cannot_be_reserved_in_an_undivided_contract():
    found = lever(supply(11))
    assert found.code == "clause" and any("pas de lots séparables" in said for said in found.warnings)
    alone = replace(UNDIVIDED, lots=(LOTS[0],))
    assert lever(supply(11), alone, LOTS[0]).code == "clause"


def test_only_those_who_may_answer_count_for_a_reservation():
    kinds = (("GEIQ", 25), ("EI", 6))
    assert lever(supply(31, kinds=kinds)).code == "clause"
    several = replace(LINEN, segment=replace(LINEN.segment, devices=("reserve_siae", "reserve_ea_esat", "clause")))
    found = lever(supply(40, kinds=(("ESAT", 35), ("EI", 5))), segment=several)
    assert found.code == "marche_reserve" and found.text.endswith("réservation aux entreprises adaptées et ESAT")


@pytest.mark.parametrize(
    ("kind", "code"), [("ETTI", "clause"), ("AI", "clause"), ("EI", "conseil"), ("ESAT", "conseil")]
)
def test_one_structure_of_staffing_is_enough_for_a_clause(kind, code):
    assert lever(supply(1, kinds=((kind, 1),))).code == code


# --- dependency ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("euros", "code"), [(299_000, "marche_reserve"), (299_999, "marche_reserve"), (300_000, "clause")]
)
def test_the_guard_of_dependency(euros, code):
    found = lever(supply(31), replace(UNDIVIDED, amount=Amount(value=euros)))
    assert found.code == code
    guarded = code == "clause"
    assert (
        any("dépendance économique : ne pas proposer la réservation totale" in said for said in found.warnings)
        == guarded
    )
    assert any(device.startswith("reserve_") for device in found.devices) != guarded


def test_the_guard_holds_for_a_lot_too():
    lots = (replace(LOTS[0], amount=Amount(value=300_000)), LOTS[1])
    assert lever(supply(11), replace(DIVIDED, lots=lots), lots[0]).code == "clause"


@pytest.mark.parametrize(("months", "code"), [(12, "clause"), (24, "marche_reserve"), (None, "clause")])
def test_dependency_is_by_the_year_and_prudent_without_a_duration(months, code):
    notice = replace(UNDIVIDED, amount=Amount(value=400_000), duration_months=months)
    assert lever(supply(31), notice).code == code


def test_the_ceiling_weighs_in_the_dependency():
    assert lever(supply(31), replace(UNDIVIDED, amount=Amount(floor=10_000, ceiling=300_000))).code == "clause"


@pytest.mark.parametrize(
    ("notice", "turnover"), [(DIVIDED, None), (replace(DIVIDED, lots=(Lot("1"), Lot("2"))), 500_000)]
)
def test_an_unknown_dependency_is_never_taken_for_none(notice, turnover):
    found = lever(supply(31, turnover), notice, notice.lots[0])
    assert found.code == "lot_reserve" and "dépendance économique non évaluée" in found.warnings
    whole = lever(supply(31, None))
    assert whole.code == "clause" and "dépendance économique non évaluée" in whole.warnings


def test_a_lot_weighs_no_more_than_all_of_them():
    notice = replace(DIVIDED, lots=(Lot("1"), Lot("2")))  # 200 000 € for both
    found = lever(supply(31), notice, notice.lots[0])
    assert found.code == "lot_reserve" and "dépendance économique non évaluée" not in found.warnings


# --- the law ---------------------------------------------------------------------------------------------------------


def test_a_closed_reservation_is_never_proposed():
    found = lever(supply(31), legal=law(reserve_cumul="fermee"))
    assert found.code == "clause" and found.devices == ("clause",)
    assert any("texte reserve_cumul" in said for said in found.warnings)


def test_a_reservation_to_check_is_proposed_and_said():
    found = lever(supply(31), legal=law(reserve_cumul="a_verifier"))
    assert found.code == "marche_reserve" and any("à vérifier (texte reserve_cumul)" in said for said in found.warnings)


def test_a_reservation_that_the_law_was_not_asked_about_is_said():
    found = lever(supply(31), legal=LegalCheck(law().duty))
    assert found.code == "marche_reserve" and any("ouverture non examinée" in said for said in found.warnings)


# --- the notice and the hours ----------------------------------------------------------------------------------------


def test_without_a_directory_the_choice_stops_at_sourcing():
    found = lever(None)
    assert found.code == "clause" and "réservation" in found.text and "selon le sourcing" in found.text
    assert "aucun annuaire" in found.reason
    closed = lever(None, legal=law(reserve_cumul="fermee"))
    assert closed.code == "clause" and "réservation" not in closed.text


def test_an_empty_supply_for_want_of_a_place_is_no_proof():
    found = lever(around((), ["Entretien du linge"], []), replace(UNDIVIDED, departements=()))
    assert found.code == "clause" and "lieu d'exécution inconnu" in found.reason
    nowhere = replace(LINEN, segment=replace(LINEN.segment, sectors=()))
    assert "métier sans secteur" in lever(around((), [], ["34"]), segment=nowhere).reason


@pytest.mark.parametrize(("central", "code"), [(34, "formation"), (35, "clause"), (0, "formation")])
def test_a_clause_needs_a_week_at_the_central_rate(central, code):
    found = lever(supply(5), hours=HoursRange(0, central, 70))
    assert found.code == code
    assert ("moins de 35 h" in found.reason) == (code == "formation")


def test_unknown_hours_are_no_bar_to_a_clause_and_are_said():
    found = lever(supply(5), hours=HoursRange())
    assert found.code == "clause" and "volume d'heures inconnu" in found.reason


@pytest.mark.parametrize(("months", "code"), [(1.9, "formation"), (2, "clause"), (None, "clause")])
def test_a_clause_needs_two_months(months, code):
    found = lever(supply(5), replace(UNDIVIDED, duration_months=months))
    assert found.code == code
    assert any("durée inconnue" in said for said in found.warnings) == (months is None)


def test_the_users_own_minimum_is_kept():
    assert lever(supply(5), figures=assumptions({"heures_minimum": 140})).code == "clause"
    assert lever(supply(5), figures=assumptions({"heures_minimum": 175})).code == "formation"


@pytest.mark.parametrize(("found", "hours", "code"), [
    (supply(5), HOURS, "clause"), (supply(5), HoursRange(), "critere"), (supply(0), HOURS, "critere"),
    (None, HoursRange(), "critere"), (supply(5), HoursRange(0, 0, 35), "formation"),
])  # fmt: skip
def test_an_intellectual_service_has_a_criterion_where_no_clause_stands(found, hours, code):
    assert lever(found, segment=SITE, hours=hours).code == code


@pytest.mark.parametrize("kind", ["award", "modification", "cancellation", "intent"])
def test_after_the_award_only_advice_is_left(kind):
    found = lever(supply(31), replace(UNDIVIDED, kind=kind))
    assert found.code == "conseil" and "plus ouvert" in found.reason


def test_too_few_structures_call_for_a_reverse_sourcing():
    assert "sourcing inversé" in lever(supply(1)).reason


def test_a_trade_without_device_is_still_looked_at():
    bare = replace(LINEN, segment=replace(LINEN.segment, devices=()))
    found = lever(supply(31), segment=bare)
    assert found.code == "clause" and any("à étudier avec l'acheteur" in said for said in found.warnings)


def test_the_hours_told_are_those_estimated():
    hours = estimate(UNDIVIDED, None, LINEN)
    assert "de 0 à 70 h" in lever(supply(5), hours=hours).reason
    yearly = estimate(replace(UNDIVIDED, amount=Amount(value=1_600_000), duration_months=48), None, LINEN)
    assert "h par an" in lever(supply(5), hours=yearly).reason
