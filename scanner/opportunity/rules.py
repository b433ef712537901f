"""What do law.yml and nature.yml say? Read once, strictly; an unconfirmed point keeps its text « à vérifier »."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from scanner.datafile import DataFileError, only, read_yaml, texts

LAW = Path(__file__).with_name("law.yml")
NATURE = Path(__file__).with_name("nature.yml")
_DATED = {"status": str, "source": str, "checked": str}


@dataclass(frozen=True, slots=True)
class DutyRule:
    """One duty: its article, the first day, and the days from then on that are told as doubtful."""

    article: str
    first: date
    tolerance: int
    derogations: tuple[str, ...]
    derogation: str


@cache
def law() -> dict[str, Any]:
    """The content of law.yml. DataFileError when a text names an unknown point."""
    content = only(
        read_yaml(LAW), LAW.name,
        {
            "duties": dict, "derogations": dict, "short_works_months": int, "answers": dict, "seen": dict,
            "whys": dict, "formal": dict, "remarks": dict, "facts": dict, "to_verify": dict, "openings": dict,
            "ess_months": int, "ess": dict,
        },
    )  # fmt: skip
    for code, answer in content["answers"].items():
        only(answer, f"{LAW.name}, answers.{code}", {"text": str, "notes": list, "derogations": bool})
        for note in texts(answer["notes"], f"{LAW.name}, answers.{code}"):
            verify(note, content)
    for code, entry in content["derogations"].items():
        only(entry, f"{LAW.name}, derogations.{code}", {"name": str, "said": list, "status": str})
    return content


def verify(code: str, content: dict[str, Any] | None = None) -> str:
    """The « à vérifier » text of a point. DataFileError when law.yml does not have it."""
    points = (content or law())["to_verify"]
    if code not in points:
        raise DataFileError(f"{LAW.name} : point « {code} » inconnu, ajoutez-le sous to_verify.")
    return str(points[code])


@cache
def duty_rule(concession: bool) -> DutyRule:
    """The duty of a contract or of a concession."""
    name = "concession" if concession else "contrat"
    where = f"{LAW.name}, duties.{name}"
    entry = only(
        law()["duties"][name], where,
        {
            "article": str, "from": str, "tolerance_days": int, "derogations": list, "derogation": str,
            "created_by": str, **_DATED,
        },
    )  # fmt: skip
    codes = texts(entry["derogations"], where)
    if unknown := set(codes) - set(law()["derogations"]):
        raise DataFileError(f"{where} : dérogation {sorted(unknown)} inconnue, ajoutez-la sous derogations.")
    try:
        first = date.fromisoformat(entry["from"])
    except ValueError as error:
        raise DataFileError(f"{where} : « from » est une date AAAA-MM-JJ ({error}).") from error
    return DutyRule(entry["article"], first, entry["tolerance_days"], codes, entry["derogation"])


@cache
def nature_rules() -> dict[str, Any]:
    """The content of nature.yml, its lists as tuples of texts."""
    content = only(
        read_yaml(NATURE), NATURE.name,
        {
            "concession": dict, "light_subtypes": list, "works_division": str, "defence": dict,
            "formal_procedures": list, "adapted_families": list, "joue_families": list, "joue_sources": list,
            "framework_techniques": list, "placeholder_below": int, "renewals_included": list,
            "no_renewals": list,
        },
    )  # fmt: skip
    blocks = {
        "concession": ("legal_basis", "subtypes", "procedures", "families", "titles", "titles_unless"),
        "defence": ("legal_basis", "subtypes", "cpv", "words", "activities", "legal_types"),
    }
    for block, keys in blocks.items():
        only(content[block], f"{NATURE.name}, {block}", dict.fromkeys(keys, list), {"cases": dict})
        content[block] = {
            **content[block], **{key: texts(content[block][key], f"{NATURE.name}, {block}.{key}") for key in keys},
        }  # fmt: skip
    return {key: texts(value, NATURE.name) if isinstance(value, list) else value for key, value in content.items()}
