import csv
import io
import re
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from lxml import etree

from feeds import digest, publish, tables
from feeds.columns import table
from scanner.appraisal import HoursRange, LotSegment
from scanner.edition import Event, Terms
from scanner.notice import Amount
from tests.chances import CLEANING
from tests.feeds.appraised import appraised
from tests.feeds.samples import BROKEN, CLAUSED, RESERVED, edition, finding, item, lot

LISTS = ("marches-reserves", "marches-avec-clause", "criteres-et-mentions", "opportunites", "changements")
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
FORMULAS = ["=cmd|' /C calc'!A0", "+1", "-1+2", "@SUM(A1)", "\t=1+1", "\r=1+1", "＝1+1", " =1"]
HOSTILE = '<script>alert(1)</script> ]]> \x00\x0b\u202e \r\n;"nouvelle ligne" _x000D_ \ud800'


def lines(made, name, private=False):
    """The rows of a CSV, by column title."""
    body = (tables.private_files if private else tables.files)(made)[f"tables/{name}.csv"]
    assert body.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=";"))


def part(body, name):
    return etree.fromstring(zipfile.ZipFile(io.BytesIO(body)).read(name))


def sheet(made, name, number=1, private=False):
    """The cells of a workbook's sheet: reference to text or figure, as its XML holds them."""
    body = (tables.private_files if private else tables.files)(made)[f"tables/{name}.xlsx"]
    shared = ["".join(si.itertext()) for si in part(body, "xl/sharedStrings.xml").iter(f"{MAIN}si")]
    root, found = part(body, f"xl/worksheets/sheet{number}.xml"), {}
    assert not list(root.iter(f"{MAIN}f"))
    for cell in root.iter(f"{MAIN}c"):
        value = cell.findtext(f"{MAIN}v")
        found[cell.get("r")] = shared[int(value)] if cell.get("t") == "s" else None if value is None else float(value)
    return root, found


def by_title(cells, line):
    """The cells of one line by column title."""
    titles = {re.sub(r"\d", "", ref): told for ref, told in cells.items() if re.fullmatch(r"[A-Z]+1", ref)}
    return {title: cells.get(f"{column}{line}") for column, title in titles.items()}


def test_each_list_has_its_two_tables():
    assert set(tables.files(edition())) == {f"tables/{name}.{kind}" for name in LISTS for kind in ("csv", "xlsx")}
    assert set(tables.private_files(edition())) == set(tables.files(edition()))


def test_the_csv_opens_in_a_french_spreadsheet():
    body = tables.files(edition(RESERVED))["tables/marches-reserves.csv"]
    head, line = body.decode("utf-8-sig").split("\r\n")[:2]
    assert head.startswith("Dispositif;Extrait;Lots concernés;") and body.endswith(b"\r\n")
    assert line.count(";") >= head.count(";") and b"\n" not in body.replace(b"\r\n", b"")


def test_the_columns_come_in_the_order_of_the_facilitators():
    told = list(lines(edition(RESERVED), "marches-reserves")[0])
    order = [
        "Dispositif", "Extrait", "Lots concernés", "Heures ou %", "Acheteur", "Objet", "Lieu d'exécution", "CPV",
        "Métier", "Publics", "Procédure", "Montant", "Durée", "Reconductions", "Publié le", "Limite le",
        "Jours restants", "Avis", "Facilitateur cité", "Heures estimées, minimum", "Pourquoi c'est là",
        "Action proposée, fenêtre", "Suivi",
    ]  # fmt: skip
    assert [title for title in told if title in order] == order and told[-1] == "Suivi"


