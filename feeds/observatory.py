"""How are the figures of a year told? A page, its charts and its tables, as files to host; same figures, same bytes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from feeds import digest
from feeds.bars import Bar, alternative, bars
from feeds.entry import clean, count, figure, long_date, word
from scanner.datafile import only, read_yaml, texts
from scanner.year import Counts, Hours, Line, Observatory, Span, Table

_WORDS = Path(__file__).with_name("observatory.yml")
#: The columns of the CSV and the keys of the JSON lines, in order. None is told « sans objet » in the CSV.
COLUMNS = (
    "annee", "tableau", "ligne", "unite", "consultations", "lots", "consultations_reservees", "lots_reserves",
    "consultations_a_clause", "lots_a_clause", "lots_non_lus", "heures", "consultations_annee_precedente",
    "lots_annee_precedente", "lots_reserves_annee_precedente", "lots_a_clause_annee_precedente",
    "heures_annee_precedente",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """A table as the page shows it: ``rows`` of cells, the first one its head; ``chart`` is its drawing's file."""

    name: str
    title: str
    note: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    chart: str
    alternative: str


def files(found: Observatory, *, territory: str, mission: str = "") -> dict[str, bytes]:
    """``observatoire/<year>.html``, ``.csv`` and a chart a table, relative to ``public/``."""
    charts = {_chart_name(found, table): _chart(found, table).encode() for table in found.tables}
    page = digest.environment().get_template("observatory.html.j2").render(
        year=found.year, territory=clean(territory) or "France entière", mission=clean(mission),
        keys=key_figures(found), warnings=warnings(found),
        tables=[_shown(found, table) for table in found.tables], hours=_hours_rows(found),
        silent=_silent(found), rules=_words()["rules"], css=digest.style(),
    )  # fmt: skip
    stem = f"observatoire/{found.year}"
    return {f"{stem}.html": page.encode(), f"{stem}.csv": sheet(found)} | charts


def sheet(found: Observatory) -> bytes:
    """The rows as CSV (UTF-8 with BOM, ``;``), « sans objet » where a column says nothing of a row."""
    written = io.StringIO()
    lines = csv.writer(written, delimiter=";", lineterminator="\r\n")
    lines.writerow(COLUMNS)
    for row in rows(found):
        lines.writerow("sans objet" if row[name] is None else _cell(row[name]) for name in COLUMNS)
    return b"\xef\xbb\xbf" + written.getvalue().encode()


def rows(found: Observatory) -> Iterator[dict[str, Any]]:
    """Every figure, a flat row a line of a table; None where a column does not concern it."""
    yield _row(found, "ensemble", "ensemble", found.total)
    for table in found.tables:
        for line in table.lines:
            yield _row(found, table.name, _label(table.name, line.key), line)
    for one in found.hours:
        before = one.before or (None, None)
        yield dict.fromkeys(COLUMNS) | {
            "annee": found.year, "tableau": "heures", "ligne": _kind(one), "unite": word("per", one.per),
            "consultations": one.contracts, "heures": one.total, "consultations_annee_precedente": before[0],
            "heures_annee_precedente": before[1],
        }  # fmt: skip
    yield dict.fromkeys(COLUMNS) | {
        "annee": found.year, "tableau": "heures", "ligne": "clause sans heures écrites dans l'avis",
        "consultations": found.silent,
    }  # fmt: skip
    for stage, number in found.aside:
        told = {"annee": found.year, "tableau": "non comptées", "ligne": _words()["aside"][stage][1]}
        yield dict.fromkeys(COLUMNS) | told | {"consultations": number}


