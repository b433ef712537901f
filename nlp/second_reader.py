"""What might the rules have missed? A trained reader of the sentences they leave silent, who only proposes.

A bag of words and pairs of words (spaCy's ``textcat_multilabel``) on folded sentences. spaCy is imported by the
functions that need it: whoever does not switch the second reader on never waits for it.
"""

from __future__ import annotations

import csv
import gzip
import json
import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, cast

from nlp.attach import attach
from nlp.bag import pipeline
from nlp.match import Statement
from nlp.passage import silent_sentences
from nlp.report import read_notice
from nlp.rules import anchors, confusers, rules
from nlp.text import fold, sentences
from scanner.datafile import DataFileError, only, read_yaml, texts
from scanner.finding import CLAUSES, LABELS, RESERVED, Classification, Finding, Label, LotReading
from scanner.notice import PASSAGE_FIELDS, Notice

RULE = "second_lecteur"
SHIPPED = Path(__file__).with_name("model")
_MODEL = "textcat.bin"
_CARD = "model.json"
#: The category of every sentence that carries a label: the score of a proposal.
_ANY = "dispositif"
_NEITHER = frozenset({"negatif", "confuseur"})
_TOKEN = re.compile(r"[a-z]'|[a-z]+(?:[.-][a-z0-9]+)*|[0-9]+|[^\sa-z0-9]")
_NUMBER = re.compile(r"[0-9]+(?:[ .,][0-9]+)*")
#: A label already read on a lot makes the proposals of its group idle.
_SPECIFIC = RESERVED | CLAUSES | {"clause_insertion_facultative", "objet_insertion", "critere_social"}
_VAGUE = frozenset({"clause_sociale_generique", "objectif_social"})


@dataclass(frozen=True, slots=True)
class Labelled:
    """A sentence, the field it stands in, the labels it affirms or leaves open (none = no lever), and its source."""

    text: str
    field: str
    labels: frozenset[str]
    source: str


@dataclass(frozen=True, slots=True)
class Scored:
    """The likeliest label of a sentence, and how likely (0 to 1) it is to carry a lever at all."""

    label: Label
    score: float


@dataclass(frozen=True, slots=True)
class _Settings:
    threshold: float
    shortest: int
    epochs: int
    batch: int
    learn_rate: float
    ngram: int
    length: int
    seed: int
    kept_numbers: str


@cache
def settings() -> _Settings:
    """``second_reader.yml``. Raises DataFileError on a missing or unknown entry."""
    path = Path(__file__).with_name("second_reader.yml")
    asked: dict[str, type] = {
        "threshold": float, "shortest": int, "epochs": int, "batch": int, "learn_rate": float, "ngram": int,
        "length": int, "seed": int, "kept_numbers": str,
    }  # fmt: skip
    return _Settings(**only(read_yaml(path), path.name, asked))


class SecondReader:
    """A trained model and the score from which it proposes."""

    def __init__(self, pipeline: Any, threshold: float) -> None:
        self._pipeline = pipeline
        self.threshold = threshold

    def scores(self, told: Sequence[tuple[str, str]]) -> list[Scored]:
        """The score of each (folded sentence, field), in the same order."""
        if not told:
            return []
        french, textcat = self._pipeline, self._pipeline.get_pipe("textcat_multilabel")
        with french.memory_zone():  # words never seen before are forgotten again: memory stays flat
            rows = textcat.predict([_doc(french, *one) for one in told]).tolist()
        names = list(textcat.labels)
        return [_scored(dict(zip(names, row, strict=True))) for row in rows]

    def completed(self, notice: Notice, reading: Classification) -> Classification:
        """``reading`` with what this reader proposes beside it; no status changes.

        A label is proposed once a lot, by its likeliest sentence, and only where the rules read nothing like it.
        """
        lots = {lot.number: lot for lot in reading.lots}
        shared = lots[None].findings
        for number, finding in self._proposals(notice, lots):
            lot = lots[number]
            if not _idle(finding.label, (*lot.findings, *shared)):
                lots[number] = replace(lot, findings=(*lot.findings, finding))
        return replace(reading, lots=tuple(lots.values()))

    def _proposals(
        self, notice: Notice, known: Mapping[str | None, LotReading]
    ) -> Iterator[tuple[str | None, Finding]]:
        """The lots and findings that pass the threshold, likeliest first."""
        places = [place for place in silent_sentences(notice) if place[2] - place[1] >= settings().shortest]
        told = [(fold(notice.passages[at].text[start:end]), notice.passages[at].field) for at, start, end in places]
        scored = sorted(zip(self.scores(told), places, told, strict=True), key=lambda one: -one[0].score)
        for one, (index, start, _), (sentence, _) in scored:
            if one.score < self.threshold:
                return
            statement = Statement(one.label, "affirmed", 0, len(sentence), RULE, f"{one.score:.2f}")
            for said in attach(statement, sentence, notice, index, start):
                finding = replace(said.finding, proposed=True)
                numbers = (None,) if said.lots is None or said.excepted else said.lots
                for number in numbers:
                    yield (number if number in known else None), finding


