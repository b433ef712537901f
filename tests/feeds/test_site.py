"""The public site: what is on which page, that nothing of a hostile notice gets through, that every link leads."""

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import PurePosixPath

import pytest
from lxml import html as lxml_html

from feeds import publish, site
from feeds.site import charts, slugs
from scanner.appraisal import LotSegment
from scanner.edition import Event
from scanner.finding import STATUSES
from scanner.notice import PASSAGE_FIELDS, Passage
from scanner.pages import Dossier, Paper, Week
from tests.chances import CLEANING
from tests.feeds.appraised import appraised
from tests.feeds.samples import CLAUSED, edition, finding, item, lot

TEXT = "Prestations du lundi.\nLe lot 2 est réservé aux ESAT. Visite possible."
START = TEXT.index("Le lot 2")
PROOF = finding(passage=1, start=START, end=START + len("Le lot 2 est réservé aux ESAT."))
MARKED = item("26-1", lot("1"), lot("2", "reserve", PROOF, title="Massifs"), title="Entretien des parcs")
HOSTILE = (
    '"><img src=x onerror=alert(1)> <script>alert(1)</script> ]]> \x00\x0b {{ 7*7 }} \u202egnp.exe \ud800 &amp; <b>'
)


def dossier(*texts, tender="boamp:26-1", notice=None, kind="call"):
    passages = tuple(Passage("conditions", None, text) for text in texts)
    return Dossier(tender, (Paper(notice or tender, kind, date(2026, 11, 18), passages),))


def tree(files, path):
    return lxml_html.document_fromstring(files[path].decode())


def words(node):
    return " ".join(node.text_content().split())


def page(made, *known, path="consultations/boamp-26-1.html"):
    return tree(site.files(made, known), path)


# -- which pages ---------------------------------------------------------------------------------------------------


def test_only_a_listed_tender_has_a_page():
    plain, late = (
        item("26-8", lot("1")),
        replace(MARKED, tender="boamp:26-9", deadline=datetime(2026, 11, 1, tzinfo=UTC)),
    )
    files = site.files(edition(MARKED, CLAUSED, plain, late))
    pages = {path for path in files if path.startswith("consultations/")}
    assert pages == {"consultations/boamp-26-1.html", "consultations/boamp-26-2.html"}
    assert site.tenders(edition(MARKED, CLAUSED, plain, late)) == {"boamp:26-1", "boamp:26-2"}


def test_a_weak_opportunity_has_no_page():
    strong, weak = item("26-3", appraised(score=40)), item("26-4", appraised(score=39))
    pages = {path for path in site.files(edition(strong, weak)) if path.startswith("consultations/")}
    assert pages == {"consultations/boamp-26-3.html"}


def test_an_empty_edition_still_has_its_pages():
    files = site.files(edition())
    assert set(files) == {
        "acheteurs/index.html", "departements/34.html", "departements/index.html", "departements/lieu-inconnu.html",
        "semaines/2026-W47.html", "recherche.html", "site/index.json",
    }  # fmt: skip
    assert "Aucune consultation n'est relevée" in words(tree(files, "semaines/2026-W47.html"))


def test_the_same_edition_gives_the_same_bytes():
    made = edition(MARKED, CLAUSED, item("26-3", appraised()))
    first = site.files(made, [dossier("titre", TEXT)], [Week("2026-W47", (("reserve", 1),))])
    assert site.files(made, [dossier("titre", TEXT)], [Week("2026-W47", (("reserve", 1),))]) == first


def links(files, path):
    for node in tree(files, path).iter("a", "link"):
        target = node.get("href", "")
        if target and not re.match(r"https?:|data:", target):
            yield target


