"""Who buys? One buyer a SIREN, its names and SIRET as aliases; a name alone is joined to it when nothing else could be.

From values to values: the same mentions give the same buyers, in whatever order they came. Rules are in buyers.yml.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz, process
from stdnum.fr import siren as siren_rule

from scanner.datafile import only, read_yaml, texts

_RULES = Path(__file__).with_name("buyers.yml")


@dataclass(frozen=True, slots=True)
class Mention:
    """A buyer as notices or contracts name it, ``count`` times; ``departement`` is where it sits, None if unknown."""

    name: str
    siret: str | None
    siren: str | None
    departement: str | None
    count: int = 1

    @property
    def body(self) -> str | None:
        """The SIREN, stated or that of the SIRET; None when it is none: such a buyer is known by its name only."""
        return _siren(self.siret[:9] if self.siret else self.siren or "")


@dataclass(frozen=True, slots=True)
class Known:
    """A buyer. ``id`` is ``siren:…``, or ``nom:<département>:<folded name>`` when no SIREN is known."""

    id: str
    siren: str | None
    name: str
    departement: str | None
    mentions: int


@dataclass(frozen=True, slots=True)
class Alias:
    """What leads to a buyer: a SIRET, or a name in a département. ``basis`` says why, ``score`` (0-100) how close."""

    buyer: str
    kind: str
    value: str
    departement: str
    basis: str
    score: float


@dataclass(frozen=True, slots=True)
class Doubt:
    """Two buyers that may be one and are kept apart: for a reader to decide."""

    buyer: str
    other: str
    score: float
    reason: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """The buyers of a set of mentions, all sorted."""

    buyers: tuple[Known, ...]
    aliases: tuple[Alias, ...]
    doubts: tuple[Doubt, ...]


def resolve(mentions: Iterable[Mention]) -> Resolved:
    """The buyers behind ``mentions``. DataFileError when buyers.yml cannot be trusted."""
    members: dict[str, list[Mention]] = defaultdict(list)
    alone: dict[tuple[str, str], list[Mention]] = defaultdict(list)
    aliases: set[Alias] = set()
    doubts: set[Doubt] = set()
    for mention in sorted(mentions, key=_order):
        if body := mention.body:
            members[f"siren:{body}"].append(mention)
        elif folded := fold(mention.name):
            alone[mention.departement or "", folded].append(mention)
    known = _by_place(members)
    for (place, folded), those in alone.items():
        named = f"nom:{place}:{folded}"
        target, score, found = _judged(folded, known.get(place, {}), named) if place else (named, 100.0, [])
        members[target] += those
        doubts.update(found)
        basis = "même nom" if score == 100 else "nom proche"
        aliases.update(Alias(target, "nom", one.name, place, basis, round(score, 1)) for one in those)
    for buyer, those in members.items():
        for one in those:
            if one.siret and one.body:
                aliases.add(Alias(buyer, "siret", one.siret, "", "SIREN", 100.0))
            if one.body and one.name:
                aliases.add(Alias(buyer, "nom", one.name, one.departement or "", "SIREN", 100.0))
    buyers = tuple(_known(buyer, those) for buyer, those in sorted(members.items()))
    return Resolved(buyers, tuple(sorted(aliases, key=_sorted_alias)), tuple(sorted(doubts, key=_sorted_doubt)))


@lru_cache(100_000)
def _siren(number: str) -> str | None:
    return number if siren_rule.is_valid(number) else None


@lru_cache(100_000)
def fold(name: str) -> str:
    """``name`` as compared: no accents nor case, acronyms spelt out, empty words out, words sorted."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", name.lower()) if not unicodedata.combining(c))
    drop, synonyms, longest = _vocabulary()
    words = [word for word in re.sub(r"[^a-z0-9]+", " ", bare).split() if word not in drop]
    spelt: list[str] = []
    at = 0
    while at < len(words):
        size = next((n for n in range(longest, 0, -1) if tuple(words[at : at + n]) in synonyms), 0)
        spelt += synonyms[tuple(words[at : at + size])] if size else [words[at]]
        at += size or 1
    return " ".join(sorted(spelt))


