"""Does each rule say what its examples promise, and nothing of what the others say?"""

import json
import re
from pathlib import Path

import pytest

import nlp.rules as module
from nlp.classify import classify, everything
from nlp.evaluate import passage_notice
from nlp.match import claims
from nlp.passage import rejected
from nlp.rules import confusers, rules
from nlp.text import fold, sentences
from scanner.datafile import DataFileError, read_yaml

CASES = [
    pytest.param(rule, kind, sentence, id=f"{rule.id}-{kind}-{sentence[:30]}")
    for rule in rules()
    for kind, sentences in rule.examples.items()
    for sentence in sentences
]
PROBES = Path(__file__).parent / "probes"


def bare(sentence):
    return sentence.replace("[[", "").replace("]]", "")


def field_of(rule):
    return "conditions" if not rule.fields or "conditions" in rule.fields else min(rule.fields)


def labels(notice, *readings):
    return {one.label for lot in classify(notice).lots for one in lot.findings if one.reading in readings}


@pytest.mark.parametrize("rule, kind, sentence", CASES)
def test_example(rule, kind, sentence):
    notice = passage_notice(bare(sentence), field_of(rule))
    if kind == "silent":
        assert labels(notice, "affirmed", "conditional") == set()
        return
    quote = re.search(r"\[\[(.*?)\]\]", sentence).group(1)
    assert any(
        one.label == rule.label and one.reading == kind and (quote in one.quote or one.quote in quote)
        for one in everything(notice)
    ), everything(notice)


@pytest.mark.parametrize("rule, kind, sentence", CASES)
def test_no_other_rule_says_something_else_of_an_example(rule, kind, sentence):
    if kind != "silent":
        assert labels(passage_notice(bare(sentence), field_of(rule)), "affirmed", "conditional", "denied") == {
            rule.label
        }


@pytest.mark.parametrize("rule, kind, sentence", CASES)
def test_two_rules_of_one_label_claim_a_span_only_by_declared_precedence(rule, kind, sentence):
    by_id = {one.id: one for one in rules()}
    for one, other in claims(fold(bare(sentence)), field_of(rule)):
        assert other in by_id[one].over or one in by_id[other].over, f"« over » à déclarer entre {one} et {other}"


@pytest.mark.parametrize("confuser", confusers().values(), ids=confusers().keys())
def test_confuser_is_used_and_silences_its_example(confuser):
    assert any(confuser in rule.unless for rule in rules())
    for sentence in confuser.silent:
        for field in ("conditions", "description"):
            assert labels(passage_notice(sentence, field), "affirmed", "conditional") == set()


def test_rejection_names_its_confuser():
    notice = passage_notice("Le marché est réservé à la profession d'avocat.")
    assert [one.why for _, _, one in rejected(notice)] == ["profession"]


def refused(tmp_path, monkeypatch, entry, message):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "x.yml").write_text(entry, "utf-8")
    monkeypatch.setattr(module, "_HERE", tmp_path)
    monkeypatch.setattr(module, "word_rates", lambda: {})
    with pytest.raises(DataFileError, match=message):
        module.rules.__wrapped__()


def test_rule_without_counter_example_is_refused(tmp_path, monkeypatch):
    entry = '- {id: "x", label: "reserve_siae", basis: "b", find: ["zebre"], examples: {affirmed: ["[[zebre]]"]}}'
    refused(tmp_path, monkeypatch, entry, "denied")


def test_pattern_without_a_needed_word_is_refused(tmp_path, monkeypatch):
    entry = (
        '- {id: "x", label: "reserve_siae", basis: "b", find: ["[0-9]+ ?h"], '
        'examples: {affirmed: ["[[90 h]]"], silent: ["rien"]}}'
    )
    refused(tmp_path, monkeypatch, entry, "aucun mot")


def test_unknown_precedence_is_refused(tmp_path, monkeypatch):
    entry = (
        '- {id: "x", label: "reserve_siae", basis: "b", find: ["zebre"], over: ["lion"], '
        'examples: {affirmed: ["Un [[zèbre]]."], silent: ["Un lion."]}}'
    )
    refused(tmp_path, monkeypatch, entry, "over: lion")


