import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import feedparser
import pytest
from lxml import etree
from lxml import html as lxml_html

from feeds import digest, publish, site
from feeds.entry import card, clean, count, deadline, safe_link, word
from feeds.families import slug
from feeds.site.pages import text as own_script
from scanner.edition import Event
from scanner.finding import note_text
from scanner.readership import readership
from tests.feeds.samples import BROKEN, CLAUSED, REFERENCE, RESERVED, WHOLE, edition, finding, item, lot

HOSTILE = "Lot <script>alert(1)</script> ]]> \x00\x0b fin \u202egnp.exe &amp; <b>"


def read(out, name):
    return (out / name).read_text(encoding="utf-8")


def entries(out, name):
    parsed = feedparser.parse((out / f"feeds/{name}").read_bytes())
    assert parsed.bozo == 0
    return parsed.entries


def everything(out):
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def test_every_list_is_published_for_the_whole_and_each_departement(tmp_path):
    written = {path.relative_to(tmp_path).as_posix() for path in publish(edition(RESERVED), tmp_path)}
    names = ["veille", "marches-reserves", "marches-avec-clause", "opportunites", "changements"]
    kinds = [
        f"marches-reserves-{n}" for n in ("ea-esat", "siae", "ea-esat-siae", "penitentiaire", "ess", "non-precisee")
    ]
    trades = [f"marches-reserves-{slug(trade)}" for trade in readership().trades]
    feeds = {f"feeds/{n}{d}.{x}.xml" for n in [*names, *kinds] for d in ("", "-34") for x in ("rss", "atom")}
    feeds |= {f"feeds/{n}.{x}.xml" for n in [*trades, "echeances-proches"] for x in ("rss", "atom")}
    feeds |= {f"feeds/marches-reserves-metier-inconnu{d}.{x}.xml" for d in ("", "-34") for x in ("rss", "atom")}
    sheets = {f"tables/{n}.{x}" for n in [*names[1:], "criteres-et-mentions"] for x in ("csv", "xlsx")}
    pages = {
        "digest/2026-W47.html",
        "digest/2026-W47.txt",
        "index.html",
        "flux.html",
        "opml.xml",
        "ocds/releases.json",
    } | {"retours.csv"}
    agendas = {f"calendar/{n}{d}.ics" for n in ("marches-reserves", "marches-avec-clause") for d in ("", "-34")}
    assert written == feeds | sheets | agendas | pages | set(site.files(edition(RESERVED)))
    assert written == set(everything(tmp_path))


@pytest.mark.parametrize("made", [edition(), edition(RESERVED, CLAUSED), edition(item("26-3", lot(HOSTILE)))])
def test_every_feed_is_accepted_by_a_reader(tmp_path, made):
    for path in publish(made, tmp_path):
        if path.suffix == ".xml":
            etree.fromstring(path.read_bytes())
        if path.parent.name == "feeds":
            parsed = feedparser.parse(path.read_bytes())
            assert parsed.bozo == 0 and parsed.feed.title and parsed.entries


def test_the_same_edition_gives_the_same_bytes(tmp_path):
    made = edition(RESERVED, CLAUSED)
    publish(made, tmp_path)
    first = everything(tmp_path)
    publish(made, tmp_path)
    assert everything(tmp_path) == first


def test_an_item_reserved_on_lot_2_names_lot_2_only(tmp_path):
    publish(edition(RESERVED), tmp_path)
    (entry,) = entries(tmp_path, "marches-reserves.atom.xml")
    told = entry.summary + entry.content[0].value
    assert "(lot 2)" in told and "Lot 2 — Massifs" in told and "Lot 1" not in told
    assert "« Le lot 2 est réservé aux ESAT. »" in told and "conditions d'exécution" in told
    assert entry.id == "urn:veille-clauses:marches-reserves:boamp:26-1"
    assert entry.updated == "2026-11-18T00:00:00+01:00"


def test_an_entry_stands_alone(tmp_path):
    publish(edition(CLAUSED), tmp_path)
    told = entries(tmp_path, "marches-avec-clause-34.rss.xml")[0].content[0].value
    for expected in (
        "Pourquoi c'est là", "1\u202f210 heures par an", "Ville de Fontclaire", "département 34",
        "publié le 18 novembre 2026", "clôture le 14 décembre 2026 à 12 h 00 (dans 21 jours)",
        'href="https://avis.example.org/1"', 'href="https://dce.example.org/1"',
    ):  # fmt: skip
        assert expected in told


