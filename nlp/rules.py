"""Which rules read the text? Data of ``nlp/rules/*.yml``, checked and compiled to linear-time patterns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

import re2

from nlp.text import fold
from scanner.datafile import DataFileError, only, read_yaml, texts
from scanner.finding import LABELS, Label
from scanner.notice import PASSAGE_FIELDS

_HERE = Path(__file__).parent
_EXAMPLES = ("affirmed", "conditional", "denied", "silent")


@dataclass(frozen=True, slots=True)
class Rule:
    """One way of saying one lever. ``unless`` rejects a match it overlaps, ``unless_inside`` a match it occurs in.

    ``keep`` (``unless_not``) annuls ``unless`` when it occurs in the same sentence. ``fields`` empty = every field.
    """

    id: str
    label: Label
    basis: str
    find: tuple[Any, ...]
    unless: tuple[Any, ...]
    unless_inside: tuple[Any, ...]
    keep: tuple[Any, ...]
    fields: frozenset[str]
    examples: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Cues:
    """Compiled cues of ``cues.yml``: lists of RE2 patterns, each joined in one alternation."""

    terminators: Any
    pseudo: Any
    denied_before: Any
    denied_after: Any
    denied_box: Any
    facultative: Any
    conditional: Any


def compile_pattern(pattern: str, where: str) -> Any:
    """``pattern`` compiled by RE2, ``<name>`` replaced from ``vocabulary.yml``. Raises DataFileError when refused."""
    try:
        return re2.compile(expand(pattern, where))
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
    return tuple(found.values())


def _rule(entry: Any, name: str) -> Rule:
    where = f"{name}, règle {entry.get('id', '?') if isinstance(entry, dict) else '?'}"
    lists = {"unless": list, "unless_inside": list, "unless_not": list, "fields": list}
    only(entry, where, {"id": str, "label": str, "basis": str, "find": list, "examples": dict}, lists)
    examples = {kind: texts(said, where) for kind, said in entry["examples"].items()}
    if set(examples) - set(_EXAMPLES):
        raise DataFileError(f"{where} : exemples {sorted(examples)} ; admis : {', '.join(_EXAMPLES)}.")
    if not examples.get("denied") and not examples.get("silent"):
        raise DataFileError(f"{where} : ajoutez un exemple « denied » ou « silent ».")
    if entry["label"] not in LABELS:
        raise DataFileError(f"{where} : label « {entry['label']} » inconnu, choisissez parmi {', '.join(LABELS)}.")
    fields = frozenset(texts(entry.get("fields", []), where))
    if fields - set(PASSAGE_FIELDS):
        raise DataFileError(f"{where} : champs inconnus {sorted(fields - set(PASSAGE_FIELDS))}, corrigez-les.")
    for kind in ("affirmed", "conditional", "denied"):
        for said in examples.get(kind, ()):
            if not anchors().search(fold(said.replace("[[", "").replace("]]", ""))):
                raise DataFileError(
                    f"{where} : l'exemple « {said} » ne contient aucune ancre, ajoutez son mot à anchors() de rules.py."
                )

    def patterns(key: str) -> tuple[Any, ...]:
        return tuple(compile_pattern(pattern, where) for pattern in texts(entry.get(key, []), where))

    return Rule(
        entry["id"], entry["label"], entry["basis"], patterns("find"), patterns("unless"),
        patterns("unless_inside"), patterns("unless_not"), fields, examples,
    )  # fmt: skip


@cache
def cues() -> Cues:
    """The cues of ``cues.yml``. Raises DataFileError when one is missing or refused."""
    content = read_yaml(_HERE / "cues.yml")
    only(
        content, "cues.yml",
        {"terminators": list, "pseudo": list, "negation": dict, "facultative": dict, "conditional": dict},
    )  # fmt: skip

    def joined(values: Any, where: str) -> Any:
        return compile_pattern("|".join(f"(?:{value})" for value in texts(values, where)), where)

    return Cues(
        joined(content["terminators"], "cues.yml terminators"),
        joined(content["pseudo"], "cues.yml pseudo"),
        joined(content["negation"]["before"], "cues.yml negation.before"),
        joined(content["negation"]["after"], "cues.yml negation.after"),
        joined(content["negation"]["box"], "cues.yml negation.box"),
        joined(content["facultative"]["any"], "cues.yml facultative"),
        joined(content["conditional"]["any"], "cues.yml conditional"),
    )


@cache
def anchors() -> Any:
    """One cheap alternation that every find pattern needs: a sentence without it is skipped."""
    return re2.compile(
        r"reserv|insertion|iae|detenu|entreprises? d|stpa|\brse\b|societa|egalite|rsa\b|plie\b|\bess\b|solidaire"
        r"|social|2113|2112|esat|e\.s\.a\.t|adaptee|protege|handicap|eloign|difficult|apprenti|stag"
        r"|alternan|eleves|exclus|defavoris|siae|pluriannuel d'objectifs|qpv|quartiers|emploi|societal"
    )
