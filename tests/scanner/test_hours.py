from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from scanner.appraisal import HoursRange, LotSegment, Segment
from scanner.datafile import DataFileError
from scanner.notice import Amount, Lot, Notice, Passage
from scanner.opportunity.hours import assumptions, estimate

NOTICE = Notice("boamp:26-1", "boamp", "26-1", "call", date(2026, 11, 18), "Objet du marché")


def trade(prefix: str, family: str, share: int | None, status: str = "A_CONFIRMER", **more) -> LotSegment:
    row = Segment(prefix, "Métier", family, ("clause",), ("tous",), share, status, (), "fort", (), "")
    return LotSegment(replace(row, **more), "cpv_lot", prefix)


PAINTING = trade("454421", "classique", 70, "PUBLIE")
BUILDING = trade("45", "classique", 50, "PUBLIE")
OFFICES = trade("909192", "classique", 85)
GUARDS = trade("7971", "diversification", 88)
SITE = trade("72413", "diversification", 85)
GARDENS = trade("773", "classique", 70)
TRANSPORT = trade("60112", "diversification", 60)


def of(euros: float | None = None, **more) -> Notice:
    amount = Amount(value=euros) if euros is not None else None
    return replace(NOTICE, **{"amount": amount, **more})


def shown(found: HoursRange) -> tuple[int | None, int | None, int | None, str]:
    return found.low, found.central, found.high, found.per


def plain(texts) -> str:
    return "\n".join(texts).replace("\u202f", " ")


def total(found: HoursRange, months: float) -> list[float]:
    """Hours over the whole contract: numbers are only comparable over one and the same period."""
    years = months / 12 if found.per == "year" else 1
    return [(number or 0) * years for number in (found.low, found.central, found.high)]


# --- worked examples -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("cost", "raw", "central"), [(30, "833 h", 805), (38, "657 h", 630)])
def test_the_published_example_of_building_works(cost, raw, central):
    found = estimate(of(1_000_000), None, BUILDING, assumptions({"cout_horaire": cost}))
    assert found.central == central
    arithmetic = f"1 000 000 € × 50 % de main-d'œuvre × 5 % d'insertion ÷ {cost} € de l'heure = {raw}, soit {central} h"
    assert arithmetic in plain(found.lines)


def test_a_painting_lot():
    found = estimate(of(180_000), None, PAINTING)
    assert shown(found) == (70, 140, 315, "contract")
    for raw in ("= 99 h, soit 70 h", "= 165 h, soit 140 h", "= 331 h, soit 315 h"):
        assert raw in plain(found.lines)
    assert found.instead == ""


def test_office_cleaning_is_told_twice_and_kept_prudent():
    found = estimate(of(1_600_000, duration_months=48), None, OFFICES)
    assert shown(found) == (35, 70, 175, "year")
    told = plain(found.lines)
    assert "Si aucun personnel n'est repris : de 245 à 875 h par an, 420 h au taux central" in told
    assert "× 20 % de personnel nouveau ×" in told
    for raw in ("53 h par an", "89 h par an", "178 h par an", "268 h par an", "447 h par an", "894 h par an"):
        assert f"soit {raw}" in told
    assert "liste du personnel à reprendre" in found.ask


def test_a_web_site_starts_at_least():
    found = estimate(of(150_000, duration_months=12), None, SITE)
    assert shown(found) == (0, 70, 140, "contract")
    told = plain(found.lines)
    assert "10 % des 3 355 h de travail estimées = 336 h" in told
    assert "À minima : 35 ou 70 h." in told
    assert "un poste" in found.instead and "2 au taux central, 4 au plus" in found.instead


# --- guard-rails -----------------------------------------------------------------------------------------------------


def test_the_cap_of_a_tenth_of_the_labour_binds_a_high_rate_of_a_new_trade_only():
    high = {f"taux_{family}_haut": 20 for family in ("classique", "diversification")}
    assert estimate(of(150_000, duration_months=12), None, SITE, assumptions(high)).high == 315  # 335,5 h
    assert estimate(of(180_000), None, PAINTING, assumptions(high)).high == 630  # 663 h