def test_one_row_tells_the_reserved_lot_alone():
    (told,) = lines(edition(RESERVED), "marches-reserves")
    assert (told["Lots concernés"], told["Intitulé du lot"]) == ("Lot 2", "Massifs")
    assert told["Extrait"] == "« Le lot 2 est réservé aux ESAT. » (conditions d'exécution)"
    assert told["Dispositif"].startswith("réservé aux entreprises adaptées et ESAT")
    assert (told["Publié le"], told["Limite le"], told["Jours restants"]) == ("18/11/2026", "14/12/2026 12:00", "21")
    assert told["Pourquoi c'est là"] == "la réponse est réservée à certaines structures (lot 2)."
    assert told["Département(s)"] == "Hérault (34)" and told["Suivi"] == "nouveau"


def test_hours_written_are_told_as_written_and_not_estimated():
    (told,) = lines(edition(CLAUSED), "marches-avec-clause")
    assert told["Heures ou %"] == "1 210 heures par an"
    assert told["Heures estimées, minimum"].startswith("sans objet")
    bare = replace(CLAUSED, lots=(lot(None, "clause", finding("clause_insertion")),))
    assert lines(edition(bare), "marches-avec-clause")[0]["Heures estimées, minimum"] == "inconnu"


def test_an_unknown_value_is_said_never_blank():
    bare = item(
        "26-9", lot("1", "reserve", finding()), deadline=None, place="", departements=(), documents_url="", url=""
    )
    old = replace(bare, first_published=date(2026, 10, 1))
    for made in (edition(bare), edition(old)):
        (told,) = lines(made, "marches-reserves")
        assert all(value for title, value in told.items() if title != "Suivi")
        for title in ("Limite le", "Jours restants", "Montant", "SIRET", "CPV", "Métier", "Dossier de consultation"):
            assert told[title] == "inconnu", title
        assert told["Département(s)"] == "national / lieu inconnu"
        _, cells = sheet(made, "marches-reserves")
        assert all(cell for title, cell in by_title(cells, 2).items() if title != "Suivi")
    assert lines(edition(old), "marches-reserves")[0]["Suivi"] == ""


def test_a_workbook_has_filters_a_frozen_head_widths_links_dates_and_numbers():
    body = tables.files(edition(RESERVED))["tables/marches-reserves.xlsx"]
    root, cells = sheet(edition(RESERVED), "marches-reserves")
    told = by_title(cells, 2)
    assert root.find(f".//{MAIN}autoFilter").get("ref").startswith("A1:")
    assert root.find(f".//{MAIN}pane").get("state") == "frozen" and root.find(f".//{MAIN}pane").get("ySplit") == "1"
    widths = [int(col.get("max")) - int(col.get("min")) + 1 for col in root.iter(f"{MAIN}col")]
    assert sum(widths) == len(told) and all(col.get("customWidth") == "1" for col in root.iter(f"{MAIN}col"))
    assert (told["Publié le"], told["Jours restants"]) == (46344.0, 21.0)  # 18/11/2026
    assert told["Limite le"] == 46370.5  # 14/12/2026 12:00, Paris
    assert "https://avis.example.org/1" in {
        one.get("Target") for one in part(body, "xl/worksheets/_rels/sheet1.xml.rels")
    }


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "http://127.0.0.1/x", "file:///etc/passwd", "https://a.example/" + "é" * 900]
)
def test_a_doubtful_or_endless_address_is_text(url):
    made = edition(replace(RESERVED, url=url, documents_url=""))
    assert b"_rels/sheet1.xml.rels" not in tables.files(made)["tables/marches-reserves.xlsx"]
    assert by_title(sheet(made, "marches-reserves")[1], 2)["Avis"].endswith(url)


@pytest.mark.parametrize("bad", FORMULAS)
def test_no_cell_can_be_a_formula(bad):
    hostile = item(
        bad, lot(bad, "reserve", finding(quote=bad, facilitator=bad), title=bad), title=bad, buyer=bad, place=bad,
        siret=bad, url=bad, documents_url=bad, amount=bad, procedure=bad, changes=(bad,),
        holders=(bad,), departements=(bad,),
    )  # fmt: skip
    for name in LISTS:
        for private in (False, True):
            for told in lines(edition(hostile), name, private):
                assert not any(re.match(r"[=+\-@\t\r＝＋－＠]", value) for value in told.values())
            sheet(edition(hostile), name, private=private)  # no <f>
    (told,) = lines(edition(hostile), "marches-reserves")
    assert told["Objet"] == "'" + bad.strip() and told["Acheteur"] == "'" + bad.strip()


