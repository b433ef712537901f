from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from scanner.appraisal import LotSegment, Segment
from scanner.datafile import DataFileError
from scanner.ess import ess_services
from scanner.finding import Finding
from scanner.notice import Amount, Buyer, Coded, Lot, Notice, Passage
from scanner.opportunity.buyer_kind import KINDS, buyer_class, buyer_kind, kind_of, names, rule_of
from scanner.opportunity.law import check
from scanner.opportunity.nature import titled_concession
from scanner.opportunity.rules import law, nature_rules
from scanner.opportunity.thresholds import TABLE, load, select

NBSP = "\u202f"
TOWN, MINISTRY, NOBODY = Buyer("Commune de Valmont"), Buyer("Ministère de la Culture"), Buyer("Les Amis de Valmont")
#: A services call of a commune, worth 300 000 €, sent a week after the duty began.
NOTICE = Notice(
    "boamp:26-1", "boamp", "26-1", "call", date(2026, 9, 1), "Nettoyage des locaux", buyers=(TOWN,),
    cpv=("90910000",), contract_types=("services",), procedure="adaptée", family="FNS", shape="fnsimple",
    amount=Amount(value=300_000), sent=date(2026, 8, 28), duration_months=24, renewal_months=0,
)  # fmt: skip
WORKS = replace(NOTICE, cpv=("45000000",), contract_types=("travaux",), amount=Amount(value=6_000_000))


def duty(notice=NOTICE, *, lot=None, findings=(), status="rien", segment=None, thresholds=None, **change):
    return check(replace(notice, **change), lot, findings, status, segment, thresholds).duty


def opening(label, notice=NOTICE, *, lot=None, **change):
    found = check(replace(notice, **change), lot, (), "rien", None).openings
    return next(one for one in found if one.label == label)


def trade(*reasons):
    return LotSegment(Segment("09", "", "inadapte", (), (), 5, "A_CONFIRMER", (), "faible", reasons, ""), "cpv_avis")


def finding(label, reading="affirmed", **change):
    return replace(Finding(label, reading, None, "conditions", None, None, None, "", "r"), **change)


# Both sides of each amount, date, buyer


@pytest.mark.parametrize(("buyer", "amount", "code"), [
    (MINISTRY, 139_999, "non_soumis"), (MINISTRY, 140_000, "a_verifier"),
    (TOWN, 140_000, "non_soumis"), (TOWN, 215_999, "non_soumis"), (TOWN, 216_000, "a_verifier"),
    (Buyer("Grand port maritime de Valmont"), 431_999, "non_soumis"),
    (Buyer("Grand port maritime de Valmont"), 432_000, "a_verifier"),
])  # fmt: skip
def test_the_threshold_of_2026_by_buyer(buyer, amount, code):
    assert duty(buyers=(buyer,), amount=Amount(value=amount)).code == code


@pytest.mark.parametrize(("amount", "code"), [(5_403_999, "non_soumis"), (5_404_000, "a_verifier")])
def test_the_threshold_of_works_is_the_same_for_all(amount, code):
    for buyer in (TOWN, MINISTRY, NOBODY):
        assert duty(WORKS, buyers=(buyer,), amount=Amount(value=amount)).code == code


@pytest.mark.parametrize(("day", "amount"), [
    (date(2025, 12, 31), 221_000), (date(2026, 1, 1), 216_000), (date(2023, 12, 31), 215_000),
    (date(2024, 1, 1), 221_000), (date(2019, 12, 31), 221_000), (date(2020, 1, 1), 214_000),
])  # fmt: skip
def test_the_threshold_is_that_of_the_day(day, amount):
    line = select(load(), day, "fournitures_services", "pa_autre")
    assert line is not None and line.amount == amount


def test_the_threshold_shown_is_that_of_the_day_sent():
    assert duty(sent=date(2025, 12, 31), amount=Amount(value=216_000)).code == "non_soumis"
    assert duty(sent=date(2026, 1, 1), amount=Amount(value=216_000)).code == "anterieur"


@pytest.mark.parametrize(("sent", "code"), [
    (date(2026, 8, 20), "anterieur"), (date(2026, 8, 21), "limite"), (date(2026, 8, 22), "a_verifier"),
])  # fmt: skip
def test_the_day_the_duty_begins(sent, code):
    found = duty(sent=sent)
    assert found.code == code
    assert any("à vérifier sur Légifrance" in note for note in found.notes)


