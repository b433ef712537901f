"""The whole job on the sample week, as its user sees it: collected over HTTP, read, published, run again."""

from __future__ import annotations

import csv
import re
import sqlite3
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from io import BytesIO, StringIO
from pathlib import Path

import feedparser
import orjson
import pytest
from bs4 import BeautifulSoup
from lxml import etree

from feeds import digest
from feeds.letter import letter
from scanner.config import Config
from scanner.datafile import read_yaml
from scanner.edition import ItemLot
from scanner.observe import observe
from scanner.readership import Reader
from scanner.run import Outcome, reclassify, run
from scanner.sample import awards, ted, week
from scanner.sample.demo import MONDAY, REFERENCE, SUNDAY, outcome_of, served, sources
from scanner.store import Store


@dataclass
class Played:
    config: Config
    outcome: Outcome
    again: Outcome
    first: dict[str, bytes]
    dump: list[str]


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def dumped(config: Config) -> list[str]:
    with Store.open(config.database) as store:
        return list(store.dump_canonical())


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp("demo")
    with served() as server:
        config = Config(
            contact="test@exemple.invalid", folder=folder, sources=sources(server, awards.write(folder / "decp.csv"))
        )
        outcome = run(config, since=MONDAY, until=SUNDAY, today=REFERENCE)
        first, dump = files(config.public), dumped(config)
        again = run(config, since=MONDAY, until=SUNDAY, today=date(2026, 11, 25))
    yield Played(config, outcome, again, first, dump)


def test_the_sample_week_is_found_as_declared(played: Played) -> None:
    found = outcome_of(played.outcome)
    assert week.expected(), "la semaine d'exemple déclare ce qu'il faut y trouver"
    assert {key: found.get(key, 0) for key in week.expected()} == week.expected()


def test_every_written_case_is_read_as_its_author_meant(played: Played) -> None:
    wrong = []
    with Store.open(played.config.database) as store:
        for rank, case in week.cases().items():
            said = {one.label for _, one in store.findings_of(f"boamp:26-{110_000 + rank}") if one.reading != "denied"}
            meant = set() if case["label"] in ("negatif", "confuseur") else {case["label"]}
            if not meant <= said or (not meant and said):
                wrong.append((rank, case["label"], said))
    assert not wrong


def test_one_buyer_s_story_is_told_from_the_project_to_the_contracts(played: Played) -> None:
    items = {item.tender: item for item in played.outcome.edition.items}
    project, call = items["approch:70101"], items["boamp:26-110000"]
    assert project.project and project.buyer.lower() == call.buyer.lower() == "commune de valmolles"
    with sqlite3.connect(played.config.database) as base:
        (siret, signed) = base.execute("SELECT siret, marches FROM pratique_acheteurs WHERE marches = 14").fetchone()
        assert (siret, signed) == (call.siret, 14)
        led = base.execute(
            "SELECT acheteur FROM alias_acheteurs WHERE genre = 'siret' AND valeur = ?", [siret]
        ).fetchall()
    assert led == [(f"siren:{siret[:9]}",)]
    digest = played.first[f"digest/{played.outcome.edition.week}.txt"].decode()
    assert "projet d'achat sans considération sociale : le meilleur moment pour agir" in digest


def test_a_notice_published_in_boamp_and_in_ted_is_one_tender_that_says_the_same(played: Played) -> None:
    with Store.open(played.config.database) as store:
        for one in ted.notices():
            notice, twin = store.notice(f"ted:{one.number}"), store.notice(f"boamp:{one.twin}")
            assert notice is not None and (twin is None) == (not one.twin)
            if twin is not None:
                assert (notice.notice_uuid, notice.version) == (twin.notice_uuid, twin.version)
                assert (notice.passages, notice.lots, notice.kind) == (twin.passages, twin.lots, twin.kind)
    with sqlite3.connect(played.config.database) as database:
        tenders = dict(database.execute("SELECT id, tender FROM notices"))
    twins = [(f"ted:{one.number}", f"boamp:{one.twin}") for one in ted.notices() if one.twin]
    assert len(twins) == 6 and all(tenders[notice] == tenders[twin] for notice, twin in twins)


def test_every_notice_is_read_or_named(played: Played) -> None:
    reading, coverage = played.outcome.reading, played.outcome.edition.coverage
    assert sum(row.expected for row in coverage) == sum(row.fetched for row in coverage)
    assert all(row.complete for row in coverage)
    assert sum(row.parsed for row in coverage) == reading.read
    rejected = {issue.key for issue in played.outcome.issues if issue.level == "rejected"}
    assert len(rejected) == reading.rejected > 0
    assert played.outcome.status == 1


