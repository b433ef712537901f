from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from scanner.edition import Coverage, Edition, Terms
from scanner.finding import LABELS, Classification, Finding, Hours, LotReading
from scanner.issues import Issue
from scanner.migrations import _DEVICES
from scanner.notice import Amount, Buyer, Coded, Lot, Notice, Passage, Place, RawNotice
from scanner.shelves import appreciations
from scanner.store import Record, Store, metadata
from tests.chances import chance

FETCHED = datetime(2026, 11, 20, 8, tzinfo=UTC)
TEXT = "Le titulaire réservera 350 heures d'insertion."
CLAUSE = Finding(
    "clause_insertion", "affirmed", 0, "conditions", "1", 0, len(TEXT), TEXT, "r", hours=(Hours(350.0, "contract"),)
)
CHANCE = chance("2", 70)


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.open(":memory:") as opened:
        yield opened


def raw(key: str, body: bytes = b"{}") -> RawNotice:
    return RawNotice("boamp", key, "https://exemple.fr/avis", FETCHED, body)


def notice(key: str = "26-1", kind: Any = "call", day: int = 16, **changes: Any) -> Notice:
    known = Notice(
        f"boamp:{key}", "boamp", key, kind, date(2026, 11, day), "Entretien des écoles",
        buyers=(Buyer("Commune de Valrive", siret="21690123400015", city="Valrive"),), departements=("69",),
        places=(Place("Valrive", city="Valrive"),), deadline=datetime(2026, 12, 10, 12, tzinfo=UTC),
        amount=Amount(value=120000.0), lots=(Lot("1", "Vitres"), Lot("2", "Sols", cpv=("90910000",))),
        passages=(Passage("conditions", "1", TEXT),), coded=(Coded("criteres", None, "sociaux"),),
    )  # fmt: skip
    return replace(known, **changes)


def record(one: Notice, tender: str = "boamp:26-1", found: bool = True) -> Record:
    first = LotReading("1", "clause", (CLAUSE,)) if found else LotReading("1", "rien")
    lots = (LotReading(None, "rien"), first, LotReading("2", "rien")) if one.lots else (LotReading(None, "rien"),)
    reading = Classification(one.id, one.source, one.kind, lots)
    return Record(one.id, one, reading, ((CHANCE.lot, CHANCE.segment),) if one.lots else (), tender)


def keep(store: Store, *records: Record) -> None:
    store.archive([raw(record.raw_id.partition(":")[2]) for record in records])
    store.save(records)
    store.save_aliases({record.raw_id: record.tender for record in records if record.tender})
    appraise(store)


def appraise(store: Store) -> None:
    """Every tender whose lots are told is appraised: an opportunity in its second lot."""
    stale = appreciations.stale(store, "", date.min)
    found = {
        one.tender: (one.notice.id, (CHANCE,) if one.notice.lots else ()) for one in appreciations.told(store, [*stale])
    }
    appreciations.save(store, found, stale, "")


def publish(store: Store, since: int = 16, until: int = 22, departements: tuple[str, ...] = ()) -> Edition:
    days = date(2026, 11, since), date(2026, 11, until), date(2026, 11, until)
    return store.edition(*days, territory="Test", departements=departements, base_url="", mission="", contact="")


def award(key: str = "26-9", **changes: Any) -> Notice:
    bare: dict[str, Any] = {"lots": (), "passages": (), "deadline": None} | changes
    return replace(notice(key, "award", 20), **bare)


def rectification(text: str = "Lire 10 décembre au lieu du 3.") -> Notice:
    passages = (Passage("change", None, text),)
    return notice(
        "26-5", "rectification", 18, lots=(), passages=passages, deadline=datetime(2026, 12, 17, 12, tzinfo=UTC)
    )


# -- archive


