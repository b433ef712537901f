"""What does a tender say after each of its notices? Its states in order, the delta of a rectification applied.

A European rectification republishes everything and replaces; a national one states a delta, applied to what it
corrects. Pure: notices and readings in, steps out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from scanner.change import State, changes, devices_of, pattern, told, words
from scanner.finding import CLAUSES, RESERVED, Classification, Finding, Hours, LotReading, status_of
from scanner.notice import Notice, Passage

#: Kinds that tell a tender as a call does; their lots and findings are those of the tender.
CALL_LIKE = ("call", "planning", "intent", "rectification")
#: Kinds after which a tender is no longer a call.
CLOSING = ("award", "cancellation", "modification")
#: Days within which two journals publish the same notice.
_TWIN_DAYS = timedelta(days=10)
_ORDER = ("planning", "call", "rectification", "intent", "award", "modification", "cancellation", "other")
_CLAUSE_LABELS = frozenset({*CLAUSES, "clause_insertion_facultative"})
#: Statuses of a lot whose holder will have people to hire.
_HIRING = ("clause", "facultatif", "objet_insertion")


@dataclass(frozen=True, slots=True)
class Step:
    """One notice of a tender: the notice that tells it from then on, its state, and what changed, in French.

    ``social``: the social content changed.
    """

    notice: Notice
    teller: Notice
    state: State
    changes: tuple[str, ...] = ()
    social: bool = False


def follow(notices: Sequence[Notice], readings: Mapping[str, Classification]) -> tuple[Step, ...]:
    """The steps of a tender, oldest first. ``notices`` in any order; a notice that two journals publish counts once."""
    steps: list[Step] = []
    for notice in once(notices):
        steps.append(_step(steps[-1] if steps else None, notice, readings))
    return tuple(steps)


def once(notices: Sequence[Notice]) -> list[Notice]:
    """The notices oldest first, without what another journal published again; its contact is kept."""
    kept: list[Notice] = []
    for notice in sorted(notices, key=_age):
        rank = next((rank for rank, known in enumerate(kept) if _is_twin(known, notice)), None)
        if rank is None:
            kept.append(notice)
        elif (buyer := kept[rank].buyer) and not buyer.email and notice.buyer and notice.buyer.email:
            kept[rank] = replace(kept[rank], buyers=notice.buyers)
    return kept


def is_full(notice: Notice) -> bool:
    """Whether a rectification republishes everything, as eForms do, instead of stating a delta."""
    return notice.shape == "eforms" or bool(notice.lots)


def _age(notice: Notice) -> tuple[date, int, str, tuple[int, ...], str]:
    digits = tuple(int(part) for part in re.findall(r"\d+", notice.key))
    return notice.published, _ORDER.index(notice.kind), notice.source, digits, notice.id


def _is_twin(known: Notice, notice: Notice) -> bool:
    """The same notice in another journal: same identifier and version; without one, same kind, deadline and days."""
    if known.source == notice.source:
        return False
    if known.notice_uuid and notice.notice_uuid:
        return (known.notice_uuid, known.version) == (notice.notice_uuid, notice.version)
    near = abs(notice.published - known.published) <= _TWIN_DAYS
    return near and known.kind == notice.kind and known.deadline == notice.deadline


def _step(last: Step | None, notice: Notice, readings: Mapping[str, Classification]) -> Step:
    tells = notice.kind == "call" or (notice.kind == "rectification" and is_full(notice))
    tells = tells or (notice.kind in CALL_LIKE and (last is None or last.teller.kind == "planning"))
    if last is None or tells or (notice.kind in CALL_LIKE and last.teller.kind not in CALL_LIKE):
        deadline = notice.deadline or (last.state.deadline if last and last.teller.kind in CALL_LIKE else None)
        state = State(_stated(readings.get(notice.id)), notice.lots, deadline)
        return Step(notice, notice, state, *_sentences(last, notice, state))
    if notice.kind == "rectification":
        state = _corrected(last.state, notice, _news(readings.get(notice.id), readings.get(last.teller.id)))
        return Step(notice, last.teller, state, *_sentences(last, notice, state))
    return Step(notice, last.teller, last.state, *_sentences(last, notice, last.state))


def _sentences(last: Step | None, notice: Notice, state: State) -> tuple[tuple[str, ...], bool]:
    found = (
        changes(last.state, state) if last and last.teller.kind in CALL_LIKE and last.teller.kind != "planning" else ()
    )
    said = [told(change) for change in found]
    social = any(change.social for change in found)
    if notice.kind == "rectification" and (last or not is_full(notice)):
        own = [
            f"texte du rectificatif : « {_short(passage)} »" for passage in notice.passages if passage.field == "change"
        ]
        said = [*said, *own] or ["avis rectificatif"]
    elif notice.kind == "cancellation":
        said = ["procédure annulée"]
    elif notice.kind == "award":
        said = ["marché attribué", *_holders(notice, state)]
    elif notice.kind == "modification":
        said = ["marché modifié"]
    elif notice.kind == "intent" and last:
        said = ["intention de conclure annoncée", *_holders(notice, state)]
    return tuple(dict.fromkeys(said)), social


def _holders(notice: Notice, state: State) -> Iterator[str]:
    """Who won, and for a contract with a clause that this is who will hire."""
    if not notice.holders:
        return
    hires = state.reading is not None and any(lot.status in _HIRING for lot in state.reading.lots)
    many = len(notice.holders) > 1
    who = f"titulaire{'s' if many else ''} : {' ; '.join(dict.fromkeys(notice.holders))}"
    contact = "les entreprises à contacter" if many else "l'entreprise à contacter"
    yield f"{who} : {contact} pour l'embauche" if hires else who


def _short(passage: Passage, width: int = 200) -> str:
    text = " ".join(passage.text.split())
    return text if len(text) <= width else text[:width].rsplit(" ", 1)[0] + " …"


# -- the delta of a national rectification -------------------------------------------------------------------------


def _corrected(state: State, notice: Notice, delta: Classification | None) -> State:
    unreadable = any(coded.field == "deadline" and coded.value == "unreadable" for coded in notice.coded)
    deadline = notice.deadline or (None if unreadable else state.deadline)
    reading = _applied(state.reading, notice, delta) if state.reading and delta else state.reading or delta
    return replace(state, reading=reading and _hours_alone(reading, notice), deadline=deadline)


def _stated(reading: Classification | None) -> Classification | None:
    """The reading of a whole notice: where its body states a device, its summary of changes does not state it again.

    « Les heures passent de 500 à 600 », said of the whole, must not give a clause to each lot; nor may what the
    summary withdraws be read as stated.
    """
    if reading is None or not any(one.field == "change" for lot in reading.lots for one in lot.findings):
        return reading
    body = {one.label for lot in reading.lots for one in lot.findings if one.field != "change"}

    def kept(one: Finding) -> bool:
        return one.field != "change" or not (_withdraws(one) or _family(one.label) & body)

    lots = (replace(lot, findings=tuple(filter(kept, lot.findings))) for lot in reading.lots)
    return _restated(replace(reading, lots=tuple(lots)))


def _news(delta: Classification | None, call: Classification | None) -> Classification | None:
    """``delta`` without what it only repeats of the call: its object and its boxes stand in many rectifications."""
    if delta is None or call is None:
        return delta
    known = {(one.label, one.quote) for lot in call.lots for one in lot.findings}
    lots = (
        replace(
            lot,
            findings=tuple(one for one in lot.findings if one.field == "change" or (one.label, one.quote) not in known),
        )
        for lot in delta.lots
    )
    return replace(delta, lots=tuple(lots))


def _applied(reading: Classification, notice: Notice, delta: Classification) -> Classification:
    """``reading`` once the delta has withdrawn, replaced and added what it says."""
    for lot in delta.lots:
        said = [finding for finding in lot.findings if not _is_old(finding, notice)]
        gone = [one.label for one in said if one.reading == "denied" or _withdraws(one)]
        gone += [
            one.label for one in lot.findings if one not in said and one.label not in {kept.label for kept in said}
        ]
        put = [one for one in said if one.label not in gone]
        for label in gone:
            reading = _without(reading, lot.number, _family(label))
        for finding in put:
            reading = _with(reading, lot.number, finding)
    return _restated(reading)


def _family(label: str) -> frozenset[str]:
    """What goes with a label: one denied reservation, or clause, withdraws them all."""
    return next((family for family in (RESERVED, _CLAUSE_LABELS) if label in family), frozenset({label}))


def _without(reading: Classification, number: str | None, labels: frozenset[str]) -> Classification:
    """``reading`` where the lot no longer has these devices; without a number, no lot has them any more."""
    lots = []
    for lot in reading.lots:
        hit = number is None or lot.number == number
        kept = tuple(one for one in lot.findings if not (hit and one.label in labels and one.reading != "denied"))
        if lot.number is None and number is not None:  # said of the whole: the others keep it
            kept = tuple(
                replace(one, notes=(*one.notes, f"SAUF_LOT_{number}")) if one.label in labels else one for one in kept
            )
        lots.append(replace(lot, findings=kept))
    return replace(reading, lots=tuple(lots))


def _with(reading: Classification, number: str | None, finding: Finding) -> Classification:
    """``reading`` where the lot has the finding in place of what it replaces: the same label, another reservation.

    A delta that names no lot speaks of those that had the device, of the whole contract when none had.
    """
    family = RESERVED if finding.label in RESERVED else frozenset({finding.label})
    holders = [lot.number for lot in reading.lots if any(one.label in family for one in lot.findings)]
    targets = (holders or [None]) if number is None else [number]
    if number is not None:
        reading = _without(reading, number, family)
    lots = {lot.number: lot for lot in reading.lots}
    for target in targets:
        lot = lots.get(target, LotReading(target, "rien"))
        kept = tuple(one for one in lot.findings if one.label not in family)
        lots[target] = replace(lot, findings=(*kept, finding))
    return replace(reading, lots=tuple(lots.values()))


def _restated(reading: Classification) -> Classification:
    """``reading`` with the status of each lot computed again from its findings and those of the whole."""
    lots = []
    for lot in reading.lots:
        lots.append(replace(lot, status=status_of(devices_of(reading, lot.number), lot.status != "non_lu")))
    return replace(reading, lots=tuple(lots))


def _withdraws(finding: Finding) -> bool:
    return finding.passage is not None and bool(pattern("withdrawn").search(_folded(finding.quote)))


def _is_old(finding: Finding, notice: Notice) -> bool:
    """Whether the words that prove it stand in the old text of a replacement: « au lieu de … », before « lire … »."""
    if finding.passage is None or finding.start is None or not 0 <= finding.passage < len(notice.passages):
        return False
    before = _folded(notice.passages[finding.passage].text[: finding.start + _lead(finding)])
    opened = [found.end() for found in pattern("old").finditer(before)]
    return bool(opened) and not pattern("new").search(before, opened[-1])


def _lead(finding: Finding) -> int:
    """The characters of the quote that open it with « au lieu de » or « lire »: they tell which side it is on."""
    folded = _folded(finding.quote[:40])
    found = [match.end() for name in ("old", "new") for match in pattern(name).finditer(folded) if match.start() < 3]
    return max(found, default=0)


def _hours_alone(reading: Classification, notice: Notice) -> Classification:
    """``reading`` with the hours that a delta replaces without repeating the clause: the old figure must be its own."""
    for index, passage in enumerate(notice.passages):
        for written in words()["hours"]:
            for found in re.finditer(written, _folded(passage.text)):
                old, new = (float(found[side].replace(" ", "")) for side in ("old", "new"))
                reading = _rehoured(reading, old, new, index, passage.text)
    return reading


def _rehoured(reading: Classification, old: float, new: float, index: int, text: str) -> Classification:
    def changed(one: Finding) -> Finding:
        if one.reading == "denied" or old not in {hours.value for hours in one.hours}:
            return one
        hours = tuple(Hours(new, hours.per) if hours.value == old else hours for hours in one.hours)
        return replace(one, hours=hours, passage=index, field="change", start=0, end=len(text), quote=text)

    lots = tuple(replace(lot, findings=tuple(map(changed, lot.findings))) for lot in reading.lots)
    return replace(reading, lots=lots)


def _folded(text: str) -> str:
    """Lower case without accents, one character for one: positions stay those of the text."""
    return text.lower().translate(_PLAIN) if len(text.lower()) == len(text) else text.translate(_PLAIN)


_PLAIN = str.maketrans("àâäéèêëîïôöùûüç’\x92\u00a0\u202f\n", "aaaeeeeiioouuuc''   ")
