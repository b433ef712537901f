"""A careless list of subscribers is read with patience; what is not understood is said, nobody is guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.datafile import DataFileError
from scanner.mailing.subscribers import parse, subscribers
from scanner.readership import Reader

HEAD = "adresse;edition;departements;metiers;type;nom\n"


def read(text: str, encoding: str = "utf-8") -> tuple[list[Reader], str]:
    found = parse(text.encode(encoding))
    return list(found.readers), "\n".join(found.messages)


def test_a_careful_line_says_nothing() -> None:
    (reader,), told = read(HEAD + "ea@exemple.fr;structure;34,2A;Espaces verts & extérieurs|Blanchisserie;EA;Zoé\n")
    assert told == ""
    assert reader == Reader(
        "ea@exemple.fr", "structure", ("34", "2A"), ("Espaces verts & extérieurs", "Entretien du linge"), "EA", "Zoé"
    )


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (
            "Courriel;Édition;Département;Métier;Type;Nom\nEA@Exemple.fr;Structure;34;espaces verts;ea;Zoé\n",
            "utf-8-sig",
        ),
        ("Courriel;Édition;Département;Métier;Type;Nom\nEA@Exemple.fr;Structure;34;espaces verts;ea;Zoé\n", "cp1252"),
        ("e-mail,edition,departements,metiers,type,nom\nZoé <ea@exemple.fr>,STRUCTURE,34,espaces verts,EA,\n", "utf-8"),
        (
            "sep=;\n" + HEAD + "\n\n mailto:ea@exemple.fr ; structure ; 34 - Hérault ; espaces verts ; EA ; Zoé\n",
            "utf-8",
        ),
        ("adresse\tedition\tdepartements\tmetiers\ttype\tnom\nea@exemple.fr\t\t34\tespaces verts\tEA\tZoé\n", "utf-8"),
    ],
)
def test_the_habits_of_spreadsheets_are_accepted(text: str, encoding: str) -> None:
    (reader,), _ = read(text, encoding)
    assert reader == Reader("ea@exemple.fr", "structure", ("34",), ("Espaces verts & extérieurs",), "EA", "Zoé")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("pas une adresse;mission;;;;", "ligne 2 : adresse « pas une adresse » invalide"),
        ("a@b;mission;;;;", "invalide"),
        ("a@exemple.fr\\nBcc: b@exemple.fr;mission;;;;", "invalide"),
        ("=cmd@exemple.fr;mission;;;;", "invalide"),
        ("a b@exemple.fr;mission;;;;", "invalide"),
        ("a@exemple.fr,b@exemple.fr;mission;;;;", ""),
        ("é@exemple.fr;mission;;;;", "invalide"),
        ("a@exemple.fr;patron;;;;", "édition « patron » inconnue"),
        ("a@exemple.fr;;;;;", "édition"),
        ("a@exemple.fr;mission;99;;;", "aucun département reconnu"),
        ("a@exemple.fr;mission;partout;;;", "aucun département reconnu"),
    ],
)
def test_what_cannot_be_sent_rightly_is_kept_aside_and_said(line: str, words: str) -> None:
    readers, told = read(HEAD + line + "\nbon@exemple.fr;mission;;;;\n")
    if words:
        assert [reader.address for reader in readers] == ["bon@exemple.fr"] and words in told
    else:
        assert "bon@exemple.fr" in [reader.address for reader in readers]


def test_a_duplicate_is_said_and_the_first_stays() -> None:
    readers, told = read(
        HEAD + "a@exemple.fr;mission;34;;;\nA@exemple.fr;Mission;30;;;\na@exemple.fr;facilitateur;;;;\n"
    )
    assert [(one.edition, one.departements) for one in readers] == [("mission", ("34",)), ("facilitateur", ())]
    assert "ligne 3 : a@exemple.fr figure déjà" in told


def test_an_unknown_trade_type_or_place_among_others_is_said_and_filters_less() -> None:
    (reader,), told = read(HEAD + "a@exemple.fr;structure;34 99;astronomie;chose;\n")
    assert (reader.departements, reader.trades, reader.kind) == (("34",), (), "")
    assert "« 99 »" in told and "« astronomie »" in told and "« chose »" in told


def test_a_lost_zero_is_given_back() -> None:
    (reader,), _ = read(HEAD + "a@exemple.fr;mission;3;;;\n")
    assert reader.departements == ("03",)


def test_a_quote_left_open_swallows_nobody() -> None:
    readers, _ = read(HEAD + 'a@exemple.fr;mission;;;;"Zoé\nb@exemple.fr;mission;;;;\n')
    assert [reader.address for reader in readers] == ["a@exemple.fr", "b@exemple.fr"]


def test_a_name_with_a_line_break_or_200_000_characters_is_harmless() -> None:
    readers, _ = read(HEAD + "a@exemple.fr;mission;;;;" + "x" * 200_000 + "\0\nb@exemple.fr;mission;;;;\n")
    assert len(readers) == 2


def test_a_file_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    for body in (b"", b"\n\n", b"nom;prenom\nZ;Z\n", b"\x89PNG\r\n\x1a\n\0\0"):
        with pytest.raises(DataFileError) as caught:
            parse(body)
        assert "\n" not in str(caught.value) and "adresse" in str(caught.value)
    with pytest.raises(DataFileError, match="abonnes"):
        subscribers(tmp_path / "absent.csv")