def test_the_same_bytes_count_once_and_keep_their_first_date(store: Store) -> None:
    assert store.archive([raw("26-1"), raw("26-2")]) == (2, 0)
    later = replace(raw("26-1"), fetched_at=datetime(2026, 11, 27, tzinfo=UTC))
    assert store.archive([later]) == (0, 0)
    assert next(store.raws()) == raw("26-1")


def test_a_changed_body_is_read_again_and_its_previous_version_kept(store: Store) -> None:
    keep(store, record(notice()))
    assert list(store.unread()) == []
    assert store.archive([raw("26-1", b'{"v": 2}')]) == (0, 1)
    assert [one.body for one in store.unread()] == [b'{"v": 2}']
    assert store._rows("SELECT raw FROM raw_versions") == [{"raw": "boamp:26-1"}]


def test_a_rejected_notice_is_not_read_again_and_leaves_no_row(store: Store) -> None:
    keep(store, record(notice()))
    store.archive([raw("26-1", b"!")])
    store.save([Record("boamp:26-1", None, None, status="rejete")])
    assert list(store.unread()) == []
    assert store.notice("boamp:26-1") is None
    assert publish(store).items == ()
    store.check()


def test_unread_is_limited_and_raws_follow_the_day_of_publication(store: Store) -> None:
    keep(store, record(notice(day=2)), record(notice("26-2", day=9), "boamp:26-2"))
    store.archive([raw("26-7"), raw("26-8")])
    assert [one.key for one in store.unread(limit=1)] == ["26-7"]
    assert [one.key for one in store.raws(date(2026, 11, 1), date(2026, 11, 5))] == ["26-1"]


# -- readings


def test_what_is_saved_is_given_back(store: Store) -> None:
    one = record(notice(earlier=("boamp:25-8",), holders=("Atelier du Val",)))
    keep(store, one)
    assert store.notice("boamp:26-1") == one.notice
    assert store.classifications(["boamp:26-1"]) == {"boamp:26-1": one.classification}
    assert store.findings_of("boamp:26-1") == (("1", CLAUSE),)


@pytest.mark.parametrize(("places", "told"), [
    ((Place("69", departement="69"), Place("38", departement="38")), ""),
    ((Place("FRK26", nuts="FRK26", departement="69"), Place("Lyon 3e", departement="69")), "Lyon 3e"),
    ((Place("69003 Lyon", city="Lyon", departement="69"),), "Lyon"),
    ((), "Bourg"),
])  # fmt: skip
def test_a_code_is_no_town(store: Store, places: tuple[Place, ...], told: str) -> None:
    keep(store, record(notice(places=places, buyers=(Buyer("Ville de Bourg", city="Bourg"),))))
    (item,) = publish(store).items
    assert item.place == told


def test_saving_twice_in_any_order_says_the_same(store: Store) -> None:
    records = [record(notice()), record(notice("26-2"), "boamp:26-2"), record(award(), "boamp:26-1")]
    keep(store, *records)
    before = list(store.dump_canonical())
    store.save(records)
    assert list(store.dump_canonical()) == before
    with Store.open(":memory:") as other:
        for one in reversed(records):
            keep(other, one)
        assert list(other.dump_canonical()) == before


def test_a_new_reading_replaces_the_rows_and_the_search(store: Store) -> None:
    keep(store, record(notice()))
    assert [row["id"] for row in store.search("titulaire reservera")] == ["boamp:26-1"]
    store.save([record(notice(passages=(Passage("title", None, "Peinture"),)), found=False)])
    assert store.search("titulaire") == []
    assert len(store.search("peinture")) == 1
    assert store.findings_of("boamp:26-1") == ()
    store.check()


def test_a_failed_save_changes_nothing(store: Store) -> None:
    keep(store, record(notice()))
    before = list(store.dump_canonical())
    with pytest.raises(Exception, match="FOREIGN KEY"):
        store.save([record(notice(title="Autre")), record(notice("26-404"))])
    assert list(store.dump_canonical()) == before


