"""One buyer a SIREN; a name alone is joined only when nothing else could be, and every doubt is listed."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner import run
from scanner.buyers import Mention, Resolved, cases, fold, resolve
from scanner.issues import IssueLog
from scanner.notice import RawNotice
from scanner.sample import awards, projects, week
from scanner.sample.shapes import siret
from scanner.store import Store

NOW = datetime(2026, 11, 22, tzinfo=UTC)
FIRST, SECOND = siret(1), siret(2)


def owners(found: Resolved, name: str) -> set[str]:
    return {alias.buyer for alias in found.aliases if alias.value == name}


@pytest.mark.parametrize(("verdict", "name", "other"), list(cases()))
def test_the_cases_written_beside_the_rules(verdict: str, name: str, other: str) -> None:
    found = resolve([Mention(name, None, None, "69"), Mention(other, FIRST, None, "69")])
    joined = len(found.buyers) == 1
    assert (joined, bool(found.doubts)) == {"same": (True, False), "doubtful": (False, True), "apart": (False, False)}[
        verdict
    ]


def test_establishments_are_one_body_with_its_names() -> None:
    other = FIRST[:9] + "99999"
    found = resolve(
        [Mention("Ville de Valmont", FIRST, None, "69", 3), Mention("VALMONT - RÉGIE", other, None, "69"),
         Mention("", None, FIRST[:9], None)]
    )  # fmt: skip
    (buyer,) = found.buyers
    assert (buyer.id, buyer.siren, buyer.name, buyer.mentions) == (
        f"siren:{FIRST[:9]}",
        FIRST[:9],
        "Ville de Valmont",
        5,
    )
    assert {alias.value for alias in found.aliases if alias.kind == "siret"} == {FIRST, other}


def test_the_same_name_in_another_departement_is_another_buyer() -> None:
    found = resolve([Mention("Commune de Valmont", FIRST, None, "69"), Mention("Commune de Valmont", None, None, "38")])
    assert len(found.buyers) == 2 and found.doubts == ()


def test_a_name_of_nowhere_is_joined_to_nothing() -> None:
    assert (
        len(
            resolve(
                [Mention("Commune de Valmont", FIRST, None, "69"), Mention("Commune de Valmont", None, None, None)]
            ).buyers
        )
        == 2
    )


def test_two_bodies_of_one_name_leave_the_name_alone_in_doubt() -> None:
    found = resolve(
        [Mention("Syndicat des eaux", FIRST, None, "69"), Mention("Syndicat des Eaux", SECOND, None, "69"),
         Mention("SYNDICAT DES EAUX", None, None, "69")]
    )  # fmt: skip
    assert owners(found, "SYNDICAT DES EAUX") == {"nom:69:eaux syndicat"}
    assert {(doubt.other, doubt.reason) for doubt in found.doubts} == {
        (f"siren:{FIRST[:9]}", "plusieurs acheteurs de ce nom"),
        (f"siren:{SECOND[:9]}", "plusieurs acheteurs de ce nom"),
    }  # fmt: skip


def test_a_name_alone_never_bridges_two_bodies() -> None:
    found = resolve(
        [Mention("Commune de Fontenelle", FIRST, None, "69"), Mention("Commune de Fontenelles", SECOND, None, "69")]
    )
    assert len(found.buyers) == 2


def test_names_fold_to_what_they_mean() -> None:
    assert fold("Mairie de St-Étienne") == fold("COMMUNE DE SAINT ETIENNE") == "commune etienne saint"
    assert fold("C.H.U.") == "c h u" and fold("CHU") == fold("Centre hospitalier universitaire")
    assert fold("« »") == ""


def test_a_number_that_is_no_siren_counts_for_nothing() -> None:
    found = resolve(
        [Mention("Commune de Valmont", FIRST, None, "69"), Mention("VALMONT (MAIRIE)", "01000000000000", None, "69")]
    )
    assert len(found.buyers) == 1 and owners(found, "VALMONT (MAIRIE)") == {f"siren:{FIRST[:9]}"}


def test_the_database_gives_the_same_buyers_whatever_came_first(tmp_path: Path) -> None:
    path = awards.write(tmp_path / "decp.csv")
    rows = [row for row in week.records() if row["idweb"]][:60]
    raws = [RawNotice("boamp", row["idweb"], "", NOW, orjson.dumps(row)) for row in rows]
    raws += [RawNotice("approch", str(row["code"]), "", NOW, orjson.dumps(row)) for row in projects.records()]
    seen = []
    for turn in range(3):
        random.Random(turn).shuffle(raws)
        with Store.open(":memory:") as store:
            for part in (raws[:20], raws[20:]):
                if turn == 1:
                    run.load_contracts(store, path, today=date(2026, 11, 23))
                store.archive(part)
                run.read(store, store.unread(), IssueLog())
                run.settle_buyers(store)
            run.load_contracts(store, path, today=date(2026, 11, 23))
            run.settle_buyers(store)
            tables = ("acheteurs", "alias_acheteurs", "doutes_acheteurs")
            seen.append([store._rows(f"SELECT * FROM {table}") for table in tables])
            store.check()
    assert seen[0] == seen[1] == seen[2] and len(seen[0][0]) > 30


NAMES = st.sampled_from([name for _, *pair in cases() for name in pair])
MENTIONS = st.builds(
    Mention, name=NAMES, siret=st.sampled_from([None, FIRST, SECOND, siret(3)]), siren=st.none(),
    departement=st.sampled_from([None, "69", "38"]),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(MENTIONS, max_size=25), st.randoms(use_true_random=False))
def test_any_order_gives_the_same_buyers_and_none_is_lost(mentions: list[Mention], chance: random.Random) -> None:
    shuffled = list(mentions)
    chance.shuffle(shuffled)
    found = resolve(mentions)
    assert found == resolve(shuffled)
    assert sum(buyer.mentions for buyer in found.buyers) == len(mentions)
    assert {m.body for m in mentions if m.body} == {buyer.siren for buyer in found.buyers if buyer.siren}
    twice = resolve([replace(m, count=2) for m in mentions])
    assert [buyer.id for buyer in twice.buyers] == [buyer.id for buyer in found.buyers]
