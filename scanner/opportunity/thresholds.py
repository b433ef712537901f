"""Which EU threshold holds? A dated table, by nature of the contract and class of buyer; the user may bring another."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from scanner.datafile import DataFileError

TABLE = Path(__file__).with_name("thresholds.tsv")
NATURES = ("fournitures_services", "travaux", "concession", "services_sociaux_specifiques")
CLASSES = ("pa_central", "pa_autre", "entite_adjudicatrice", "tous")
STATUSES = ("confirmed", "secondary", "unconfirmed")
_COLUMNS = (
    "valid_from", "valid_to", "nature", "buyer_class", "threshold_eur_ht", "article", "status", "note", "source",
    "checked",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Threshold:
    """One row: ``amount`` in euros excluding VAT, both days included; ``note`` is a point of law.yml, to_verify."""

    first: date
    last: date
    nature: str
    buyer_class: str
    amount: float
    article: str
    status: str
    note: str = ""
    source: str = ""
    checked: str = ""


@cache
def load(path: Path | None = None) -> tuple[Threshold, ...]:
    """The rows of ``path``, those of the project by default. DataFileError with the line that cannot be trusted."""
    path = path or TABLE
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
    except (OSError, UnicodeDecodeError) as error:
        raise DataFileError(f"{path.name} : fichier illisible, vérifiez-le ({error}).") from error
    if not rows or tuple(rows[0]) != _COLUMNS:
        raise DataFileError(f"{path.name}, ligne 1 : les colonnes attendues sont {', '.join(_COLUMNS)}.")
    found = [_threshold(row, f"{path.name}, ligne {number}") for number, row in enumerate(rows[1:], 2)]
    for rank, one in enumerate(found, 2):
        for other in found[: rank - 2]:
            if _overlap(one, other):
                raise DataFileError(f"{path.name}, ligne {rank} : ce seuil en chevauche un autre, gardez-en un.")
    return tuple(found)


def select(thresholds: Sequence[Threshold], on: date, nature: str, buyer_class: str) -> Threshold | None:
    """The threshold of that day for that contract and buyer; None when the table has none."""
    fit = (one for one in thresholds if one.nature == nature and one.buyer_class in (buyer_class, "tous"))
    return next((one for one in fit if one.first <= on <= one.last), None)


def _threshold(row: list[str], where: str) -> Threshold:
    if len(row) != len(_COLUMNS):
        raise DataFileError(f"{where} : {len(_COLUMNS)} colonnes sont attendues, séparées par des tabulations.")
    first, last, nature, buyer_class, amount, article, status, note, source, checked = row
    for value, known in ((nature, NATURES), (buyer_class, CLASSES), (status, STATUSES)):
        if value not in known:
            raise DataFileError(f"{where} : « {value} » inconnu ; valeurs admises : {', '.join(known)}.")
    try:
        span = (date.fromisoformat(first), date.fromisoformat(last))
        return Threshold(*span, nature, buyer_class, float(amount), article, status, note, source, checked)
    except ValueError as error:
        raise DataFileError(f"{where} : date (AAAA-MM-JJ) ou montant illisible ({error}).") from error


def _overlap(one: Threshold, other: Threshold) -> bool:
    same = one.nature == other.nature
    buyers = {one.buyer_class, other.buyer_class}
    return same and (len(buyers) == 1 or "tous" in buyers) and one.first <= other.last and other.first <= one.last
