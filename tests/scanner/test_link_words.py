"""What a notice says of the others: numbers quoted, relaunches, likeness; every threshold has its counter-example."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from scanner.link import between, keys, propose, trace
from scanner.link.keys import said, ties
from scanner.link.words import words
from scanner.notice import Buyer, Coded, Link, Lot, Notice, Passage

CLOSING = datetime(2026, 6, 1, 12, tzinfo=UTC)
UUID = "11111111-2222-3333-4444-555555555555"


def notice(key: str = "26-5000", kind: Any = "call", title: str = "Réfection des vestiaires", **changes: Any) -> Notice:
    known = Notice(f"boamp:{key}", "boamp", key, kind, date(2026, 5, 4), title, family="FNS",
                   buyers=(Buyer("Ville de Valrive", siret="21690123400015"),), departements=("69",))  # fmt: skip
    return replace(known, **changes)


def quoting(text: str, kind: Any = "award", **changes: Any) -> Notice:
    return notice(kind=kind, passages=(Passage("additional", None, text),), **changes)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Rectificatif à l'avis n° 26-4210.", "boamp:26-4210"),
        ("Référence de l'avis initial paru au Boamp : Avis no25-39007 publié le 25/03/2025.", "boamp:25-39007"),
        ("publié au BOAMP sous la référence 26-3146", "boamp:26-3146"),
        ("a fait l'objet d'un avis (BOAMP nº 15-79244-publié le 27.5.2015)", "boamp:15-79244"),
        ("Avis de marché publié au BOAMP ET AU JOUE N° 25-71638", "boamp:25-71638"),
        ("JOUE : annonce no 2021/S 018-040511 diffusée le 27 janvier", "ted:40511-2021"),
        ("Avis JOUE 00133856-2025", "ted:133856-2025"),
        ("Procédure déclarée sans suite. Avis initial : BOAMP n° 26-1234", "boamp:26-1234"),
    ],
)
def test_a_number_quoted_as_a_notice_is_a_key_of_the_same_procedure(text: str, key: str) -> None:
    for kind in ("award", "rectification", "cancellation"):
        assert key in ties(quoting(text, kind)).same
    assert ties(quoting(text, "call")).same == ("boamp:26-5000",), "un appel ne rattache rien par son texte"


@pytest.mark.parametrize(
    "text",
    [
        "Marché n° 25-0034 notifié",
        "Annonce n° 26-1234 du Moniteur, annonce Marchés Online n° 26-1234",
        "Avis n° 26-9999 à paraître au BOAMP",
        "avis n° 20-12 de la commission",
        "Date d'envoi de l'avis : 12-05-2026 ; téléphone 04-720011",
        "Délibération 26-1201",
    ],
)
def test_a_number_of_something_else_ties_nothing(text: str) -> None:
    assert ties(quoting(text)).same == ("boamp:26-5000",)
    assert ties(quoting(text)).after == ()


@pytest.mark.parametrize(
    "text",
    [
        "Suite à la précédente consultation publiée au Boamp avis n° 25-59047",
        "Cette consultation fait suite à un marché déclaré sans suite, avis BOAMP n° 25-59047",
        "Un avis de préinformation a été publié au BOAMP n° 25-59047",
        "Renouvellement du marché publié au BOAMP, avis n° 25-59047",
    ],
)
def test_a_number_of_the_previous_procedure_makes_a_successor(text: str) -> None:
    for kind in ("call", "award"):
        found = ties(quoting(text, kind))
        assert (found.same, [key for key, _ in found.after]) == (("boamp:26-5000",), ["boamp:25-59047"])


def test_a_call_that_cancels_and_replaces_an_earlier_one_is_the_same_procedure() -> None:
    assert "boamp:26-4210" in ties(quoting("Annule et remplace l'avis n° 26-4210 du BOAMP", "call")).same


def test_a_relaunch_that_names_its_first_call_follows_it_and_its_own_rectification_joins_it() -> None:
    again = notice("26-6000", title="Réfection des vestiaires - relance du lot 2", earlier=("boamp:26-5000",))
    assert ties(again).same == ("boamp:26-6000",) and ties(again).after == (("boamp:26-5000", "relance"),)
    assert "boamp:26-6000" in ties(replace(again, kind="rectification", earlier=("boamp:26-6000",))).same
    assert "boamp:26-6000" in ties(replace(again, kind="award", earlier=("boamp:26-6000",))).same


def test_european_identifiers_are_keys_whatever_the_journal_and_a_placeholder_is_none() -> None:
    changed = (Coded("changed-notice", None, f"{UUID}-01"),)
    ted = notice(source="ted", id="ted:1-2026", key="1-2026", coded=changed, kind="rectification", shape="eforms")
    assert f"uuid:{UUID}" in ties(ted).same
    assert f"uuid:{UUID}" in ties(notice(notice_uuid=UUID.upper(), version="01")).same
    assert keys([notice(folder_id="00000000-0000-0000-0000-000000000000")]) == {"boamp:26-5000"}


def test_one_prior_information_does_not_merge_the_calls_that_it_prepared() -> None:
    named = (Coded("previous-notice", None, f"{UUID}-01"),)
    call = notice(family="JOUE", shape="eforms", coded=named, folder_id="f1")
    assert ties(call).after == ((f"uuid:{UUID}", "préparation"),)
    assert f"uuid:{UUID}" in ties(replace(call, kind="award")).same


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Extension du collège – Relance du lot n° 3", "relance"),
        ("Jeux de plein air - relance suite à procédure sans suite", "relance"),
        ("Entretien des voiries (Reconsultation lot 070)", "relance"),
        ("Fourniture de papier (suite au lot n° 1 du marché 2023A014 déclaré infructueux)", "relance"),
        ("Étude pour le ministère de l'Économie, des Finances et de la Relance", ""),
        ("Plan de relance : rénovation énergétique de l'école", ""),
        ("Remplacement d'un poste de relance des eaux usées", ""),
        ("Renouvellement du marché de nettoyage", "renouvellement"),
        ("Renouvellement du réseau d'eau potable", ""),
    ],
)
def test_a_title_says_a_relaunch_or_a_renewal(title: str, expected: str) -> None:
    assert said(title) == expected


def linked(first: Notice, second: Notice) -> Link | None:
    one = between(trace(first), trace(second))
    assert one == between(trace(second), trace(first)), "l'ordre ne change rien"
    assert bool(one) == bool(propose([trace(first)], [trace(second)])), "une paire liée partage un bloc"
    return one


def pair(rule: str, titles: tuple[str, ...]) -> tuple[Notice, Notice]:
    first, second = notice("26-100", title=titles[0]), notice("26-200", title=titles[1])
    if rule == "same_title":
        return replace(first, deadline=CLOSING), replace(second, deadline=CLOSING)
    if rule == "follow_up_title":
        return first, replace(second, kind="award", published=date(2026, 9, 1))
    return first, replace(second, published=date(2029, 5, 4) if rule == "renewal_title" else date(2026, 9, 1))


@pytest.mark.parametrize("rule", list(words().thresholds))
def test_each_threshold_stands_between_its_example_and_its_counter_example(rule: str) -> None:
    threshold = words().thresholds[rule]
    assert threshold.reason
    link = linked(*pair(rule, threshold.like))
    assert link and link.proposed and link.score >= threshold.value
    assert (link.notice, link.other) == ("boamp:26-200", "boamp:26-100")
    assert link.nature == ("successor" if rule in ("relaunch_title", "renewal_title") else "same")
    assert linked(*pair(rule, threshold.unlike)) is None


def test_a_twin_needs_the_buyer_the_title_the_deadline_and_the_lots() -> None:
    first, second = notice("26-100", deadline=CLOSING), notice("26-200", deadline=CLOSING)
    found = linked(first, second)
    assert found and found.evidence == (
        "même SIRET", "intitulés proches à 100 %", "même date limite", "aucun lot énoncé de part et d'autre",
    )  # fmt: skip
    other = (Buyer("Ville de Valrive", siret="21380185500015"),)
    assert linked(first, replace(second, buyers=other)) is None
    assert linked(first, replace(second, deadline=None)) is None
    assert linked(first, replace(second, lots=(Lot("1"),))) is None
    assert linked(first, replace(second, title="Curage des fossés de la plaine")) is None
    named = (Buyer("COMMUNE DE VALRIVE (69)"),)
    assert linked(first, replace(second, buyers=named))
    assert linked(first, replace(second, buyers=named, departements=("38",))) is None


def test_a_name_that_names_nobody_brings_nothing_together() -> None:
    court = (Buyer("Tribunal Administratif de Cergy-Pontoise"),)
    assert (
        linked(notice("26-1", buyers=court, deadline=CLOSING), notice("26-2", buyers=court, deadline=CLOSING)) is None
    )


def test_two_lots_or_two_years_of_a_programme_are_two_procedures() -> None:
    for one, other in (("lot 3", "lot 5"), ("tranche 2025", "tranche 2026")):
        first = notice("26-100", title=f"Réfection des vestiaires, {one}", deadline=CLOSING)
        assert linked(first, notice("26-200", title=f"Réfection des vestiaires, {other}", deadline=CLOSING)) is None


def test_different_folders_are_never_proposed_as_one() -> None:
    first = notice("26-100", deadline=CLOSING, folder_id="f1")
    assert linked(first, notice("26-200", deadline=CLOSING, folder_id="f2")) is None
