"""Place of performance first, buyer second; what is unknown is always shown."""

from __future__ import annotations

from datetime import date

import pytest

from scanner.config import Territory
from scanner.notice import Buyer, Notice, Place
from scanner.territory import covers, departement, departements


def notice(*, execution: str = "", buyer: str = "", codes: tuple[str, ...] = ()) -> Notice:
    return Notice(
        id="boamp:26-1",
        source="boamp",
        key="26-1",
        kind="call",
        published=date(2026, 11, 16),
        title="Nettoyage",
        buyers=(Buyer("Ville", postcode=buyer or None),),
        places=(Place(execution, postcode=execution),) if execution else (),
        departements=codes,
        places_source="execution" if execution else "acheteur" if buyer else "publication" if codes else "inconnu",
    )


@pytest.mark.parametrize(
    ("territory", "seen", "expected"),
    [
        (Territory(), notice(codes=("75",)), True),
        (Territory(departements=("34",)), notice(codes=("34", "30")), True),
        (Territory(departements=("34",)), notice(codes=("75",)), False),
        (Territory(departements=("34",)), notice(), True),
        (Territory(postcodes=("34000",)), notice(execution="34000", codes=("34",)), True),
        (Territory(postcodes=("34000",)), notice(execution="34500", buyer="34000", codes=("34",)), False),
        (Territory(postcodes=("34000",)), notice(buyer="34000", codes=("34",)), True),
        (Territory(postcodes=("34000",)), notice(codes=("34",)), True),
        (Territory(communes=("2A004",)), notice(execution="20000", codes=("2A",)), True),
    ],
)
def test_what_is_in_the_territory(territory: Territory, seen: Notice, expected: bool) -> None:
    assert covers(territory, seen) is expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("34000", "34"),
        ("01000", "01"),
        ("20000", "2A"),
        ("20200", "2B"),
        ("2B033", "2B"),
        ("97411", "974"),
        ("98800", "988"),
    ],
)
def test_the_departement_of_a_code(code: str, expected: str) -> None:
    assert departement(code) == expected


def test_every_departement_touched_is_listed_once() -> None:
    assert departements(Territory(departements=("34",), postcodes=("34000", "30000"))) == ("30", "34")
