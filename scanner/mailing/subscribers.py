"""To whom is the letter sent? The user's CSV, read with patience: what cannot be understood is said, never guessed.

Columns ``adresse;edition;departements;metiers;type;nom``. Excel's encodings and separators are accepted, so are
accents, capitals and other names of columns.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from email.utils import parseaddr
from functools import cache
from pathlib import Path

from scanner.config import DEPARTEMENT
from scanner.datafile import DataFileError
from scanner.mail_settings import ADDRESS
from scanner.readership import Reader, readership

COLUMNS = ("adresse", "edition", "departements", "metiers", "type", "nom")
_OTHERS = {
    "email": "adresse", "e mail": "adresse", "mail": "adresse", "courriel": "adresse", "adresse mail": "adresse",
    "adresse email": "adresse", "departement": "departements", "territoire": "departements", "metier": "metiers",
    "structure": "type", "genre": "type", "name": "nom",
}  # fmt: skip
_EDITIONS = {
    "facilitatrice": "facilitateur",
    "facilitateurs": "facilitateur",
    "missions": "mission",
    "siae": "structure",
}
_LIMIT, _LINE = 5_000_000, 20_000


@dataclass(frozen=True, slots=True)
class Subscribers:
    """Who receives the letter, and one French sentence for each thing of the file that was not understood."""

    readers: tuple[Reader, ...]
    messages: tuple[str, ...] = ()


def subscribers(path: Path) -> Subscribers:
    """The readers named in ``path``. Raises DataFileError when there is no such file or no column of addresses."""
    try:
        if path.stat().st_size > _LIMIT:
            raise DataFileError(f"{path} : plus de {_LIMIT // 1_000_000} Mo, ce n'est pas une liste d'abonnés.")
        body = path.read_bytes()
    except OSError as error:
        raise DataFileError(
            f"{path} : liste d'abonnés illisible ({error.strerror}) ; créez-la avec les colonnes {';'.join(COLUMNS)}, "
            "ou corrigez « abonnes » dans [courriel]."
        ) from error
    return parse(body, path.name)


def parse(body: bytes, name: str = "abonnes.csv") -> Subscribers:
    """The readers of a CSV file as it was read; ``name`` is how messages call it."""
    messages: list[str] = []
    rows = list(enumerate(_rows(_decoded(body, name, messages)), 1))
    rows = [(line, row) for line, row in rows if any(cell.strip() for cell in row)]
    if not rows:
        raise DataFileError(f"{name} est vide : écrivez une ligne de titres, {';'.join(COLUMNS)}, puis vos abonnés.")
    heading = [_column(cell) for cell in rows[0][1]]
    if "adresse" not in heading:
        raise DataFileError(f"{name} : aucune colonne « adresse » ; la première ligne doit être {';'.join(COLUMNS)}.")
    stray = [cell.strip() for cell, column in zip(rows[0][1], heading, strict=True) if column not in COLUMNS]
    if any(stray):
        messages.append(f"{name} : colonne ignorée : {', '.join(filter(None, stray))}.")
    readers: dict[tuple[str, str], Reader] = {}
    for line, row in rows[1:]:
        cells = dict(zip(heading, (cell.strip() for cell in row), strict=False))
        reader, told = _reader(cells)
        messages += [f"{name}, ligne {line} : {one}" for one in told]
        if reader and (reader.address, reader.edition) in readers:
            messages.append(f"{name}, ligne {line} : {reader.address} figure déjà pour « {reader.edition} », ignorée.")
        elif reader:
            readers[(reader.address, reader.edition)] = reader
    return Subscribers(tuple(readers.values()), tuple(messages))


def _reader(cells: dict[str, str]) -> tuple[Reader | None, list[str]]:
    """The reader of one line, None when it must be kept aside; and what to say of it."""
    told: list[str] = []
    shown, address = parseaddr(cells.get("adresse", "").replace("mailto:", ""))
    if not ADDRESS.match(address):
        return None, [f"adresse « {_plain(cells.get('adresse', ''))} » invalide, mise de côté."]
    kind = _kind(cells.get("type", ""), told)
    edition = _edition(cells.get("edition", ""), kind)
    if edition not in readership().editions:
        accepted = ", ".join(readership().editions)
        return None, [f"{address} : édition « {_plain(edition)} » inconnue, mise de côté ; éditions : {accepted}."]
    places = _departements(cells.get("departements", ""), told)
    if places is None:
        return None, [*_about(address, told), f"{address} : aucun département reconnu, mise de côté."]
    if edition == "structure" and not kind:
        told.append("type de structure inconnu : la lettre dira de vérifier qui peut répondre.")
    trades = _trades(cells.get("metiers", ""), told)
    name = " ".join((cells.get("nom") or shown).split())
    return Reader(address.lower(), edition, places, trades, kind, name), _about(address, told)


def _about(address: str, told: list[str]) -> list[str]:
    return [f"{address} : {one}" for one in told]


def _edition(written: str, kind: str) -> str:
    folded = fold(written)
    return _EDITIONS.get(folded, folded) or ("structure" if kind else "")


def _kind(written: str, told: list[str]) -> str:
    known = {fold(code): code for code in readership().kinds}
    known |= {fold(kind.name): code for code, kind in readership().kinds.items()}
    known |= {fold(alias): code for alias, code in readership().aliases.items()}
    found = known.get(fold(written), "")
    if written and not found:
        told.append(f"type « {_plain(written)} » inconnu ; types : {', '.join(readership().kinds)}.")
    return found


def _departements(written: str, told: list[str]) -> tuple[str, ...] | None:
    """The codes of a cell; empty = everything; None when something is written and nothing is a département."""
    found: dict[str, None] = {}
    words = [word for word in re.split(r"[\s,;/|+()-]+", written.upper()) if word]
    for word in words:
        code = word.zfill(2) if word.isdigit() else word
        if DEPARTEMENT.match(code):
            found[code] = None
        elif any(character.isdigit() for character in word):
            told.append(f"département « {_plain(word)} » inconnu, ignoré.")
    return tuple(found) if found or not words else None


def _trades(written: str, told: list[str]) -> tuple[str, ...]:
    """The groups that a cell names, or whose sectors it names; a comma may be part of a name."""
    found: dict[str, None] = {}
    for part in filter(None, (part.strip() for part in re.split(r"[|;/]", written))):
        for piece in [part] if _groups(part) else part.split(","):
            groups = _groups(piece)
            found |= dict.fromkeys(groups)
            if not groups and piece.strip():
                told.append(
                    f"métier « {_plain(piece)} » inconnu, ignoré ; métiers : {' | '.join(readership().trades)}."
                )
    return tuple(found)


def _groups(piece: str) -> list[str]:
    """The groups whose name, or one of whose sectors, is or begins like ``piece``."""
    folded = fold(piece)
    if not folded:
        return []
    exact = [group for name, group in _names() if name == folded]
    inside = [group for name, group in _names() if f" {name} ".find(f" {folded} ") >= 0]
    return list(dict.fromkeys(exact or inside))


@cache
def _names() -> tuple[tuple[str, str], ...]:
    trades = readership().trades
    return tuple((fold(name), group) for group, sectors in trades.items() for name in (group, *sectors))


def _column(cell: str) -> str:
    folded = fold(cell)
    return _OTHERS.get(folded, folded)


def _decoded(body: bytes, name: str, messages: list[str]) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        messages.append(f"{name} : enregistré sans UTF-8, lu comme un fichier d'Excel ; vérifiez les accents des noms.")
        return body.decode("cp1252", errors="replace")


def _rows(text: str) -> list[list[str]]:
    """The cells of each line; a quote left open ends with its line, so that it swallows no other subscriber."""
    lines = [line for line in text.replace("\0", "").splitlines() if not line.lower().startswith("sep=")]
    first = next((line for line in lines if line.strip()), "")
    separator = max(";\t,", key=first.count)
    return [next(csv.reader([line[:_LINE]], delimiter=separator), []) for line in lines]


def fold(text: str) -> str:
    """``text`` in lower case, without accents, punctuation or double spaces: what two spellings share."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).lower()
    return " ".join(re.sub(r"[^a-z0-9]+", " ", bare).split())


def _plain(text: str) -> str:
    """A piece of the file as it can be shown on a terminal: on one line, short, without control characters."""
    shown = "".join(c if c.isprintable() else "\ufffd" for c in " ".join(text.split()))
    return shown if len(shown) <= 60 else shown[:60] + "…"
