"""A user's mistake is one French sentence and exit status 2, never a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


def scanner(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from scanner.cli import main; main()", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run"], "scanner init"),
        (["explain", "boamp:1"], "scanner init"),
        (["evaluate", "absent.tsv"], "absent.tsv"),
        (["classify", "absent.json"], "absent.json"),
        (["init", "--departements", "96", "--contact", "a@exemple.invalid"], "96"),
        (["init", "--departements", "34", "--contact", "moi"], "moi"),
        (["init", "--departements", "34", "--contact", "a@exemple.invalid", "-c", "absent/veille.toml"], "absent"),
        (["evaluate", "."], "inaccessible"),
        (["classify", ".", "--format", "pdf"], "boamp, ted"),
    ],
)
def test_a_mistake_is_one_sentence(tmp_path: Path, arguments: list[str], words: str) -> None:
    done = scanner(tmp_path, *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_init_writes_a_configuration_that_check_accepts_and_never_overwrites(tmp_path: Path) -> None:
    arguments = ["init", "--departements", "34,2A", "--contact", "a@exemple.invalid"]
    assert scanner(tmp_path, *arguments).returncode == 0
    assert "34, 2A" in scanner(tmp_path, "check").stdout
    again = scanner(tmp_path, *arguments)
    assert again.returncode == 2
    assert "existe déjà" in again.stderr


@pytest.mark.parametrize(
    ("damage", "command"),
    [("folder", "run"), ("folder", "check"), ("text", "run"), ("text", "publish"), ("folder_is_a_file", "run")],
)
def test_a_database_that_cannot_be_opened_is_one_sentence(tmp_path: Path, damage: str, command: str) -> None:
    configuration = '[veille]\ncontact = "a@exemple.invalid"\n'
    if damage == "folder":
        (tmp_path / "veille.db").mkdir()
    elif damage == "text":
        (tmp_path / "veille.db").write_text("ceci n'est pas une base de données " * 10)
    else:
        configuration += '[sorties]\ndossier = "veille.toml/ici"\n'
    (tmp_path / "veille.toml").write_text(configuration)
    done = scanner(tmp_path, command)
    assert done.returncode == 2
    assert "veille" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_init_writes_a_configuration_that_reads_back_whatever_is_answered(tmp_path: Path) -> None:
    arguments = ["init", "--departements", "", "--contact", 'a"@exemple.invalid\\', "--mission", 'L"Aide\\\n']
    assert scanner(tmp_path, *arguments).returncode == 0
    assert scanner(tmp_path, "check").returncode == 0


def test_an_empty_file_is_not_a_notice_read_in_silence(tmp_path: Path) -> None:
    (tmp_path / "vide.json").write_text("\n")
    done = scanner(tmp_path, "classify", "vide.json")
    assert done.returncode == 2
    assert "vide.json" in done.stderr


@pytest.mark.parametrize("line", ['base_url = "ftp://exemple.invalid/"', "delay = nan", "patience = inf"])
def test_a_source_that_could_never_be_asked_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "veille.toml").write_text(f'[veille]\ncontact = "a@exemple.invalid"\n[sources.boamp]\n{line}\n')
    done = scanner(tmp_path, "check")
    assert done.returncode == 2
    assert line.split()[0] in done.stderr


def test_a_labelled_file_of_another_form_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "liste.jsonl").write_text("[1]\n")
    done = scanner(tmp_path, "evaluate", "liste.jsonl")
    assert done.returncode == 2
    assert "liste.jsonl" in done.stderr and "Traceback" not in done.stderr


def test_a_ted_notice_is_classified_from_its_file(tmp_path: Path) -> None:
    sample = Path(__file__).parent / "spiders" / "ted" / "eforms.xml"
    done = scanner(tmp_path, "classify", "--format", "ted", "--json", str(sample))
    assert done.returncode == 0 and done.stderr == ""
    said = json.loads(done.stdout)
    assert (said["id"], said["source"], said["kind"]) == ("ted:12345-2026", "ted", "rectification")
    assert {lot["number"]: lot["status"] for lot in said["lots"]} == {None: "rien", "1": "critere", "2": "reserve"}


NOTICE = {
    "id": "essai:1", "source": "essai", "kind": "call", "published": "2025-01-06", "title": "",
    "passages": [{"field": "conditions", "lot": None, "text": "Clause d'insertion obligatoire de 600 heures."}],
    "gold": {"*": ["clause_insertion"]},
}  # fmt: skip


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "JSON invalide"),
        ("[1]", "objet"),
        (json.dumps({"id": "essai:2"}), "source"),
        (json.dumps({**NOTICE, "gold": {"*": ["clause"]}}), "« clause » inconnu"),
        (json.dumps({**NOTICE, "gold": None, "passages": [{"field": "conditions"}]}), "« text » manque"),
        (json.dumps({**NOTICE, "hours": {"1": "300 TF + 300 TO1"}}), "« 300 TF + 300 TO1 »"),
        (json.dumps({**NOTICE, "published": "hier"}), "AAAA-MM-JJ"),
        (json.dumps({**NOTICE, "gold_denied": [3]}), "gold_denied"),
    ],
)
def test_a_bad_line_is_told_and_the_others_are_measured(tmp_path: Path, line: str, words: str) -> None:
    (tmp_path / "avis.jsonl").write_text(f"{json.dumps(NOTICE)}\n{line}\n")
    done = scanner(tmp_path, "evaluate", "avis.jsonl")
    assert done.returncode == 1
    assert "avis.jsonl, ligne 2" in done.stderr and words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "clause_insertion" in done.stdout


def test_a_measure_as_json_names_each_mistake(tmp_path: Path) -> None:
    (tmp_path / "avis.jsonl").write_text(json.dumps({**NOTICE, "hours": {"*": 70}, "gold": {"*": ["reserve_siae"]}}))
    told = json.loads(scanner(tmp_path, "evaluate", "avis.jsonl", "--json").stdout)
    assert told["labels"]["reserve_siae"]["missed"] == told["labels"]["clause_insertion"]["extra"] == 1
    assert [(one["what"], one["rule"] != "") for one in told["mistakes"]] == [
        ("manque", False), ("en_trop", True), ("heures", True),
    ]  # fmt: skip
    assert told["confusion"] == [{"expected": "reserve_siae", "read": "aucune", "count": 1}]
