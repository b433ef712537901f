from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from scanner.appraisal import Duty, LegalCheck, Lever, Opportunity, Segment
from scanner.approach import Rate, Trade
from scanner.finding import Classification, LotReading, Status
from scanner.notice import Amount, Award, Buyer, Lot, Notice, RawNotice
from scanner.opportunity.buyers import rank
from scanner.opportunity.renewals import expected
from scanner.shelves import appreciations
from scanner.shelves.ledger import announced, awarded, declared
from scanner.shelves.prospects import facts, region_of
from scanner.store import Record, Store
from tests.chances import chance as made

TODAY = date(2026, 11, 22)
SIREN, SIRET = "213400017", "21340001700019"
CALL = Notice(
    "boamp:24-1", "boamp", "24-1", "call", date(2024, 5, 2), "Entretien des écoles",
    buyers=(Buyer("Commune de Valmont", siret=SIRET, email="marches@valmont.example"),), departements=("34",),
    cpv=("90910000",), duration_months=12,
    lots=(Lot("1", "Vitres", duration_months=24, renewal_months=12), Lot("2", "Sols", cpv=("90911000",))),
    url="https://exemple.fr/24-1",
)  # fmt: skip
AWARDED = replace(
    CALL, id="boamp:24-9", key="24-9", kind="award", published=date(2024, 9, 10), lots=(), duration_months=None,
    url="https://exemple.fr/24-9",
    awards=(
        Award("1", ("Vitres du Val",), Amount(value=90_000.0), date(2024, 8, 30)),
        Award("2", ("Sols du Val",), Amount(ceiling=50_000.0)),
    ),
)  # fmt: skip


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.open(":memory:") as opened:
        yield opened


def keep(store: Store, notice: Notice, tender: str = "boamp:24-1", statuses: Sequence[tuple[str | None, Status]] = ()):
    store.archive([RawNotice("boamp", notice.key, "https://exemple.fr", datetime(2026, 11, 20, tzinfo=UTC), b"{}")])
    lots = tuple(LotReading(number, status) for number, status in statuses or ((None, "rien"),))
    store.save([Record(notice.id, notice, Classification(notice.id, "boamp", notice.kind, lots), (), tender)])


def declare(store: Store, number: str, *, buyer: str = SIRET, **changes: Any) -> None:
    row = {
        "buyer": buyer, "number": number, "state": 0, "published": None, "notified": "2025-03-01",
        "object": "Nettoyage", "cpv": "90910000", "framework": 0, "amount": 90_000.0, "corrected": None, "months": 24.0,
        "social": "aucune", "departement": "34", "holders": "1, 2", "holder_names": None, "anomalies": "",
    } | changes  # fmt: skip
    store.save_contracts(list(row), [tuple(row.values())])


def rows_of(store: Store):
    return store.rows


def test_each_lot_awarded_is_a_contract_completed_by_its_call(store):
    keep(store, CALL, statuses=[(None, "rien"), ("1", "clause"), ("2", "rien")])
    keep(store, AWARDED)
    store.save_buyers({
        "acheteurs": [(f"siren:{SIREN}", SIREN, "Commune de Valmont", "34", 2)], "alias_acheteurs": [],
        "doutes_acheteurs": [],
    })  # fmt: skip
    first, second = announced(rows_of(store))
    assert (first.id, first.siren, first.siret) == ("avis:boamp:24-1#1", SIREN, SIRET)
    assert (first.start, first.start_basis) == (date(2024, 8, 30), "concluded")
    assert (first.months, first.renewal_months, first.amount, first.social) == (24, 12, 90_000.0, "clause")
    assert first.title == "Entretien des écoles — lot 1 — Vitres" and first.cpv == "90910000"
    assert (first.holders, first.url) == (("Vitres du Val",), "https://exemple.fr/24-9")
    assert (second.start, second.start_basis) == (date(2024, 9, 10), "published")
    assert (second.months, second.renewal_months, second.amount) == (12, None, 50_000.0)
    assert second.cpv == "90911000" and second.social == "undetected" and second.email == "marches@valmont.example"