@pytest.mark.parametrize(("euros", "high"), [(1_000_000, 1_575), (1_000_001, 2_205)])
def test_one_post_caps_a_new_trade_up_to_a_million_a_year(euros, high):
    found = estimate(of(euros, duration_months=12), None, SITE, assumptions({"cout_horaire": 19}))
    assert found.high == high  # 2 236 h without the cap of 1 607


def test_a_million_over_an_unknown_duration_is_not_a_million_a_year():
    cheap = assumptions({"cout_horaire": 19})
    assert estimate(of(1_500_000), None, SITE, cheap).high == 1_575


def test_a_framework_is_computed_on_its_minimum_and_else_on_nothing():
    framework = of(technique="accord-cadre", amount=Amount(value=900_000, ceiling=900_000, floor=180_000))
    assert shown(estimate(framework, None, PAINTING)) == (70, 140, 315, "contract")
    without = estimate(replace(framework, amount=Amount(value=900_000, ceiling=900_000)), None, PAINTING)
    assert without.central is None
    assert any(said.startswith("accord-cadre sans minimum") for said in without.warnings)
    assert any("minimum de commandes" in said for said in without.ask)


@pytest.mark.parametrize("change", [
    {"technique": "accord-cadre"}, {"title": "Accord-cadre à bons de commande de peinture"},
    {"amount": Amount(value=180_000, ceiling=400_000)}, {"amount": Amount(high=180_000)},
])  # fmt: skip
def test_a_framework_or_a_ceiling_alone_is_no_amount(change):
    found = estimate(replace(of(180_000), **change), None, PAINTING)
    assert found.central is None and "accord-cadre sans minimum" in plain(found.warnings)


def test_an_ordinary_contract_says_that_no_framework_was_read():
    assert "aucun accord-cadre n'a été lu" in plain(estimate(of(180_000), None, PAINTING).lines)


def test_a_bracket_counts_for_its_low_bound():
    found = estimate(of(amount=Amount(low=180_000, high=900_000)), None, PAINTING)
    assert found.central == 140 and "borne basse" in plain(found.lines)


@pytest.mark.parametrize(("months", "told"), [
    (1.9, "trop court pour une clause"), (2, "contrat court"), (2.9, "contrat court"), (3, ""),
    (None, "durée inconnue"),
])  # fmt: skip
def test_a_short_contract_is_no_place_for_a_clause(months, told):
    found = estimate(of(180_000, duration_months=months), None, GARDENS)
    assert told in plain(found.warnings)
    assert ("trop court" in found.instead) == (months == 1.9)
    assert ("court" in plain(found.warnings)) == (months in (1.9, 2, 2.9))


@pytest.mark.parametrize(
    ("months", "trade_", "told"), [(5.9, PAINTING, True), (6, PAINTING, False), (5.9, GARDENS, False)]
)
def test_short_works_leave_little_time_and_say_nothing_of_the_law(months, trade_, told):
    found = estimate(of(180_000, duration_months=months), None, trade_)
    assert ("travaux de moins de 6 mois" in plain(found.warnings)) == told
    assert "L2112" not in plain(found.warnings) and "dérogation" not in plain(found.warnings), (
        "les heures sont publiques"
    )


@pytest.mark.parametrize(("euros", "told"), [(999_999, False), (1_000_000, True)])
def test_a_large_contract_is_likely_answered_in_a_grouping(euros, told):
    assert ("groupement" in plain(estimate(of(euros), None, GARDENS).warnings)) == told
    assert "groupement" in plain(estimate(of(50_000), None, PAINTING).warnings)


def test_guards_too_may_be_taken_over_and_gardeners_not():
    guards = estimate(of(1_000_000, duration_months=12), None, GUARDS)
    assert guards.central == 105  # 138 h, a fifth of 694
    assert "liste du personnel à reprendre" in guards.ask
    assert "liste du personnel à reprendre" not in estimate(of(1_000_000), None, GARDENS).ask


def test_a_permanent_team_has_summer_replacements():
    found = estimate(of(500_000, duration_months=12), None, TRANSPORT)
    assert "remplacements d'été, de 140 à 210 h par poste" in plain(found.lines)
    assert "postes permanents" in plain(found.ask)


def test_renewals_are_told_apart():
    found = estimate(of(720_000, duration_months=12, renewal_months=36), None, GARDENS)
    assert shown(found) == (70, 140, 315, "year")  # 180 000 € a year
    assert "Période ferme de 12 mois : 140 h au taux central ; reconductions en option (36 mois) : 490 h" in plain(
        found.lines
    )