def test_the_notices_of_a_merged_tender_follow_it(store: Store) -> None:
    keep(store, record(notice()), record(notice("26-2", day=17), "boamp:26-2"))
    store.save_aliases({"boamp:26-2": "boamp:26-1"})
    assert store._rows("SELECT id, first_notice, latest_notice FROM tenders") == [
        {"id": "boamp:26-1", "first_notice": "boamp:26-1", "latest_notice": "boamp:26-2"}
    ]


def test_compare_tells_what_a_new_reading_would_change_without_saving(store: Store) -> None:
    keep(store, record(notice()))
    assert store.compare([record(notice())]) == []
    (line,) = store.compare([record(notice(), found=False)])
    assert line == f"boamp:26-1, lot 1 : clause_insertion (affirmé) « {TEXT} » : retiré"
    lost = "boamp:26-1 : avis lu auparavant, désormais rejeté"
    assert store.compare([Record("boamp:26-1", None, None, status="rejete")]) == [line, lost]
    assert store.findings_of("boamp:26-1") != ()


# -- edition


def test_an_item_tells_its_lots_findings_and_opportunity(store: Store) -> None:
    keep(store, record(notice()))
    (item,) = publish(store).items
    assert [(lot.number, lot.status, lot.opportunity) for lot in item.lots] == [
        ("1", "clause", None),
        ("2", "rien", CHANCE),
    ]
    assert [lot.segment for lot in item.lots] == [None, CHANCE.segment]
    assert item.lots[0].findings == (CLAUSE,)
    assert (item.buyer, item.place, item.amount) == ("Commune de Valrive", "Valrive", "120\u00a0000\u00a0€")


def test_an_item_and_its_lots_tell_amount_duration_and_renewals(store: Store) -> None:
    lots = (Lot("1", "Vitres", amount=Amount(low=1.0), duration_months=24.0, renewals="Deux fois"), Lot("2"))
    keep(store, record(notice(lots=lots, duration_months=48.0, renewal_months=0.0)))
    (item,) = publish(store).items
    assert item.terms == Terms(Amount(value=120000.0), 48.0, "", 0.0)
    assert [lot.terms for lot in item.lots] == [Terms(Amount(low=1.0), 24.0, "Deux fois"), Terms()]


def test_a_bare_rectification_tells_its_change_and_keeps_the_findings_of_the_call(store: Store) -> None:
    keep(store, record(notice()), record(rectification()))
    (item,) = publish(store).items
    assert (item.notice, item.kind, item.lots[0].findings) == ("boamp:26-1", "call", (CLAUSE,))
    assert (item.first_published, item.published) == (date(2026, 11, 16), date(2026, 11, 18))
    assert item.deadline == datetime(2026, 12, 17, 12, tzinfo=UTC)
    assert item.changes == (
        "18/11/2026 : date limite repoussée au 17/12/2026 à 13 h 00 (auparavant le 10/12/2026 à 13 h 00)",
        "18/11/2026 : texte du rectificatif : « Lire 10 décembre au lieu du 3. »",
    )


def test_a_device_added_by_a_bare_rectification_joins_those_of_the_call(store: Store) -> None:
    added = replace(CLAUSE, label="reserve_siae", lot="2", quote="Clause")
    delta = record(rectification("Le lot 2 est désormais réservé aux SIAE."))
    assert delta.classification is not None
    told = (LotReading(None, "rien"), LotReading("2", "reserve", (added,)))
    keep(store, record(notice()), replace(delta, classification=replace(delta.classification, lots=told)))
    (item,) = publish(store).items
    assert item.notice == "boamp:26-1"
    assert [(lot.number, lot.status, lot.findings) for lot in item.lots if lot.findings] == [
        ("1", "clause", (CLAUSE,)),
        ("2", "reserve", (added,)),
    ]
    assert all(lot.opportunity is None for lot in item.lots)


