"""How many hours, what share? Values as written, with their unit and period; totals are computed elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import re2

from scanner.finding import Hours, Percent

_NUMBER = r"\(?([0-9]{1,3}(?:[ .][0-9]{3})+|[0-9]+)\)?(?:[,.][0-9]{1,2})?"
#: « 90 h » also when glued to the next word (« 90 hCe lot »): no French word begins so, HLM apart.
_HOURS = re2.compile(rf"{_NUMBER} ?(?:heures?|(?:hres?|h)(?:[^a-z0-9]|$|[bcdfgjkmnpqrsv]|l[aeo']|\b))")
#: « nombre d'heures … : 350 »: the number comes after its unit.
_COUNTED = re2.compile(
    r"(?:nombre|volume|total|quota)s?[^.;:0-9]{0,30}d'heures[^.;:]{0,170}[:=] ?([0-9]{1,3}(?: [0-9]{3})+|[0-9]{2,5})"
)
#: « respectivement 140, 210 et 35 heures »
_EACH = re2.compile(
    r"respectivement[^0-9.;]{0,20}((?:[0-9 ]+(?:heures? ?|h ?)?,? ?(?:et )?)+)(?:heures?|h)\b"
    r"|heures[^.;0-9]{0,90}respectivement ((?:[0-9 ]+,? ?(?:et )?)+)"
    r"|((?:[0-9 ]+,? ?(?:et )?)+)heures? respectivement"
)
_EACH_NUMBER = re2.compile(r"[0-9]{1,3}(?: [0-9]{3})+|[0-9]+")
_TABLE_HEAD = re2.compile(r"\blots?[ |]+(?:[a-z]+ ){0,2}(?:nombre d'|volume d')?heures?(?: d'insertion)? ")
_TABLE_ROW = re2.compile(r"\b([0-9]{1,2}) (?:\|[^0-9]{0,40}|[a-z][^0-9]{2,60}?) ?([0-9]{1,3} [0-9]{3}\b|[0-9]{2,5})\b")
_PERCENT = re2.compile(r"\b([0-9]{1,3}(?:[,.][0-9]{1,2})?) ?(?:%|pour ?cent)")
_YEAR = re2.compile(r"^[^.;:]{0,40}?(?:/ ?an\b|par an\b|annuel|chaque annee|par annee)")
_TRANCHE = re2.compile(r"tranche")
_PERIOD = re2.compile(r"^[^.;]{0,30}?par (?:periode|bon de commande|marche subsequent|trimestre|mois|semestre)")
_LOT = re2.compile(r"^[^.;]{0,20}?par lot\b")
_NOT_HOURS = re2.compile(
    r"(?:20[0-9]{2}|janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre)[^.;]{0,6} a $"
    r"|jusqu'a $"
    r"|(?:sous|delais?|dans les|avant|astreinte|preavis)[^.;]{0,20}$|24 ?h"
)
_SHORT_TIME = re2.compile(r"(?:pendant|durant)[^.;]{0,20}$")
#: Hours that are the contract's own work: « 2 400 heures de nettoyage ».
_OF_WORK = re2.compile(r"^ ?heures? (?:de |d')([a-z]+)")
_PEOPLES = frozenset(
    {"travail", "production", "productions", "main", "formation", "stage", "stages", "insertion", "presence", "travaux",
     "emploi", "chantier", "prestation", "prestations"}
)  # fmt: skip
_OLD = re2.compile(r"(?:passe de|au lieu de|initialement|lieu de lire|imposees? de)[^.;0-9]{0,20}$")
_RATE = re2.compile(r"^[^.;]{0,20}?(?:par tranche de|pour) [0-9 ]+ ?(?:€|euros)")
#: Longest time that « pendant … heures » counts in hours without being a volume of work.
_TWO_DAYS = 48
#: How far behind a number its unit and its period are looked for, in characters.
_AFTER = 80
#: Fewer hours than one working day are a delay or an opening time.
_DAY = 7


@dataclass(frozen=True, slots=True)
class Quantity:
    """A quantity at ``start`` of a folded sentence: hours or percent."""

    start: int
    end: int
    hours: Hours | None = None
    percent: Percent | None = None


def number(text: str) -> float:
    """The value of ``1 250`` or ``1.250`` (thousands) or ``12,5``."""
    compact = text.replace(" ", "")
    if "." in compact and len(compact.rpartition(".")[2]) == 3:
        compact = compact.replace(".", "")
    return float(compact.replace(",", "."))


@lru_cache(maxsize=64)
def quantities(folded: str) -> tuple[Quantity, ...]:
    """Hours and percents of a folded sentence, in order; delays, old values and rates per amount are left out."""
    found = [*(_each(folded) or _hours(folded)), *_counted(folded)]
    for hit in _PERCENT.finditer(folded):
        before, after = folded[max(0, hit.start() - 60) : hit.start()], folded[hit.end() : hit.end() + 70]
        found.append(Quantity(hit.start(), hit.end(), percent=Percent(number(hit.group(1)), _of(before, after))))
    return tuple(sorted(found, key=lambda quantity: quantity.start))


def table(folded: str) -> dict[str, tuple[Hours, ...]]:
    """A table of hours per lot that lost its separators: « Lot Intitulé Heures 1 Gros œuvre 630 3 Plâtrerie 175 »."""
    head = _TABLE_HEAD.search(folded)
    if head is None:
        return {}
    rows: dict[str, tuple[Hours, ...]] = {
        hit.group(1): (Hours(number(hit.group(2)), "contract"),) for hit in _TABLE_ROW.finditer(folded, head.end())
    }
    return rows if len(rows) > 1 else {}


def _hours(folded: str) -> Iterator[Quantity]:
    for hit in _HOURS.finditer(folded):
        before = folded[max(0, hit.start() - 40) : hit.start()]
        value = number(hit.group(1))
        work = _OF_WORK.search(folded[hit.end(1) : hit.end(1) + _AFTER].lstrip(")"))
        if (
            value < _DAY
            or _NOT_HOURS.search(before)
            or _OLD.search(before)
            or (value <= _TWO_DAYS and _SHORT_TIME.search(before))
            or (work and work.group(1) not in _PEOPLES)
        ):
            continue
        yield Quantity(
            hit.start(1), hit.end(), hours=Hours(value, _per(before, folded[hit.end() - 1 : hit.end() + _AFTER]))
        )


def _counted(folded: str) -> Iterator[Quantity]:
    for hit in _COUNTED.finditer(folded):
        after = folded[hit.end() : hit.end() + 8].lstrip()
        if not after.startswith(("h", "%", "€", "euro")):
            yield Quantity(hit.start(1), hit.end(), hours=Hours(number(hit.group(1)), "contract"))


def _each(folded: str) -> list[Quantity]:
    """The values of « respectivement 140, 210 et 35 heures »."""
    found = _EACH.search(folded)
    if found is None:
        return []
    group = next(at for at in (1, 2, 3) if found.group(at))
    low = found.start(group)
    return [
        Quantity(low + hit.start(), low + hit.end(), hours=Hours(number(hit.group()), "lot"))
        for hit in _EACH_NUMBER.finditer(found.group(group))
    ]


def _per(before: str, after: str) -> str:
    if _RATE.search(after):
        return "tranche"
    if _YEAR.search(after):
        return "year"
    if _PERIOD.search(after):
        return "period"
    if _LOT.search(after):
        return "lot"
    return "tranche" if _TRANCHE.search(before) else "contract"


def _of(before: str, after: str) -> str:
    for word, of in (
        ("montant", "amount"), ("main-d", "labour"), ("main d", "labour"), ("heures", "hours"), ("temps", "labour"),
        ("travailleurs", "staff"), ("salaries", "staff"), ("effectif", "staff"), ("critere", "criterion"),
    ):  # fmt: skip
        if word in after:
            return of
    if "insertion" in before or "heures" in before:
        return "hours"
    return "criterion" if "critere" in before else "unknown"
