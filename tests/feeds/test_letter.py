"""The weekly letter: the right sections for each reader, the unknown said, nothing that harms a mail client."""

from __future__ import annotations

import email
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from email import policy

import pytest
from lxml import html as lxml_html

from feeds.audience import answer_of
from feeds.eml import eml, emls
from feeds.entry import hours
from feeds.letter import HTML_LIMIT, letter
from feeds.sections import plans
from scanner.appraisal import Duty, HoursRange, LegalCheck, Lever, LotSegment, Opportunity, Segment, Signal
from scanner.edition import ItemLot
from scanner.finding import LABELS
from scanner.mail_settings import MailSettings
from scanner.readership import Reader, readership
from tests.feeds.samples import BROKEN, edition, finding, item, lot

GREEN, LINEN = "Espaces verts & extérieurs", "Entretien du linge"
SETTINGS = MailSettings(sender="veille@exemple.fr", reply_to="contact@exemple.fr", facilitator="Maison de l'emploi")
HOSTILE = (
    '<script>alert(1)</script> "><img src=x onerror=alert(1)> ]]> \x00\x0b \u202egnp.exe {{ 7 * 7 }}\r\n'
    "Bcc: pirate@exemple.fr\r\n\r\n<p>corps</p>"
)


def segment(*sectors, known="cpv_lot", label="Espaces verts"):
    row = Segment("7731", label, "services", ("clause",), ("tous",), 70, "CONFIRME", sectors, "fort", (), "")
    return LotSegment(row, known)


def told(*lots, key="26-1", **changes):
    return item(key, lot(None), *lots, **changes)


def reserved(number="1", label="reserve_ea_esat", trade=None, **changes):
    made = lot(number, "reserve", finding(label, f"Lot {number} : {label}."), title=f"Lot {label}")
    return replace(made, segment=trade, **changes)


def reader(kind="EA", trades=(), departements=("34",)):
    return Reader("ea@exemple.fr", "structure", departements, trades, kind, "Structure d'essai")


def part(text, title):
    """What stands under a section title, up to the next one."""
    found = re.search(rf"^\d+\. {re.escape(title.upper())}\n(.*?)(?=^\d+\. [A-ZÀ-Ü]{{2}}|^--$)", text, re.M | re.S)
    assert found, f"{title} absent de\n{text}"
    return found[1]


def titles(text):
    return re.findall(r"^\d+\. (.+)$", text, re.M)


def appraised(number="1", score=80, low=245, high=875, per="year", **changes):
    hours_told = HoursRange(low, None, high, per, ("400 000 € × 85 %",), ("reprise du personnel probable",))
    duty = Duty("a_verifier", "L2112-2-1", "obligation L2112-2-1 à vérifier")
    chance = Opportunity(
        number, segment(GREEN), LegalCheck(duty), hours_told, Lever("clause", "clause d'insertion", "main-d'œuvre"),
        score, 60, (Signal("m", 40, "métier à forte main-d'œuvre"), Signal("n", 0, "montant inconnu", known=False)),
    )  # fmt: skip
    return ItemLot(number, "Nettoyage", "rien", (), chance, **changes)  # type: ignore[arg-type]


# -- editions and sections ----------------------------------------------------------------------------------------


def test_each_edition_has_its_sections_in_order():
    made = edition(told(reserved()))
    assert titles(letter(made, Reader("", "mission")).text) == [
        "MARCHÉS RÉSERVÉS", "MARCHÉS AVEC CLAUSE D'INSERTION", "CRITÈRES SOCIAUX ET MENTIONS GÉNÉRALES",
        "OPPORTUNITÉS SANS CLAUSE DÉTECTÉE", "RECTIFICATIFS ET ATTRIBUTIONS", "TOUJOURS OUVERTS",
    ]  # fmt: skip
    assert titles(letter(made, Reader("", "facilitateur")).text) == [
        "CHANGEMENTS ET ATTRIBUTIONS", "OPPORTUNITÉS", "ACHETEURS À APPROCHER", "RENOUVELLEMENTS",
    ]  # fmt: skip
    assert titles(letter(made, reader("EA")).text) == [
        "VOUS POUVEZ RÉPONDRE", "RÉSERVÉ, MAIS PAS À VOUS", "CATÉGORIE NON PRÉCISÉE",
        "DES TITULAIRES AURONT BESOIN DE VOUS", "À VENIR",
    ]  # fmt: skip
    assert "CLAUSES PUBLIÉES, TITULAIRES À VENIR" in titles(letter(made, reader("ETTI")).text)


