"""The site and the database are looked at on this machine alone, and nothing can be changed through them."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from datasette.app import Datasette

from scanner.served import file_of, loopback, refused
from scanner.shelves.public_database import public_metadata, publish_database
from scanner.store import Store, metadata
from tests.scanner.test_public_database import store
from tests.scanner.test_store import keep, notice, record

__all__ = ["store"]


@dataclass
class Watch:
    folder: Path
    process: subprocess.Popen[str]
    address: str

    def get(self, path: str, method: str = "GET", **headers: str) -> tuple[int, str]:
        request = urllib.request.Request(self.address + path, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


def command(folder: Path, *arguments: str) -> list[str]:
    (folder / "veille.toml").write_text('[veille]\ncontact = "a@exemple.invalid"\n', encoding="utf-8")
    return [sys.executable, "-c", "from scanner.cli import main; main()", "serve", *arguments]


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watch]:
    folder = tmp_path_factory.mktemp("serve")
    with Store.open(folder / "veille.db") as opened:
        keep(opened, record(notice()))
        publish_database(opened, folder / "public" / "veille-public.db")
    (folder / "public" / "index.html").write_text("<title>Veille</title>", encoding="utf-8")
    started = command(folder, "--port", "0")
    process = subprocess.Popen(started, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout
    said = [process.stdout.readline() for _ in range(3)]
    assert said[0].startswith("Site : http://127.0.0.1:") and "Ctrl-C" in said[2]
    yield Watch(folder, process, said[0].removeprefix("Site : ").strip().rstrip("/"))
    process.kill()
    process.wait(10)


def test_the_site_and_the_database_answer(watch: Watch) -> None:
    assert watch.get("/") == (200, "<title>Veille</title>")
    status, page = watch.get("/base/veille")
    assert status == 200 and "Marchés réservés par département" in page and "Recherche plein texte" in page
    status, rows = watch.get("/base/veille/clauses.json?_shape=array")
    assert status == 200 and orjson.loads(rows)[0]["heures"] == "350 pour le marché"


def test_nothing_can_be_written(watch: Watch) -> None:
    before = (watch.folder / "veille.db").read_bytes()
    for method in ("POST", "PUT", "DELETE"):
        assert watch.get("/base/veille", method) == (405, "Lecture seule.\n")
    for query in ("delete+from+notices", "PRAGMA+user_version=7", "with+a+as+(select+1)+delete+from+notices"):
        status, _ = watch.get(f"/base/veille.json?sql={query}")
        assert status == 400, query
    assert (watch.folder / "veille.db").read_bytes() == before


def test_a_run_that_goes_on_is_seen_without_a_restart(watch: Watch) -> None:
    with Store.open(watch.folder / "veille.db") as opened:
        keep(opened, record(notice("26-7"), "boamp:26-7"))
    _, rows = watch.get("/base/veille/notices.json?_shape=array&id=boamp:26-7")
    assert [row["id"] for row in orjson.loads(rows)] == ["boamp:26-7"]


def test_a_page_elsewhere_cannot_lead_a_browser_here(watch: Watch) -> None:
    assert watch.get("/", Host="veille.exemple.org") == (403, "Ce service ne répond qu'à cette machine.\n")
    assert watch.get("/base/veille", Host="127.0.0.1.exemple.org")[0] == 403
    assert watch.get("/", Host="localhost:8001")[0] == 200


def test_nothing_outside_the_public_folder_is_served(watch: Watch) -> None:
    for path in ("/../veille.db", "/%2e%2e/veille.db", "/..%2fveille.db", "/veille.toml", "/.git/config", "/%00"):
        assert watch.get(path)[0] == 404, path


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly(tmp_path: Path, stop: signal.Signals) -> None:
    Store.open(tmp_path / "veille.db").close()
    started = command(tmp_path, "--port", "0")
    process = subprocess.Popen(started, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout
    said = [process.stdout.readline() for _ in range(3)]
    assert Watch(tmp_path, process, said[0].removeprefix("Site : ").strip()).get("") == (
        404, "Rien n'est encore publié ici : lancez « scanner publish ».\n",
    )  # fmt: skip
    os.kill(process.pid, stop)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (0, "Arrêté.\n", "")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.10", "exemple.org", "127.0.0.1.exemple.org", ""])
def test_another_address_than_the_loopback_is_refused(tmp_path: Path, host: str) -> None:
    Store.open(tmp_path / "veille.db").close()
    done = subprocess.run(
        command(tmp_path, "--hote", host), cwd=tmp_path, capture_output=True, text=True, timeout=60
    )  # fmt: skip
    assert done.returncode == 2 and "boucle locale" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("localhost", "127.0.0.1"),
        ("::1", "::1"),
        ("[::1]", "::1"),
        ("127.8.9.1", "127.8.9.1"),
    ],
)
def test_the_loopback_is_known_by_its_names(host: str, address: str) -> None:
    assert loopback(host) == address


def test_a_port_in_use_and_a_database_that_is_none_are_one_sentence(watch: Watch, tmp_path: Path) -> None:
    port = watch.address.rpartition(":")[2]
    done = subprocess.run(
        command(watch.folder, "--port", port), cwd=watch.folder, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2 and "--port" in done.stderr and len(done.stderr.splitlines()) == 1
    (tmp_path / "veille.db").write_text("pas une base" * 100, encoding="utf-8")
    done = subprocess.run(command(tmp_path), cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "sauvegarde" in done.stderr and len(done.stderr.splitlines()) == 1
    (tmp_path / "veille.db").unlink()
    done = subprocess.run(command(tmp_path), cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "scanner run" in done.stderr


def test_a_link_that_leaves_the_folder_and_a_draft_are_not_files(tmp_path: Path) -> None:
    public = tmp_path / "public"
    public.mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    (public / "lien.txt").symlink_to(tmp_path / "secret.txt")
    (public / "veille-public.db.part").write_text("ébauche")
    (public / "page.html").write_text("page")
    assert file_of(public, "/page.html") == (public / "page.html").resolve()
    for path in ("/lien.txt", "/veille-public.db.part", "/..", "/"):
        assert file_of(public, path) is None, path


def test_a_request_without_one_host_is_refused() -> None:
    scope = {"method": "GET", "headers": []}
    assert refused(scope) == (403, "Ce service ne répond qu'à cette machine.\n")
    assert refused(scope | {"headers": [(b"host", b"[::1]:8001")]}) is None
    assert refused(scope | {"headers": [(b"host", b"localhost"), (b"host", b"exemple.org")]}) is not None


# -- canned queries, on the whole database and on the public one


def answers(path: Path, described: dict[str, Any], query: str) -> list[dict[str, Any]]:
    async def ask() -> list[dict[str, Any]]:
        served = Datasette(immutables=[str(path)], metadata=described)
        await served.invoke_startup()
        answer = await served.client.get(f"/{path.stem}/{query}")
        assert answer.status_code == 200, answer.text
        rows: list[dict[str, Any]] = answer.json()
        return rows

    with ThreadPoolExecutor(1) as apart:  # a loop may already run here, that of a browser
        return apart.submit(asyncio.run, ask()).result()


@pytest.fixture
def bases(store: Store, tmp_path: Path) -> list[tuple[Path, dict[str, Any]]]:
    whole = tmp_path / "veille.db"
    store._conn.execute("VACUUM INTO ?", (str(whole),))
    return [(whole, metadata()), (publish_database(store, tmp_path / "veille-public.db"), public_metadata())]


def test_every_query_has_a_french_title_and_answers_with_its_parameters_empty(
    bases: list[tuple[Path, dict[str, Any]]],
) -> None:
    for path, described in bases:
        queries = described["databases"][path.stem]["queries"]
        assert len(queries) >= 6
        for name, query in queries.items():
            assert query["title"] and query["description"]
            empty = "".join(f"&{one}=" for one in query.get("params", []) if one != "mots")
            answers(path, described, f"{name}.json?_shape=array{empty}&mots=sols")


def test_queries_say_what_is_asked(bases: list[tuple[Path, dict[str, Any]]]) -> None:
    for path, described in bases:
        hours = answers(path, described, "clauses_avec_heures.json?_shape=array")
        assert [(row["lot"], row["heures"]) for row in hours] == [("1", "350 pour le marché")] * 2
        near = "echeances_proches.json?_shape=array&a_partir_du=2026-11-30&jours="
        assert [row["jours_restants"] for row in answers(path, described, near + "10")] == [10]  # published twice
        assert answers(path, described, near + "9") == []
        buyers = answers(path, described, "acheteurs_dispositifs.json?_shape=array&acheteur=valrive")
        told = [(one["siret"], one["consultations"], one["avec_clause"], one["non_detecte"]) for one in buyers]
        assert told == [(None, 1, 1, 0), ("21690123400015", 1, 1, 0)]
        found = answers(path, described, 'recherche_texte.json?_shape=array&mots=RESERVERA+"insertion')
        assert len(found) == 2 and "« réservera »" in found[0]["extrait"]


def test_every_facet_is_a_column(store: Store) -> None:
    for name, table in metadata()["databases"]["veille"]["tables"].items():
        for facet in table.get("facets", []):
            column = facet["array"] if isinstance(facet, dict) else facet
            assert column in table["columns"], f"{name}.{column}"