def test_each_internal_link_resolves(tmp_path):
    lost = item("26-5", lot("1", "clause", finding("clause_insertion")), departements=(), place="", buyer="")
    made = edition(MARKED, CLAUSED, item("26-3", appraised()), lost)
    written = publish(made, tmp_path, [dossier("titre", TEXT)], [Week("2026-W46", ()), Week("2026-W47", ())])
    files = {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in written}
    checked = 0
    for path in [path for path in files if path.endswith(".html")]:
        for target in links(files, path):
            bare, _, anchor = target.partition("#")
            there = path
            if bare:
                folder = [part for part in PurePosixPath(path).parent.parts]
                for part in bare.partition("?")[0].split("/"):
                    folder = folder[:-1] if part == ".." else [*folder, part]
                there = "/".join(folder)
            assert there in files, (path, target)
            if anchor:
                assert tree(files, there).get_element_by_id(anchor) is not None, (path, target)
            checked += 1
    assert checked > 100
    reached = {"index.html"}
    for path in files:
        if path.endswith(".html"):
            reached |= {PurePosixPath(path).parent.joinpath(target).name for target in links(files, path)}
    assert {PurePosixPath(path).name for path in files if path.startswith(("consultations/", "acheteurs/"))} <= reached


def test_the_first_page_is_light(tmp_path):
    everywhere = tuple(f"{number:02}" for number in range(1, 96) if number != 20)
    publish(edition(MARKED, departements=(*everywhere, "2A", "2B", "971", "972", "973", "974", "976")), tmp_path)
    assert (tmp_path / "index.html").stat().st_size < 60_000
    told = (tmp_path / "departements" / "34.html").read_text(encoding="utf-8")
    assert "feeds/marches-reserves-34.rss.xml" in told and "calendar/marches-reserves-34.ics" in told


# -- a tender ------------------------------------------------------------------------------------------------------


def test_the_proof_is_marked_in_the_text_and_reached_from_its_lot():
    root = page(edition(MARKED), dossier("titre", TEXT))
    (mark,) = root.iter("mark")
    assert mark.text_content().removeprefix("preuve 1 : ") == "Le lot 2 est réservé aux ESAT."
    (way,) = root.xpath("//a[@href='#preuve-1']")
    assert mark.get("id") == "preuve-1" and "preuve 1" in way.text_content()
    around = mark.getparent().text_content()
    assert "Prestations du lundi.\nLe" not in around and around.startswith("Prestations du lundi.\n")
    assert around.endswith(" Visite possible.")


def test_a_quote_that_the_passage_does_not_hold_marks_nothing():
    root = page(edition(MARKED), dossier("titre", TEXT.replace("ESAT", "EA")))
    assert not list(root.iter("mark")) and not root.xpath("//a[starts-with(@href, '#preuve')]")
    assert "« Le lot 2 est réservé aux ESAT. »" in words(root)


def test_a_quote_of_a_rectification_is_marked_in_it():
    call = Paper("boamp:26-1", "call", date(2026, 11, 18), (Passage("title", None, "Parcs"),))
    later = Paper("boamp:26-7", "rectification", date(2026, 11, 20), dossier("titre", TEXT).papers[0].passages)
    root = page(edition(MARKED), Dossier("boamp:26-1", (call, later)))
    headings = [words(node) for node in root.iter("h3") if "boamp:" in node.text_content()]
    assert headings == [
        "Avis de marché boamp:26-1, 18 novembre 2026", "Avis rectificatif boamp:26-7, 20 novembre 2026",
    ]  # fmt: skip
    assert len(list(root.iter("mark"))) == 1


def test_quotes_that_overlap_are_one_mark_that_both_proofs_reach():
    wide = finding("clause_insertion", "lot 2 est réservé aux ESAT. Visite", passage=1)
    at = TEXT.index(wide.quote)
    both = lot("2", "reserve", PROOF, replace(wide, start=at, end=at + len(wide.quote)))
    root = page(edition(item("26-1", both)), dossier("titre", TEXT))
    (mark,) = root.iter("mark")
    assert mark.text_content().endswith("Le lot 2 est réservé aux ESAT. Visite")
    assert {node.get("href") for node in root.xpath("//a[starts-with(@href, '#preuve')]")} == {"#preuve-1", "#preuve-2"}
    assert root.get_element_by_id("preuve-2") is not None