def _idle(label: str, findings: Iterable[Finding]) -> bool:
    """Whether what was read says as much as a proposal of ``label``: it, its family or something more precise."""
    read = {one.label for one in findings}
    if label in _VAGUE:
        return bool(read & (_SPECIFIC | {label}))
    return label in read or (label in RESERVED and bool(read & RESERVED))


def _scored(row: Mapping[str, float]) -> Scored:
    best = max((name for name in row if name != _ANY), key=lambda name: (row[name], name))
    return Scored(cast(Label, best), row[_ANY])


def load(folder: Path = SHIPPED) -> SecondReader:
    """The reader trained into ``folder``, the shipped one by default. Raises DataFileError when it cannot be used."""
    try:
        card = only(json.loads((folder / _CARD).read_text(encoding="utf-8")), _CARD, {
            "labels": list, "threshold": float, "ngram": int, "length": int, "kept_numbers": str, "sentences": int,
            "with_lever": int,
        })  # fmt: skip
        french = pipeline(card["labels"], card["ngram"], card["length"], exclusive=False)
        french.get_pipe("textcat_multilabel").model.from_bytes((folder / _MODEL).read_bytes())
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataFileError(
            f"{folder} : modèle du second lecteur illisible ({error}) ; refaites-le avec scanner train."
        ) from error
    return SecondReader(french, card["threshold"])


def train(labelled: Sequence[Labelled], folder: Path) -> SecondReader:
    """Trains on ``labelled`` and writes the model into ``folder``; the same sentences give the same bytes.

    Raises DataFileError when nothing can be learnt: at least one sentence with a lever and one without are needed.
    """
    wanted = settings()
    reader = fit(labelled)
    folder.mkdir(parents=True, exist_ok=True)
    textcat = reader._pipeline.get_pipe("textcat_multilabel")
    (folder / _MODEL).write_bytes(textcat.model.to_bytes())
    card = {
        "labels": list(textcat.labels), "threshold": wanted.threshold, "ngram": wanted.ngram, "length": wanted.length,
        "kept_numbers": wanted.kept_numbers, "sentences": len(labelled),
        "with_lever": sum(bool(one.labels) for one in labelled),
    }  # fmt: skip
    (folder / _CARD).write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return reader


def fit(labelled: Sequence[Labelled]) -> SecondReader:
    """A reader trained on ``labelled``, kept in memory."""
    from spacy.training import Example
    from spacy.util import fix_random_seed, minibatch

    wanted = settings()
    present = [label for label in LABELS if any(label in one.labels for one in labelled)]
    if not present or all(one.labels for one in labelled):
        raise DataFileError(
            "rien à apprendre : il faut des phrases qui portent un dispositif et d'autres qui n'en portent pas."
        )
    fix_random_seed(wanted.seed)
    french = pipeline([*present, _ANY], wanted.ngram, wanted.length, exclusive=False)
    examples = []
    for one in labelled:
        cats = {label: float(label in one.labels) for label in present} | {_ANY: float(bool(one.labels))}
        examples.append(Example.from_dict(_doc(french, fold(one.text), one.field), {"cats": cats}))
    from thinc.api import Adam

    optimizer = Adam(wanted.learn_rate, L2=0.0)
    shuffled = random.Random(wanted.seed)
    for _ in range(wanted.epochs):
        shuffled.shuffle(examples)
        for batch in minibatch(examples, wanted.batch):
            french.update(batch, sgd=optimizer)
    return SecondReader(french, wanted.threshold)


def sentences_labelled(files: Iterable[Path]) -> list[Labelled]:
    """The examples of the rules and confusers, the ordinary sentences, those of ``files``; each (sentence, field) once.

    ``.tsv``: labelled passages, with a column ``field`` or not; ``.jsonl`` and ``.jsonl.gz``: labelled notices, whose
    ``gold_quotes`` say which sentences carry what. Raises DataFileError, one French sentence, on an unreadable file.
    """
    found: dict[tuple[str, str], Labelled] = {}
    for one in (*_of_data(), *(one for path in files for one in _of_file(path))):
        known = found.setdefault((fold(one.text), one.field), one)
        if one.labels - known.labels:
            found[fold(one.text), one.field] = replace(known, labels=known.labels | one.labels)
    return list(found.values())


