"""Do the commands of leads tell whom to call, keep the directory, and meet mistakes with a sentence?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from scanner.cli import app
from scanner.commands.shared import UsageError
from scanner.shelves.appreciations import structures
from scanner.store import Store
from tests.scanner.test_ledger import declare

DIRECTORY = """nom;type;secteurs;departements;ca
Atelier du Val;EA;Espaces verts & extérieurs;34;900000
Relais Propre;EI;Hygiène et Propreté;34, 30;
Sans métier;ESAT;;34;
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "veille.toml").write_text('[veille]\ncontact = "a@exemple.invalid"\n', encoding="utf-8")
    with Store.open(tmp_path / "veille.db") as store:
        store.save_contract_buyers([("21340001700019", "COMMUNE DE VALMONT", "34")])
        declare(store, "24-07", notified="2024-08-30", months=36.0)
    return tmp_path


def run(folder: Path, *arguments: str) -> Any:
    return CliRunner().invoke(app, [*arguments, "--config", str(folder / "veille.toml")])


def test_renewals_are_told_as_lines_json_csv_and_calendar(folder: Path) -> None:
    done = run(folder, "renewals")
    assert done.exit_code == 0 and "VALMONT" in done.stdout and "fin probable le 30/08/2027" in done.stdout
    (line,) = run(folder, "renewals", "--json").stdout.splitlines()
    assert json.loads(line)["end"] == "2027-08-30"
    assert "Fin probable" in run(folder, "renewals", "--csv").stdout
    agenda = folder / "appels.ics"
    assert run(folder, "renewals", "--ics", str(agenda)).exit_code == 0
    assert agenda.read_bytes().startswith(b"BEGIN:VCALENDAR") and b"BEGIN:VEVENT" in agenda.read_bytes()


def test_buyers_come_with_why_and_what_to_say(folder: Path) -> None:
    done = run(folder, "buyers")
    assert done.exit_code == 0 and "1. COMMUNE DE VALMONT" in done.stdout
    assert json.loads(run(folder, "buyers", "--json").stdout)["rank"] == 1
    with pytest.raises(UsageError, match="--json ou --csv"):
        CliRunner().invoke(
            app, ["buyers", "--json", "--csv", "--config", str(folder / "veille.toml")], catch_exceptions=False
        )


def test_a_directory_is_kept_in_place_of_the_previous_one(folder: Path) -> None:
    (folder / "structures.csv").write_text(DIRECTORY, encoding="utf-8")
    done = run(folder, "supply", "import", str(folder / "structures.csv"))
    assert done.exit_code == 1 and "1 structure(s) sans secteur connu" in done.output
    assert "3 structures gardées (l'annuaire précédent en avait 0)" in done.stdout
    with Store.open(folder / "veille.db") as store:
        first = structures(store)
    assert [one.name for one in first] and {one.kind for one in first} == {"EA", "EI", "ESAT"}
    assert "Atelier du Val (EA)" in run(folder, "supply", "liste").stdout
    assert "l'annuaire précédent en avait 3" in run(folder, "supply", "import", str(folder / "structures.csv")).stdout


def test_a_directory_that_says_nothing_takes_nothing_away(folder: Path) -> None:
    (folder / "structures.csv").write_text(DIRECTORY, encoding="utf-8")
    run(folder, "supply", "import", str(folder / "structures.csv"))
    (folder / "vide.csv").write_text("nom;type\n", encoding="utf-8")
    assert run(folder, "supply", "import", str(folder / "vide.csv")).exit_code != 0
    with Store.open(folder / "veille.db") as store:
        assert len(structures(store)) == 3


def test_nothing_to_show_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "veille.toml").write_text('[veille]\ncontact = "a@exemple.invalid"\n', encoding="utf-8")
    Store.open(tmp_path / "veille.db").close()
    assert "scanner decp FICHIER" in run(tmp_path, "buyers").stdout
