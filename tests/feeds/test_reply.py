"""Can a reader answer with what the pages and the letter offer, and is it understood as it comes back?"""

from datetime import date
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from feeds import digest, publish, reply
from scanner.feedback import Verdict, read_feedback
from tests.feeds.samples import RESERVED, edition


def test_the_message_of_a_page_is_understood_when_it_comes_back(tmp_path: Path) -> None:
    link = urlsplit(reply.mailto("veille@exemple.fr", "boamp:26-1"))
    assert (link.scheme, link.path) == ("mailto", "veille@exemple.fr")
    said = parse_qs(link.query)
    assert said["subject"] == ["Veille : réponse sur boamp:26-1"]
    (tmp_path / "r.csv").write_bytes(reply.form() + said["body"][0].splitlines()[0].encode())
    lines, issues = read_feedback(tmp_path / "r.csv", today=date(2026, 11, 24))
    assert not issues and isinstance(lines[0], Verdict)
    assert (lines[0].id, lines[0].verdict, lines[0].lot) == ("boamp:26-1", "faux_positif", None)


@pytest.mark.parametrize("contact", ["", "https://exemple.fr", "a@b.fr\r\nBcc: x@y.fr", "a@b.fr?bcc=x", 'a"@b.fr'])
def test_what_is_no_mailbox_gives_no_link(contact: str) -> None:
    assert reply.mailto(contact, "boamp:26-1") == "" or "Bcc" not in reply.mailto(contact)


def test_hostile_ids_stay_inside_the_message() -> None:
    link = reply.mailto("veille@exemple.fr", 'x&bcc=a@b.fr\r\n"><script>')
    assert parse_qs(urlsplit(link).query).keys() == {"subject", "body"} and '"' not in link and "<" not in link


def test_the_bulletin_and_the_pages_offer_both(tmp_path: Path) -> None:
    made = edition(RESERVED, contact="veille@exemple.fr")
    assert "mailto:veille@exemple.fr?subject=Veille" in digest.html(made)
    publish(made, tmp_path)
    page = next((tmp_path / "consultations").glob("*.html")).read_text(encoding="utf-8")
    assert "mailto:veille@exemple.fr" in page and "../retours.csv" in page
    assert (tmp_path / "retours.csv").read_text(encoding="utf-8-sig") == "id;verdict;lot;commentaire\n"