def test_the_day_of_publication_is_used_when_that_of_sending_is_unknown_and_it_is_told():
    known, unknown = duty(), duty(sent=None, published=date(2026, 8, 20))
    assert unknown.code == "anterieur"
    assert "date d'envoi inconnue : date de parution retenue" in unknown.notes
    assert "date de parution : 20/08/2026" in unknown.facts
    assert "date d'envoi : 28/08/2026" in known.facts
    assert not any("date d'envoi inconnue" in note for note in known.notes)


def test_a_day_without_threshold_is_told():
    found = duty(sent=date(2028, 1, 1))
    assert found.code == "indetermine" and "aucun seuil connu au 01/01/2028" in found.text


def test_an_old_threshold_that_nobody_read_is_to_be_verified():
    assert "seuil historique à vérifier" in duty(sent=date(2021, 3, 1)).notes
    assert "seuil historique à vérifier" not in duty(sent=date(2022, 3, 1)).notes


# The unknown


@pytest.mark.parametrize(("amount", "code"), [
    (139_999, "non_soumis"), (140_000, "indetermine"), (215_999, "indetermine"), (216_000, "a_verifier"),
])  # fmt: skip
def test_an_unknown_buyer_is_tried_as_both(amount, code):
    found = duty(buyers=(NOBODY,), amount=Amount(value=amount))
    assert found.code == code
    assert ("selon le type d'acheteur" in found.text) == (code == "indetermine")
    assert "type d'acheteur inconnu" in found.facts


def test_an_unknown_buyer_may_be_a_network_operator_and_it_is_told():
    told = f"seuil de 432{NBSP}000 € HT si l'acheteur est une entité adjudicatrice"
    assert told in duty(buyers=(NOBODY,)).notes
    assert told not in duty(buyers=(NOBODY,), amount=Amount(value=432_000)).notes
    assert told not in duty().notes


@pytest.mark.parametrize(("change", "code"), [
    ({"procedure": "ouverte"}, "presume_soumis_a_verifier"),
    ({"procedure": "ouverte", "family": "MAPA"}, "indetermine"),
    ({"family": "JOUE"}, "presume_soumis_a_verifier"),
    ({"source": "ted", "family": ""}, "presume_soumis_a_verifier"),
    ({}, "indetermine"),
    ({"sent": date(2026, 8, 20)}, "anterieur"),
])  # fmt: skip
def test_an_unknown_amount_is_never_a_no(change, code):
    found = duty(amount=None, **change)
    assert found.code == code
    assert code == "anterieur" or "montant inconnu" in found.text
    assert "montant inconnu" in found.facts


@pytest.mark.parametrize("amount", [
    Amount(value=300_000, currency="XPF"), Amount(value=0), Amount(value=1), Amount(),
])  # fmt: skip
def test_an_amount_that_tells_nothing_is_unknown(amount):
    assert duty(amount=amount).code == "indetermine"


@pytest.mark.parametrize(("amount", "technique", "code"), [
    (Amount(low=100_000, high=215_999), "", "non_soumis"),
    (Amount(low=100_000, high=216_000), "", "indetermine"),
    (Amount(low=216_000, high=400_000), "", "a_verifier"),
    (Amount(low=100_000, high=216_000), "accord-cadre", "a_verifier"),
    (Amount(high=100_000), "", "non_soumis"),
    (Amount(low=100_000), "", "indetermine"),
    (Amount(floor=300_000), "accord-cadre", "a_verifier"),
    (Amount(value=100_000, ceiling=216_000), "accord-cadre", "a_verifier"),
    (Amount(ceiling=215_999), "accord-cadre", "non_soumis"),
])  # fmt: skip
def test_a_bracket_and_the_maximum_of_a_framework(amount, technique, code):
    assert duty(amount=amount, technique=technique).code == code


def test_a_bracket_on_both_sides_is_told():
    found = duty(amount=Amount(low=100_000, high=400_000))
    assert f"fourchette de 100{NBSP}000 € à 400{NBSP}000 € HT, de part et d'autre du seuil" in found.text
    found = duty(amount=Amount(low=100_000, high=400_000), family="JOUE")
    assert found.code == "presume_soumis_a_verifier" and "fourchette" in found.text