def test_a_long_passage_keeps_what_surrounds_the_proof():
    root = page(edition(MARKED), dossier("titre", TEXT))
    long = "début " + "x " * 20_000
    shifted = replace(PROOF, start=PROOF.start + len(long), end=PROOF.end + len(long))
    made = edition(item("26-1", lot("2", "reserve", shifted)))
    files = site.files(made, [dossier("titre", long + TEXT + " y" * 20_000)])
    root = tree(files, "consultations/boamp-26-1.html")
    told = next(root.iter("mark")).getparent().text_content()
    assert told.startswith("début x") and told.endswith("[…]") and "[…]" in told[:3000]
    assert "Prestations du lundi." in told and len(files["consultations/boamp-26-1.html"]) < 30_000


def test_a_lot_where_nothing_is_found_is_said_not_detected():
    told = words(page(edition(MARKED)))
    assert "Lot 1 — Intitulé 1 : non détecté dans l'avis" in told and "sans clause" not in told.lower()


def test_the_life_of_a_tender_is_told_notice_by_notice():
    event = Event("boamp:26-7", "rectification", date(2026, 11, 20), "https://avis.example.org/7", ("délai reporté",))
    root = page(edition(replace(MARKED, events=(event,))))
    life = [words(node) for node in root.xpath("//ol[@class='life']/li")]
    assert life == ["18 novembre 2026 : première parution", "20 novembre 2026 : avis rectificatif ; délai reporté"]
    assert root.xpath("//ol[@class='life']//a/@href") == ["https://avis.example.org/7"]


def test_deadline_and_days_left():
    assert "Clôture le 14 décembre 2026 à 12 h 00 (dans 21 jours)" in words(page(edition(MARKED)))


def test_an_opportunity_is_told_without_score_lever_nor_judgement():
    made = edition(item("26-1", appraised()))
    told = words(page(made))
    assert (
        "Métier : Nettoyage de locaux (code CPV 90910000) ; Publics possibles : femmes, personnes peu qualifiées"
        in told
    )
    assert "35 à 105 h par an" not in told and "35 à 175 h par an" in told
    everything = b"".join(site.files(made).values()).decode()
    for secret in ("score", "sur 100", "clause peu", "Atelier Imaginaire", "obligation", "L2112-2-1", "0 marché sur"):
        assert secret not in everything


def test_a_trade_that_only_the_words_suggest_is_to_be_checked():
    guessed = LotSegment(replace(CLEANING, sectors=("Hygiène et Propreté",)), "texte", confidence=0.7)
    sure = replace(guessed, known="cpv_lot", code="90910000")
    for segment, told, trades in (
        (guessed, "Nettoyage de locaux (d'après l'intitulé, confiance 70 %, à vérifier) ;", "inconnu"),
        (sure, "Nettoyage de locaux (code CPV 90910000) ;", "Hygiène et Propreté"),
    ):
        files = site.files(edition(item("26-1", appraised(segment=segment))))
        assert f"Métier : {told}" in words(tree(files, "consultations/boamp-26-1.html"))
        assert tree(files, "recherche.html").xpath("//tbody/tr/@data-metier") == [trades]


def test_the_trade_is_that_of_the_lots_listed():
    def about(name, *labels):
        trade = LotSegment(replace(CLEANING, sectors=(name,)), "cpv_lot", "9")
        return replace(lot(name[0], "reserve" if labels else "rien", *labels), segment=trade)

    made = item("26-1", about("Restauration", PROOF), about("Communication, Marketing"))
    assert tree(site.files(edition(made)), "recherche.html").xpath("//tbody/tr/@data-metier") == ["Restauration"]
    whole = replace(made, lots=(lot(None, "reserve", PROOF), *(replace(one, findings=()) for one in made.lots)))
    (trades,) = tree(site.files(edition(whole)), "recherche.html").xpath("//tbody/tr/@data-metier")
    assert trades == "Restauration|Communication, Marketing"


