"""Trains the classifier of segments again, for ``make train``: ``python -m tests.train_segments FOLDER``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from nlp.segment_training import shipped_titles, train
from scanner.datafile import read_yaml

ROOT = Path(__file__).resolve().parents[1]


def titles() -> list[tuple[str, str]]:
    """(CPV, title): the invented titles of ``nlp``, those of the test corpus, those of the sample week."""
    corpus = map(json.loads, (ROOT / "tests" / "corpus" / "notices.jsonl").read_text(encoding="utf-8").splitlines())
    subjects = read_yaml(ROOT / "scanner" / "sample" / "words.yml")["subjects"]
    return [
        *shipped_titles(),
        *((notice["cpv"][0], notice["title"]) for notice in corpus if notice["cpv"]),
        *((cpv, title) for title, _, cpv, _, _ in subjects),
    ]


if __name__ == "__main__":
    train(titles(), Path(sys.argv[1]))
