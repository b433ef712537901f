from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from scanner.approach import Contract, Renewal
from scanner.opportunity.renewals import counts, expected, later

TODAY = date(2026, 11, 22)
AWARD = Contract(
    "avis:boamp:24-1#1", "avis", "1", "boamp:24-1", "Commune de Valmont", "216901234", "21690123400015",
    "Entretien des espaces verts", "77310000", ("69",), date(2024, 9, 1), "stated", 24, 12, None, 180_000.0,
    ("Jardins du Val",), "undetected", url="https://exemple.fr/avis/24-1", email="marches@valmont.example",
)  # fmt: skip
DECLARED = Contract(
    "decp:21690123400015/2024-07", "decp", "2024-07", "", "VALMONT", "216901234", "21690123400015", "Espaces verts",
    "77310000", ("69",), date(2024, 8, 12), "notified", 24, None, None, 180_000.0, ("JARDINS DU VAL",), "none",
)  # fmt: skip


def one(contract: Contract, today: date = TODAY, **options: int) -> Renewal:
    (found,) = expected([contract], today=today, **options)
    return found


def test_the_probable_end_counts_the_renewals_and_the_firm_end_is_told_beside_it():
    found = one(AWARD)
    assert (found.firm_end, found.end) == (date(2026, 9, 1), date(2027, 9, 1))
    assert (found.first_call, found.last_call) == (date(2026, 9, 1), date(2026, 12, 1))
    assert found.state == "a_appeler" and found.confidence == 100 and found.level == "bonne" and found.reasons == ()
    assert found.when == (
        "fin probable le 01/09/2027, dans 9 mois environ ; à appeler d'ici le 01/12/2026"
        " ; fin possible dès le 01/09/2026 sans reconduction"
    )


@pytest.mark.parametrize(("today", "state"), [
    (date(2026, 8, 31), "a_venir"), (date(2026, 9, 1), "a_appeler"), (date(2026, 12, 1), "a_appeler"),
    (date(2026, 12, 2), "tard"), (date(2027, 9, 1), "tard"), (date(2027, 9, 2), "termine"),
])  # fmt: skip
def test_both_edges_of_the_window_to_call_and_of_the_end(today, state):
    assert one(AWARD, today).state == state


@pytest.mark.parametrize(("today", "listed"), [
    (date(2026, 2, 28), False), (date(2026, 3, 1), True), (date(2027, 12, 1), True), (date(2027, 12, 2), False),
])  # fmt: skip
def test_both_edges_of_the_horizon(today, listed):
    assert bool(expected([AWARD], today=today, horizon_months=18)) is listed


@pytest.mark.parametrize(("start", "months", "end"), [
    (date(2026, 1, 31), 1, date(2026, 2, 28)), (date(2024, 2, 29), 12, date(2025, 2, 28)),
    (date(2026, 1, 15), 36, date(2029, 1, 15)), (date(2026, 1, 1), 1.5, date(2026, 2, 16)),
    (date(2026, 1, 31), -11, date(2025, 2, 28)),
])  # fmt: skip
def test_months_are_added_without_overflowing_into_the_next_one(start, months, end):
    assert later(start, months) == end


def test_an_end_that_the_notice_states_is_not_computed():
    found = one(replace(AWARD, end=date(2027, 6, 30), months=None, start=None, renewal_months=0))
    assert (found.firm_end, found.end, found.confidence) == (date(2027, 6, 30), date(2027, 6, 30), 100)


def test_each_doubt_lowers_the_confidence_and_is_told():
    published = one(replace(AWARD, start_basis="published"))
    assert published.confidence == 75 and "date de parution de l'avis d'attribution" in published.reasons[0]
    unknown = one(replace(AWARD, renewal_months=None, months=36))
    assert unknown.confidence == 80 and unknown.end == date(2027, 9, 1)
    assert unknown.reasons == ("reconductions inconnues : la fin peut être plus tardive",)
    assert one(replace(AWARD, renewal_months=None, months=36, start_basis="published")).confidence == 55
    declared = one(replace(DECLARED, months=36, anomalies=("montant_suspect",)))
    assert declared.confidence == 100 - 5 - 5 - 20 - 15 and declared.level == "moyenne"
    assert "déclaration DECP à vérifier : montant suspect" in declared.reasons
    assert "durée arrondie au mois (DECP)" in declared.reasons
    assert "durée arrondie au mois (DECP)" not in unknown.reasons


def test_a_fraction_of_a_month_is_told():
    found = one(replace(AWARD, months=24.5))
    assert found.confidence == 95 and "nombre entier de mois" in found.reasons[0]


def test_an_unknown_duration_is_listed_last_counted_and_says_what_to_ask():
    silent = replace(AWARD, id="avis:boamp:24-2", months=None, renewal_months=None, title="Gardiennage")
    found = expected([silent, AWARD], today=TODAY)
    assert [one.state for one in found] == ["a_appeler", "inconnu"]
    assert found[1].end is None and found[1].confidence == 0
    assert found[1].when == "fin inconnue : durée inconnue, à demander à l'acheteur"
    assert found[1].say.startswith("Quand s'achève votre marché « Gardiennage » ?")
    assert counts(found)["inconnu"] == 1 and counts(found)["a_appeler"] == 1 and counts(found)["tard"] == 0