def test_earlier_weeks_stay_on_the_first_page(tmp_path):
    before = edition(MARKED, since=date(2026, 11, 9), until=date(2026, 11, 15), reference=date(2026, 11, 16))
    publish(before, tmp_path)
    publish(edition(MARKED), tmp_path)
    told = lxml_html.document_fromstring((tmp_path / "index.html").read_text(encoding="utf-8"))
    assert {"semaines/2026-W46.html", "semaines/2026-W47.html"} <= set(told.xpath("//a/@href"))


# -- buyers, places, week ------------------------------------------------------------------------------------------


def test_a_buyer_is_known_by_its_siren():
    one = replace(MARKED, siret="21340000100017", buyer="VILLE DE FONTCLAIRE")
    two = replace(CLAUSED, siret="21340000100025", published=date(2026, 11, 19))
    files = site.files(edition(one, two))
    root = tree(files, "acheteurs/213400001.html")
    assert words(next(root.iter("h1"))) == "Ville de Fontclaire"
    assert "2 consultations relevées" in words(root)
    assert {node.get("href") for node in root.xpath("//h3/a")} == {
        "../consultations/boamp-26-1.html", "../consultations/boamp-26-2.html",
    }  # fmt: skip


def test_two_names_are_never_joined_and_no_name_has_no_page():
    names = [
        slugs.buyer(replace(MARKED, buyer=name)) for name in ("Ville de Ré", "Ville de Re", "東京", "大阪", "../../x")
    ]
    assert len(set(names)) == 5
    assert all(re.fullmatch(r"acheteurs/[a-z0-9-]+\.html", name) for name in names)
    assert slugs.buyer(replace(MARKED, buyer=" \u202e ")) == ""


def test_buyers_are_listed_by_name_only():
    many = [replace(CLAUSED, tender=f"boamp:26-{n}", buyer="Zone portuaire") for n in (11, 12, 13)]
    files = site.files(edition(*many, replace(MARKED, buyer="Ville d'Abrac")))
    names = [words(node) for node in tree(files, "acheteurs/index.html").xpath("//main//li")]
    assert names == ["Ville d'Abrac (1)", "Zone portuaire (3)"]


def test_a_departement_lists_its_own_and_the_unknown_is_apart():
    lost = replace(CLAUSED, departements=(), title="Marché sans lieu")
    files = site.files(edition(MARKED, lost))
    here, apart = (words(tree(files, f"departements/{name}.html")) for name in ("34", "lieu-inconnu"))
    assert "Entretien des parcs" in here and "Marché sans lieu" not in here
    assert "Marché sans lieu" in apart and "Entretien des parcs" not in apart


def test_the_map_and_its_list_say_the_same():
    root = tree(site.files(edition(MARKED, CLAUSED)), "departements/index.html")
    assert "Hérault (34) : 2 consultations" in [words(node) for node in root.xpath("//main//li")]
    (tile,) = root.xpath("//*[local-name()='svg']//a")
    assert (tile.get("href"), tile.get("aria-label")) == ("../departements/34.html", "Hérault (34) : 2 consultations")


def test_the_map_has_every_departement_once():
    codes = [code for code, _, _ in charts.grid()]
    assert len(codes) == len(set(codes)) == 101 and {"2A", "2B", "01", "95", "976"} <= set(codes)


@pytest.mark.parametrize("number, step", [(0, 0), (1, 1), (2, 1), (3, 2), (9, 2), (10, 3), (29, 3), (30, 4)])
def test_the_map_darkens_at_its_thresholds(number, step):
    many = [replace(CLAUSED, tender=f"boamp:26-{n}") for n in range(100, 100 + number)]
    root = tree(site.files(edition(*many)), "departements/index.html")
    (tile,) = root.xpath("//*[local-name()='svg']//a/*[local-name()='g']")
    assert tile.get("class") == f"tile s{step}"


def test_lots_are_counted_by_device_once():
    whole = item("26-3", lot(None, "clause", finding("clause_insertion")), lot("1", "clause"), lot("2"))
    bars = {bar.label: (bar.count, bar.share) for bar in charts.devices(edition(whole, CLAUSED))}
    assert bars == {"clause d'insertion": (2, 67), "non détecté dans l'avis": (1, 33)}
    trades = {bar.label: bar.count for bar in charts.families(edition(whole, item("26-4", appraised())))}
    assert trades == {"métiers habituels des clauses": 1, "métier inconnu": 2}