def key_figures(found: Observatory) -> tuple[str, ...]:
    """What a mission reads first, one sentence a figure."""
    now = found.total.now
    told = [
        f"{count(now.contracts, 'consultation', 'consultations')}, {count(now.lots, 'lot', 'lots')}",
        f"{count(now.reserved, 'lot réservé', 'lots réservés')} dans "
        f"{count(now.reserved_contracts, 'consultation', 'consultations')}",
        f"{count(now.claused, 'lot à clause', 'lots à clause')} dans "
        f"{count(now.claused_contracts, 'consultation', 'consultations')}",
        f"part des lots lus qui sont réservés ou à clause : {_share(now)}",
        *(f"{figure(one.total)} h {_kind(one)} {word('per', one.per)}, écrites dans "
          f"{count(one.contracts, 'consultation', 'consultations')}" for one in found.hours if one.contracts),
    ]  # fmt: skip
    if found.cancelled:
        told.append(f"dont {count(found.cancelled, 'procédure annulée', 'procédures annulées')} depuis")
    told += [f"non comptées : {count(number, *_words()['aside'][stage])}" for stage, number in found.aside]
    return tuple(told)


def warnings(found: Observatory) -> tuple[str, ...]:
    """What makes the figures, or the comparison of the two years, doubtful."""
    told = []
    if found.total.now.contracts == 0:
        told.append(f"Aucune consultation de {found.year} n'est dans la base.")
    told.append(f"{found.year} : {_period(found.span)}.")
    if found.total.before is None:
        told.append(f"{found.year - 1} : aucune consultation dans la base, aucune évolution ne peut être dite.")
    else:
        told.append(f"{found.year - 1} : {_period(found.before)}.")
        if not found.alike:
            told.append("Les deux années ne couvrent pas les mêmes jours : une différence n'est pas une évolution.")
    if found.total.now.unread:
        told.append(f"{count(found.total.now.unread, 'lot n’a pas été lu', 'lots n’ont pas été lus')} en entier.")
    return tuple(told)


def _period(span: Span) -> str:
    if span.since is None or span.until is None:
        return "aucun avis dans la base"
    told = f"premiers avis du {long_date(span.since)} au {long_date(span.until)}"
    days = count(span.incomplete, "jour de source incomplet", "jours de source incomplets")
    return f"{told} ; {days}" if span.incomplete else told


# -- tables --------------------------------------------------------------------------------------------------------


def _shown(found: Observatory, table: Table) -> Shown:
    known = _table_words()[table.name]
    heads: tuple[str, ...] = ("Consultations", "Lots")
    if not known["brief"]:
        heads = (*heads, "Lots réservés", "Lots à clause", "Lots non lus", "Part réservée ou à clause")
    heads = (*heads, f"{_words()['measures'][known['measure']].capitalize()} en {found.year - 1}")
    shown = tuple(_cells(found, table.name, line) for line in table.lines)
    said = alternative(_years(found), _bars(table))
    return Shown(table.name, known["title"], known["note"], heads, shown, Path(_chart_name(found, table)).name, said)


def _cells(found: Observatory, table: str, line: Line) -> tuple[str, ...]:
    known, now = _table_words()[table], line.now
    cells = [_label(table, line.key), figure(now.contracts), figure(now.lots)]
    if not known["brief"]:
        cells += [figure(now.reserved), figure(now.claused), figure(now.unread), _share(now)]
    return (*cells, _trend(line, known["measure"]))


def _trend(line: Line, measure: str) -> str:
    """« 12 (+3) »: the year before, and what changed since."""
    if line.before is None:
        return "pas de données"
    before, now = _measured(line.before, measure), _measured(line.now, measure)
    change = f"{'+' if now > before else '−' if now < before else ''}{figure(abs(now - before))}"
    return f"{figure(before)} ({change if now != before else 'stable'})"


def _share(counts: Counts) -> str:
    read = counts.lots - counts.unread
    return f"{figure(round(100 * (counts.reserved + counts.claused) / read, 1))}\u00a0%" if read else "sans objet"


def _measured(counts: Counts, measure: str) -> int:
    return counts.lots if measure == "lots" else counts.reserved + counts.claused


def _hours_rows(found: Observatory) -> list[tuple[str, ...]]:
    return [
        (_kind(one), word("per", one.per), figure(one.contracts), f"{figure(one.total)} h", _hours_before(one))
        for one in found.hours
    ]


