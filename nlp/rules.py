"""Which rules read the text? Data of ``nlp/rules/*.yml``, checked and compiled to linear-time patterns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

import re2

from nlp.anchors import Needs
from scanner.datafile import DataFileError, only, read_yaml, texts
from scanner.finding import LABELS, Label
from scanner.notice import PASSAGE_FIELDS

_HERE = Path(__file__).parent
_QUIET = re2.Options()
_QUIET.log_errors = False
_EXAMPLES = ("affirmed", "conditional", "denied", "silent")
_MARKED = re.compile(r"\[\[.+\]\]")
#: Letters that no folded text holds: a pattern with one never matches.
_UNFOLDED = re.compile(r"(?<!\\)[A-ZÀ-ÿ]")
_ID = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Find:
    """A pattern and the words (``anchors``) one of which every text that it matches holds."""

    pattern: Any
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Confuser:
    """The words of the field in another sense (language.md section 8). ``says`` tells the reader what they mean."""

    id: str
    says: str
    patterns: tuple[Any, ...]
    silent: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One way of saying one lever. ``unless`` rejects a match it overlaps, ``unless_inside`` a match it occurs in.

    ``unless_not`` annuls the bare patterns of ``unless`` (never a named confuser) when it occurs in the same sentence.
    ``fields`` empty = every field. ``over`` are the rules of the same label that yield when both claim a span.
    """

    id: str
    label: Label
    basis: str
    find: tuple[Find, ...]
    unless: tuple[Confuser, ...]
    unless_inside: tuple[Any, ...]
    unless_not: tuple[Any, ...]
    fields: frozenset[str]
    over: frozenset[str]
    examples: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Cues:
    """Compiled cues of ``cues.yml``: lists of RE2 patterns, each joined in one alternation."""

    terminators: Any
    pseudo: Any
    denied_before: Any
    denied_after: Any
    denied_box: Any
    other_field: Any
    facultative: Any
    conditional: Any
    opening: Any


def compile_pattern(pattern: str, where: str) -> Any:
    """``pattern`` compiled by RE2, ``<name>`` replaced from ``vocabulary.yml``. Raises DataFileError when refused."""
    if _UNFOLDED.search(pattern):
        raise DataFileError(f"{where} : motif « {pattern} » : écrivez-le en minuscules et sans accent.")
    try:
        return re2.compile(expand(pattern, where), _QUIET)
    except re2.error as error:
        raise DataFileError(f"{where} : motif « {pattern} » refusé ({error}), corrigez-le.") from error


def expand(pattern: str, where: str) -> str:
    """``pattern`` with each ``<name>`` replaced by its fragment. Raises DataFileError on an unknown name."""

    def fragment(found: re.Match[str]) -> str:
        name = found.group(1)
        if name not in vocabulary():
            raise DataFileError(f"{where} : « <{name}> » ne figure pas dans vocabulary.yml, ajoutez-le.")
        return f"(?:{vocabulary()[name]})"

    return re.sub(r"<([a-z]\w*)>", fragment, pattern)


