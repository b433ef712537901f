"""Which rows does a user's CSV hold? Read as spreadsheets write it: any delimiter, UTF-8 or Windows-1252."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from scanner.datafile import DataFileError
from scanner.opportunity.words import fold

_EXCEL = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def read_rows(
    path: Path, columns: Mapping[str, Sequence[str]], required: Sequence[str]
) -> tuple[list[tuple[int, dict[str, str]]], bool]:
    """Each line that holds something, by the keys of ``columns`` (their headings), with its number in the file.

    Also whether the file had to be read as Windows-1252. Raises DataFileError, one French sentence, when it is no
    CSV or lacks a required column. The delimiter is the most frequent of ``;``, ``,`` and tab in the first line.
    """
    text, guessed = _text(path)
    lines = text.splitlines(keepends=True)
    skipped = 1 if lines and lines[0].lower().startswith("sep=") else 0
    heading = lines[skipped] if len(lines) > skipped else ""
    reader = csv.reader(lines[skipped:], delimiter=max(";,\t", key=heading.count))
    try:
        places = _places(next(reader, []), columns, required, path)
        rows = [
            (reader.line_num + skipped, {column: cells[i].strip() for column, i in places.items() if i < len(cells)})
            for cells in reader
            if any(cell.strip() for cell in cells)
        ]
    except csv.Error as error:
        raise DataFileError(f"{path.name} : CSV illisible ({error}), enregistrez-le de nouveau.") from error
    return rows, guessed


def _places(
    heading: list[str], columns: Mapping[str, Sequence[str]], required: Sequence[str], path: Path
) -> dict[str, int]:
    """Where each column stands; the first of its headings that is there."""
    titles = [fold(title) for title in heading]
    found = {
        column: titles.index(fold(alias))
        for column, aliases in columns.items()
        for alias in reversed(aliases)
        if fold(alias) in titles
    }
    for column in required:
        if column not in found:
            aliases = " ou ".join(f"« {alias} »" for alias in columns[column])
            raise DataFileError(f"{path.name} : colonne {aliases} introuvable, ajoutez-la à la première ligne.")
    return found


def _text(path: Path) -> tuple[str, bool]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataFileError(f"{path} : fichier illisible ({error.strerror}).") from error
    if content.startswith(_EXCEL):
        raise DataFileError(f"{path.name} : classeur Excel ou archive, enregistrez la feuille en CSV.")
    try:
        return content.decode("utf-8-sig"), False
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace"), True
