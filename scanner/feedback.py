"""What do readers answer? Verdicts on what was read, states of their follow-up, and the careful reader of their CSV.

The contract is ``id;verdict;lot;commentaire`` (facilitator_practice.md section 5); words and shapes are in
``answer.yml``. A line that cannot be understood is kept aside and said in one sentence, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from scanner.answer import (
    ILLEGAL,
    ON_READING,
    ON_SILENCE,
    STATES,
    bare,
    clean,
    day_of,
    folded,
    identifier,
    lots_of,
    short,
    told,
    verdict_of,
    vocabulary,
    words,
)
from scanner.issues import Issue, Level
from scanner.sheet import MAX_LINES, Row, Sheet, UnreadableSheet, read_sheet

__all__ = [
    "ON_READING", "ON_SILENCE", "STATES", "Feedback", "Follow", "Judged", "Judgement", "Verdict", "identifier",
    "lots_of", "read_feedback", "told", "understand",
]  # fmt: skip

MAX_COMMENT = 4_000
_FORMULA = re.compile(r"[=@]")
_DAY = re.compile(r"\d{4}-\d\d-\d\d|\d\d/\d\d/\d{4}")
#: The columns of a file without titles; a day may follow.
_UNTITLED = ("id", "verdict", "lot", "comment")


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding as it stood when a verdict was given on it."""

    label: str
    rule: str
    quote: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reader says of a lot (None: the whole notice). ``verdict`` is juste, faux_positif, manque,
    mauvais_dispositif or dce; ``label`` is the lever it names, always for ``dce``, if told for the others.

    ``given``: the day written (``dated``), else that of the import. ``judged``: the findings shown on that day.
    """

    id: str
    lot: str | None
    verdict: str
    label: str
    comment: str
    given: date
    dated: bool = False
    judged: tuple[Judged, ...] = ()


@dataclass(frozen=True, slots=True)
class Follow:
    """Where a reader is with a lot (None: the whole notice): nouveau, vu, contacte or ecarte, since a day.

    ``fingerprint``: what the tender said when it was so marked (``scanner.followup.fingerprint``), empty when unknown.
    """

    id: str
    lot: str | None
    state: str
    reason: str
    since: date
    dated: bool = False
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One finding and the last verdict on it. ``standing``: the rules still read it; ``right``: it is juste."""

    id: str
    lot: str | None
    rule: str
    label: str
    quote: str
    right: bool
    verdict: str
    comment: str
    given: date
    standing: bool = True


Feedback = Verdict | Follow


def read_feedback(source: Path | bytes, *, today: date) -> tuple[tuple[Feedback, ...], tuple[Issue, ...]]:
    """The lines understood, in the order of the file, and the messages: French sentences that name the line.

    Level ``rejected``: a line kept aside; ``error``: the file is no table; ``warning``: understood, to be known.
    """
    name = source.name if isinstance(source, Path) else "fichier"
    try:
        sheet = read_sheet(source, _looks)
        columns, rows = _columns(sheet.rows)
    except UnreadableSheet as error:
        return (), (_issue(name, 0, "fichier_illisible", str(error), "error"),)
    lines: list[Feedback] = []
    issues = [_issue(name, 0, "fichier", note) for note in (*sheet.notes, *_unknown(sheet, rows))]
    for row in rows:
        cells = _named(row.cells, columns, sheet.delimiter)
        try:
            lines += understand(cells, today=today)
        except ValueError as error:
            issues.append(_issue(name, row.line, "ligne_ecartee", str(error), "rejected"))
        else:
            issues += [_issue(name, row.line, "ligne", note) for note in _remarks(cells)]
    if sheet.left:
        said = f"les {sheet.left} lignes après la {MAX_LINES}e ne sont pas lues, partagez le fichier."
        issues.append(_issue(name, MAX_LINES + 1, "trop_de_lignes", said, "rejected"))
    return tuple(lines), tuple(issues)