def test_works_or_services_unknown_is_told():
    mixed = duty(contract_types=("travaux", "services"), amount=Amount(value=1_000_000))
    assert mixed.code == "indetermine" and "selon la nature du marché" in mixed.text
    assert duty(contract_types=("travaux", "services"), amount=Amount(value=5_404_000)).code == "a_verifier"
    assert duty(contract_types=(), cpv=(), amount=Amount(value=1_000_000)).code == "indetermine"
    assert duty(contract_types=(), cpv=("45210000",), amount=Amount(value=1_000_000)).code == "non_soumis"
    assert duty(contract_types=(), cpv=("90910000",), amount=Amount(value=1_000_000)).code == "a_verifier"


# The whole need


def lots(*values, **change):
    return tuple(Lot(str(n), amount=None if v is None else Amount(value=v), **change) for n, v in enumerate(values, 1))


@pytest.mark.parametrize(("total", "parts", "code"), [
    (None, (100_000, 115_999), "non_soumis"), (None, (100_000, 116_000), "a_verifier"),
    (None, (100_000, None), "indetermine"), (None, (216_000, None), "a_verifier"),
    (300_000, (100_000, None), "a_verifier"), (100_000, (150_000, 150_000), "indetermine"),
])  # fmt: skip
def test_all_lots_count_together(total, parts, code):
    amount = None if total is None else Amount(value=total)
    several = lots(*parts)
    assert duty(amount=amount, lots=several, lot=several[0]).code == code


def test_lots_partly_priced_are_told():
    found = duty(amount=None, lots=lots(100_000, None))
    assert f"au moins 100{NBSP}000 €" in found.text
    assert any("lots chiffrés : 1 sur 2" in fact for fact in found.facts)


@pytest.mark.parametrize(("change", "code"), [
    ({"renewal_months": 0}, "non_soumis"), ({"renewal_months": None}, "non_soumis"),
    ({"renewal_months": 12}, "non_soumis"), ({"renewal_months": 36}, "indetermine"),
    ({"renewal_months": 36, "shape": "eforms"}, "non_soumis"),
    ({"renewal_months": 12, "duration_months": None}, "indetermine"),
    ({"renewal_months": None, "lots": (Lot("1", renewals="Reconductible trois fois"),)}, "indetermine"),
    ({"renewal_months": None, "lots": (Lot("1", renewals="Non reconductible"),)}, "non_soumis"),
])  # fmt: skip
def test_renewals_that_the_amount_may_leave_out(change, code):
    found = duty(amount=Amount(value=100_000), **change)
    assert found.code == code
    assert ("reconductions sont comprises" in found.text) == (code == "indetermine")
    if change["renewal_months"] is None:
        assert any("reconductions" in fact for fact in found.facts)


def test_a_small_amount_at_the_joue_is_doubted():
    small = {"amount": Amount(value=50_000)}
    assert any("montant à vérifier" in note for note in duty(family="JOUE", **small).notes)
    assert not any("montant à vérifier" in note for note in duty(**small).notes)


# What the notice already says


@pytest.mark.parametrize(("label", "reading", "code"), [
    ("clause_insertion", "affirmed", "rempli_a_premiere_vue"),
    ("clause_formation_stage", "affirmed", "rempli_a_premiere_vue"),
    ("reserve_siae", "affirmed", "rempli_a_premiere_vue"),
    ("clause_sociale_generique", "affirmed", "rempli_generique"),
    ("critere_social", "affirmed", "a_verifier"), ("clause_insertion", "conditional", "a_verifier"),
    ("clause_insertion", "denied", "a_verifier"), ("reserve_indetermine", "denied", "a_verifier"),
])  # fmt: skip
def test_what_was_detected_answers_the_duty_or_not(label, reading, code):
    assert duty(findings=[finding(label, reading)]).code == code


@pytest.mark.parametrize(("status", "code", "told"), [
    ("rien", "a_verifier", "aucune détectée dans l'avis"), ("non_lu", "a_verifier", "avis non lu en entier"),
    ("facultatif", "a_verifier", "clause seulement facultative"), ("critere", "a_verifier", "critère social annoncé"),
    ("mention", "rempli_generique", "heures, périmètre et facilitateur à demander"),
    ("clause", "rempli_a_premiere_vue", "à première vue"),
])  # fmt: skip
def test_the_status_of_the_lot_is_told(status, code, told):
    found = duty(status=status)
    assert found.code == code and told in found.text


def test_the_wording_when_nothing_was_detected():
    assert duty().text == "à vérifier : obligation de considération sociale, aucune détectée dans l'avis"


def test_what_the_second_reader_proposes_does_not_answer_the_duty():
    assert duty(findings=[finding("clause_insertion", proposed=True)]).code == "a_verifier"


