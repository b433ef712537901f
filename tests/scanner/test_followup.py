"""Does what was seen stay away until something changes, and is what a reader says shown, struck, never erased?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from nlp.verdicts import as_text, precision_by_rule, warning, weak
from scanner.appraisal import Signal
from scanner.edition import Item, ItemLot
from scanner.feedback import Follow, Judged, Judgement, Verdict
from scanner.finding import LABELS, Hours
from scanner.followup import (
    Correction,
    corrected,
    fingerprint,
    hidden,
    judged,
    judgements,
    put_away,
    standing,
    state_of,
)  # fmt: skip
from scanner.listen import judged_findings, listen
from scanner.notice import Lot, Passage
from scanner.store import Store
from tests.chances import chance
from tests.feeds.samples import finding, item, lot
from tests.scanner.test_store import CLAUSE, keep, notice, publish, raw, record, rectification

DAY = date(2026, 11, 24)
FALSE = finding("clause_insertion", "la construction d'un réservoir", rule="clause_large")
TRUE = finding("critere_social", "la performance sociale compte pour 10 points", rule="critere")


def says(verdict: str, lot: str | None = None, label: str = "", comment: str = "", **changes: Any) -> Verdict:
    return Verdict("boamp:26-1", lot, verdict, label, comment, **{"given": DAY, **changes})


def marked(state: str, lot: str | None = None, seen: str = "", reason: str = "") -> Follow:
    return Follow("boamp:26-1", lot, state, reason, DAY, fingerprint=seen)


ITEM: Item = item(
    "26-1", lot("1", score=60), lot("2", "clause", finding("clause_insertion", hours=(Hours(70, "lot"),)))
)


def with_lot(rank: int, **changes: Any) -> Item:
    lots = [replace(one, **changes) if place == rank else one for place, one in enumerate(ITEM.lots)]
    return replace(ITEM, lots=tuple(lots))


# -- what changes, and what does not


HOURS = replace(ITEM.lots[1].findings[0], hours=(Hours(140, "lot"),))
CONDITIONAL = replace(ITEM.lots[1].findings[0], reading="conditional")
LATER = chance("1", 60, "autre métier")


@pytest.mark.parametrize(
    "changed",
    [
        replace(ITEM, deadline=datetime(2026, 12, 21, 11, 0, tzinfo=UTC)), replace(ITEM, deadline=None),
        replace(ITEM, kind="cancellation"), replace(ITEM, amount="120 000 €"), replace(ITEM, lots=ITEM.lots[:1]),
        with_lot(1, findings=(HOURS,)), with_lot(1, findings=(CONDITIONAL,)), with_lot(1, findings=()),
        with_lot(0, opportunity=LATER), with_lot(0, opportunity=None), with_lot(0, title="Autre intitulé"),
        with_lot(0, status="non_lu"), with_lot(0, cpv=("90910000",)),
    ],
)  # fmt: skip
def test_what_a_reader_would_want_to_see_again_changes_the_fingerprint(changed: Item) -> None:
    assert fingerprint(changed) != fingerprint(ITEM)


REWORDED = replace(ITEM.lots[1].findings[0], quote="autres mots", rule="autre", start=4)


@pytest.mark.parametrize(
    "same",
    [
        replace(ITEM, url="https://ailleurs.example.org"), replace(ITEM, links=("lien : x",)),
        replace(ITEM, notice="ted:1-2026"), replace(ITEM, lots=ITEM.lots[::-1]), with_lot(1, findings=(REWORDED,)),
        with_lot(1, findings=(*ITEM.lots[1].findings, finding("critere_social", proposed=True))),
    ],
)  # fmt: skip
def test_what_is_only_said_otherwise_does_not(same: Item) -> None:
    assert fingerprint(same) == fingerprint(ITEM)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("reste 25 jours pour agir", "reste 18 jours pour agir"),
        ("41 % des marchés du métier", "42,5 % des marchés du métier"),
    ],
)
def test_the_days_that_pass_and_the_figures_that_move_are_no_change(before: str, after: str) -> None:
    one, other = (with_lot(0, opportunity=chance("1", 60, reason)) for reason in (before, after))
    assert fingerprint(one) == fingerprint(other)


def test_contracts_loaded_later_do_not_bring_back_what_was_seen() -> None:
    before, after = (
        replace(LATER, signals=(*LATER.signals, Signal("practice", 0, reason)))
        for reason in ("pratique de l'acheteur inconnue", "acheteur déjà engagé : 3 de ses 12 marchés")
    )
    assert fingerprint(with_lot(0, opportunity=before)) == fingerprint(with_lot(0, opportunity=after))


def test_the_fingerprint_of_a_lot_ignores_the_others() -> None:
    changed = with_lot(1, findings=(HOURS,))
    assert fingerprint(changed, "1") == fingerprint(ITEM, "1")
    assert fingerprint(changed, "2") != fingerprint(ITEM, "2")


@pytest.mark.parametrize(
    ("state", "seen", "now", "away"),
    [
        ("vu", "a", "a", True), ("ecarte", "a", "a", True), ("vu", "a", "b", False), ("ecarte", "a", "b", False),
        ("nouveau", "a", "a", False), ("contacte", "a", "a", False), ("vu", "", "a", False), ("vu", "", "", False),
    ],
)  # fmt: skip
def test_what_was_seen_stays_away_until_something_changes(state: str, seen: str, now: str, away: bool) -> None:
    assert hidden(state, seen, now) is away


def test_the_last_state_holds_for_the_lot_and_that_of_the_whole_for_every_lot() -> None:
    states = (marked("vu", "2"), marked("contacte"), marked("ecarte", "1"))
    told = [state_of(states, number) for number in ("1", "2", None)]
    assert [one.state for one in told if one] == ["ecarte", "contacte", "contacte"]
    assert state_of((), "1") is None and state_of((marked("vu", "2"),), None) is None


def test_a_tender_stays_away_when_all_of_its_lots_do() -> None:
    whole = (marked("vu", seen=fingerprint(ITEM)),)
    one, two = (marked("vu", number, fingerprint(ITEM, number)) for number in ("1", "2"))
    assert put_away(ITEM, whole) and put_away(ITEM, (one, two))
    assert not put_away(ITEM, (one,)) and not put_away(ITEM, ())
    assert not put_away(ITEM, (*whole, marked("nouveau")))
    changed = with_lot(1, findings=(HOURS,))
    assert not put_away(changed, whole) and not put_away(changed, (one, two))


# -- what readers correct


MIXED: ItemLot = lot("2", "clause", FALSE, TRUE)


def test_a_false_positive_is_struck_and_still_there() -> None:
    shown = corrected(lot("2", "clause", FALSE), [says("faux_positif", "2", comment="un réservoir d'eau")])
    assert shown.struck == (FALSE,)
    assert shown.notes[0].kind == "faux_positif"
    assert "24/11/2026" in shown.notes[0].text and "un réservoir d'eau" in shown.notes[0].text


def test_a_verdict_strikes_what_was_shown_then_and_not_what_came_later() -> None:
    said = says("faux_positif", judged=(Judged("clause_insertion", "ancienne_regle", FALSE.quote),))
    assert corrected(MIXED, [said]).struck == (FALSE,)
    longer = replace(FALSE, quote=f"pour {FALSE.quote} d'eau potable")
    assert corrected(lot("2", "clause", longer), [said]).struck == (longer,)
    new = finding("clause_insertion", "le titulaire réserve 200 heures à l'insertion")
    assert corrected(lot("2", "clause", new), [said]) == Correction()


def test_a_verdict_that_names_a_lever_is_about_it_alone() -> None:
    assert corrected(MIXED, [says("faux_positif", "2", "critere_social")]).struck == (TRUE,)
    assert corrected(MIXED, [says("faux_positif", "2"), says("juste", "2", "critere_social")]).struck == (FALSE,)


def test_the_last_word_holds() -> None:
    assert corrected(MIXED, [says("faux_positif"), says("juste")]).struck == ()
    assert corrected(MIXED, [says("juste"), says("faux_positif")]).struck == (FALSE, TRUE)
    assert corrected(MIXED, [says("faux_positif"), says("juste", "2")]).struck == ()
    assert [one.verdict for one in standing([says("faux_positif"), says("juste")])] == ["juste"]


def test_a_verdict_on_another_lot_changes_nothing() -> None:
    assert corrected(MIXED, [says("faux_positif", "1"), says("dce", "1", "clause_insertion")]) == Correction()


def test_a_clause_found_in_the_tender_documents_closes_the_opportunity() -> None:
    shown = corrected(lot("1", score=60), [says("dce", "1", "clause_insertion", "article 6 du CCAP")])
    assert shown.opportunity is False
    (note,) = shown.notes
    assert note.kind == "dce" and note.text.startswith("clause trouvée au DCE : clause d'insertion (24/11/2026)")
    assert note.text.endswith("article 6 du CCAP")


@pytest.mark.parametrize("label", LABELS)
def test_only_what_binds_closes_the_opportunity(label: str) -> None:
    binding = label.startswith("reserve_") or label in (
        "objet_insertion", "clause_insertion", "clause_formation_stage",
    )  # fmt: skip
    shown = corrected(lot("1", score=60), [says("dce", None, label)])
    assert shown.opportunity is not binding
    assert "trouvée au DCE" in shown.notes[0].text or "trouvé au DCE" in shown.notes[0].text


def test_what_was_missed_is_told_in_the_words_of_the_reader() -> None:
    shown = corrected(lot("1", score=60), [says("manque", "1", comment="réservé aux ESAT, page 3")])
    assert shown.opportunity and shown.notes[0].text.startswith("oubli signalé par un lecteur")
    assert "réservé aux ESAT, page 3" in shown.notes[0].text
    named = corrected(lot("1", score=60), [says("manque", "1", "reserve_ea_esat")])
    assert not named.opportunity and "réservé aux EA et ESAT" in named.notes[0].text


def test_what_was_missed_adds_up_and_a_later_false_positive_takes_it_back() -> None:
    said = [says("dce", None, "clause_insertion"), says("dce", None, "critere_social"), says("juste")]
    assert [one.kind for one in corrected(lot("1"), said).notes] == ["dce", "dce", "juste"]
    assert corrected(lot("1"), [*said, says("faux_positif")]).opportunity is True


def test_a_comment_with_braces_is_told_as_it_is() -> None:
    assert "{day} {0}" in corrected(MIXED, [says("juste", comment="{day} {0}")]).notes[0].text


def test_what_a_verdict_judges_is_what_was_shown_of_its_lot() -> None:
    denied = finding("reserve_siae", "non", reading="denied")
    shown = item("26-1", lot(None, "critere", TRUE), lot("1"), lot("2", "clause", FALSE, denied))
    assert [one.rule for one in judged(shown, says("juste", "2"))] == ["clause_large"]
    assert [one.rule for one in judged(shown, says("juste", "1"))] == ["critere"]
    assert {one.rule for one in judged(shown, says("faux_positif"))} == {"critere", "clause_large"}
    assert [one.rule for one in judged(shown, says("faux_positif", None, "critere_social"))] == ["critere"]
    assert judged(shown, says("manque", "2")) == () == judged(shown, says("dce", "2", "clause_insertion"))


# -- precision by rule


def judgement(rule: str, right: bool, **changes: Any) -> Judgement:
    known = Judgement("boamp:26-1", None, rule, "clause_insertion", "extrait", right, "juste", "", DAY)
    return replace(known, **{"verdict": "juste" if right else "faux_positif", **changes})


@pytest.mark.parametrize(
    ("right", "wrong", "flagged"),
    [(4, 1, False), (3, 2, True), (3, 1, False), (0, 4, False), (0, 5, True), (5, 0, False)],
)
def test_a_rule_under_its_floor_is_flagged_once_enough_is_judged(right: int, wrong: int, flagged: bool) -> None:
    (one,) = precision_by_rule([judgement("r", True)] * right + [judgement("r", False)] * wrong)
    assert (one.right, one.total, bool(weak([one]))) == (right, right + wrong, flagged)


def test_the_precision_has_its_interval_and_its_counter_examples() -> None:
    found = [judgement("a", True)] * 8 + [judgement("a", False, quote="un réservoir")] * 2 + [judgement("b", True)]
    one, other = precision_by_rule(found)
    assert one.value == 0.8 and other.value == 1.0
    assert one.interval == pytest.approx((0.490, 0.943), abs=0.001)
    report = "\n".join(as_text([one, other]))
    assert "0,80" in report and "[0,49 ; 0,94]" in report and report.count("« un réservoir »") == 2
    assert "règle b" not in report


def test_another_lever_than_the_one_read_is_not_right() -> None:
    (one,) = precision_by_rule([judgement("r", False, verdict="mauvais_dispositif")] * 5)
    assert one.total == 5 and "règle r : 0 constats justes sur 5" in warning(one)


def test_what_a_repaired_rule_no_longer_reads_counts_no_more() -> None:
    (one,) = precision_by_rule([judgement("r", True), judgement("r", False, standing=False)])
    assert (one.right, one.total, one.repaired, one.false) == (1, 1, 1, ())


def test_a_finding_told_of_several_lots_is_judged_once_and_by_the_last_verdict() -> None:
    shown = item("26-1", lot("1", "clause", FALSE), lot("2", "clause", FALSE))
    first, last = (replace(says(word), judged=judged(shown, says(word))) for word in ("juste", "faux_positif"))
    (one,) = judgements(shown, [first, last])
    assert (one.rule, one.right, one.standing) == ("clause_large", False, True)
    (gone,) = judgements(replace(shown, lots=(lot("1"),)), [last])
    assert gone.standing is False


# -- storage


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.open(":memory:") as opened:
        yield opened


def test_the_same_lines_again_add_nothing_even_another_day(store: Store) -> None:
    lines = (says("juste", "2", comment="ok"), marked("vu"))
    assert store.save_feedback(lines) == (2, 0)
    tomorrow = (replace(lines[0], given=DAY + timedelta(1)), replace(lines[1], since=DAY + timedelta(1)))
    assert store.save_feedback(tomorrow) == (0, 2)
    assert store.save_feedback((*lines, *lines)) == (0, 4)


def test_a_line_with_its_day_is_another_one_on_another_day(store: Store) -> None:
    said = [replace(marked("vu"), dated=True, since=DAY + timedelta(days)) for days in (0, 7, 7)]
    assert store.save_feedback(said) == (2, 1)


def test_nothing_is_overwritten_and_the_last_state_holds(store: Store) -> None:
    keep(store, record(notice()))
    for state in ("vu", "contacte", "nouveau"):
        assert store.save_feedback((marked(state, reason="téléphone"),)) == (1, 0)
    assert [one.state for one in store.follow_up(["boamp:26-1"])["boamp:26-1"]] == ["vu", "contacte", "nouveau"]
    (row,) = store.following()
    assert (row["etat"], row["lot"], row["motif"]) == ("nouveau", "ensemble", "téléphone")
    assert (row["objet"], row["acheteur"]) == ("Entretien des écoles", "Commune de Valrive")


def test_an_older_day_imported_later_does_not_hold(store: Store) -> None:
    store.save_feedback((marked("contacte"),))
    store.save_feedback((replace(marked("vu"), since=DAY - timedelta(7), dated=True),))
    assert [one.state for one in store.follow_up(["boamp:26-1"])["boamp:26-1"]] == ["vu", "contacte"]
    assert store.following()[0]["etat"] == "contacté"


def test_a_verdict_on_one_notice_holds_for_its_tender(store: Store) -> None:
    keep(store, record(notice()), record(rectification()))
    store.save_feedback((replace(says("juste", "2"), id="boamp:26-5"),))
    (one,) = store.verdicts(["boamp:26-1"])["boamp:26-1"]
    assert (one.id, one.lot) == ("boamp:26-5", "2")
    assert store.verdicts(["boamp:26-5"]) == {"boamp:26-5": (one,)}
    assert store.verdicts() == {"boamp:26-1": (one,)}
    assert store.verdicts(["boamp:26-9"]) == {}


def test_what_is_said_of_an_unknown_notice_is_kept_and_counts_once_it_comes(store: Store) -> None:
    heard = listen(store, (says("dce", "2", "clause_insertion"), marked("vu", "7")), today=DAY)
    assert (heard.new, heard.strangers) == (2, ("boamp:26-1",))
    keep(store, record(notice(), tender="boamp:26-0"))
    assert store.verdicts(["boamp:26-0"])["boamp:26-0"][0].label == "clause_insertion"
    assert listen(store, (marked("vu", "7"),), today=DAY).lots == (("boamp:26-1", "7"),)


def test_what_readers_said_survives_a_new_reading_and_a_rejected_notice(store: Store) -> None:
    keep(store, record(notice()))
    listen(store, (says("faux_positif", "1"), marked("ecarte", reason="trop petit")), today=DAY)
    before = [line for line in store.dump_canonical() if line.startswith(('["verdicts', '["suivi'))]
    keep(store, record(notice(), found=False))
    store.archive([raw("26-1", b"!")])
    store.save([replace(record(notice()), notice=None, classification=None, segments=(), status="rejete")])
    store.check()
    assert len(before) == 2
    assert [line for line in store.dump_canonical() if line.startswith(('["verdicts', '["suivi'))] == before


def test_what_was_seen_comes_back_when_a_rectification_moves_the_deadline(store: Store) -> None:
    keep(store, record(notice()))
    listen(store, (marked("vu"),), today=DAY)
    states = store.follow_up(["boamp:26-1"])["boamp:26-1"]
    (before,) = publish(store).items
    assert put_away(before, states)
    keep(store, record(notice()), record(rectification()))
    (after,) = publish(store).items
    assert after.deadline != before.deadline and not put_away(after, states)


def test_what_was_seen_is_what_the_last_edition_showed(store: Store) -> None:
    """The rectification arrived after the digest that the reader answers: they have not seen it."""
    keep(store, record(notice()))
    store.save_edition("2026-W46", date(2026, 11, 17), date(2026, 11, 10), date(2026, 11, 16))
    keep(store, record(rectification()))
    listen(store, (marked("vu"),), today=DAY)
    (after,) = publish(store).items
    assert not put_away(after, store.follow_up(["boamp:26-1"])["boamp:26-1"])


def test_the_verdicts_view_says_which_ones_hold(store: Store) -> None:
    keep(store, record(notice()))
    first, second = says("juste", "1", comment="oui"), says("faux_positif", comment="non")
    store.save_feedback((first, says("dce", "2", "clause_insertion"), says("manque", "1"), second))
    rows = store._rows("SELECT verdict, lot, dispositif, statut FROM verdicts_lecteurs")
    assert [(row["verdict"], row["lot"], row["statut"]) for row in rows] == [
        ("faux positif", "ensemble", "en vigueur"), ("manque", "1", "remplacé"), ("dce", "2", "remplacé"),
        ("juste", "1", "remplacé"),
    ]  # fmt: skip
    assert rows[2]["dispositif"] == "clause d'insertion"


def test_findings_judged_in_the_database_give_the_precision_of_their_rule(store: Store) -> None:
    keep(store, record(notice()))
    listen(store, (says("faux_positif", "1", comment="pas ici"),), today=DAY)
    (one,) = precision_by_rule(judged_findings(store, today=DAY))
    assert (one.rule, one.right, one.total) == (CLAUSE.rule, 0, 1)
    assert one.false[0].quote == CLAUSE.quote and one.false[0].comment == "pas ici"
    keep(store, record(notice(), found=False))
    (repaired,) = precision_by_rule(judged_findings(store, today=DAY))
    assert (repaired.total, repaired.repaired) == (0, 1)


def test_a_verdict_follows_its_tender_into_another_one(store: Store) -> None:
    keep(
        store,
        record(notice()),
        record(notice("26-2", lots=(Lot("1"),), passages=(Passage("other", None, "x"),)), "boamp:26-2"),
    )
    store.save_feedback((replace(says("juste"), id="boamp:26-2"),))
    store.save_aliases({"boamp:26-2": "boamp:26-1"})
    assert list(store.verdicts()) == ["boamp:26-1"]
