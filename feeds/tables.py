"""How is a list opened in a spreadsheet? As CSV and XLSX where no cell can be a formula; same edition, same bytes."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from datetime import date, datetime, time
from io import BytesIO, StringIO
from typing import Any
from urllib.parse import quote

import xlsxwriter

from feeds import digest
from feeds.cells import row
from feeds.columns import Cell, Column, columns, phrase, table
from feeds.entry import clean, count, long_date, safe_link
from scanner.edition import Edition

#: What one cell of a workbook may hold, in UTF-16 units: Excel repairs or breaks anything longer.
CELL_LIMIT = 32_767
#: Excel refuses longer addresses: they are then plain text.
LINK_LIMIT = 2_000
_FORMULA = re.compile("^[=+\\-@\uff1d\uff0b\uff0d\uff20]")
_FORMATS = {"date": "dd/mm/yyyy", "instant": "dd/mm/yyyy hh:mm", "number": "0", "money": '# ##0 "€"'}


def files(edition: Edition) -> dict[str, bytes]:
    """``tables/<list>.csv`` and ``.xlsx``, relative to ``public/``: facts only, opportunities by deadline.

    Raises DataFileError when ``tables.yml`` or ``feeds.yml`` is wrong.
    """
    return _files(edition, private=False)


def private_files(edition: Edition) -> dict[str, bytes]:
    """The same tables with every column (legal status, lever, score), relative to ``prive/``; by score."""
    return _files(edition, private=True)


def _files(edition: Edition, private: bool) -> dict[str, bytes]:
    written: dict[str, bytes] = {}
    for listing in digest.listings():
        shown = [one for one in columns() if (private or not one.private) and (listing.changes or not one.changes)]
        rows = _rows(edition, listing, private)
        about = _about(edition, listing, len(rows))
        written |= spreadsheet(f"tables/{listing.name}", shown, rows, about, edition.reference)
    return written


def spreadsheet(
    path: str, columns: Sequence[Column], rows: Sequence[dict[str, Cell]], about: Sequence[str], made: date
) -> dict[str, bytes]:
    """``path`` as ``.csv`` and ``.xlsx``: no cell can be a formula; ``about`` is told on the second sheet."""
    return {f"{path}.csv": _csv(columns, rows), f"{path}.xlsx": _xlsx(columns, rows, about, made)}


def _rows(edition: Edition, listing: digest.Listing, private: bool) -> list[dict[str, Cell]]:
    """One row for each lot retained; in public an order that ranks nobody."""
    pairs, _, _ = digest.chosen(listing, edition.items, edition.reference)
    if listing.opportunity and not private:
        pairs.sort(key=lambda pair: (pair[0].deadline is None, pair[0].deadline or datetime.min, pair[0].tender))
    return [row(item, lot, edition, listing.changes) for item, lots in pairs for lot in lots or (None,)]


def _csv(columns: Sequence[Column], rows: Sequence[dict[str, Cell]]) -> bytes:
    """UTF-8 with its mark, semicolons and CRLF: what a French spreadsheet opens by a double click."""
    written = StringIO()
    sheet = csv.writer(written, delimiter=";", lineterminator="\r\n")
    sheet.writerow([column.title for column in columns])
    sheet.writerows([_plain(cells[column.name]) for column in columns] for cells in rows)
    return written.getvalue().encode("utf-8-sig")


def _plain(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return f"{cell:%d/%m/%Y %H:%M}"
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}"
    if isinstance(cell, float):
        return f"{cell:.2f}".replace(".", ",")
    told = _fitted(str(cell), CELL_LIMIT - 1)
    return f"'{told}" if isinstance(cell, str) and _FORMULA.match(told) else told


def _fitted(text: str, limit: int = CELL_LIMIT) -> str:
    """``text`` clean and within what a cell holds; « […] » says that it was cut."""
    told = clean(text)
    units = told.encode("utf-16-le")
    if len(units) <= 2 * limit:
        return told
    return units[: 2 * (limit - len(phrase("cut")))].decode("utf-16-le", "ignore") + phrase("cut")


def _xlsx(columns: Sequence[Column], rows: Sequence[dict[str, Cell]], about: Sequence[str], made: date) -> bytes:
    """A workbook of two sheets; its only date is that of the edition."""
    held = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(held, options)
    book.set_properties({"title": about[0], "created": datetime.combine(made, time())})
    _fill(book, columns, rows)
    sheet = book.add_worksheet(table()["sheets"]["about"])
    sheet.set_column(0, 0, 120)
    for number, line in enumerate(about):
        sheet.write_string(number, 0, _fitted(line))
    book.close()
    return held.getvalue()


def _fill(book: Any, columns: Sequence[Column], rows: Sequence[dict[str, Cell]]) -> None:
    sheet = book.add_worksheet(table()["sheets"]["list"])
    head = book.add_format({"bold": True, "bg_color": "#DCE6F1", "text_wrap": True, "valign": "top", "border": 1})
    top = book.add_format({"valign": "top"})
    formats = {kind: book.add_format({"valign": "top", "num_format": shape}) for kind, shape in _FORMATS.items()}
    link = book.add_format({"valign": "top", "font_color": "#0B4F9E", "underline": 1})
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width)
        sheet.write_string(0, place, column.title, head)
        for number, cells in enumerate(rows, start=1):
            _write(sheet, number, place, column.kind, cells[column.name], formats.get(column.kind, top), link)
    sheet.autofilter(0, 0, len(rows), len(columns) - 1)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.set_landscape()


def _write(sheet: Any, line: int, place: int, kind: str, cell: Cell, shape: Any, link: Any) -> None:
    if isinstance(cell, str):
        followed = safe_link(cell) if kind == "link" else ""
        if (
            followed
            and len(quote(followed)) <= LINK_LIMIT
            and not sheet.write_url(line, place, followed, link, followed)
        ):
            return
        sheet.write_string(line, place, _fitted(cell), shape)
    elif isinstance(cell, int | float):
        sheet.write_number(line, place, cell, shape)
    elif cell.year < 1900:  # before the first day of a workbook
        sheet.write_string(line, place, _plain(cell), shape)
    else:
        sheet.write_datetime(line, place, cell, shape)


def _about(edition: Edition, listing: digest.Listing, lots: int) -> list[str]:
    """The second sheet: which list, which period, what was read or missed, how to read the cells."""
    group = digest.grouping(listing, edition.items, edition.reference)
    period = (
        f"Du {long_date(edition.since)} au {long_date(edition.until)}, jours comptés du {long_date(edition.reference)}"
    )
    told = [f"{listing.title} — {clean(edition.territory) or 'France entière'}", period]
    told += [digest.verdict(edition, group.counted), *([group.told] if group.told else [])]
    told += [f"{count(lots, 'ligne', 'lignes')}, une par lot retenu : un marché qui en a plusieurs a plusieurs lignes"]
    return [*told, *digest.coverage_lines(edition.coverage), *digest.gaps(edition), "", *table()["notes"]]