@pytest.mark.parametrize(
    ("kind", "label", "title"),
    [
        ("EA", "reserve_ea_esat", "Vous pouvez répondre"),
        ("EA", "reserve_siae", "Réservé, mais pas à vous"),
        ("ACI", "reserve_siae", "Vous pouvez répondre"),
        ("ACI", "reserve_ea_esat", "Réservé, mais pas à vous"),
        ("ESAT", "reserve_cumul", "Vous pouvez répondre"),
        ("ETTI", "reserve_cumul", "Vous pouvez répondre"),
        ("SEP", "reserve_penitentiaire", "Vous pouvez répondre"),
        ("EI", "reserve_penitentiaire", "Réservé, mais pas à vous"),
        ("ESS", "reserve_cumul", "Réservé, mais pas à vous"),
        ("ESS", "reserve_ess", "Vous pouvez répondre"),
        ("EA", "reserve_indetermine", "Catégorie non précisée"),
        ("SEP", "reserve_indetermine", "Catégorie non précisée"),
    ],
)
def test_a_reserved_lot_stands_where_the_kind_of_the_reader_puts_it(kind, label, title):
    text = letter(edition(told(reserved(label=label))), reader(kind)).text
    for other in ("Vous pouvez répondre", "Réservé, mais pas à vous", "Catégorie non précisée"):
        assert ("Entretien des espaces verts" in part(text, other)) == (other == title)


def test_two_lots_of_one_tender_are_told_apart():
    text = letter(edition(told(reserved("1"), reserved("2", "reserve_siae"))), reader("EA")).text
    mine, theirs = part(text, "Vous pouvez répondre"), part(text, "Réservé, mais pas à vous")
    assert "Lot 1" in mine and "Lot 2" not in mine
    assert "Lot 2" in theirs and "Lot 1" not in theirs


def test_a_named_category_wins_over_an_unnamed_one():
    both = lot("1", "reserve", finding("reserve_indetermine"), finding("reserve_siae"))
    assert (answer_of(both, "EA"), answer_of(both, "EI")) == ("no", "yes")
    assert answer_of(lot("1", "clause", finding("clause_insertion")), "EA") is None


def test_what_is_unconfirmed_is_to_be_checked():
    for kind, words in (("GEIQ", "À vérifier : un GEIQ"), ("EITI", "À vérifier : aucun texte"), ("", "À vérifier")):
        mine = part(letter(edition(told(reserved(label="reserve_cumul"))), reader(kind)).text, "Vous pouvez répondre")
        assert "Entretien des espaces verts" in mine and words in mine
    assert "À vérifier" not in part(
        letter(edition(told(reserved(label="reserve_cumul"))), reader("EA")).text, "Vous pouvez répondre"
    )


def test_a_reservation_of_the_whole_contract_keeps_its_words():
    whole = item("26-1", lot(None, "reserve", finding()), lot("1"), lot("2"))
    mine = part(letter(edition(whole), reader("EA")).text, "Vous pouvez répondre")
    assert "Lots : Ensemble" in mine and "non alloti" not in mine


# -- filters: the unknown passes, and is said ---------------------------------------------------------------------


def test_a_known_trade_filters_and_an_unknown_one_passes():
    made = edition(
        told(reserved(trade=segment(GREEN)), key="26-1", title="Parcs"),
        told(reserved(trade=segment(LINEN)), key="26-2", title="Draps"),
        told(reserved(trade=None), key="26-3", title="Mystère"),
        told(reserved(trade=segment(LINEN, known="texte")), key="26-4", title="Deviné"),
        told(reserved(trade=segment()), key="26-5", title="Sans groupe"),
    )
    mine = part(letter(made, reader("EA", trades=(GREEN,))).text, "Vous pouvez répondre")
    assert [name in mine for name in ("Parcs", "Draps", "Mystère", "Deviné", "Sans groupe")] == [1, 0, 1, 1, 1]
    assert mine.count("Métier : inconnu") == 3
    assert "Draps" in part(letter(made, reader("EA")).text, "Vous pouvez répondre")


def test_an_unknown_place_passes_every_filter_and_is_said():
    made = edition(
        told(reserved(), key="26-1", title="Ailleurs", departements=("30",)),
        told(reserved(), key="26-2", title="Nulle part", departements=(), place=""),
        departements=(),
    )
    mine = part(letter(made, reader("EA")).text, "Vous pouvez répondre")
    assert "Ailleurs" not in mine and "Nulle part" in mine and "lieu inconnu" in mine


