"""What does a notice say of social levers? Coded facts, then its words, attached to lots and rolled up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nlp import legality, structured
from nlp.attach import Said
from nlp.facilitator import UNNAMED, facilitator
from nlp.passage import read_passages
from nlp.text import fold
from scanner.finding import CLAUSES, LABELS, RESERVED, Classification, Finding, LotReading, Status
from scanner.notice import Notice, lot_number

_ORDER = {label: rank for rank, label in enumerate(LABELS)}
_FAMILIES = RESERVED - {"reserve_indetermine"}
_HELPED = frozenset({"clause_insertion", "clause_insertion_facultative"})


def classify(notice: Notice) -> Classification:
    """The reading of one notice, lot by lot; the entry of the whole notice (number None) comes first."""
    said = _helped(notice, [*_coded(notice), *read_passages(notice)])
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
    return tuple(one.finding for one in [*_coded(notice), *read_passages(notice)])


def _coded(notice: Notice) -> list[Said]:
    found = []
    for fact in notice.coded:
        finding = structured.read(fact, notice.kind)
        if finding is not None:
            found.append(Said(finding, (lot_number(fact.lot),) if fact.lot else None))
    return found


def _known_lots(notice: Notice, said: Sequence[Said]) -> list[str]:
    known = [lot_number(lot.number) for lot in notice.lots]
    stated = [*(part.lot for part in notice.passages), *(fact.lot for fact in notice.coded)]
    known += [lot_number(lot) for lot in stated if lot]
    known += [number for one in said for number in one.lots or ()]
    return sorted(dict.fromkeys(known), key=lambda number: (len(number), number))


def _targets(one: Said, known: Sequence[str]) -> list[str | None]:
    if one.lots is None:
        return [None]
    if one.excepted:
        return [number for number in known if number not in one.lots] or [None]
    return list(one.lots)


def _without_contradicted_codes(said: Sequence[Said]) -> list[Said]:
    """Words beat codes: a coded reservation yields to a family the text names, a coded aim to any lever."""
    positive = [one for one in said if one.finding.reading != "denied"]
    families = [one for one in positive if one.finding.passage is not None and one.finding.label in _FAMILIES]
    levers = any(one.finding.label != "objectif_social" for one in positive)

    def stays(one: Said) -> bool:
        if one.finding.passage is not None or one.finding.reading == "denied":
            return True
        if one.finding.label == "objectif_social":
            return not levers
        return not (one.finding.label in RESERVED and any(_same_lots(one, family) for family in families))

    return [one for one in said if stays(one)]


def _same_lots(one: Said, other: Said) -> bool:
    return one.lots is None or other.lots is None or other.excepted or bool(set(one.lots) & set(other.lots))


def _except_note(number: str) -> str:
    return f"SAUF_LOT_{number}"


def _with_exception(one: Said, number: str | None) -> Finding:
    if number is not None or not one.excepted:
        return one.finding
    return replace(one.finding, notes=(*one.finding.notes, *map(_except_note, one.lots or ())))


def _helped(notice: Notice, said: Sequence[Said]) -> list[Said]:
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


def _noted(notice: Notice, said: Sequence[Said]) -> list[Said]:
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
