"""What do both trained classifiers share? A spaCy bag of words with one categoriser, its weights still at zero."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def pipeline(labels: Sequence[str], ngram: int, length: int, *, exclusive: bool) -> Any:
    """A pipeline whose only pipe tells ``labels`` apart: one of them when ``exclusive``, else any number.

    ``ngram`` words are read together; ``length`` rows hold the weights of the hashed words.
    """
    import spacy

    french = spacy.blank("xx")
    model = {
        "@architectures": "spacy.TextCatBOW.v3", "exclusive_classes": exclusive, "ngram_size": ngram,
        "length": length, "no_output_layer": False,
    }  # fmt: skip
    textcat = french.add_pipe("textcat" if exclusive else "textcat_multilabel", config={"model": model})
    for label in labels:
        textcat.add_label(label)
    textcat.model.initialize()
    return french
