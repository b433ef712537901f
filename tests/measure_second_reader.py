"""What does the second reader find that rules miss, at what price? ``python -m tests.measure_second_reader [FILE…]``

Cross-validation over sources: a notice is read by a model that saw no sentence of its source. The labelled sets are
those of ``../shared`` (or of the folder that VEILLE_SHARED names), the corpus of this repository, and any labelled
notices given as arguments. Prints the figures of the README; says so and goes on when ``../shared`` is absent.
``-v`` lists the false alarms at the threshold of ``nlp/second_reader.yml``.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nlp.match
from nlp.classify import classify
from nlp.report import read_notice
from nlp.rules import rules
from nlp.second_reader import Labelled, SecondReader, fit, sentences_labelled, settings
from scanner.finding import LABELS, Classification
from tests import probes_table

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("VEILLE_SHARED") or ROOT.parent / "shared")
CORPUS = ROOT / "tests" / "corpus" / "notices.jsonl"
FOLDS = 5
THRESHOLDS = (0.3, 0.5, 0.7, 0.8, 0.9, 0.95)


@dataclass
class Price:
    """At one threshold: missed labels found, proofs shown under another label, false alarms, notices that carry one."""

    found: int = 0
    other: int = 0
    false: int = 0
    alarmed: set[str] = field(default_factory=set)


@dataclass
class Measure:
    """A set read by rules that miss ``missed`` of ``gold`` (notice, label) pairs, and the price at each threshold."""

    name: str
    notices: int = 0
    gold: int = 0
    missed: int = 0
    prices: dict[float, Price] = field(default_factory=lambda: {one: Price() for one in THRESHOLDS})
    shown: list[str] = field(default_factory=list)

    def add(self, obj: dict[str, Any], reader: SecondReader) -> None:
        notice = read_notice(obj)
        reading = classify(notice)
        gold = {label for labels in obj["gold"].values() for label in labels}
        missed = gold - _labels(reading)
        self.notices, self.gold, self.missed = self.notices + 1, self.gold + len(gold), self.missed + len(missed)
        for threshold, price in self.prices.items():
            reader.threshold = threshold
            proposed = [one for lot in reader.completed(notice, reading).lots for one in lot.findings if one.proposed]
            found = {one.label for one in proposed} & missed
            price.found += len(found)
            for one in {(one.passage, one.start): one for one in proposed if one.label not in missed}.values():
                proof = any(_text(said) in one.quote or one.quote in _text(said) for said in obj.get("gold_quotes", ()))
                price.other += proof
                price.false += not proof
                if not proof:
                    price.alarmed.add(obj["id"])
                    if threshold == settings().threshold:
                        self.shown.append(f"  {one.cue} {one.label} {obj['id']} {one.field} : {one.quote[:160]!r}")

    def table(self) -> list[str]:
        head = f"{self.name} : {self.notices} avis, {self.gold} dispositifs, dont {self.missed} manqués par les règles"
        lines = [head, "  seuil  retrouvés  preuve sous un autre nom  fausses alertes  avis touchés  précision"]
        for threshold, price in self.prices.items():
            right, every = price.found + price.other, price.found + price.other + price.false
            lines.append(
                f"  {threshold:5.2f}{price.found:11}{price.other:26}{price.false:17}{len(price.alarmed):14}"
                f"{right / every if every else 1:11.2f}"
            )
        return lines


def _labels(reading: Classification) -> set[str]:
    return {one.label for lot in reading.lots for one in lot.findings if one.reading != "denied"}


def _text(said: Any) -> str:
    return said if isinstance(said, str) else said["quote"]


def notices(path: Path) -> list[dict[str, Any]]:
    """The labelled notices of a file, those marked unsure apart."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as stream:
        found = [json.loads(line) for line in stream if line.strip()]
    return [obj for obj in found if obj.get("sure", True)]


def group(obj: dict[str, Any]) -> str:
    """The source of a notice: an invented one is its own; else where and in which month it was published."""
    if obj["id"].startswith("corpus:"):
        return str(obj["id"])
    return f"{obj['source']} {(obj['published'] or obj['id'])[:7]}"


def _folded(name: str) -> int:
    """The fold of a source, the same on every machine."""
    return sum(name.encode()) % FOLDS


def crossed(
    name: str, tested: Sequence[dict[str, Any]], labelled: Sequence[Labelled], source: Callable[[Labelled], str]
) -> Measure:
    """``tested`` read by models trained without the sentences of their sources."""
    measure = Measure(name)
    for fold in range(FOLDS):
        reader = fit([one for one in labelled if _folded(source(one)) != fold])
        for obj in tested:
            if _folded(group(obj)) == fold:
                measure.add(obj, reader)
    return measure


