"""The files of a user in a hurry: one French sentence each and exit status 2, or lines set aside; nothing is lost."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from scanner.cli import app
from scanner.config import read, template
from scanner.datafile import DataFileError
from scanner.feedback import read_feedback
from scanner.mailing.subscribers import subscribers
from scanner.opportunity.directory import read_structures
from scanner.store import Store
from tests.hostile.valid import MOMENT

GOOD = template(contact="a@b.fr", mission="Mission", departements=("34",))
BYTES = {
    "empty": b"", "nul": b"\x00" * 50, "binary": bytes(range(256)) * 40, "workbook": b"PK\x03\x04" + b"x" * 100,
    "mark alone": b"\xef\xbb\xbf", "utf-16 cut": "adresse;id".encode("utf-16")[:-1], "quotes": b'"' * 3000,
    "tabs": b"\t" * 900,
    "lines": b"\n" * 5000, "long line": b"a" * 300_000, "cp1252": "privé;été\n".encode("cp1252"),
    "formula": b"=cmd|' /C calc'!A0\n",
    "headers only": b"adresse;edition\nid;verdict\n", "odd columns": b"foo;bar\n1;2\n",
}  # fmt: skip
TOMLS = {
    "empty": b"", "nul": b"\x00", "cp1252": GOOD.replace("Configuration", "Préférence").encode("cp1252"),
    "utf-16": GOOD.encode("utf-16"),
    "tabs for values": b"[veille]\ncontact\t\n", "twice": b"[veille]\ncontact='a@b'\ncontact='a@b'\n",
    "deep": b"a = " + b"[" * 5000,
    "huge number": b"a = " + b"9" * 5000, "huge": b"# x\n" * 400_000, "type": b"veille = 3\n",
    "list": b"[[veille]]\ncontact='a@b'\n",
    "missing": b"[veille]\nmission='x'\n", "number": b"[veille]\ncontact=3\n",
    "unquoted": b"[veille]\ncontact = a@b.fr\n",
    "address": GOOD.replace("https://exemple.invalid/veille/", "http://[").encode(),
    "nul in a path": GOOD.replace('dossier = "."', 'dossier = "a\\u0000b"').encode(),
    "no such list": GOOD.replace("communes = []", 'communes = []\nfichier = "absent.csv"').encode(),
    "nul in a list": GOOD.replace("communes = []", 'communes = []\nfichier = "a\\u0000.csv"').encode(),
    "folder as list": GOOD.replace("communes = []", 'communes = []\nfichier = "."').encode(),
}  # fmt: skip


@pytest.mark.parametrize("name", TOMLS)
def test_a_wrong_configuration_is_one_sentence(tmp_path, name):
    (tmp_path / "veille.toml").write_bytes(TOMLS[name])
    with pytest.raises(DataFileError) as caught:
        read(tmp_path / "veille.toml")
    assert str(caught.value).strip() and "\n" not in str(caught.value)


def test_a_configuration_with_a_mark_is_read(tmp_path):
    (tmp_path / "veille.toml").write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert read(tmp_path / "veille.toml").contact == "a@b.fr"


def test_a_folder_in_place_of_the_configuration_exits_2(tmp_path):
    made = CliRunner().invoke(app, ["check", "-c", str(tmp_path)])
    assert isinstance(made.exception, DataFileError) and "illisible" in str(made.exception)


VALUES = st.recursive(
    st.text(max_size=12) | st.integers() | st.booleans() | st.floats(allow_nan=False)
    | st.sampled_from(["http://[", "a\x00b", "/", "javascript:x", "é" * 300, "\r\nBcc: x@y.fr"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=2), max_leaves=4,
)  # fmt: skip


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_value_anywhere_is_read_or_refused(tmp_path, monkeypatch, data):
    entry = tomllib.loads(GOOD) | {"courriel": {"expediteur": "a@b.fr"}, "limites": {"lots": 3}, "vie_privee": {}}
    block = data.draw(st.sampled_from(sorted(entry)))
    inner = entry[block]
    key = data.draw(st.sampled_from([*sorted(inner), "nouvelle"]))
    inner[key] = data.draw(VALUES)
    monkeypatch.setattr("scanner.config.read_toml", lambda _: entry)
    try:
        read(tmp_path / "veille.toml")
    except DataFileError as error:
        assert str(error)


@pytest.mark.parametrize("name", BYTES)
def test_any_table_is_read_or_refused_in_a_sentence(tmp_path, name):
    path = tmp_path / "table.csv"
    path.write_bytes(BYTES[name])
    for reader in (subscribers, read_structures):
        try:
            reader(path)
        except DataFileError as error:
            assert str(error) and "\n" not in str(error)
    lines, issues = read_feedback(path, today=MOMENT.date())
    assert not lines and issues and all(issue.message.isprintable() for issue in issues)


@pytest.mark.parametrize("reader", [subscribers, read_structures])
def test_a_folder_or_nothing_is_a_sentence(tmp_path, reader):
    for path in (tmp_path, tmp_path / "absent.csv"):
        with pytest.raises(DataFileError):
            reader(path)


@pytest.mark.parametrize("name", sorted(BYTES))
def test_a_wrong_verdict_file_exits_2_and_loses_nothing(tmp_path, name):
    config = tmp_path / "veille.toml"
    config.write_text(GOOD, encoding="utf-8")
    Store.open(tmp_path / "veille.db").close()
    path = tmp_path / "verdicts.csv"
    path.write_bytes(BYTES[name])
    made = CliRunner().invoke(app, ["suivi", "import", str(path), "-c", str(config)])
    assert made.exit_code in (1, 2) or type(made.exception).__name__ == "UsageError"
    assert "Traceback" not in made.output and path.read_bytes() == BYTES[name]
