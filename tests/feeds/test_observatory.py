"""The page of a year says its figures, its rules and what is not known; nothing in it can harm."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date
from xml.etree import ElementTree

from bs4 import BeautifulSoup

from feeds.bars import Bar, alternative, bars
from feeds.observatory import files, key_figures, rows, warnings
from scanner.year import Counts, Hours, Line, Observatory, Span, Table

NOW = Counts(10, 20, 3, 4, 2, 2, unread=4)
BEFORE = Counts(8, 12, 1, 1, 2, 2)
YEAR = Observatory(
    year=2026, total=Line("", NOW, BEFORE),
    tables=(
        Table("metiers", (Line("Ménage", NOW, BEFORE), Line("", Counts(1, 2, unread=2), Counts())), True),
        Table("statuts", (Line("reserve", Counts(3, 4, 3, 4), BEFORE), Line("rien", Counts(9, 14), Counts())), True),
    ),
    hours=(Hours("insertion", "contract", True, 2, 1210.0, (1, 500.0)),
           Hours("formation", "year", False, 1, 70.5, (0, 0.0))),
    silent=1, shares=1, cancelled=2, aside=(("announced", 3),),
    span=Span(date(2026, 1, 5), date(2026, 12, 20), 2), before=Span(date(2025, 1, 6), date(2025, 12, 22)), alike=True,
)  # fmt: skip


def page(found: Observatory = YEAR, **more: str) -> BeautifulSoup:
    known = {"territory": "Hérault", "mission": "Mission"} | more
    return BeautifulSoup(files(found, **known)["observatoire/2026.html"], "lxml")


def test_the_page_says_figures_shares_trend_and_what_is_not_counted() -> None:
    text = " ".join(page().get_text(" ").split())
    assert "10 consultations, 20 lots" in text and "non comptées : 3 consultations annoncées" in text
    assert "37,5\u00a0%" in page().get_text()  # 6 of the 16 lots read in full
    row = next(one for one in page().find_all("tr") if one.th and one.th.get_text() == "Ménage")
    assert [cell.get_text() for cell in row.find_all("td")] == ["10", "20", "4", "2", "4", "37,5\u00a0%", "3 (+3)"]
    unknown = next(one for one in page().find_all("tr") if one.th and "inconnu" in one.th.get_text())
    assert [cell.get_text() for cell in unknown.find_all("td")][-2:] == ["sans objet", "0 (stable)"]
    assert "d'insertion" in text and "1\u202f210 h" in page().get_text() and "(facultatives ou conditionnelles)" in text
    assert "2 jours de source incomplets" in text
    assert len(page().find(id="regles").find_next("ul").find_all("li")) >= 8


def test_no_year_before_is_said_not_shown_as_zero() -> None:
    bare = replace(
        YEAR, total=Line("", NOW, None), tables=(Table("metiers", (Line("Ménage", NOW, None),), True),),
        hours=(replace(YEAR.hours[0], before=None),), before=Span(None, None), alike=False,
    )  # fmt: skip
    text = page(bare).get_text()
    assert "pas de données" in text and "aucune évolution ne peut être dite" in text and "(+" not in text
    assert all(row["lots_annee_precedente"] is None for row in rows(bare))
    assert "2025" not in files(bare, territory="")["observatoire/2026-metiers.svg"].decode()


def test_years_held_for_other_days_are_not_compared_silently() -> None:
    told = "Les deux années ne couvrent pas les mêmes jours : une différence n'est pas une évolution."
    assert told not in warnings(YEAR) and told in warnings(replace(YEAR, alike=False))


def test_the_page_can_be_heard() -> None:
    soup = page()
    assert soup.html and soup.html["lang"] == "fr" and len(soup.find_all("h1")) == 1
    for table in soup.find_all("table"):
        assert table.caption.get_text() and all(head.get("scope") for head in table.find_all("th"))
    for image in soup.find_all("img"):
        assert image["alt"].endswith(".") and "en 2026" in image["alt"]
    anchors = {one["href"][1:] for one in soup.find("nav").find_all("a")}
    assert anchors == {one["id"] for one in soup.find_all("h2")}
    assert not soup.find_all("script")


def test_a_chart_is_an_svg_with_its_words() -> None:
    svg = ElementTree.fromstring(bars("Titre <b>", ("2026", "2025"), [Bar("Ménage & co", 4, 2), Bar("x" * 200, 0, 0)]))
    assert svg.get("role") == "img"
    words = [one.text or "" for one in svg.iter() if one.tag.endswith(("title", "desc"))]
    assert words[0] == "Titre <b>" and "Ménage & co : 4 en 2026, 2 en 2025" in words[1]
    wide = [float(one.get("width", "0")) for one in svg.iter() if one.tag.endswith("rect")]
    assert max(wide) == 640.0 and 320.0 in wide and 0.0 in wide
    assert alternative(("2026", "2025"), []) == "Aucune donnée."


def test_what_is_not_detected_does_not_crush_the_chart() -> None:
    svg = files(YEAR, territory="")["observatoire/2026-statuts.svg"].decode()
    assert "réservé" in svg and "non détecté" not in svg
    assert "non détecté" in page().get_text()


def test_the_csv_opens_in_a_spreadsheet_and_holds_every_figure() -> None:
    body = files(YEAR, territory="")["observatoire/2026.csv"]
    assert body.startswith(b"\xef\xbb\xbf")
    lines = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig")), delimiter=";"))
    assert lines[0]["lots"] == "20" and lines[0]["heures"] == "sans objet"
    hours = [line for line in lines if line["tableau"] == "heures" and line["heures"] != "sans objet"]
    assert [(line["unite"], line["heures"]) for line in hours] == [("pour le marché", "1210"), ("par an", "70,5")]
    assert len(lines) == len(list(rows(YEAR)))


def test_a_hostile_name_harms_nothing() -> None:
    name = '=HYPERLINK("x")"><img src=x onerror=alert(1)><script>alert(1)</script>]]>\x00'
    found = replace(YEAR, tables=(Table("metiers", (Line(name, NOW, BEFORE),), True),))
    written = files(found, territory=name, mission=name)
    soup = BeautifulSoup(written["observatoire/2026.html"], "lxml")
    assert not soup.find_all("script") and {one["src"] for one in soup.find_all("img")} == {"2026-metiers.svg"}
    ElementTree.fromstring(written["observatoire/2026-metiers.svg"])
    lines = list(csv.reader(io.StringIO(written["observatoire/2026.csv"].decode("utf-8-sig")), delimiter=";"))
    assert not any(cell.startswith(("=", "+", "@")) for line in lines for cell in line)


def test_key_figures_never_mix_units() -> None:
    told = [one for one in key_figures(YEAR) if " h " in one]
    assert len(told) == 2 and "pour le marché" in told[0] and "par an" in told[1]