@pytest.mark.parametrize(("changes", "why"), [
    ({"start": None}, "date de début inconnue"), ({"months": 0}, "durée inconnue"),
    ({"anomalies": ("date_future",)}, "date ou durée anormale dans la déclaration : date future"),
    ({"anomalies": ("duree_demesuree",)}, "date ou durée anormale dans la déclaration : duree demesuree"),
])  # fmt: skip
def test_an_end_that_cannot_be_computed_says_why(changes, why):
    found = one(replace(DECLARED, **changes))
    assert found.state == "inconnu" and found.reasons[0] == why


def test_an_old_date_is_doubtful_but_usable():
    assert one(replace(DECLARED, months=36, anomalies=("date_ancienne",))).end == date(2027, 8, 12)


def test_the_same_contract_in_both_sources_is_one_and_marked():
    found = one_of([AWARD, DECLARED])
    assert found.merged == ("decp:21690123400015/2024-07",)
    assert found.contract.id == AWARD.id and found.end == date(2027, 9, 1)
    assert any("le montant et le titulaire : à vérifier" in reason for reason in found.reasons)
    assert found.contract.social == "none", "ce que la déclaration dit complète un avis où rien n'a été détecté"


def test_declared_data_complete_a_notice_without_duration_nor_day():
    silent = replace(AWARD, months=None, start=date(2024, 9, 10), start_basis="published")
    found = one_of([silent, replace(DECLARED, months=24)])
    assert found.contract.start == date(2024, 8, 12) and found.contract.start_basis == "notified"
    assert found.end == date(2027, 8, 12) and "durée arrondie au mois (DECP)" in found.reasons


def test_a_bad_declaration_takes_nothing_away_from_the_notice():
    found = one_of([AWARD, replace(DECLARED, anomalies=("duree_demesuree",))])
    assert found.end == date(2027, 9, 1) and found.merged


def test_two_durations_that_disagree_are_told():
    found = one_of([AWARD, replace(DECLARED, months=36)])
    assert "durées différentes selon la source : 24 mois dans l'avis, 36 dans les DECP" in found.reasons
    assert found.confidence == 100 - 5 - 20
    assert one_of([AWARD, replace(DECLARED, months=25)]).confidence == 95


@pytest.mark.parametrize("changes", [
    {"siren": "216901235"}, {"cpv": "77340000"}, {"start": date(2024, 5, 31)}, {"siren": None}, {"cpv": ""},
    {"amount": 190_000.0, "holders": ("Autre titulaire",)}, {"amount": None, "holders": ()},
    {"amount": 190_000.0},
])  # fmt: skip
def test_anything_that_differs_keeps_two_contracts(changes):
    found = expected([replace(AWARD, start=date(2024, 9, 1)), replace(DECLARED, months=30, **changes)], today=TODAY)
    assert len(found) == 2 and not any(one.merged for one in found)


@pytest.mark.parametrize("changes", [
    {"start": date(2024, 6, 1)}, {"amount": 181_800.0, "holders": ()}, {"amount": None}, {"cpv": "77314000"},
])  # fmt: skip
def test_the_other_side_of_each_threshold_joins(changes):
    contract = replace(DECLARED, **changes)
    awarded = replace(AWARD, cpv="77313000") if "cpv" in changes else AWARD
    assert bool(one_of([awarded, contract]).merged) is ("cpv" not in changes)
    assert len(expected([awarded, replace(contract, cpv="77313100", months=30)], today=TODAY)) == (
        1 if "cpv" in changes else 2
    )


def test_two_candidates_are_never_chosen_between():
    twin = replace(DECLARED, id="decp:21690123400015/2024-08", months=30)
    found = expected([AWARD, replace(DECLARED, months=30), twin], today=TODAY)
    assert len(found) == 3 and not any(one.merged for one in found)
    doubles = {one.contract.id: one.doubles for one in found}
    assert doubles[AWARD.id] == ("decp:21690123400015/2024-07", "decp:21690123400015/2024-08")
    assert doubles[twin.id] == (AWARD.id,)
    assert any("peut-être le même marché que" in reason for reason in found[0].reasons)


def test_a_common_holder_under_another_amount_is_only_a_doubt():
    found = expected([AWARD, replace(DECLARED, amount=720_000.0, months=30)], today=TODAY)
    assert [one.doubles for one in found if one.contract.source == "avis"] == [("decp:21690123400015/2024-07",)]


def test_the_words_follow_what_is_known_of_the_social_content():
    said = {social: one(replace(AWARD, social=social)).say for social in ("reserved", "clause", "undetected")}
    assert "Il était réservé" in said["reserved"] and "Il portait une clause sociale" in said["clause"]
    assert "Aucune clause n'a été détectée dans son avis" in said["undetected"]
    assert all(text.startswith("Votre marché « Entretien des espaces verts » s'achève dans 9 mois") for text in
               said.values())  # fmt: skip


def test_the_order_of_the_input_changes_nothing():
    others = [replace(AWARD, id=f"avis:boamp:24-{n}", buyer=f"Commune {n}", months=24 + n % 3) for n in range(9)]
    assert expected(others, today=TODAY) == expected(reversed(others), today=TODAY)
    ends = [one.end for one in expected(others, today=TODAY)]
    assert ends == sorted(ends)


def one_of(contracts: list[Contract]) -> Renewal:
    (found,) = expected(contracts, today=TODAY)
    return found