def test_a_departement_that_is_not_watched_is_said_and_not_promised_empty():
    text = letter(edition(), reader("EA", departements=("34", "30"))).text
    assert "Gard (30) n'est pas suivi par cette veille" in text
    assert "(ceux que la veille suit)" in part(text, "Vous pouvez répondre")
    assert "n'est pas suivi" not in letter(edition(), reader("EA", departements=("34",))).text


def test_an_award_with_a_clause_is_told_whatever_the_trade_and_its_past_deadline():
    works = replace(lot("1", "clause", finding("clause_insertion")), segment=segment("Bâtiments et Travaux publics"))
    awarded = item(
        "26-9", lot(None), works,
        kind="award", holders=("Bâtir SARL",), deadline=datetime(2026, 9, 1, tzinfo=UTC),
    )  # fmt: skip
    mine = part(letter(edition(awarded), reader("EA", trades=(GREEN,))).text, "Des titulaires auront besoin de vous")
    assert "Bâtir SARL" in mine and "consultation close" in mine


def test_what_was_announced_earlier_is_one_line_and_only_if_the_reader_may_answer():
    old = {"published": date(2026, 11, 10), "first_published": date(2026, 11, 10)}
    made = edition(
        told(reserved(), key="26-1", title="Ancien pour EA", **old),
        told(reserved(label="reserve_siae"), key="26-2", title="Ancien pour SIAE", **old),
    )
    mine = part(letter(made, reader("EA")).text, "Vous pouvez répondre")
    assert "toujours ouverts" in mine and "- Ancien pour EA" in mine and "Ancien pour SIAE" not in mine
    assert "Ancien pour SIAE" in part(letter(made, Reader("", "mission")).text, "Toujours ouverts")


# -- empty, capped, broken ----------------------------------------------------------------------------------------


def test_nothing_is_one_sentence_with_the_completeness_of_the_sources():
    text = letter(edition(), reader("EA", departements=("34", "30"))).text
    assert "Aucun lot réservé EA/ESAT dans vos départements" in text
    one = letter(edition(), reader("ACI")).text
    assert "Aucun lot réservé SIAE dans votre département cette semaine — sources complètes." in one


def test_a_broken_week_never_looks_quiet():
    made = letter(edition(coverage=(BROKEN,)), reader("EA"))
    assert "sources complètes" not in made.text + made.html
    assert "Source incomplète : BOAMP" in part(made.text, "Vous pouvez répondre")
    assert "source incomplète" in made.subject
    assert "(source incomplète)" not in letter(edition(), reader("EA")).subject


def test_the_coverage_line_is_always_there():
    for name in readership().editions:
        made = letter(edition(), Reader("", name))
        for said in (made.text, made.html):
            assert "BOAMP : 1\u202f412 avis attendus, 1\u202f412 lus" in said
    assert "12 manquants" in letter(edition(coverage=(BROKEN,)), Reader("", "mission")).text


def test_the_rest_is_counted_and_linked():
    items = [told(reserved(), key=f"26-{n}", title=f"Marché {n:02}") for n in range(38)]
    made = letter(edition(*items), reader("EA"))
    mine = part(made.text, "Vous pouvez répondre")
    assert mine.count("\n* ") == 15
    assert "et 23 autres : https://veille.example.org/recherche.html" in mine
    assert 'href="https://veille.example.org/recherche.html"' in made.html
    assert "autres" not in part(letter(edition(*items[:15]), reader("EA")).text, "Vous pouvez répondre")


def test_neutral_lines_come_from_elsewhere_and_their_absence_is_not_a_nothing():
    made, who = edition(), Reader("", "facilitateur")
    given = {"acheteurs": [("Ville de Fontclaire", "trois marchés de nettoyage", "https://veille.example.org/a")]}
    text = letter(made, who, more={**given, "renouvellements": []}).text
    assert "- Ville de Fontclaire — trois marchés de nettoyage\n  https://veille.example.org/a" in text
    assert "Aucun marché à renouveler" in part(text, "Renouvellements")
    assert "Liste non calculée" in part(letter(made, who).text, "Renouvellements")


# -- opportunities ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (HoursRange(245, 500, 875, "year"), "245 à 875 h par an"),
        (HoursRange(0, 70, 1400, "contract"), "0 à 1\u202f400 h pour le marché"),
        (HoursRange(35, 35, 35, "contract"), "de l'ordre de 35 h pour le marché"),
        (HoursRange(instead="proposez un stage"), "proposez un stage"),
        (HoursRange(), "inconnu, à estimer avec l'acheteur"),
    ],
)
def test_hours_are_a_range_or_said_unknown(found, said):
    assert hours(found) == said