def test_hostile_text_breaks_no_row_and_no_workbook():
    bad = item(
        "26-1", lot("1", "reserve", finding(quote=HOSTILE), title=HOSTILE), title=HOSTILE, buyer=HOSTILE, place=HOSTILE
    )
    made = edition(bad, RESERVED)
    assert len(lines(made, "marches-reserves")) == 2
    told = lines(made, "marches-reserves")[0]["Objet"]
    assert "<script>" in told and "\n" not in told and "\u202e" not in told and "\x00" not in told
    _, cells = sheet(made, "marches-reserves")
    assert by_title(cells, 2)["Intitulé du lot"].replace("_x005F", "") == told


@pytest.mark.parametrize(("text", "cut"), [("a" * 32_766, False), ("a" * 200_000, True), ("😀" * 20_000, True)])
def test_a_cell_holds_what_excel_can_hold(text, cut):
    made = edition(replace(RESERVED, title=text))
    _, cells = sheet(made, "marches-reserves")
    for told in (lines(made, "marches-reserves")[0]["Objet"], by_title(cells, 2)["Objet"]):
        assert len(told.encode("utf-16-le")) // 2 <= 32_767
        assert told.endswith(" […]") == cut and (cut or told == text)


def test_the_same_edition_gives_the_same_bytes():
    made = edition(RESERVED, CLAUSED, item("26-5", appraised()))
    assert tables.files(made) == tables.files(made) and tables.private_files(made) == tables.private_files(made)
    archive = zipfile.ZipFile(io.BytesIO(tables.files(made)["tables/opportunites.xlsx"]))
    assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert b"2026-11-23T00:00:00Z" in archive.read("docProps/core.xml")


def test_an_opportunity_is_told_neutrally_in_public():
    (told,) = lines(edition(item("26-5", appraised())), "opportunites")
    assert (told["Métier"], told["Publics"]) == ("Nettoyage de locaux", "femmes ; personnes peu qualifiées")
    assert (told["Heures estimées, minimum"], told["Heures estimées, maximum"]) == ("35", "175")
    assert told["Base de l'estimation"].startswith("par an ; 400") and "effectif repris" in told["Base de l'estimation"]
    assert told["Extrait"] == "« nettoyage quotidien des locaux » (description)"
    assert told["Catégorie d'acheteur"] == "autre pouvoir adjudicateur"
    whole = " ".join(f"{title} {value}" for title, value in told.items())
    for hidden in ("L2112", "obligation", "Score", "clause peu", "12", "Atelier Imaginaire"):
        assert hidden not in whole.replace("14/12/2026 12:00", ""), hidden


def test_the_full_columns_are_private():
    (told,) = lines(edition(item("26-5", appraised())), "opportunites", private=True)
    assert told["Seuil et statut L2112-2-1 (à vérifier)"] == "obligation L2112-2-1 à vérifier"
    assert (told["Score (0 à 100)"], told["Confiance (0 à 100)"]) == ("60", "70")
    assert "clause d'insertion de 35 à 175 h par an" in told["Levier proposé"]
    assert told["Motifs"].endswith("montant inconnu") and "2 connues ; Atelier Imaginaire" in told["Structures connues"]
    assert told["Pratique déclarée de l'acheteur"].startswith("0 marché(s) avec considération sociale sur 12")