def _hours_before(one: Hours) -> str:
    if one.before is None:
        return "pas de données"
    return f"{figure(one.before[1])} h, {count(one.before[0], 'consultation', 'consultations')}"


def _silent(found: Observatory) -> str:
    one, many = "consultation à clause n'écrit pas d'heures", "consultations à clause n'écrivent pas d'heures"
    told = (
        f"{count(found.silent, one, many)} dans son avis" if found.silent < 2 else f"{count(found.silent, one, many)}"
    )
    shares = f", dont {figure(found.shares)} qui écrivent une part" if found.shares else ""
    return f"{told}{shares} : leurs heures sont inconnues, non nulles."


def _kind(one: Hours) -> str:
    name = str(_words()["hours"][one.kind])
    return (
        f"d'{name}" * (name[0] in "aeiou")
        + f"de {name}" * (name[0] not in "aeiou")
        + ("" if one.firm else " (facultatives ou conditionnelles)")
    )


def _row(found: Observatory, table: str, label: str, line: Line) -> dict[str, Any]:
    now, before = line.now, line.before
    return dict.fromkeys(COLUMNS) | {
        "annee": found.year, "tableau": table, "ligne": label, "consultations": now.contracts, "lots": now.lots,
        "consultations_reservees": now.reserved_contracts, "lots_reserves": now.reserved,
        "consultations_a_clause": now.claused_contracts, "lots_a_clause": now.claused, "lots_non_lus": now.unread,
        "consultations_annee_precedente": before and before.contracts, "lots_annee_precedente": before and before.lots,
        "lots_reserves_annee_precedente": before and before.reserved,
        "lots_a_clause_annee_precedente": before and before.claused,
    }  # fmt: skip


def _cell(value: Any) -> str:
    """A figure with a French comma; a text that no spreadsheet takes for a formula."""
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".").replace(".", ",")
    told = clean(str(value))
    return f"'{told}" if told.startswith(("=", "+", "-", "@")) else told


# -- charts --------------------------------------------------------------------------------------------------------


def _chart_name(found: Observatory, table: Table) -> str:
    return f"observatoire/{found.year}-{table.name}.svg"


def _chart(found: Observatory, table: Table) -> str:
    known = _table_words()[table.name]
    title = f"{known['title']}, {found.year} : {_words()['measures'][known['measure']]}"
    return bars(title, _years(found), _bars(table))


def _bars(table: Table) -> Sequence[Bar]:
    known = _table_words()[table.name]
    measure = known["measure"]
    return [
        Bar(
            _label(table.name, line.key),
            _measured(line.now, measure),
            None if line.before is None else _measured(line.before, measure),
        )
        for line in [line for line in table.lines if line.key not in known["undrawn"]][: known["cap"]]
    ]


def _years(found: Observatory) -> tuple[str, str]:
    return str(found.year), str(found.year - 1)


# -- words ---------------------------------------------------------------------------------------------------------


def _label(table: str, key: str) -> str:
    known = _table_words()[table]
    if key in known["words"]:
        return str(known["words"][key])
    if known["section"] and key:
        return word(known["section"], key)
    return clean(key) or "inconnu"


@cache
def _table_words() -> dict[str, dict[str, Any]]:
    required = {"title": str, "note": str, "measure": str}
    optional = {"brief": bool, "section": str, "words": dict, "cap": int, "undrawn": list}
    defaults: dict[str, Any] = {"brief": False, "section": "", "words": {}, "cap": 200, "undrawn": []}
    return {
        name: defaults | only(entry, f"{_WORDS.name}, tables.{name}", required, optional)
        for name, entry in _words()["tables"].items()
    }


@cache
def _words() -> dict[str, Any]:
    kinds = {"tables": dict, "measures": dict, "hours": dict, "rules": list, "aside": dict}
    content = only(read_yaml(_WORDS), _WORDS.name, kinds)
    return content | {"rules": texts(content["rules"], f"{_WORDS.name}, rules")}
