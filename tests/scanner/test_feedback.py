"""Is what readers answer understood, kept aside with its reason, or guessed? Never the last."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.feedback import Follow, Verdict, identifier, lots_of, read_feedback
from scanner.finding import LABELS
from scanner.issues import Issue
from scanner.sheet import MAX_BYTES, MAX_LINES

TODAY = date(2026, 11, 24)


def lines(text: str | bytes) -> tuple[Verdict | Follow, ...]:
    """Of a file that must be understood without a remark."""
    found, issues = read_feedback(text if isinstance(text, bytes) else text.encode(), today=TODAY)
    assert issues == ()
    return found


def aside(text: str | bytes) -> list[str]:
    _, issues = read_feedback(text if isinstance(text, bytes) else text.encode(), today=TODAY)
    return [issue.message for issue in issues if issue.level == "rejected"]


def only_issue(content: bytes) -> Issue:
    found, (issue,) = read_feedback(content, today=TODAY)
    assert found == ()
    return issue


JUSTE = Verdict("boamp:26-1", "2", "juste", "", "vu au CCAP", TODAY)


@pytest.mark.parametrize(
    "text",
    [
        "boamp:26-1;juste;2;vu au CCAP",
        "id;verdict;lot;commentaire\nboamp:26-1;juste;2;vu au CCAP\n",
        "\ufeffid;verdict;lot;commentaire\r\nboamp:26-1;juste;2;vu au CCAP\r\n",
        "ID,Verdict,Lot,Commentaire\n26-1,Juste,lot 02,vu au CCAP\n",
        "lot\tcommentaire\tid\tverdict\n2\tvu au CCAP\t26-1\tJUSTE\n",
        '"id";"verdict";"lot";"commentaire"\n"26-1";"juste";"2";"vu au CCAP"\n',
        "sep=;\n26-1;juste;2;vu au CCAP\n",
        '26-1;juste;"=""2""";vu au CCAP\n',
        "\n\n BOAMP:26-1 ; juste ; LOT-0002 ; vu au CCAP \n;;;\n",
    ],
)
def test_the_same_line_in_all_its_clothes(text: str) -> None:
    assert lines(text) == (JUSTE,)


def test_a_file_of_windows_is_read_and_it_is_said() -> None:
    found, (issue,) = read_feedback("26-1;écarté;;déjà clausé\n".encode("cp1252"), today=TODAY)
    assert found == (Follow("boamp:26-1", None, "ecarte", "déjà clausé", TODAY),)
    assert issue.level == "warning" and "Windows-1252" in issue.message


def test_one_line_of_windows_does_not_spoil_the_accents_of_the_others() -> None:
    content = "26-1;vu;;réservé\n".encode() + "26-2;vu;;clausé\n".encode("cp1252")
    found, _ = read_feedback(content, today=TODAY)
    assert [one.reason for one in found if isinstance(one, Follow)] == ["réservé", "clausé"]


def test_the_unicode_text_of_a_spreadsheet_is_read() -> None:
    assert lines("26-1\tjuste\t2\tvu au CCAP\n".encode("utf-16")) == (JUSTE,)


@pytest.mark.parametrize(
    ("written", "verdict", "label"),
    [
        ("juste", "juste", ""), ("FAUX POSITIF", "faux_positif", ""), ("faux-positif", "faux_positif", ""),
        ("Manqué", "manque", ""), ("manque:clause_insertion", "manque", "clause_insertion"),
        ("mauvais_dispositif", "mauvais_dispositif", ""), ("dce:clause_insertion", "dce", "clause_insertion"),
        ("DCE : Réserve EA ESAT", "dce", "reserve_ea_esat"), ("dce: clause d'insertion", "dce", "clause_insertion"),
    ],
)  # fmt: skip
def test_a_verdict_as_it_is_typed(written: str, verdict: str, label: str) -> None:
    (one,) = lines(f"26-1;{written};;\n")
    assert isinstance(one, Verdict) and (one.verdict, one.label) == (verdict, label)