def test_public_rows_rank_no_buyer_and_private_ones_put_the_best_first():
    late = datetime(2027, 1, 4, 11, tzinfo=UTC)
    made = edition(
        item("26-5", appraised(score=90), buyer="Aval", deadline=late),
        item("26-6", appraised(score=50), buyer="Bourg"),
        item("26-7", appraised(score=70), buyer="Coteau", deadline=None),
        item("26-8", appraised(score=39), buyer="Dune"),
    )  # fmt: skip
    assert [told["Acheteur"] for told in lines(made, "opportunites")] == ["Bourg", "Aval", "Coteau"]
    assert [told["Acheteur"] for told in lines(made, "opportunites", private=True)] == ["Aval", "Coteau", "Bourg"]


@pytest.mark.parametrize(("days", "told"), [(21, "rectificatif"), (20, "question"), (8, "question"), (7, "trop tard")])
def test_the_action_follows_the_days_left(days, told):
    limit = datetime(2026, 11, 23 + days, 11, tzinfo=UTC) if days < 8 else datetime(2026, 12, days - 7, 11, tzinfo=UTC)
    (row,) = lines(edition(item("26-5", appraised(), deadline=limit)), "opportunites")
    assert row["Jours restants"] == str(days) and told in row["Action proposée, fenêtre"]


def test_hours_that_cannot_be_computed_are_unknown_and_say_what_to_ask():
    unknown = HoursRange(ask=("le montant", "la durée"), instead="proposer des stages")
    (row,) = lines(edition(item("26-5", appraised(hours=unknown))), "opportunites")
    assert row["Heures estimées, minimum"] == row["Heures estimées, maximum"] == "inconnu"
    assert row["Base de l'estimation"] == "proposer des stages ; à demander : le montant, la durée"


@pytest.mark.parametrize(
    ("terms", "amount", "lasting", "renewed"),
    [
        (Terms(Amount(120000.0), 48, "", 36), "120000", "48 mois", "36 mois au plus, toutes reconductions comprises"),
        (Terms(Amount(1234.56), 0.5, renewal_months=0), "1234,56", "0,5 mois", "aucune"),
        (Terms(Amount(low=10000, high=40000), None, "Deux fois"), "de 10 000 € à 40 000 €", "inconnu", "Deux fois"),
        (Terms(Amount(ceiling=90000)), "au plus 90 000 €", "inconnu", "inconnu"),
        (Terms(Amount(5000, currency="XPF")), "5 000 XPF", "inconnu", "inconnu"),
        (Terms(), "inconnu", "inconnu", "inconnu"),
    ],
)  # fmt: skip
def test_a_lot_tells_its_amount_its_duration_and_its_renewals(terms, amount, lasting, renewed):
    made = edition(replace(RESERVED, lots=(replace(RESERVED.lots[2], terms=terms),)))
    (told,) = lines(made, "marches-reserves")
    assert (told["Montant"], told["Durée"], told["Reconductions"]) == (amount, lasting, renewed)
    cell = by_title(sheet(made, "marches-reserves")[1], 2)["Montant"]
    assert cell == (terms.amount.value if terms.amount and amount[0] == "1" else amount)


def test_what_only_the_whole_contract_tells_is_said_of_the_whole():
    made = edition(replace(RESERVED, terms=Terms(Amount(120000.0), 48, renewal_months=0)))
    (told,) = lines(made, "marches-reserves")
    assert told["Montant"] == "120 000 € (ensemble du marché)" and told["Durée"] == "48 mois (ensemble du marché)"
    whole = edition(replace(CLAUSED, terms=Terms(Amount(120000.0), 48, renewal_months=0)))
    (told,) = lines(whole, "marches-avec-clause")
    assert (told["Montant"], told["Durée"], told["Reconductions"]) == ("120000", "48 mois", "aucune")


@pytest.mark.parametrize("value", [float("inf"), float("nan"), -5.0])
def test_an_impossible_figure_breaks_no_workbook(value):
    made = edition(replace(CLAUSED, terms=Terms(Amount(value), value, renewal_months=value)))
    (told,) = lines(made, "marches-avec-clause")
    assert told["Durée"] == told["Reconductions"] == "inconnu"
    sheet(made, "marches-avec-clause")