def _of_data() -> Iterator[Labelled]:
    for rule in rules():
        field = "conditions" if not rule.fields or "conditions" in rule.fields else min(rule.fields)
        for kind, said in rule.examples.items():
            labels = frozenset({rule.label}) if kind in {"affirmed", "conditional"} else frozenset()
            for sentence in said:
                yield Labelled(sentence.replace("[[", "").replace("]]", ""), field, labels, f"règle {rule.id}")
    for confuser in confusers().values():
        for sentence in confuser.silent:
            yield Labelled(sentence, "conditions", frozenset(), f"confuseur {confuser.id}")
    path = Path(__file__).with_name("ordinary.yml")
    for field, said in only(read_yaml(path), path.name, {}, dict.fromkeys(PASSAGE_FIELDS, list)).items():
        for sentence in texts(said, f"{path.name}, {field}"):
            yield Labelled(sentence, field, frozenset(), "phrase ordinaire")


def _of_file(path: Path) -> Iterator[Labelled]:
    try:
        yield from (_of_passages if path.suffix == ".tsv" else _of_notices)(path)
    except DataFileError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataFileError(
            f"{path} : fichier étiqueté illisible ({error}) ; attendu : avis étiquetés (.jsonl) ou passages (.tsv)."
        ) from error


def _of_passages(path: Path) -> Iterator[Labelled]:
    with path.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        if not {"text", "label", "source"} <= set(rows.fieldnames or ()):
            raise DataFileError(f"{path} : les colonnes text, label, kind et source sont attendues en première ligne.")
        for row in rows:
            labels = _labels(row["label"].split("|"), f"{path}, ligne {rows.line_num}")
            where = row["source"].lower()
            criteria = "critere" in where or "critère" in where or "d_06" in where
            field = row.get("field") or ("criteria" if criteria else "conditions")
            yield Labelled(row["text"], field, labels, row["source"])


def _labels(named: Iterable[str], where: str) -> frozenset[str]:
    labels = frozenset(named) - _NEITHER
    if labels - set(LABELS):
        raise DataFileError(f"{where} : dispositif « {', '.join(sorted(labels - set(LABELS)))} » inconnu, corrigez-le.")
    return labels


def _of_notices(path: Path) -> Iterator[Labelled]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as stream:
        for number, line in enumerate(stream, 1):
            if line.strip():
                yield from _of_notice(json.loads(line), f"{path}, ligne {number}")


def _of_notice(obj: Mapping[str, Any], where: str) -> Iterator[Labelled]:
    """The sentences of a labelled notice; none when the labels of a sentence cannot be told from its quotes."""
    notice = read_notice(obj)
    labels = _labels((label for listed in obj["gold"].values() for label in listed), where)
    quotes = [_quote(said, labels, where) for said in obj.get("gold_quotes", ())]
    if not obj.get("sure", True) or (labels and not quotes):
        return
    for passage in notice.passages:
        proofs = [
            (at, at + len(quote), carried)
            for quote, carried in quotes
            if quote and (at := passage.text.find(quote)) >= 0
        ]
        for start, end in sentences(passage.text):
            here = [carried for low, high, carried in proofs if low < end and start < high]
            if (anchors().next(fold(passage.text[start:end]), 0) < 0 and not here) or (None in here):
                continue  # never scored, or of labels unknown
            carried_here = frozenset().union(*(one for one in here if one))
            yield Labelled(passage.text[start:end], passage.field, carried_here, notice.id)


def _quote(said: Any, labels: frozenset[str], where: str) -> tuple[str, frozenset[str] | None]:
    """A quote and what it carries: its own label, else the only one of the notice, else None (cannot be told)."""
    if isinstance(said, str):
        return said, labels if len(labels) == 1 else None
    return said["quote"], _labels([said["label"]], where)


def _doc(french: Any, folded: str, field: str) -> Any:
    """A sentence as the model reads it: its field, then its words; elided articles apart, numbers as « 0 »."""
    from spacy.tokens import Doc

    return Doc(french.vocab, words=[f"@{field}", *words(folded)])


def words(folded: str) -> list[str]:
    """The words of a folded sentence for the model."""
    kept = re.compile(settings().kept_numbers)
    plain = _NUMBER.sub(lambda found: found.group() if kept.fullmatch(found.group()) else "0", folded)
    return _TOKEN.findall(plain)
