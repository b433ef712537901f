"""How precise is each rule, by what readers say of its findings? Shares with 95 % intervals, and the counter-examples.

A finding that the rules no longer make counts no more: a repaired rule is judged on what it reads today.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from nlp.scores import ratio, wilson
from scanner.datafile import DataFileError, only, read_yaml
from scanner.feedback import Judgement

_FILE = Path(__file__).with_name("verdicts.yml")
_QUOTE = 240


@dataclass(frozen=True, slots=True)
class RulePrecision:
    """``right`` of the ``total`` findings of a rule that readers judged and that it still makes.

    ``false``: the others, candidate counter-examples; ``repaired``: how many false ones it no longer makes.
    """

    rule: str
    right: int
    total: int
    false: tuple[Judgement, ...] = ()
    repaired: int = 0

    @property
    def value(self) -> float:
        return ratio(self.right, self.total)

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of Wilson; (0, 1) when nothing was judged."""
        return wilson(self.right, self.total)


def precision_by_rule(judgements: Iterable[Judgement]) -> tuple[RulePrecision, ...]:
    """The precision of each rule, by its name: juste against faux_positif and mauvais_dispositif."""
    grouped: dict[str, list[Judgement]] = {}
    for one in judgements:
        grouped.setdefault(one.rule, []).append(one)
    return tuple(_precision(rule, judged) for rule, judged in sorted(grouped.items()))


def weak(measured: Iterable[RulePrecision]) -> tuple[RulePrecision, ...]:
    """The rules under the floor of ``verdicts.yml``, once enough of their findings are judged."""
    return tuple(one for one in measured if one.total >= _limits()["least"] and one.value < _limits()["floor"])


def warning(one: RulePrecision) -> str:
    """What ``scanner check`` tells of a weak rule: a French sentence that ends with its repair."""
    low, high = one.interval
    return (
        f"règle {one.rule} : {one.right} constats justes sur {one.total} jugés par des lecteurs, précision "
        f"{_figure(one.value)} [{_figure(low)} ; {_figure(high)}], sous {_figure(_limits()['floor'])} ; lisez ses "
        "contre-exemples avec « scanner evaluate --verdicts », puis ajoutez-les à la règle."
    )


def as_text(measured: Sequence[RulePrecision]) -> list[str]:
    """The report, in French: a line a rule, then the quotes of its false findings, to copy into its file."""
    if not measured:
        return ["Aucun constat jugé par un lecteur : importez des verdicts avec « scanner suivi import FICHIER »."]
    under = {one.rule for one in weak(measured)}
    lines = [f"{'règle':40}{'précision':>10}  {'intervalle à 95 %':20}{'justes':>7}{'jugés':>7}{'réparés':>9}"]
    for one in measured:
        low, high = one.interval
        shown = (_figure(one.value), f"[{_figure(low)} ; {_figure(high)}]") if one.total else ("–", "–")
        flag = "  sous le seuil" if one.rule in under else ""
        lines.append(f"{one.rule:40}{shown[0]:>10}  {shown[1]:20}{one.right:>7}{one.total:>7}{one.repaired:>9}{flag}")
    return [*lines, *(line for one in measured for line in _counter_examples(one))]


def as_json(one: RulePrecision) -> dict[str, Any]:
    """The same as one object a rule."""
    return {
        "rule": one.rule, "right": one.right, "total": one.total, "repaired": one.repaired,
        "precision": {"value": one.value if one.total else None, "interval": one.interval},
        "counter_examples": [
            {"id": said.id, "lot": said.lot, "label": said.label, "verdict": said.verdict, "quote": said.quote,
             "comment": said.comment}
            for said in one.false
        ],
    }  # fmt: skip


def _precision(rule: str, judged: Sequence[Judgement]) -> RulePrecision:
    held = [one for one in judged if one.standing]
    false = tuple(one for one in held if not one.right)
    repaired = sum(not one.standing and not one.right for one in judged)
    return RulePrecision(rule, len(held) - len(false), len(held), false, repaired)


def _counter_examples(one: RulePrecision) -> Iterator[str]:
    if one.false:
        yield ""
        yield f"Contre-exemples à relire, règle {one.rule} : {len(one.false)}"
    for said in one.false[: _limits()["shown"]]:
        comment = f" — {_short(said.comment)}" if said.comment else ""
        yield f"  {said.id} ({said.verdict.replace('_', ' ')}) : « {_short(said.quote)} »{comment}"
    if len(one.false) > _limits()["shown"]:
        yield f"  … et {len(one.false) - _limits()['shown']} autres (--json les donne tous)"


@cache
def _limits() -> dict[str, Any]:
    limits: dict[str, Any] = only(read_yaml(_FILE), _FILE.name, {"floor": float, "least": int, "shown": int})
    if not 0 <= limits["floor"] <= 1 or limits["least"] < 1:
        raise DataFileError(f"{_FILE.name} : « floor » va de 0 à 1, « least » vaut au moins 1.")
    return limits


def _figure(value: float) -> str:
    return f"{value:.2f}".replace(".", ",")


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _QUOTE else f"{flat[:_QUOTE].rstrip()} […]"