def test_a_full_rectification_without_the_clause_takes_it_away(store: Store) -> None:
    whole = notice("26-5", "rectification", 18, lots=(), shape="eforms")
    keep(store, record(notice()), record(whole))
    (item,) = publish(store).items
    assert (item.notice, [lot.status for lot in item.lots]) == ("boamp:26-5", ["rien"])


def test_a_full_rectification_becomes_the_text_of_the_tender(store: Store) -> None:
    keep(store, record(notice()), record(notice("26-5", "rectification", 18), found=False))
    (item,) = publish(store).items
    assert (item.notice, item.lots[0].status) == ("boamp:26-5", "rien")


def test_a_notice_that_two_sources_publish_is_told_once_with_the_contact_of_either(store: Store) -> None:
    call = notice(notice_uuid="u", version="01")
    changed = notice("26-2", "rectification", 18, notice_uuid="u", version="02", shape="eforms",
                     passages=(Passage("change", None, "Lot 2 réservé."),))  # fmt: skip
    twins = [
        replace(one, id=f"ted:{rank}-2026", key=f"{rank}-2026", source="ted",
                buyers=(Buyer("Commune de Valrive", email="marches@exemple.invalid"),))
        for rank, one in enumerate((call, changed), 1)
    ]  # fmt: skip
    records = [record(one) for one in (*twins, changed, call)]
    store.archive([replace(raw(one.notice.key), source=one.notice.source) for one in records if one.notice])
    store.save(records)
    (item,) = publish(store).items
    assert (item.notice, item.email) == ("boamp:26-2", "marches@exemple.invalid")
    assert item.changes == ("18/11/2026 : texte du rectificatif : « Lot 2 réservé. »",)


def test_an_award_gives_the_holders_and_a_cancellation_says_so(store: Store) -> None:
    keep(store, record(notice()), record(award(holders=("Atelier du Val",))))
    keep(store, record(notice("26-3"), "boamp:26-3"), record(award("26-4", kind="cancellation"), "boamp:26-3"))
    awarded, cancelled = publish(store).items
    assert (awarded.kind, awarded.holders, awarded.lots[0].findings) == ("award", ("Atelier du Val",), (CLAUSE,))
    assert (cancelled.kind, cancelled.changes) == ("cancellation", ("20/11/2026 : procédure annulée",))


def test_an_old_tender_stays_while_it_is_open_and_leaves_once_awarded(store: Store) -> None:
    keep(store, record(notice(day=2)), record(notice("26-2", day=2, deadline=None), "boamp:26-2"))
    assert [item.tender for item in publish(store).items] == ["boamp:26-1"]
    keep(store, record(award(published=date(2026, 11, 9))))
    assert publish(store).items == ()


def test_an_edition_ignores_what_was_published_after_it(store: Store) -> None:
    keep(store, record(notice()))
    before = publish(store)
    keep(store, record(notice("26-8", "cancellation", 25)), record(notice("26-9", day=25), "boamp:26-9"))
    assert publish(store) == before


def test_a_territory_keeps_its_places_and_the_unknown_ones(store: Store) -> None:
    keep(
        store,
        record(notice()),
        record(notice("26-2", departements=("38",)), "boamp:26-2"),
        record(notice("26-3", departements=()), "boamp:26-3"),
    )
    edition = publish(store, departements=("69", "01"))
    assert [item.tender for item in edition.items] == ["boamp:26-1", "boamp:26-3"]
    assert edition.read == 3


def test_the_reference_of_a_week_is_the_first_one_saved(store: Store) -> None:
    assert store.edition_reference("2026-W47") is None
    for day in (23, 30):
        store.save_edition("2026-W47", date(2026, 11, day), date(2026, 11, 16), date(2026, 11, 22))
    assert store.edition_reference("2026-W47") == date(2026, 11, 23)


# -- journal


