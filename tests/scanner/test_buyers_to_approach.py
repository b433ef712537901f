from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from scanner.approach import BuyerFacts, BuyerLead, Contract, Rate, Renewal, Trade
from scanner.opportunity.buyer_rules import rules
from scanner.opportunity.buyers import compared, rank
from scanner.opportunity.rates import estimate, wilson

TODAY, SINCE = date(2026, 11, 22), date(2026, 8, 22)
OWN = Rate(14, 2, date(2024, 1, 15), date(2026, 10, 2))
PEERS = Rate(400, 120, date(2024, 1, 3), date(2026, 10, 30))
CLEANING = Trade("9091", "Nettoyage", "classique", 2, 6, 0)
DESIGN = Trade("793", "Études", "diversification", 1, 3, 1)
RENEWAL = Renewal(
    Contract("avis:boamp:24-1", "avis", title="Portage de repas"), "a_appeler", date(2027, 9, 1), date(2027, 9, 1),
    date(2026, 9, 1), date(2026, 12, 1), 80, "bonne", (), "fin probable le 01/09/2027", "Votre marché s'achève.",
)  # fmt: skip
FACTS = BuyerFacts(
    "siren:216901234", "Commune de Valmont", "216901234", "commune", "69", "Auvergne-Rhône-Alpes", lots=3, priced=2,
    amount=450_000.0, duties=(("a_verifier", 1), ("indetermine", 1)), trades=(CLEANING, DESIGN), own=OWN, peers=PEERS,
    peer_buyers=12, deadline=date(2026, 12, 15), renewal=RENEWAL, renewals=2, email="marches@valmont.example",
)  # fmt: skip


def lead(facts: BuyerFacts = FACTS, **changes: object) -> BuyerLead:
    (found,) = rank([replace(facts, **changes)], today=TODAY, since=SINCE)  # type: ignore[arg-type]
    return found


def part(name: str, **changes: object):
    return next(one for one in lead(**changes).parts if one.name == name)


def codes(**changes: object) -> list[str]:
    return [argument.code for argument in lead(**changes).arguments]


def test_the_interval_of_wilson_worked_by_hand():
    low, high = wilson(2, 14, 1.96)
    # p = 0.142857, z² = 3.8416: centre (0.142857 + 0.1372) / 1.2744 = 0.219755, half width 1.96 × 0.116623… / 1.2744
    assert (low, high) == (pytest.approx(0.0401, abs=2e-4), pytest.approx(0.3994, abs=2e-4))
    assert wilson(0, 0, 1.96) == (0.0, 1.0)
    assert wilson(0, 10, 1.96)[0] == 0.0 and wilson(10, 10, 1.96)[1] == 1.0
    assert wilson(0, 10, 1.96)[1] == pytest.approx(3.8416 / 13.8416)


def test_small_numbers_are_drawn_to_the_mean_of_the_peers():
    def shrunk(social: int, known: int) -> float:
        found = estimate(Rate(known, social), PEERS, strength=20, z=1.96)
        assert found is not None
        return found.shrunk

    assert shrunk(2, 14) == pytest.approx(100 * (2 + 20 * 0.3) / 34)  # 23.5 %
    assert shrunk(0, 0) == pytest.approx(30) and shrunk(0, 1) == pytest.approx(100 * 6 / 21)
    assert shrunk(0, 200) == pytest.approx(100 * 6 / 220)
    assert shrunk(0, 1) > shrunk(0, 20) > shrunk(0, 200)
    assert estimate(OWN, Rate(), strength=20, z=1.96) is None


def test_the_score_is_the_sum_of_its_parts_and_every_part_says_why():
    found = lead()
    assert {one.name: one.points for one in found.parts} == {
        "lots": 10, "amount": 8, "duty": 14, "practice": 5, "experience": 5, "diversification": 10, "deadline": 8,
        "renewal": 12,
    }  # fmt: skip
    assert found.score == 72 and found.unknown == 0 and found.rank == 1
    assert all(one.reason and "{" not in one.reason for one in found.parts)


def test_the_comparison_names_the_numbers_the_interval_and_the_period():
    assert part("practice").reason == (
        "2 marchés sur 14 avec considération sociale déclarée (14 %, entre 4 et 40 %), de 01/2024 à 10/2026 ; "
        "12 autres acheteurs de même sorte (commune, Auvergne-Rhône-Alpes) : 120 sur 400 (30 %), de 01/2024 à "
        "10/2026 ; taux retenu 24 %, un peu sous celui des pairs"
    )
    assert "sur 9 seulement" in part("practice", own=replace(OWN, known=9)).reason
    assert "sur 10 avec" in part("practice", own=replace(OWN, known=10)).reason


