"""Which buyer is it? Its class for the EU thresholds and its kind for lists: declared codes, else a very sure name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from scanner.datafile import DataFileError, only, read_yaml, texts
from scanner.notice import Notice
from scanner.opportunity.words import ends, fold, holds, starts

_RULES = Path(__file__).with_name("buyer_kind.yml")
CLASSES = ("", "pa_central", "pa_autre", "entite_adjudicatrice")
KINDS = (
    "", "commune", "EPCI", "département", "région", "État", "hôpital", "bailleur", "entité adjudicatrice", "autre",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Name:
    """A rule on folded names. ``good`` and ``other`` are names that it must and must not fit."""

    kind: str
    buyer_class: str
    starts: tuple[str, ...]
    ends: tuple[str, ...]
    exact: tuple[str, ...]
    unless: tuple[str, ...]
    good: tuple[str, ...]
    other: tuple[str, ...]

    def fits(self, folded: str) -> bool:
        said = starts(folded, self.starts) or ends(folded, self.ends) or folded in self.exact
        return said and not holds(folded, self.unless)


def buyer_class(notice: Notice) -> str:
    """pa_central, pa_autre or entite_adjudicatrice; empty when nothing sure tells, or when two signs disagree."""
    facts = [(fact.field, fact.value) for fact in notice.coded]
    if _utility(facts):
        return "entite_adjudicatrice"
    rules = _rules()
    told = {rules["legal_types"][value][0] for name, value in facts if _legal(name, value)}
    told |= {_named_class(buyer.name) for buyer in notice.buyers}
    sure = told - {""}
    if len(sure) != 1 or (sure == {"entite_adjudicatrice"} and _general(facts)):
        return ""
    only_name = not any(_legal(name, value) for name, value in facts)
    return "" if only_name and "" in told else sure.pop()


def buyer_kind(name: str, codes: Iterable[str] = ()) -> str:
    """commune, EPCI, département, région, État, hôpital, bailleur, entité adjudicatrice, autre; empty when unknown.

    ``codes`` are values of ``buyer-legal-type`` and ``main-activity``, used when the name says nothing.
    """
    rule = rule_of(name)
    if rule is not None:
        return rule.kind
    rules, known = _rules(), list(codes)
    kinds = {rules["legal_types"][code][1] for code in known if code in rules["legal_types"]} - {""}
    if len(kinds) == 1:
        return str(kinds.pop())
    return "entité adjudicatrice" if rules["network_activities"] & set(known) else ""


def kind_of(notice: Notice) -> str:
    """The kind of the first buyer of ``notice``, as ``buyer_kind``."""
    rules = _rules()
    codes = [fact.value for fact in notice.coded if fact.field in rules["activity_fields"] | {"buyer-legal-type"}]
    return buyer_kind(notice.buyer.name if notice.buyer else "", codes)


@lru_cache(maxsize=8192)
def rule_of(name: str) -> Name | None:
    """The first rule that fits a name, None when it is not sure enough."""
    folded = fold(name)
    return next((rule for rule in names() if rule.fits(folded)), None)


def _named_class(name: str) -> str:
    rule = rule_of(name)
    if rule is None:
        return ""
    doubtful = rule.buyer_class != "entite_adjudicatrice" and holds(fold(name), _rules()["class_doubts"])
    return "" if doubtful else rule.buyer_class


def _legal(name: str, value: str) -> bool:
    return name == "buyer-legal-type" and value in _rules()["legal_types"]


def _utility(facts: Iterable[tuple[str, str]]) -> bool:
    """Whether the notice itself says that the buyer acts as a network operator (directive 2014/25/UE)."""
    rules, known = _rules(), list(facts)
    if _general(known):
        return False
    return any(
        (name == "legal-basis" and value in rules["utility_basis"])
        or (name == "notice-subtype" and value in rules["utility_subtypes"])
        or (name in rules["activity_fields"] and value in rules["network_activities"])
        for name, value in known
    )


def _general(facts: Iterable[tuple[str, str]]) -> bool:
    """Whether the notice itself says the contrary (directive 2014/24/UE)."""
    return any(name == "legal-basis" and value in _rules()["general_basis"] for name, value in facts)


@cache
def names() -> tuple[Name, ...]:
    """The rules on names, in their order. DataFileError when one has no counter-example."""
    return tuple(_names(_content()["names"]))


def _names(entries: Iterable[Any]) -> Iterator[Name]:
    for rank, entry in enumerate(entries, 1):
        where = f"{_RULES.name}, names, règle {rank}"
        only(
            entry, where, {"kind": str, "class": str, "starts": list, "fits": list, "other": list},
            {"ends": list, "is": list, "unless": list},
        )  # fmt: skip
        if not entry["fits"] or not entry["other"] or entry["kind"] not in KINDS or entry["class"] not in CLASSES:
            raise DataFileError(f"{where} : sorte et classe connues, exemple et contre-exemple sont attendus.")
        words = {key: texts(entry.get(key, []), where) for key in ("starts", "ends", "is", "unless", "fits", "other")}
        yield Name(
            entry["kind"], entry["class"], words["starts"], words["ends"], words["is"], words["unless"],
            words["fits"], words["other"],
        )  # fmt: skip


@cache
def _rules() -> dict[str, Any]:
    content = _content()
    types = {}
    for code, entry in content["legal_types"].items():
        only(entry, f"{_RULES.name}, legal_types.{code}", {"class": str, "kind": str})
        types[code] = (entry["class"], entry["kind"])
    lists = (
        "activity_fields", "network_activities", "utility_basis", "utility_subtypes", "general_basis", "class_doubts",
    )  # fmt: skip
    return {"legal_types": types, **{key: frozenset(texts(content[key], f"{_RULES.name}, {key}")) for key in lists}}


@cache
def _content() -> dict[str, Any]:
    return only(
        read_yaml(_RULES), _RULES.name,
        {
            "legal_types": dict, "activity_fields": list, "network_activities": list, "utility_basis": list,
            "utility_subtypes": list, "general_basis": list, "class_doubts": list, "names": list,
        },
    )  # fmt: skip