def test_a_tender_of_an_earlier_week_is_not_counted_in_this_one():
    old = replace(CLAUSED, published=date(2026, 11, 15), first_published=date(2026, 11, 15))
    assert charts.devices(edition(old)) == ()
    assert sum(bar.count for bar in charts.devices(edition(replace(old, published=date(2026, 11, 16))))) == 1


def test_the_trend_waits_for_a_second_week():
    one, two = Week("2026-W46", (("reserve", 4), ("rien", 90))), Week("2026-W47", (("reserve", 2), ("clause", 8)))
    assert charts.trend((two,)) is None
    told = charts.trend((one, two))
    assert told.rows == (("2026-W46", (4, 0, 0)), ("2026-W47", (2, 8, 0)))
    assert [bar.height for bar in told.columns] == [50, 0, 0, 25, 100, 0]
    root = tree(site.files(edition(MARKED), (), (one, two)), "semaines/2026-W47.html")
    (table,) = [table for table in root.iter("table") if "semaine par semaine" in table.text_content()]
    rows = [[words(cell) for cell in row.iter("th", "td")] for row in table.xpath("tbody/tr")]
    assert rows == [["Semaine 46 de 2026", "4", "0", "0"], ["Semaine 47 de 2026", "2", "8", "0"]]
    (picture,) = root.xpath("//*[local-name()='svg' and @class='trend']")
    assert picture.get("role") == "img" and picture.get("aria-labelledby") == "tendance-titre tendance-texte"


def test_every_status_has_its_bar():
    from feeds.site.words import words as settings

    assert set(settings()["statuses"]) == set(STATUSES) and set(settings()["trend"]) <= set(STATUSES)


# -- search --------------------------------------------------------------------------------------------------------


def test_the_search_page_is_a_plain_list_first():
    files = site.files(edition(MARKED, CLAUSED, item("26-3", appraised())))
    root = tree(files, "recherche.html")
    rows = {row.xpath("string(th//a/@href)"): row for row in root.xpath("//tbody/tr")}
    assert rows["consultations/boamp-26-1.html"].get("data-type") == "reserve|ea-esat"
    assert rows["consultations/boamp-26-2.html"].get("data-type") == "clause"
    assert rows["consultations/boamp-26-3.html"].get("data-type") == "opportunites"
    assert {row.get("data-jours") for row in rows.values()} == {"21"} and len(rows) == 3
    assert root.xpath("//form/@hidden") and not any(row.get("hidden") for row in rows.values())
    for field in root.xpath("//form//input | //form//select"):
        assert root.xpath(f"//label[@for='{field.get('id')}']")


def test_the_index_says_what_the_page_says():
    files = site.files(edition(MARKED, replace(CLAUSED, deadline=None)))
    told = {row["page"]: row for row in json.loads(files["site/index.json"])["consultations"]}
    assert set(told) == set(tree(files, "recherche.html").xpath("//tbody/tr/th/a/@href"))
    assert told["consultations/boamp-26-1.html"]["limite"] == "2026-12-14"
    unknown = told["consultations/boamp-26-2.html"]
    assert (unknown["limite"], unknown["jours"], unknown["limite_texte"]) == (None, None, "date limite inconnue")


def test_a_long_list_is_cut_and_the_rest_is_in_the_index():
    many = [replace(CLAUSED, tender=f"boamp:26-{n}") for n in range(1000, 1301)]
    files = site.files(edition(*many))
    root = tree(files, "recherche.html")
    assert len(root.xpath("//tbody/tr")) == 300 and root.get_element_by_id("compte").get("data-total") == "301"
    assert "les 300 qui ferment les premières" in words(root.get_element_by_id("compte"))
    assert len(json.loads(files["site/index.json"])["consultations"]) == 301
    root = tree(files, "semaines/2026-W47.html")
    assert root.xpath("//a[@href='../recherche.html?type=clause']") and "et 261 autres" in words(root)


