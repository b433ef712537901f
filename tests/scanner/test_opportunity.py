"""What is proposed of a lot, and does a missing field only ever cost, and always show?"""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.segments import lot_segment, segments
from scanner.appraisal import LotSegment, Practice, Supply
from scanner.notice import Amount, Buyer, Coded, Lot, Notice, Passage
from scanner.opportunity import Context, appraise, remarks, score, words
from scanner.opportunity.assumptions import assumptions
from scanner.opportunity.need import need
from tests.nlp.test_segments import FICHE_C1

TEXT = "Nettoyage quotidien des locaux administratifs, quartier prioritaire des Aubiers."
NOTICE = Notice(
    "boamp:26-1", "boamp", "26-1", "call", date(2026, 11, 18), "Nettoyage des locaux", description=TEXT,
    buyers=(Buyer("Commune de Valrive", siret="21690123400015"),), cpv=("90910000",), duration_months=24,
    amount=Amount(value=400_000.0), departements=("69",), deadline=datetime(2026, 12, 18, 11, tzinfo=UTC),
    passages=(Passage("description", None, TEXT),), contract_types=("services",), read_in_full=True,
    lots=(Lot("1", "Nettoyage des écoles", cpv=("90919300",), amount=Amount(value=250_000.0), duration_months=24),
        Lot("2", "Vitrerie", cpv=("90911300",), amount=Amount(value=150_000.0), duration_months=24)),
)  # fmt: skip
CLEANING = lot_segment(NOTICE, NOTICE.lots[0])
FUEL = LotSegment(segments()["09"], "cpv_lot", "09134200")
PRACTICE = Practice(12, 3, 120, 49, "CPV 90, Auvergne-Rhône-Alpes", "01/2024 à 10/2026", "02/2025 à 09/2026")
KNOWN = Context(Supply(40, (("EI", 40),), 2_000_000.0), PRACTICE)


def told(notice=NOTICE, lot=0, status="rien", segment=CLEANING, context=KNOWN):
    return appraise(notice, notice.lots[lot] if lot is not None else None, status, (), segment, context)


def names(found):
    return {signal.name: signal for signal in found.signals}


def test_a_rich_lot_scores_high_and_every_point_has_its_reason_and_its_place():
    found = told()
    assert found.lot == "1" and found.score >= 85 and found.confidence >= 85
    assert found.score == sum(signal.points for signal in found.signals)
    assert all(signal.reason and (signal.field or not signal.points) for signal in found.signals)
    place = names(found)["place"]
    assert place.quote in TEXT and place.field == "description"


@pytest.mark.parametrize(("amount", "reason"), [
    (Amount(low=100_000, high=500_000), "montant : au moins 100\u202f000 € HT"),
    (Amount(high=100_000), "montant : au plus 100\u202f000 € HT"),
    (Amount(low=0, high=50_000), "petit montant (au plus 50\u202f000 € HT)"),
    (Amount(value=1_000, ceiling=900_000), "montant : au plus 900\u202f000 € HT"),
    (Amount(value=1_000, ceiling=50_000), "petit montant (1\u202f000 € HT)"),
])  # fmt: skip
def test_a_bound_is_never_told_as_the_amount(amount, reason):
    lots = (replace(NOTICE.lots[0], amount=amount), NOTICE.lots[1])
    assert reason in told(replace(NOTICE, lots=lots)).reasons


def test_a_poor_segment_is_kept_low_with_its_reason():
    found = told(segment=FUEL)
    assert found.score < told().score and "peu de main-d'œuvre dans ce métier" in found.reasons


def test_a_lot_of_unknown_trade_is_kept_and_says_so():
    found = told(segment=None)
    assert "métier inconnu" in found.reasons[-2] + found.reasons[-1] + " ".join(found.reasons)
    assert found.hours.low is None and found.confidence <= told().confidence - 30


@pytest.mark.parametrize("status", ["reserve", "objet_insertion", "clause", "non_lu"])
def test_a_binding_or_unread_lot_is_no_opportunity(status):
    assert told(status=status) is None


@pytest.mark.parametrize("change", [{"kind": "award"}, {"kind": "cancellation"}, {"read_in_full": False}])
def test_only_an_open_notice_read_in_full(change):
    assert told(replace(NOTICE, **change)) is None


REMOVED = {
    "montant": lambda n: replace(n, amount=None, lots=tuple(replace(lot, amount=None) for lot in n.lots)),
    "durée": lambda n: replace(n, duration_months=None, lots=tuple(replace(x, duration_months=None) for x in n.lots)),
    "cpv": lambda n: replace(n, cpv=(), lots=tuple(replace(lot, cpv=()) for lot in n.lots)),
    "tout le métier": lambda n: replace(
        n, cpv=(), title="", description="", passages=(), lots=tuple(Lot(x.number, amount=x.amount) for x in n.lots)
    ),
    "acheteur": lambda n: replace(n, buyers=()),
    "textes": lambda n: replace(n, passages=(), description=""),
    "lieu": lambda n: replace(n, departements=()),
}