@cache
def vocabulary() -> Mapping[str, str]:
    """The named fragments of ``vocabulary.yml``."""
    return cast(Mapping[str, str], read_yaml(_HERE / "vocabulary.yml"))


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule, in file order. Raises DataFileError on a rule that is doubtful or without examples."""
    found: dict[str, Rule] = {}
    for path in sorted((_HERE / "rules").glob("*.yml")):
        for entry in read_yaml(path) or ():
            rule = _rule(entry, path.name)
            if rule.id in found:
                raise DataFileError(f"{path.name} : la règle « {rule.id} » figure deux fois, renommez-en une.")
            found[rule.id] = rule
    for rule in found.values():
        for other in rule.over:
            if other not in found or found[other].label != rule.label:
                raise DataFileError(f"règle {rule.id} : « over: {other} » n'est pas une règle du même label.")
    return tuple(found.values())


def _rule(entry: Any, name: str) -> Rule:
    where = f"{name}, règle {entry.get('id', '?') if isinstance(entry, dict) else '?'}"
    lists = {"unless": list, "unless_inside": list, "unless_not": list, "fields": list, "over": list}
    only(entry, where, {"id": str, "label": str, "basis": str, "find": list, "examples": dict}, lists)
    examples = {kind: texts(said, where) for kind, said in entry["examples"].items()}
    if set(examples) - set(_EXAMPLES):
        raise DataFileError(f"{where} : exemples {sorted(examples)} ; admis : {', '.join(_EXAMPLES)}.")
    if not examples.get("denied") and not examples.get("silent"):
        raise DataFileError(f"{where} : ajoutez un exemple « denied » ou « silent ».")
    if not examples.get("affirmed") and not examples.get("conditional"):
        raise DataFileError(f"{where} : ajoutez un exemple « affirmed » ou « conditional ».")
    for kind in set(examples) - {"silent"}:
        for said in examples[kind]:
            if not _MARKED.search(said):
                raise DataFileError(f"{where} : marquez par [[ ]] ce que « {said} » doit faire citer.")
    if entry["label"] not in LABELS:
        raise DataFileError(f"{where} : label « {entry['label']} » inconnu, choisissez parmi {', '.join(LABELS)}.")
    fields = frozenset(texts(entry.get("fields", []), where))
    if fields - set(PASSAGE_FIELDS):
        raise DataFileError(f"{where} : champs inconnus {sorted(fields - set(PASSAGE_FIELDS))}, corrigez-les.")

    def patterns(key: str) -> tuple[Any, ...]:
        return _patterns(entry.get(key, []), where)

    return Rule(
        entry["id"], entry["label"], entry["basis"],
        tuple(_find(pattern, where) for pattern in texts(entry["find"], where)),
        tuple(_unless(said, where) for said in texts(entry.get("unless", []), where)),
        patterns("unless_inside"), patterns("unless_not"), fields, frozenset(texts(entry.get("over", []), where)),
        examples,
    )  # fmt: skip


def _patterns(listed: Any, where: str) -> tuple[Any, ...]:
    return tuple(compile_pattern(pattern, where) for pattern in texts(listed, where))


def _find(pattern: str, where: str) -> Find:
    compiled = compile_pattern(pattern, where)
    try:
        return Find(compiled, _needs().words(expand(pattern, where)))
    except ValueError as error:
        raise DataFileError(f"{where} : motif « {pattern} » : {error}, ajoutez-en un.") from error


def _unless(said: str, where: str) -> Confuser:
    """The confuser that ``said`` names (``@profession``), or one made of the pattern that it is."""
    if not said.startswith("@"):
        return Confuser("", "", (compile_pattern(said, where),), ())
    if said[1:] not in confusers():
        raise DataFileError(f"{where} : « {said} » ne figure pas dans confusers.yml, ajoutez-le.")
    return confusers()[said[1:]]


@cache
def confusers() -> Mapping[str, Confuser]:
    """Every entry of ``confusers.yml`` by its id."""
    found: dict[str, Confuser] = {}
    for entry in read_yaml(_HERE / "confusers.yml"):
        where = f"confusers.yml, {entry.get('id', '?') if isinstance(entry, dict) else '?'}"
        only(entry, where, {"id": str, "says": str, "find": list, "silent": list})
        if entry["id"] in found or not _ID.fullmatch(entry["id"]) or not entry["silent"]:
            raise DataFileError(f"{where} : il faut un nom unique en minuscules et un exemple « silent ».")
        found[entry["id"]] = Confuser(
            entry["id"], entry["says"], _patterns(entry["find"], where), texts(entry["silent"], where)
        )
    return found


@cache
def _needs() -> Needs:
    return Needs(word_rates())


@cache
def word_rates() -> Mapping[str, int]:
    """How many sentences in a thousand hold each frequent word."""
    return cast(Mapping[str, int], read_yaml(_HERE / "word_rates.yml"))


@cache
def cues() -> Cues:
    """The cues of ``cues.yml``. Raises DataFileError when one is missing or refused."""
    content = read_yaml(_HERE / "cues.yml")
    only(
        content, "cues.yml",
        {"terminators": list, "pseudo": list, "negation": dict, "facultative": dict, "conditional": dict},
    )  # fmt: skip

    def joined(values: Any, where: str) -> Any:
        each = texts(values, where)
        for value in each:
            compile_pattern(value, where)
        return compile_pattern("|".join(f"(?:{value})" for value in each), where)

    return Cues(
        joined(content["terminators"], "cues.yml terminators"),
        joined(content["pseudo"], "cues.yml pseudo"),
        joined(content["negation"]["before"], "cues.yml negation.before"),
        joined(content["negation"]["after"], "cues.yml negation.after"),
        joined(content["negation"]["box"], "cues.yml negation.box"),
        compile_pattern(content["negation"]["other_field"], "cues.yml negation.other_field"),
        joined(content["facultative"]["any"], "cues.yml facultative"),
        joined(content["conditional"]["any"], "cues.yml conditional"),
        joined(content["conditional"]["opening"], "cues.yml conditional.opening"),
    )


class Anchors:
    """The words that the rules need (a text without any says nothing), and the patterns that a sentence matches."""

    def __init__(self, read_by: Iterable[Rule]) -> None:
        self._finds = [(rule, find) for rule in read_by for find in rule.find]
        words = sorted({word for _, find in self._finds for word in find.words})
        self._any = re2.compile("|".join(map(_literal, words)))
        self._filter = re2.Filter()  # tries a pattern only where all the words that it needs stand
        for _, find in self._finds:
            self._filter.Add(find.pattern.pattern)
        self._filter.Compile()

    def next(self, text: str | bytes, position: int) -> int:
        """Where the first anchor of ``text`` stands, from ``position`` on; -1 when there is none."""
        plain = text.encode() if isinstance(text, str) and text.isascii() else text
        found = self._any.search(plain, position)
        return -1 if found is None else int(found.start())

    def candidates(self, text: str | bytes) -> list[tuple[Rule, Find]]:
        """The patterns that ``text`` matches, in the order of the files, each with its rule."""
        return [self._finds[rank] for rank in sorted(self._filter.Match(text) or ())]


def _literal(word: str) -> str:
    return word if word.startswith("\\b") else str(re2.escape(word))


@cache
def anchors() -> Anchors:
    """The anchors of every rule."""
    return Anchors(rules())
