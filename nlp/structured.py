"""What do the coded facts say? Each code is a finding of low weight, quoted like text."""

from __future__ import annotations

from scanner.finding import RESERVED, Finding, Label, Reading
from scanner.notice import Coded, Kind

_MEANING: dict[tuple[str, str], tuple[Label, Reading]] = {
    ("reserved-procurement", "res-ws"): ("reserve_indetermine", "affirmed"),
    ("reserved-procurement", "res-pub-ser"): ("reserve_ess", "affirmed"),
    ("reserved-procurement", "none"): ("reserve_indetermine", "denied"),
    ("reserved-execution", "yes"): ("reserve_indetermine", "affirmed"),
    ("reserved-execution", "no"): ("reserve_indetermine", "denied"),
    ("marche_reserve", "oui"): ("reserve_indetermine", "affirmed"),
    ("marche_reserve", "non"): ("reserve_indetermine", "denied"),
    ("strategic-procurement", "soc-obj"): ("objectif_social", "affirmed"),
    ("criteres", "sociaux"): ("objectif_social", "affirmed"),
    ("considerations_sociales", "oui"): ("clause_sociale_generique", "conditional"),
    ("considerations_sociales", "non"): ("clause_sociale_generique", "denied"),
}
#: Codes of BT-775 that are not about people: accessibility.
_NOT_SOCIAL = frozenset({"acc-all"})


def read(fact: Coded, kind: Kind) -> Finding | None:
    """The finding a coded fact makes, or None when it says nothing of our levers (unknown value, accessibility).

    What a project (``kind`` planning) announces is not decided yet: conditional.
    """
    value = fact.value.strip()
    meaning = _MEANING.get((fact.field, value.lower()))
    if meaning is None and fact.field == "social-objective" and value and value.lower() not in _NOT_SOCIAL:
        meaning = ("objectif_social", "affirmed")
    if meaning is None:
        return None
    label, reading = meaning
    if kind == "planning" and label in RESERVED and reading == "affirmed":
        reading = "conditional"
    return Finding(label, reading, None, fact.field, fact.lot, None, None, fact.value, f"code_{fact.field}")