@pytest.mark.parametrize(("known", "points"), [(9, 5), (11, 10), (39, 10), (41, 15)])
def test_a_gap_counts_more_as_the_number_of_contracts_grows(known, points):
    # without any clause the gap is 30 × known ÷ (known + 20): 9.3, 10.6, 19.8 and 20.2 points
    assert part("practice", own=Rate(known, 0)).points == points


@pytest.mark.parametrize("changes", [
    {"peers": Rate(29, 9)}, {"peer_buyers": 4}, {"peers": Rate()}, {"own": Rate()}, {"kind": ""}, {"kind": "autre"},
])  # fmt: skip
def test_too_few_to_compare_is_said_and_brings_no_point(changes):
    found = part("practice", **changes)
    assert found.points == 0 and not found.known and found.reason.startswith("taux non comparé")
    assert "14 %" not in found.reason


def test_the_least_number_of_peers_is_enough():
    assert compared(replace(FACTS, peers=Rate(30, 9), peer_buyers=5)) is not None


def test_a_buyer_above_its_peers_gets_no_point_for_it():
    found = part("practice", own=Rate(50, 40))
    assert found.points == 0 and found.known and "comparable ou supérieur" in found.reason


@pytest.mark.parametrize(("lots", "points"), [(0, 0), (1, 6), (2, 10), (4, 10), (5, 15), (9, 15), (10, 20)])
def test_the_volume_of_lots_both_sides(lots, points):
    assert part("lots", lots=lots).points == points and "22/08/2026" in part("lots", lots=lots).reason


@pytest.mark.parametrize(("amount", "points"), [(199_999.0, 3), (200_000.0, 8), (999_999.0, 8), (1_000_000.0, 12)])
def test_the_known_amount_both_sides(amount, points):
    found = part("amount", amount=amount)
    assert found.points == points and "pour 2 lots au montant connu, sur 3" in found.reason


def test_unknown_parts_are_said_without_any_point():
    found = lead(priced=0, amount=0.0, duties=(("indetermine", 2),), own=Rate(), deadline=None, undated=1,
                 trades=(replace(CLEANING, contracts=0),), renewal=None, renewals=0)  # fmt: skip
    assert [one.name for one in found.parts if not one.known] == [
        "amount", "duty", "practice", "experience", "diversification", "deadline", "renewal",
    ]  # fmt: skip
    assert found.score == 10 and found.unknown == 7


@pytest.mark.parametrize("field", ["priced", "duties", "own", "peers", "trades", "deadline", "renewal"])
def test_taking_a_field_away_never_raises_the_score_and_always_shows(field):
    empty = {"priced": 0, "duties": (), "own": Rate(), "peers": Rate(), "trades": (), "deadline": None, "renewal": None}
    less = lead(**{field: empty[field]})
    assert less.score < lead().score
    assert {one.reason for one in less.parts} != {one.reason for one in lead().parts}


@pytest.mark.parametrize(("duties", "points"), [
    ((("a_verifier", 2),), 18), ((("presume_soumis_a_verifier", 1), ("limite", 1)), 18), ((("limite", 1),), 14),
    ((("non_soumis", 4),), 0), ((("rempli_generique", 1),), 0),
])  # fmt: skip
def test_the_duty_is_only_to_check(duties, points):
    found = part("duty", duties=duties)
    assert found.points == points and found.known and "à vérifier" in found.reason


@pytest.mark.parametrize(("deadline", "points"), [
    (date(2026, 12, 13), 8), (date(2026, 12, 12), 5), (date(2026, 11, 30), 5), (date(2026, 11, 29), 2),
    (date(2026, 11, 22), 2), (date(2026, 11, 21), 0), (None, 0),
])  # fmt: skip
def test_the_next_deadline_both_sides(deadline, points):
    assert part("deadline", deadline=deadline).points == points


@pytest.mark.parametrize(("state", "points"), [
    ("a_appeler", 12), ("tard", 12), ("a_venir", 6), ("termine", 2), ("inconnu", 2),
])  # fmt: skip
def test_a_renewal_counts_by_its_moment(state, points):
    assert part("renewal", renewal=replace(RENEWAL, state=state)).points == points