@pytest.mark.parametrize(
    ("written", "state"), [("nouveau", "nouveau"), ("Vu", "vu"), ("contacté", "contacte"), ("ECARTE", "ecarte")]
)
def test_a_state_as_it_is_typed(written: str, state: str) -> None:
    (one,) = lines(f"26-1;{written};3;rappeler en mars\n")
    assert one == Follow("boamp:26-1", "3", state, "rappeler en mars", TODAY)


@pytest.mark.parametrize("label", LABELS)
def test_every_label_may_be_found_in_the_tender_documents(label: str) -> None:
    (one,) = lines(f"26-1;dce:{label};;\n")
    assert isinstance(one, Verdict) and one.label == label


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("boamp:26-85977", "boamp:26-85977"), ("26-85977", "boamp:26-85977"), (" BOAMP:26-85977 ", "boamp:26-85977"),
        ("BOAMP n° 26-85977", "boamp:26-85977"), ("26\u201185977", "boamp:26-85977"), ('="26-85977"', "boamp:26-85977"),
        ("https://www.boamp.fr/pages/avis/?q=idweb:26-85977", "boamp:26-85977"),
        ("https://www.boamp.fr/pages/avis/?q=idweb%3A%2226-85977%22", "boamp:26-85977"),
        ("http://boamp.fr/avis/detail/26-85977", "boamp:26-85977"),
        ("133856-2021", "ted:133856-2021"), ("ted:00133856-2021", "ted:133856-2021"),
        ("https://ted.europa.eu/fr/notice/-/detail/00133856-2021", "ted:133856-2021"),
        ("https://ted.europa.eu/udl?uri=TED:NOTICE:133856-2021:TEXT:FR:HTML", "ted:133856-2021"),
        ("approch:64516", "approch:64516"),
        ("https://projets-achats.marches-publics.gouv.fr/project/64516", "approch:64516"),
        ("essai:A-1", "essai:A-1"),
    ],
)  # fmt: skip
def test_an_identifier_as_it_is_pasted(written: str, key: str) -> None:
    assert identifier(written) == key


@pytest.mark.parametrize(
    "written",
    [
        "", "26", "avis", "boamp:", "boamp:abc", "ted:12", "https://exemple.invalid/?q=26-85977", "javascript:alert(1)",
        "http://boamp.fr.exemple.invalid/avis/detail/26-85977", "essai:../../etc", "=CMD()", "26-85977 26-85978",
    ],
)  # fmt: skip
def test_what_is_no_identifier_is_said_with_what_is_accepted(written: str) -> None:
    if written == "javascript:alert(1)":
        assert "javascript" in aside(f"{written};juste;;\n")[0]
        return
    (message,) = aside(f"{written};juste;;\n")
    assert message.startswith("fichier, ligne 1 : ") and "boamp:26-85977" in message


@pytest.mark.parametrize(
    ("written", "lots"),
    [
        ("2", ("2",)), ("lot 02", ("2",)), ("Lot n° 03A", ("3a",)), ("LOT-0001", ("1",)),
        ("1, 3 et 04", ("1", "3", "4")),
        ("lots 1 et 2", ("1", "2")), ("lot 1 et lot 2", ("1", "2")), ("2, 2", ("2",)),
        ("", (None,)), ("tous", (None,)), ("Tous les lots", (None,)), ("ensemble", (None,)), ("*", (None,)),
        ("-", (None,)),
    ],
)  # fmt: skip
def test_a_lot_as_it_is_typed(written: str, lots: tuple[str | None, ...]) -> None:
    assert lots_of(written) == lots


