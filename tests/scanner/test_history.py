"""What changed in a tender: values in, French sentences out; the delta of a national rectification is applied."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from scanner.change import State, changes, told, words
from scanner.finding import LABELS, RESERVED, Classification, Finding, Hours, LotReading, status_of
from scanner.history import Step, follow
from scanner.notice import Coded, Lot, Notice, Passage

CLOSING = datetime(2026, 12, 10, 11, tzinfo=UTC)


def found(label: Any = "clause_insertion", hours: float = 0, reading: Any = "affirmed", **known: Any) -> Finding:
    figures = (Hours(hours, "contract"),) if hours else ()
    base: dict[str, Any] = {"passage": 0, "field": "change", "lot": None, "start": 0, "end": 1, "quote": "x"}
    return Finding(label, reading, **(base | known), rule="r", hours=figures)


def reading(lots: dict[str | None, tuple[Finding, ...]], notice: str = "boamp:26-1") -> Classification:
    entries = ({None: ()} | lots).items()
    return Classification(notice, "boamp", "call", tuple(LotReading(n, status_of(f), f) for n, f in entries))


def state(lots: dict[str | None, tuple[Finding, ...]], numbers: str = "", deadline: datetime | None = CLOSING) -> State:
    return State(reading(lots), tuple(Lot(number, f"Travail {number}") for number in numbers), deadline)


def between(before: State, after: State) -> list[str]:
    return [told(change) for change in changes(before, after)]


CLAUSE, SIAE, CUMUL, ESAT = found(), found("reserve_siae"), found("reserve_cumul"), found("reserve_ea_esat")


@pytest.mark.parametrize(
    ("before", "after", "sentences"),
    [
        ({}, {None: (CLAUSE,)}, ["clause ajoutée : clause d'insertion"]),
        ({None: (CLAUSE,)}, {}, ["clause retirée : clause d'insertion"]),
        ({"1": (), "2": ()}, {"1": (), "2": (CUMUL,)}, ["lot 2 désormais réservé aux EA/ESAT et SIAE"]),
        ({"1": (), "2": (ESAT,)}, {"1": (), "2": (CUMUL,)},
         ["lot 2 désormais réservé aux EA/ESAT et SIAE (auparavant aux EA/ESAT)"]),
        ({"1": (), "2": (), "3": ()}, {"1": (), "2": (SIAE,), "3": (SIAE,)},
         ["lots 2 et 3 désormais réservés aux SIAE"]),
        ({"1": (SIAE,), "2": ()}, {"1": (), "2": ()}, ["réservation retirée : auparavant réservé aux SIAE (lot 1)"]),
        ({"1": (CLAUSE,), "2": ()}, {"1": (SIAE,), "2": ()},
         ["lot 1 désormais réservé aux SIAE", "clause retirée : clause d'insertion (lot 1)"]),
        ({None: (found(hours=500),)}, {None: (found(hours=600),)}, ["heures d'insertion : 500 → 600"]),
        ({None: (CLAUSE,)}, {None: (found(hours=600),)}, ["heures d'insertion : non précisées → 600"]),
        ({}, {None: (found(hours=1200),)}, ["clause ajoutée : clause d'insertion, 1\u202f200 heures"]),
        ({None: (found(reading="conditional"),)}, {None: (CLAUSE,)},
         ["clause d'insertion : facultative ou conditionnelle → ferme"]),
        ({}, {None: (found("critere_social"),)}, ["critère social ajouté"]),
        ({None: (CLAUSE,)}, {None: (CLAUSE,)}, []),
        ({}, {None: (found(reading="denied"),)}, []),
        ({}, {None: (found(proposed=True),)}, []),
        # ce qui est dit de l'ensemble vaut pour chaque lot
        ({None: (CLAUSE,), "1": (), "2": ()}, {"1": (CLAUSE,), "2": (CLAUSE,)}, []),
        ({None: (CLAUSE,), "1": (), "2": ()}, {"1": (CLAUSE,), "2": ()},
         ["clause retirée : clause d'insertion (lot 2)"]),
        ({"1": (), "2": ()}, {None: (CLAUSE,), "1": (), "2": ()}, ["clause ajoutée : clause d'insertion"]),
    ],
)  # fmt: skip
def test_devices_are_compared_lot_by_lot(before: Any, after: Any, sentences: list[str]) -> None:
    assert between(state(before), state(after)) == sentences


def test_lots_and_deadline_come_after_the_social_content() -> None:
    before = state({"1": (CLAUSE,), "2": ()}, "12")
    after = state({"1": (), "3": ()}, "13", CLOSING.replace(day=17))
    assert between(before, after) == [
        "clause retirée : clause d'insertion (lot 1)",
        "lot 3 ajouté : Travail 3",
        "lot 2 retiré : Travail 2",
        "date limite repoussée au 17/12/2026 à 12 h 00 (auparavant le 10/12/2026 à 12 h 00)",
    ]
    assert between(state({}, deadline=CLOSING), state({}, deadline=None)) == [
        "date limite modifiée, illisible ici : ouvrez l'avis (auparavant le 10/12/2026 à 12 h 00)"
    ]
    assert between(state({}, deadline=None), state({})) == ["date limite fixée au 10/12/2026 à 12 h 00"]


def test_a_notice_that_was_not_read_tells_no_change_of_content() -> None:
    assert between(State(None, (), CLOSING), state({None: (CLAUSE,)})) == []


def test_every_label_has_its_words() -> None:
    assert set(words()["devices"]) | set(words()["reserved"]) == set(LABELS)
    assert set(words()["reserved"]) == RESERVED


# -- a life, notice by notice


def notice(key: str, kind: Any, day: int, text: str = "", **known: Any) -> Notice:
    passages = (Passage("change", None, text),) if text else ()
    return Notice(
        f"boamp:{key}", "boamp", key, kind, date(2026, 11, day), "Peinture",
        **({"passages": passages, "shape": "fnsimple"} | known),
    )  # fmt: skip


CALL = notice("26-1", "call", 2, deadline=CLOSING, lots=(Lot("1"), Lot("2")))


def life(*others: tuple[Notice, Classification], call: dict[str | None, tuple[Finding, ...]]) -> tuple[Step, ...]:
    read = {CALL.id: reading({"1": (), "2": ()} | call)} | {one.id: its for one, its in others}
    steps = follow([CALL, *(one for one, _ in others)], read)
    assert steps == follow([one for one, _ in reversed(others)] + [CALL], read), "l'ordre d'arrivée ne change rien"
    return steps


def delta(text: str, *findings: Finding, lot: str | None = None, **known: Any) -> tuple[Notice, Classification]:
    return notice("26-2", "rectification", 9, text, **known), reading({lot: findings}, "boamp:26-2")


def quoted(text: str, part: str, label: Any = "clause_insertion", hours: float = 0, read: Any = "affirmed") -> Finding:
    start = text.index(part)
    return found(label, hours, read, quote=part, start=start, end=start + len(part))


def verbatim(text: str) -> str:
    """The words of a correction, told as its own: what the veille says stands before them."""
    return f"texte du rectificatif : « {text} »"


def test_a_delta_adds_replaces_and_keeps_the_call_as_the_teller() -> None:
    text = "Le lot 2 est désormais réservé."
    steps = life(delta(text, quoted(text, text, "reserve_cumul"), lot="2"), call={None: (found(hours=500),)})
    assert steps[-1].changes == ("lot 2 désormais réservé aux EA/ESAT et SIAE", verbatim(text))
    assert steps[-1].teller == CALL and steps[-1].social
    said = steps[-1].state.reading
    assert said and [(lot.number, lot.status) for lot in said.lots] == [
        (None, "clause"),
        ("1", "clause"),
        ("2", "reserve"),
    ]


@pytest.mark.parametrize(
    ("text", "part", "hours", "sentence"),
    [
        ("Le volume d'insertion est porté de 500 à 600 heures.", "", 0, "heures d'insertion : 500 → 600 (lot 1)"),
        ("Au lieu de : 500 heures d'insertion, lire : 600 heures d'insertion.", "", 0,
         "heures d'insertion : 500 → 600 (lot 1)"),
        ("Au lieu de 500 heures d'insertion. Lire 600 heures d'insertion.", "Lire 600 heures d'insertion.", 600,
         "heures d'insertion : 500 → 600 (lot 1)"),
        ("La clause d'insertion est supprimée.", "La clause d'insertion est supprimée.", 0,
         "clause retirée : clause d'insertion (lot 1)"),
        ("Supprimer : le titulaire réservera 500 heures.", "le titulaire réservera 500 heures.", 500,
         "clause retirée : clause d'insertion (lot 1)"),
        ("Le marché ne comporte plus de clause.", "Le marché ne comporte plus de clause.", 0,
         "clause retirée : clause d'insertion (lot 1)"),
    ],
)  # fmt: skip
def test_a_delta_that_names_no_lot_speaks_of_those_that_had_the_clause(
    text: str, part: str, hours: float, sentence: str
) -> None:
    findings = (quoted(text, part, hours=hours),) if part else ()
    steps = life(delta(text, *findings), call={"1": (found(hours=500),)})
    assert steps[-1].changes == (sentence, verbatim(text))


@pytest.mark.parametrize(
    "text",
    ["Au lieu de 12 heures, lire 16 heures.", "La visite passe de 9 à 11 heures.", "Le plan du lot 1 est joint."],
)
def test_hours_that_are_not_those_of_the_clause_change_nothing(text: str) -> None:
    steps = life(delta(text), call={"1": (found(hours=500),)})
    assert (steps[-1].changes, steps[-1].social) == ((verbatim(text),), False)


def test_a_clause_that_may_no_longer_be_below_a_figure_is_kept() -> None:
    text = "Le volume ne pourra plus être inférieur à 600 heures d'insertion."
    steps = life(delta(text, quoted(text, text, hours=600)), call={"1": (found(hours=500),)})
    assert steps[-1].changes[0] == "heures d'insertion : 500 → 600 (lot 1)"


def test_a_denied_reservation_of_one_lot_leaves_the_others() -> None:
    text = "Le lot 2 n'est plus réservé."
    steps = life(delta(text, quoted(text, text, "reserve_siae"), lot="2"), call={None: (SIAE,)})
    assert steps[-1].changes[0] == "réservation retirée : auparavant réservé aux SIAE (lot 2)"
    said = steps[-1].state.reading
    assert said and [(lot.number, lot.status) for lot in said.lots] == [
        (None, "reserve"),
        ("1", "reserve"),
        ("2", "rien"),
    ]


def test_a_deadline_that_a_delta_changes_unreadably_becomes_unknown() -> None:
    unreadable = (Coded("deadline", None, "unreadable"),)
    steps = life(delta("La date limite est reportée.", coded=unreadable), call={})
    assert steps[-1].state.deadline is None
    later = life(delta("Reportée.", deadline=CLOSING.replace(day=17)), call={})
    assert later[-1].changes[0].startswith("date limite repoussée au 17/12/2026 à 12 h 00")


def test_a_full_rectification_replaces_and_an_intent_does_not() -> None:
    full = notice("26-2", "rectification", 9, lots=(Lot("1"), Lot("2")), shape="eforms")
    intent = notice("26-3", "intent", 20, holders=("Atelier du Val",))
    steps = life((full, reading({"1": (), "2": ()}, full.id)), (intent, reading({}, intent.id)), call={None: (CLAUSE,)})
    assert [step.changes for step in steps] == [
        (), ("clause retirée : clause d'insertion",), ("intention de conclure annoncée", "titulaire : Atelier du Val"),
    ]  # fmt: skip
    assert steps[-1].teller == full


def test_an_award_names_the_company_to_call_when_the_tender_has_a_clause() -> None:
    award = notice("26-9", "award", 25, holders=("Atelier du Val",))
    claused = life((award, reading({}, award.id)), call={"1": (CLAUSE,)})
    assert claused[-1].changes == (
        "marché attribué", "titulaire : Atelier du Val : l'entreprise à contacter pour l'embauche",
    )  # fmt: skip
    plain = life((award, reading({}, award.id)), call={})
    assert plain[-1].changes == ("marché attribué", "titulaire : Atelier du Val")
    cancelled = notice("26-8", "cancellation", 24)
    assert life((cancelled, reading({}, cancelled.id)), call={})[-1].changes == ("procédure annulée",)


def test_the_summary_of_a_full_rectification_does_not_state_again_what_its_body_states() -> None:
    full = notice("26-2", "rectification", 9, lots=(Lot("1"), Lot("2")), shape="eforms")
    body, summary = found(hours=600, field="conditions"), found(hours=600)
    gone = found("reserve_siae", quote="Le lot 2 n'est plus réservé aux SIAE")
    steps = life(
        (full, reading({None: (summary,), "1": (body,), "2": (gone,)}, full.id)), call={"1": (found(hours=500),)}
    )
    assert steps[-1].changes == ("heures d'insertion : 500 → 600 (lot 1)",)