def test_detection_does_not_make_a_small_contract_subject():
    small = {"amount": Amount(value=50_000), "findings": [finding("clause_insertion")]}
    assert duty(**small).code == "non_soumis"


def test_a_clause_at_an_unknown_amount_keeps_its_doubt():
    found = duty(amount=None, family="JOUE", findings=[finding("clause_insertion")])
    assert found.code == "rempli_a_premiere_vue" and "montant inconnu" in found.notes


DENIAL = "Aucune clause sociale n'est prévue."
REASON = "Le marché ne présente pas de lien suffisant avec l'insertion."


@pytest.mark.parametrize(("text", "code"), [
    (f"{DENIAL} {REASON}", "derogation_invoquee"), (DENIAL, "a_verifier"),
    (f"{DENIAL} {'Le dépôt des plis est électronique. ' * 20} {REASON}", "a_verifier"),
])  # fmt: skip
def test_an_absence_is_a_derogation_only_with_a_reason_next_to_it(text, code):
    told = finding(
        "clause_sociale_generique", "denied", passage=0, start=0, end=len(DENIAL), quote=DENIAL
    )  # fmt: skip
    found = duty(passages=(Passage("conditions", None, text),), findings=[told])
    assert found.code == code
    if code == "derogation_invoquee":
        assert REASON in found.text and DENIAL in found.text
    else:
        assert "absence annoncée dans l'avis, sans motif lu" in found.text


# Derogations


@pytest.mark.parametrize(("months", "listed"), [(5.9, True), (6, False), (None, False)])
def test_short_works(months, listed):
    found = duty(WORKS, duration_months=months)
    assert any("travaux de moins de six mois" in one for one in found.derogations) is listed
    assert any("durée inconnue" in note for note in found.notes) is (months is None)
    assert not duty(duration_months=5).derogations  # services


def test_the_duration_of_the_lot_comes_first():
    short = Lot("1", duration_months=4)
    assert duty(WORKS, lots=(short,), lot=short).derogations
    assert not duty(WORKS, lots=(short,)).derogations


def test_derogations_that_the_trade_lets_suppose_keep_their_doubt():
    found = duty(segment=trade("SOLUTION_IMMEDIATE", "PEU_MAIN_OEUVRE", "TRAVAUX_COURTS"))
    assert found.derogations == (
        "dérogation possible — libellé à vérifier (art. L2112-2-1) : solution immédiatement disponible",
    )
    assert not duty(segment=trade("SOLUTION_IMMEDIATE"), amount=Amount(value=1_000)).derogations


# Concessions, social services, defence


@pytest.mark.parametrize(("change", "amount", "code"), [
    ({"procedure": "concession"}, 5_403_999, "non_soumis"), ({"procedure": "concession"}, 5_404_000, "a_verifier"),
    ({"family": "DSP"}, 5_404_000, "a_verifier"),
    ({"coded": (Coded("legal-basis", None, "32014L0023"),)}, 5_403_999, "non_soumis"),
])  # fmt: skip
def test_a_concession_has_its_own_article_and_threshold(change, amount, code):
    found = duty(amount=Amount(value=amount), segment=trade("SOLUTION_IMMEDIATE", "LIEN_INSUFFISANT"), **change)
    assert (found.code, found.article, found.nature) == (code, "L3114-2-1", "concession")
    if code == "a_verifier":
        assert len(found.derogations) == 1 and "lien insuffisant" in found.derogations[0]


def test_a_title_tells_a_concession_from_advice_about_one():
    cases = nature_rules()["concession"]["cases"]
    assert all(map(titled_concession, cases["fits"])) and not any(map(titled_concession, cases["other"]))


@pytest.mark.parametrize(("amount", "code"), [
    (215_999, "non_soumis"), (216_000, "indetermine"), (749_999, "indetermine"), (750_000, "a_verifier"),
])  # fmt: skip
def test_the_threshold_of_social_services_is_doubtful(amount, code):
    found = duty(cpv=("85312000",), amount=Amount(value=amount))
    assert found.code == code
    assert ("seuil services sociaux à vérifier" in found.notes) is (code == "indetermine")


@pytest.mark.parametrize("coded", [("legal-basis", "32009L0081"), ("notice-subtype", "18")])
def test_a_defence_contract_is_outside(coded):
    found = duty(coded=(Coded(coded[0], None, coded[1]),))
    assert found.code == "hors_champ"


