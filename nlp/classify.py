"""What does a notice say of social levers? Coded facts, then its words, attached to lots and rolled up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from nlp import structured
from nlp.lots import LotMention, canonical, mentions
from nlp.match import Statement, statements
from nlp.quantities import quantities
from nlp.scope import clause
from nlp.text import fold, sentences
from scanner.finding import (
    CLAUSES,
    LABELS,
    RESERVED,
    Classification,
    Finding,
    Hours,
    LotReading,
    Percent,
    Status,
)
from scanner.notice import Notice

_ORDER = {label: rank for rank, label in enumerate(LABELS)}
_QUANTIFIED = frozenset({"clause_insertion", "clause_insertion_facultative", "clause_formation_stage"})


@dataclass(frozen=True, slots=True)
class _Said:
    """A finding and the lots it names: None = the whole notice; ``excepted`` = every known lot but these."""

    finding: Finding
    lots: tuple[str, ...] | None
    excepted: bool = False


def classify(notice: Notice) -> Classification:
    """The reading of one notice, lot by lot; the entry of the whole notice (number None) comes first."""
    said = [*_coded(notice), *_words(notice)]
    known = _known_lots(notice, said)
    by_lot: dict[str | None, list[Finding]] = {None: [], **{number: [] for number in known}}
    for one in said:
        for number in _targets(one, known):
            by_lot[number].append(one.finding)
    shared = _visible(by_lot[None], ())
    lots = [LotReading(None, _status(notice, shared), tuple(shared))]
    for number in known:
        own = _visible(by_lot[number], shared)
        lots.append(LotReading(number, _status(notice, [*own, *shared]), tuple(own)))
    return Classification(notice.id, notice.source, notice.kind, tuple(lots))


def everything(notice: Notice) -> tuple[Finding, ...]:
    """Every finding of the notice, hidden ones included, in order of place."""
    return tuple(one.finding for one in [*_coded(notice), *_words(notice)])


def _coded(notice: Notice) -> list[_Said]:
    found = []
    for fact in notice.coded:
        finding = structured.read(fact)
        if finding is not None:
            found.append(_Said(finding, (canonical(fact.lot),) if fact.lot else None))
    return found


def _words(notice: Notice) -> list[_Said]:
    found: list[_Said] = []
    for index, passage in enumerate(notice.passages):
        folded = fold(passage.text)
        for start, end in sentences(passage.text):
            sentence = folded[start:end]
            for one in statements(sentence, passage.field):
                found.extend(_place(one, sentence, notice, index, start))
    return found


def _place(one: Statement, sentence: str, notice: Notice, index: int, offset: int) -> Iterable[_Said]:
    passage = notice.passages[index]
    base = Finding(
        one.label, one.reading, index, passage.field, passage.lot, offset + one.start, offset + one.end,
        passage.text[offset + one.start : offset + one.end], one.rule, one.cue,
    )  # fmt: skip
    if passage.lot is not None:
        hours, percent = _amounts(one, sentence)
        return [_Said(replace(base, hours=hours, percent=percent), (canonical(passage.lot),))]
    named = _named(one, sentence)
    per_lot = _hours_per_lot(sentence) if one.label in _QUANTIFIED else {}
    if per_lot and one.reading != "denied":
        return [_Said(replace(base, hours=hours), (number,)) for number, hours in per_lot.items()]
    hours, percent = _amounts(one, sentence)
    return [_Said(replace(base, hours=hours, percent=percent), named.numbers or None if named else None,
                  bool(named and named.excepted))]  # fmt: skip


def _amounts(one: Statement, sentence: str) -> tuple[tuple[Hours, ...], tuple[Percent, ...]]:
    if one.label not in _QUANTIFIED:
        return (), ()
    found = quantities(sentence)
    return tuple(q.hours for q in found if q.hours), tuple(q.percent for q in found if q.percent)


def _hours_per_lot(sentence: str) -> dict[str, tuple[Hours, ...]]:
    """Hours written lot by lot (« lot 2 : 455 h ; lot 5 : 210 h »); empty when the sentence is not such a list."""
    named = [mention for mention in mentions(sentence) if len(mention.numbers) == 1 and not mention.excepted]
    found: dict[str, tuple[Hours, ...]] = {}
    for position, mention in enumerate(named):
        until = named[position + 1].start if position + 1 < len(named) else len(sentence)
        hours = [q.hours for q in quantities(sentence) if q.hours and mention.end <= q.start < until]
        if hours:
            found[mention.numbers[0]] = tuple(hours)
    return found if len(found) > 1 or (found and len(named) == 1) else {}


def _named(one: Statement, sentence: str) -> LotMention | None:
    """The lots a statement is about: those of its clause, else those of the sentence."""
    found = mentions(sentence)
    if not found:
        return None
    low, high = clause(sentence, one.start, one.end)
    near = [mention for mention in found if low <= mention.start < high]
    excepted = [mention for mention in found if mention.excepted]
    if any(mention.everything for mention in near or found):
        return excepted[0] if excepted else None
    chosen = [mention for mention in near or found if mention.numbers and not mention.excepted]
    if not chosen:
        return excepted[0] if excepted else None
    numbers = tuple(dict.fromkeys(number for mention in chosen for number in mention.numbers))
    return replace(chosen[0], numbers=numbers)


def _known_lots(notice: Notice, said: Sequence[_Said]) -> list[str]:
    known = [canonical(lot.number) for lot in notice.lots]
    known += [canonical(part.lot) for part in (*notice.passages, *notice.coded) if part.lot]
    known += [number for one in said for number in one.lots or ()]
    return sorted(dict.fromkeys(known), key=lambda number: (len(number), number))


def _targets(one: _Said, known: Sequence[str]) -> list[str | None]:
    if one.lots is None:
        return [None]
    if one.excepted:
        return [number for number in known if number not in one.lots] or [None]
    return list(one.lots)


def _visible(own: Sequence[Finding], shared: Sequence[Finding]) -> list[Finding]:
    """``own`` without what a more specific affirmed label hides (labels.md section 4), each proof once."""
    labels = {one.label for one in (*own, *shared) if one.reading == "affirmed"}
    hidden: set[str] = set()
    if labels & RESERVED - {"reserve_indetermine"}:
        hidden.add("reserve_indetermine")
    if labels & {"reserve_ea_esat", "reserve_siae", "reserve_cumul"} and any(
        one.label == "reserve_ess" and one.passage is None for one in own
    ):
        hidden.add("reserve_ess")
    if labels - {"objectif_social"}:
        hidden.add("objectif_social")
    if labels & {"objet_insertion", *CLAUSES, *RESERVED} or any(o.label == "clause_insertion_facultative" for o in own):
        hidden.add("clause_sociale_generique")
    kept = [one for one in own if one.reading == "denied" or one.label not in hidden]
    kept = [one for one in kept if not (one.label == "reserve_ess" and one.passage is not None and False)]
    return sorted(dict.fromkeys(kept), key=lambda one: (_ORDER[one.label], one.passage or 0, one.start or 0))


def _status(notice: Notice, findings: Sequence[Finding]) -> Status:
    yes = {one.label for one in findings if one.reading == "affirmed"}
    perhaps = {one.label for one in findings if one.reading == "conditional"}
    if yes & RESERVED:
        return "reserve"
    if "objet_insertion" in yes:
        return "objet_insertion"
    if yes & CLAUSES:
        return "clause"
    if "clause_insertion_facultative" in yes | perhaps or perhaps & (RESERVED | CLAUSES):
        return "facultatif"
    if "critere_social" in yes:
        return "critere"
    if yes & {"clause_sociale_generique", "objectif_social"}:
        return "mention"
    return "rien" if notice.read_in_full else "non_lu"