def test_the_full_tables_are_for_the_mission_alone(played: Played) -> None:
    table = (played.config.private / "tables/opportunites.csv").read_text(encoding="utf-8-sig")
    assert "Score (0 à 100)" in table and len(table.splitlines()) > 1
    assert "Score (0 à 100)" not in played.first["tables/opportunites.csv"].decode("utf-8-sig")


def test_a_second_run_changes_and_announces_nothing(played: Played) -> None:
    assert played.again.reading.read == 0
    assert [result.stored for result in played.again.collected] == [0, 0, 0]
    assert files(played.config.public) == played.first
    assert dumped(played.config) == played.dump


def test_every_quote_is_in_the_notice(played: Played) -> None:
    quotes = 0
    with Store.open(played.config.database) as store:
        for item in played.outcome.edition.items:
            notice = store.notice(item.notice)
            assert notice is not None
            for _, finding in store.findings_of(item.notice):
                if finding.passage is not None:
                    assert notice.passages[finding.passage].text[finding.start : finding.end] == finding.quote
                    quotes += 1
    assert quotes > 20


def test_every_feed_is_accepted(played: Played) -> None:
    feeds = [path for path in played.first if path.startswith("feeds/")]
    assert any(path.endswith("-34.rss.xml") or "-" in path for path in feeds)
    for path in feeds:
        etree.fromstring(played.first[path])
        parsed = feedparser.parse(played.first[path])
        assert not parsed.bozo, (path, parsed.get("bozo_exception"))
        identifiers = [entry.id for entry in parsed.entries]
        assert len(identifiers) == len(set(identifiers)), path


def test_the_database_opens_with_the_views_a_reader_wants(played: Played) -> None:
    with sqlite3.connect(played.config.database) as database:
        for view in ("semaine", "marches_reserves", "clauses", "opportunites", "a_verifier", "pratique_acheteurs"):
            assert database.execute(f"SELECT count(*) FROM {view}").fetchone()[0] > 0, view


def test_reading_the_archive_again_changes_nothing_when_no_rule_changed(played: Played) -> None:
    with Store.open(played.config.database) as store:
        assert reclassify(store, save=False) == []


def test_a_territory_keeps_its_own_and_the_unknown(played: Played) -> None:
    from scanner.config import Territory
    from scanner.run import publish

    items = played.outcome.edition.items
    chosen = next(item.departements[0] for item in items if item.departements)
    config = replace(played.config, territory=Territory(departements=(chosen,)))
    with Store.open(config.database) as store:
        edition, _ = publish(store, replace(config, folder=config.folder), since=MONDAY, until=SUNDAY, today=REFERENCE)
        publish(store, played.config, since=MONDAY, until=SUNDAY, today=REFERENCE)
    kept = {item.tender for item in edition.items}
    assert kept == {item.tender for item in items if chosen in item.departements or not item.departements}
    assert len(kept) < len(items)


def test_what_becomes_of_a_call_is_told(played: Played) -> None:
    digest = played.first[f"digest/{played.outcome.edition.week}.txt"].decode()
    for told in (
        "clause ajoutée : clause d'insertion, 150 heures",
        "lot 2 désormais réservé aux EA/ESAT",
        "titulaire : SARL Marsaunay Services : l'entreprise à contacter pour l'embauche",
    ):
        assert told in digest
    assert len(feedparser.parse(played.first["feeds/changements.rss.xml"]).entries) == 4
    with sqlite3.connect(played.config.database) as database:
        tenders = dict(database.execute("SELECT id, tender FROM notices"))
        links = database.execute("SELECT lien, objet, objet_anterieur FROM liens").fetchall()
    assert [tenders[f"boamp:26-{110_000 + one['rank']}"] for one in week.stories() if one["kind"] != "relaunched"] == [
        f"boamp:26-{110_000 + one['of']}" for one in week.stories() if one["kind"] != "relaunched"
    ]
    relaunch = next(one for one in week.stories() if one["kind"] == "relaunched")
    assert tenders[f"boamp:26-{110_000 + relaunch['rank']}"] != tenders[f"boamp:26-{110_000 + relaunch['of']}"]
    assert any(nature == "fait suite à" and later == f"Relance - {earlier}" for nature, later, earlier in links)


