"""To whom may the lot be reserved? One answer a family of structures; the unknown is to be verified, never closed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, get_args

from scanner.appraisal import Answer, Opening
from scanner.datafile import DataFileError, only
from scanner.ess import ess_services
from scanner.notice import Lot, Notice
from scanner.opportunity.need import duration, renewals
from scanner.opportunity.rules import LAW, law, verify

FAMILIES = ("reserve_ea_esat", "reserve_siae", "reserve_cumul", "reserve_penitentiaire", "reserve_ess")


def openings(
    notice: Notice, lot: Lot | None, *, concession: bool, defence: bool, buyer_class: str
) -> tuple[Opening, ...]:
    """The five families, in their order. Sources and status of each rule are in law.yml, openings."""
    return tuple(_opening(label, notice, lot, concession, defence, buyer_class) for label in FAMILIES)


def _opening(label: str, notice: Notice, lot: Lot | None, concession: bool, defence: bool, buyer: str) -> Opening:
    rule = _rules()[label]
    if concession:
        other = rule["concession"]
        return Opening(label, other["article"], other["answer"], other["text"])
    if defence:
        return Opening(label, rule["article"], "a_verifier", f"{rule['text']} ; {law()['ess']['defence']}")
    if label == "reserve_ess":
        return _ess(notice, lot, buyer, rule)
    return Opening(label, rule["article"], "ouverte", rule["text"])


def _ess(notice: Notice, lot: Lot | None, buyer_class: str, rule: dict[str, Any]) -> Opening:
    """Listed services only, contracting authorities only, three years at most (L2113-15, L2113-16)."""
    answer, listed = _listed(notice, lot)
    if answer == "fermee":
        return Opening("reserve_ess", rule["article"], answer, f"{rule['text']} : {listed}")
    doubts, told = tuple(_doubts(notice, lot, buyer_class)), tuple(_unsaid(notice, lot))
    text = " ; ".join((f"{rule['text']} : {listed}", *doubts, *told, verify("V5")))
    return Opening("reserve_ess", rule["article"], "a_verifier" if doubts else answer, text)


def _listed(notice: Notice, lot: Lot | None) -> tuple[Answer, str]:
    """Whether the services are those of the list: all of the codes, exactly."""
    texts, services = law()["ess"], ess_services()
    own = lot.cpv if lot is not None else ()
    known = tuple(code.partition("-")[0] for code in own or notice.cpv)
    shown = ", ".join(known)
    if not known:
        return "a_verifier", texts["none"]
    if lot is not None and not own and len(notice.lots) > 1:
        return "a_verifier", texts["whole"]
    exact = [code for code in known if code in services]
    if len(exact) == len(known):
        return "ouverte", texts["listed"].format(cpv=shown)
    below = [code for code in known if code in services or code.startswith(_stems())]
    if not below:
        return "fermee", texts["other"].format(cpv=shown)
    key = "child" if len(below) == len(known) else "mixed"
    return "a_verifier", texts[key].format(cpv=", ".join(code for code in known if code not in exact))


def _doubts(notice: Notice, lot: Lot | None, buyer_class: str) -> Iterator[str]:
    if (duration(notice, lot) or 0) + (renewals(notice, lot) or 0) > law()["ess_months"]:
        yield law()["ess"]["long"]
    if buyer_class not in ("pa_central", "pa_autre"):
        yield law()["ess"]["buyer"]


def _unsaid(notice: Notice, lot: Lot | None) -> Iterator[str]:
    if duration(notice, lot) is None:
        yield law()["ess"]["no_duration"]
    elif renewals(notice, lot) is None:
        yield law()["ess"]["no_renewals"]


@cache
def _stems() -> tuple[str, ...]:
    """The prefixes that the codes below those of the list share: two digits at least."""
    return tuple({code[:2] + code[2:].rstrip("0") for code in ess_services()})


@cache
def _rules() -> dict[str, dict[str, Any]]:
    shape = {"article": str, "text": str, "status": str}
    for label, rule in law()["openings"].items():
        where = f"{LAW.name}, openings.{label}"
        only(rule, where, {**shape, "source": str, "checked": str, "concession": dict})
        only(rule["concession"], f"{where}.concession", {**shape, "answer": str})
        if rule["concession"]["answer"] not in get_args(Answer):
            raise DataFileError(f"{where} : « answer » vaut {', '.join(get_args(Answer))}.")
    rules: dict[str, dict[str, Any]] = only(law()["openings"], f"{LAW.name}, openings", dict.fromkeys(FAMILIES, dict))
    return rules
