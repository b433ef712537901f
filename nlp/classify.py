"""What does a notice say of social levers? Coded facts, then its words, attached to lots and rolled up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import re2

from nlp import legality, structured
from nlp.facilitator import UNNAMED, facilitator
from nlp.lots import LotMention, mentions, own_lot
from nlp.match import Statement, read_sentence
from nlp.quantities import quantities
from nlp.rules import anchors, cues
from nlp.scope import clause
from nlp.text import fold, sentence_around, sentences, trimmed
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
from scanner.notice import Notice, lot_number

_ORDER = {label: rank for rank, label in enumerate(LABELS)}
_OLD = re2.compile(r"au lieu de ?:|apres la mention|texte (?:initial|supprime)|supprimer ?:")
_NEW = re2.compile(r"\blire ?:|\bajouter ?:|remplacer par|remplace par|il (?:convient|faut) (?:de )?lire|nouveau texte")
_ANAPHORA = re2.compile(r"^(?:cette|ces|elles?|ce(?:lle|tte)-ci|le detail|ce dispositif|le respect) ?")
_BREAK = re2.compile(r"\b(?:mais|toutefois|cependant|en revanche|par contre)\b")
_SAME = re2.compile(r"^(?:cette (?:clause|action)|ces (?:clauses|actions|dernieres)|cette derniere)\b")
_FOLLOWS = re2.compile(
    r"^(?:dans ce cadre|a ce titre|a cet effet|pour ce|cette|ces |ce nombre|le nombre|le detail|la duree)"
)
_WORK = re2.compile(r"heures|[0-9] ?h\b|insertion")
#: How many sentences after one that holds an anchor may still speak of its clause.
_FOLLOWING = 6
#: Longest sentence shown whole, in characters.
_PROOF = 400
_QUANTIFIED = frozenset({"clause_insertion", "clause_insertion_facultative", "clause_formation_stage"})
_HELPED = frozenset({"clause_insertion", "clause_insertion_facultative"})


@dataclass(frozen=True, slots=True)
class _Said:
    """A finding and the lots it names: None = the whole notice; ``excepted`` = every known lot but these."""

    finding: Finding
    lots: tuple[str, ...] | None
    excepted: bool = False


def classify(notice: Notice) -> Classification:
    """The reading of one notice, lot by lot; the entry of the whole notice (number None) comes first."""
    said = _helped(notice, [*_coded(notice), *_words(notice)])
    said = _without_contradicted_codes(_noted(notice, said))
    known = _known_lots(notice, said)
    by_lot: dict[str | None, list[Finding]] = {None: [], **{number: [] for number in known}}
    for one in said:
        for number in _targets(one, known):
            by_lot[number].append(_with_exception(one, number))
    shared = _visible(by_lot[None], ())
    lots = [LotReading(None, _status(notice, shared), tuple(shared))]
    for number in known:
        common = [one for one in shared if _except_note(number) not in one.notes]
        own = _visible(by_lot[number], common)
        lots.append(LotReading(number, _status(notice, [*own, *common]), tuple(own)))
    return Classification(notice.id, notice.source, notice.kind, tuple(lots))


def everything(notice: Notice) -> tuple[Finding, ...]:
    """Every finding of the notice, hidden ones included, in order of place."""
    return tuple(one.finding for one in [*_coded(notice), *_words(notice)])


def _coded(notice: Notice) -> list[_Said]:
    found = []
    for fact in notice.coded:
        finding = structured.read(fact)
        if finding is not None:
            found.append(_Said(finding, (lot_number(fact.lot),) if fact.lot else None))
    return found


def _words(notice: Notice) -> list[_Said]:
    found: list[_Said] = []
    for index, passage in enumerate(notice.passages):
        folded = fold(passage.text)
        if anchors().next(folded, 0) >= 0:
            found += _look_back(_passage(notice, index, folded), folded, passage.text)
    return found


def _passage(notice: Notice, index: int, folded: str) -> list[_Said]:
    """What one passage says: its sentences that hold an anchor, and the few that follow a clause and complete it."""
    passage = notice.passages[index]
    plain = folded.encode() if folded.isascii() else folded
    old = old_text(folded)
    found: list[_Said] = []
    recent: list[_Said] = []
    end, patience = 0, 0
    while end < len(folded) and (at := end if patience else anchors().next(plain, end)) >= 0:
        start, end = sentence_around(passage.text, at, end)
        if any(low <= start < high for low, high in old):
            continue
        start, stop = trimmed(passage.text, start, end)
        sentence = folded[start:stop]
        told = [
            placed
            for one in read_sentence(sentence, passage.field).statements
            for placed in _place(one, sentence, notice, index, start)
        ]
        if any(one.finding.label in _QUANTIFIED for one in told):
            found, recent, patience = found + recent, _inherit(told, recent, sentence), _FOLLOWING
            continue
        patience = max(0, patience - 1)
        recent = _carry(recent, sentence) if recent and patience else recent
        found += told
    return found + recent


def _look_back(said: list[_Said], folded: str, text: str) -> list[_Said]:
    """Clauses of one passage that state no volume, completed by hours written lot by lot before them."""
    clauses = [one for one in said if one.finding.label in _QUANTIFIED and one.finding.reading != "denied"]
    if not clauses or any(one.finding.hours or one.finding.lot for one in clauses):
        return said
    for start, end in sentences(text):
        per_lot = _hours_per_lot(folded[start:end]) if "emploi" in folded[start:end] else {}
        if per_lot:
            rest = [one for one in said if one is not clauses[0]]
            return [*rest, *(_Said(replace(clauses[0].finding, hours=h), (n,)) for n, h in per_lot.items())]
    return said


def _inherit(said: list[_Said], recent: list[_Said], sentence: str) -> list[_Said]:
    """« Le lot 1 … Dans ce cadre, … heures d'insertion »: what follows on is about the same lots."""
    before = next((one for one in recent if one.lots and not one.excepted), None)
    if before is None or not _FOLLOWS.search(sentence) or any(one.lots for one in said):
        return said
    return [replace(one, lots=before.lots) for one in said]


