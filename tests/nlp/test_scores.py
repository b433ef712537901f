"""Are the figures those that anyone would compute by hand?"""

import json

import pytest

from nlp.evaluate import evaluate
from nlp.scores import Evaluation, wilson

SAID = {"1": "Clause d'insertion obligatoire de 100 heures.", "2": "Clause d'insertion obligatoire de 40 heures."}


def measured(tmp_path, **more):
    notice = {
        "id": "essai:1", "source": "essai", "kind": "call", "published": None, "title": "",
        "passages": [{"field": "conditions", "lot": lot, "text": text} for lot, text in SAID.items()],
        "gold": {"1": ["clause_insertion"], "2": ["clause_insertion"]}, **more,
    }  # fmt: skip
    path = tmp_path / "avis.jsonl"
    path.write_text(json.dumps(notice), encoding="utf-8")
    return evaluate(path)


@pytest.mark.parametrize(
    "right, total, low, high", [(0, 0, 0, 1), (10, 10, 0.722, 1), (50, 100, 0.404, 0.596), (0, 10, 0, 0.278)]
)
def test_wilson(right, total, low, high):
    assert wilson(right, total) == pytest.approx((low, high), abs=0.001)


def test_a_kind_read_as_another_is_confused_once():
    result = Evaluation("x")
    result.count(frozenset({"reserve_siae", "reserve_ess"}), frozenset({"reserve_siae", "reserve_ea_esat"}))
    result.count(frozenset(), frozenset({"reserve_ess"}))
    assert dict(result.confusion) == {
        ("reserve_siae", "reserve_siae"): 1, ("reserve_ess", "reserve_ea_esat"): 1, ("aucune", "reserve_ess"): 1,
    }  # fmt: skip
    assert (result.kinds.right, result.kinds.total) == (0, 1)
    assert (result.right["réservation (toutes)"], result.extra["réservation (toutes)"]) == (1, 1)


@pytest.mark.parametrize(
    "hours, right", [({"1": 100, "2": 40}, 2), ({"*": 140}, 1), ({"1": 40}, 0), ({"2": "40/an"}, 1), ({"1": 140}, 0)]
)
def test_hours_are_those_stated_or_their_sum(tmp_path, hours, right):
    assert measured(tmp_path, hours=hours)[0].hours.right == right


def test_lots_are_compared_once_the_whole_is_spread(tmp_path):
    assert measured(tmp_path, gold={"*": ["clause_insertion"]})[0].lots.right == 1
    assert measured(tmp_path, gold={"1": ["clause_insertion"]})[0].lots.right == 0


def test_the_unsure_are_apart(tmp_path):
    sure, unsure = measured(tmp_path, sure=False)
    assert (sure.size, unsure.size, unsure.right["clause_insertion"]) == (0, 1, 1)


def test_a_denial_read_as_affirmed_is_told(tmp_path):
    denied = {"label": "clause_insertion", "lots": ["1"], "quote": "Clause d'insertion obligatoire"}
    sure, _ = measured(tmp_path, gold_denied=[denied])
    assert (sure.denied.right, sure.denied_affirmed) == (0, 1)
    assert [one.what for one in sure.mistakes] == ["negation"]