def test_an_opportunity_gives_range_assumptions_reasons_and_the_duty_to_check():
    made = edition(item("26-5", lot(None), appraised()))
    mine = part(letter(made, Reader("", "facilitateur")).text, "Opportunités")
    assert "Lot 1, piste : clause d'insertion (Espaces verts, score 80 sur 100)" in mine
    assert "Heures estimées, à vérifier : 245 à 875 h par an" in mine
    assert "Hypothèses : reprise du personnel probable" in mine
    assert "Raisons : métier à forte main-d'œuvre" in mine
    assert "Obligation de considération sociale (à vérifier) : obligation L2112-2-1 à vérifier" in mine
    assert "infraction" not in mine


def test_a_project_is_to_come_for_the_structures_of_its_trade():
    made = edition(item("26-6", appraised(None), kind="planning", project=True, deadline=None, title="Projet vert"))
    assert "Projet vert" in part(letter(made, reader("EA", trades=(GREEN,))).text, "À venir")
    assert "Projet vert" not in part(letter(made, reader("EA", trades=(LINEN,))).text, "À venir")


# -- what a mail client receives ----------------------------------------------------------------------------------


def hostile():
    bad = finding(quote=HOSTILE, notes=(HOSTILE,), facilitator=HOSTILE)
    return edition(
        item(
            "26-7", lot(None), lot("1", "reserve", bad, title=HOSTILE), title=HOSTILE, buyer=HOSTILE, place=HOSTILE,
            url='javascript:alert("1")', documents_url='https://x.example.org/"><script>alert(1)</script>',
            amount=HOSTILE,
        ),
        territory=HOSTILE, mission=HOSTILE, contact=HOSTILE,
    )  # fmt: skip


def message(made, who, **changes):
    _, body = eml(made, who, **{"settings": SETTINGS, **changes})
    return email.message_from_bytes(body, policy=policy.SMTP), body


@pytest.mark.parametrize("name", ["mission", "structure"])
def test_hostile_text_is_harmless_everywhere(name):
    who = Reader("a@exemple.fr", name, kind="EA" if name == "structure" else "", name=HOSTILE)
    parsed, body = message(hostile(), who, settings=replace(SETTINGS, facilitator=HOSTILE))
    page = parsed.get_body(("html",)).get_content()
    tree = lxml_html.fromstring(page)
    assert (
        not tree.xpath("//script") and not tree.xpath("//img") and not tree.xpath("//*[@*[starts-with(name(),'on')]]")
    )
    assert all(link.startswith(("https://", "mailto:")) for link in tree.xpath("//@href"))
    text = parsed.get_body(("plain",)).get_content()
    for bad in ("\x00", "\x0b", "\u202e"):
        assert bad not in page + text
    assert "{{ 7 * 7 }}" in text
    assert parsed["Bcc"] is None and parsed.get_all("To") == [parsed["To"]]
    assert [one.addr_spec for one in parsed["To"].addresses] == ["a@exemple.fr"]
    head = body.split(b"\r\n\r\n")[0]
    assert not re.search(rb"^Bcc", head, re.M | re.I) and b"\x00" not in body
    assert all(len(line) <= 998 for line in body.split(b"\r\n")) and b"\n" not in body.replace(b"\r\n", b"")


def test_a_text_of_200_000_characters_is_cut():
    long = ("mot " * 50_000)[:200_000]
    for huge in (long, "x" * 200_000):
        bad = lot("1", "reserve", finding(quote=huge), title=huge)
        far = "https://a.example.org/" + huge
        made = edition(*(told(bad, key=f"26-{n}", title=huge, buyer=huge, url=far) for n in range(30)))
        written = letter(made, reader("EA"))
        assert len(written.html.encode()) <= HTML_LIMIT and len(written.text) < 100_000 and len(written.subject) < 200


def test_a_full_week_stays_under_the_size_at_which_a_mail_is_cut():
    words = "Le titulaire réserve des heures aux personnes éloignées de l'emploi, sur chaque lot. " * 6
    items = [told(*(lot(str(k), "reserve", finding(quote=words)) for k in range(5)), key=f"26-{n}") for n in range(200)]
    written = letter(edition(*items), Reader("", "mission"))
    assert len(written.html.encode()) <= HTML_LIMIT
    assert re.search(r"et 1\d\d autres", written.html)


