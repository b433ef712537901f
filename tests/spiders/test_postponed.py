"""The deadline that a national rectification gives: read, untouched, or changed in words that cannot be read."""

from __future__ import annotations

from typing import Any

import pytest

from spiders.formats.postponed import UNREADABLE, postponed


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("Rubrique : Date et heure limites de réception des plis, Au lieu de 07/12/2026 à 12h00, "
         "lire 14/12/2026 à 12h00",
         "2026-12-14T12:00"),
        ("Modification de la date limite de remise des plis au vendredi 11 décembre 2026 à 12:00:00",
         "2026-12-11T12:00"),
        ("La date limite de remise des offres est reportée au jeudi 15 octobre 2026 à 14 heures.", "2026-10-15T14:00"),
        ("La date limite de réception des offres est décalée au 1er décembre 2026 à 12:00 dernier délai.\n"
         "La date d'ouverture des offres est décalée au 2 décembre 2026.", "2026-12-01T12:00"),
        ("La date limite de remise des offres, initialement fixée au 3 novembre 2026 à 12h, est reportée au "
         "10 novembre 2026 à 12h.", "2026-11-10T12:00"),
        ("Date limite de réception des offres : au lieu de lire 3/11/2026, lire 10/11/2026", "2026-11-10"),
        ("Date limite de réception des offres : Au lieu du 3 novembre 2026 : lire le 10 novembre 2026 - 17h30",
         "2026-11-10T17:30"),
        ("La visite du site est reportée au 2 novembre 2026. La remise des offres est repoussée au 20/11/26 à 16h",
         "2026-11-20T16:00"),
        ({"rubDelais": "ReceptionOffres", "auLieuDeDate": "2026-11-03T12:00:00", "lireDate": "2026-11-10T12:00:00"},
         "2026-11-10T12:00"),
        ({"rubDelais": "ReceptionOffres", "lireDate": "2026-11-10T11:00:00Z"}, "2026-11-10T12:00"),
    ],
)  # fmt: skip
def test_the_new_deadline_is_read(change: Any, expected: str) -> None:
    assert postponed(change) == (expected, ())


@pytest.mark.parametrize(
    "change",
    [
        "Le plan du lot 1 est remplacé.",
        "La date limite de remise des offres fixée au 18 septembre 2026 à 15h00 reste inchangée.",
        "La visite obligatoire est reportée au 2 novembre 2026 à 9h.",
        "Date limite de réception des questions : lire 10/11/2026",
        "Critères : au lieu de 40 %, lire 60 %",
        None,
    ],
)
def test_a_deadline_that_is_not_touched_is_left_alone(change: Any) -> None:
    assert postponed(change) == ("", ())


@pytest.mark.parametrize(
    "change",
    [
        "La date limite de remise des offres est reportée d'une semaine.",
        "La date limite de remise des offres est reportée au 31/02/2026.",
        "Date limite de réception des candidatures : lire 3/11/2026. "
        "Date limite de réception des offres : lire 4/12/2026",
    ],
)
def test_a_deadline_changed_unreadably_is_said_so(change: str) -> None:
    assert postponed(change) == ("", (UNREADABLE,))
