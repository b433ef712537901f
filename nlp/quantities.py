"""How many hours, what share? Values as written, with their unit and period; totals are computed elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

import re2

from scanner.finding import Hours, Percent

_NUMBER = r"([0-9]{1,3}(?:[ .][0-9]{3})+|[0-9]+)(?:[,.][0-9]{1,2})?"
#: « 90 h » also when glued to the next word (« 90 hCe lot »): no French word begins so, HLM apart.
_HOURS = re2.compile(rf"\b{_NUMBER} ?(?:heures?|(?:hres?|h)(?:[^a-z0-9]|$|[bcdfgjkmnpqrsv]|l[aeo']|\b))")
_PERCENT = re2.compile(r"\b([0-9]{1,3}(?:[,.][0-9]{1,2})?) ?(?:%|pour ?cent)")
_YEAR = re2.compile(r"^[^.;:]{0,40}?(?:/ ?an\b|par an\b|annuel|chaque annee|par annee)")
_TRANCHE = re2.compile(r"tranche")
_PERIOD = re2.compile(r"^[^.;]{0,30}?par (?:periode|bon de commande|marche subsequent|trimestre|mois|semestre)")
_LOT = re2.compile(r"^[^.;]{0,20}?par lot\b")
_NOT_HOURS = re2.compile(r"(?:sous|delai|pendant|dans les|avant|astreinte)[^.;]{0,20}$|24 ?h")
_OLD = re2.compile(r"(?:passe de|au lieu de|initialement|lieu de lire)[^.;0-9]{0,20}$")
_RATE = re2.compile(r"^[^.;]{0,20}?(?:par tranche de|pour) [0-9 ]+ ?(?:€|euros)")


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


def quantities(folded: str) -> list[Quantity]:
    """Hours and percents of a folded sentence, in order; delays, old values and rates per amount are left out."""
    found: list[Quantity] = []
    for hit in _HOURS.finditer(folded):
        before = folded[max(0, hit.start() - 40) : hit.start()]
        if _NOT_HOURS.search(before) or _OLD.search(before):
            continue
        value = number(hit.group(1))
        if value < 7:
            continue
        found.append(Quantity(hit.start(), hit.end(), hours=Hours(value, _per(before, folded[hit.end() - 1 :]))))
    for hit in _PERCENT.finditer(folded):
        before, after = folded[max(0, hit.start() - 60) : hit.start()], folded[hit.end() : hit.end() + 70]
        found.append(Quantity(hit.start(), hit.end(), percent=Percent(number(hit.group(1)), _of(before, after))))
    return sorted(found, key=lambda quantity: quantity.start)


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