def _by_place(members: dict[str, list[Mention]]) -> dict[str, dict[str, set[str]]]:
    """Folded name → buyers with a SIREN, by département."""
    known: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for buyer, those in members.items():
        for one in those:
            if one.departement and (folded := fold(one.name)):
                known[one.departement][folded].add(buyer)
    return known


def _judged(folded: str, names: dict[str, set[str]], named: str) -> tuple[str, float, list[Doubt]]:
    """The buyer that a name alone belongs to, how close it is, and the doubts; itself when nothing is sure."""
    limits = _rules()["thresholds"]
    near = process.extract(
        folded, list(names), scorer=fuzz.ratio, score_cutoff=limits["possible"], limit=limits["shown"]
    )
    close = {name: score for name, score, _ in near}
    sure = {name for name, score in close.items() if score >= limits["sure"] and _figures(name) == _figures(folded)}
    exact = {folded} & close.keys()
    chosen = {buyer for name in (exact or sure) for buyer in names[name]}
    if len(chosen) == 1:
        return chosen.pop(), max(close[name] for name in (exact or sure)), []
    doubts = [
        Doubt(
            named, buyer, round(score, 1), "plusieurs acheteurs de ce nom" if name in (exact or sure) else "nom proche"
        )
        for name, score in close.items()
        for buyer in names[name]
    ]
    words = folded.split()
    longer = (name for name in names if name.count(" ") == len(words) and words[0] in name)
    inside = sorted(name for name in longer if set(words) < set(name.split()))
    doubts += [
        Doubt(named, buyer, round(fuzz.ratio(folded, name), 1), "nom contenu dans l'autre")
        for name in inside[: limits["shown"]]
        if name not in close
        for buyer in names[name]
    ]
    return named, 100.0, doubts


def _figures(name: str) -> list[str]:
    return re.findall(r"\d+", name)


def _known(buyer: str, those: Sequence[Mention]) -> Known:
    """The buyer under its most used name, capitals last, then by alphabet; in the département it is most seen in."""
    names, places = Counter[str](), Counter[str]()
    for one in those:
        if one.name:
            names[one.name] += one.count
        if one.departement:
            places[one.departement] += one.count
    name = min(names, key=lambda name: (-names[name], name.isupper(), name), default="")
    place = min(places, key=lambda place: (-places[place], place), default=None)
    siren = buyer.removeprefix("siren:") if buyer.startswith("siren:") else None
    return Known(buyer, siren, name, place, sum(one.count for one in those))


def _order(mention: Mention) -> tuple[str, ...]:
    return mention.siret or "", mention.siren or "", mention.name, mention.departement or ""


def _sorted_alias(alias: Alias) -> tuple[Any, ...]:
    return alias.buyer, alias.kind, alias.value, alias.departement, alias.basis


def _sorted_doubt(doubt: Doubt) -> tuple[Any, ...]:
    return doubt.buyer, -doubt.score, doubt.other


@cache
def _vocabulary() -> tuple[frozenset[str], dict[tuple[str, ...], list[str]], int]:
    rules = _rules()
    synonyms = {tuple(words.split()): plain.split() for words, plain in rules["synonyms"].items()}
    return frozenset(texts(rules["drop"], _RULES.name)), synonyms, max(map(len, synonyms))


@cache
def _rules() -> dict[str, Any]:
    rules = only(read_yaml(_RULES), _RULES.name, {"thresholds": dict, "synonyms": dict, "drop": list, "cases": dict})
    only(rules["thresholds"], f"{_RULES.name}, thresholds", {"sure": int, "possible": int, "shown": int})
    return rules


def cases() -> Iterator[tuple[str, str, str]]:
    """(verdict, name, other name) of every case written beside the rules."""
    for verdict, pairs in _rules()["cases"].items():
        yield from ((verdict, first, second) for first, second in pairs)
