"""How are the figures of an evaluation told? As text for a terminal, as JSON, as a Markdown table for the README."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from nlp.scores import GROUPS, NONE, Evaluation, Share, wilson
from scanner.finding import LABELS

_MISTAKES = {
    "manque": "Manqués", "en_trop": "En trop", "lots": "Lots mal rattachés", "heures": "Heures mal lues",
    "part": "Parts mal lues", "negation": "Négations mal lues", "citation": "Citations introuvables",
}  # fmt: skip
_QUOTE = 240


def as_text(sure: Evaluation, unsure: Evaluation) -> list[str]:
    """The report of one file, in French: tables, shares, then each mistake with its quote and rule."""
    lines = [f"{sure.name} : {sure.size} {sure.unit}", "", *_labels(sure), "", *_shares(sure)]
    lines += [*_confusion(sure), ""] if sure.confusion else []
    if unsure.size:
        lines += [f"À part, {unsure.size} {unsure.unit} que l'étiqueteur dit incertains :", "", *_labels(unsure), ""]
    for title, one in (("", sure), (" (incertains)", unsure)):
        for what, name in _MISTAKES.items():
            found = [mistake for mistake in one.mistakes if mistake.what == what]
            if found:
                lines += [f"{name}{title} : {len(found)}"]
            for mistake in found:
                rule = f" — règle {mistake.rule}" if mistake.rule else ""
                lines.append(f"  {mistake.unit}  {mistake.label or what} : {mistake.told}{rule}")
                lines += [f"      « {_short(mistake.quote)} »"] if mistake.quote else []
    return lines


def as_json(sure: Evaluation, unsure: Evaluation) -> dict[str, Any]:
    """The same as one object; every share has its ``interval`` at 95 %."""
    return {"corpus": sure.name, **_object(sure), "unread": sure.unread, "unsure": _object(unsure)}


def as_markdown(evaluations: Sequence[Evaluation]) -> list[str]:
    """A table with a column for each corpus: precision / recall / F1 (right, extra, missed), then the shares."""
    rows = [["mesure", *(f"`{one.name}` ({one.size} {one.unit})" for one in evaluations)]]
    rows.append(["---"] * len(rows[0]))
    labels = [name for name in GROUPS if any(name in one.seen() for one in evaluations)]
    rows += [[name, *(_cell(one, name) for one in evaluations)] for name in labels]
    for name in dict.fromkeys(name for one in evaluations for name, _ in _named(one)):
        rows.append([name, *(_share_cell(dict(_named(one)).get(name)) for one in evaluations)])
    return ["| " + " | ".join(row) + " |" for row in rows]


def _cell(one: Evaluation, name: str) -> str:
    if name not in one.seen():
        return "–"
    figures = (one.precision(name), one.recall(name), one.f1(name))
    shown = " / ".join("–" if figure is None else _figure(figure) for figure in _known(one, name, figures))
    return f"{shown} ({one.right[name]}, {one.extra[name]}, {one.missed[name]})"


def _share_cell(share: Share | None) -> str:
    return f"{share.right} sur {share.total}" if share else "–"


def _known(one: Evaluation, name: str, figures: Sequence[float]) -> list[float | None]:
    """No precision of what was never found, no recall of what was never expected."""
    found, wanted = one.right[name] + one.extra[name], one.right[name] + one.missed[name]
    return [figures[0] if found else None, figures[1] if wanted else None, figures[2]]


def _labels(one: Evaluation) -> Iterator[str]:
    yield f"{'':30}{'précision':21}{'rappel':21}{'F1':21}{'justes':>6}{'en trop':>9}{'manqués':>9}"
    for name in one.seen():
        figures = _known(one, name, (one.precision(name), one.recall(name), one.f1(name)))
        cells = zip(figures, one.intervals(name), strict=True)
        shown = "".join(
            f"{'–' if figure is None else f'{_figure(figure)} {_interval(span)}':21}" for figure, span in cells
        )
        yield f"{name:30}{shown}{one.right[name]:>6}{one.extra[name]:>9}{one.missed[name]:>9}"


def _shares(one: Evaluation) -> Iterator[str]:
    for name, share in _named(one):
        span = _interval(wilson(share.right, share.total))
        yield f"{name:46}{_figure(share.value)} {span}   {share.right} sur {share.total}"
    if one.denied_affirmed:
        yield f"  dont négations lues comme affirmées : {one.denied_affirmed}"


def _named(one: Evaluation) -> list[tuple[str, Share]]:
    shares = {
        "genre exact des avis réservés": one.kinds,
        "rattachement aux lots": one.lots,
        "heures écrites": one.hours,
        "parts écrites (%)": one.percent,
        "négations lues, jamais affirmées": one.denied,
        "citations retrouvées à leur place": one.quotes,
    }
    return [(name, share) for name, share in shares.items() if share.total]


def _confusion(one: Evaluation) -> Iterator[str]:
    """Kinds expected (rows) by kinds read (columns), with « aucune » on both sides."""
    kinds = [name for name in (*LABELS, NONE) if any(name in pair for pair in one.confusion)]
    short = [name.removeprefix("reserve_") for name in kinds]
    yield ""
    yield f"{'genres : attendu (lignes), lu (colonnes)':42}" + "".join(f"{name:>14}" for name in short)
    for kind, name in zip(kinds, short, strict=True):
        yield f"  {name:40}" + "".join(f"{one.confusion[kind, other] or '·':>14}" for other in kinds)


def _object(one: Evaluation) -> dict[str, Any]:
    labels = {}
    for name in one.seen():
        figures = _known(one, name, (one.precision(name), one.recall(name), one.f1(name)))
        names = zip(("precision", "recall", "f1"), figures, one.intervals(name), strict=True)
        labels[name] = {
            "right": one.right[name], "extra": one.extra[name], "missed": one.missed[name],
            **{key: {"value": value, "interval": span} for key, value, span in names},
        }  # fmt: skip
    named = {
        "kinds": one.kinds, "lots": one.lots, "hours": one.hours, "percent": one.percent, "denied": one.denied,
        "quotes": one.quotes,
    }  # fmt: skip
    shares = {
        name: {"right": share.right, "total": share.total, "interval": wilson(share.right, share.total)}
        for name, share in named.items()
    }
    confusion = [{"expected": want, "read": got, "count": n} for (want, got), n in sorted(one.confusion.items())]
    return {
        "unit": one.unit, "size": one.size, "labels": labels, **shares, "denied_affirmed": one.denied_affirmed,
        "confusion": confusion, "mistakes": [asdict(mistake) for mistake in one.mistakes],
    }  # fmt: skip


def _figure(value: float) -> str:
    return f"{value:.3f}".replace(".", ",")


def _interval(span: tuple[float, float]) -> str:
    return f"[{span[0]:.2f} ; {span[1]:.2f}]".replace(".", ",")


def _short(quote: str) -> str:
    flat = " ".join(quote.split())
    return flat if len(flat) <= _QUOTE else f"{flat[:_QUOTE].rstrip()} […]"
