"""What does the mission find in ``prive/``: sheets whose every figure is traced, calls in order, nothing hostile?"""

import csv
import io
from dataclasses import replace
from datetime import date

import pytest
from lxml import html as lxml_html

from feeds import leads, sheets
from scanner.approach import BuyerFacts, BuyerLead, Contract, Kin, Rate, Renewal, Similar
from scanner.opportunity.argue import sheet
from scanner.opportunity.buyers import rank
from tests.chances import CLEANING
from tests.feeds.appraised import appraised
from tests.feeds.samples import REFERENCE, edition, item, lot

HOSTILE = '=HYPERLINK("x")<script>alert(1)</script> ]]> \x00 \u202egpj.exe [a](javascript:alert(1)) `x` # titre'
SIMILAR = Similar(
    "9091", "Occitanie", 90_000.0, Rate(120, 49, date(2024, 1, 3), date(2026, 10, 2)),
    (Kin("decp:21340001700019/24-07", date(2026, 3, 2), "Commune de Valmont", "Nettoyage", "clause sociale"),),
    (Kin("boamp:26-9", date(2026, 11, 2), "CHU d'Aval", "Bionettoyage", "réservé", "https://avis.example.org/9"),),
)  # fmt: skip
FACTS = BuyerFacts("siren:213400017", "Commune de Valmont", "213400017", "commune", "34", "Occitanie", 3)
ENDING = Renewal(
    Contract("avis:boamp:24-1#1", "avis", title="Vitres", buyer="Commune de Valmont", amount=90_000.0), "a_appeler",
    None, date(2027, 9, 30), date(2026, 9, 30), date(2026, 12, 30), 80, "bonne", ("début supposé",),
    "fin probable le 30/09/2027", "où en est la préparation ?",
)  # fmt: skip


def one(similar=SIMILAR, kind="commune", **changes):
    made = item("26-5", appraised(**changes), buyer="Commune de Valmont")
    return sheet(made, made.lots[0], made.lots[0].opportunity, similar, kind=kind, reference=REFERENCE)


def pages(*written, buyers=(), renewals=()):
    return sheets.files(edition(), written, buyers, renewals, "Maison de l'emploi, 00 00 00 00 00")


def words(body: bytes) -> str:
    return " ".join(lxml_html.fromstring(body.decode()).text_content().split())


def test_a_sheet_tells_the_law_the_kin_the_hours_the_publics_and_whom_to_write_to():
    made = pages(one())
    (path,) = (name for name in made if name.endswith(".html") and name.startswith("fiches/"))
    told = words(made[path])
    assert "obligation L2112-2-1 à vérifier" in told
    assert "41 % des marchés de ce métier de 90 000 € HT et plus portent une considération sociale" in told.replace(
        "\u202f", " "
    )
    assert "(49 sur 120 renseignés, CPV 9091, Occitanie, 01/2024 à 10/2026)" in told
    assert "decp:21340001700019/24-07" in told and "boamp:26-9" in told
    assert "35 à 175 h par an" in told and "400 000 € × 85 %" in told
    assert "femmes, personnes peu qualifiées" in told
    assert "Atelier Imaginaire" in told and "Maison de l'emploi" in told
    assert "Cette consultation semble atteindre le seuil" in told and "infraction" not in told


def test_markdown_and_html_say_the_same_and_each_point_has_its_place():
    made = pages(one())
    page, text = (made[name].decode() for name in made if name.startswith("fiches/"))
    for signal in one().chance.signals:
        assert signal.reason in text.replace("\\", "") and signal.reason in lxml_html.fromstring(page).text_content()


@pytest.mark.parametrize(("rate", "told"), [
    (Rate(), "aucun marché attribué renseigné"),
    (Rate(2, 1, date(2026, 1, 1), date(2026, 1, 9)), "1 sur 2, trop peu pour une part"),
    (Rate(3, 1, date(2026, 1, 1), date(2026, 2, 1)), "33 % des marchés"),
    (Rate(29, 0, date(2026, 1, 1), date(2026, 2, 1)), "petit nombre, à manier avec prudence"),
])  # fmt: skip
def test_a_rate_says_when_it_is_weak_or_missing(rate, told):
    assert told in sheets.rate(replace(SIMILAR, rate=rate))


