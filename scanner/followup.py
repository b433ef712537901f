"""What does a reader's answer change in what is shown? What was seen stays away until the tender says something else.

Pure rules: an item, the states and the verdicts of ``scanner.feedback`` in, what to show out. Sentences are in
``followup.yml``. Nothing is erased: what a reader calls false is struck.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from scanner.datafile import DataFileError, only, read_yaml, texts
from scanner.edition import Item, ItemLot
from scanner.feedback import ON_READING, ON_SILENCE, Follow, Judged, Judgement, Verdict
from scanner.finding import CLAUSES, LABELS, NOT_BINDING, RESERVED, Finding, status_of

_FILE = Path(__file__).with_name("followup.yml")
#: States under which a lot is not told again as long as nothing changes.
PUT_AWAY = frozenset({"vu", "ecarte"})
#: Signals of an opportunity that the notice does not tell: they change when other contracts are loaded.
_BESIDE = frozenset({"practice"})


@dataclass(frozen=True, slots=True)
class Note:
    """What is told beside a lot. ``kind``: juste, faux_positif, mauvais_dispositif, manque or dce."""

    kind: str
    text: str
    day: date


@dataclass(frozen=True, slots=True)
class Correction:
    """How a lot is shown once readers have spoken: the findings to strike, the notes to tell, oldest first.

    ``found`` is what a reader found where nothing was read, in the tender documents or in the notice.
    ``opportunity``: whether it may still be told as one; False as soon as a reader names something binding.
    """

    struck: tuple[Finding, ...] = ()
    notes: tuple[Note, ...] = ()
    found: tuple[Finding, ...] = ()
    opportunity: bool = True


def fingerprint(item: Item, lot: str | None = None) -> str:
    """A short code of what ``item`` says, the same as long as nothing that matters changes; ``lot``: of this lot alone.

    Kind, deadline, amount, lots (title, CPV), social content (levers, readings, hours, shares) and the reasons of the
    opportunity; not the quotes, the rules, the days left, the figures of reasons nor what the buyer declared on other
    contracts, which move without the notice.
    """
    lots = [one for one in item.lots if lot is None or one.number in (lot, None)]
    told = (
        item.kind, item.deadline.isoformat() if item.deadline else "", item.amount,
        sorted((_lot(one) for one in lots), key=json.dumps),
    )  # fmt: skip
    return sha256(json.dumps(told, ensure_ascii=True).encode()).hexdigest()[:16]


def hidden(state: str, seen_fingerprint: str, fingerprint: str) -> bool:
    """Whether what a reader marked stays away: seen or put aside, and nothing changed since.

    What it said then is unknown (empty ``seen_fingerprint``): it is shown.
    """
    return state in PUT_AWAY and seen_fingerprint != "" and seen_fingerprint == fingerprint


def state_of(states: Sequence[Follow], lot: str | None = None) -> Follow | None:
    """The last state that holds for a lot (None: the whole), of ``states`` oldest first: its own or the whole's."""
    return next((one for one in reversed(states) if one.lot in (lot, None)), None)


def put_away(item: Item, states: Sequence[Follow]) -> bool:
    """Whether the whole of ``item`` stays away: each of its lots is hidden by its last state; states oldest first."""
    numbers: list[str | None] = [one.number for one in item.lots if one.number is not None]
    held = [state_of(states, number) for number in numbers or [None]]
    now = {state.lot: fingerprint(item, state.lot) for state in held if state}
    return all(state and hidden(state.state, state.fingerprint, now[state.lot]) for state in held)


def standing(verdicts: Sequence[Verdict], lot: str | None = None) -> tuple[Verdict, ...]:
    """The verdicts that hold for a lot (or the whole), oldest first: a later one supersedes.

    What is said of the reading (juste, faux_positif, mauvais_dispositif) has one last word, or one a lever when it
    names it; what was missed (manque, dce) adds up by lever, until a later faux_positif calls it false.
    """
    held: dict[tuple[str, str], Verdict] = {}
    for one in (verdict for verdict in verdicts if verdict.lot in (lot, None)):
        if one.verdict in ON_READING:
            for key in [key for key in held if _annuls(one, held[key])]:
                del held[key]
        held.pop(_channel(one), None)
        held[_channel(one)] = one
    return tuple(held.values())


def corrected(lot: ItemLot, verdicts: Sequence[Verdict]) -> Correction:
    """How ``lot`` is shown under the verdicts of its tender, oldest first."""
    holding = standing(verdicts, lot.number)
    struck = tuple(finding for finding in lot.findings if _last_word(holding, finding) == "faux_positif")
    notes = tuple(Note(one.verdict, _sentence(one), one.given) for one in holding if _speaks(one, lot))
    named = [_named(one) for one in holding if one.verdict in ON_SILENCE and one.label]
    return Correction(struck, notes, tuple(named), status_of(named) in NOT_BINDING)


def judged(item: Item, verdict: Verdict) -> tuple[Judged, ...]:
    """The findings of ``item`` that a verdict on the reading is about, as they stand; none for manque and dce.

    Those of its lot, else of the whole; of the lever alone that juste or faux_positif names.
    """
    if verdict.verdict not in ON_READING:
        return ()
    own = [one for one in item.lots if verdict.lot is None or one.number == verdict.lot]
    lots = own if any(one.findings for one in own) else [one for one in item.lots if one.number is None]
    found = (one for lot in lots for one in lot.findings if one.reading != "denied" and not one.proposed)
    return tuple(
        dict.fromkeys(Judged(one.label, one.rule, one.quote) for one in found if _about(verdict) in ("", one.label))
    )