def test_renewals_of_unknown_length_are_warned_of():
    lot = Lot("1", renewals="trois fois", amount=Amount(value=180_000), duration_months=12)
    assert "reconductions annoncées" in plain(estimate(of(lots=(lot,)), lot, GARDENS).warnings)


@pytest.mark.parametrize(("number", "told"), [(None, True), ("1", True), ("2", False)])
def test_an_optional_part_is_to_be_taken_out(number, told):
    lots = (Lot("1", amount=Amount(value=180_000)), Lot("2", amount=Amount(value=90_000)))
    passage = Passage("description", number, "Le marché comprend une Tranche optionnelle de plantation.")
    found = estimate(of(lots=lots, passages=(passage,)), lots[0], GARDENS)
    assert ("ne compter que la part ferme" in plain(found.warnings)) == told
    assert ("part ferme" in plain(found.ask)) == told


def test_a_total_is_never_spread_over_lots():
    lots = (Lot("1"), Lot("2", amount=Amount(value=180_000)))
    notice = of(900_000, lots=lots)
    found = estimate(notice, lots[0], PAINTING)
    assert found.central is None and "n'est pas réparti" in plain(found.warnings)
    assert any("du lot" in said for said in found.ask)
    assert estimate(notice, lots[1], PAINTING).central == 140


def test_the_only_lot_has_the_amount_of_the_notice():
    lot = Lot("1")
    assert estimate(of(180_000, lots=(lot,)), lot, PAINTING).central == 140


@pytest.mark.parametrize(("months", "expected"), [
    (12, (280, 490, 980, "contract")), (12.5, (280, 455, 945, "year")), (24, (140, 245, 490, "year")),
])  # fmt: skip
def test_more_than_a_year_is_told_by_the_year_with_the_total(months, expected):
    found = estimate(of(540_000, duration_months=months), None, GARDENS)
    assert shown(found) == expected
    assert ("490 h au total" in plain(found.lines)) == (months > 12)


def test_a_year_that_carries_too_little_leaves_the_whole_contract():
    found = estimate(of(100_000, duration_months=48), None, GARDENS)
    assert shown(found) == (35, 70, 175, "contract")
    assert "Moins de 35 h par an" in plain(found.lines) and "23 h par an" in plain(found.lines)


@pytest.mark.parametrize(("euros", "central"), [(37_999, 0), (38_000, 35)])
def test_under_a_week_at_the_central_rate_something_else_is_proposed(euros, central):
    found = estimate(of(euros), None, trade("773", "classique", 70), assumptions({"taux_classique_central": 5}))
    assert found.central == central
    assert found.instead.startswith("moins de 35 h : stage") == (central == 0)


def test_no_binary_rounding_moves_a_multiple_of_35():
    exact_week = estimate(of(1330.0), None, trade("773", "classique", 100), assumptions({
        "taux_classique_bas": 0.1, "taux_classique_central": 100, "taux_classique_haut": 100,
    }))  # fmt: skip
    assert exact_week.central == 35  # 1 330 ÷ 38 exactly


def test_a_regulated_trade_has_few_accessible_posts():
    lawyers = trade("791", "diversification", 85, reasons=("PROFESSION_REGLEMENTEE",))
    assert "seuls postes accessibles" in plain(estimate(of(100_000), None, lawyers).warnings)


# --- what is unknown -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("amount", [None, Amount(), Amount(value=0)])
def test_without_an_amount_there_are_no_hours_and_it_is_asked(amount):
    found = estimate(of(amount=amount, duration_months=12), None, SITE)
    assert (found.low, found.central, found.high) == (None, None, None)
    assert "montant inconnu" in plain(found.warnings) and "le montant estimé" in found.ask
    assert "un poste" in found.instead


def test_a_foreign_currency_is_no_amount_in_euros():
    found = estimate(of(amount=Amount(value=180_000, currency="XPF")), None, PAINTING)
    assert found.central is None and "XPF" in plain(found.warnings)


def test_without_a_labour_share_there_are_no_hours():
    found = estimate(of(180_000), None, trade("454421", "classique", None))
    assert found.central is None and "part de main-d'œuvre inconnue" in plain(found.warnings)
    assert any("main-d'œuvre" in said for said in found.ask)