def understand(cells: Mapping[str, str], *, today: date, dated: bool = False) -> tuple[Feedback, ...]:
    """What one line says, once for each lot it names. Cells: id, verdict, lot, comment, date; absent is empty.

    ValueError, a French sentence with what was read and what is accepted. ``dated``: today is the day that is meant.
    """
    word, label = verdict_of(cells.get("verdict", ""))
    key, comment = identifier(cells.get("id", "")), clean(cells.get("comment", ""))
    if len(comment) > MAX_COMMENT:
        raise ValueError(f"le commentaire a {len(comment)} caractères ; {MAX_COMMENT} au plus, raccourcissez-le.")
    day = day_of(cells.get("date", ""), today)
    given, dated = (day, True) if day else (today, dated)
    lots = lots_of(cells.get("lot", ""))
    if word in STATES:
        return tuple(Follow(key, lot, word, comment, given, dated) for lot in lots)
    return tuple(Verdict(key, lot, word, label, comment, given, dated) for lot in lots)


# -- rows ----------------------------------------------------------------------------------------------------------


def _looks(cells: Sequence[str]) -> bool:
    """Whether a cell of several is a verdict, or the title of a column that must be there."""
    titles = {*words()["columns"]["id"], *words()["columns"]["verdict"]}
    heads = [folded(cell.partition(":")[0]) for cell in cells]
    return len(cells) > 1 and (any(head in vocabulary() for head in heads) or len(titles & set(heads)) > 1)


def _columns(rows: Sequence[Row]) -> tuple[tuple[str, ...], Sequence[Row]]:
    """The name of each column (empty: unknown) and the rows without their titles. UnreadableSheet on bad titles."""
    names = {title: name for name, titles in words()["columns"].items() for title in titles}
    titles = tuple(names.get(folded(bare(cell)), "") for cell in rows[0].cells)
    if not {"id", "verdict"} & set(titles) or any(folded(cell) in vocabulary() for cell in rows[0].cells):
        return _UNTITLED, rows
    named = [title for title in titles if title]
    twice = sorted({title for title in named if named.count(title) > 1})
    absent = [title for title in ("id", "verdict") if title not in named]
    if twice or absent:
        wrong = f"deux colonnes « {twice[0]} »" if twice else f"aucune colonne « {absent[0]} »"
        raise UnreadableSheet(f"{wrong} parmi les titres ; les colonnes sont id;verdict;lot;commentaire.")
    if not rows[1:]:
        raise UnreadableSheet("aucune ligne sous les titres, rien à lire.")
    return titles, rows[1:]


def _unknown(sheet: Sheet, rows: Sequence[Row]) -> Iterator[str]:
    """The titles of the columns that are not read."""
    if len(rows) < len(sheet.rows):
        columns, _ = _columns(sheet.rows)
        ignored = [cell for cell, name in zip(sheet.rows[0].cells, columns, strict=True) if not name and cell.strip()]
        if ignored:
            yield f"colonnes ignorées : {', '.join(short(cell) for cell in ignored)}."


def _named(cells: Sequence[str], columns: Sequence[str], delimiter: str) -> dict[str, str]:
    """The cells by column. Where the comment comes last, what separators made of it is put together again."""
    last = len(columns) - 1
    if columns[last] != "comment" or len(cells) <= last:
        return {name: cell for name, cell in zip(columns, cells, strict=False) if name}
    named, tail = dict(zip(columns[:last], cells, strict=False)), list(cells[last:])
    while len(tail) > 1 and not tail[-1].strip():
        tail.pop()
    if "date" not in named and len(tail) > 1 and _DAY.fullmatch(tail[-1].strip()):
        named["date"] = tail.pop()
    return {**{name: cell for name, cell in named.items() if name}, "comment": delimiter.join(tail)}


def _remarks(cells: Mapping[str, str]) -> Iterator[str]:
    comment, state = cells.get("comment", ""), folded(bare(cells["verdict"]))
    if any(ILLEGAL.search(cell.replace("\n", " ").replace("\t", " ")) for cell in cells.values()):
        yield "des caractères de contrôle sont retirés."
    if _FORMULA.match(comment.strip()):
        yield f"le commentaire commence par « {comment.strip()[0]} » : gardé comme texte, jamais calculé."
    if vocabulary().get(state) == "ecarte" and not clean(comment):
        yield "écarté sans motif : l'état est gardé, dites pourquoi en commentaire la prochaine fois."


def _issue(name: str, line: int, code: str, said: str, level: Level = "warning") -> Issue:
    where = f"{name}, ligne {line}" if line else name
    return Issue("lecteurs", f"{name}:{line}" if line else name, code, f"{where} : {said}", level)