# -- hostile text --------------------------------------------------------------------------------------------------


def nasty(text):
    found = finding("clause_insertion", text, passage=0, facilitator=text)
    event = Event(text, "rectification", date(2026, 11, 20), text, (text,), holders=(text,))
    return item(
        "26-1", replace(lot("1", "clause", found), title=text, number=text), title=text, buyer=text, place=text,
        amount=text, procedure=text, url="javascript:alert(1)", documents_url=text, holders=(text,), events=(event,),
        changes=(text,), links=(text,), notice=text, email=text,
    )  # fmt: skip


@pytest.mark.parametrize("text", [HOSTILE, HOSTILE * 1500, "a" * 200_000, " " * 200_000, "\n\r" * 100_000])
def test_a_hostile_notice_harms_nothing(text):
    made = edition(nasty(text), territory=text, mission=text, contact=text)
    for path, body in site.files(made, [dossier(text, notice=text)]).items():
        assert len(body) < 150_000, path
        told = body.decode()
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\u2066-\u2069]", told), path
        if path.endswith(".json"):
            json.loads(told)
            continue
        root = lxml_html.document_fromstring(told)
        assert not list(root.iter("img", "iframe", "object", "b")) and "49" not in root.xpath("string(//h1)")
        assert len(list(root.iter("script"))) == (path == "recherche.html")
        for node in root.iter():
            if isinstance(node.tag, str):
                assert not any(name.startswith("on") or name == "style" for name in node.attrib), (path, node.attrib)
                assert not node.get("href", "").strip().lower().startswith(("javascript:", "vbscript:")), path


@pytest.mark.parametrize(
    "tender", ["../../etc/passwd", "boamp:../x", "a" * 5000, "CON", "boamp:26-1\x00", "é:1", "", "A:1"]
)
def test_a_file_name_is_never_the_notice_s(tender):
    made = site.files(edition(replace(MARKED, tender=tender)))
    (path,) = [path for path in made if path.startswith("consultations/")]
    assert re.fullmatch(r"consultations/[a-z0-9-]{1,80}-[0-9a-f]{10}\.html", path)


def test_two_tenders_never_share_a_page():
    names = ["boamp:26-1", "boamp:26:1", "BOAMP:26-1", "boamp-26:1", "boamp:26-1 ", "boamp:26--1"]
    assert len({slugs.consultation(name).lower() for name in names}) == len(names)


def test_every_page_lets_nothing_in_from_elsewhere():
    files = site.files(edition(MARKED, CLAUSED), [dossier("titre", TEXT)])
    for path in [path for path in files if path.endswith(".html")]:
        root = tree(files, path)
        (policy,) = root.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
        assert policy.startswith("default-src 'none'") and "unsafe" not in policy, path
        assert ("script-src" in policy) == (path == "recherche.html")
        assert not root.xpath("//@src") and not root.xpath("//link[@rel='stylesheet']")
        assert not [url for url in re.findall(r"url\([^)]*\)|@import", files[path].decode())]


def test_every_page_has_its_landmarks():
    files = site.files(edition(MARKED, CLAUSED), [dossier("titre", TEXT)])
    for path in [path for path in files if path.endswith(".html")]:
        root = tree(files, path)
        assert root.get("lang") == "fr" and len(root.xpath("//h1")) == 1, path
        assert len(root.xpath("//main")) == len(root.xpath("//body/header")) == len(root.xpath("//footer")) == 1
        first = root.xpath("//body/a")[0]
        assert first.get("href") == "#contenu" and root.xpath("//main/@id") == ["contenu"]
        levels = [int(node.tag[1]) for node in root.iter("h1", "h2", "h3", "h4")]
        assert all(after - before <= 1 for before, after in pairwise(levels)), (path, levels)


def test_passage_fields_have_their_heading():
    from feeds.entry import word

    assert all(word("fields", field) != "autre rubrique" or field == "other" for field in PASSAGE_FIELDS)