def test_a_new_rule_needs_no_python(tmp_path, monkeypatch):
    """The anchors follow the data: a word that no rule had is found without any list to complete."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "x.yml").write_text(
        '- {id: "zebre", label: "reserve_siae", basis: "b", find: ["lot zebre"], '
        'examples: {affirmed: ["[[Lot zèbre]]."], silent: ["Un zèbre."]}}',
        "utf-8",
    )
    monkeypatch.setattr(module, "_HERE", tmp_path)
    monkeypatch.setattr(module, "word_rates", lambda: {})
    anchors = module.Anchors(module.rules.__wrapped__())
    assert anchors.next(fold("Voici un lot zèbre."), 0) == 9
    assert [rule.id for rule, _ in anchors.candidates("un lot zebre")] == ["zebre"]


def test_rule_without_a_positive_example_is_refused(tmp_path, monkeypatch):
    entry = '- {id: "x", label: "reserve_siae", basis: "b", find: ["zebre"], examples: {silent: ["Un zèbre."]}}'
    refused(tmp_path, monkeypatch, entry, "affirmed")


def test_example_without_a_marked_quote_is_refused(tmp_path, monkeypatch):
    entry = (
        '- {id: "x", label: "reserve_siae", basis: "b", find: ["zebre"], '
        'examples: {affirmed: ["Un zèbre."], silent: ["Un lion."]}}'
    )
    refused(tmp_path, monkeypatch, entry, "marquez")


def test_pattern_that_no_folded_text_can_match_is_refused(tmp_path, monkeypatch):
    entry = (
        '- {id: "x", label: "reserve_siae", basis: "b", find: ["zèbre"], '
        'examples: {affirmed: ["Un [[zèbre]]."], silent: ["Un lion."]}}'
    )
    refused(tmp_path, monkeypatch, entry, "sans accent")


@pytest.mark.parametrize("rule", rules(), ids=[rule.id for rule in rules()])
def test_a_counter_example_looks_like_the_rule(rule):
    """« Rien. » counters nothing: an example that must not fire holds a word that the rule needs, or is denied."""
    words = {word.replace("\\b", "") for find in rule.find for word in find.words}
    silent = [fold(said) for said in rule.examples.get("silent", ())]
    assert rule.examples.get("denied") or any(word in said for said in silent for word in words)


def cue_lists():
    content = read_yaml(Path(module.__file__).with_name("cues.yml"))
    negation, conditional = content["negation"], content["conditional"]
    for name, listed in (
        ("terminators", content["terminators"]), ("pseudo", content["pseudo"]),
        ("negation.before", negation["before"]), ("negation.after", negation["after"]),
        ("negation.box", negation["box"]), ("facultative", content["facultative"]["any"]),
        ("conditional", conditional["any"]), ("conditional.opening", conditional["opening"]),
    ):  # fmt: skip
        for cue in listed:
            yield pytest.param(cue, name, id=f"{name}-{cue[:40]}")


def known_texts():
    examples = [bare(said) for rule in rules() for listed in rule.examples.values() for said in listed]
    probes = [probe["text"] for path in sorted(PROBES.glob("*.yml")) for probe in read_yaml(path)]
    corpus = PROBES.parents[1] / "corpus" / "notices.jsonl"
    passages = [
        part["text"] for line in corpus.read_text("utf-8").splitlines() for part in json.loads(line)["passages"]
    ]
    for text in (*examples, *probes, *passages):
        folded = fold(text)
        yield from (folded[start:end].replace("\n", " ") for start, end in sentences(text))


@pytest.mark.parametrize("cue, name", [*cue_lists()])
def test_cue_has_a_sentence(cue, name):
    """A cue without a sentence that needs it is a guess: add one to an example of a rule or to ``probes/``."""
    pattern = module.compile_pattern(cue, name)
    for said in SENTENCES:
        if pattern.search(said) or (cue.startswith("^") and any(pattern.search(said[at:]) for at in range(len(said)))):
            return
    pytest.fail(f"{name} : ajoutez une phrase qui contient « {cue} » aux exemples d'une règle ou à tests/nlp/probes.")


SENTENCES = tuple(dict.fromkeys(known_texts()))
