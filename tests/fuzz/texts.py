"""Fuzz target: any text through folding, sentences, links, privacy, display and markup."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzz import target

target.instrumented()

from nlp.text import fold, sentences  # noqa: E402
from scanner.display import clean, clean_lines, one_sentence  # noqa: E402
from scanner.links import followed, told  # noqa: E402
from scanner.privacy import Privacy, masked_text  # noqa: E402
from spiders.formats.text import plain  # noqa: E402


def entry(body: bytes) -> None:
    """What holds of any text."""
    text = body.decode("utf-8", "surrogateescape")
    assert len(fold(text)) == len(text)
    for start, end in sentences(text):
        assert 0 <= start < end <= len(text)
    assert len(masked_text(text, Privacy())) == len(text)
    assert clean(clean(text)) == clean(text)
    assert len(one_sentence(text)) <= 1000
    clean_lines(text)
    plain(text)
    assert followed(text) in ("", text)
    assert not followed(text) or text.lower().startswith(("http://", "https://"))
    assert followed(told(text)) in ("", text)


SEEDS = (
    "Le lot 2 est réservé aux ESAT. Contact : marie.durand@ville.fr, 06 12 34 56 78.".encode(),
    b"https://user:pass@127.0.0.1:80/x?a=b",
    b"<p>1 200 heures &amp; d'insertion<br/></p><!-- x -->",
    b"javascript:alert(1)",
)

if __name__ == "__main__":
    target.run("texts", entry, SEEDS)
