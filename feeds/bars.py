"""How is a short list of figures drawn? As horizontal bars in an SVG that stands alone, with its text alternative.

Light and dark, no script, no font to fetch; a year is told from the other by its place, its outline and its figure,
never by colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from feeds.entry import clean, figure

WIDTH = 720
#: What fits on a line of this width.
_LETTERS = 95
_NAME, _LINE, _BAR, _MARGIN, _FIGURE = 20, 17, 15, 10, 80
_STYLE = (
    "svg{color-scheme:light dark;font:14px system-ui,sans-serif}text{fill:#1e1e1e}.now{fill:#1f5fa8}"
    ".before{fill:none;stroke:#767676;stroke-width:1.5}"
    ".year{font-size:11px}"
    "@media(prefers-color-scheme:dark){text{fill:#f2f2f2}.now{fill:#8ab8f0}.before{stroke:#a0a0a0}}"
)


@dataclass(frozen=True, slots=True)
class Bar:
    """A row: its label, its value this year and the year before (None: not known)."""

    label: str
    now: int
    before: int | None = None


def bars(title: str, years: tuple[str, str], rows: Sequence[Bar]) -> str:
    """The SVG of ``rows``; ``years`` name this year and the one before. Same rows, same bytes."""
    most = max([1, *(max(row.now, row.before or 0) for row in rows)])
    drawn, top = [], 34
    for row in rows:
        drawn.append(_row(row, years, top, most))
        top += _height(row)
    height = top + _MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" aria-labelledby="titre description"><title id="titre">{_text(title)}</title>'
        f'<desc id="description">{_text(alternative(years, rows))}</desc><style>{_STYLE}</style>'
        f"{_legend(years, any(row.before is not None for row in rows))}{''.join(drawn)}</svg>\n"
    )


def alternative(years: tuple[str, str], rows: Sequence[Bar]) -> str:
    """What the drawing says, in words: « commune : 4 en 2026, 3 en 2025 ; … »."""
    return " ; ".join(f"{clean(row.label)} : {_said(row, years)}" for row in rows) + "." if rows else "Aucune donnée."


def _said(row: Bar, years: tuple[str, str]) -> str:
    known = f"{figure(row.now)} en {years[0]}"
    return known if row.before is None else f"{known}, {figure(row.before)} en {years[1]}"


def _height(row: Bar) -> int:
    return _NAME + _LINE * (1 if row.before is None else 2) + _MARGIN


def _row(row: Bar, years: tuple[str, str], top: int, most: int) -> str:
    label = clean(row.label)
    label = label if len(label) <= _LETTERS else label[: _LETTERS - 1].rstrip() + "…"
    parts = [f'<text x="0" y="{top + 14}">{escape(label)}</text>']
    parts.append(_bar("now", row.now, years[0], top + _NAME, most))
    if row.before is not None:
        parts.append(_bar("before", row.before, years[1], top + _NAME + _LINE, most))
    return "".join(parts)


def _bar(name: str, value: int, year: str, top: int, most: int) -> str:
    wide = round((WIDTH - _FIGURE) * value / most, 1)
    return (
        f'<rect class="{name}" x="1" y="{top}" width="{wide:g}" height="{_BAR - 1}"/>'
        f'<text x="{wide + 8:g}" y="{top + 12}">{figure(value)} <tspan class="year">({year})</tspan></text>'
    )


def _legend(years: tuple[str, str], both: bool) -> str:
    names = (("now", years[0]), ("before", years[1]))[: 2 if both else 1]
    return "".join(
        f'<rect class="{name}" x="{1 + place * 90}" y="8" width="14" height="14"/>'
        f'<text x="{place * 90 + 21}" y="20">{escape(year)}</text>'
        for place, (name, year) in enumerate(names)
    )


def _text(said: str) -> str:
    return escape(clean(said))