def test_the_same_lots_are_counted_in_every_output(played: Played) -> None:
    """In February a mission adds up fifty-two weeks: bulletin, table, feed, site and letter must agree."""
    edition, public = played.outcome.edition, played.first
    letter_text = letter(edition, Reader("", "mission")).text
    told = {one.listing.name: one for one in digest.groupings(edition)}
    for rank, (name, group) in enumerate(told.items(), 1):
        table = list(csv.DictReader(StringIO(public[f"tables/{name}.csv"].decode("utf-8-sig")), delimiter=";"))
        tenders = [row["Consultation (identifiant stable)"] for row in table]
        assert len(table) == sum(len(one.lots) for one in group.cards) and len(set(tenders)) == len(
            {one.tender for one in group.cards}
        )
        book = zipfile.ZipFile(BytesIO(public[f"tables/{name}.xlsx"])).read("xl/worksheets/sheet1.xml")
        assert book.count(b"<row ") == len(table) + 1
        heading = f"{rank}. {group.listing.title.upper()}"
        assert _figures(_after(public[f"digest/{edition.week}.txt"].decode(), f"{heading} : ")) == len(group.cards)
        assert _figures(_after(letter_text, f"{heading}\n")) == len(group.cards)
        page = BeautifulSoup(public[f"semaines/{edition.week}.html"], "lxml").get_text(" ", strip=True)
        pages = len({one.tender for one in group.cards})
        assert f"{group.listing.title} ({pages}{' consultations' * group.listing.changes})" in page
        if group.listing.feed:
            for kind in ("rss", "atom"):
                found = feedparser.parse(public[f"feeds/{name}.{kind}.xml"]).entries
                assert len([one for one in found if not one.title.startswith("[")]) == len(group.cards)


def test_the_year_counts_the_lots_of_the_week(played: Played) -> None:
    """One week in the base: the observatory has its reserved lots, but for those announced and not yet called."""
    with Store.open(played.config.database) as store:
        year = observe(store, played.config, 2026)
    items = [one for one in played.outcome.edition.items if one.kind != "planning" and not one.project]
    lots = [lot for one in items for lot in (_numbered(one.lots) or one.lots)]
    counted = {line.key: line.now.lots for table in year.tables if table.name == "statuts" for line in table.lines}
    for status in ("reserve", "objet_insertion", "clause", "facultatif"):
        assert counted.get(status, 0) == sum(lot.status == status for lot in lots), status


def _numbered(lots: Sequence[ItemLot]) -> list[ItemLot]:
    return [lot for lot in lots if lot.number is not None]


def _after(text: str, heading: str) -> str:
    return text.split(heading, 1)[1].splitlines()[0]


def _figures(told: str) -> int:
    """« 14 marchés réservés et 2 marchés ayant pour objet l'insertion » is 16."""
    return sum(map(int, re.findall(r"(?:^|et )(\d+) ", told)))


def _lines(sheet: Path) -> str:
    return re.sub(r"(?<=\d)\s(?=\d{3})", "", sheet.read_text()).replace("\\", "")


def _region_places(base: sqlite3.Connection, name: str) -> str:
    named = {one["name"]: one["departements"] for one in read_yaml(Path("scanner/data/regions.yml")).values()}
    return ",".join(f"'{code}'" for code in named[name])


def _declared(base: sqlite3.Connection, prefix: str, region: str) -> list[tuple[str, str]]:
    """The declared contracts (social content, day) that a sheet compares with, by plain SQL."""
    return base.execute(
        "SELECT social, notified FROM contracts WHERE cpv LIKE ? || '%' AND coalesce(corrected, amount) >= "
        "90000 AND notified >= date(?, '-1095 days') AND social IS NOT NULL AND anomalies NOT LIKE "
        "'%doublon_probable%' AND anomalies NOT LIKE '%date_%' AND buyer IN (SELECT siret FROM "
        f"contract_buyers WHERE departement IN ({_region_places(base, region)}))",
        (prefix, REFERENCE.isoformat()),
    ).fetchall()


