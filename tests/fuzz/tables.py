"""Fuzz target: the files of a careless user, read to one French sentence or to rows."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzz import target

target.instrumented()

from scanner.datafile import DataFileError  # noqa: E402
from scanner.feedback import read_feedback  # noqa: E402
from scanner.mailing.subscribers import parse  # noqa: E402

TODAY = date(2026, 11, 23)


def entry(body: bytes) -> None:
    """Rows, messages or one sentence."""
    read_feedback(body, today=TODAY)
    try:
        parse(body)
    except DataFileError as error:
        assert str(error)


SEEDS = (
    "id;verdict;lot;commentaire\nboamp:26-1;faux positif;2;« non »\n".encode(),
    b"adresse;edition;departements;metiers;type;nom\na@b.fr;mission;34;;;Nom\n",
    "\ufeffadresse,edition\n".encode("utf-16"),
)

if __name__ == "__main__":
    target.run("tables", entry, SEEDS)