@pytest.mark.parametrize("written", ["le deux", "2 à 4", "voir CCAP", "1, le reste", "?", "..."])
def test_a_lot_that_is_no_number_is_never_taken_for_the_whole_notice(written: str) -> None:
    (message,) = aside(f'26-1;faux_positif;"{written}";\n')
    assert f"« {written} »" in message and "« lot 02 »" in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("26-1;faux_pozitif;;", ["ligne 2", "« faux_pozitif »", "« faux_positif » ?", "mauvais_dispositif", "écarté"]),
        ("26-1;;2;", ["ligne 2", "verdict manque"]),
        ("26-1;dce;;", ["« dce »", "clause_insertion"]),
        ("26-1;dce:clause_sympa;;", ["« dce:clause_sympa »", "reserve_siae"]),
        ("26-1;vu:hier;;", ["« vu:hier »"]),
        ("26-1;manque:???;;", ["« manque:??? »"]),
        (f"26-1;{'faux' * 50_000};;", ["« faux"]),
        (f"26-1;juste;;{'a' * 4001}", ["4001 caractères", "4000 au plus"]),
    ],
)
def test_a_line_that_is_not_understood_is_kept_aside_and_the_others_are_read(text: str, words: list[str]) -> None:
    content = f"26-9;juste;;\n{text}\n26-8;juste;;\n"
    found, (issue,) = read_feedback(content.encode(), today=TODAY)
    assert [one.id for one in found] == ["boamp:26-9", "boamp:26-8"]
    assert issue.level == "rejected"
    for word in words:
        assert word in issue.message


def test_a_comment_may_be_as_long_as_the_limit() -> None:
    (one,) = lines(f"26-1;juste;;{'a' * 4000}\n")
    assert isinstance(one, Verdict) and len(one.comment) == 4000


@pytest.mark.parametrize(
    "text",
    [
        "26-1;juste;;oui ; au CCAP ; article 6\n",
        'id;verdict;lot;commentaire\n26-1;juste;;"oui ; au CCAP ; article 6"\n',
        "id;verdict;lot;commentaire\n26-1;juste;;oui ; au CCAP ; article 6;;;\n",
    ],
)
def test_a_separator_in_a_comment_cuts_nothing(text: str) -> None:
    (one,) = lines(text)
    assert isinstance(one, Verdict) and one.comment == "oui ; au CCAP ; article 6"


def test_a_comment_over_two_lines_is_one_line_and_the_numbers_still_hold() -> None:
    content = '26-1;juste;;"une réserve\nd\'eau"\n26-2;bof;;\n'
    found, (issue,) = read_feedback(content.encode(), today=TODAY)
    assert [one.comment for one in found if isinstance(one, Verdict)] == ["une réserve d'eau"]
    assert "ligne 3" in issue.message


def test_a_quote_left_open_swallows_no_line() -> None:
    found = lines('26-1;juste;;"un réservoir\n26-2;faux_positif;;oui\n26-3;vu;;fin"\n')
    assert [one.id for one in found] == ["boamp:26-1", "boamp:26-2", "boamp:26-3"]


def test_a_quote_in_the_middle_of_a_comment_is_a_letter() -> None:
    (one,) = lines('26-1;faux_positif;;"réservoir" est le mot\n')
    assert isinstance(one, Verdict) and one.comment == '"réservoir" est le mot'


@pytest.mark.parametrize("written", ["2026-11-20", "20/11/2026"])
@pytest.mark.parametrize("titles", ["id;verdict;lot;commentaire;date\n", ""])
def test_a_day_may_be_written(titles: str, written: str) -> None:
    (one,) = lines(f"{titles}26-1;juste;;ok;{written}\n")
    assert isinstance(one, Verdict) and (one.given, one.dated, one.comment) == (date(2026, 11, 20), True, "ok")


def test_today_is_a_day_and_tomorrow_is_not_yet() -> None:
    assert lines("26-1;vu;;ok;24/11/2026\n")[0] == Follow("boamp:26-1", None, "vu", "ok", TODAY, dated=True)
    assert "à venir" in aside("26-1;vu;;ok;25/11/2026\n")[0]
    assert "n'est pas une date" in aside("id;verdict;date\n26-1;vu;hier\n")[0]


