"""What rows does a reader's table hold? The bytes of a CSV, however it was saved, become numbered rows of cells.

Nothing of the file is lost in silence: what cannot be a table is one French sentence (``UnreadableSheet``), what was
guessed is a note. No word of any language here: the caller tells which rows look like its own.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

MAX_BYTES = 20_000_000
MAX_LINES = 200_000
#: Lines read to tell which character separates the cells.
SAMPLE = 50
#: Above this share of control characters, a file is not a text.
MAX_CONTROLS = 0.1
DELIMITERS = (";", "\t", ",")
_END = re.compile(rb"\r\n|\r|\n")
_CONTROLS = bytes({*range(32)} - {*b"\t\n\r"})
_SEPARATOR = re.compile(r'"?sep=(.)"?\Z', re.I)
#: How other files begin: a workbook of today, one of yesterday, a PDF, a compressed file.
_OTHER = {b"PK\x03\x04": "un classeur", b"\xd0\xcf\x11\xe0": "un classeur", b"%PDF": "un PDF", b"\x1f\x8b": "compressé"}

Looks = Callable[[Sequence[str]], bool]


class UnreadableSheet(ValueError):
    """The file is no table of text; the message is a French sentence, without the file's name, with its repair."""


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row as written; ``line`` is that of its beginning, the first of the file being 1."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows that hold something, the character that separates their cells, and what the reader must know."""

    rows: tuple[Row, ...]
    delimiter: str
    notes: tuple[str, ...] = ()
    left: int = 0
    """Lines beyond ``MAX_LINES``, not read."""


def read_sheet(source: Path | bytes, looks: Looks) -> Sheet:
    """The table of ``source``: UTF-8 (with or without mark), Windows-1252 or UTF-16; ``;``, tab or comma; quotes.

    ``looks`` tells whether cells are those of a row of the caller's: it chooses the separator, and it detects a quote
    left open, which would swallow the next rows. UnreadableSheet on a file that is no text, too big or empty.
    """
    text, notes = _lines(_bytes(source))
    delimiter, start = _delimiter(text, looks)
    kept = text[:MAX_LINES]
    rows = tuple(row for row in _rows(kept, start, delimiter, looks) if any(cell.strip() for cell in row.cells))
    if not rows:
        raise UnreadableSheet("le fichier est vide, aucune ligne à lire.")
    return Sheet(rows, delimiter, notes, len(text) - len(kept))


def _bytes(source: Path | bytes) -> bytes:
    if isinstance(source, bytes):
        content = source
    else:
        try:
            with source.open("rb") as stream:
                content = stream.read(MAX_BYTES + 1)
        except OSError as error:
            raise UnreadableSheet(f"fichier illisible ({error.strerror}), vérifiez le chemin et les droits.") from error
    if len(content) > MAX_BYTES:
        raise UnreadableSheet(f"le fichier dépasse {MAX_BYTES // 1_000_000} Mo, partagez-le en plusieurs.")
    other = next((name for mark, name in _OTHER.items() if content.startswith(mark)), "")
    if other:
        raise UnreadableSheet(f"le fichier est {other}, pas un texte : enregistrez-le au format CSV (UTF-8).")
    return content


def _lines(content: bytes) -> tuple[list[str], tuple[str, ...]]:
    """The lines of the file, and the note of those that are not UTF-8: each is decoded for itself."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            content = content.decode("utf-16").encode()
        except UnicodeError as error:
            raise UnreadableSheet("l'UTF-16 est coupé, enregistrez le fichier au format CSV (UTF-8).") from error
    if len(content) - len(content.translate(None, _CONTROLS)) > MAX_CONTROLS * len(content):
        raise UnreadableSheet("le fichier n'est pas un texte : enregistrez-le au format CSV (UTF-8).")
    text, old = [], []
    for number, line in enumerate(_END.split(content.removeprefix(codecs.BOM_UTF8)), 1):
        try:
            text.append(line.decode())
        except UnicodeDecodeError:
            text.append(_windows(line, number))
            old.append(number)
    where = f"ligne {old[0]}" if len(old) == 1 else f"{len(old)} lignes, dont la {old[0]}" if old else ""
    note = f"lu en Windows-1252, pas en UTF-8 ({where}) : vérifiez les accents."
    return text, (note,) if old else ()


def _windows(line: bytes, number: int) -> str:
    try:
        return line.decode("cp1252")
    except UnicodeDecodeError as error:
        raise UnreadableSheet(
            f"ligne {number} : ni UTF-8 ni Windows-1252, enregistrez le fichier au format CSV (UTF-8)."
        ) from error


def _delimiter(text: Sequence[str], looks: Looks) -> tuple[str, int]:
    """The separator under which most of the first lines look right, and the rank of the first line to read."""
    declared = _SEPARATOR.match(text[0].strip()) if text else None
    if declared and declared[1] in DELIMITERS:
        return declared[1], 1
    filled = [line for line in text if line.strip()][:SAMPLE]
    return max(DELIMITERS, key=lambda one: sum(looks(_cells(line, one)) for line in filled)), 0


def _rows(text: Sequence[str], start: int, delimiter: str, looks: Looks) -> Iterator[Row]:
    whole = _quoted(text, start, delimiter, looks)
    if whole is not None:
        yield from whole
        return
    for number, line in enumerate(text[start:], start + 1):
        yield Row(number, tuple(_cells(line, delimiter)))


def _quoted(text: Sequence[str], start: int, delimiter: str, looks: Looks) -> list[Row] | None:
    """The rows, a quoted cell running over several lines; None when a quote is misplaced or swallows a row."""
    reader = csv.reader((line + "\n" for line in text[start:]), delimiter=delimiter, strict=True)
    rows, before = [], start
    try:
        for cells in reader:
            after = start + reader.line_num
            if any(looks(_cells(line, delimiter)) for line in text[before + 1 : after]):
                return None
            rows.append(Row(before + 1, tuple(cells)))
            before = after
    except csv.Error:
        return None
    return rows


def _cells(line: str, delimiter: str) -> list[str]:
    """The cells of one line; where its quotes do not close, they are letters like others."""
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return line.split(delimiter)
