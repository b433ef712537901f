"""Where do ten thousand different notices come from? From a seed: the sample's word lists, assembled at random.

For measuring speed and memory, not accuracy: about 3.6 kB of text each, a trigger word in nine notices out of ten and
in one sentence out of ten, and 3 % of words never seen before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

from scanner.sample.week import FORMS, facts_of, published, words

FIRST_DAY = date(2026, 1, 5)
PERIOD_DAYS = 300
SENTENCES = (22, 40)
TRIGGER_NOTICES, TRIGGER_SENTENCES, NEW_WORDS = 0.9, 0.11, 0.03
WORDS_PER_SENTENCE = 17


def notices(count: int, seed: int = 0) -> Iterator[dict[str, Any]]:
    """Yields ``count`` records in the shapes of the week; the same seed always gives the same ones."""
    random = Random(seed)
    lists = words()
    for number in range(count):
        day = FIRST_DAY + timedelta(days=number * PERIOD_DAYS // count)
        facts = facts_of(number, day, random.randrange(len(lists["subjects"])))
        rate = TRIGGER_SENTENCES if random.random() < TRIGGER_NOTICES else 0.0
        sentences = [_sentence(random, lists) for _ in range(random.randint(*SENTENCES))]
        for rank in range(len(sentences)):
            if random.random() < rate:
                sentences[rank] = f"{random.choice(lists['triggers'])}."
        if rate:
            sentences[random.randrange(len(sentences))] = f"{random.choice(lists['triggers'])}."
        middle = len(sentences) // 2
        facts = replace(facts, description=" ".join(sentences[:middle]), other=" ".join(sentences[middle:]))
        yield published(facts, FORMS[number % len(FORMS)])


def _sentence(random: Random, lists: dict[str, Any]) -> str:
    pick = random.choice
    text = (
        f"Pour {pick(lists['works'])}, le marché {pick(lists['verbs'])} {pick(lists['objects'])} {pick(lists['ways'])}"
    )
    if random.random() < NEW_WORDS * WORDS_PER_SENTENCE:
        text += f", référence {''.join(random.choices(lists['syllables'], k=4))}"
    return f"{text}."
