"""What does one cell of a reader's answer say? Identifier, verdict, lot, day: as they are typed and pasted.

Words and shapes are in ``answer.yml``. What cannot be understood is a ValueError: one French sentence, without its
place, with what was read and what is accepted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from scanner.datafile import DataFileError, only, read_yaml, texts
from scanner.finding import LABELS
from scanner.notice import lot_number

_FILE = Path(__file__).with_name("answer.yml")
MAX_ID = 500
#: How much of a cell a message repeats.
SHOWN = 60
#: Verdicts on what was read, and verdicts that tell what was not.
ON_READING = ("juste", "faux_positif", "mauvais_dispositif")
ON_SILENCE = ("manque", "dce")
STATES = ("nouveau", "vu", "contacte", "ecarte")
ILLEGAL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+")
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_DAYS = ("%Y-%m-%d", "%d/%m/%Y")


def verdict_of(written: str) -> tuple[str, str]:
    """(verdict or state, label) of ``faux positif``, ``DCE : clause_insertion``, ``contacté``."""
    head, colon, tail = bare(written).partition(":")
    word = vocabulary().get(folded(head), "")
    if not word or (colon and word in STATES):
        near = get_close_matches(folded(head[:SHOWN]), list(vocabulary()), 1, 0.75)
        perhaps = f" (« {told(vocabulary()[near[0]])} » ?)" if near and not word else ""
        read = f"« {short(written)} » n'est pas un verdict{perhaps}" if written.strip() else "le verdict manque"
        raise ValueError(f"{read} ; admis : {', '.join(words()['told'].values())}.")
    label = _labels().get(folded(tail), "")
    if (word == "dce" or tail.strip()) and not label:
        raise ValueError(
            f"« {short(written)} » ne nomme pas de dispositif connu ; admis après « {head.strip()}: » : "
            f"{', '.join(LABELS)}."
        )
    return word, label


def identifier(written: str) -> str:
    """``boamp:26-85977`` from what readers paste: with or without its source, an address of the notice.

    ValueError, in French, when no identifier is recognised.
    """
    text = _DASHES.sub("-", unquote(bare(written[:MAX_ID])))
    for source, pattern in _shapes():
        if found := pattern.fullmatch(text):
            return f"{source}:{found['key'].lower()}"
    found = re.compile(words()["any_id"], re.I).fullmatch(text)
    if found and found["source"].lower() not in {source for source, _ in _shapes()}:
        return f"{found['source'].lower()}:{found['key']}"
    raise ValueError(
        f"« {short(written)} » n'est pas un identifiant d'avis ; admis : boamp:26-85977, 26-85977, ted:133856-2021 "
        "ou l'adresse de l'avis."
    )


def lots_of(written: str) -> tuple[str | None, ...]:
    """The lots of a cell: ``2``, ``lot 02``, ``1, 3 et 4``; (None,) for the whole notice. ValueError, in French."""
    text = bare(written)
    if text.casefold() in words()["whole"] or (folded(text) and folded(text) in words()["whole"]):
        return (None,)
    pieces = re.split(words()["between"], re.sub(words()["before_lot"], "", text, flags=re.I))
    numbers = [lot_number(re.sub(words()["before_lot"], "", piece, flags=re.I)) for piece in pieces if piece]
    if not numbers or not all(re.fullmatch(words()["lot"], number) for number in numbers):
        raise ValueError(
            f"« {short(written)} » n'est pas un numéro de lot ; admis : 2, « lot 02 », « 1, 3 », « tous » ou vide."
        )
    return tuple(dict.fromkeys(numbers))


def day_of(written: str, today: date) -> date | None:
    """The day written, None when the cell is empty. ValueError, in French, when it is no day or in the future."""
    text = bare(written)
    if not text:
        return None
    for shape in _DAYS:
        try:
            day = datetime.strptime(text, shape).date()
        except ValueError:
            continue
        if day > today:
            raise ValueError(f"la date « {short(written)} » est à venir ; admis : un jour passé, ou rien.")
        return day
    raise ValueError(f"« {short(written)} » n'est pas une date ; admis : AAAA-MM-JJ, JJ/MM/AAAA ou rien.")


def told(code: str) -> str:
    """A verdict or a state as readers write it: ``contacté``."""
    return str(words()["told"][code])


# -- words ---------------------------------------------------------------------------------------------------------


@cache
def words() -> Mapping[str, Any]:
    """The content of ``answer.yml``. DataFileError when it cannot be trusted."""
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
def vocabulary() -> Mapping[str, str]:
    """The verdict or state that each folded word means."""
    said = {**words()["verdicts"], **words()["states"]}
    return {word: code for code, forms in said.items() for word in texts(forms, f"{_FILE.name}, {code}")}


@cache
def _labels() -> Mapping[str, str]:
    others = {word: code for code, forms in words()["labels"].items() for word in texts(forms, _FILE.name)}
    return {**others, **{folded(label): label for label in LABELS}}


@cache
def _shapes() -> tuple[tuple[str, re.Pattern[str]], ...]:
    entries = [only(entry, f"{_FILE.name}, ids", {"source": str, "find": str}) for entry in words()["ids"]]
    return tuple((entry["source"], re.compile(entry["find"], re.I)) for entry in entries)


def clean(text: str) -> str:
    """The text without control, invisible and bidirectional characters."""
    return ILLEGAL.sub(" ", text).strip()


def bare(text: str) -> str:
    """A cell without the quotes and the sign with which a spreadsheet keeps a text as it is (``="26-1"``)."""
    return re.sub(r"""^=?["'«]\s*(.*?)\s*["'»]$""", r"\1", " ".join(clean(text).split())).removeprefix("'").strip()


def folded(text: str) -> str:
    """Small letters and digits without accents, anything else a space."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(re.split(r"[^a-z0-9]+", plain)).strip()


def short(text: str) -> str:
    """As much of a cell as a message repeats, on one line."""
    flat = " ".join(clean(text).split())
    return flat if len(flat) <= SHOWN else f"{flat[:SHOWN].rstrip()}…"