BOILERPLATE = "Le candidat, pour les marchés publics de défense ou de sécurité, produit une attestation."
PLAIN = "Le présent contrat est un marché de défense ou de sécurité."


@pytest.mark.parametrize(("cpv", "text", "code", "doubt"), [
    ("35331000", PLAIN, "hors_champ", False),
    ("35331000", BOILERPLATE, "a_verifier", True),
    ("35111000", BOILERPLATE, "a_verifier", False),
    ("90910000", PLAIN, "a_verifier", False),
])  # fmt: skip
def test_words_or_cpv_alone_do_not_make_it_defence(cpv, text, code, doubt):
    found = duty(cpv=(cpv,), passages=(Passage("participation", None, text),))
    assert found.code == code
    assert any("peut-être un marché de défense" in note for note in found.notes) is doubt


def test_cleaning_for_the_army_may_be_defence_and_stays_in_the_list():
    found = duty(coded=(Coded("main-activity", None, "defence"),))
    assert found.code == "a_verifier" and any("peut-être un marché de défense" in note for note in found.notes)


def test_no_word_of_accusation():
    assert "infraction" not in str(law())


# Reservations


@pytest.mark.parametrize("amount", [None, Amount(value=1_000), Amount(value=9_000_000)])
def test_reservations_are_open_whatever_the_amount(amount):
    for label, article in (
        ("reserve_ea_esat", "L2113-12"), ("reserve_siae", "L2113-13"), ("reserve_cumul", "L2113-14"),
        ("reserve_penitentiaire", "L2113-13-1"),
    ):  # fmt: skip
        found = opening(label, amount=amount)
        assert (found.answer, found.article) == ("ouverte", article)


def test_reservations_of_a_concession():
    answers = {one.label: one.answer for one in check(replace(NOTICE, family="DSP"), None, (), "rien", None).openings}
    assert answers == {"reserve_ea_esat": "ouverte"} | dict.fromkeys(
        ("reserve_siae", "reserve_cumul", "reserve_penitentiaire", "reserve_ess"), "a_verifier"
    )
    assert "cumul non ouvert aux concessions : à vérifier" in opening("reserve_cumul", family="DSP").text


@pytest.mark.parametrize(("cpv", "answer", "told"), [
    (("85312000",), "ouverte", "services de la liste"), (("85312000-9",), "ouverte", "services de la liste"),
    (("80110000",), "ouverte", "services de la liste"),
    (("80111000",), "a_verifier", "précise un service de la liste"),
    (("80100000",), "fermee", "n'est pas un service de la liste"),
    (("90910000",), "fermee", "n'est pas un service de la liste"),
    (("85312000", "90910000"), "a_verifier", "en partie seulement (CPV 90910000)"),
    ((), "a_verifier", "aucun CPV"),
])  # fmt: skip
def test_ess_by_cpv(cpv, answer, told):
    found = opening("reserve_ess", cpv=cpv)
    assert found.answer == answer and told in found.text
    assert answer == "fermee" or "réservation ESS : durée et liste des services à vérifier" in found.text


def test_ess_of_a_lot_whose_cpv_is_not_known():
    two = (Lot("1"), Lot("2", cpv=("85312000",)))
    assert opening("reserve_ess", lots=two, lot=two[0]).answer == "a_verifier"
    assert opening("reserve_ess", lots=two, lot=two[1]).answer == "ouverte"


@pytest.mark.parametrize(("months", "more", "answer", "told"), [
    (36, 0, "ouverte", ""), (37, 0, "a_verifier", "supérieure à trois ans"), (24, 12, "ouverte", ""),
    (24, 13, "a_verifier", "supérieure à trois ans"), (None, 37, "a_verifier", "supérieure à trois ans"),
    (None, None, "ouverte", "durée inconnue"), (24, None, "ouverte", "reconductions inconnues"),
])  # fmt: skip
def test_ess_for_three_years_at_most(months, more, answer, told):
    found = opening("reserve_ess", cpv=("85312000",), duration_months=months, renewal_months=more)
    assert found.answer == answer and told in found.text
    assert bool(told) or "ans" not in found.text


@pytest.mark.parametrize(("buyer", "answer"), [
    (TOWN, "ouverte"), (MINISTRY, "ouverte"), (NOBODY, "a_verifier"), (Buyer("SNCF Réseau"), "a_verifier"),
])  # fmt: skip
def test_ess_for_contracting_authorities_only(buyer, answer):
    found = opening("reserve_ess", cpv=("85312000",), buyers=(buyer,))
    assert found.answer == answer and ("acheteur : à vérifier" in found.text) is (answer == "a_verifier")