def test_an_award_without_details_is_one_contract_and_a_call_alone_none(store):
    keep(store, replace(CALL, lots=()))
    assert announced(rows_of(store)) == []
    keep(store, replace(AWARDED, awards=(), holders=("Net du Val",), start=date(2024, 10, 1), end=date(2027, 9, 30)))
    (found,) = announced(rows_of(store))
    assert (found.id, found.number, found.holders) == ("avis:boamp:24-1", "", ("Net du Val",))
    assert (found.start, found.start_basis, found.end, found.months) == (
        date(2024, 10, 1), "stated", date(2027, 9, 30), 12,
    )  # fmt: skip


def test_a_tender_cancelled_after_its_award_has_no_contract(store):
    for notice in (CALL, AWARDED, replace(CALL, id="boamp:24-8", key="24-8", kind="cancellation")):
        keep(store, notice)
    assert len(announced(rows_of(store))) == 2, "une annulation antérieure ne compte pas"
    keep(store, replace(CALL, id="boamp:25-1", key="25-1", kind="cancellation", published=date(2025, 1, 2)))
    assert announced(rows_of(store)) == []


def test_a_territory_keeps_its_own_and_the_unknown(store):
    keep(store, replace(CALL, departements=()))
    keep(store, replace(AWARDED, departements=()))
    assert len(announced(rows_of(store), departements=("69",))) == 2
    keep(store, replace(CALL, departements=("34",)))
    keep(store, replace(AWARDED, departements=("34",)))
    assert announced(rows_of(store), departements=("69",)) == []
    assert len(announced(rows_of(store), departements=("69", "34"))) == 2


def test_declared_contracts_come_by_their_end_their_place_and_what_is_unknown(store):
    store.save_contract_buyers([(SIRET, "COMMUNE DE VALMONT", "34"), ("21690001300019", "VALBON", "69")])
    declare(store, "proche")
    declare(store, "loin", months=120.0)
    declare(store, "fini", notified="2019-03-01")
    declare(store, "sans durée", months=None)
    declare(store, "sans date", notified=None, anomalies="date_absente")
    declare(store, "double", anomalies="doublon_probable")
    declare(store, "ailleurs", buyer="21690001300019", departement="69")
    declare(store, "nulle part", buyer="21750001600019", departement=None)
    found = {one.number: one for one in declared(rows_of(store), TODAY, ("34",), 18)}
    assert set(found) == {"proche", "sans durée", "sans date", "nulle part"}
    near = found["proche"]
    assert (near.buyer, near.siren, near.siret, near.months) == ("COMMUNE DE VALMONT", SIREN, SIRET, 24)
    assert (near.start, near.start_basis, near.social) == (date(2025, 3, 1), "notified", "none")
    assert found["sans date"].anomalies == ("date_absente",)
    assert {one.number for one in declared(rows_of(store), TODAY, (), 18)} == {*found, "ailleurs"}


@pytest.mark.parametrize(("social", "told"), [
    ("aucune", "none"), (None, "unknown"), ("clause_sociale_generique, critere_social", "clause"),
    ("reserve_indetermine", "reserved"), ("critere_social", "criterion"), ("?autre", "unknown"),
])  # fmt: skip
def test_what_a_declaration_says_of_its_social_content(store, social, told):
    declare(store, "1", social=social)
    assert [one.social for one in declared(rows_of(store), TODAY, (), 18)] == [told]


def test_a_notice_without_duration_meets_its_declaration_that_ends_later_or_sooner(store):
    store.save_buyers({
        "acheteurs": [(f"siren:{SIREN}", SIREN, "Commune de Valmont", "34", 2)], "alias_acheteurs": [],
        "doutes_acheteurs": [],
    })  # fmt: skip
    keep(store, replace(CALL, lots=(), duration_months=None))
    keep(store, replace(AWARDED, awards=(Award(None, ("Net",), Amount(value=90_000.0), date(2024, 8, 30)),)))
    declare(store, "24-07", notified="2024-08-12", months=120.0)
    contracts = awarded(rows_of(store), today=TODAY)
    assert [one.id for one in contracts] == ["avis:boamp:24-1", f"decp:{SIRET}/24-07"]
    assert expected(contracts, today=TODAY) == (), "il s'achève en 2034"
    declare(store, "24-07", notified="2024-08-12", months=36.0, state=1)
    (found,) = expected(awarded(rows_of(store), today=TODAY), today=TODAY)
    assert found.merged == (f"decp:{SIRET}/24-07",) and found.end == date(2027, 8, 12)


