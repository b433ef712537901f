"""Whole lives of tenders, shuffled and split over several runs: one tender, one entry a list, the changes in order.

Invented notices in the real shapes: BOAMP's JSON (national and European) and TED's XML.
"""

from __future__ import annotations

import gzip
import itertools
import os
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import feedparser
import orjson
import pytest

from feeds import publish
from scanner import run
from scanner.edition import Edition
from scanner.issues import IssueLog
from scanner.notice import RawNotice
from scanner.sample.shapes import Facts, SampleLot, european, national, record
from scanner.sample.ted import to_xml
from scanner.sample.week import facts_of
from scanner.store import Store

FETCHED = datetime(2026, 11, 20, 8, tzinfo=UTC)
MARCH = date(2026, 3, 2)
HOURS = "Le titulaire réservera {} heures de travail à des personnes en insertion professionnelle."
MORE_HOURS = "Au lieu de : 500 heures d'insertion, lire : 600 heures d'insertion."
SUMMARY = "Les heures d'insertion passent de 500 à 600 heures ; la date limite est reportée."
VERBATIM = "texte du rectificatif : « {} »"
CALL_THEM = " : l'entreprise à contacter pour l'embauche"
RESERVED = (
    "Le lot est réservé aux entreprises adaptées, aux ESAT et aux structures d'insertion par l'activité économique "
    "(article L2113-14 du code de la commande publique)."
)


@dataclass(frozen=True)
class Story:
    """Raw notices in their order of publication, and the dates of two editions: before and after the end."""

    raws: tuple[RawNotice, ...]
    closing: date


def boamp(row: dict[str, object]) -> RawNotice:
    return RawNotice("boamp", str(row["idweb"]), "https://exemple.invalid/", FETCHED, orjson.dumps(row))


def ted(number: str, day: date, facts: Facts) -> RawNotice:
    ((root, body),) = european(facts)["EFORMS"].items()
    body = orjson.loads(orjson.dumps(body))
    extension = body["ext:UBLExtensions"]["ext:UBLExtension"]["ext:ExtensionContent"]["efext:EformsExtension"]
    digits, _, year = number.partition("-")
    extension["efac:Publication"] = {
        "efbc:NoticePublicationID": {"@schemeName": "ojs-notice-id", "#text": f"{digits:0>8}-{year}"},
        "efbc:PublicationDate": f"{day}Z",
    }
    return RawNotice("ted", number, "https://exemple.invalid/", FETCHED, to_xml(root, body))


def european_story() -> Story:
    """Call in both journals, two corrections (one twice), award, and a relaunch of lot 2 under another folder."""
    base = replace(
        facts_of(5, MARCH, 0), idweb="26-20000", deadline=date(2026, 4, 10), title="Entretien des jardins de Fontclaire"
    )
    lots = (
        SampleLot("Jardins du nord", "77310000", execution=HOURS.format(500)),
        SampleLot("Jardins du sud", "77310000"),
    )
    call = replace(base, lots=lots)
    reserved = replace(lots[1], condition=RESERVED, reserved="res-ws")
    first = replace(
        call, idweb="26-20500", day=date(2026, 3, 9), lots=(lots[0], reserved), changed="Lot 2 réservé.",
        earlier=(call.idweb,), folder=call.procedure_id,
    )  # fmt: skip
    more = replace(lots[0], execution=HOURS.format(600))
    second = replace(
        first, idweb="26-21000", day=date(2026, 3, 16), deadline=date(2026, 4, 24), lots=(more, reserved),
        changed=SUMMARY, earlier=(first.idweb,),
    )  # fmt: skip
    award = replace(
        second,
        idweb="26-40000",
        day=date(2026, 6, 1),
        changed="",
        earlier=(call.idweb,),
        winner="SARL Fontclaire Services",
    )
    again = replace(
        base, idweb="26-60000", day=date(2026, 9, 7), deadline=date(2026, 10, 9), lots=(),
        title="Entretien des jardins de Fontclaire - relance du lot 2 après déclaration sans suite",
    )  # fmt: skip
    return Story(
        (
            boamp(record(call, "JOUE", "APPEL_OFFRE", european(call))),
            ted("150001-2026", date(2026, 3, 4), call),
            boamp(record(first, "JOUE", "APPEL_OFFRE", european(first), state="RECTIFICATIF")),
            ted("160001-2026", date(2026, 3, 11), first),
            boamp(record(second, "JOUE", "APPEL_OFFRE", european(second), state="RECTIFICATIF")),
            boamp(record(award, "JOUE", "ATTRIBUTION", european(award, awarded=True))),
            boamp(record(again, "JOUE", "APPEL_OFFRE", european(again))),
        ),
        date(2026, 6, 7),
    )