def test_the_list_of_services_is_whole():
    listed = ess_services()
    assert len(listed) == 115 and "85312110" in listed and "79620000" not in listed


# Buyers


@pytest.mark.parametrize("rule", names(), ids=lambda rule: rule.kind)
def test_each_rule_on_names_has_its_counter_example(rule):
    assert rule.kind in KINDS
    assert [name for name in rule.good if rule_of(name) is not rule] == []
    assert [name for name in rule.other if rule_of(name) is rule] == []


@pytest.mark.parametrize(("name", "coded", "found"), [
    ("Valmont", (("buyer-legal-type", "la"),), "pa_autre"),
    ("Valmont", (("buyer-legal-type", "cga"),), "pa_central"),
    ("Valmont", (("buyer-legal-type", "body-pl"),), ""),
    ("Centre hospitalier de Valmont", (("buyer-legal-type", "body-pl"),), "pa_autre"),
    ("Commune de Valmont", (("buyer-legal-type", "cga"),), ""),
    ("Commune de Valmont", (("main-activity", "water"),), "entite_adjudicatrice"),
    ("Commune de Valmont", (("main-activity", "gen-pub"),), "pa_autre"),
    ("Commune de Valmont", (("main-activity", "water"), ("legal-basis", "32014L0024")), "pa_autre"),
    ("SNCF Réseau", (("legal-basis", "32014L0024"),), ""),
    ("Valmont", (("legal-basis", "32014L0025"),), "entite_adjudicatrice"),
    ("Valmont", (("buyer-legal-type", "inconnu"),), ""),
    ("Ville de Valmont - Régie des eaux", (), ""),
    ("Université de Valmont", (), ""),
    ("", (), ""),
])  # fmt: skip
def test_the_class_of_a_buyer(name, coded, found):
    facts = tuple(Coded(field, None, value) for field, value in coded)
    assert buyer_class(replace(NOTICE, buyers=(Buyer(name),), coded=facts)) == found


def test_a_group_of_buyers_of_two_classes_is_unknown():
    assert buyer_class(replace(NOTICE, buyers=(TOWN, MINISTRY))) == ""
    assert buyer_class(replace(NOTICE, buyers=(TOWN, NOBODY))) == ""
    assert buyer_class(replace(NOTICE, buyers=(TOWN, Buyer("Ville de Valbon")))) == "pa_autre"
    assert buyer_class(replace(NOTICE, buyers=())) == ""


@pytest.mark.parametrize(("name", "codes", "kind"), [
    ("VILLE DE VALMONT", (), "commune"), ("CC du Pays de Valmont", (), "EPCI"), ("Valmont", (), ""),
    ("Valmont", ("cga",), "État"), ("Valmont", ("water",), "entité adjudicatrice"), ("Valmont", ("gen-pub",), ""),
    ("Commune de Valmont", ("water",), "commune"), ("Valmont", ("DEPARTEMENT",), "département"),
])  # fmt: skip
def test_the_kind_of_a_buyer(name, codes, kind):
    assert buyer_kind(name, codes) == kind


def test_the_kind_of_the_buyer_of_a_notice():
    assert kind_of(NOTICE) == "commune"
    assert kind_of(replace(NOTICE, buyers=(), coded=(Coded("buyer-legal-type", None, "cga"),))) == "État"


# The user's own table


def test_the_user_may_bring_thresholds(tmp_path: Path):
    mine = tmp_path / "seuils.tsv"
    mine.write_text(TABLE.read_text(encoding="utf-8").replace("\t216000\t", "\t300001\t"), encoding="utf-8")
    assert duty(thresholds=load(mine)).code == "non_soumis"
    assert duty().code == "a_verifier"


@pytest.mark.parametrize(("old", "new", "told"), [
    ("\t216000\t", "\tbeaucoup\t", "illisible"), ("\tpa_central\t", "\tcentral\t", "« central » inconnu"),
    ("valid_from\t", "debut\t", "ligne 1"), ("2022-01-01\t2023-12-31", "2022-01-01\t2024-06-30", "chevauche"),
])  # fmt: skip
def test_a_wrong_table_is_refused(tmp_path: Path, old, new, told):
    mine = tmp_path / "seuils.tsv"
    mine.write_text(TABLE.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(DataFileError, match=told):
        load(mine)
