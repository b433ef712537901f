"""What is told beside a finding: doubts on articles, boxes, ESS services and volumes; the guichet to call."""

from __future__ import annotations

import pytest

from nlp.classify import classify
from nlp.evaluate import passage_notice
from nlp.facilitator import UNNAMED
from nlp.report import read_notice
from scanner.finding import note_text


def said(text, label, **more):
    notice = read_notice(
        {"id": "x:1", "source": "x", "kind": "call", "published": None, "title": "",
         "passages": [{"field": "conditions", "lot": None, "text": text}], **more}
    )  # fmt: skip
    return next(one for one in classify(notice).lots[0].findings if one.label == label)


@pytest.mark.parametrize(
    ("text", "label", "code"),
    [
        ("Marché réservé aux SIAE (article L. 2113-12).", "reserve_siae", "ARTICLE_PUBLIC"),
        ("Clause d'insertion obligatoire, article L. 2113-15.", "clause_insertion", "ARTICLE_RESERVE_POUR_CLAUSE"),
        ("Le marché comporte une clause d'insertion.", "clause_insertion", "VOLUME_NON_PRECISE"),
        ("Clause d'insertion : 50 % des heures d'insertion travaillées.", "clause_insertion", "TAUX_ELEVE"),
        ("Le marché est réservé.", "reserve_indetermine", "SANS_BENEFICIAIRE"),
    ],
)  # fmt: skip
def test_doubt_is_told(text, label, code):
    assert code in said(text, label).notes
    assert note_text(code)


def test_right_article_and_stated_volume_raise_no_doubt():
    assert said("Marché réservé aux SIAE (article L. 2113-13).", "reserve_siae").notes == ()
    assert said("Clause d'insertion de 140 heures d'insertion.", "clause_insertion").notes == ()


def test_ess_reservation_of_listed_services_only():
    text = "Marché réservé aux entreprises de l'économie sociale et solidaire."
    assert "ESS_HORS_LISTE" in said(text, "reserve_ess", cpv=["45210000"]).notes
    assert "ESS_HORS_LISTE" not in said(text, "reserve_ess", cpv=["85311300-5"]).notes
    assert "ESS_HORS_LISTE" not in said(text, "reserve_ess").notes  # no CPV: nothing is known


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Clause d'insertion de 70 heures. Contact : Maison de l'Emploi du pays de Brasse, M. Untel.",
         "Maison de l'Emploi du pays de Brasse"),
        ("Clause d'insertion : l'entreprise sera accompagnée par le PLIE Val de Rance pour les recrutements.",
         "PLIE Val de Rance"),
        ("Facilitatrice de la clause d'insertion : Mme Une Telle.", UNNAMED),
        ("Clause d'insertion au profit des participants du PLIE et des allocataires du RSA.", ""),
    ],
)  # fmt: skip
def test_guichet_is_named_never_a_person(text, name):
    assert said(text, "clause_insertion").facilitator == name


def test_refused_lots_hint_at_the_others():
    text = "Les lots 1 et 2 ne sont pas soumis à la clause d'insertion."
    whole = classify(passage_notice(text))
    assert {"CLAUSE_AUTRES_LOTS"} <= {note for lot in whole.lots for one in lot.findings for note in one.notes}