def national_story() -> Story:
    """A call, two deltas, an award that only its text ties to the call, and a relaunch that quotes the first call."""
    call = replace(
        facts_of(8, MARCH, 1), idweb="26-20001", deadline=date(2026, 4, 10), title="Peinture des écoles de Valrive",
        description=HOURS.format(500),
    )  # fmt: skip
    first = replace(call, idweb="26-20501", day=date(2026, 3, 9), earlier=(call.idweb,))
    second = replace(first, idweb="26-21001", day=date(2026, 3, 16), earlier=(first.idweb,))
    award = replace(call, idweb="26-40001", day=date(2026, 6, 1), winner="SARL Valrive Peinture", description="")
    won = (
        "Référence de l'avis initial paru au BOAMP : avis n° 26-20001\nDate d'attribution : 12/05/26\n"
        "SARL Valrive Peinture, 1 rue du Port, 34000 Valrive\nMontant Ht  : 90000,00 Euros"
    )
    again = replace(
        call, idweb="26-60001", day=date(2026, 9, 7), deadline=date(2026, 10, 9), earlier=(call.idweb,),
        title="Peinture des écoles de Valrive - relance", description="",
    )  # fmt: skip
    later = "La date limite de remise des offres est reportée au 24 avril 2026 à 12h00."
    corrections = [
        boamp(record(one, "FNS", "RECTIFICATIF", national(one, "rectificatif", text), state="RECTIFICATIF"))
        for one, text in ((first, MORE_HOURS), (second, later))
    ]
    return Story(
        (
            boamp(record(call, "FNS", "APPEL_OFFRE", national(call))),
            *corrections,
            boamp(record(award, "FNS", "ATTRIBUTION", national(replace(award, earlier=()), "attribution", won))),
            boamp(record(again, "FNS", "APPEL_OFFRE", national(again))),
        ),
        date(2026, 6, 7),
    )


STORIES = {"européenne": european_story(), "nationale": national_story()}


def told(runs: Sequence[Sequence[RawNotice]]) -> Store:
    store = Store.open(":memory:")
    for raws in runs:
        store.archive(raws)
        log = IssueLog()
        assert run.read(store, store.unread(), log).rejected == 0, tuple(log)
    return store


def edition(store: Store, since: date, until: date) -> Edition:
    return store.edition(
        since, until, until, territory="", departements=(), base_url="", mission="", contact=""
    )  # fmt: skip


def splits(raws: Sequence[RawNotice], seed: int) -> list[list[RawNotice]]:
    chance = random.Random(seed)
    shuffled = chance.sample(raws, len(raws))
    cuts = sorted(chance.sample(range(1, len(raws)), 2))
    return [shuffled[start:end] for start, end in itertools.pairwise([0, *cuts, len(raws)])]


@pytest.mark.parametrize("name", STORIES)
def test_any_order_over_any_runs_says_the_same(name: str) -> None:
    raws = STORIES[name].raws
    with told([raws]) as straight:
        expected = list(straight.dump_canonical())
    for seed in range(12):
        with told(splits(raws, seed)) as shuffled:
            assert list(shuffled.dump_canonical()) == expected, f"tirage {seed}"
    with told([[one] for one in reversed(raws)]) as backwards:
        assert list(backwards.dump_canonical()) == expected
        backwards.check()


@pytest.mark.parametrize("name", STORIES)
def test_a_life_is_one_tender_and_its_relaunch_another_that_follows_it(name: str) -> None:
    raws = STORIES[name].raws
    with told(splits(raws, 3)) as store:
        tenders = {row["id"]: row["tender"] for row in store._rows("SELECT id, tender FROM notices")}
        (link,) = store._rows("SELECT lien, statut FROM liens WHERE lien = 'fait suite à'")
    assert len({tenders[raw.id] for raw in raws[:-1]}) == 1
    assert tenders[raws[-1].id] not in {tenders[raw.id] for raw in raws[:-1]}
    assert link["statut"] == ("proposé, à vérifier" if name == "européenne" else "énoncé par l'avis")


