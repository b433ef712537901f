"""Which segment do the words of a title tell, when no CPV does? A small classifier, trained on official labels.

Measured by ``python -m tests.measure_segments`` on real notices whose CPV was hidden: at the confidence retained it
answers for 37 to 39 % of them; the CPV division is right for 87 %, the family for 92 to 93 % (843 and 114 notices). The
others are said unknown.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from nlp.bag import pipeline
from nlp.text import fold
from scanner.datafile import DataFileError, only, read_yaml, texts

SHIPPED = Path(__file__).with_name("segment_model")
WEIGHTS = "weights.bin"
CARD = "model.json"
_WORD = re.compile(r"[a-z]{2,}")


@dataclass(frozen=True, slots=True)
class Guess:
    """The likeliest segment: a prefix of ``segments.tsv``, and how sure its CPV division is (0 to 1)."""

    prefix: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Turn:
    """How a notice words an official label: codes by ``prefix`` save ``but``, and the ``code`` it then stands for."""

    prefix: tuple[str, ...]
    but: tuple[str, ...]
    drop: tuple[str, ...]
    say: tuple[str, ...]
    code: str


@dataclass(frozen=True, slots=True)
class Settings:
    """``segment_reader.yml``: see its comments."""

    threshold: float
    contradiction: float
    fine: float
    longest: int
    calm: float
    calm_word: float
    epochs: int
    batch: int
    learn_rate: float
    ngram: int
    length: int
    seed: int
    title_weight: int
    idle: frozenset[str]
    turns: tuple[Turn, ...]


@cache
def settings() -> Settings:
    """``segment_reader.yml``. Raises DataFileError on a missing or unknown entry."""
    path = Path(__file__).with_name("segment_reader.yml")
    numbers = dict.fromkeys(("longest", "epochs", "batch", "ngram", "length", "seed", "title_weight"), int)
    shares = dict.fromkeys(("threshold", "contradiction", "fine", "learn_rate", "calm", "calm_word"), float)
    read = only(read_yaml(path), path.name, {**numbers, **shares, "idle": str, "turns": list})
    turns = tuple(_turn(entry, f"{path.name}, turns") for entry in read["turns"])
    return Settings(**{**read, "idle": frozenset(read["idle"].split()), "turns": turns})


def _turn(entry: Any, where: str) -> Turn:
    lists = ("prefix", "but", "drop", "say")
    told = only(entry, where, {**dict.fromkeys(lists, list), "code": str})
    return Turn(**{name: texts(told[name], f"{where}, {name}") for name in lists}, code=told["code"])


def words(said: Iterable[str], known: frozenset[str] | None = None) -> list[str]:
    """The first words of ``said`` that may tell a trade, folded, the known ones only when ``known`` is given.

    The very first one comes again before, as « ^word »: a title begins with what is done.
    """
    plain = (word for piece in said for word in _plain(piece) if known is None or word in known)
    kept = list(islice(plain, settings().longest))
    return [f"^{word}" for word in kept[:1]] + kept


def _plain(piece: str) -> list[str]:
    """« œuvre », « oeuvre » and « ?uvre » are one word, so are singular and plural."""
    idle = settings().idle
    joined = fold(piece).replace("oe", "o").replace("?uvre", "ouvre")
    return [word.rstrip("sx") if len(word) > 3 else word for word in _WORD.findall(joined) if word not in idle]


class SegmentReader:
    """A trained classifier: its pipeline, the words it knows and the rows it tells apart.

    A bag of words is a sum: what each word brings to each row is asked of the pipeline once, then added up.
    """

    def __init__(self, french: Any, known: frozenset[str]) -> None:
        self._french = french
        self._textcat = french.get_pipe("textcat")
        self._bias = weights(french).get_param("b")
        self._brought: dict[str, Any] = {}
        self.known = known
        self.rows: tuple[str, ...] = tuple(self._textcat.labels)

    def guess(self, said: Iterable[str]) -> Guess | None:
        """The likeliest segment of titles and descriptions, most telling first; None when no word is known."""
        wanted, read = settings(), words(said, self.known)
        if not read:
            return None
        scores = self._bias + sum(self._brings(word) for word in read if word in self.known)
        calmed = _calmed(scores, wanted.calm + wanted.calm_word * len(read))
        return _likeliest(dict(zip(self.rows, calmed, strict=True)), wanted.fine)

    def _brings(self, word: str) -> Any:
        """What a word adds to the score of each row, up to what it adds to all alike."""
        import numpy

        if word not in self._brought:
            with self._french.memory_zone():
                shares = self._textcat.predict([doc(self._french, [word], self.known)])[0]
            self._brought[word] = numpy.log(numpy.maximum(shares, 1e-30)) - self._bias
        return self._brought[word]


def _calmed(scores: Any, heat: float) -> list[float]:
    """The share of each row, as if every word weighed ``heat`` times less."""
    import numpy

    shares = numpy.exp((scores - scores.max()) / heat)
    found: list[float] = (shares / shares.sum()).tolist()
    return found


def _likeliest(scores: Mapping[str, float], fine: float) -> Guess:
    """The best row of the best division; the division alone when its best row is not much of it."""
    divisions: dict[str, float] = {}
    for prefix, score in scores.items():
        divisions[prefix[:2]] = divisions.get(prefix[:2], 0.0) + score
    division = max(divisions, key=lambda name: (divisions[name], name))
    inside = {prefix: score for prefix, score in scores.items() if prefix[:2] == division}
    row = max(inside, key=lambda name: (inside[name], name))
    chosen = row if inside[row] >= fine * divisions[division] else division
    return Guess(chosen, round(min(divisions[division], 1.0), 3))


@cache
def shipped() -> SegmentReader:
    """The reader of this repository, loaded once."""
    return load()


def guess(said: Iterable[str]) -> Guess | None:
    """The likeliest segment of titles and descriptions by the shipped reader; None when it knows no word of them."""
    return shipped().guess(said)


def load(folder: Path = SHIPPED) -> SegmentReader:
    """The reader trained into ``folder``. Raises DataFileError when it cannot be used."""
    try:
        card = only(json.loads((folder / CARD).read_text(encoding="utf-8")), CARD, {
            "rows": list, "ngram": int, "length": int, "scale": float, "bias": list, "examples": int, "words": str,
        })  # fmt: skip
        french = pipeline(card["rows"], card["ngram"], card["length"], exclusive=True)
        _fill(french, (folder / WEIGHTS).read_bytes(), card["scale"], card["bias"])
    except (OSError, ValueError, KeyError, TypeError, zlib.error) as error:
        raise DataFileError(
            f"{folder} : modèle des segments illisible ({error}) ; refaites-le avec « make train »."
        ) from error
    return SegmentReader(french, frozenset(card["words"].split()))


def doc(french: Any, said: Sequence[str], known: frozenset[str]) -> Any:
    """The known words as the model reads them; None when there is none."""
    from spacy.tokens import Doc

    kept = [word for word in said if word in known]
    return Doc(french.vocab, words=kept) if kept else None


def weights(french: Any) -> Any:
    """The layer of ``french`` that holds the weights ``W`` (a row a hashed word) and ``b`` (one a segment)."""
    return next(layer for layer in french.get_pipe("textcat").model.walk() if layer.name == "sparse_linear")


def _fill(french: Any, packed: bytes, scale: float, bias: Sequence[float]) -> None:
    import numpy

    layer = weights(french)
    whole = numpy.frombuffer(zlib.decompress(packed), dtype="int8")
    layer.set_param("W", (whole.astype("float32") * scale).reshape(layer.get_param("W").shape))
    layer.set_param("b", numpy.asarray(bias, dtype="float32"))