@pytest.mark.parametrize("name", ["marches-reserves.rss.xml", "marches-reserves.atom.xml"])
def test_the_nearest_deadline_comes_first(tmp_path, name):
    late = replace(RESERVED, tender="boamp:26-8", deadline=datetime(2027, 1, 4, 11, tzinfo=UTC))
    unknown = replace(RESERVED, tender="boamp:26-9", deadline=None)
    closed = replace(RESERVED, tender="boamp:26-7", deadline=datetime(2026, 11, 20, 11, tzinfo=UTC))
    publish(edition(unknown, closed, late, RESERVED), tmp_path)
    assert [e.id.rsplit(":", 1)[1] for e in entries(tmp_path, name)] == ["26-1", "26-8", "26-9"]


def test_hostile_text_harms_nothing(tmp_path):
    bad = item(
        HOSTILE, lot(HOSTILE, "reserve", finding(quote=HOSTILE, facilitator=HOSTILE), title=HOSTILE),
        title=HOSTILE, buyer=HOSTILE, place=HOSTILE, url="javascript:alert(1)", documents_url="http://127.0.0.1/x",
        changes=(HOSTILE,), departements=("../../34", "34"),
    )  # fmt: skip
    publish(edition(bad, departements=()), tmp_path)
    for name, body in everything(tmp_path).items():
        assert ".." not in name
        if name.endswith(".xlsx"):  # read in test_tables
            continue
        text = body.decode().replace(f"<script>{own_script('recherche.js')}</script>", "")
        assert not re.search("[\x00\x0b\u202e]", text), name
        assert name.endswith((".txt", ".csv", ".ics", ".json")) or "<script" not in text, name
    page = lxml_html.fromstring(read(tmp_path, "digest/2026-W47.html"))
    assert not page.xpath("//script") and not [a for a in page.xpath("//@href") if "javascript" in a or "127.0" in a]
    for kind in ("rss", "atom"):
        entry = entries(tmp_path, f"marches-reserves.{kind}.xml")[0]
        assert "fin" in entry.title and "<" not in entry.title
        assert "&lt;script&gt;" in entry.content[0].value


def test_a_quiet_week_and_a_broken_one_never_look_alike(tmp_path):
    publish(edition(), tmp_path / "quiet")
    publish(edition(coverage=(BROKEN,), read=1400), tmp_path / "broken")
    publish(edition(coverage=(), read=0), tmp_path / "nothing")
    quiet = "0 marché réservé — sources complètes (1\u202f412 avis lus)"
    broken = "source incomplète : BOAMP, 20 novembre 2026 (12 avis manquants sur 1\u202f412)"
    for name in ("digest/2026-W47.html", "digest/2026-W47.txt", "index.html", "feeds/marches-reserves-34.rss.xml"):
        assert quiet in read(tmp_path / "quiet", name) and "incomplète" not in read(tmp_path / "quiet", name)
        assert broken in read(tmp_path / "broken", name) and "complètes" not in read(tmp_path / "broken", name)
        assert "aucune lecture enregistrée" in read(tmp_path / "nothing", name)
    (entry,) = entries(tmp_path / "quiet", "marches-reserves.atom.xml")
    assert entry.id == "urn:veille-clauses:marches-reserves:semaine:2026-W47" and clean(quiet) in clean(entry.title)


def test_the_coverage_is_told_with_its_figures():
    assert digest.coverage_lines(edition().coverage) == ("BOAMP : 1\u202f412 avis attendus, 1\u202f412 lus",)
    assert digest.coverage_lines([BROKEN])[0].endswith("1\u202f400 lus, 12 manquants")


def test_an_unknown_place_is_in_every_territory_in_its_own_block(tmp_path):
    nowhere = replace(RESERVED, departements=(), places_source="inconnu", place="")
    elsewhere = replace(RESERVED, tender="boamp:26-5", departements=("59",))
    publish(edition(nowhere, elsewhere), tmp_path)
    (entry,) = entries(tmp_path, "marches-reserves-34.rss.xml")
    assert "[national / lieu inconnu]" in entry.title
    assert "<h3>National / lieu inconnu</h3>" in read(tmp_path, "digest/2026-W47.html")


