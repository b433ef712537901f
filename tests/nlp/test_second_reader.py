"""Does the second reader only propose, where the rules say nothing, and is it absent unless asked for?"""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from feeds.entry import word
from nlp.classify import classify
from nlp.evaluate import labels_of, passage_notice
from nlp.explain import explain
from nlp.match import read_sentence
from nlp.report import read_notice
from nlp.second_reader import RULE, SHIPPED, SecondReader, load, sentences_labelled, settings, train
from nlp.text import fold
from scanner.config import read
from scanner.datafile import DataFileError
from tests import probes_table
from tests.measure_second_reader import without

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "tests" / "corpus" / "notices.jsonl"
TEXT = "Le titulaire respecte le planning. Le marché comporte une clause d'insertion sociale de 120 heures au lot 2."


@pytest.fixture(scope="module")
def shipped() -> SecondReader:
    return load()


@pytest.fixture
def silenced():
    """The reading when every rule is switched off: the words of the clause are there and nobody reads them."""
    from nlp.rules import rules

    with without(frozenset(rule.id for rule in rules())):
        yield


def two_lots(text: str = TEXT):
    return read_notice(
        {"id": "x:1", "source": "x", "kind": "call", "published": None, "title": "", "passages": [
            *({"field": "lot_title", "lot": number, "text": f"Bâtiment {number}"} for number in "12"),
            {"field": "conditions", "lot": None, "text": text}]}
    )  # fmt: skip


def test_the_model_is_small_and_says_the_same_twice(shipped):
    told = [(fold(TEXT), "conditions"), (fold("La visite du site est obligatoire."), "additional")]
    scores = shipped.scores(told)
    assert scores == shipped.scores(told) == load().scores(told)
    assert scores[0].score > 0.9 > 0.1 > scores[1].score
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < 2_000_000


def test_it_proposes_on_what_a_rule_would_have_read(shipped, silenced):
    notice = two_lots()
    plain = classify(notice)
    reading = shipped.completed(notice, plain)
    found = [(lot.number, one) for lot in reading.lots for one in lot.findings]
    assert [(number, one.label, one.rule, one.proposed) for number, one in found] == [
        ("2", "clause_insertion", RULE, True)
    ]
    one = found[0][1]
    assert notice.passages[one.passage].text[one.start : one.end] == one.quote
    assert one.quote == TEXT.partition(". ")[2] and [hours.value for hours in one.hours] == [120]
    assert [lot.status for lot in reading.lots] == [lot.status for lot in plain.lots] == ["rien"] * 3
    assert "proposé par le second lecteur : à vérifier" in " ".join(explain(notice, reading, word).split())


def test_it_is_silent_where_the_rules_speak_deny_or_reject(shipped):
    eager = SecondReader(shipped._pipeline, 0.0)
    for text in (
        TEXT.partition(". ")[2],
        "Le présent lot ne comporte pas de clause d'insertion.",
        "La notice décrit l'action d'insertion paysagère du bâtiment.",
    ):
        said = read_sentence(fold(text), "conditions")
        assert said.statements or said.rejected
        notice = passage_notice(text)
        assert eager.completed(notice, classify(notice)) == classify(notice)


def test_no_status_and_no_measured_label_ever_changes(shipped):
    eager = SecondReader(shipped._pipeline, 0.3)
    proposed = 0
    for line in CORPUS.read_text(encoding="utf-8").splitlines():
        notice = read_notice(json.loads(line))
        plain = classify(notice)
        reading = eager.completed(notice, plain)
        assert [(lot.number, lot.status) for lot in reading.lots] == [(lot.number, lot.status) for lot in plain.lots]
        own = [one for lot in reading.lots for one in lot.findings if one.proposed]
        proposed += len(own)
        assert all(notice.passages[one.passage].text[one.start : one.end] == one.quote for one in own)
        bare = [replace(lot, findings=tuple(one for one in lot.findings if not one.proposed)) for lot in reading.lots]
        assert bare == list(plain.lots)
    assert proposed
    assert labels_of(passage_notice("La visite est obligatoire.")) == frozenset()


def test_what_is_proposed_is_told_as_to_verify_and_announced_nowhere(shipped, silenced):
    from feeds.digest import listings, retained
    from feeds.entry import card, shown
    from scanner.edition import ItemLot
    from tests.feeds.samples import item as sample

    notice = two_lots()
    reading = shipped.completed(notice, classify(notice)).lot("2")
    lot = ItemLot("2", "Bâtiment", reading.status, reading.findings, None, ())
    assert shown(lot) == ()
    item = sample("26-1", lot)
    assert not any(retained(listing, item) for listing in listings() if listing.name != "changements")
    proof = card(item, (lot,), item.published).lots[0].proofs[0]
    assert proof.lever.startswith("à vérifier : ") and any("seconde lecture" in note for note in proof.notes)


