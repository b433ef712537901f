"""Feeds by kind of reservation, by trade, by deadline: what a subscriber of each would see."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree

import feedparser
import pytest
from lxml import etree
from lxml import html as lxml_html

from feeds import catalogue, digest, publish
from feeds.families import families, slug
from feeds.sorting import sort_lots
from scanner.appraisal import LotSegment
from scanner.datafile import DataFileError
from scanner.edition import Event
from scanner.finding import RESERVED as LABELS
from scanner.finding import Hours
from scanner.readership import readership
from tests.chances import CLEANING
from tests.feeds.samples import BROKEN, CLAUSED, REFERENCE, RESERVED, edition, finding, item, lot

KINDS = ("ea-esat", "siae", "ea-esat-siae", "penitentiaire", "ess", "non-precisee")
GREEN, CLEAN = "Espaces verts & extérieurs", "Hygiène et Propreté"
HOSTILE = 'Lot <script>alert(1)</script> ]]> \x00\x0b \u202egnp.exe &amp; "><img onerror=alert(1)>'
UNKNOWN = "marches-reserves-metier-inconnu"


def traded(one, *trades, known="cpv_lot"):
    return replace(one, segment=LotSegment(replace(CLEANING, sectors=trades), known, "90910000"))


def reserved(key="26-1", label="reserve_ea_esat", *trades, known="cpv_lot", **changes):
    whole = lot(None, "reserve", finding(label))
    return item(key, traded(whole, *trades, known=known) if trades else whole, **changes)


def feed(out, name, kind="atom"):
    parsed = feedparser.parse((out / f"feeds/{name}.{kind}.xml").read_bytes())
    assert parsed.bozo == 0 and parsed.feed.title and parsed.entries
    return parsed


def tenders(out, name):
    """The tenders of a feed, in its order; empty when it is quiet."""
    return [entry.id.rpartition("boamp:")[2] for entry in feed(out, name).entries if ":semaine:" not in entry.id]


def everything(out):
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("label", "found"),
    [
        ("reserve_ea_esat", {"ea-esat"}),
        ("reserve_siae", {"siae"}),
        ("reserve_cumul", {"ea-esat", "siae", "ea-esat-siae"}),
        ("reserve_penitentiaire", {"penitentiaire"}),
        ("reserve_ess", {"ess"}),
        ("reserve_indetermine", {"non-precisee"}),
    ],
)
def test_a_reserved_contract_is_in_the_feed_of_whoever_may_answer(tmp_path, label, found):
    publish(edition(reserved("26-1", label)), tmp_path)
    for suffix in ("", "-34"):
        assert {name for name in KINDS if tenders(tmp_path, f"marches-reserves-{name}{suffix}")} == found


def test_every_kind_of_reservation_has_its_feed():
    (family,) = [one for one in families() if one.by == "nature"]
    assert set().union(*(topic.labels for topic in family.topics.values())) == LABELS


def test_a_box_beside_a_named_kind_does_not_make_it_vague(tmp_path):
    box = finding("reserve_indetermine", "oui", passage=None, field="marche_reserve")
    publish(edition(item("26-1", lot(None, "reserve", box, finding("reserve_siae")))), tmp_path)
    assert tenders(tmp_path, "marches-reserves-siae") == ["26-1"]
    assert tenders(tmp_path, "marches-reserves-non-precisee") == []


def test_a_reservation_that_is_optional_or_denied_is_in_no_kind(tmp_path):
    perhaps = item("26-1", lot("1", "facultatif", finding(reading="conditional")))
    denied = item("26-2", lot("1", "rien", finding(reading="denied")))
    publish(edition(perhaps, denied), tmp_path)
    assert not any(tenders(tmp_path, f"marches-reserves-{name}") for name in KINDS)


def test_a_reserved_lot_without_named_beneficiary_is_never_dropped(tmp_path):
    publish(edition(item("26-1", lot("1", "reserve")), item("26-2", lot("1", "objet_insertion"))), tmp_path)
    assert tenders(tmp_path, "marches-reserves-non-precisee") == ["26-1"]


def test_each_kind_tells_its_own_lots_and_a_tender_is_there_once(tmp_path):
    lots = [lot(number, "reserve", finding(), title=title) for number, title in (("2", "Massifs"), ("3", "Haies"))]
    publish(edition(item("26-1", lot("1", "reserve", finding("reserve_siae"), title="Tonte"), *lots)), tmp_path)
    (entry,) = feed(tmp_path, "marches-reserves-ea-esat-34").entries
    told = entry.content[0].value
    assert "Massifs" in told and "Haies" in told and "Tonte" not in told and "(lots 2 et 3)" in entry.summary
    assert len(feed(tmp_path, "marches-reserves").entries) == 1


@pytest.mark.parametrize("kind", ["rss", "atom"])
def test_an_entry_of_a_kind_stands_alone(tmp_path, kind):
    timed = finding(hours=(Hours(1210, "year"),), quote="Lot réservé aux ESAT.", facilitator="Maison de l'emploi")
    publish(edition(item("26-1", lot("2", "reserve", timed, title="Massifs"))), tmp_path)
    (entry,) = feed(tmp_path, "marches-reserves-ea-esat-34", kind).entries
    told = entry.content[0].value
    for expected in (
        "Pourquoi c'est là", "« Lot réservé aux ESAT. »", "Lot 2 — Massifs", "Ville de Fontclaire", "département 34",
        "dans 21 jours", "1\u202f210 heures par an", "https://avis.example.org/1", "https://dce.example.org/1",
    ):  # fmt: skip
        assert expected in lxml_html.fromstring(told).text_content() + told
    assert entry.id == "urn:veille-clauses:marches-reserves-ea-esat:boamp:26-1"


def test_the_twenty_trades_and_the_unknown_one_have_a_readable_feed(tmp_path):
    publish(edition(), tmp_path)
    names = [slug(trade) for trade in readership().trades]
    assert len(set(names)) == 20 and "espaces-verts-et-exterieurs" in names
    for name in (*names, "metier-inconnu"):
        (entry,) = feed(tmp_path, f"marches-reserves-{name}").entries
        assert ":semaine:2026-W47" in entry.id and "0 marché réservé (" in entry.title
        assert not (tmp_path / f"feeds/marches-reserves-{name}-34.atom.xml").exists()
    title = feed(tmp_path, "marches-reserves-espaces-verts-et-exterieurs").feed.title
    assert title == "Marchés réservés — Espaces verts & extérieurs — Hérault"


def test_a_contract_is_in_the_feeds_of_its_trades_where_it_is(tmp_path):
    one = reserved("26-1", "reserve_siae", GREEN, CLEAN)
    publish(edition(one, reserved("26-2", departements=("59",)), departements=("34", "59")), tmp_path)
    for name in (slug(GREEN), slug(CLEAN)):
        assert tenders(tmp_path, f"marches-reserves-{name}") == ["26-1"]
        assert tenders(tmp_path, f"marches-reserves-{name}-34") == ["26-1"]
        assert not (tmp_path / f"feeds/marches-reserves-{name}-59.rss.xml").exists()
    assert tenders(tmp_path, UNKNOWN) == tenders(tmp_path, f"{UNKNOWN}-59") == ["26-2"]
    assert "métier : Espaces verts & extérieurs, Hygiène et Propreté" in (
        feed(tmp_path, f"marches-reserves-{slug(GREEN)}").entries[0].summary.replace("&amp;", "&")
    )
    assert "métier : inconnu" in feed(tmp_path, UNKNOWN).entries[0].summary


def test_a_guessed_trade_is_to_be_verified_and_stays_among_the_unknown(tmp_path):
    publish(edition(reserved("26-1", "reserve_siae", GREEN, known="texte")), tmp_path)
    for name in (f"marches-reserves-{slug(GREEN)}", UNKNOWN):
        assert tenders(tmp_path, name) == ["26-1"]
        assert "d'après les mots de l'avis, à vérifier" in feed(tmp_path, name).entries[0].summary


def test_a_trade_outside_the_twenty_is_unknown(tmp_path):
    publish(edition(reserved("26-1", "reserve_siae", "Astronomie")), tmp_path)
    assert tenders(tmp_path, UNKNOWN) == ["26-1"]


def test_what_is_said_of_the_whole_is_of_the_trade_of_its_lots(tmp_path):
    whole = item("26-1", lot(None, "reserve", finding()), traded(lot("1", "reserve"), GREEN), traded(lot("2"), CLEAN))
    publish(edition(whole), tmp_path)
    assert tenders(tmp_path, f"marches-reserves-{slug(GREEN)}") == ["26-1"]
    assert tenders(tmp_path, f"marches-reserves-{slug(CLEAN)}") == tenders(tmp_path, UNKNOWN) == []


def test_a_national_contract_is_in_the_trade_of_the_whole_and_makes_no_feed_by_itself(tmp_path):
    national = reserved("26-1", "reserve_siae", GREEN, departements=(), places_source="inconnu", place="")
    publish(edition(national), tmp_path)
    name = f"marches-reserves-{slug(GREEN)}"
    assert tenders(tmp_path, name) == ["26-1"] and not (tmp_path / f"feeds/{name}-34.atom.xml").exists()
    publish(edition(national, reserved("26-2", "reserve_siae", GREEN)), tmp_path)
    assert tenders(tmp_path, f"{name}-34") == ["26-1", "26-2"]


@pytest.mark.parametrize(("days", "near"), [(-1, False), (0, True), (1, True), (7, True), (8, False)])
def test_near_deadlines_are_those_of_seven_days(tmp_path, days, near):
    limit = datetime(2026, 11, 23, 11, tzinfo=UTC) + timedelta(days=days)
    publish(edition(replace(RESERVED, deadline=limit), replace(CLAUSED, deadline=limit)), tmp_path)
    assert tenders(tmp_path, "echeances-proches") == (["26-1", "26-2"] if near else [])
    assert (tmp_path / "feeds/echeances-proches-34.rss.xml").exists() == near


def test_an_unknown_deadline_is_not_near_and_a_contract_of_two_lists_is_there_once(tmp_path):
    limit = datetime(2026, 11, 25, 11, tzinfo=UTC)
    both = item("26-1", lot("1", "reserve", finding(), title="Tonte"),
                lot("2", "clause", finding("clause_insertion"), title="Taille"), deadline=limit)  # fmt: skip
    publish(edition(both, replace(RESERVED, tender="boamp:26-9", deadline=None)), tmp_path)
    (entry,) = feed(tmp_path, "echeances-proches-34").entries
    assert "Tonte" in entry.content[0].value and "Taille" in entry.content[0].value and "dans 2 jours" in entry.summary


def test_the_nearest_deadline_comes_first(tmp_path):
    late = [reserved(f"26-{9 - n}", deadline=datetime(2026, 12, n + 1, 11, tzinfo=UTC)) for n in range(4)]
    publish(edition(*late), tmp_path)
    assert tenders(tmp_path, "marches-reserves-ea-esat-34") == ["26-9", "26-8", "26-7", "26-6"]


# -- what changes


def corrected(told, *changes, kind="rectification", **more):
    event = Event("boamp:26-9", kind, date(2026, 11, 20), "https://avis.example.org/2", changes, social=True)
    dated = tuple(f"20/11/2026 : {change}" for change in changes)
    more = {"kind": kind, **more}
    return replace(told, events=(event,), changes=dated, published=date(2026, 11, 20), **more)


def test_an_update_keeps_its_id_and_says_what_changed(tmp_path):
    one = reserved("26-1", "reserve_siae", GREEN)
    name = f"marches-reserves-{slug(GREEN)}-34"
    publish(edition(one), tmp_path)
    (before,) = feed(tmp_path, name).entries
    publish(edition(corrected(one, "date limite repoussée au 20/12/2026")), tmp_path)
    (after,) = feed(tmp_path, name).entries
    assert after.id == before.id and after.updated > before.updated
    assert "date limite repoussée au 20/12/2026" in after.summary


@pytest.mark.parametrize(
    ("kind", "title"), [("cancellation", "[procédure annulée]"), ("award", "[attribué]"), ("intent", "[intention")]
)
def test_a_contract_that_is_over_leaves_its_kind_and_its_trade_with_a_last_word(tmp_path, kind, title):
    publish(edition(corrected(reserved("26-1", "reserve_siae", GREEN), "fin", kind=kind)), tmp_path)
    for name in ("marches-reserves-siae", f"marches-reserves-{slug(GREEN)}-34"):
        (entry,) = feed(tmp_path, name).entries
        assert entry.id.endswith(":boamp:26-1") and entry.title.startswith(title)
        assert "0 marché réservé (" in feed(tmp_path, name).feed.subtitle


def test_a_lot_now_reserved_to_others_says_so_to_those_who_lose_it(tmp_path):
    one = reserved("26-1", "reserve_siae")
    moved = corrected(one, "réservé aux EA/ESAT au lieu des SIAE", before=reserved("26-1").lots)
    publish(edition(moved), tmp_path)
    (lost,) = feed(tmp_path, "marches-reserves-ea-esat").entries
    (won,) = feed(tmp_path, "marches-reserves-siae").entries
    assert lost.title.startswith("[retiré]") and "au lieu des SIAE" in lost.summary
    assert not won.title.startswith("[") and "au lieu des SIAE" in won.summary


def test_a_correction_does_not_announce_a_trade_that_was_not_read_again(tmp_path):
    one = corrected(reserved("26-1", "reserve_siae", GREEN), "date", before=reserved("26-1", "reserve_siae").lots)
    publish(edition(one), tmp_path)
    assert tenders(tmp_path, UNKNOWN) == [] and tenders(tmp_path, f"marches-reserves-{slug(GREEN)}") == ["26-1"]


# -- what stays


def later(*items, **changes):
    more = dict(since=date(2026, 11, 23), until=date(2026, 11, 29), reference=date(2026, 11, 30))
    return edition(*items, **{**more, **changes})


def test_a_feed_once_made_does_not_vanish_and_is_quiet(tmp_path):
    name = f"marches-reserves-{slug(GREEN)}-34"
    near = reserved("26-1", "reserve_siae", GREEN, deadline=datetime(2026, 11, 25, 11, tzinfo=UTC))
    publish(edition(near), tmp_path / "kept")
    publish(later(), tmp_path / "kept")
    for one in (name, "echeances-proches-34"):
        (entry,) = feed(tmp_path / "kept", one).entries
        assert ":semaine:2026-W48" in entry.id and "sources complètes" in entry.title
        assert f"{one}.rss.xml" in (tmp_path / "kept/opml.xml").read_text(encoding="utf-8")
    first = everything(tmp_path / "kept")
    publish(later(), tmp_path / "kept")
    assert everything(tmp_path / "kept") == first
    publish(later(), tmp_path / "new")
    assert not (tmp_path / f"new/feeds/{name}.atom.xml").exists()
    assert (tmp_path / "new/feeds/marches-reserves-siae-34.atom.xml").exists()


def test_a_departement_of_a_national_watch_does_not_vanish_either(tmp_path):
    publish(edition(reserved(), departements=()), tmp_path)
    (tmp_path / "feeds/veille-..34.atom.xml").write_text("x")
    (tmp_path / "feeds/veille-brouillon.atom.xml").write_text("x")
    publish(later(departements=()), tmp_path)
    assert ":semaine:2026-W48" in feed(tmp_path, "marches-reserves-ea-esat-34").entries[0].id
    assert "brouillon" not in (tmp_path / "opml.xml").read_text(encoding="utf-8")
    listed = catalogue.subscriptions(later(), frozenset({"feeds/veille-59"}))
    assert "59" not in {one.code for one in listed}  # a territory that the user chose stays as chosen


def test_a_quiet_feed_and_a_broken_one_never_look_alike(tmp_path):
    publish(edition(), tmp_path / "quiet")
    publish(edition(coverage=(BROKEN,), read=1400), tmp_path / "broken")
    for name in ("marches-reserves-siae-34", f"marches-reserves-{slug(GREEN)}", "echeances-proches"):
        quiet, broken = (feed(tmp_path / week, name).entries[0] for week in ("quiet", "broken"))
        assert "sources complètes" in quiet.title and "avis attendus" in quiet.content[0].value
        assert "source incomplète : BOAMP" in broken.title and "source incomplète" in broken.content[0].value


# -- how they are found


def test_the_opml_has_a_folder_a_family_and_every_feed_once(tmp_path):
    publish(edition(reserved("26-1", "reserve_siae", GREEN)), tmp_path)
    folders = ElementTree.parse(tmp_path / "opml.xml").findall("body/outline")
    assert [one.get("text") for one in folders] == [
        "Bulletin et listes", "Marchés réservés, par nature de réservation", "Marchés réservés, par métier",
        "Échéances proches",
    ]  # fmt: skip
    feeds = [one.get("xmlUrl").rpartition("/")[2] for folder in folders for one in folder]
    assert sorted(feeds) == sorted(path.name for path in (tmp_path / "feeds").glob("*.rss.xml"))
    assert all(one.get("type") == "rss" and one.get("text") for folder in folders for one in folder)


@pytest.mark.parametrize("page", ["index.html", "flux.html", "digest/2026-W47.html"])
def test_every_page_announces_its_feeds(tmp_path, page):
    publish(edition(RESERVED), tmp_path)
    tree = lxml_html.fromstring((tmp_path / page).read_bytes())
    links = tree.xpath("//head/link[@rel='alternate']")
    for one in links:
        kind = "atom" if "atom" in one.get("type") else "rss"
        assert ((tmp_path / page).parent / one.get("href")).resolve().name.endswith(f".{kind}.xml")
        assert ((tmp_path / page).parent / one.get("href")).is_file() and one.get("title")
    assert len(links) == 5 * 2 + 6 + 21 + 1


def test_the_page_of_feeds_leads_to_each(tmp_path):
    publish(edition(reserved("26-1", "reserve_siae", GREEN)), tmp_path)
    tree = lxml_html.fromstring((tmp_path / "flux.html").read_bytes())
    led = {link for link in tree.xpath("//main//@href")}
    assert led == {f"feeds/{path.name}" for path in (tmp_path / "feeds").glob("*.xml")}
    assert [one.text for one in tree.xpath("//h2")] == ["Hérault", "Hérault (34)"]


def test_the_first_page_stays_light_for_the_whole_country(tmp_path):
    codes = [f"{number:02}" for number in range(1, 96) if number != 20]
    publish(edition(RESERVED, departements=tuple(codes)), tmp_path)
    assert (tmp_path / "index.html").stat().st_size < digest.HTML_LIMIT
    assert "Val-d&#39;Oise (95)" in (tmp_path / "flux.html").read_text(encoding="utf-8")


# -- what may not harm


def test_file_names_are_safe(tmp_path):
    bad = reserved("26-1", "reserve_siae", "../../" + GREEN, GREEN, departements=("34", "../34", "a" * 300))
    publish(edition(bad, departements=()), tmp_path)
    for path in (tmp_path / "feeds").iterdir():
        assert re.fullmatch(r"[a-z][a-z0-9-]*(-\d[0-9AB]\d?)?\.(rss|atom)\.xml", path.name)


def test_hostile_text_harms_no_feed_and_no_page(tmp_path):
    segment = replace(CLEANING, sectors=(GREEN,), label=HOSTILE)
    lots = (
        replace(
            lot(HOSTILE, "reserve", finding(quote=HOSTILE, facilitator=HOSTILE), title=HOSTILE),
            segment=LotSegment(segment, "cpv_lot"),
        ),
    )
    bad = item(HOSTILE, *lots, title=HOSTILE, buyer=HOSTILE, place=HOSTILE, url="javascript:alert(1)",
               documents_url="http://127.0.0.1/", changes=(HOSTILE,))  # fmt: skip
    long = reserved("26-2", title="é" * 200_000, buyer="x" * 200_000)
    publish(edition(bad, long, territory=HOSTILE), tmp_path)
    for path in (tmp_path / "feeds").iterdir():
        parsed = feedparser.parse(path.read_bytes(), sanitize_html=False)
        assert parsed.bozo == 0 and etree.fromstring(path.read_bytes()) is not None
        for entry in parsed.entries:
            page = lxml_html.fromstring(f"<div>{entry.content[0].value}</div>")
            assert not page.xpath("//script | //img | //@onerror | //a[starts-with(@href, 'javascript')]")
            assert "<" not in entry.title
    for name in ("index.html", "flux.html", "opml.xml", f"feeds/marches-reserves-{slug(GREEN)}-34.rss.xml"):
        told = (tmp_path / name).read_text(encoding="utf-8")
        assert not re.search("[\x00\x0b\u202e]|<script|<img", told), name


def test_the_same_edition_gives_the_same_bytes_in_any_order(tmp_path):
    many = [reserved(f"26-{n}", label, GREEN if n % 2 else CLEAN) for n, label in enumerate(sorted(LABELS))]
    publish(edition(*many, CLAUSED), tmp_path / "one")
    publish(edition(*many, CLAUSED), tmp_path / "one")
    publish(edition(CLAUSED, *reversed(many)), tmp_path / "two")
    one, two = everything(tmp_path / "one"), everything(tmp_path / "two")
    assert {name for name in one if name.startswith("feeds/")} == {name for name in two if name.startswith("feeds/")}
    assert all(one[name] == two[name] for name in one if name.startswith("feeds/marches-reserves-"))


def test_cards_are_made_once_whatever_the_number_of_feeds(tmp_path, monkeypatch):
    made = []
    told = catalogue.Cards.__call__.__globals__["card"]
    monkeypatch.setattr("feeds.board.card", lambda *known: made.append(known[0].tender) or told(*known))
    codes = tuple(f"{number:02}" for number in range(1, 20))
    national = reserved("26-1", "reserve_cumul", GREEN, CLEAN, departements=(), places_source="inconnu")
    listed = list(catalogue.subscriptions(edition(national, departements=codes)))
    assert sum(f":{'boamp:26-1'}" in entry.id for one in listed for entry in one.feed.entries) > 80
    assert made == ["boamp:26-1"]


# -- the data


def test_a_lot_is_sorted_without_the_feed_around():
    (trades,) = [one for one in families() if one.by == "metier"]
    one = reserved("26-1", "reserve_siae", GREEN)
    assert sort_lots(trades, one, one.lots, REFERENCE) == {GREEN: one.lots}
    assert sort_lots(trades, one, (), REFERENCE) == {}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('by: "nature"', 'by: "couleur"', "« by » vaut « couleur »"),
        ('lists: ["marches-reserves"]', 'lists: ["inconnue"]', "liste « inconnue » inconnue"),
        ('labels: ["reserve_ess"]', 'labels: ["clause_insertion"]', "dispositifs réservés"),
        ("  days: 7", "", "« days » manquante"),
        ('unknown: "métier inconnu"', 'unknown: "siae"', "« marches-reserves-siae »"),
        ("  everywhere: true", "  everywhere: true\n  extra: true", "« extra » inconnue"),
    ],
)
def test_a_mistake_in_the_file_is_one_sentence(tmp_path, monkeypatch, old, new, told):
    from feeds import families as module

    text = module._FILE.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "feeds.yml").write_text(text.replace(old, new, 1), encoding="utf-8")
    monkeypatch.setattr(module, "_FILE", tmp_path / "feeds.yml")
    with pytest.raises(DataFileError, match=re.escape(told)):
        module.families.__wrapped__()