def test_a_trade_known_by_its_division_or_its_words_is_doubtful():
    assert "division CPV seule" in plain(estimate(of(180_000), None, BUILDING).warnings)
    guessed = LotSegment(PAINTING.segment, "texte", confidence=0.7)
    assert "déduit du texte" in plain(estimate(of(180_000), None, guessed).warnings)


MISSING = {
    "amount": {"amount": None},
    "duration": {"duration_months": None},
    "renewals": {"renewal_months": None},
    "contract types": {"contract_types": ()},
    "places": {"departements": ()},
}
SIZES = list(product([1, 8, 12, 20, 48, 96], [20_000, 180_000, 1_200_000, 6_000_000]))


def never_more(poorer: HoursRange, richer: HoursRange, poor_months: float, months: float) -> bool:
    """Whether no number is higher; each year rounded down loses up to a week, which a total keeps."""
    lost = 35 * months / 12
    pairs = zip(total(poorer, poor_months), total(richer, months), strict=True)
    return all(less <= more + lost for less, more in pairs)


@pytest.mark.parametrize("segment", [PAINTING, OFFICES, SITE, GUARDS, TRANSPORT], ids=lambda one: one.segment.prefix)
@pytest.mark.parametrize(("months", "euros"), SIZES)
def test_a_missing_field_never_gives_more_hours_over_the_same_contract(segment, months, euros):
    amount = Amount(value=euros, low=euros * 0.9, high=euros * 2)
    whole = of(amount=amount, duration_months=months, renewal_months=12, contract_types=("services",))
    full = estimate(whole, None, segment)
    for field, change in {**MISSING, "value": {"amount": replace(amount, value=None)}}.items():
        less = estimate(replace(whole, **change), None, segment)
        assert never_more(less, full, months + (0 if field == "renewals" else 12), months + 12), field
        if field in ("amount", "duration", "renewals", "value"):
            assert (less.ask, less.warnings, less.lines) != (full.ask, full.warnings, full.lines), field
    unknown = replace(segment, segment=replace(segment.segment, labour_share=None))
    assert estimate(whole, None, unknown).central is None


def test_renewals_that_nobody_tells_are_said():
    assert "aucune reconduction" in plain(estimate(of(720_000, duration_months=24), None, GARDENS).lines)
    assert "aucune reconduction" not in plain(
        estimate(of(720_000, duration_months=24, renewal_months=0), None, GARDENS).lines
    )


# --- assumptions -----------------------------------------------------------------------------------------------------


def test_every_figure_says_its_source_or_that_it_is_an_assumption():
    told = plain(estimate(of(180_000), None, PAINTING).lines)
    assert "38 € (hypothèse, modifiable)" in told
    assert "70 % du prix (publié :" in told
    assert "5 % (publié :" in told and "3 % (hypothèse, modifiable)" in told
    assert "à caler avec l'acheteur et le facilitateur" in told
    own = plain(estimate(of(180_000), None, PAINTING, assumptions({"cout_horaire": 40})).lines)
    assert "40 € (réglé dans veille.toml)" in own


@pytest.mark.parametrize(("bad", "told"), [
    ({"cout": 30}, "« cout » inconnue"), ({"cout_horaire": 0}, "de 10 à 200"), ({"cout_horaire": 9.99}, "de 10 à 200"),
    ({"cout_horaire": "38"}, "un nombre de 10 à 200"), ({"cout_horaire": True}, "un nombre"),
    ({"cout_horaire": float("nan")}, "un nombre"), ({"personnel_repris": 101}, "de 0 à 100"),
    ({"taux_classique_bas": 6}, "taux_classique_bas ≤ taux_classique_central"),
])  # fmt: skip
def test_a_bad_figure_is_told_in_one_french_sentence(bad, told):
    with pytest.raises(DataFileError) as refused:
        assumptions(bad)
    message = str(refused.value)
    assert message.startswith("[heures] : ") and told in message and "\n" not in message


def test_a_figure_at_the_edge_is_kept():
    assert assumptions({"cout_horaire": 10}).hourly_cost.value == 10


def test_a_family_without_rates_has_the_prudent_ones():
    fuel = trade("09", "inadapte", 3)
    assert shown(estimate(of(5_000_000), None, fuel))[:3] == (35, 105, 175)