def judgements(item: Item | None, verdicts: Sequence[Verdict]) -> tuple[Judgement, ...]:
    """Each finding of a tender that was judged, once, with the last verdict on it; ``verdicts`` oldest first.

    ``item`` is the tender as it is read today: a finding that it no longer holds under the same rule is not standing.
    """
    today = {(one.rule, _flat(one.quote)) for lot in (item.lots if item else ()) for one in lot.findings}
    last: dict[tuple[str, str], Judgement] = {}
    for verdict in verdicts:
        for one in verdict.judged:
            key = (one.rule, _flat(one.quote))
            last[key] = Judgement(
                verdict.id, verdict.lot, one.rule, one.label, one.quote, verdict.verdict == "juste", verdict.verdict,
                verdict.comment, verdict.given, key in today,
            )  # fmt: skip
    return tuple(last.values())


# -- what counts ---------------------------------------------------------------------------------------------------


def _lot(one: ItemLot) -> list[Any]:
    findings = {
        (
            f.label, f.reading, tuple(sorted((h.per, h.value) for h in f.hours)),
            tuple(sorted((p.of, p.value) for p in f.percent)),
        )
        for f in one.findings
        if not f.proposed
    }  # fmt: skip
    signals = one.opportunity.signals if one.opportunity else ()
    reasons = sorted(_lasting(signal.reason for signal in signals if signal.name not in _BESIDE))
    return [one.number or "", _flat(one.title), one.status, sorted(one.cpv), sorted(findings), reasons]


def _lasting(reasons: Iterable[str]) -> Iterator[str]:
    """The reasons without their figures; those that count days are left out."""
    for reason in reasons:
        if not _passing().search(reason):
            yield _flat(re.sub(r"[\d\s.,\u00a0\u202f]+", " ", reason))


def _about(one: Verdict) -> str:
    """The lever that a verdict is about, empty for all: mauvais_dispositif names the right one, not the wrong one."""
    return "" if one.verdict == "mauvais_dispositif" else one.label


def _channel(one: Verdict) -> tuple[str, str]:
    """Verdicts of one channel supersede one another."""
    return ("reading" if one.verdict in ON_READING else one.verdict, _about(one))


def _annuls(later: Verdict, earlier: Verdict) -> bool:
    """Whether a verdict on the reading, given later, takes back an earlier one of another channel."""
    if earlier.verdict in ON_READING:
        return _about(later) == ""
    return later.verdict == "faux_positif" and _about(later) in ("", earlier.label)


def _last_word(holding: Sequence[Verdict], finding: Finding) -> str:
    """The last verdict on a finding, empty when none was given."""
    said = (one for one in reversed(holding) if one.verdict in ON_READING and _judges(one, finding))
    return next((one.verdict for one in said), "")


def _judges(verdict: Verdict, finding: Finding) -> bool:
    """Whether the verdict was given on this finding: its lever, in the words quoted then, or in more or fewer of them.

    Nothing is known of what was shown then: it is about all that is shown.
    """
    if _about(verdict) not in ("", finding.label):
        return False
    told = _flat(finding.quote)
    return not verdict.judged or any(
        one.label == finding.label and (_flat(one.quote) in told or told in _flat(one.quote)) for one in verdict.judged
    )


def _speaks(verdict: Verdict, lot: ItemLot) -> bool:
    """Whether a verdict is told beside a lot: one on findings that are no longer there has nothing to say."""
    if verdict.verdict in ON_SILENCE:
        return True
    return not verdict.judged or any(_judges(verdict, finding) for finding in lot.findings)


def _named(one: Verdict) -> Finding:
    """What a reader found, as a finding, so that the same rule as for the notices says what is binding."""
    return Finding(one.label, "affirmed", None, one.verdict, one.lot, None, None, "oui", "lecteur")  # type: ignore[arg-type]


# -- sentences -----------------------------------------------------------------------------------------------------


def _sentence(one: Verdict) -> str:
    comment = f" : {one.comment}" if one.comment else ""
    device = str(_words()["devices"].get(one.label, ""))
    return str(_words()["notes"][_kind(one)]).format(day=one.given.strftime("%d/%m/%Y"), device=device, comment=comment)


def _kind(one: Verdict) -> str:
    if one.verdict == "dce":
        return "dce_reserve" if one.label in RESERVED else "dce" if one.label in _CLAUSE else "dce_autre"
    return f"{one.verdict}_nomme" if one.label and one.verdict in ("manque", "mauvais_dispositif") else one.verdict


_CLAUSE = CLAUSES | {"clause_insertion_facultative", "clause_sociale_generique"}
_NOTES = (
    "juste", "faux_positif", "mauvais_dispositif", "mauvais_dispositif_nomme", "manque", "manque_nomme", "dce",
    "dce_reserve", "dce_autre",
)  # fmt: skip


@cache
def _words() -> Mapping[str, Any]:
    content: dict[str, Any] = only(read_yaml(_FILE), _FILE.name, {"notes": dict, "devices": dict, "passing": list})
    only(content["notes"], f"{_FILE.name}, notes", dict.fromkeys(_NOTES, str))
    if set(content["devices"]) != set(LABELS):
        raise DataFileError(f"{_FILE.name}, devices : une entrée par dispositif, {', '.join(LABELS)}.")
    return content


@cache
def _passing() -> re.Pattern[str]:
    words = "|".join(map(re.escape, texts(_words()["passing"], f"{_FILE.name}, passing")))
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.I)


def _flat(text: str) -> str:
    return " ".join(text.split()).casefold()