def test_a_long_letter_cuts_the_opportunities_before_the_reserved_contracts():
    """A structure must find its lot in the letter that the mission forwards, however many leads stand below."""
    kept = [told(reserved(), key=f"26-{n}", title=f"Marché {n:02}") for n in range(16)]
    wordy = [lot(str(k), score=80, title="Nettoyage des vitres et des sols de la mairie " * 4) for k in range(3)]
    told_why = [
        lot("1", "critere", finding("critere_social", "L'insertion compte pour dix points. " * 9), title="x " * 90)
    ]
    leads = [told(*wordy, key=f"26-{n}", title=f"Piste {n} " + "x " * 80) for n in range(100, 160)]
    leads += [told(*told_why, key=f"26-{n}", title="Critère " + "x " * 80) for n in range(200, 220)]
    written = letter(edition(*kept, *leads), Reader("", "mission"))
    assert len(written.html.encode()) <= HTML_LIMIT
    assert part(written.text, "Marchés réservés").count("\n* ") == 16
    assert 0 < part(written.text, "Opportunités sans clause détectée").count("\n* ") < 12


def test_the_top_counts_every_section_that_holds_something():
    written = letter(edition(told(reserved()), told(lot("1", score=80), key="26-9")), Reader("", "mission"))
    top = written.text.partition("1. MARCHÉS RÉSERVÉS")[0]
    assert "1 marché réservé" in top and "- Opportunités sans clause détectée : 1 opportunité" in top
    assert "Rectificatifs" not in top


def test_an_item_says_kind_lot_trade_place_and_deadline_in_that_order_and_how_to_answer():
    text = part(letter(edition(told(reserved())), reader("EA")).text, "Vous pouvez répondre")
    names = ("Dispositif :", "Lots :", "Métier :", "Lieu :", "Délai :", "Référence : boamp:26-")
    places = [text.index(name) for name in names]
    assert places == sorted(places)


def test_the_page_stands_alone_in_a_mail_client():
    page = letter(edition(told(reserved())), reader("EA")).html
    tree = lxml_html.fromstring(page)
    assert not tree.xpath("//script|//link|//img|//iframe|//form")
    assert "@media (prefers-color-scheme: dark)" in page and '<meta name="color-scheme" content="light dark">' in page
    assert tree.xpath("//table[@width='600']") and "max-width: 600px" in page
    assert "url(" not in page and "@import" not in page
    (title,) = tree.xpath("//h3/a[contains(., 'espaces verts')]")
    assert "color" in title.get("style")
    for cell in tree.xpath("//td"):
        assert "font-family" in cell.get("style")


def test_every_table_of_layout_is_silent_and_the_language_is_said():
    tree = lxml_html.fromstring(letter(edition(told(reserved())), reader("EA")).html)
    assert tree.get("lang") == "fr" and tree.xpath("//h1") and tree.xpath("//h2")
    for table in tree.xpath("//table[not(.//th) or .//table]"):
        assert table.get("role") == "presentation"