def test_the_shipped_model_is_that_of_this_repository(tmp_path, shipped):
    """Also the guard of « make train »: the data changed, so the model must be made again."""
    table = tmp_path / "sondes.tsv"
    probes_table.write(table)
    labelled = sentences_labelled([CORPUS, table])
    again = train(labelled, tmp_path / "modele")
    card = json.loads((SHIPPED / "model.json").read_text(encoding="utf-8"))
    assert card["threshold"] == settings().threshold
    told = [(fold(one.text), one.field) for one in labelled[::20]]
    pairs = list(zip(again.scores(told), shipped.scores(told), strict=True))
    assert sum(abs(one.score - other.score) for one, other in pairs) / len(pairs) < 0.05, "relancez « make train »"


def scanner(folder, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "scanner", *arguments], cwd=folder, capture_output=True, text=True, timeout=120
    )


def test_train_and_use_from_the_command_line(tmp_path):
    (tmp_path / "phrases.tsv").write_text(
        "text\tlabel\tkind\tsource\n"
        "Le titulaire fait travailler des personnes sans emploi pendant 90 heures.\tclause_insertion\treal\ta\n"
        "Les heures d'ouverture sont affichées.\tnegatif\treal\ta\n",
        encoding="utf-8",
    )
    done = scanner(tmp_path, "train", "phrases.tsv")
    assert done.returncode == 0, done.stderr
    assert "second_lecteur" in done.stdout and (tmp_path / "second_lecteur" / "textcat.bin").exists()
    obj = {"id": "x:1", "source": "x", "kind": "call", "published": None, "title": "", "passages": [
        {"field": "conditions", "lot": None, "text": "Les heures d'ouverture sont affichées."}]}  # fmt: skip
    (tmp_path / "avis.jsonl").write_text(json.dumps(obj), encoding="utf-8")
    done = scanner(tmp_path, "classify", "avis.jsonl", "--format", "notice", "--json", "--modele", "second_lecteur")
    assert done.returncode == 0 and json.loads(done.stdout)["lots"][0]["status"] == "rien"


@pytest.mark.parametrize(
    "name, content, told",
    [
        ("a.jsonl", "pas du json\n", "illisible"),
        ("a.jsonl", '{"id": "x"}\n', "illisible"),
        ("a.tsv", "texte\tdispositif\n", "colonnes"),
        ("a.tsv", "text\tlabel\tkind\tsource\nUn texte.\tclause\treal\ta\n", "inconnu"),
        ("a.tsv", "text\tlabel\tkind\tsource\nUn texte.\n", "illisible"),
    ],
)
def test_a_bad_file_is_refused_in_french(tmp_path, name, content, told):
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(DataFileError, match=told):
        sentences_labelled([tmp_path / name])


def test_what_cannot_be_used_is_told_in_one_sentence(tmp_path):
    done = scanner(tmp_path, "train", "absent.jsonl")
    assert done.returncode == 2 and "absent.jsonl" in done.stderr and "Traceback" not in done.stderr
    (tmp_path / "model.json").write_text("{}", encoding="utf-8")
    with pytest.raises(DataFileError, match="scanner train"):
        load(tmp_path)


def test_the_setting_is_read_strictly(tmp_path):
    path = tmp_path / "veille.toml"
    start = '[veille]\ncontact = "a@exemple.invalid"\n'
    path.write_text(start, encoding="utf-8")
    assert read(path).second_reader is False
    path.write_text(f"{start}[lecture]\nsecond_lecteur = true\n", encoding="utf-8")
    assert read(path).second_reader is True
    path.write_text(f'{start}[lecture]\nsecond_lecteur = "oui"\n', encoding="utf-8")
    with pytest.raises(DataFileError, match="second_lecteur"):
        read(path)


def test_nobody_waits_for_spacy_without_asking(tmp_path):
    obj = {"id": "x:1", "source": "x", "kind": "call", "published": None, "title": "", "passages": [
        {"field": "conditions", "lot": None, "text": TEXT}]}  # fmt: skip
    (tmp_path / "avis.jsonl").write_text(json.dumps(obj), encoding="utf-8")
    program = (
        "import sys\nfrom scanner.cli import app\n"
        "try:\n    app(sys.argv[1:])\nfinally:\n    sys.stderr.write(f'spacy {\"spacy\" in sys.modules}')\n"
    )
    for arguments, expected in (
        (["--help"], "spacy False"),
        (["classify", "avis.jsonl", "--format", "notice"], "spacy False"),
        (["classify", "avis.jsonl", "--format", "notice", "--second-lecteur"], "spacy True"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=120
        )
        assert expected in done.stderr, (arguments, done.stderr)
