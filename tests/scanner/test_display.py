"""A text of unknown origin is shown without what screens obey; what is quoted keeps its offsets."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from nlp.text import fold
from scanner.display import clean, clean_json, clean_lines, one_sentence
from scanner.issues import Issue
from tests.hostile.valid import mapa, read

ODD = "Le\x1b[31m lot\x00 \u202eest\u2066 réservé\u200b aux\x9b ESAT.\ud800\U000e0041"


def test_nothing_that_a_screen_obeys_is_shown():
    for shown in (clean(ODD), clean_lines(ODD), one_sentence(ODD), Issue("s", "k", "c", ODD).message):
        assert shown.isprintable() and "réservé aux" in shown.replace("\ufffd", "")


def test_lines_are_kept_where_they_matter():
    assert clean_lines("un\r\ndeux\ttrois\u2028quatre\x07") == "un\ndeux\ttrois\nquatre\ufffd"


def test_a_message_stays_short_and_keeps_its_repair():
    told = Issue("s", "k", "c", "« " + "x" * 50_000 + " » est inconnu ; ajoutez-le dans le fichier.").message
    assert len(told) <= 1000 and told.endswith("ajoutez-le dans le fichier.")


@given(st.text())
def test_json_reads_back_to_the_same_value(text):
    written = json.dumps(text, ensure_ascii=False)
    assert json.loads(clean_json(written)) == text


@given(st.text())
def test_cleaning_twice_is_cleaning_once_and_folding_keeps_the_length(text):
    assert clean(clean(text)) == clean(text)
    assert len(fold(text)) == len(text)


def test_passages_stay_as_received_and_quotes_hold():
    told = "Le lot est\u202e ré\u200dservé\x07 aux ESAT.\n\u2066Le marché est réservé aux ESAT.\u0000"
    made = read("boamp", mapa(conditions={"a": told}))
    assert made.notice and any(passage.text == told.strip() for passage in made.notice.passages)
    quotes = [one for lot in made.reading.lots for one in lot.findings]
    assert quotes
    for one in quotes:
        assert made.notice.passages[one.passage].text[one.start : one.end] == one.quote
