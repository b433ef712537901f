"""What contract is it for the law? Concession or not, works or services, defence, formal? Coded signs first."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

from scanner.notice import Lot, Notice
from scanner.opportunity.rules import nature_rules
from scanner.opportunity.words import fold, holds, starts

_SPECIFIC = Path(__file__).with_name("specific_services.tsv")
Doubt = Literal["sure", "possible", ""]


def codes(notice: Notice, field: str) -> set[str]:
    """The values of a coded fact of ``notice``, of the whole or of a lot."""
    return {fact.value for fact in notice.coded if fact.field == field}


def cpvs(notice: Notice, lot: Lot | None) -> tuple[str, ...]:
    """The CPV of the lot, else of the notice, as eight digits."""
    written = (lot.cpv if lot else ()) or notice.cpv
    return tuple(code.partition("-")[0] for code in written)


def concession(notice: Notice) -> bool:
    """Whether the contract is a concession (délégation de service public included)."""
    rules = nature_rules()["concession"]
    signs = (
        codes(notice, "legal-basis") & set(rules["legal_basis"]),
        codes(notice, "notice-subtype") & set(rules["subtypes"]),
        notice.procedure in rules["procedures"] or notice.family in rules["families"],
        any("concession" in kind.lower() for kind in notice.contract_types),
    )
    return any(signs) or titled_concession(notice.title)


def titled_concession(title: str) -> bool:
    """Whether a title begins as that of a concession, and buys no advice about one."""
    rules, folded = nature_rules()["concession"], fold(title)
    return starts(folded, rules["titles"]) and not holds(folded, rules["titles_unless"])


def natures(notice: Notice, lot: Lot | None) -> tuple[str, ...]:
    """The lines of the thresholds that may hold, one when it is sure.

    Social and other specific services by their CPV give two: which threshold triggers the duty is not confirmed.
    """
    if concession(notice):
        return ("concession",)
    found = tuple(dict.fromkeys(_kinds(notice, lot)))
    if "fournitures_services" in found and _specific(notice, lot):
        return (*found, "services_sociaux_specifiques")
    return found


def defence(notice: Notice, lot: Lot | None) -> Doubt:
    """Whether it is a defence or security contract: sure by its legal basis, or military CPV and words together."""
    rules = nature_rules()["defence"]
    if codes(notice, "legal-basis") & set(rules["legal_basis"]) or (
        codes(notice, "notice-subtype") & set(rules["subtypes"])
    ):
        return "sure"
    military = any(code.startswith(rules["cpv"]) for code in cpvs(notice, lot))
    if military and any(holds(fold(passage.text), rules["words"]) for passage in notice.passages):
        return "sure"
    buyer = codes(notice, "main-activity") | codes(notice, "authority-activity") | codes(notice, "buyer-legal-type")
    return "possible" if military or buyer & {*rules["activities"], *rules["legal_types"]} else ""


def formal(notice: Notice) -> Literal["joue", "procedure", ""]:
    """Why the total may be presumed at or above the threshold: published at the JOUE, or a formal procedure."""
    rules = nature_rules()
    if notice.family in rules["joue_families"] or notice.source in rules["joue_sources"]:
        return "joue"
    adapted = notice.family in rules["adapted_families"]
    return "procedure" if notice.procedure in rules["formal_procedures"] and not adapted else ""


def _kinds(notice: Notice, lot: Lot | None) -> Iterable[str]:
    """By the contract types of the notice, else by the CPV; both lines when nothing tells."""
    for kind in notice.contract_types:
        yield "travaux" if kind == "travaux" else "fournitures_services"
    if notice.contract_types:
        return
    known = notice.cpv[:1] or cpvs(notice, lot)[:1]
    works = nature_rules()["works_division"]
    if not known or known[0].startswith(works):
        yield "travaux"
    if not known or not known[0].startswith(works):
        yield "fournitures_services"


def _specific(notice: Notice, lot: Lot | None) -> bool:
    """Whether the notice says so itself (light regime), or its main CPV is one of the services so listed."""
    light = codes(notice, "notice-subtype") & set(nature_rules()["light_subtypes"])
    main: Sequence[str] = notice.cpv[:1] or cpvs(notice, lot)[:1]
    return bool(light) or any(code.startswith(tuple(specific_services())) for code in main)


@cache
def specific_services() -> dict[str, str]:
    """CPV prefixes of social and other specific services, with the status of the line."""
    with _SPECIFIC.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["prefix"]: row["status"] for row in rows}