def test_a_complete_day_is_not_degraded_by_a_run_cut_short(store: Store) -> None:
    day = date(2026, 11, 16)
    whole = Coverage("boamp", day, 100, 100, 99, 1, 0, True)
    store.save_coverage([whole])
    store.save_coverage([Coverage("boamp", day, 100, 40, 40, 0, 60, False)])
    assert store.coverage(day, day) == (whole,)
    grown = Coverage("boamp", day, 110, 100, 99, 1, 10, False)
    store.save_coverage([grown])
    assert store.coverage(day, day) == (grown,)


def test_counts_are_of_lots_by_departement(store: Store) -> None:
    keep(store, record(notice()), record(notice("26-2", lots=(), departements=("69", "38")), "boamp:26-2"))
    counted = store.counts(date(2026, 11, 16), date(2026, 11, 22))
    assert counted == [("38", "rien", 1), ("69", "clause", 1), ("69", "rien", 2)]


def test_runs_and_issues_leave_the_canonical_dump_alone(store: Store) -> None:
    keep(store, record(notice()))
    before = list(store.dump_canonical())
    run = store.save_run(date(2026, 11, 16), date(2026, 11, 22))
    store.save_issues(run, [Issue("boamp", "26-1", "inconnu", "Ajoutez-le.")] * 2)
    store.finish_run(run, read=1)
    assert list(store.dump_canonical()) == before
    assert store._rows("SELECT status, read FROM runs") == [{"status": "terminé", "read": 1}]
    assert len(store._rows("SELECT * FROM issues")) == 1


# -- the file


def test_a_file_is_found_again_and_migrated_once(tmp_path: Path) -> None:
    path = tmp_path / "veille.db"
    with Store.open(path) as store:
        keep(store, record(notice()))
    with Store.open(path) as store:
        assert store.notice("boamp:26-1") == notice()
        assert store.aliases() == {"boamp:26-1": "boamp:26-1"}
        assert store._rows("PRAGMA journal_mode") == [{"journal_mode": "wal"}]


@pytest.mark.parametrize(
    ("view", "rows"),
    [("semaine", 1), ("clauses", 1), ("opportunites", 1), ("recherche", 1), ("marches_reserves", 0), ("a_verifier", 0)],
)
def test_the_views_read_in_french(store: Store, view: str, rows: int) -> None:
    keep(store, record(notice()))
    found = store._rows(f"SELECT date, acheteur, objet, departements, date_limite, lien FROM {view}")
    assert len(found) == rows
    assert all((row["acheteur"], row["departements"]) == ("Commune de Valrive", "69") for row in found)


def test_the_views_show_words_not_codes(store: Store) -> None:
    keep(store, record(notice()))
    (clause,) = store._rows("SELECT dispositif, lecture FROM clauses")
    assert (clause["dispositif"], clause["lecture"]) == ("clause d'insertion", "affirmé")
    (lead,) = store._rows("SELECT raisons, piste FROM opportunites")
    assert lead["raisons"] and lead["piste"]
    store._db.conn.execute("UPDATE findings SET label = 'reserve_indetermine', reading = 'denied'")
    assert not store._rows("SELECT * FROM a_verifier"), "ce que l'avis nie n'est pas à vérifier"


def test_every_label_has_its_words_in_the_views() -> None:
    assert set(_DEVICES) == set(LABELS)


def test_every_table_and_column_is_described_and_nothing_else(store: Store) -> None:
    names = store._rows(
        "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') "
        "AND name NOT LIKE 'sqlite_%' AND name NOT GLOB 'search_[di]*' "
        "AND name NOT IN ('_migrations', 'search_config')"
    )
    tables = {
        row["name"]: [c["name"] for c in store._rows(f"SELECT name FROM pragma_table_info('{row['name']}')")]
        for row in names
    }
    described = metadata()["databases"]["veille"]["tables"]
    assert {name: sorted(table["columns"]) for name, table in described.items()} == {
        name: sorted(columns) for name, columns in tables.items()
    }
    assert all(table["description"] and all(table["columns"].values()) for table in described.values())