def test_the_full_tables_are_written_apart():
    made = edition(item("26-5", appraised()))
    written = tables.private_files(made)
    assert set(written) == {f"tables/{name}.{kind}" for name in LISTS for kind in ("csv", "xlsx")}
    assert "Score (0 à 100)" in written["tables/opportunites.csv"].decode("utf-8-sig")


def test_a_segment_known_by_its_text_is_to_be_verified():
    guessed = replace(RESERVED.lots[2], segment=LotSegment(CLEANING, "texte", confidence=0.6))
    coarse = replace(guessed, segment=LotSegment(replace(CLEANING, prefix="90"), "cpv_lot", "90000000"))
    (told,) = lines(edition(replace(RESERVED, lots=(guessed,))), "marches-reserves")
    assert told["Métier"] == "Nettoyage de locaux (d'après le texte, à vérifier)"
    (told,) = lines(edition(replace(RESERVED, lots=(coarse,))), "marches-reserves")
    assert told["Métier"] == "Nettoyage de locaux (division CPV seulement)"


def test_an_award_tells_its_holders_and_what_changed():
    event = Event(
        "ted:700",
        "award",
        date(2026, 11, 19),
        "https://ted.example.org/700",
        ("attribué au lot 1",),
        holders=("Bâti SA",),
    )
    (told,) = lines(edition(replace(CLAUSED, kind="award", events=(event,), holders=("Bâti SA",))), "changements")
    assert (told["Titulaires"], told["Nature de l'avis"]) == ("Bâti SA", "avis d'attribution")
    assert told["Ce qui change"] == "19/11/2026 : attribué au lot 1" and told["Jours restants"] == "close"
    assert "titulaires à contacter" in told["Action proposée, fenêtre"]


def test_a_device_withdrawn_still_has_its_row():
    event = Event(
        "boamp:26-3", "rectification", date(2026, 11, 19), "", ("la réservation du lot 2 est retirée",), social=True
    )
    gone = item("26-1", lot(None), events=(event,), before=RESERVED.lots)
    (told,) = lines(edition(gone), "changements")
    assert told["Dispositif"] == "non détecté dans l'avis" and "retirée" in told["Pourquoi c'est là"]


def test_another_source_of_the_same_tender_is_linked():
    event = Event("ted:700", "call", date(2026, 11, 18), "https://ted.example.org/700", ())
    (told,) = lines(edition(replace(RESERVED, events=(event,))), "marches-reserves")
    assert told["Autre source"] == "https://ted.example.org/700"
    assert lines(edition(RESERVED), "marches-reserves")[0]["Autre source"] == "aucune connue"


def test_a_quiet_workbook_and_a_broken_one_never_look_alike():
    quiet = "\n".join(map(str, sheet(edition(), "marches-reserves", 2)[1].values()))
    broken = "\n".join(map(str, sheet(edition(coverage=(BROKEN,), read=1400), "marches-reserves", 2)[1].values()))
    assert "0 marché réservé — sources complètes" in quiet and "source incomplète" not in quiet
    assert "source incomplète : BOAMP" in broken and "sources complètes" not in broken
    assert "apostrophe" in quiet


def test_the_index_leads_to_each_table(tmp_path):
    publish(edition(RESERVED), tmp_path)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    for name in LISTS:
        for kind in ("csv", "xlsx"):
            assert f'href="tables/{name}.{kind}"' in page and (tmp_path / f"tables/{name}.{kind}").is_file()


def test_every_column_and_every_action_is_known():
    held = table()
    made = edition(RESERVED, CLAUSED, item("26-5", appraised()))
    for name in LISTS:
        titles = set(lines(made, name, private=True)[0]) if lines(made, name, private=True) else set()
        assert titles <= {block["title"] for block in held["columns"].values()}
    states = {status for one in digest.listings() for status in one.statuses}
    assert states <= set(held["actions"])