@contextmanager
def without(ids: frozenset[str]) -> Iterator[None]:
    """The reading as it is when the rules ``ids`` are switched off, their anchors kept."""
    genuine = nlp.match._claimed

    def claimed(text: str | bytes, name: str) -> Any:
        return [one for one in genuine(text, name) if one[0].id not in ids]

    nlp.match._claimed = claimed
    nlp.match._read.cache_clear()
    try:
        yield
    finally:
        nlp.match._claimed = genuine
        nlp.match._read.cache_clear()


def switched_off(
    name: str, tested: Sequence[dict[str, Any]], reader: SecondReader, groups: Iterable[frozenset[str]]
) -> str:
    """Each group of rules switched off in turn: of the (notice, label) pairs lost, how many are proposed again."""
    whole = {obj["id"]: _labels(classify(read_notice(obj))) for obj in tested}
    lost, found = 0, dict.fromkeys(THRESHOLDS, 0)
    for ids in groups:
        with without(ids):
            gone, again = _lost_and_found(tested, reader, whole)
        lost += gone
        found = {threshold: found[threshold] + again[threshold] for threshold in found}
    told = ", ".join(f"{count} au seuil {threshold:g}" for threshold, count in found.items())
    return f"{name} : {lost} dispositifs perdus, proposés à nouveau : {told}"


def _lost_and_found(
    tested: Sequence[dict[str, Any]], reader: SecondReader, whole: Mapping[str, set[str]]
) -> tuple[int, dict[float, int]]:
    lost, found = 0, dict.fromkeys(THRESHOLDS, 0)
    for obj in tested:
        if not whole[obj["id"]]:
            continue
        notice = read_notice(obj)
        reading = classify(notice)
        gold = {label for labels in obj["gold"].values() for label in labels}
        gone = (whole[obj["id"]] & gold) - _labels(reading)
        lost += len(gone)
        for threshold in THRESHOLDS if gone else ():
            reader.threshold = threshold
            told = reader.completed(notice, reading).lots
            found[threshold] += len({one.label for lot in told for one in lot.findings if one.proposed} & gone)
    return lost, found


def main(arguments: Iterable[str]) -> None:
    """Every measure, printed."""
    with TemporaryDirectory() as folder:
        table = Path(folder) / "sondes.tsv"
        probes_table.write(table)
        own = [CORPUS, table]
        ours = sentences_labelled(own)
        wordings, real = SHARED / "domain" / "wordings_dev.tsv", SHARED / "real" / "gold" / "notices_dev.jsonl.gz"
        print(f"{len(ours)} phrases du dépôt, dont {sum(bool(one.labels) for one in ours)} porteuses")
        corpus = notices(CORPUS)
        measures = [crossed("corpus inventé, validation croisée par avis", corpus, ours, lambda one: one.source)]
        shipped = fit(ours)
        if real.exists():
            dev = notices(real)
            months = {obj["id"]: group(obj) for obj in dev}
            both = sentences_labelled([*own, wordings, real])
            measures.append(_read_by("avis réels de développement, modèle du dépôt seul", dev, shipped))
            measures.append(
                crossed("les mêmes, appris sur ces sources aussi, validation croisée par source et mois", dev, both,
                        lambda one: months.get(one.source, one.source))
            )  # fmt: skip
        else:
            print(f"{SHARED} absent : les avis réels de développement ne sont pas mesurés (VEILLE_SHARED le situe).")
        for name in arguments:
            measures.append(_read_by(f"{Path(name).name}, modèle du dépôt seul", notices(Path(name)), shipped))
        for measure in measures:
            print("\n".join([*measure.table(), *(measure.shown if "-v" in sys.argv else ()), ""]))
        if real.exists():
            plain = fit([one for one in ours if not one.source.startswith("règle ")])
            alone = [frozenset({rule.id}) for rule in rules()]
            whole = [frozenset(rule.id for rule in rules() if rule.label == label) for label in LABELS]
            print("avis réels de développement, modèle appris sans les exemples des règles")
            print(switched_off("une règle éteinte à la fois", dev, plain, alone))
            print(switched_off("un dispositif éteint à la fois", dev, plain, whole))


def _read_by(name: str, tested: Iterable[dict[str, Any]], reader: SecondReader) -> Measure:
    measure = Measure(name)
    for obj in tested:
        measure.add(obj, reader)
    return measure


if __name__ == "__main__":
    main([one for one in sys.argv[1:] if one != "-v"])