CHANGES = {
    "européenne": [
        ("26-20500", ["lot 2 désormais réservé aux EA/ESAT et SIAE", VERBATIM.format("Lot 2 réservé.")]),
        ("26-21000", [
            "heures d'insertion : 500 → 600 (lot 1)",
            "date limite repoussée au 24/04/2026 à 12 h 00 (auparavant le 10/04/2026 à 12 h 00)",
            VERBATIM.format(SUMMARY),
        ]),
        ("26-40000", ["marché attribué", f"titulaire : SARL Fontclaire Services{CALL_THEM}"]),
    ],
    "nationale": [
        ("26-20501", ["heures d'insertion : 500 → 600", VERBATIM.format(MORE_HOURS)]),
        ("26-21001", [
            "date limite repoussée au 24/04/2026 à 12 h 00 (auparavant le 10/04/2026 à 12 h 00)",
            VERBATIM.format("La date limite de remise des offres est reportée au 24 avril 2026 à 12h00."),
        ]),
        ("26-40001", ["marché attribué", f"titulaire : SARL Valrive Peinture{CALL_THEM}"]),
    ],
}  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", STORIES)
def test_changes_are_told_in_order_and_each_list_has_one_entry(name: str, seed: int, tmp_path: Path) -> None:
    story = STORIES[name]
    with told(splits(story.raws, seed)) as store:
        (item,) = (one for one in edition(store, MARCH, story.closing).items)
        assert [(event.notice.removeprefix("boamp:"), list(event.changes)) for event in item.events] == CHANGES[name]
        assert (item.kind, item.first_published) == ("award", MARCH)
        publish(edition(store, MARCH, date(2026, 3, 22)), tmp_path / "mars")
        publish(edition(store, MARCH, story.closing), tmp_path / "juin")
    for month, count in (("mars", 2), ("juin", 3)):
        changed = entries(tmp_path / month, "changements")
        assert sorted(key.rpartition(":")[2] for key in changed) == [key for key, _ in CHANGES[name][:count]]
        lists = ["marches-avec-clause"] + ["marches-reserves"] * (name == "européenne")
        for listing in lists:
            assert len([key for key in entries(tmp_path / month, listing) if ":semaine:" not in key]) == 1


def entries(folder: Path, listing: str) -> list[str]:
    parsed = feedparser.parse((folder / f"feeds/{listing}.atom.xml").read_bytes())
    return [entry.id for entry in parsed.entries]


# -- 3 000 real rows of February 2024, when they are at hand

SHARED = Path(os.environ.get("VEILLE_SHARED", Path(__file__).resolve().parents[2].parent / "shared"))
ROWS = SHARED / "real/boamp/api/rows_2024-02.jsonl.gz"


@pytest.mark.skipif(not ROWS.is_file(), reason=f"{ROWS.name} absent (VEILLE_SHARED) : les avis réels ne sont pas relus")
def test_no_two_real_procedures_are_merged_and_every_likeness_is_listed() -> None:
    with gzip.open(ROWS, "rb") as stream:
        raws = [boamp(orjson.loads(line)) for line in stream]
    with told([raws]) as store:
        ((merged,),) = store._conn.execute("SELECT count(*) - count(DISTINCT tender) FROM notices").fetchall()
        listed = store._rows("SELECT statut, preuves FROM liens")
        ((by_deadline,),) = store._conn.execute(
            "SELECT sum(n - 1) FROM (SELECT count(*) AS n FROM notices WHERE deadline IS NOT NULL "
            "GROUP BY buyer, deadline HAVING n > 1)"
        ).fetchall()
    print(
        f"{len(raws)} avis, {merged} fusionnés, {len(listed)} liens proposés ; par acheteur et échéance : {by_deadline}"
    )
    assert merged == 0, "aucune de ces lignes ne cite un autre avis"
    assert 20 <= len(listed) <= 60
    assert all(row["statut"] == "proposé, à vérifier" and row["preuves"] for row in listed)