def old_text(folded: str) -> list[tuple[int, int]]:
    """The spans of a rectification that quote the replaced text (« au lieu de … lire … », « après la mention … »)."""
    spans = []
    for opening in _OLD.finditer(folded):
        closing = _NEW.search(folded, opening.end())
        if closing:
            spans.append((opening.start(), closing.start()))
    return spans


def _carry(recent: list[_Said], sentence: str) -> list[_Said]:
    """``recent`` clauses completed by the sentence that follows: its lots, its hours, the choice it leaves."""
    follows = _ANAPHORA.search(sentence) is not None
    if _SAME.search(sentence) and cues().facultative.search(sentence):
        return [replace(one, finding=_free(one.finding)) for one in recent]
    if not follows and not _WORK.search(sentence):
        return recent
    own = next((one for one in recent if one.finding.label in _QUANTIFIED), None)
    if own is None or own.finding.reading == "denied" or own.finding.lot is not None:
        return recent
    rest = [one for one in recent if one is not own]
    per_lot = _hours_per_lot(sentence)
    if per_lot and own.finding.hours and own.lots:
        fresh = {n: h for n, h in per_lot.items() if not any(n in (one.lots or ()) for one in recent)}
        return [*recent, *(_Said(replace(own.finding, hours=h), (n,)) for n, h in fresh.items())]
    if per_lot and not own.finding.hours:
        kept = [own] if own.lots and not set(own.lots) <= set(per_lot) else []
        return [*rest, *kept, *(_Said(replace(own.finding, hours=h), (n,)) for n, h in per_lot.items())]
    named = _lots_of(mentions(sentence), mentions(sentence))
    if named and own.lots is None and follows:
        own = replace(own, lots=named.numbers, excepted=named.excepted)
    hours = tuple(q.hours for q in quantities(sentence) if q.hours)
    percent = tuple(q.percent for q in quantities(sentence) if q.percent and q.percent.of in {"hours", "labour"})
    if hours and not own.finding.hours:
        own = replace(own, finding=replace(own.finding, hours=hours))
    if percent and not own.finding.percent:
        own = replace(own, finding=replace(own.finding, percent=percent))
    return [*rest, own]


def _free(finding: Finding) -> Finding:
    bound = "obligatoire" in finding.quote.lower()
    if finding.label != "clause_insertion" or finding.reading == "denied" or bound:
        return finding
    return replace(finding, label="clause_insertion_facultative", reading="conditional")


def _place(one: Statement, sentence: str, notice: Notice, index: int, offset: int) -> Iterable[_Said]:
    passage = notice.passages[index]
    start, end = (offset + at for at in _proof(one, sentence))
    base = Finding(
        one.label, one.reading, index, passage.field, passage.lot, start, end, passage.text[start:end], one.rule,
        one.cue,
    )  # fmt: skip
    per_lot = _hours_per_lot(sentence) if one.label in _QUANTIFIED else {}
    named = _named(one, sentence)
    own = own_lot(passage)
    if own is not None and not per_lot and not (named and named.numbers):
        hours, percent = _amounts(one, sentence)
        return [_Said(replace(base, hours=hours, percent=percent), (own,))]
    if per_lot and one.reading != "denied":
        return [_Said(replace(base, hours=hours), (number,)) for number, hours in per_lot.items()]
    hours, percent = _amounts(one, sentence)
    return [_Said(replace(base, hours=hours, percent=percent), named.numbers or None if named else None,
                  bool(named and named.excepted))]  # fmt: skip


