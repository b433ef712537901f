"""How fast is each step, and how much memory does it take? ``make bench`` prints the table that the README carries.

Notices are generated (``scanner/sample/generator.py``) and taken batch by batch; each measure is the median of three
passes, and each ratio is taken inside one pass. Not a test: nothing here passes or fails. ``--memory`` reads ten times
as many notices as a stream and prints the peak at each tenth; ``--texts`` writes the texts that ``bench_extra`` reads.
"""

from __future__ import annotations

import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import orjson

from feeds import publish
from nlp import match, passage
from nlp.classify import classify
from nlp.rules import rules
from nlp.text import fold
from scanner.issues import IssueLog
from scanner.normalise import normalise
from scanner.notice import Notice, RawNotice
from scanner.run import read
from scanner.sample.generator import notices
from scanner.source import load
from scanner.store import Store
from scanner.understand import BATCH
from spiders.formats import parse

COUNT, PASSES = 20_000, 3
SLOW_COUNT = 500
MEMORY_COUNT, MEMORY_STEPS = 200_000, 10
NOW = datetime(2026, 11, 23, tzinfo=UTC)
COLD_RUNS = 5
#: What each measure is compared with.
JSON, MATCHER = "lire le JSON", "spaCy + Matcher"
WHOLE, ALONE, TWO = "brut → lignes classées", "un processus, temps réel", "deux processus, temps réel"
UNCACHED, WEEK = "classify, sans mémoire des phrases", "édition d'une semaine"
PHRASES, WORDS = "une passe `re` des motifs", "une passe `re` des mots"


class Clock:
    """Seconds spent in each step, added up: of the processor, which other programs disturb less, or of the wall."""

    def __init__(self, now: Callable[[], float] = time.process_time) -> None:
        self.seconds: dict[str, float] = {}
        self._now = now

    @contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        start = self._now()
        yield
        self.seconds[step] = self.seconds.get(step, 0.0) + self._now() - start


def raw_notices(count: int) -> Iterator[RawNotice]:
    for record in notices(count, seed=1):
        yield RawNotice("boamp", str(record["idweb"]), "", NOW, orjson.dumps(record))


def batches(raws: Sequence[RawNotice]) -> Iterator[Sequence[RawNotice]]:
    for at in range(0, len(raws), BATCH):
        yield raws[at : at + BATCH]


def read_json(raws: Sequence[RawNotice]) -> None:
    """The same records, the two documents that each holds as text included."""
    for raw in raws:
        record = orjson.loads(raw.body)
        orjson.loads(record["donnees"])
        orjson.loads(record["gestion"])


def alternation() -> re.Pattern[str]:
    """Every ``find`` pattern of every rule, its vocabulary expanded, in one alternation of Python's ``re``."""
    return re.compile("|".join(f"(?:{find.pattern.pattern})" for rule in rules() for find in rule.find))


def needed_words() -> re.Pattern[str]:
    """The words only that these patterns need (``nlp/anchors.py``): what a naive prefilter would look for."""
    words = {word for rule in rules() for find in rule.find for word in find.words}
    return re.compile("|".join(map(re.escape, sorted(words))))


def count_hits(pattern: re.Pattern[str], texts: Sequence[str]) -> int:
    return sum(1 for text in texts for _ in pattern.finditer(text))


@contextmanager
def no_sentence_cache() -> Iterator[None]:
    cached, passage.read_sentence = passage.read_sentence, partial(match.read_sentence, cached=False)
    yield
    passage.read_sentence = cached


def reading_steps(raws: Sequence[RawNotice]) -> dict[str, float]:
    """Parse, normalise and classify, beside what each is compared with."""
    clock, source, phrases, words = Clock(), load("boamp"), alternation(), needed_words()
    match._read.cache_clear()
    for batch in batches(raws):
        with clock(JSON):
            read_json(batch)
        with clock("parse"):
            drafts = [draft for raw in batch if (draft := parse(raw)[0])]
        with clock("normalise"):
            clean = [normalise(draft, source)[0] for draft in drafts]
        texts = [fold(passage.text) for notice in clean for passage in notice.passages]
        with clock(PHRASES):
            count_hits(phrases, texts)
        with clock(WORDS):
            count_hits(words, texts)
        with clock("classify"):
            for notice in clean:
                classify(notice)
        with clock(UNCACHED), no_sentence_cache():
            for notice in clean:
                classify(notice)
    return clock.seconds


def storing_steps(raws: Sequence[RawNotice]) -> dict[str, float]:
    """From raw records to classified rows and their full-text index, then to the pages of a week."""
    clock = Clock()
    match._read.cache_clear()
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "veille.db") as store:
        for batch in batches(raws):
            with clock(JSON):
                read_json(batch)
            with clock("archive"):
                store.archive(batch)
        with clock(WHOLE):
            read(store, raws, IssueLog())
        with clock(WEEK):
            edition = store.edition(
                date(2026, 10, 19), date(2026, 10, 25), date(2026, 10, 26), territory="", departements=(),
                base_url="https://exemple.invalid/", mission="", contact="",
            )  # fmt: skip
            publish(edition, Path(folder) / "public")
    return clock.seconds


def in_parallel(raws: Sequence[RawNotice]) -> dict[str, float]:
    """The same by one process, then by two, from the archive on, as ``scanner run`` does; seconds of the wall."""
    clock = Clock(time.perf_counter)
    for name, processes in ((ALONE, 1), (TWO, 2)):
        match._read.cache_clear()
        with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "veille.db") as store:
            for batch in batches(raws):
                store.archive(batch)
            with clock(name):
                read(store, store.unread(), IssueLog(), processes=processes)
    return clock.seconds