def test_a_formula_stays_a_text_and_control_characters_go() -> None:
    found, issues = read_feedback("26-1;vu;;=1+1\n26-2;vu;;a\x1b[31mb\u202ec\n".encode(), today=TODAY)
    assert [one.reason for one in found if isinstance(one, Follow)] == ["=1+1", "a [31mb c"]
    assert [issue.level for issue in issues] == ["warning", "warning"]
    assert "jamais calculé" in issues[0].message and "contrôle" in issues[1].message


def test_a_lot_put_aside_without_a_reason_is_kept_and_said() -> None:
    found, (issue,) = read_feedback(b"26-1;ecarte;;\n", today=TODAY)
    assert len(found) == 1 and issue.level == "warning" and "motif" in issue.message


def test_titles_that_are_not_known_are_named() -> None:
    found, (issue,) = read_feedback(b"note;id;verdict\n5;26-1;juste\n", today=TODAY)
    assert [one.id for one in found] == ["boamp:26-1"]
    assert issue.level == "warning" and "note" in issue.message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "vide"), (b"\n \n;;;\n", "vide"), (b"\xef\xbb\xbf", "vide"), (b"id;verdict;lot;commentaire\n", "titres"),
        (bytes(range(256)) * 4, "pas un texte"), (b"PK\x03\x04" + b"\0" * 90, "classeur"), (b"%PDF-1.7", "PDF"),
        (b"26-1;juste;;\x81\n", "ni UTF-8 ni Windows-1252"), (b"\xff\xfe2", "UTF-16"),
        (b"commentaire;verdict\nrien;juste\n", "aucune colonne"), (b"id;id;verdict\n26-1;26-1;vu\n", "deux colonnes"),
        (b"a" * (MAX_BYTES + 1), "20 Mo"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_table_is_one_sentence(content: bytes, words: str) -> None:
    issue = only_issue(content)
    assert issue.level == "error" and words in issue.message


def test_a_folder_or_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent.csv"):
        found, (issue,) = read_feedback(path, today=TODAY)
        assert found == () and issue.level == "error" and path.name in issue.message


def test_a_hundred_thousand_lines_are_read_and_what_exceeds_the_limit_is_counted() -> None:
    assert len(lines("26-1;juste;2;\n" * 100_000)) == 100_000
    found, (issue,) = read_feedback(b"26-1;vu\n" * (MAX_LINES + 6), today=TODAY)
    assert len(found) == MAX_LINES
    assert issue.level == "rejected" and issue.message.count("7 lignes") == 1  # the last one is the empty end


@given(st.binary(max_size=300))
def test_whatever_the_bytes_nothing_breaks_and_nothing_is_lost_in_silence(content: bytes) -> None:
    found, issues = read_feedback(content, today=TODAY)
    assert found or issues
    assert all(issue.message.startswith("fichier") for issue in issues)


@given(st.lists(st.text(max_size=40), min_size=1, max_size=5))
def test_whatever_the_cells_a_line_is_understood_or_said(cells: list[str]) -> None:
    found, issues = read_feedback(("26-9;vu;;\n" + ";".join(cells) + "\n").encode(errors="replace"), today=TODAY)
    assert len(found) + len(issues) >= 1


def test_a_table_of_the_week_comes_back_with_its_lots(tmp_path):
    """« La colonne Suivi est à vous »: a copy of the table, filled in, is read as it is, each line on its lot."""
    head = "Dispositif;Lots concernés;Avis;Suivi"
    link = "https://www.boamp.fr/pages/avis/?q=idweb:26-1100"
    rows = [f"réservé;Lot 2;{link}30;vu", f"réservé;Marché non alloti;{link}31;vu", f"x;Ensemble du projet;{link}32;vu"]
    source = tmp_path / "copie.csv"
    source.write_text("\r\n".join([head, *rows]), "utf-8-sig")
    lines, issues = read_feedback(source, today=date(2026, 11, 23))
    assert [(one.id, one.lot) for one in lines] == [
        ("boamp:26-110030", "2"), ("boamp:26-110031", None), ("boamp:26-110032", None),
    ]  # fmt: skip
    assert not [issue for issue in issues if issue.level == "rejected"]