def test_its_own_tender_is_never_its_example():
    own = replace(SIMILAR, notices=(replace(SIMILAR.notices[0], id="boamp:26-7", tender="boamp:26-5"),), contracts=())
    page = next(body for name, body in pages(one(own)).items() if name.startswith("fiches/"))
    assert "Bionettoyage" not in words(page) and "Bionettoyage" in words(next(iter(pages(one()).values())))


def test_a_trade_without_a_close_example_cites_none():
    assert one(segment=replace(CLEANING, prefix="98")).example == ""
    assert one(segment=replace(CLEANING, prefix="98311")).example.startswith("Blanchisserie")


def test_hostile_words_stay_words():
    kin = replace(SIMILAR.contracts[0], title=HOSTILE)
    made = item(
        "../../x<y>", replace(appraised(), title=HOSTILE), title=HOSTILE, buyer=HOSTILE, url="javascript:alert(1)"
    )
    hostile = sheet(
        made, made.lots[0], made.lots[0].opportunity, replace(SIMILAR, contracts=(kin,)),
        kind="", reference=REFERENCE,
    )  # fmt: skip
    lead = rank([replace(FACTS, name=HOSTILE)], today=REFERENCE, since=REFERENCE)
    files = pages(hostile, buyers=lead, renewals=(replace(ENDING, contract=replace(ENDING.contract, title=HOSTILE)),))
    for name, body in files.items():
        assert ".." not in name and "<" not in name
        assert b"<script" not in body and b"\x00" not in body and b'href="javascript' not in body
    text = next(body.decode() for name, body in files.items() if name.endswith(".md"))
    assert "[a](javascript" not in text and "\n# titre" not in text
    tables = leads.files(lead, (), REFERENCE)
    (_, row) = csv.reader(io.StringIO(tables["acheteurs.csv"].decode("utf-8-sig")), delimiter=";")
    assert row[1].startswith("'=")


def test_the_lists_give_the_reasons_what_to_say_and_unknown_in_words():
    lead = rank([FACTS], today=REFERENCE, since=date(2026, 1, 1))
    tables = leads.files(lead, (ENDING,), REFERENCE)
    (head, row) = csv.reader(io.StringIO(tables["acheteurs.csv"].decode("utf-8-sig")), delimiter=";")
    cells = dict(zip(head, row, strict=True))
    assert cells["Acheteur"] == "Commune de Valmont" and cells["Montant connu, € HT"] == "inconnu"
    assert "3 lots éligibles" in cells["Pourquoi il est là"] and all(row)
    (title, text, _) = leads.renewal_lines((ENDING,))[0]
    assert title == "Vitres — Commune de Valmont" and "fin probable le 30/09/2027" in text
    assert leads.renewal_lines((replace(ENDING, state="termine"),)) == ()


def test_the_front_page_orders_the_calls_and_links_each_sheet():
    made = pages(one(), buyers=rank([FACTS], today=REFERENCE, since=REFERENCE), renewals=(ENDING,))
    told = words(made["index.html"])
    assert "ne pas publier" in told and "Commune de Valmont" in told and "Vitres" in told
    for target in lxml_html.fromstring(made["index.html"].decode()).xpath("//table//a/@href"):
        assert target in made
    assert pages() and "Aucune opportunité à traiter" in words(pages()["index.html"])


def test_the_same_input_gives_the_same_bytes_and_the_name_of_a_sheet_never_changes():
    assert pages(one()) == pages(one())
    later = replace(one(), lot=replace(lot("1"), title="Autre titre"))
    assert sheets.name(one()) == sheets.name(later)


def test_a_lead_without_argument_still_says_something():
    bare = BuyerLead(1, FACTS, 0, (), None, ())
    assert leads.buyer_lines((bare,))[0][1].startswith("présenter la veille")


def test_a_structure_reads_when_a_contract_ends_and_nothing_to_say_to_the_buyer():
    (line,) = leads.coming_lines((ENDING,))
    assert line[0] == "Vitres — Commune de Valmont"
    assert line[1] == "lieu inconnu — fin probable le 30 septembre 2027 ; contenu social inconnu"
    assert "préparation" not in line[1] and "fenêtre" not in line[1]
    assert leads.coming_lines((replace(ENDING, state="termine"),)) == ()
