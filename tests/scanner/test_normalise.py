"""Kinds, instants, SIRET and départements, and what is said when they resist."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scanner.normalise import departement_code, departement_in, departement_of, normalise
from scanner.notice import Buyer, Draft, Lot, Place
from scanner.source import load

DRAFT = Draft("boamp", "26-1", "FNS", "APPEL_OFFRE", "INITIAL", "2026-09-04", "Titre", shape="fnsimple")
BOAMP = load("boamp")


@pytest.mark.parametrize(
    ("style", "written", "read", "code"),
    [
        ("paris", "2026-10-05T14:00:00+00:00", "2026-10-05T14:00:00+02:00", None),
        ("offset", "2026-10-05T12:00:00+00:00", "2026-10-05T14:00:00+02:00", None),
        ("offset", "2026-12-05T12:00:00+02:00", "2026-12-05T12:00:00+01:00", "echeance_hiver"),
        ("offset", "2026-12-05T12:00:00-04:00", "2026-12-05T17:00:00+01:00", None),
        ("paris", "2924-10-05T12:00:00", None, "echeance_absurde"),
        ("paris", "bientôt", None, "echeance_illisible"),
    ],
)
def test_deadline(style: str, written: str, read: str | None, code: str | None) -> None:
    notice, issues = normalise(replace(DRAFT, deadline=written, deadline_style=style), BOAMP)
    assert (notice.deadline and notice.deadline.isoformat()) == read
    assert [issue.code for issue in issues] == ([code] if code else [])


@pytest.mark.parametrize(
    ("code", "read"),
    [("2", "02"), ("20A", "2A"), ("20B", "2B"), ("974", "974"), ("075", "75"), ("99", None), ("20", None)],
)
def test_departement_code(code: str, read: str | None) -> None:
    assert departement_code(code) == read


@pytest.mark.parametrize(
    ("nuts", "postcode", "read"),
    [
        ("FR104", "", "91"), ("FRG02", "49800", "49"), ("FR824", "", "13"), ("FRK", "", None), ("", "20137", "2A"),
        ("", "20600", "2B"), ("", "97831", "974"), ("", "97150", "978"), ("BE100", "1000", None),
    ],
)  # fmt: skip
def test_departement_of(nuts: str, postcode: str, read: str | None) -> None:
    assert departement_of(nuts, postcode) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [("Valmont 76540", "76"), ("Ville (83)", "83"), ("Département de l'Isère", "38"), ("BP 12345", None), ("", None)],
)
def test_departement_in(text: str, read: str | None) -> None:
    assert departement_in(text) == read


def test_execution_comes_before_buyer_and_publication() -> None:
    draft = replace(DRAFT, publication_departements=("6", "20A"))
    assert normalise(draft, BOAMP)[0].departements == ("06", "2A")
    at_home = replace(draft, buyers=(Buyer("Valmont", postcode="76540"),))
    assert normalise(at_home, BOAMP)[0].places_source == "acheteur"
    done = replace(at_home, lots=(Lot("1", places=(Place("Lyon 69001"),)),))
    notice, _ = normalise(done, BOAMP)
    assert (notice.departements, notice.places_source) == (("69",), "execution")


def test_siret_is_cleaned_or_refused() -> None:
    good, none = normalise(replace(DRAFT, buyers=(Buyer("V", siret="216 001 586 00017"),)), BOAMP)
    assert good.buyer is not None and (good.buyer.siret, none) == ("21600158600017", [])
    bad, issues = normalise(replace(DRAFT, buyers=(Buyer("V", siret="ORG-002"),)), BOAMP)
    assert bad.buyer is not None and bad.buyer.siret is None
    assert [issue.code for issue in issues] == ["siret_invalide"]


def test_unknown_nature_is_other_and_names_the_file_to_edit() -> None:
    notice, issues = normalise(replace(DRAFT, nature="NOUVELLE"), BOAMP)
    assert notice.kind == "other"
    assert "spiders/boamp.yml" in issues[0].message