def test_diversification_tells_the_trades_never_claused_among_those_known():
    unseen = Trade("4521", "Bâtiment", "classique", 4)
    found = part("diversification", trades=(CLEANING, DESIGN, unseen))
    assert found.points == 10 and found.reason == (
        "1 métier sur 2 sans considération sociale connue (9 marchés renseignés) : Nettoyage ; "
        "métiers sans antécédent : 1"
    )
    assert part("diversification", trades=(CLEANING, DESIGN, replace(DESIGN, segment="72"))).points == 5
    assert part("diversification", trades=(DESIGN,)).points == 0


@pytest.mark.parametrize(("changes", "first"), [
    ({}, "A"), ({"duties": (("presume_soumis_a_verifier", 1),)}, "A"),
    ({"duties": (("non_soumis", 1),), "generic": 1}, "B"),
    ({"duties": (("a_verifier", 1),), "concessions": 1}, "H"),
    ({"duties": (("non_soumis", 1),)}, "K"),
    ({"duties": (("non_soumis", 1),), "renewal": None, "reservable": 1}, "D"),
    ({"duties": (("non_soumis", 1),), "renewal": None}, "I"),
    ({"duties": (("non_soumis", 1),), "renewal": None, "trades": (DESIGN,)}, "E"),
    ({"duties": (("non_soumis", 1),), "renewal": None, "trades": ()}, "F"),
    ({"duties": (("non_soumis", 1),), "renewal": None, "trades": (), "own": Rate(5, 0)}, "C"),
    ({"duties": (), "renewal": None, "trades": (), "own": Rate(), "kind": "État"}, "G"),
])  # fmt: skip
def test_what_to_say_first_follows_the_facts(changes, first):
    assert codes(**changes)[0] == first


def test_an_argument_says_what_chose_it_and_what_never_to_say():
    first, second, third = lead().arguments
    assert (first.code, second.code, third.code) == ("A", "K", "I")
    assert first.because == "1 consultation où l'obligation est à vérifier" and first.never and first.then
    assert second.say == RENEWAL.say
    assert codes(renewal=replace(RENEWAL, state="a_venir")) == ["A", "I", "E"]


def test_a_notice_with_a_criterion_is_never_said_to_show_nothing():
    """The facilitator would repeat it to the buyer, who wrote « insertion : 15 % » in the notice."""
    said = [argument.say for argument in lead(begun=1).arguments]
    assert "annonce déjà" in said[0] and not any("ne montre pas" in one for one in said)
    assert "ne montre pas" in lead(begun=0).arguments[0].say
    assert codes(begun=1).count("A") == 1


@pytest.mark.parametrize("lots", [1, 2, 12])
def test_every_reason_agrees_with_its_number(lots):
    """« 1 lots », « 2 lot(s) » : nobody dares to read that to a buyer."""
    changes = {"lots": lots, "priced": lots, "amount": 90_000.0, "duties": (("a_verifier", lots),), "renewals": lots}
    for said in [one.reason for one in lead(**changes).parts] + [one.because for one in lead(**changes).arguments]:
        assert "(s)" not in said and not re.search(r"\b1 \w+s\b", said), said


def test_no_word_accuses():
    told = str(rules()).lower()
    assert not [word for word in ("infraction", "illégal", "manquement", "fraude", "mauvais") if word in told]


def test_ties_are_told_apart_by_lots_then_deadline_then_name():
    same = replace(FACTS, lots=3)
    more = replace(same, id="siren:4", name="Commune de Zut", lots=4)
    sooner = replace(same, id="siren:3", name="Commune de Zeste", deadline=date(2026, 12, 14))
    accent = replace(same, id="siren:2", name="Commune d'Écully")
    found = rank([same, accent, sooner, more], today=TODAY, since=SINCE)
    assert len({one.score for one in found}) == 1
    assert [one.facts.id for one in found] == ["siren:4", "siren:3", "siren:2", "siren:216901234"]
    assert [one.rank for one in found] == [1, 2, 3, 4]
    assert found == rank([more, sooner, accent, same], today=TODAY, since=SINCE)


def test_the_points_of_all_parts_make_a_hundred():
    assert sum(max(step["points"] for step in one["steps"]) for one in rules()["parts"].values()) == 100
