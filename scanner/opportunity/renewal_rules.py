"""What is said of a renewal, and under which thresholds? The content of renewals.yml, checked."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, get_args

from scanner.approach import SOCIALS, RenewalState
from scanner.datafile import DataFileError, only, read_yaml, texts

_RULES = Path(__file__).with_name("renewals.yml")
STATES: tuple[str, ...] = get_args(RenewalState)
_DOUBTS = (
    "published", "concluded", "notified", "renewals_unknown", "rounded", "fraction", "anomaly", "months_differ",
    "merged", "double",
)  # fmt: skip


def limit(name: str) -> float:
    """A threshold of renewals.yml."""
    return float(rules()["limits"][name])


def doubt(name: str, **values: object) -> tuple[int, str]:
    """What a doubt takes from the confidence, and its reason in French."""
    entry = rules()["doubts"][name]
    return entry["minus"], entry["reason"].format(**values)


def level(confidence: int) -> str:
    """The word of a confidence 0-100."""
    return next(str(step["word"]) for step in rules()["levels"] if confidence >= step["from"])


def unusable(code: str) -> bool:
    """Whether an anomaly of DECP makes a date or a duration unusable."""
    return code.startswith(rules()["unusable"]) and code not in rules()["unusable_except"]


@cache
def rules() -> dict[str, Any]:
    """The whole of renewals.yml. DataFileError when an entry is missing, unknown or of another type."""
    found = only(
        read_yaml(_RULES), _RULES.name,
        {
            "limits": dict, "doubts": dict, "unknown": dict, "unusable": list, "unusable_except": list, "levels": list,
            "grounds": dict, "when": dict, "firm": str, "say": dict, "social": dict, "untitled": str, "months": list,
        },
    )  # fmt: skip
    sections: dict[str, tuple[str, ...]] = {
        "unknown": ("duration", "start", "anomaly"), "grounds": ("amount", "holder", "both"), "when": STATES,
        "say": STATES, "social": SOCIALS,
    }  # fmt: skip
    for section, keys in sections.items():
        only(found[section], f"{_RULES.name}, {section}", dict.fromkeys(keys, str))
    limits = ("ended_months", "cpv_digits", "days", "months_apart")
    only(found["limits"], f"{_RULES.name}, limits", {**dict.fromkeys(limits, int), "amount_percent": float})
    only(found["doubts"], f"{_RULES.name}, doubts", dict.fromkeys(_DOUBTS, dict))
    for name in _DOUBTS:
        only(found["doubts"][name], f"{_RULES.name}, doubts.{name}", {"minus": int, "reason": str})
    steps = [only(step, f"{_RULES.name}, levels", {"from": int, "word": str})["from"] for step in found["levels"]]
    if steps != sorted(steps, reverse=True) or steps[-1:] != [0]:
        raise DataFileError(f"{_RULES.name}, levels : les paliers vont du plus grand à 0.")
    if len(texts(found["months"], f"{_RULES.name}, months")) != 12:
        raise DataFileError(f"{_RULES.name}, months : douze noms de mois sont attendus.")
    lists = {name: texts(found[name], f"{_RULES.name}, {name}") for name in ("unusable", "unusable_except")}
    return {**found, **lists}
