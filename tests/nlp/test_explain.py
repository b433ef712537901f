"""Is a reading explained so that a facilitator can judge it: words, rule, article, and what was not believed?"""

import json

import pytest
from typer.testing import CliRunner

from feeds.entry import word
from nlp.classify import classify
from nlp.explain import explain
from nlp.report import read_notice
from scanner.cli import app

LONG = "Le règlement de la consultation précise les modalités de remise des plis et le délai de validité. " * 8


def notice(*passages, **more):
    parts = [{"field": field, "lot": lot, "text": text} for field, lot, text in passages]
    return {"id": "essai:1", "source": "essai", "kind": "call", "published": "2025-01-06", "title": "Voirie",
            "passages": parts, **more}  # fmt: skip


def told(*passages, **more):
    """The explanation on one line, plain spaces only."""
    one = read_notice(notice(*passages, **more))
    return " ".join(explain(one, classify(one), word).split())


def test_a_finding_is_told_in_french_with_rule_article_and_figures():
    text = told(
        ("conditions", None, "Clause d'insertion obligatoire : 300 heures par an, suivie par la MDE du Bas-Pays.")
    )
    assert "essai:1 — Voirie avis de marché, paru le 06/01/2025" in text
    assert "[1] clause d'insertion — affirmé" in text
    assert "rubrique : conditions d'exécution" in text
    assert "règle : clause_insertion (L2112-2)" in text
    assert "heures : 300 par an" in text
    assert "[1 « Clause d'insertion obligatoire : 300 heures par an" in text


def test_a_denial_shows_its_cue():
    text = told(("conditions", None, "Le marché ne comporte pas de clause d'insertion."))
    assert "clause d'insertion — nié" in text and "indice : «" in text


def test_a_long_passage_is_cut_around_its_quote_and_nothing_is_lost_of_the_quote():
    text = told(("conditions", None, f"{LONG}Marché réservé aux ESAT. {LONG}"))
    assert "[…]" in text and "[1 « Marché réservé aux ESAT. »]" in text
    assert len(text) < len(LONG)


def test_what_is_rejected_is_told_once_with_the_confuser_and_what_it_says():
    said = "La prestation est réservée à une profession particulière."
    text = told(("conditions", None, said), ("conditions", None, said))
    assert text.count("Considéré et écarté") == text.count("écarté par profession (réservé à une profession") == 1
    assert "La prestation est réservée à une profession particulière." in text
    assert "« réservé, catégorie non précisée » selon reserve_indetermine" in text


def test_a_ticked_box_is_told_by_its_code():
    text = told(("title", None, "Voirie"), coded=[{"field": "marche_reserve", "lot": None, "value": "oui"}])
    assert "rubrique codée « marché réservé » : oui" in text


def test_lots_that_are_read_the_same_are_told_together():
    text = told(("conditions", None, "Lots 2, 3 et 5 : clause d'insertion obligatoire."))
    assert "Lots 2, 3, 5 : clause d'insertion" in text


@pytest.mark.parametrize("identifier, status, words", [("essai:1", 0, "[1]"), ("essai:2", 2, "")])
def test_a_notice_of_a_file(tmp_path, identifier, status, words):
    path = tmp_path / "avis.jsonl"
    path.write_text(json.dumps(notice(("conditions", None, "Marché réservé aux ESAT."))), encoding="utf-8")
    done = CliRunner().invoke(app, ["explain", identifier, "--fichier", str(path), "--format", "notice"])
    assert words in done.stdout
    assert (done.exit_code == 0) is (status == 0)
