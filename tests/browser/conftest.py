"""A browser on the pages of the sample week and on hostile ones; skipped aloud where there is no Chromium."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from feeds import publish
from scanner.config import Config
from scanner.pages import Week
from scanner.run import run
from scanner.sample import awards
from scanner.sample.demo import MONDAY, REFERENCE, SUNDAY, served, sources
from tests.feeds.samples import CLAUSED, edition
from tests.feeds.test_site import HOSTILE, dossier, nasty

NAMES = ("chromium", "chromium-browser", "google-chrome")


@dataclass
class Site:
    """Pages on the loopback: their folder and the address that serves them."""

    folder: Path
    address: str


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("Chromium absent : pages non essayées (apt-get install chromium).")
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        pytest.skip("playwright absent : pages non essayées (pip install -r requirements.lock).")
    with sync_playwright() as driver:
        try:
            opened = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        except Error as error:
            pytest.skip(f"Chromium ne démarre pas ici : pages non essayées ({str(error).splitlines()[0]}).")
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def sample(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The sample week, as « scanner demo » publishes it."""
    folder = tmp_path_factory.mktemp("site")
    with served() as server:
        known = sources(server, awards.write(folder / "decp.csv"))
        config = Config(contact="test@exemple.invalid", folder=folder, sources=known)
        run(config, since=MONDAY, until=SUNDAY, today=REFERENCE)
    with _served(config.public) as address:
        yield Site(config.public, address)


@pytest.fixture(scope="session")
def hostile(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An edition whose every text is an attack, and more tenders than the search page holds."""
    folder = tmp_path_factory.mktemp("hostile")
    many = [_numbered(number) for number in range(1000, 1310)]
    made = edition(nasty(HOSTILE), *many, territory=HOSTILE, mission=HOSTILE, contact=HOSTILE)
    weeks = [Week(f"2026-W{number}", (("reserve", number), ("clause", 3))) for number in range(36, 48)]
    publish(made, folder, [dossier(HOSTILE, notice=HOSTILE)], weeks)
    with _served(folder) as address:
        yield Site(folder, address)


def _numbered(number: int) -> Any:
    return replace(CLAUSED, tender=f"boamp:26-{number}", title=f"Consultation {number} {HOSTILE}")


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Nothing: the tests speak."""


class _served:
    def __init__(self, folder: Path) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))

    def __enter__(self) -> str:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