def test_a_message_has_a_text_twin_and_says_how_to_leave():
    parsed, _ = message(edition(told(reserved())), reader("EA"))
    assert parsed.get_content_type() == "multipart/alternative"
    assert [one.get_content_type() for one in parsed.iter_parts()] == ["text/plain", "text/html"]
    assert "Entretien des espaces verts" in parsed.get_body(("plain",)).get_content()
    assert parsed["List-Unsubscribe"] == "<mailto:contact@exemple.fr?subject=desabonnement>"
    assert parsed["List-Unsubscribe-Post"] is None and parsed["Reply-To"] == "contact@exemple.fr"
    assert parsed["Auto-Submitted"] == "auto-generated" and parsed["List-Id"] == "<structure.veille.exemple.fr>"
    assert parsed["Date"].datetime.date() == date(2026, 11, 23)
    assert "ea@" not in parsed["Message-ID"]
    secure, _ = message(edition(), reader("EA"), settings=replace(SETTINGS, unsubscribe="https://exemple.fr/stop"))
    assert secure["List-Unsubscribe"] == "<https://exemple.fr/stop>"
    assert secure["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize("places", [("69", "38"), ("34",), ("13", "35", "44", "2A"), ("974", "01", "93")])
def test_the_subject_arrives_as_it_was_written(places):
    for territory in ("Hérault", "Départements d'Île-de-France — été", "Rhône"):
        who = Reader("a@exemple.fr", "facilitateur", places, (), "", "Maison de l'emploi — Écully, Île d'Yeu")
        written, body = eml(edition(told(reserved()), territory=territory, departements=places), who, settings=SETTINGS)
        message = email.message_from_bytes(body, policy=policy.default)
        assert message["Subject"] == written.subject
        assert all(len(line) <= 998 for line in body.split(b"\r\n\r\n")[0].split(b"\r\n"))


def test_a_logo_travels_in_the_message():
    png = b"\x89PNG\r\n\x1a\n" + bytes(40)
    parsed, _ = message(edition(mission="Mission"), reader("EA"), logo=png)
    (image,) = [one for one in parsed.walk() if one.get_content_maintype() == "image"]
    assert image.get_content() == png and image["Content-ID"] == "<logo>"
    assert 'src="cid:logo"' in parsed.get_body(("html",)).get_content()
    plain, _ = message(edition(), reader("EA"), logo=b"<svg/>")
    assert "cid:logo" not in plain.get_body(("html",)).get_content()


def test_the_same_edition_and_reader_give_the_same_bytes_and_another_reader_another_identity():
    made = edition(told(reserved()))
    first, again = (message(made, reader("EA"))[1] for _ in range(2))
    assert first == again
    other = replace(reader("EA"), address="autre@exemple.fr")
    assert message(made, other)[0]["Message-ID"] != message(made, reader("EA"))[0]["Message-ID"]
    later = replace(made, until=date(2026, 11, 29))
    assert message(later, reader("EA"))[0]["Message-ID"] != message(made, reader("EA"))[0]["Message-ID"]


def test_files_are_named_after_week_and_edition():
    two = [reader("EA"), Reader("m@exemple.fr", "mission"), replace(reader("ESAT"), address="b@exemple.fr")]
    assert list(emls(edition(), two, settings=SETTINGS)) == [
        "2026-W47-structure-1.eml", "2026-W47-mission.eml", "2026-W47-structure-2.eml",
    ]  # fmt: skip
    draft = email.message_from_bytes(emls(edition(), [Reader("", "mission")])["2026-W47-mission.eml"])
    assert draft["X-Unsent"] == "1" and draft["To"] is None


# -- the data -----------------------------------------------------------------------------------------------------


def test_every_reservation_has_a_kind_that_may_answer_and_every_kind_something_to_answer():
    known = readership()
    named = [label for label in LABELS if label.startswith("reserve_") and label != "reserve_indetermine"]
    assert set(named) <= set(known.answers)
    for kind in known.kinds:
        assert any(kind in rights for rights in known.answers.values()), kind
    assert len(known.trades) == 20
    for name in known.editions:
        assert plans(name)


def test_the_trades_are_those_of_the_segments():
    from tests.test_floors import ROOT

    lines = (ROOT / "nlp" / "segments.tsv").read_text(encoding="utf-8").splitlines()
    column = lines[0].split("\t").index("sector_group")
    used = {name.strip() for line in lines[1:] for name in line.split("\t")[column].split(";") if name.strip()}
    assert used <= set(readership().trades)


@pytest.mark.parametrize("place", ["— Rhône (69), Isère (38)", "été — élu é é é é", "« Né » " * 8])
def test_no_space_of_the_subject_is_lost_on_the_way(place):
    made = edition(told(reserved("1")), territory=place, departements=())
    written, body = eml(made, Reader("a@exemple.fr", "mission"), settings=SETTINGS)
    assert written.subject.endswith(place.strip())
    assert email.message_from_bytes(body, policy=policy.default)["Subject"] == written.subject
    assert all(len(line) <= 78 for line in body.split(b"\r\n\r\n")[0].split(b"\r\n"))


def test_a_long_subject_and_a_long_name_read_back_as_written():
    """Python folds an encoded header with a space lost: « (source  incomplète)— France entière »."""
    from email.header import decode_header, make_header

    mission = "Mission d’insertion de l’Hérault et des œuvres — Béziers"
    made = edition(coverage=(BROKEN,), territory="France entière", mission=mission)
    written, body = eml(made, Reader("a@exemple.fr", "facilitateur"), settings=MailSettings(sender="v@exemple.fr"))
    heads = email.message_from_bytes(body, policy=policy.compat32)
    said = {name: str(make_header(decode_header(heads[name]))) for name in ("Subject", "From")}
    assert said["Subject"] == written.subject and "source incomplète) — France" in written.subject
    assert said["From"] == f"{made.mission} <v@exemple.fr>"
    assert max(map(len, body.split(b"\r\n\r\n")[0].split(b"\r\n"))) < 80 and body.isascii()