# -- buyers ------------------------------------------------------------------------------------------------------------

CLEANING = Segment("9091", "Nettoyage", "classique", (), (), 80, "CONFIRME", (), "fort", (), "")
OPEN = replace(
    CALL, id="boamp:26-1", key="26-1", published=date(2026, 11, 2), deadline=datetime(2026, 12, 15, 12, tzinfo=UTC),
    lots=(Lot("1", "Vitres", amount=Amount(value=120_000.0)), Lot("2", "Sols", amount=Amount(ceiling=9e6))),
)  # fmt: skip


def chance(lot: str, lever: str = "clause", duty: str = "a_verifier", nature: str = "fournitures_services"):
    legal = LegalCheck(Duty(duty, "L2112-2-1", "à vérifier", nature))
    return made(lot, segment=CLEANING, legal=legal, lever=Lever(lever, "", ""))


def offer(store: Store, notice: Notice, tender: str, *chances: Opportunity) -> None:
    keep(store, notice, tender, [(None, "rien"), ("1", "mention"), ("2", "rien")])
    appreciations.save(store, {tender: (notice.id, chances)}, {tender: ""}, "")


def kind(name: str, codes: Sequence[str]) -> str:
    return "commune" if "commune" in name.lower() else ""


def gather(store: Store, **options: Any):
    return facts(
        rows_of(store), today=TODAY, since=date(2026, 8, 22), practice_since=date(2024, 1, 1), kind=kind, **options
    )


@pytest.fixture
def town(store: Store) -> Store:
    """A commune of the Hérault with two open lots and three contracts, two peers, and buyers that are none."""
    others = {"21340002500019": "34", "21310001900019": "31", "21690001300019": "69", "26340003000019": "34"}
    store.save_buyers({
        "acheteurs": [(f"siren:{SIREN}", SIREN, "Commune de Valmont", "34", 2)], "alias_acheteurs": [
            (f"siren:{SIREN}", "nom", "Mairie de Valmont", "34", "même nom", 100.0)],
        "doutes_acheteurs": [],
    })  # fmt: skip
    names = [(siret, "HOPITAL" if siret[0:2] == "26" else "COMMUNE", place) for siret, place in others.items()]
    store.save_contract_buyers([(SIRET, "VALMONT", "34"), ("21340001700027", "VALMONT EAUX", "34"), *names])
    offer(store, OPEN, "boamp:26-1", chance("1"), chance("2", "lot_reserve"))
    declare(store, "1", social="clause_sociale_generique")
    declare(store, "2")
    declare(store, "3", buyer="21340001700027", social="aucune", cpv="45000000")
    declare(store, "4", social=None)
    declare(store, "5", notified="2023-12-31")
    for siret in others:
        declare(store, "1", buyer=siret, social="critere_social", departement=others[siret])
        declare(store, "2", buyer=siret, departement=others[siret], notified="2026-02-03")
    return store


def test_the_facts_of_a_buyer_are_those_of_its_rows(town):
    (found,) = gather(town)
    assert (found.id, found.name, found.kind) == (f"siren:{SIREN}", "Commune de Valmont", "commune")
    assert (found.departement, found.region) == ("34", "Occitanie")
    assert (found.lots, found.priced, found.amount) == (2, 1, 120_000.0), "un plafond n'est pas un montant"
    assert found.duties == (("a_verifier", 1),), "une consultation, et non deux lots"
    assert (found.generic, found.reservable, found.concessions) == (1, 1, 0)
    assert found.own == Rate(3, 1, date(2025, 3, 1), date(2025, 3, 1)), "les deux établissements d'un même SIREN"
    assert (found.peers, found.peer_buyers) == (Rate(4, 2, date(2025, 3, 1), date(2026, 2, 3)), 2)
    assert found.trades == (Trade("9091", "Nettoyage", "classique", 2, 2, 1),)
    assert (found.deadline, found.undated, found.email) == (date(2026, 12, 15), 0, "marches@valmont.example")