def test_a_change_is_one_entry_a_notice_and_says_what_changed(tmp_path):
    changed = replace(CLAUSED, notice="boamp:26-9", kind="rectification", changes=("Clause portée à 300 heures.",))
    publish(edition(changed, RESERVED), tmp_path)
    (entry,) = entries(tmp_path, "changements.atom.xml")
    assert entry.id == "urn:veille-clauses:changements:boamp:26-2:boamp:26-9"
    assert "Clause portée à 300 heures." in entry.content[0].value


def test_a_weak_opportunity_is_withheld_and_counted(tmp_path):
    publish(edition(item("26-4", lot("1", score=80)), item("26-6", lot("1", score=12))), tmp_path)
    assert [e.id[-4:] for e in entries(tmp_path, "opportunites.rss.xml")] == ["26-4"]
    page = read(tmp_path, "digest/2026-W47.txt")
    assert "1 autre, moins porteuse, non affichée" in page
    assert "non détecté dans l'avis" in page and "sans clause " not in page.replace("OPPORTUNITÉS", "").replace(
        "Opportunités sans clause", ""
    )


def test_still_open_is_one_line_and_not_repeated():
    old = replace(RESERVED, published=date(2026, 11, 4), title="Blanchisserie ancienne")
    text = digest.text(edition(old))
    head, tail = text.split("TOUJOURS OUVERTS : 1")
    assert "Blanchisserie ancienne" in tail and "Blanchisserie ancienne" not in head
    assert "Lot 2 — Massifs" in tail and "département 34" in tail and "https://avis.example.org/1" in tail


def test_a_conditional_or_unnamed_device_says_so():
    optional = item("26-1", lot(None, "facultatif", finding("clause_insertion", reading="conditional")))
    unnamed = finding("reserve_indetermine", notes=("SANS_BENEFICIAIRE", "CASE_SANS_TEXTE"))
    vague = item("26-2", lot(None, "reserve", unnamed))
    text = digest.text(edition(optional, vague))
    assert "clause d'insertion (facultatif ou conditionnel)" in text
    assert "catégorie non précisée" in text and "case cochée, aucune phrase" in text


def test_a_denied_statement_proves_nothing():
    denied = item("26-1", lot(None, "rien", finding("clause_insertion", reading="denied")))
    assert "1. MARCHÉS RÉSERVÉS : 0 marché réservé" in digest.text(edition(denied))
    assert "26-1" not in digest.text(edition(denied))


def test_a_flood_stays_readable():
    many = [
        replace(RESERVED, tender=f"boamp:{n}", lots=(lot("2", "reserve", *[finding(quote="é" * 900)] * 6),))
        for n in range(90)
    ]
    page = digest.html(edition(*many))
    assert len(page.encode()) < digest.HTML_LIMIT
    assert re.search(r"et \d+ autres, à lire dans <a href=\"../feeds/marches-reserves.atom.xml\">", page)


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        (datetime(2026, 12, 1, 11, tzinfo=UTC), "clôture le 1er décembre 2026 à 12 h 00 (dans 8 jours)"),
        (datetime(2026, 11, 23, 22, 30, tzinfo=UTC), "clôture le 23 novembre 2026 à 23 h 30 (aujourd'hui)"),
        (datetime(2026, 11, 23, 23, 30, tzinfo=UTC), "clôture le 24 novembre 2026 à 00 h 30 (demain)"),
        (None, "date limite inconnue"),
    ],
)
def test_days_left_are_those_of_paris(moment, told):
    assert deadline(moment, REFERENCE) == told


@pytest.mark.parametrize("number, told", [(0, "0 avis lu"), (1, "1 avis lu"), (2, "2 avis lus")])
def test_french_plural(number, told):
    assert count(number, "avis lu", "avis lus") == told


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "ftp://a.fr/", "http://localhost/", "http://10.0.0.1/", "http://2130706433/", "https://u@a.fr/",
     "http://[::1]/", "http://intranet/", "http://srv.local/", "http://a.fr:x/", "http://169.254.1.1/", "//a.fr/", "http://0x7f.1/"],
)  # fmt: skip
def test_an_unsafe_link_is_never_followed(url):
    assert safe_link(url) == ""


