"""Whatever a record becomes, it is a notice or a rejection; what is quoted is always in the text it was read in."""

from __future__ import annotations

import json
import unicodedata
from itertools import pairwise
from typing import Any

from bs4 import BeautifulSoup
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from nlp.text import fold, sentences
from scanner.links import followed, refused
from spiders.formats.markup import words_of
from tests.hostile.valid import Read, mapa, read, samples

FAST = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TREES = [(source, json.loads(body)) for source, body in samples() if body.startswith(b"{")]
MARKUP = [(source, body) for source, body in samples() if body.startswith(b"<")]
TEXT = st.text(max_size=40) | st.sampled_from(
    ["", "\x00", "\u202e", "2026-11-20", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "1e400", "-0", "javascript:x",
     "http://127.0.0.1/", "../x", "9" * 400, "<p>", "&#0;", "&#x110000;", "réservé aux ESAT", "100 heures d'insertion"]
)  # fmt: skip
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
ODD = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | FLOATS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip


def holds(made: Read) -> None:
    assert made.notice or made.rejections
    assert all(issue.message for issue in made.issues)
    told = "".join(issue.message for issue in made.issues)
    assert not any(unicodedata.category(char) in ("Cc", "Cs") or char in "\u202e\u2066" for char in told)
    if made.notice is None or made.reading is None:
        return
    for url in (made.notice.url, made.notice.documents_url, made.notice.profile_url):
        assert not url or followed(url) or refused(url) or ".invalid" in url
    for lot in made.reading.lots:
        for one in lot.findings:
            if one.passage is not None:
                assert made.notice.passages[one.passage].text[one.start : one.end] == one.quote


def nodes(tree: Any) -> list[tuple[Any, Any]]:
    """(container, key) of every value of a tree."""
    found, waiting = [], [tree]
    while waiting:
        one = waiting.pop()
        pairs = one.items() if isinstance(one, dict) else enumerate(one) if isinstance(one, list) else ()
        for key, value in pairs:
            found.append((one, key))
            waiting.append(value)
    return found


@FAST
@given(st.integers(0, len(TREES) - 1), st.lists(st.tuples(st.integers(0, 10_000), ODD), min_size=1, max_size=3))
def test_any_value_of_a_record_may_be_anything(rank, changes):
    source, tree = TREES[rank]
    tree = json.loads(json.dumps(tree))
    inner = json.loads(tree["donnees"]) if isinstance(tree.get("donnees"), str) else None
    for place, value in changes:
        spots = nodes(inner if inner is not None and place % 4 else tree)
        container, key = spots[place % len(spots)]
        container[key] = value
    if inner is not None and isinstance(tree.get("donnees"), str):
        tree["donnees"] = json.dumps(inner)
    holds(read(source, json.dumps(tree).encode("utf-8", "replace")))


@FAST
@given(st.sampled_from(samples()), st.data())
def test_any_bytes_may_be_lost_or_changed(sample, data):
    source, body = sample
    start = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(start, min(len(body), start + 200)))
    holds(read(source, body[:start] + data.draw(st.binary(max_size=20)) + body[end:]))


@FAST
@given(st.sampled_from(MARKUP), st.integers(0, 10_000), TEXT)
def test_any_text_of_a_document_may_be_anything(sample, place, text):
    source, body = sample
    cuts = [at for at, byte in enumerate(body) if byte == ord(">")]
    at = cuts[place % len(cuts)] + 1
    fit = text.replace("&", "&amp;").replace("<", "&lt;").encode("utf-8", "replace")
    holds(read(source, body[:at] + fit + body[at:]))


@FAST
@given(st.lists(TEXT, max_size=6))
def test_any_text_is_quoted_as_it_was_received(texts):
    holds(read("boamp", mapa(conditions={"a": [text + " Le lot est réservé aux ESAT." for text in texts]})))


@given(st.text())
@example("İı\u0345ﬁŐ\u1e9e")
def test_folding_keeps_every_offset(text):
    assert len(fold(text)) == len(text)
    spans = list(sentences(text))
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


PIECES = st.sampled_from(
    ["<p>", "</p>", "<br>", "<br/>", "<b>", "</b>", "<li>", "</li>", "<div class='x'>", "</div>", "mot", " ", "\n",
     "&amp;", "&eacute;", "&#233;", "&#x20;", "&nbsp;", "5 < 6", "a & b", "<!-- x -->", "</i>", "<hr/>", "<h1>",
     "</h1>"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=12).map("".join))
def test_markup_is_read_as_beautiful_soup_reads_it(text):
    soup = BeautifulSoup(text, "html.parser")
    for block in soup.find_all(["br", "p", "li", "div", "tr", "h1", "h2", "h3", "h4", "h5", "h6"]):
        block.append("\n")
    assert words_of(text) == soup.get_text()
