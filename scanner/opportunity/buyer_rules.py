"""Which points, which words, which argument for a buyer? The content of buyers.yml, checked."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from scanner.appraisal import Signal
from scanner.datafile import DataFileError, only, read_yaml, texts
from scanner.opportunity.words import agree

_RULES = Path(__file__).with_name("buyers.yml")
PARTS = ("lots", "amount", "duty", "practice", "experience", "diversification", "deadline", "renewal")
SIGNS = (
    "duty_contracts", "begun", "generic", "concessions", "renewals_calling", "reservable", "takeover",
    "diversification", "claused", "below", "state",
)  # fmt: skip
_CODES = frozenset("ABCDEFGHIK")
_WORDS = ("own", "own_few", "others", "period", "no_period", "several")


def stepped(part: str, value: float, values: dict[str, Any], field: str = "") -> Signal:
    """The points of a part for ``value``: those of the first step reached, else of the last."""
    steps = rules()["parts"][part]["steps"]
    step = next((step for step in steps if value >= step["from"]), steps[-1])
    return Signal(part, step["points"], agree(step["reason"].format(**values)), field)


def unknown(part: str, values: dict[str, Any], field: str = "") -> Signal:
    """A part about which nothing is known: no point, and it is said."""
    return Signal(part, 0, agree(rules()["parts"][part]["unknown"].format(**values)), field, known=False)


def word(name: str, **values: Any) -> str:
    """A phrase of buyers.yml."""
    return agree(str(rules()["words"][name]).format(**values))


def rate(name: str) -> float:
    """A figure of the comparison with peers."""
    return float(rules()["rate"][name])


@cache
def rules() -> dict[str, Any]:
    """The whole of buyers.yml. DataFileError when an entry is missing, unknown, or when points may pass 100."""
    found = only(
        read_yaml(_RULES), _RULES.name,
        {
            "rate": dict, "duties": dict, "takeover": list, "diversification": str, "state": str, "apart": list,
            "calling": list,
            "parts": dict, "words": dict, "shown_labels": int, "shown_arguments": int, "arguments": list,
        },
    )  # fmt: skip
    figures = ("strength", "z", "peers_contracts", "peers_buyers", "few")
    only(found["rate"], f"{_RULES.name}, rate", dict.fromkeys(figures, float))
    only(found["words"], f"{_RULES.name}, words", dict.fromkeys(_WORDS, str))
    duties = only(found["duties"], f"{_RULES.name}, duties", dict.fromkeys(("to_check", "met", "undecided", "below"),
                  list))  # fmt: skip
    _check_parts(found["parts"])
    _check_arguments(found["arguments"])
    lists = {name: texts(found[name], f"{_RULES.name}, {name}") for name in ("takeover", "calling", "apart")}
    codes = {name: frozenset(texts(listed, f"{_RULES.name}, duties.{name}")) for name, listed in duties.items()}
    return {**found, **lists, "duties": codes}


def _check_parts(parts: dict[str, Any]) -> None:
    only(parts, f"{_RULES.name}, parts", dict.fromkeys(PARTS, dict))
    best = 0
    for name, part in parts.items():
        where = f"{_RULES.name}, parts.{name}"
        only(part, where, {"steps": list}, {"unknown": str})
        steps = [only(step, where, {"from": float, "points": int, "reason": str}) for step in part["steps"]]
        floors = [step["from"] for step in steps]
        if floors != sorted(floors, reverse=True) or not steps or floors[-1] > 0:
            raise DataFileError(f"{where} : les paliers vont du plus grand au plus petit, le dernier à 0 ou moins.")
        best += max(step["points"] for step in steps)
    if best > 100:
        raise DataFileError(f"{_RULES.name}, parts : les maximums font {best} points, 100 au plus sont attendus.")


def _check_arguments(arguments: list[Any]) -> None:
    for rank, entry in enumerate(arguments, 1):
        where = f"{_RULES.name}, arguments, règle {rank}"
        only(entry, where, {"code": str, "when": dict, "because": str, "say": str, "then": str, "never": str})
        only(entry["when"], f"{where}, when", {}, dict.fromkeys(SIGNS, int))
        if entry["code"] not in _CODES or not entry["when"]:
            raise DataFileError(f"{where} : un code de A à K (sauf J) et au moins un signe sont attendus.")