def test_a_public_link_is_kept():
    assert safe_link("https://www.marches.fr/a?b=1&c=2") == "https://www.marches.fr/a?b=1&c=2"
    assert clean("a\x00b\u200e") == "a\ufffdb"


def test_each_list_has_its_blocks_and_its_own_reason():
    bought = item("26-1", lot(None, "objet_insertion", finding("objet_insertion")))
    changed = replace(CLAUSED, changes=("Clause ajoutée.",))
    page = digest.html(edition(bought, changed))
    assert "<h3>Marchés ayant pour objet l&#39;insertion</h3>" in page
    clause, news = page.split('<h2 id="changements">')
    assert "Pourquoi c&#39;est là : Clause ajoutée." in news and "Pourquoi c&#39;est là : Clause ajoutée." not in clause


@pytest.mark.parametrize(
    ("day", "told"), [(15, "rectificatif est encore possible"), (5, "profil d'acheteur"), (1, "renouvellement")]
)
def test_days_left_drive_what_to_do(day, told):
    month = 12 if day != 1 else 11
    end = datetime(2026, month, 26 if day == 1 else day, 11, tzinfo=UTC)
    assert told in digest.text(edition(item("26-4", lot("1", score=80), deadline=end)))


def test_what_was_not_read_or_has_closed_is_counted():
    partly = item("26-3", lot(None, "non_lu"))
    closed = replace(RESERVED, deadline=datetime(2026, 11, 20, 11, tzinfo=UTC))
    text = digest.text(edition(partly, closed))
    assert "1 avis non lu en entier" in text and "1 marché déjà clos, retiré." in text


def test_a_departement_is_named(tmp_path):
    publish(edition(departements=("34", "2A")), tmp_path)
    assert "Hérault (34)" in read(tmp_path, "index.html")
    assert "Corse-du-Sud (2A)" in read(tmp_path, "feeds/veille-2A.rss.xml")


def test_a_proof_is_told_once_and_a_note_under_its_first_proof():
    box = finding("reserve_indetermine", "oui", passage=None, field="marche_reserve", notes=("categorie_non_precisee",))
    words = finding("reserve_indetermine", "Marché réservé.", notes=("categorie_non_precisee",))
    whole = lot(None, "reserve", box, words, words)
    (shown,) = card(item("26-1", whole), (whole,), REFERENCE).lots
    assert [len(proof.notes) for proof in shown.proofs] == [1, 0]


def test_a_project_is_no_notice_yet(tmp_path):
    plan = item("1", lot(None, "non_lu", score=90), kind="planning", project=True, deadline=None, documents_url="")
    publish(edition(plan), tmp_path)
    page = read(tmp_path, "digest/2026-W47.html")
    assert "Voir le projet" in page and "Documents de la consultation" not in page
    assert "Ensemble du projet" in page and "Marché non alloti" not in page
    assert "  Projet : https://avis.example.org/1" in read(tmp_path, "digest/2026-W47.txt")


def test_a_change_without_social_content_is_counted_not_shown():
    plain = item("26-1", lot(None), kind="rectification", changes=("18/11/2026 : date reportée",))
    removed = replace(plain, tender="boamp:26-2", title="Clause retirée", lots=(
        lot(None, "rien", finding("clause_insertion", reading="denied")),
    ))  # fmt: skip
    text = digest.text(edition(plain, removed))
    assert "1 rectificatif ou attribution" in text and "Clause retirée" in text
    assert "1 autre sans contenu social détecté" in text


def test_a_lot_set_apart_is_told():
    apart = item("26-1", lot(None, "clause", finding("clause_insertion")), lot("1", "clause"), lot("4"))
    assert "(ensemble du marché, sauf lot 4)" in digest.text(edition(apart))


def test_a_feed_that_overflows_says_so(tmp_path):
    many = [item(f"26-{n}", lot("1", score=80)) for n in range(203)]
    publish(edition(*many), tmp_path)
    assert len(entries(tmp_path, "opportunites.atom.xml")) == 200
    assert "3 autres ne sont pas dans ce flux" in read(tmp_path, "feeds/opportunites.atom.xml")


def test_a_ticked_box_is_told_in_french():
    coded = finding("reserve_indetermine", "res-ws", passage=None, start=None, end=None, field="reserved-procurement")
    text = digest.text(edition(item("26-1", lot(None, "reserve", coded))))
    assert "Case cochée : participation réservée aux ateliers protégés" in text and "res-ws" not in text


