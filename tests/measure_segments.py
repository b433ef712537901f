"""How often are the words right about the segment? ``python -m tests.measure_segments [--labels]``.

The CPV of real notices (``../shared/real/gold``, when present) is hidden, guessed from their titles and descriptions,
and compared; with ``--labels``, a fifth of the official labels is held out instead, five times.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from nlp.report import read_notice
from nlp.segment_reader import Guess, SegmentReader, load, settings
from nlp.segment_training import fit, of_labels, of_titles
from nlp.segments import segment_of, segments
from nlp.subject import lot_subject
from scanner.appraisal import Segment
from tests.train_segments import titles

GOLD = Path(__file__).resolve().parents[2] / "shared" / "real" / "gold"
LEVELS = (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.97, 0.99, 0.995, 0.999)
Pair = tuple[Segment, Guess | None]


def of_notices(path: Path, reader: SegmentReader) -> Iterator[Pair]:
    """The segment of the main CPV and the guess, for each notice that has one."""
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        for line in stream:
            notice = read_notice(json.loads(line))
            right = segment_of(notice.cpv)
            if right is not None:
                said = lot_subject(notice, None)
                for lot in notice.lots[:3]:
                    said = tuple(dict.fromkeys((*said, *lot_subject(notice, lot))))
                yield right, reader.guess(said)


def of_held_out(parts: int = 5) -> Iterator[Pair]:
    """Each official label, guessed by a reader that has not seen it."""
    examples = list(of_labels())
    texts = list(dict.fromkeys(text for text, _ in examples))
    place = {text: rank % parts for rank, text in enumerate(texts)}
    for part in range(parts):
        kept = [one for one in examples if place[one[0]] != part]
        reader = SegmentReader(*fit([*kept, *of_titles(titles())]))
        for text, row in examples:
            if place[text] == part:
                yield segments()[row], reader.guess([text])


def table(pairs: Sequence[Pair]) -> Iterator[str]:
    """A line a threshold: share of notices answered, and right among them by division, family and row."""
    yield "seuil   réponses   division   famille   ligne (dont précise)"
    for level in LEVELS:
        told = [(right, said) for right, said in pairs if said and said.confidence >= level]
        if not told:
            return
        division = sum(right.prefix[:2] == said.prefix[:2] for right, said in told)
        family = sum(right.family == segments()[said.prefix].family for right, said in told)
        row = sum(right.prefix == said.prefix for right, said in told)
        fine = [(right, said) for right, said in told if len(said.prefix) > 2]
        precise = sum(right.prefix == said.prefix for right, said in fine)
        yield (
            f"{level:5.3f} {len(told) / len(pairs):9.0%} {division / len(told):10.1%} {family / len(told):9.1%} "
            f"{row / len(told):8.1%} ({precise}/{len(fine)})"
        )


def main() -> None:
    if "--labels" in sys.argv:
        print("\n".join(table(list(of_held_out()))))
        return
    if not GOLD.exists():
        print("avis réels absents : rien à mesurer.")
        return
    reader = load()
    print(f"seuil retenu : {settings().threshold}")
    for path in sorted(GOLD.glob("notices*.jsonl.gz")):
        pairs = list(of_notices(path, reader))
        print(f"{path.name} : {len(pairs)} avis avec CPV", *table(pairs), sep="\n")


if __name__ == "__main__":
    main()