@pytest.mark.parametrize("field", REMOVED)
def test_a_missing_field_never_raises_the_score_and_always_shows(field):
    bare = REMOVED[field](NOTICE)
    context = replace(KNOWN, practice=None) if field == "acheteur" else KNOWN
    context = replace(context, supply=None) if field == "lieu" else context
    before, after = told(), told(bare, segment=lot_segment(bare, bare.lots[0]), context=context)
    assert after.score <= before.score
    assert after.confidence <= before.confidence
    assert after != before, "ce qui manque se voit"
    if field in ("montant", "durée", "cpv", "tout le métier", "acheteur"):
        assert after.confidence < before.confidence
        assert any(not signal.known for signal in set(after.signals) - set(before.signals))


@pytest.mark.parametrize(("family", "row"), [(one.family, one) for one in segments().values() if len(one.prefix) == 2])
def test_no_field_of_any_division_raises_the_score_when_it_goes(family, row):
    trade = LotSegment(row, "cpv_lot", row.prefix.ljust(8, "0"))
    whole = told(segment=trade).score
    assert told(REMOVED["montant"](NOTICE), segment=trade).score <= whole
    assert told(REMOVED["durée"](NOTICE), segment=trade).score <= whole
    assert told(segment=None).score <= whole, family
    assert told(segment=replace(trade, known="texte", code="", confidence=0.9)).score <= whole


@given(st.floats(1, 5e7), st.floats(0.5, 120))
def test_the_score_stays_between_0_and_100_and_is_the_same_each_time(euros, months):
    lot = replace(NOTICE.lots[0], amount=Amount(value=euros), duration_months=months)
    notice = replace(NOTICE, lots=(lot,))
    assert told(notice) == told(notice)
    assert 0 <= told(notice).score <= 100


def test_the_duration_and_the_practice_count_and_name_their_numbers():
    engaged = (
        "acheteur déjà engagé : 3 de ses 12 marchés renseignés portent une considération sociale (02/2025 à 09/2026)"
    )
    assert engaged in told().reasons, "la période est celle de ses marchés, pas celle de ses voisins"
    peers = replace(KNOWN, practice=replace(PRACTICE, own_social=0))
    assert "49 marchés comparables sur 120" in " ".join(told(context=peers).reasons)
    few = replace(KNOWN, practice=Practice(0, 0, 4, 2, "CPV 90", "2026"))
    assert not names(told(context=few))["practice"].known, "quatre marchés ne font pas une comparaison"


def test_the_hourly_cost_of_the_user_changes_the_hours_and_says_so():
    green = LotSegment(segments()["773"], "cpv_lot", "77310000")
    cheap = told(segment=green, context=replace(KNOWN, assumptions=assumptions({"cout_horaire": 30})))
    assert cheap.hours.high > told(segment=green).hours.high
    assert any("30" in line for line in cheap.hours.lines)


def test_a_lot_is_reserved_only_where_structures_are_known_and_not_in_danger():
    assert told().lever.code == "lot_reserve"
    heavy = replace(KNOWN, supply=Supply(40, (("EI", 40),), 100_000.0))
    assert told(context=heavy).lever.code == "clause" and "dépendance" in " ".join(told(context=heavy).lever.warnings)
    assert told(context=Context()).lever.code == "clause"


def test_a_project_says_first_what_its_buyer_declares():
    project = replace(
        NOTICE, kind="planning", shape="projet", lots=(), coded=(Coded("considerations_sociales", None, "non"),)
    )
    found = told(project, lot=None, status="non_lu")
    assert found.reasons[0].endswith("le meilleur moment pour agir")


@pytest.mark.parametrize("example", FICHE_C1, ids=lambda one: one[0])
def test_every_example_of_the_fiche_c1_gets_a_proposal(example):
    title, codes, *_ = example
    notice = replace(NOTICE, title=title, description="", passages=(), cpv=codes, lots=())
    found = told(notice, lot=None, segment=lot_segment(notice, None))
    assert found.lever.text and found.score > 0


def test_the_text_of_a_notice_is_searched_once_for_all_its_lots():
    """Hundreds of lots under one long text cost its length, not hundreds of times its length."""
    text = "insertion et personnel qualifié, " * 3000
    lots = tuple(Lot(str(number), "Nettoyage des écoles", cpv=("90919300",)) for number in range(200))
    notice = replace(NOTICE, lots=lots, description="", passages=(Passage("conditions", None, text),))
    remembered = (score._cited, remarks._announced, words._long)
    for one in remembered:
        one.cache_clear()
    assert all(told(notice, lot=rank) for rank in range(200))
    assert [one.cache_info().misses <= 4 for one in remembered] == [True] * 3
    assert need(notice) is need(notice) and need(replace(notice, amount=None)) is not need(notice)
