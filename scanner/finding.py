"""What was found in a notice? Labels, readings, proofs and statuses: the vocabulary of ``nlp/`` and its readers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from scanner.datafile import only, read_yaml

Label = Literal[
    "reserve_penitentiaire", "reserve_ess", "reserve_cumul", "reserve_siae", "reserve_ea_esat", "reserve_indetermine",
    "objet_insertion", "clause_insertion", "clause_formation_stage", "clause_insertion_facultative", "critere_social",
    "clause_sociale_generique", "objectif_social",
]  # fmt: skip
#: In the order of the headline (labels.md section 4): the first one found names the lot.
LABELS: tuple[str, ...] = get_args(Label)
RESERVED: frozenset[str] = frozenset(label for label in LABELS if label.startswith("reserve_"))
CLAUSES: frozenset[str] = frozenset({"clause_insertion", "clause_formation_stage"})

Reading = Literal["affirmed", "conditional", "denied"]
Status = Literal["reserve", "objet_insertion", "clause", "facultatif", "critere", "mention", "rien", "non_lu"]
STATUSES: tuple[str, ...] = get_args(Status)
#: Statuses under which a lot stays open to an opportunity: nothing binding was found.
NOT_BINDING: frozenset[str] = frozenset({"facultatif", "critere", "mention", "rien"})


@dataclass(frozen=True, slots=True)
class Hours:
    """``per`` is contract, year, lot, tranche or period; the value is the one written, never a total computed."""

    value: float
    per: str


@dataclass(frozen=True, slots=True)
class Percent:
    """``of`` names what it is a share of: hours, amount, labour, staff, criterion or unknown."""

    value: float
    of: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement about one lever. ``notice.passages[passage].text[start:end] == quote`` in code points, always.

    For a coded fact ``passage``, ``start`` and ``end`` are None, ``field`` names it and ``quote`` is its value.
    ``lot`` is the lot of the passage itself; the lot the statement is about is that of the LotReading that holds it.
    """

    label: Label
    reading: Reading
    passage: int | None
    field: str
    lot: str | None
    start: int | None
    end: int | None
    quote: str
    rule: str
    cue: str = ""
    hours: tuple[Hours, ...] = ()
    percent: tuple[Percent, ...] = ()
    notes: tuple[str, ...] = ()
    proposed: bool = False
    facilitator: str = ""


@dataclass(frozen=True, slots=True)
class LotReading:
    """The findings about one lot; ``number`` None = what is said of the whole notice or of no lot."""

    number: str | None
    status: Status
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Classification:
    """The reading of one notice: always one entry with ``number`` None, first."""

    id: str
    source: str
    kind: str
    lots: tuple[LotReading, ...]

    def lot(self, number: str | None) -> LotReading | None:
        return next((lot for lot in self.lots if lot.number == number), None)


def status_of(findings: Iterable[Finding], read_in_full: bool = True) -> Status:
    """The status of a lot from its findings and those of the whole notice: the first that holds."""
    told = list(findings)
    yes = {one.label for one in told if one.reading == "affirmed"}
    perhaps = {one.label for one in told if one.reading == "conditional"}
    if yes & RESERVED:
        return "reserve"
    if "objet_insertion" in yes:
        return "objet_insertion"
    if yes & CLAUSES:
        return "clause"
    if "clause_insertion_facultative" in yes | perhaps or perhaps & (RESERVED | CLAUSES):
        return "facultatif"
    if "critere_social" in yes:
        return "critere"
    if yes & {"clause_sociale_generique", "objectif_social"}:
        return "mention"
    return "rien" if read_in_full else "non_lu"


@cache
def _notes() -> Mapping[str, Mapping[str, str]]:
    content: dict[str, dict[str, str]] = read_yaml(Path(__file__).with_name("notes.yml"))
    for code, entry in content.items():
        only(entry, f"notes.yml, {code}", {"text": str, "basis": str})
    return content


def note_text(code: str) -> str:
    """What a reader is told for a note of a finding; a code that an older version stored is « à vérifier »."""
    lot = code.removeprefix("SAUF_LOT_")
    return _notes().get(code, _notes()["AUTRE"])["text"] if lot == code else f"sauf le lot {lot}"
