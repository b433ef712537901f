"""What is older than the setting is told, and erased only on request."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from typer.testing import CliRunner

from scanner.cli import app
from scanner.notice import RawNotice
from scanner.shelves.retention import first_kept, old
from scanner.store import Store

LONG_AGO = datetime(2020, 1, 15, tzinfo=UTC)


def filled(path) -> None:
    with Store.open(path) as store:
        for day, body in ((LONG_AGO, b"un"), (LONG_AGO + timedelta(days=1), b"deux"), (datetime.now(UTC), b"trois")):
            store.archive([RawNotice("boamp", "26-1", "", day, body)])
        rows = [("2020-W03", "a@b.fr", "2020-01-15T08:00:00"), ("2020-W03", "c@d.fr", date.today().isoformat())]
        for week, address, when in rows:
            store._conn.execute(
                "INSERT INTO envois VALUES (?, 'mission', ?, '<x>', 'envoyé', ?, NULL, '', 1)", (week, address, when)
            )


def test_a_day_so_many_months_before():
    assert first_kept(date(2026, 3, 31), 1) == date(2026, 2, 28)
    assert first_kept(date(2026, 1, 10), 13) == date(2024, 12, 10)


def test_only_what_is_old_goes_and_only_when_asked(tmp_path):
    filled(tmp_path / "veille.db")
    with Store.open(tmp_path / "veille.db") as store:
        for erase, expected in ((False, [2, 1, 0]), (True, [2, 1, 0]), (True, [0, 0, 0])):
            assert [one.rows for one in old(store, date(2021, 1, 1), erase=erase)] == expected
        assert [raw.body for raw in store.unread()] == [b"trois"]


def test_the_command_says_what_it_does(tmp_path):
    config = tmp_path / "veille.toml"
    config.write_text('[veille]\ncontact = "a@b.fr"\n', encoding="utf-8")
    filled(tmp_path / "veille.db")
    run = CliRunner()
    assert "rien n'est effacé" in run.invoke(app, ["conservation", "-c", str(config)]).output
    config.write_text('[veille]\ncontact = "a@b.fr"\n[vie_privee]\nconservation_mois = 12\n', encoding="utf-8")
    assert "à effacer" in run.invoke(app, ["conservation", "-c", str(config)]).output
    made = run.invoke(app, ["conservation", "-c", str(config), "--effacer"])
    assert made.exit_code == 0 and "2 anciennes versions d'avis" in made.output and "effacées." in made.output
