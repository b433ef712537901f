"""Twice the text, twice the time: no phrase, line end or repeated mark makes reading cost the square of its length."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import pytest

from scanner.change import pattern, words
from scanner.history import _folded as folded_history
from scanner.normalise import departement_in
from scanner.privacy import Privacy, masked_text
from spiders.formats.fnsimple import number_of
from spiders.formats.markup import words_of
from spiders.formats.national_facts import awards_told, holders_told
from spiders.formats.postponed import postponed
from spiders.formats.text import number, plain
from tests.hostile.valid import mapa, read

UNITS = (
    "a", "A", "a. ", "A.B", "Ab", "1", "1 ", " ", "\n", "_", "- ", "(", ")", "1) ", "<p>", "<", "<!--", "<b ", "&",
    "&amp;", "lot 1 ", "lots 1 à 9 ", "de la ", "guichet de la ", "réservé aux ESAT ",
    "clause d'insertion ", "100 heures ", "non ", "au lieu de 12/12/2026 lire ", "date limite ", "75001 ",
    "2026/S 012-123456 ", "26-12345 ", "a@",
    "a.", "06 ", "é", "İ",
)  # fmt: skip
#: Four times the text costs four times more when reading is linear, sixteen when it is quadratic.
MOST = 8.0
#: Below this nothing is measured, in seconds: it is fast enough whatever the ratio.
ENOUGH = 0.3


def cost(step: Callable[[str], object], unit: str, size: int) -> float:
    text = (unit * (size // len(unit) + 1))[:size]
    start = time.process_time()
    step(text)
    return time.process_time() - start


def linear(step: Callable[[str], object], unit: str, size: int) -> None:
    """The whole text costs at most ``MOST`` times its quarter; a busy machine gets a second chance."""
    whole = cost(step, unit, size)
    if whole > ENOUGH and whole > MOST * cost(step, unit, size // 4):
        whole, quarter = cost(step, unit, size), cost(step, unit, size // 4)
        assert whole <= MOST * quarter, (
            f"{unit!r} : {quarter:.2f} s pour {size // 4} caractères, {whole:.2f} s pour {size}"
        )


def reading(text: str) -> None:
    read("boamp", mapa(description={"objet": "Titre\n" + text}, infosRectif=text))


@pytest.mark.parametrize("unit", UNITS)
def test_reading_a_notice_costs_its_length(unit):
    linear(reading, unit, 100_000)


@pytest.mark.parametrize("unit", ["a. ", "<p>", "de la "])
def test_a_million_characters_are_read_in_seconds(unit):
    linear(reading, unit, 990_000)


def found(name: str) -> Callable[[str], object]:
    return pattern(name).findall


STEPS: dict[str, Callable[[str], object]] = {
    "plain": plain, "words_of": words_of, "number": number, "number_of": number_of, "holders_told": holders_told,
    "awards_told": lambda text: awards_told(text, lambda *_: None),
    "masked": partial(masked_text, settings=Privacy()), "departement_in": departement_in, "postponed": postponed,
    "history": folded_history,
    **{f"change {name}": found(name) for name, value in words().items() if isinstance(value, list)},
}  # fmt: skip


@pytest.mark.parametrize("name", STEPS)
def test_each_pattern_on_the_words_of_notices_costs_their_length(name):
    for unit in UNITS:
        linear(STEPS[name], unit, 200_000)


@pytest.mark.parametrize("name", STEPS)
def test_the_same_on_a_million_characters(name):
    for unit in ("de la ", "1 ", "<p>", "a."):
        linear(STEPS[name], unit, 1_000_000)


def test_many_lots_cost_their_number():
    def lots(text: str) -> None:
        read("boamp", mapa(lots={"lot": [{"description": f"Lot {n}\nréservé aux ESAT"} for n in range(len(text))]}))

    linear(lots, "x", 2400)
