"""How does the classifier of segments learn? From the official CPV labels and from titles written for it."""

from __future__ import annotations

import csv
import json
import random
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from nlp.bag import pipeline
from nlp.cpv import believed, labels
from nlp.segment_reader import CARD, WEIGHTS, SegmentReader, Turn, doc, load, settings, weights, words
from nlp.segments import segment_of
from scanner.datafile import DataFileError

#: A text and the prefix of its row of ``segments.tsv``.
Example = tuple[str, str]


def row_of(code: str) -> str:
    """The prefix of the segment of a CPV. Raises DataFileError when the code is not official."""
    segment = segment_of([believed(code)])
    if segment is None:
        raise DataFileError(f"le code CPV « {code} » n'est pas dans cpv_fr.tsv, corrigez-le.")
    return segment.prefix


def of_labels() -> Iterator[Example]:
    """The official labels, as they are and in the words of notices."""
    for code, label in labels().items():
        yield label, row_of(code)
        for turn in settings().turns:
            if code.startswith(turn.prefix) and not code.startswith(turn.but or ("-",)):
                bare = _bare(label, turn)
                yield from ((form.format(bare), row_of(turn.code or code)) for form in turn.say)


def _bare(label: str, turn: Turn) -> str:
    dropped = next((start for start in turn.drop if label.startswith(start)), "")
    return label.removeprefix(dropped)


def of_titles(titles: Iterable[tuple[str, str]]) -> Iterator[Example]:
    """Titles (CPV, title), each as often as ``title_weight`` says."""
    for code, title in titles:
        yield from [(title, row_of(code))] * settings().title_weight


def shipped_titles() -> list[tuple[str, str]]:
    """``segment_titles.tsv``: invented titles with their CPV, worded as buyers do."""
    with Path(__file__).with_name("segment_titles.tsv").open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [(row["cpv"], row["title"]) for row in rows]


def train(titles: Iterable[tuple[str, str]], folder: Path) -> SegmentReader:
    """Trains on the official labels and ``titles`` (CPV, title), and writes the model into ``folder``.

    The same data gives the same model. Weights are kept as whole numbers of one byte.
    """
    wanted = settings()
    examples = [*of_labels(), *of_titles(titles)]
    french, known = fit(examples)
    packed, scale, bias = _packed(weights(french))
    card = {
        "rows": list(french.get_pipe("textcat").labels), "ngram": wanted.ngram, "length": wanted.length,
        "scale": scale, "bias": bias, "examples": len(examples), "words": " ".join(sorted(known)),
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    (folder / WEIGHTS).write_bytes(packed)
    (folder / CARD).write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return load(folder)


def fit(examples: Sequence[Example]) -> tuple[Any, frozenset[str]]:
    """A pipeline trained on ``examples``, and the words it knows."""
    from spacy.training import Example as Shown
    from spacy.util import fix_random_seed, minibatch
    from thinc.api import Adam

    wanted = settings()
    fix_random_seed(wanted.seed)
    told = [(words([text]), row) for text, row in examples]
    known = frozenset(word for said, _ in told for word in said)
    rows = sorted({row for _, row in told})
    french = pipeline(rows, wanted.ngram, wanted.length, exclusive=True)
    shown = [Shown.from_dict(doc(french, said, known), {"cats": _cats(rows, row)}) for said, row in told if said]
    optimizer, shuffled = Adam(wanted.learn_rate, L2=0.0), random.Random(wanted.seed)
    for _ in range(wanted.epochs):
        shuffled.shuffle(shown)
        for batch in minibatch(shown, wanted.batch):
            french.update(batch, sgd=optimizer)
    return french, known


def _cats(rows: Sequence[str], right: str) -> dict[str, float]:
    return {row: float(row == right) for row in rows}


def _packed(layer: Any) -> tuple[bytes, float, list[float]]:
    """The weights as compressed bytes, the value of one step, and the bias of each row."""
    import numpy

    table = layer.get_param("W")
    scale = float(numpy.abs(table).max()) / 127
    steps = numpy.rint(table / scale).astype("int8")
    return zlib.compress(steps.tobytes(), 9), scale, [round(float(one), 5) for one in layer.get_param("b")]