def test_every_note_and_box_of_the_reading_has_its_words():
    root = Path(digest.__file__).parents[1] / "nlp"
    codes = set(re.findall(r'yield "([A-Z_]+)"', (root / "legality.py").read_text(encoding="utf-8")))
    assert codes and all(note_text(code) != note_text("AUTRE") for code in codes)
    boxes = re.findall(
        r'\("([\w-]+)", "([\w-]+)"\): \("\w+", "affirmed"\)', (root / "structured.py").read_text("utf-8")
    )
    assert boxes and all(word("codes", "=".join(box)) != word("codes", "") for box in boxes)


def test_no_code_is_shown_for_an_unknown_note():
    text = digest.text(
        edition(item("26-1", lot(None, "clause", finding("clause_insertion", notes=("X_Y", "SAUF_LOT_4")))))
    )
    assert "X_Y" not in text and "À noter : à vérifier dans l'avis" in text and "À noter : sauf le lot 4" in text


def test_an_unticked_box_is_no_social_content():
    box = finding("reserve_indetermine", "non", passage=None, reading="denied", field="marche_reserve")
    award = item("26-1", lot(None, "rien", box), kind="award", changes=("22/11/2026 : marché attribué",))
    assert "0 rectificatif ou attribution\n   1 autre sans contenu social détecté" in digest.text(edition(award))


def test_an_award_is_closed_and_tells_its_change_once():
    award = replace(CLAUSED, kind="award", changes=("22/11/2026 : marché attribué",) * 3)
    text = digest.text(edition(award))
    assert "Pourquoi c'est là : le 22/11/2026, marché attribué" in text
    assert text.count("Ce qui change") == 1 and "consultation close" in text and "dans 21 jours" not in text


def test_each_lot_keeps_its_own_reason():
    made = item("26-1", lot(None), lot("2", "clause", finding("clause_insertion")),
                lot("3", "facultatif", finding("clause_insertion_facultative", reading="conditional")))  # fmt: skip
    text = digest.text(edition(made))
    assert "à l'exécution (lot 2) ; " in text and "facultative ou conditionnelle (lot 3)." in text


def test_an_optional_clause_is_no_opportunity_without_clause():
    text = digest.text(edition(item("26-1", lot("1", "facultatif", finding(reading="conditional"), score=90))))
    assert "DÉTECTÉE : 0 opportunité" in text


def test_unreadable_notices_and_purchased_insertion_are_counted_apart():
    made = edition(RESERVED, item("26-5", lot(None, "objet_insertion", finding("objet_insertion"))),
                   coverage=(replace(WHOLE, parsed=1410, rejected=2),))  # fmt: skip
    text = digest.text(made)
    assert "1 marché réservé et 1 marché ayant pour objet l'insertion — sources complètes" in text
    assert "(1\u202f412 avis lus, 2 illisibles)" in text


def test_the_index_has_one_row_a_territory(tmp_path):
    publish(edition(RESERVED, departements=("34", "59")), tmp_path)
    rows = lxml_html.fromstring(read(tmp_path, "index.html")).xpath("//tbody/tr")
    assert [row.xpath("string(th)") for row in rows] == ["Hérault", "Hérault (34)", "Nord (59)"]
    assert all((tmp_path / link).is_file() for row in rows for link in row.xpath(".//@href"))
    assert len(rows[1].xpath(".//a")) == 10


# -- a life told notice by notice


def event(key, kind="rectification", day=19, *changes, **more):
    return Event(f"boamp:{key}", kind, date(2026, 11, day), "https://avis.example.org/2", changes, **more)


def lived(*events, **changes):
    dated = tuple(f"{one.published:%d/%m/%Y} : {change}" for one in events for change in one.changes)
    return replace(CLAUSED, events=events, changes=dated, published=events[-1].published, **changes)


