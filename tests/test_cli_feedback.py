"""Is a reader's answer taken from the command line, and what is not understood told in French with the right status?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner.store import Store
from tests.scanner.test_store import keep, notice, record
from tests.test_cli import scanner


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "veille.toml").write_text('[veille]\ncontact = "a@exemple.invalid"\n')
    with Store.open(tmp_path / "veille.db") as store:
        keep(store, *(record(notice(f"26-{rank}"), f"boamp:26-{rank}") for rank in range(1, 6)))
    return tmp_path


def test_a_file_is_imported_once_and_what_is_not_understood_is_told(folder: Path) -> None:
    (folder / "reponses.csv").write_text(
        "id;verdict;lot;commentaire\n26-1;Juste;1;\n26-2;contacté;;lundi\n26-3;bof;;\n"
    )
    done = scanner(folder, "suivi", "import", "reponses.csv")
    assert done.returncode == 1
    assert "2 lignes comprises, 2 nouvelles, 0 déjà connue, 1 mise de côté" in done.stdout
    assert done.stderr.startswith("reponses.csv, ligne 4 : « bof »") and len(done.stderr.strip().splitlines()) == 1
    (folder / "reponses.csv").write_text("26-1;juste;1;\n26-2;contacté;;lundi\n")
    again = scanner(folder, "suivi", "import", "reponses.csv")
    assert (again.returncode, again.stderr) == (0, "")
    assert "0 nouvelle, 2 déjà connues" in again.stdout
    told = scanner(folder, "suivi", "liste").stdout
    assert told.startswith("boamp:26-2, contacté depuis le ") and "(lundi)" in told and "Entretien des écoles" in told
    (row,) = map(json.loads, scanner(folder, "suivi", "liste", "--json").stdout.splitlines())
    assert (row["consultation"], row["etat"], row["motif"]) == ("boamp:26-2", "contacté", "lundi")


def test_an_unknown_notice_and_an_unknown_lot_are_kept_and_told(folder: Path) -> None:
    (folder / "reponses.csv").write_text("26-99;juste;;\n26-1;dce:clause_insertion;7;\n")
    done = scanner(folder, "suivi", "import", "reponses.csv")
    assert done.returncode == 0 and "2 nouvelles" in done.stdout
    assert "boamp:26-99" in done.stderr and "boamp:26-1 n'a pas de lot 7" in done.stderr


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "vide"), (b"\0\1\2\3" * 50, "pas un texte"), (b"PK\x03\x04", "classeur")]
)
def test_a_file_that_is_no_table_is_one_sentence(folder: Path, content: bytes, words: str) -> None:
    (folder / "reponses.csv").write_bytes(content)
    done = scanner(folder, "suivi", "import", "reponses.csv")
    assert done.returncode == 2
    assert words in done.stderr and "reponses.csv" in done.stderr and len(done.stderr.strip().splitlines()) == 1


def test_many_bad_lines_are_counted_not_all_told(folder: Path) -> None:
    (folder / "reponses.csv").write_text("26-1;bof;;\n" * 500)
    done = scanner(folder, "suivi", "import", "reponses.csv")
    assert done.returncode == 1 and "500 mises de côté" in done.stdout
    assert "480 autres" in done.stderr and len(done.stderr.strip().splitlines()) == 21


def test_one_verdict_is_kept_as_a_line_of_the_file_is(folder: Path) -> None:
    answer = ["verdict", "26-1", "dce:clause_insertion", "--lot", "lot 02", "--commentaire", "article 6"]
    assert "gardé" in scanner(folder, *answer).stdout
    assert "déjà connu" in scanner(folder, *answer).stdout
    with Store.open(folder / "veille.db") as store:
        (one,) = store.verdicts(["boamp:26-1"])["boamp:26-1"]
    assert (one.verdict, one.label, one.lot, one.comment) == ("dce", "clause_insertion", "2", "article 6")
    assert scanner(folder, "verdict", "26-1", "vu").returncode == 0
    assert ", vu depuis le " in scanner(folder, "suivi", "liste").stdout


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (["26-1", "super"], "« super »"),
        (["n'importe quoi", "juste"], "identifiant"),
        (["26-1", "juste", "--lot", "ici"], "« ici »"),
    ],
)
def test_a_verdict_that_is_not_understood_is_one_sentence(folder: Path, answer: list[str], words: str) -> None:
    done = scanner(folder, "verdict", *answer)
    assert done.returncode == 2
    assert words in done.stderr and len(done.stderr.strip().splitlines()) == 1


def test_verdicts_measure_the_rules_and_check_flags_a_weak_one(folder: Path) -> None:
    assert "Aucun constat jugé" in scanner(folder, "evaluate", "--verdicts").stdout
    lines = [f"26-{rank};faux_positif;1;pas une clause" for rank in range(1, 5)]
    (folder / "reponses.csv").write_text("\n".join(lines))
    scanner(folder, "suivi", "import", "reponses.csv")
    # the five notices quote the same words: each is judged for itself
    assert "À revoir" not in scanner(folder, "check").stdout
    scanner(folder, "verdict", "26-5", "faux_positif", "--lot", "1")
    told = scanner(folder, "check").stdout
    assert "À revoir, règle r : 0 constats justes sur 5" in told and "evaluate --verdicts" in told
    report = scanner(folder, "evaluate", "--verdicts")
    assert report.returncode == 0 and "sous le seuil" in report.stdout
    assert report.stdout.count("« Le titulaire réservera 350 heures d'insertion. »") == 5
    (rule,) = map(json.loads, scanner(folder, "evaluate", "--verdicts", "--json").stdout.splitlines())
    assert (rule["rule"], rule["right"], rule["total"], len(rule["counter_examples"])) == ("r", 0, 5, 5)


def test_evaluate_asks_for_something_to_measure(tmp_path: Path) -> None:
    done = scanner(tmp_path, "evaluate")
    assert done.returncode == 2 and "--verdicts" in done.stderr
