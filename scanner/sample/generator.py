"""Where do ten thousand different notices come from? From a seed: word lists of ``generator.yml`` assembled at random.

For measuring speed and memory, not accuracy: about 3.6 kB of text each, a trigger word in nine notices out of ten and
in one sentence out of ten, 3 % of words never seen before, six records out of ten in eForms, as verbose as real ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Any

from scanner.datafile import read_yaml
from scanner.sample.shapes import Facts, SampleLot
from scanner.sample.verbose import verbose
from scanner.sample.week import HERE, facts_of, published
from scanner.sample.week import words as names

FIRST_DAY = date(2026, 1, 5)
PERIOD_DAYS = 300
FORMS = ("JOUE", "FNS", "JOUE", "JOUE", "MAPA", "JOUE", "FNS", "JOUE", "JOUE", "FNS")
SENTENCES = (19, 37)
TRIGGER_NOTICES, TRIGGER_SENTENCES, NEW_WORDS = 0.9, 0.10, 0.03
#: Among the sentences that hold a trigger word, those that say a clause or a reservation.
CLAUSES, RESERVATIONS = 0.08, 0.007
WORDS_PER_SENTENCE = 17
FORM_LINES = 0.15
#: Notices in lots, one in four, have from two to five of them.
IN_LOTS, LOTS = 1 / 4, (2, 5)


def notices(count: int, seed: int = 0) -> Iterator[dict[str, Any]]:
    """Yields ``count`` records in the shapes of the week; the same seed always gives the same ones."""
    random = Random(seed)
    for number in range(count):
        day = FIRST_DAY + timedelta(days=number * PERIOD_DAYS // count)
        facts = facts_of(number, day, random.randrange(len(names()["subjects"])))
        yield verbose(published(_told(facts, random), FORMS[number % len(FORMS)]), facts)


@cache
def _words() -> dict[str, list[str]]:
    return dict(read_yaml(HERE / "generator.yml"))


def _told(facts: Facts, random: Random) -> Facts:
    """``facts`` with the text of one notice, spread over its description, its lots and its other words."""
    rate = TRIGGER_SENTENCES / TRIGGER_NOTICES if random.random() < TRIGGER_NOTICES else 0.0
    sentences = [_sentence(random, rate) for _ in range(random.randint(*SENTENCES))]
    if rate:
        sentences[random.randrange(len(sentences))] = _sentence(random, 1.0)
    count = random.randint(*LOTS) if random.random() < IN_LOTS else 0
    shares = _shares(sentences, 3 + 3 * count)
    lots = tuple(
        SampleLot(f"{facts.title}, lot {rank}", facts.cpv, *shares[3 * rank : 3 * rank + 3])
        for rank in range(1, count + 1)
    )
    twin = "".join(random.choices(_words()["syllables"][:9], k=2))  # some 17 000 buyers, as many as in a year
    return replace(
        facts,
        buyer=f"{facts.buyer}-sur-{twin.capitalize()}",
        description=shares[0],
        other=f"{shares[1]}\n{shares[2]}",
        lots=lots,
    )


def _shares(sentences: list[str], count: int) -> list[str]:
    size = -(-len(sentences) // count)
    return [" ".join(sentences[rank * size : (rank + 1) * size]) for rank in range(count)]


def _sentence(random: Random, rate: float) -> str:
    """One sentence or form line; it holds a trigger word with the probability ``rate``."""
    lists, pick = _words(), random.choice
    if random.random() < rate:
        chance = random.random()
        kind = "reservations" if chance < RESERVATIONS else "clauses" if chance < CLAUSES else "triggers"
        said = pick(lists[kind]).format(hours=random.randrange(35, 2000, 5), percent=random.randint(5, 20))
        text = f"{said} ; {_ordinary(random, lists).lower()}"
    else:
        text = pick(lists["lines"]) if random.random() < FORM_LINES else _ordinary(random, lists)
    if random.random() < NEW_WORDS * WORDS_PER_SENTENCE:
        text += f", référence {''.join(random.choices(lists['syllables'], k=6))}"
    return f"{text}."


def _ordinary(random: Random, lists: dict[str, list[str]]) -> str:
    return " ".join(random.choice(lists[name]) for name in ("who", "must", "what", "where", "ways"))
