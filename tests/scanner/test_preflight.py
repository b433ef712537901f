"""A mistake that only shows late is told before anything is read: one sentence, exit status 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.config import read
from scanner.preflight import remarks, stumbles
from tests.test_cli import scanner

START = '[veille]\ncontact = "a@exemple.invalid"\n[sources.boamp]\nbase_url = "http://127.0.0.1:9/"\nattempts = 1\n'
HOURS = {
    "text": ('cout_horaire = "beaucoup"', "cout_horaire"),
    "unknown": ("cout = 3.0", "cout"),
    "bounds": ("cout_horaire = 100000.0", "cout_horaire"),
    "order": ("taux_diversification_bas = 40.0", "taux_diversification"),
}


@pytest.mark.parametrize("command", ["check", "run", "watch", "publish"])
@pytest.mark.parametrize("case", HOURS)
def test_wrong_hours_are_refused_before_anything_is_read(tmp_path: Path, command: str, case: str) -> None:
    entry, word = HOURS[case]
    (tmp_path / "veille.toml").write_text(f"{START}[heures]\n{entry}\n", encoding="utf-8")
    done = scanner(tmp_path, command, *(["--une-fois"] if command == "watch" else []))
    assert done.returncode == 2 and "[heures]" in done.stderr and word in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1 and "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["veille.toml"]


def test_right_hours_are_accepted(tmp_path: Path) -> None:
    (tmp_path / "veille.toml").write_text(f"{START}[heures]\ncout_horaire = 40.0\n", encoding="utf-8")
    assert scanner(tmp_path, "check").returncode == 0


LATE = {
    "subscribers": ('[courriel]\nexpediteur = "v@x.fr"\nabonnes = "absent.csv"\n', "absent.csv : liste d'abonnés"),
    "columns": ('[courriel]\nexpediteur = "v@x.fr"\nabonnes = "colonnes.csv"\n', "aucune colonne « adresse »"),
    "awards": ('[sources.decp]\nfichier = "absent.parquet"\n', "absent.parquet »"),
    "folder": ('[sauvegarde]\ndossier = "colonnes.csv"\n', "n'est pas un dossier"),
}


@pytest.mark.parametrize("case", LATE)
def test_check_opens_the_files_that_are_named(tmp_path: Path, case: str) -> None:
    entry, words = LATE[case]
    (tmp_path / "colonnes.csv").write_text("nom;prénom\na;b\n", encoding="utf-8")
    (tmp_path / "veille.toml").write_text(START + entry, encoding="utf-8")
    done = scanner(tmp_path, "check")
    assert done.returncode == 2 and "Traceback" not in done.stderr
    (line,) = [one for one in done.stdout.splitlines() if one.startswith("À corriger : ")]
    assert words in line
    assert list(stumbles(read(tmp_path / "veille.toml"))) == [line.removeprefix("À corriger : ")]


def test_one_line_of_subscribers_that_is_not_understood_is_told_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "abonnes.csv").write_text(
        "adresse;edition\na@x.fr;mission\npas une adresse;mission\n", encoding="utf-8"
    )
    (tmp_path / "veille.toml").write_text(
        f'{START}[courriel]\nexpediteur = "v@x.fr"\nabonnes = "abonnes.csv"\n', encoding="utf-8"
    )
    config = read(tmp_path / "veille.toml")
    (said,) = remarks(config)
    assert "ligne 3" in said and not list(stumbles(config))
    done = scanner(tmp_path, "check")
    assert done.returncode == 0 and said in done.stdout


def test_a_source_without_letter_nor_file_has_nothing_to_correct(tmp_path: Path) -> None:
    (tmp_path / "veille.toml").write_text(START, encoding="utf-8")
    config = read(tmp_path / "veille.toml")
    assert (list(stumbles(config)), remarks(config)) == ([], ())
