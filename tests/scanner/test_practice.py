"""Are the contracts counted for a buyer, its neighbours and a trade those that a reader would count by hand?"""

from collections.abc import Iterator
from datetime import date

import pytest

from scanner.appraisal import Practice
from scanner.shelves.practice import Asked, practices
from scanner.shelves.similar import similar
from scanner.store import Store
from tests.scanner.test_ledger import declare

SINCE = date(2023, 11, 23)
HERE, ELSEWHERE, OTHER = "11006801200050", "11006801200068", "21690123400015"
ASKED = Asked("110068012", "Auvergne-Rhône-Alpes", "90")


@pytest.fixture
def store() -> Iterator[Store]:
    """A ministry with a house in Lyon and another in Lille, and a town of the Rhône."""
    with Store.open(":memory:") as opened:
        opened.save_contract_buyers([(HERE, "PREF", "69"), (ELSEWHERE, "PREF NORD", "59"), (OTHER, "VALRIVE", "69")])
        declare(opened, "1", buyer=HERE, notified="2024-02-01", social="clause_sociale_generique")
        for number in range(6):
            declare(opened, f"2{number}", buyer=ELSEWHERE, notified="2024-05-01", social="critere_social")
        declare(opened, "3", buyer=OTHER, notified="2025-03-01", social="clause_sociale_generique")
        for number in range(4):
            declare(opened, f"4{number}", buyer=OTHER, notified="2026-09-30", amount=150_000.0)
        yield opened


def known(store: Store, asked: Asked = ASKED) -> Practice | None:
    return practices(store.rows, [asked], SINCE).get(asked)


def test_the_contracts_a_buyer_signed_elsewhere_are_its_own_and_take_nothing_from_its_peers(store: Store) -> None:
    found = known(store)
    assert found == Practice(7, 7, 5, 1, "CPV 90, Auvergne-Rhône-Alpes", "02/2024 à 09/2026", "02/2024 à 05/2024")


def test_a_trade_or_a_region_that_is_unknown_leaves_the_own_practice_alone(store: Store) -> None:
    for asked in (Asked("110068012", "", "90"), Asked("110068012", "Auvergne-Rhône-Alpes", "")):
        assert known(store, asked) == Practice(7, 7, own_period="02/2024 à 05/2024")


def test_who_declared_nothing_is_unknown(store: Store) -> None:
    assert known(store, Asked("999999999", "Bretagne", "90")) is None


def test_the_rate_of_a_trade_counts_what_is_large_enough_and_names_the_latest(store: Store) -> None:
    declare(store, "5", buyer=OTHER, notified="2026-09-30", amount=89_999.0)
    declare(store, "6", buyer=OTHER, notified="2023-11-22")
    declare(store, "7", buyer=OTHER, notified="2025-01-01", social=None)
    declare(store, "8", buyer=OTHER, notified="2025-01-01", anomalies="doublon_probable")
    region = "Auvergne-Rhône-Alpes"
    found = similar(store.rows, [("9091", region), ("", region), ("9091", "")], SINCE)
    rate = found["9091", region].rate
    assert (rate.known, rate.social, rate.first, rate.last) == (6, 2, date(2024, 2, 1), date(2026, 9, 30))
    assert [one.id for one in found["9091", region].contracts] == [f"decp:{OTHER}/3", f"decp:{HERE}/1"]
    assert found["", region].rate.known == 0 and found["9091", ""].rate.known == 0