def test_each_notice_that_changed_a_tender_has_its_entry_and_the_tender_keeps_one(tmp_path):
    one = lived(event("26-8", "rectification", 19, "date limite repoussée au 20/12/2026"),
                event("26-9", "rectification", 20, "heures d'insertion : 1 210 → 600", social=True))  # fmt: skip
    publish(edition(one), tmp_path)
    changed = feedparser.parse((tmp_path / "feeds/changements.atom.xml").read_bytes()).entries
    assert [entry.id.rpartition("boamp:")[2] for entry in changed] == ["26-9", "26-8"]
    assert "le 20/11/2026, heures d'insertion : 1 210 → 600" in changed[0].summary
    (clause,) = feedparser.parse((tmp_path / "feeds/marches-avec-clause.atom.xml").read_bytes()).entries
    assert clause.id.endswith(":boamp:26-2") and clause.updated.startswith("2026-11-20")
    assert "heures d'insertion : 1 210 → 600" in clause.summary
    assert "2 rectificatifs et attributions" in (tmp_path / "digest/2026-W47.txt").read_text(encoding="utf-8").lower()


@pytest.mark.parametrize(
    ("one", "title"),
    [
        (lived(event("26-9", "cancellation", 20, "procédure annulée"), kind="cancellation"), "[procédure annulée]"),
        (lived(event("26-9", "award", 20, "marché attribué", "titulaire : A"), kind="award"), "[attribué]"),
        (lived(event("26-9", "rectification", 20, "clause retirée : clause d'insertion", social=True),
               lots=(lot(None),), before=CLAUSED.lots), "[retiré]"),
    ],
)  # fmt: skip
def test_a_tender_that_leaves_a_list_says_why_in_its_own_entry_and_is_not_counted(tmp_path, one, title):
    publish(edition(one), tmp_path)
    parsed = feedparser.parse((tmp_path / "feeds/marches-avec-clause.atom.xml").read_bytes())
    (entry,) = parsed.entries
    assert entry.id.endswith(":boamp:26-2") and entry.title.startswith(title)
    assert "0 marché avec clause" in parsed.feed.subtitle
    week_later = replace(edition(one), since=date(2026, 11, 23), until=date(2026, 11, 29))
    publish(week_later, tmp_path)
    after = feedparser.parse((tmp_path / "feeds/marches-avec-clause.atom.xml").read_bytes()).entries
    assert all(":semaine:" in entry.id for entry in after)


def test_a_withdrawn_clause_is_told_among_changes_and_what_follows_without_content_is_not(tmp_path):
    one = lived(event("26-7", "rectification", 18, "date limite repoussée au 20/12/2026"),
                event("26-8", "rectification", 19, "clause retirée : clause d'insertion", social=True),
                event("26-9", "award", 20, "marché attribué"),
                kind="award", lots=(lot(None),), before=CLAUSED.lots)  # fmt: skip
    publish(edition(one), tmp_path)
    changed = feedparser.parse((tmp_path / "feeds/changements.atom.xml").read_bytes()).entries
    assert [entry.id.rpartition("boamp:")[2] for entry in changed] == ["26-8", "26-7"]


def test_a_holder_of_a_claused_contract_is_the_company_to_call_and_links_are_said_to_be_proposed(tmp_path):
    tie = "lien proposé, à vérifier : fait suite à « Entretien » (boamp:25-1, 01/02/2025) ; même SIRET"
    one = lived(event("26-9", "award", 20, "marché attribué", holders=("Atelier du Val",)), kind="award",
                holders=("Atelier du Val",), links=(tie,))  # fmt: skip
    publish(edition(one), tmp_path)
    text = (tmp_path / "digest/2026-W47.txt").read_text(encoding="utf-8")
    assert "Titulaire : Atelier du Val : l'entreprise à contacter pour l'embauche" in text
    assert "Lien proposé, à vérifier : fait suite à « Entretien »" in text


def test_a_source_that_never_answered_is_not_a_quiet_day():
    """« 0 avis manquant sur 0 » reads like a day without notices."""
    silent = replace(WHOLE, expected=0, fetched=0, parsed=0, missing=0, complete=False)
    made = edition(coverage=(silent,), read=0)
    assert "la source n'a pas répondu, nombre d'avis inconnu" in digest.text(made)
    assert "nombre d'avis inconnu, 0 lu" in digest.text(made) and "0 avis manquant" not in digest.html(made, ())
    quiet = edition(coverage=(replace(silent, complete=True),), read=0)
    assert "n'a pas répondu" not in digest.text(quiet) and "0 avis attendu" in digest.text(quiet)
