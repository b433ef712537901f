"""Twice the text, twice the time: no phrase, line end or repeated mark makes reading cost the square of its length."""

from __future__ import annotations

import time

import pytest

from scanner.change import pattern, words
from scanner.history import _folded as folded_history
from scanner.normalise import departement_in
from scanner.privacy import Privacy, masked_text
from spiders.formats.fnsimple import _HOLDER, number_of
from spiders.formats.markup import words_of
from spiders.formats.postponed import postponed
from spiders.formats.text import number, plain
from tests.hostile.valid import mapa, read

UNITS = (
    "a", "A", "a. ", "A.B", "Ab", "1", "1 ", " ", "\n", "_", "- ", "(", ")", "1) ", "<p>", "<", "<!--", "<b ", "&", "&amp;",
    "lot 1 ", "lots 1 à 9 ", "de la ", "guichet de la ", "réservé aux ESAT ", "clause d'insertion ", "100 heures ", "non ",
    "au lieu de 12/12/2026 lire ", "date limite ", "75001 ", "2026/S 012-123456 ", "26-12345 ", "a@", "a.", "06 ", "é", "İ",
)  # fmt: skip
#: Doubling a quadratic reading takes four times longer, a linear one twice; a busy machine is forgiven.
MOST, ENOUGH = 3.2, 0.15


def cost(step, text: str) -> float:
    best = float("inf")
    for _ in range(2):
        start = time.process_time()
        step(text)
        best = min(best, time.process_time() - start)
    return best


def linear(step, unit: str, size: int, most: int = 1_000_000) -> None:
    """Doubles the text until it costs enough to be measured; the last doubling must cost about twice, not four times."""
    before = cost(step, (unit * (size // len(unit) + 1))[:size])
    while size < most:
        size *= 2
        after = cost(step, (unit * (size // len(unit) + 1))[:size])
        if after > ENOUGH:
            again = after / max(before, 0.001) <= MOST or before < ENOUGH / 4
            assert again or after / cost(step, (unit * (size // len(unit) + 1))[: size // 2]) <= MOST, (
                unit,
                size,
                before,
                after,
            )
            if before >= ENOUGH / 4:
                return
        before = after


@pytest.mark.parametrize("unit", UNITS)
def test_reading_a_notice_costs_its_length(unit):
    def step(text: str) -> None:
        read("boamp", mapa(description={"objet": "Titre\n" + text}, infosRectif=text))

    linear(step, unit, 16_000, 250_000)


STEPS = {
    "plain": plain, "words_of": words_of, "number": number, "number_of": number_of, "masked": lambda t: masked_text(t, Privacy()),
    "holder": _HOLDER.findall, "departement_in": departement_in, "postponed": postponed, "history": folded_history,
    **{f"change {name}": (lambda name: lambda text: pattern(name).findall(text))(name)
       for name, value in words().items() if isinstance(value, list)},
}  # fmt: skip


@pytest.mark.parametrize("name", STEPS)
def test_each_pattern_on_the_words_of_notices_costs_their_length(name):
    for unit in UNITS:
        linear(STEPS[name], unit, 250_000)


def test_many_lots_cost_their_number():
    def step(text: str) -> None:
        read("boamp", mapa(lots={"lot": [{"description": f"Lot {n}\nréservé aux ESAT"} for n in range(len(text))]}))

    linear(step, "x", 300, 2400)
