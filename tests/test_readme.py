"""Does the README tell the truth? Every command it names exists, every command is named, every room is there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from scanner.cli import app
from scanner.config import read
from tests.readme import TABLES, table, written

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_command_is_in_the_readme_and_the_reverse() -> None:
    commands = {command.callback.__name__ for command in app.registered_commands if command.callback}
    commands |= {str(group.name) for group in app.registered_groups}
    assert set(re.findall(r"^\| `scanner ([a-z]+)", README, flags=re.M)) == commands


def test_every_room_of_the_map_exists() -> None:
    rooms = re.findall(r"`((?:scanner|spiders|nlp|feeds)/[a-z_/.]*)`", README)
    assert rooms
    for room in rooms:
        assert (ROOT / room).exists(), room


def test_the_example_configuration_is_accepted(tmp_path: Path) -> None:
    example = re.search(r"```toml\n(.*?)```", README, flags=re.S)
    assert example
    (tmp_path / "veille.toml").write_text(example[1], encoding="utf-8")
    (tmp_path / "zone.csv").write_text("code postal\n34000\n", encoding="utf-8")
    assert read(tmp_path / "veille.toml").territory.name == "Hérault"


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    table = README.split("## Dépendances")[1].split("\n## ")[0]
    for requirement in project["dependencies"]:
        package = re.split(r"[~>=<; ]", requirement)[0]
        assert re.search(rf"\b{re.escape(package)}\b", table), package


@pytest.mark.parametrize("marker", TABLES)
def test_the_measures_are_those_of_today(marker: str) -> None:
    today = table(marker)
    if today is None:
        pytest.skip("corpus absent : mesure non refaite")
    assert written(README, marker) == today, "lancez « make readme »"


def test_the_command_prints_the_table_of_the_readme() -> None:
    done = CliRunner().invoke(app, ["evaluate", *map(str, TABLES["corpus"]), "--markdown"])
    assert (done.exit_code, done.stdout.strip()) == (0, written(README, "corpus"))
