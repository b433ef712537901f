"""Fuzz targets: a record of a source, ``python tests/fuzz/record.py boamp_json -max_total_time=180``."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzz import target

target.instrumented()

from tests.hostile.valid import read, samples  # noqa: E402

#: The source of each target, and whether its records are XML.
TARGETS = {
    "boamp_json": ("boamp", False), "boamp_xml": ("boamp", True), "ted": ("ted", True), "approch": ("approch", False),
}  # fmt: skip


def entry(source: str, body: bytes) -> None:
    """A notice or a rejection."""
    made = read(source, body)
    assert made.notice or made.rejections
    if made.notice and made.reading:
        passages = made.notice.passages
        for lot in made.reading.lots:
            for one in lot.findings:
                if one.passage is not None:
                    assert passages[one.passage].text[one.start : one.end] == one.quote


if __name__ == "__main__":
    name = sys.argv.pop(1)
    source, markup = TARGETS[name]
    seeds = tuple(body for named, body in samples() if named == source and body.startswith(b"<") == markup)
    target.run(name, partial(entry, source), seeds)
