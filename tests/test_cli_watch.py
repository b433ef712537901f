"""``scanner watch``, ``backup`` and ``check`` as a user starts them; a stop ends cleanly."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scanner.weekly.lock import held, owner
from tests.test_cli import scanner

ABSENT = '[veille]\ncontact = "a@exemple.invalid"\n[sources.boamp]\nbase_url = "http://127.0.0.1:9/"\ndelay = 0.0\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    settings = ABSENT + "attempts = 1\npatience = 0.0\n[passage]\nreprises = 0\n[sauvegarde]\ngarder = 2\n"
    (tmp_path / "veille.toml").write_text(settings)
    return tmp_path


def test_what_is_due_is_done_once_then_told_by_check_and_saved(folder: Path) -> None:
    first = scanner(folder, "watch", "--une-fois")
    assert first.returncode == 0, first.stderr
    assert "publié" in first.stderr
    again = scanner(folder, "watch", "--une-fois")
    assert again.returncode == 0 and "Passage" not in again.stderr
    told = scanner(folder, "check").stdout
    assert "Prochain passage : " in told and "Dernier passage : semaine" in told and "intègre" in told
    assert "Sources en défaut : boamp." in told
    assert "Prochain passage" in (folder / "prive" / "etat.html").read_text()
    for _ in range(2):
        assert "copie intègre" in scanner(folder, "backup").stdout
    assert len(list((folder / "sauvegardes").glob("veille-*.db"))) == 2


def test_a_second_run_is_one_sentence_that_names_the_first(folder: Path) -> None:
    with held(folder, "scanner watch"):
        for command in ("run", "collect"):
            done = scanner(folder, command)
            assert done.returncode == 2
            assert f"« scanner watch », processus {os.getpid()}" in done.stderr
            assert len(done.stderr.strip().splitlines()) == 1
        assert f"Passage en cours : « scanner watch », processus {os.getpid()}" in scanner(folder, "check").stdout


def test_a_stop_in_the_middle_of_a_run_ends_it_and_releases_the_lock(folder: Path) -> None:
    silent = "import http.server, time\nclass Slow(http.server.BaseHTTPRequestHandler):\n"
    silent += "    def do_GET(self): time.sleep(60)\n"
    silent += "s = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Slow)\n"
    silent += "print(s.server_port, flush=True); s.serve_forever()\n"
    server = subprocess.Popen([sys.executable, "-c", silent], stdout=subprocess.PIPE, text=True)
    assert server.stdout
    port = server.stdout.readline().strip()
    (folder / "veille.toml").write_text(ABSENT.replace(":9/", f":{port}/"))
    watch = subprocess.Popen(
        [sys.executable, "-c", "from scanner.cli import main; main()", "watch"],
        cwd=folder, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        for _ in range(300):
            if owner(folder):
                break
            time.sleep(0.1)
        assert owner(folder), "le passage a commencé"
        watch.send_signal(signal.SIGTERM)
        _, said = watch.communicate(timeout=30)
    finally:
        watch.kill()
        server.kill()
        server.wait()
        server.stdout.close()
    assert watch.returncode == 0
    assert "Veille arrêtée" in said and "Traceback" not in said
    assert owner(folder) is None and (folder / "veille.lock").read_bytes() == b""