def test_a_name_alone_is_led_to_its_buyer_and_an_unknown_one_stays_apart(town):
    named = replace(OPEN, id="boamp:26-2", key="26-2", buyers=(Buyer("Mairie de Valmont"),))
    elsewhere = replace(named, id="boamp:26-3", key="26-3", departements=("69",))
    nobody = replace(named, id="boamp:26-4", key="26-4", buyers=())
    for notice in (named, elsewhere, nobody):
        offer(town, notice, notice.id, chance("1"))
    found = {one.id: one.lots for one in gather(town)}
    assert found == {f"siren:{SIREN}": 3, "nom:69:Mairie de Valmont": 1, "avis:boamp:26-4": 1}


def test_a_territory_a_period_and_a_passed_deadline(town):
    assert gather(town, departements=("69",)) == []
    (late,) = facts(rows_of(town), today=date(2026, 12, 16), since=date(2026, 11, 2), practice_since=date(2024, 1, 1),
                    kind=kind)  # fmt: skip
    assert late.deadline is None and late.undated == 0
    assert facts(rows_of(town), today=TODAY, since=date(2026, 11, 3), practice_since=date(2024, 1, 1), kind=kind) == []


def test_the_next_deadline_is_that_of_the_last_rectification_and_of_no_tender_that_is_over(town):
    moved = datetime(2027, 1, 8, 12, tzinfo=UTC)
    keep(town, replace(OPEN, id="boamp:26-8", key="26-8", kind="rectification", published=date(2026, 11, 9),
                       deadline=moved, lots=()), "boamp:26-1")  # fmt: skip
    (found,) = gather(town)
    assert found.deadline == date(2027, 1, 8)
    assert [row["date_limite"] for row in rows_of(town)("SELECT * FROM opportunites", ())] == ["2027-01-08 12:00"] * 2
    keep(town, replace(OPEN, id="boamp:26-9", key="26-9", kind="award", published=date(2026, 11, 12), deadline=None,
                       lots=()), "boamp:26-1")  # fmt: skip
    (found,) = gather(town)
    assert (found.deadline, found.undated, found.lots) == (None, 0, 2), "ce qui est attribué compte, sans date limite"
    assert rows_of(town)("SELECT * FROM opportunites", ()) == []


def test_a_buyer_with_only_a_renewal_to_call_for_is_there(store):
    store.save_contract_buyers([(SIRET, "COMMUNE DE VALMONT", "34")])
    declare(store, "1", notified="2025-03-01", months=24.0)
    declare(store, "2", notified="2025-06-01", months=36.0)
    renewals = expected(awarded(rows_of(store), today=TODAY), today=TODAY)
    (found,) = gather(store, renewals=renewals)
    assert (found.name, found.lots, found.renewals) == ("COMMUNE DE VALMONT", 0, 1)
    assert found.renewal is not None and found.renewal.contract.number == "1" and found.region == "Occitanie"
    later = [replace(one, state="a_venir") for one in renewals]
    assert gather(store, renewals=later) == []


def test_the_same_rows_give_the_same_ranking(town):
    renewals = expected(awarded(rows_of(town), today=TODAY), today=TODAY)
    first, again = (rank(gather(town, renewals=renewals), today=TODAY, since=date(2026, 8, 22)) for _ in range(2))
    assert first == again and first[0].arguments[0].code == "A"


def test_regions_share_digits_with_departements_and_are_never_mistaken():
    assert (region_of("75"), region_of("33"), region_of("11")) == ("Île-de-France", "Nouvelle-Aquitaine", "Occitanie")
    assert (region_of("2A"), region_of("974"), region_of("975"), region_of(None)) == ("Corse", "La Réunion", "", "")
