"""Does each rule say what its examples promise?"""

import re
from pathlib import Path

import pytest

from nlp.classify import everything
from nlp.evaluate import passage_notice
from nlp.rules import anchors, rules
from nlp.text import fold
from scanner.datafile import DataFileError

CASES = [
    (rule, kind, sentence)
    for rule in rules()
    for kind, sentences in rule.examples.items()
    for sentence in sentences
]  # fmt: skip


@pytest.mark.parametrize("rule, kind, sentence", CASES, ids=[f"{r.id}-{k}-{s[:30]}" for r, k, s in CASES])
def test_example(rule, kind, sentence):
    field = next(iter(sorted(rule.fields)), "conditions") if "conditions" not in rule.fields else "conditions"
    marked = re.search(r"\[\[(.*?)\]\]", sentence)
    found = everything(passage_notice(sentence.replace("[[", "").replace("]]", ""), field))
    if kind == "silent":
        assert [one.label for one in found if one.reading != "denied"] == []
        return
    quote = marked.group(1)
    assert any(
        one.label == rule.label and one.reading == kind and (quote in one.quote or one.quote in quote) for one in found
    ), found


def test_rule_without_counter_example_is_refused(tmp_path, monkeypatch):
    import nlp.rules as module

    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "x.yml").write_text(
        '- {id: "x", label: "reserve_siae", basis: "b", find: ["x"], examples: {affirmed: ["[[x]]"]}}', "utf-8"
    )
    monkeypatch.setattr(module, "_HERE", tmp_path)
    module.rules.cache_clear()
    with pytest.raises(DataFileError, match="denied"):
        module.rules()
    monkeypatch.undo()
    module.rules.cache_clear()
    assert Path(module.__file__).exists() and len(module.rules()) > 5


def test_example_without_anchor_is_refused(tmp_path, monkeypatch):
    import nlp.rules as module

    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "x.yml").write_text(
        '- {id: "x", label: "reserve_siae", basis: "b", find: ["zebre"], '
        'examples: {affirmed: ["Un [[zèbre]]."], silent: ["Un lion."]}}',
        "utf-8",
    )
    monkeypatch.setattr(module, "_HERE", tmp_path)
    with pytest.raises(DataFileError, match="aucune ancre"):
        module.rules.__wrapped__()


@pytest.mark.parametrize("rule, kind, sentence", CASES, ids=[f"{r.id}-{k}-{s[:30]}" for r, k, s in CASES])
def test_example_is_anchored(rule, kind, sentence):
    if kind != "silent":
        assert anchors().search(fold(sentence.replace("[[", "").replace("]]", "")))