def _proof(one: Statement, sentence: str) -> tuple[int, int]:
    """What a reader is shown: the whole sentence, or the words around the statement when it runs on too long."""
    start, end = 0, len(sentence)
    if end > _PROOF:
        start = sentence.find(" ", max(0, one.start - _PROOF // 2), one.start) + 1 if one.start > _PROOF // 2 else 0
        after = one.end + _PROOF // 2
        end = max(sentence.rfind(" ", one.end, after), one.end) if after < end else end
    inside = sentence[start:end]
    return start + len(inside) - len(inside.lstrip()), start + len(inside.rstrip())


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
    low, high = clause(sentence, one.start, one.end)
    if one.label in RESERVED and sentence.count("reserv") > 1:
        before = [mention for mention in found if mention.numbers and mention.end <= one.end]
        if before and not before[-1].excepted:
            return before[-1]
    near = [mention for mention in found if low <= mention.start < high]
    breaks = [hit.start() for hit in _BREAK.finditer(sentence)]
    left = max((at for at in breaks if at < one.start), default=0)
    right = min((at for at in breaks if at >= one.end), default=len(sentence))
    return _lots_of(near, [mention for mention in found if left <= mention.start < right])


def _lots_of(near: Sequence[LotMention], found: Sequence[LotMention]) -> LotMention | None:
    excepted = [mention for mention in found if mention.excepted]
    if any(mention.everything for mention in near or found):
        return excepted[0] if excepted else None
    chosen = [mention for mention in near or found if mention.numbers and not mention.excepted]
    if not chosen:
        return excepted[0] if excepted else None
    numbers = tuple(dict.fromkeys(number for mention in chosen for number in mention.numbers))
    return replace(chosen[0], numbers=numbers)


def _known_lots(notice: Notice, said: Sequence[_Said]) -> list[str]:
    known = [lot_number(lot.number) for lot in notice.lots]
    stated = [*(part.lot for part in notice.passages), *(fact.lot for fact in notice.coded)]
    known += [lot_number(lot) for lot in stated if lot]
    known += [number for one in said for number in one.lots or ()]
    return sorted(dict.fromkeys(known), key=lambda number: (len(number), number))


def _targets(one: _Said, known: Sequence[str]) -> list[str | None]:
    if one.lots is None:
        return [None]
    if one.excepted:
        return [number for number in known if number not in one.lots] or [None]
    return list(one.lots)


def _without_contradicted_codes(said: Sequence[_Said]) -> list[_Said]:
    """Words beat codes: a coded reservation yields to a family the text names, a coded aim to any lever."""
    positive = [one.finding for one in said if one.finding.reading != "denied"]
    worded = {finding.label for finding in positive if finding.passage is not None}
    families = worded & (RESERVED - {"reserve_indetermine"})
    levers = {finding.label for finding in positive} - {"objectif_social"}

    def stays(finding: Finding) -> bool:
        if finding.passage is not None or finding.reading == "denied":
            return True
        if finding.label == "objectif_social":
            return not levers
        return not (finding.label in RESERVED and families)

    return [one for one in said if stays(one.finding)]


def _except_note(number: str) -> str:
    return f"SAUF_LOT_{number}"


def _with_exception(one: _Said, number: str | None) -> Finding:
    if number is not None or not one.excepted:
        return one.finding
    return replace(one.finding, notes=(*one.finding.notes, *map(_except_note, one.lots or ())))


def _helped(notice: Notice, said: Sequence[_Said]) -> list[_Said]:
    """Clauses with the guichet or facilitator named beside them, else elsewhere in the notice."""
    if not any(one.finding.label in _HELPED and one.finding.reading != "denied" for one in said):
        return list(said)
    named = [facilitator(passage.text, fold(passage.text)) for passage in notice.passages]
    first = next((name for name in named if name not in ("", UNNAMED)), UNNAMED if UNNAMED in named else "")

    def helper(finding: Finding) -> str:
        if finding.label not in _HELPED or finding.reading == "denied" or finding.passage is None:
            return ""
        return named[finding.passage] or first

    return [replace(one, finding=replace(one.finding, facilitator=helper(one.finding))) for one in said]


def _noted(notice: Notice, said: Sequence[_Said]) -> list[_Said]:
    """``said`` with the legality notes of each finding."""
    codes = legality.notes(notice, [(one.finding, None if one.excepted else one.lots) for one in said])
    return [replace(one, finding=replace(one.finding, notes=notes)) for one, notes in zip(said, codes, strict=True)]


def _visible(own: Sequence[Finding], shared: Sequence[Finding]) -> list[Finding]:
    """``own`` without what a more specific affirmed label hides (labels.md section 4), each proof once."""
    labels = {one.label for one in (*own, *shared) if one.reading != "denied"}
    hidden: set[str] = set()
    if labels & RESERVED - {"reserve_indetermine"}:
        hidden.add("reserve_indetermine")
    if labels - {"objectif_social"}:
        hidden.add("objectif_social")
    if labels & {"clause_insertion_facultative", *CLAUSES, *RESERVED}:
        hidden.add("clause_sociale_generique")
    sure = {one.label for one in (*own, *shared) if one.reading == "affirmed"}
    kept = [
        one
        for one in own
        if one.reading == "denied"
        or not (
            one.label in hidden
            or (one.reading == "conditional" and one.label in RESERVED and sure & RESERVED)
            or (one.rule == "clause_insertion_condition" and "objet_insertion" in sure)
        )
    ]
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
