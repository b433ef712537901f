"""Whose mailbox is it? A service's is published; a person's, or a doubtful one, is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds import publish
from scanner.config import read as read_config
from scanner.datafile import DataFileError
from scanner.privacy import Privacy, contact_mail, contact_phone, masked, masked_text
from tests.feeds.samples import edition, finding, item, lot

HIDE, SHOW = Privacy(), Privacy(personal=True)


@pytest.mark.parametrize(
    "mail",
    ["marches@ville.fr", "mairie@x.fr", "commande.publique@metropole.fr", "Marches-Publics2@x.fr", "mairie.dol@x.fr",
     "sictom@sictom.fr", "ao@x.fr", "scm.marches@x.fr", "service.achats@x.fr"],
)  # fmt: skip
def test_a_service_is_published(mail):
    assert contact_mail(mail, HIDE) == mail and masked_text(mail, HIDE) == mail


@pytest.mark.parametrize(
    "mail",
    ["marie.durand@ville.fr", "m.durand@ville.fr", "mdurand@ville.fr", "durand@x.fr", "p.marche@x.fr", "m.marches@x.fr",
     "ch.martin@x.fr", "marie-claude.de-la-tour@x.fr", "x12@x.fr", "123@x.fr"],
)  # fmt: skip
def test_a_person_or_a_doubt_is_withheld(mail):
    assert contact_mail(mail, HIDE) == "" and contact_mail(mail, SHOW) == mail
    shown = masked_text(f"Contact : {mail} (bureau 2)", HIDE)
    assert mail not in shown and len(shown) == len(f"Contact : {mail} (bureau 2)") and "bureau 2" in shown


def test_a_name_beside_a_mailbox_is_not_published():
    assert contact_mail("Mme Marie Durand, marches@ville.fr", HIDE) == "marches@ville.fr"


def test_a_mobile_number_is_a_persons():
    assert contact_phone("01 22 33 44 55", HIDE) and not contact_phone("+33 6 12 34 56 78", HIDE)
    assert masked_text("au 06.12.34.56.78 ou au 01 22 33 44 55", HIDE) == "au ••.••.••.••.•• ou au 01 22 33 44 55"


@pytest.mark.parametrize(
    "said",
    ["m.durand (a) ville.fr", "m.durand(A)ville.fr", "m.durand [at] ville.fr", "m.durand arobase ville.fr",
     "m.durand @ ville.fr", "m.durand\uff20ville.fr", "m.durand&#64;ville.fr", "m.durand%40ville.fr", "m.durand@é.fr"],
)  # fmt: skip
def test_a_mailbox_written_in_another_way_is_a_mailbox(said):
    shown = masked_text(f"Voir {said}.", HIDE)
    assert "durand" not in shown and len(shown) == len(said) + 6
    service = said.replace("m.durand", "marches")
    assert masked_text(service, HIDE) == service


@pytest.mark.parametrize(
    "said", ["lot 1 (a) pose et (b) dépose", "3 (a) prix.Le reste", "100 @ 200", "avant le 06.12.2026 10h30",
             "le 07-11-2026 12 heures", "06 12 2026 10 30 00", "SIRET 21060012345678"]
)  # fmt: skip
def test_a_numbered_list_or_a_day_is_nobody(said):
    assert masked_text(said, HIDE) == said


@pytest.mark.parametrize(
    "said", ["+33.6.12.34.56.78", "(+33) 6 12 34 56 78", "0 6 1 2 3 4 5 6 7 8", "06\u200912\u200934\u200956\u200978",
             "+33 (0)7.98.76.54.32", "06 12 20 26 78"]
)  # fmt: skip
def test_a_mobile_number_written_in_another_way_is_a_mobile_number(said):
    assert "34" not in masked_text(said, HIDE) and "26" not in masked_text(said, HIDE)
    assert not contact_phone(said, HIDE) and contact_phone(said, SHOW) == said


def test_identifiers_and_addresses_are_left_whole():
    one = item("26-1", url="https://x.example.org/?id=0612345678", title="Appeler le 0612345678")
    shown = masked(one, HIDE)
    assert (shown.url, shown.tender) == (one.url, one.tender) and "0612345678" not in shown.title
    assert masked(one, SHOW) is one


@given(st.text())
def test_masking_keeps_the_length_of_any_text(text):
    assert len(masked_text(text, HIDE)) == len(text)


def test_nothing_that_is_published_names_the_mailbox(tmp_path):
    said = "Le lot est réservé aux ESAT, contacter marie.durand@ville.fr ou marches@ville.fr."
    made = edition(item("26-1", lot("1", "reserve", finding(quote=said)), title="Voir marie.durand@ville.fr"))
    publish(masked(made, HIDE), tmp_path)
    bodies = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".xlsx"]
    assert bodies and not any(b"marie.durand" in body for body in bodies)
    assert any(b"marches@ville.fr" in body for body in bodies)


def test_the_settings_are_checked(tmp_path):
    path = tmp_path / "veille.toml"
    start = '[veille]\ncontact = "a@b.fr"\n[vie_privee]\n'
    path.write_text(start + "boites_personnelles = true\nconservation_mois = 36\n", encoding="utf-8")
    assert read_config(path).privacy == Privacy(True, 36)
    for wrong in ("conservation_mois = -1", "conservation_mois = 601", 'boites_personnelles = "oui"', "autre = 1"):
        path.write_text(start + wrong, encoding="utf-8")
        with pytest.raises(DataFileError, match="vie_privee"):
            read_config(path)