def comparators(raws: Sequence[RawNotice]) -> dict[str, float]:
    """Blank French of spaCy on whole notices, alone and with a Matcher of the words that the rules need."""
    import spacy
    from spacy.matcher import Matcher

    source, french = load("boamp"), spacy.blank("fr")
    matcher = Matcher(french.vocab)
    for word in sorted({word for rule in rules() for find in rule.find for word in find.words}):
        matcher.add(word, [[{"LOWER": token.text} for token in french.make_doc(word.strip())]])
    clean = [normalise(draft, source)[0] for raw in raws if (draft := parse(raw)[0])]
    texts = ["\n".join(passage.text for passage in notice.passages) for notice in clean]
    clock = Clock()
    match._read.cache_clear()
    with clock("classify"):
        for notice in clean:
            classify(notice)
    with clock("spaCy, découpage"):
        docs = [french.make_doc(text) for text in texts]
    with clock(MATCHER):
        for doc in docs:
            matcher(doc)
    clock.seconds[MATCHER] += clock.seconds["spaCy, découpage"]
    return clock.seconds


def cold_start(raw: RawNotice) -> dict[str, float]:
    """Seconds from the command to its answer, in a fresh process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "avis.json"
        path.write_bytes(raw.body)
        commands = {"`scanner --help`": ["--help"], "`scanner classify` d'un fichier": ["classify", str(path)]}
        return {name: median(_wall(arguments) for _ in range(COLD_RUNS)) for name, arguments in commands.items()}


def _wall(arguments: list[str]) -> float:
    start = time.perf_counter()
    command = [str(Path(sys.executable).with_name("scanner")), *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def memory(count: int = MEMORY_COUNT) -> None:
    """Reads a stream of notices in one process; the peak must not grow with their number."""
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "veille.db") as store:
        stream = raw_notices(count)
        print("| avis lus | mémoire maximale, Mo |\n|---|---|")
        for step in range(1, MEMORY_STEPS + 1):
            for _ in range(count // MEMORY_STEPS // BATCH):
                store.archive(tuple(islice(stream, BATCH)))
            read(store, store.unread(), IssueLog())
            print(f"| {count * step // MEMORY_STEPS} | {_peak():.0f} |", flush=True)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def texts(count: int = SLOW_COUNT) -> None:
    """The texts of notices, one JSON list a line."""
    for notice in _read_notices(raw_notices(count)):
        print(orjson.dumps([passage.text for passage in notice.passages]).decode())


def _read_notices(raws: Iterator[RawNotice]) -> Iterator[Notice]:
    for raw in raws:
        if draft := parse(raw)[0]:
            yield normalise(draft, load("boamp"))[0]


def table(count: int, rows: list[tuple[str, str, list[tuple[float, float]]]]) -> Iterator[str]:
    """One line a measure: its rate, and its time divided by that of what it is compared with, medians of the passes."""
    yield "| mesure | avis/s | temps, rapporté à | rapport |"
    yield "|---|---|---|---|"
    for name, base, pairs in rows:
        seconds, ratio = median(own for own, _ in pairs), median(own / other for own, other in pairs)
        told = f"{ratio:.2f}" if ratio < 10 else f"{ratio:.0f}"
        rate = f"{count / seconds:,.0f}".replace(",", " ")
        yield f"| {name} | {rate} | {base} | {told.replace('.', ',')} |"


def pairs(passes: Sequence[dict[str, float]], step: str, base: str) -> list[tuple[float, float]]:
    return [(seconds[step], seconds[base]) for seconds in passes]


def main(count: int = COUNT) -> None:
    raws = list(raw_notices(count))
    size = sum(len(raw.body) for raw in raws) / count / 1000
    reading, storing, parallel = [], [], []
    for _ in range(PASSES):
        reading.append(reading_steps(raws))
        storing.append(storing_steps(raws))
        parallel.append(in_parallel(raws))
    print(f"{count} avis engendrés, {size:.0f} ko en moyenne ; médiane de {PASSES} passages.\n")
    compared = (
        (reading, JSON, JSON), (reading, PHRASES, JSON), (reading, WORDS, JSON),
        (reading, "classify", PHRASES), (reading, UNCACHED, PHRASES),
        (reading, "classify", WORDS), (reading, UNCACHED, WORDS),
        (reading, "parse", JSON), (reading, "normalise", JSON), (reading, "classify", JSON),
        (storing, "archive", JSON), (storing, WHOLE, JSON), (parallel, TWO, ALONE),
    )  # fmt: skip
    print("\n".join(table(count, [(name, base, pairs(passes, name, base)) for passes, name, base in compared])))
    slow = comparators(raws[:SLOW_COUNT])
    print(f"\n{SLOW_COUNT} avis, une fois :\n")
    names = ("spaCy, découpage", MATCHER)
    print("\n".join(table(SLOW_COUNT, [(name, "classify", [(slow[name], slow["classify"])]) for name in names])))
    print(f"\nÉdition et pages d'une semaine : {median(p[WEEK] for p in storing):.1f} s.".replace(".", ",", 1))
    print("\n| démarrage à froid | secondes |\n|---|---|")
    for name, seconds in cold_start(raws[0]).items():
        print(f"| {name} | {seconds:.2f} |".replace(".", ","))


if __name__ == "__main__":
    options: Any = {"--memory": memory, "--texts": texts}
    arguments = sys.argv[1:]
    command = options[arguments.pop(0)] if arguments and arguments[0] in options else main
    command(*map(int, arguments))
