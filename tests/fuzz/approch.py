"""Fuzz target: a record of the source approch (approch)."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzz import target

target.instrumented()

from tests.hostile.valid import read, samples  # noqa: E402


def entry(body: bytes) -> None:
    """A notice or a rejection."""
    made = read("approch", body)
    assert made.notice or made.rejections
    if made.notice and made.reading:
        passages = made.notice.passages
        for lot in made.reading.lots:
            for one in lot.findings:
                if one.passage is not None:
                    assert passages[one.passage].text[one.start : one.end] == one.quote


MARKUP = False
SEEDS = tuple(body for source, body in samples() if source == "approch" and body.startswith(b"<") == MARKUP)

if __name__ == "__main__":
    target.run("approch", entry, SEEDS)
