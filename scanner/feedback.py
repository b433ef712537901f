"""What do readers answer? Verdicts on what was read, states of their follow-up, and the careful reader of their CSV.

The contract is ``id;verdict;lot;commentaire`` (facilitator_practice.md section 5); words and shapes are in
``feedback.yml``. A line that cannot be understood is kept aside and said in one sentence, never guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from scanner.datafile import DataFileError, only, read_yaml, texts
from scanner.finding import LABELS
from scanner.issues import Issue, Level
from scanner.notice import lot_number
from scanner.sheet import MAX_LINES, Row, Sheet, UnreadableSheet, read_sheet

_FILE = Path(__file__).with_name("feedback.yml")
MAX_ID = 500
MAX_COMMENT = 4_000
#: How much of a cell a message repeats.
SHOWN = 60
#: Verdicts on what was read, and verdicts that tell what was not.
ON_READING = ("juste", "faux_positif", "mauvais_dispositif")
ON_SILENCE = ("manque", "dce")
STATES = ("nouveau", "vu", "contacte", "ecarte")
_ILLEGAL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+")
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_FORMULA = re.compile(r"[=@]")
_DAYS = ("%Y-%m-%d", "%d/%m/%Y")
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
    word, label = _verdict(cells.get("verdict", ""))
    key, comment = identifier(cells.get("id", "")), _clean(cells.get("comment", ""))
    if len(comment) > MAX_COMMENT:
        raise ValueError(f"le commentaire a {len(comment)} caractères ; {MAX_COMMENT} au plus, raccourcissez-le.")
    day = _day(cells.get("date", ""), today)
    given, dated = (day, True) if day else (today, dated)
    lots = lots_of(cells.get("lot", ""))
    if word in STATES:
        return tuple(Follow(key, lot, word, comment, given, dated) for lot in lots)
    return tuple(Verdict(key, lot, word, label, comment, given, dated) for lot in lots)


def identifier(written: str) -> str:
    """``boamp:26-85977`` from what readers paste: with or without its source, an address of the notice.

    ValueError, in French, when no identifier is recognised.
    """
    text = _DASHES.sub("-", unquote(_bare(written[:MAX_ID])))
    for source, pattern in _shapes():
        if found := pattern.fullmatch(text):
            return f"{source}:{found['key'].lower()}"
    found = re.compile(_words()["any_id"], re.I).fullmatch(text)
    if found and found["source"].lower() not in {source for source, _ in _shapes()}:
        return f"{found['source'].lower()}:{found['key']}"
    raise ValueError(
        f"« {_short(written)} » n'est pas un identifiant d'avis ; admis : boamp:26-85977, 26-85977, ted:133856-2021 "
        "ou l'adresse de l'avis."
    )


def lots_of(written: str) -> tuple[str | None, ...]:
    """The lots of a cell: ``2``, ``lot 02``, ``1, 3 et 4``; (None,) for the whole notice. ValueError, in French."""
    text = _bare(written)
    if _folded(text) in _words()["whole"]:
        return (None,)
    pieces = re.split(_words()["between"], re.sub(_words()["before_lot"], "", text, flags=re.I))
    numbers = [lot_number(re.sub(_words()["before_lot"], "", piece, flags=re.I)) for piece in pieces if piece]
    if not numbers or not all(re.fullmatch(_words()["lot"], number) for number in numbers):
        raise ValueError(
            f"« {_short(written)} » n'est pas un numéro de lot ; admis : 2, « lot 02 », « 1, 3 », « tous » ou vide."
        )
    return tuple(dict.fromkeys(numbers))


def told(code: str) -> str:
    """A verdict or a state as readers write it: ``contacté``."""
    return str(_words()["told"][code])


# -- words ---------------------------------------------------------------------------------------------------------


def _verdict(written: str) -> tuple[str, str]:
    """(verdict or state, label) of ``faux positif``, ``DCE : clause_insertion``, ``contacté``."""
    head, colon, tail = _bare(written).partition(":")
    word = _vocabulary().get(_folded(head), "")
    if not word or (colon and word in STATES):
        near = get_close_matches(_folded(head), list(_vocabulary()), 1, 0.75)
        perhaps = f" (« {told(_vocabulary()[near[0]])} » ?)" if near and not word else ""
        read = f"« {_short(written)} » n'est pas un verdict{perhaps}" if written.strip() else "le verdict manque"
        raise ValueError(f"{read} ; admis : {', '.join(_words()['told'].values())}.")
    label = _labels().get(_folded(tail), "")
    if (word == "dce" or _folded(tail)) and not label:
        raise ValueError(
            f"« {_short(written)} » ne nomme pas de dispositif connu ; admis après « {head.strip()}: » : "
            f"{', '.join(LABELS)}."
        )
    return word, label


def _looks(cells: Sequence[str]) -> bool:
    """Whether a cell of several is a verdict, or the title of a column that must be there."""
    titles = {*_words()["columns"]["id"], *_words()["columns"]["verdict"]}
    heads = [_folded(cell.partition(":")[0]) for cell in cells]
    return len(cells) > 1 and (any(head in _vocabulary() for head in heads) or len(titles & set(heads)) > 1)


@cache
def _words() -> Mapping[str, Any]:
    content: dict[str, Any] = only(read_yaml(_FILE), _FILE.name, {
        "verdicts": dict, "states": dict, "told": dict, "columns": dict, "whole": list, "between": str,
        "before_lot": str, "lot": str, "ids": list, "any_id": str, "labels": dict,
    })  # fmt: skip
    for section, codes in (("verdicts", {*ON_READING, *ON_SILENCE}), ("states", {*STATES})):
        if set(content[section]) != codes or not codes <= set(content["told"]):
            raise DataFileError(f"{_FILE.name}, {section} : les entrées sont {', '.join(sorted(codes))}.")
    if not set(content["labels"]) <= set(LABELS):
        raise DataFileError(f"{_FILE.name}, labels : dispositif inconnu, choisissez parmi {', '.join(LABELS)}.")
    return content


@cache
def _vocabulary() -> Mapping[str, str]:
    said = {**_words()["verdicts"], **_words()["states"]}
    return {word: code for code, words in said.items() for word in texts(words, f"{_FILE.name}, {code}")}


@cache
def _labels() -> Mapping[str, str]:
    others = {word: code for code, words in _words()["labels"].items() for word in texts(words, _FILE.name)}
    return {**others, **{_folded(label): label for label in LABELS}}


@cache
def _shapes() -> tuple[tuple[str, re.Pattern[str]], ...]:
    entries = [only(entry, f"{_FILE.name}, ids", {"source": str, "find": str}) for entry in _words()["ids"]]
    return tuple((entry["source"], re.compile(entry["find"], re.I)) for entry in entries)


# -- cells ---------------------------------------------------------------------------------------------------------


def _columns(rows: Sequence[Row]) -> tuple[tuple[str, ...], Sequence[Row]]:
    """The name of each column (empty: unknown) and the rows without their titles. UnreadableSheet on bad titles."""
    names = {word: name for name, words in _words()["columns"].items() for word in words}
    titles = tuple(names.get(_folded(_bare(cell)), "") for cell in rows[0].cells)
    if not {"id", "verdict"} & set(titles) or any(_folded(cell) in _vocabulary() for cell in rows[0].cells):
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
            yield f"colonnes ignorées : {', '.join(_short(cell) for cell in ignored)}."


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
    comment, state = cells.get("comment", ""), _folded(_bare(cells["verdict"]))
    if any(_ILLEGAL.search(cell.replace("\n", " ").replace("\t", " ")) for cell in cells.values()):
        yield "des caractères de contrôle sont retirés."
    if _FORMULA.match(comment.strip()):
        yield f"le commentaire commence par « {comment.strip()[0]} » : gardé comme texte, jamais calculé."
    if _vocabulary().get(state) == "ecarte" and not _clean(comment):
        yield "écarté sans motif : l'état est gardé, dites pourquoi en commentaire la prochaine fois."


def _day(written: str, today: date) -> date | None:
    """The day written, None when the cell is empty. ValueError, in French, when it is no day or in the future."""
    text = _bare(written)
    if not text:
        return None
    for shape in _DAYS:
        try:
            day = datetime.strptime(text, shape).date()
        except ValueError:
            continue
        if day > today:
            raise ValueError(f"la date « {_short(written)} » est à venir ; admis : un jour passé, ou rien.")
        return day
    raise ValueError(f"« {_short(written)} » n'est pas une date ; admis : AAAA-MM-JJ, JJ/MM/AAAA ou rien.")


def _clean(text: str) -> str:
    return _ILLEGAL.sub(" ", text).strip()


def _bare(text: str) -> str:
    """A cell without the quotes and the sign with which a spreadsheet keeps a text as it is (``="26-1"``)."""
    return re.sub(r"""^=?["'«]\s*(.*?)\s*["'»]$""", r"\1", " ".join(_clean(text).split())).removeprefix("'").strip()


def _folded(text: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(re.split(r"[^a-z0-9]+", plain)).strip()


def _short(text: str) -> str:
    flat = " ".join(_clean(text).split())
    return flat if len(flat) <= SHOWN else f"{flat[:SHOWN].rstrip()}…"


def _issue(name: str, line: int, code: str, said: str, level: Level = "warning") -> Issue:
    where = f"{name}, ligne {line}" if line else name
    return Issue("lecteurs", f"{name}:{line}" if line else name, code, f"{where} : {said}", level)