def test_the_rate_of_each_sheet_is_that_of_the_rows(played: Played) -> None:
    """« k sur n renseignés, CPV p, région, période », counted again; a few contracts give no share, counted too."""
    shared = re.compile(
        r"(\d+) % des marchés .*?\((\d+) sur (\d+) renseignés, CPV (\d+), (.+?), (\d\d/\d{4}) à (\d\d/\d{4})"
    )
    few = re.compile(r"considération sociale : (\d+) sur (\d+), trop peu .*?\(CPV (\d+), (.+?), ")
    seen, sparse = set(), set()
    with sqlite3.connect(played.config.database) as base:
        for sheet in (played.config.private / "fiches").glob("*.md"):
            for share, social, known, prefix, region, first, last in shared.findall(_lines(sheet)):
                rows = _declared(base, prefix, region)
                with_one = [row for row in rows if row[0] != "aucune"]
                assert (len(with_one), len(rows)) == (int(social), int(known)), sheet.name
                assert int(share) == round(100 * len(with_one) / len(rows))
                days = sorted(day for _, day in rows)
                assert [f"{day[5:7]}/{day[:4]}" for day in (days[0], days[-1])] == [first, last]
                seen.add((prefix, region))
            for social, known, prefix, region in few.findall(_lines(sheet)):
                rows = _declared(base, prefix, region)
                assert (sum(row[0] != "aucune" for row in rows), len(rows)) == (int(social), int(known)), sheet.name
                sparse.add((prefix, region))
    assert len(seen) >= 2 and len(sparse) >= 3, "la semaine d'exemple a des métiers à comparer"


def test_the_practice_told_of_a_buyer_is_that_of_its_contracts(played: Played) -> None:
    told = re.compile(r"(\d+) de ses (\d+) marchés renseignés portent une considération sociale \((\S+) à (\S+?),? ")
    seen = set()
    with sqlite3.connect(played.config.database) as base:
        for sheet in (played.config.private / "fiches").glob("*.md"):
            text = _lines(sheet)
            notice = re.search(r"Sources : (\S+),", text)
            assert notice
            for social, known, first, last in told.findall(text):
                rows = base.execute(
                    "SELECT social, notified FROM contracts WHERE substr(buyer, 1, 9) = (SELECT coalesce(substr(siret, "
                    "1, 9), siren) FROM buyers WHERE notice = ? AND position = 0) AND social IS NOT NULL AND notified "
                    ">= date(?, '-1095 days') AND anomalies NOT LIKE '%date_%' AND anomalies NOT LIKE '%doublon%'",
                    (notice[1], REFERENCE.isoformat()),
                ).fetchall()
                assert (int(social), int(known)) == (sum(row[0] != "aucune" for row in rows), len(rows)), sheet.name
                days = sorted(day for _, day in rows)
                assert [f"{day[5:7]}/{day[:4]}" for day in (days[0], days[-1])] == [first, last.strip(")")]
                seen.add(notice[1])
    assert len(seen) >= 3


def test_the_hours_of_each_sheet_are_worked_from_the_amount_of_its_row(played: Played) -> None:
    step = re.compile(
        r"Taux central : (\S+) € × (\S+) % de main-d'œuvre(?: × (\S+) % de personnel nouveau)? × (\S+) % d'insertion "
        r"÷ (\S+) € de l'heure = (\d+) h"
    )
    seen = 0
    with sqlite3.connect(played.config.database) as base:
        for sheet in (played.config.private / "fiches").glob("*.md"):
            text = _lines(sheet)
            notice, lot = re.search(r"Sources : (\S+),", text), re.search(r"^\*\*Lot (\S+) —", text, re.M)
            assert notice
            found = step.search(text)
            (amount, share, low, high, score) = base.execute(
                "SELECT l.amount, json_extract(l.segment, '$.segment.labour_share'), o.hours_low, o.hours_high, o.score"
                " FROM opportunities o JOIN lots l ON l.notice = o.notice AND l.number IS o.lot "
                "WHERE o.notice = ? AND o.lot IS ?",
                (notice[1], lot and lot[1]),
            ).fetchone()
            assert f"Score {score} sur 100" in text
            points = [int(one) for one in re.findall(r"^- (\d+) : ", text, re.M)]
            assert min(100, sum(points)) == score, "chaque point du score est dans la fiche"
            if found is None:
                assert low is None
                continue
            figures = [float((one or "100").replace(",", ".")) for one in found.groups()]
            euros, part, fresh, rate, cost, raw = figures
            assert part == share and euros in [one for one in orjson.loads(amount).values() if one != "EUR"]
            assert int(euros * part / 100 * fresh / 100 * rate / 100 / cost + 1e-9) == raw
            assert re.search(rf"^\*\*(de l'ordre de )?{low}( à {high})? h ", text, re.M) or "**plutôt" in text
            seen += 1
    assert seen >= 10
