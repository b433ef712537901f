"""Does each lot land in its trade: by its code, by a better one, by its words, or as unknown?"""

from dataclasses import replace
from datetime import date

import pytest

from nlp import labour
from nlp.cpv import believed
from nlp.segment_reader import guess, settings
from nlp.segments import lot_segment, sector_groups, segment_of, segments
from scanner.datafile import DataFileError
from scanner.notice import Lot, Notice
from scanner.opportunity.examples import examples

NOTICE = Notice("boamp:26-1", "boamp", "26-1", "call", date(2026, 11, 18), "Marché public", read_in_full=True)
#: The thirty examples of Fiche C1.
FICHE_C1 = [(one.title, one.codes, one.row, set(one.publics)) for one in examples()]


def bought(title="", *codes, lots=(), description=""):
    return replace(NOTICE, title=title, cpv=codes, lots=lots, description=description)


@pytest.mark.parametrize(("title", "codes", "row", "publics"), FICHE_C1, ids=[one[0] for one in FICHE_C1])
def test_the_examples_of_the_fiche_c1_land_in_their_segment_with_their_publics(title, codes, row, publics):
    main = lot_segment(bought(title, codes[0]), None)
    assert (main.segment.prefix, main.known) in ((row, "cpv_avis"), (row, "texte"))
    assert publics <= set(main.segment.publics)
    every = lot_segment(bought(title, *codes), None)
    assert row in (every.segment.prefix, *every.others), "les autres codes se montrent à côté, sans cacher le premier"


def test_the_longest_prefix_wins_and_the_check_digit_is_dropped():
    assert lot_segment(bought("", "90911200-8"), None).segment.prefix.startswith("9091")
    assert lot_segment(bought("", "90000000"), None).coarse


def test_the_codes_of_the_lot_come_before_those_of_the_notice_and_the_first_of_these_before_the_others():
    lots = (Lot("1", "Vitrerie", cpv=("90911300",)), Lot("2", "Jouets"))
    notice = bought("", "37520000", "90911300", lots=lots)
    assert lot_segment(notice, lots[0]).known == "cpv_lot"
    assert lot_segment(notice, lots[1]).segment.prefix == segment_of(["37520000"]).prefix
    assert lot_segment(replace(notice, cpv=("37520000",), lots=()), None).known == "cpv_avis"


def test_of_codes_that_disagree_the_most_promising_is_kept_and_both_are_shown():
    found = lot_segment(bought("", "09134200", "90911300"), None)
    assert found.segment.prefix.startswith("9091") and found.known == "cpv_secondaire"
    assert found.others == ("09",)


@pytest.mark.parametrize("code", ["99999999", "12345678", "", "9O911300"])
def test_a_code_that_is_not_in_the_nomenclature_is_not_believed(code):
    assert believed(code) == ""
    assert lot_segment(bought("Marché", code), None) is None


@pytest.mark.parametrize(("title", "division"), [
    ("Nettoyage des locaux et de la vitrerie des écoles", "90"),
    ("Entretien des espaces verts communaux", "77"),
    ("Travaux de réfection de la toiture de la mairie", "45"),
    ("Fourniture de denrées alimentaires pour la restauration scolaire", "15"),
])  # fmt: skip
def test_without_any_code_the_words_tell_the_trade_and_how_sure_they_are(title, division):
    found = lot_segment(bought(title), None)
    assert found.known == "texte" and found.segment.prefix.startswith(division)
    assert settings().threshold <= found.confidence <= 1 and found.code == ""


@pytest.mark.parametrize("title", ["", "Marché n° 2026-14", "Lot 3", "Xqzw brtf"])
def test_words_that_tell_nothing_leave_the_trade_unknown(title):
    assert lot_segment(bought(title), None) is None


def test_a_wrong_code_of_low_potential_gives_way_to_words_that_are_sure():
    title = "Nettoyage des locaux, entretien des locaux et nettoyage de la vitrerie"
    assert guess([title]).confidence >= settings().contradiction
    found = lot_segment(bought(title, "09134200"), None)
    assert (found.known, found.segment.prefix[:2], found.others) == ("texte", "90", ("09",))
    assert lot_segment(bought("Fourniture de gazole", "09134200"), None).code == "09134200"


def test_words_that_show_labour_raise_a_poor_segment_and_are_quoted():
    plain, fitted = (lot_segment(bought(title, "31500000"), None) for title in (
        "Fourniture de luminaires", "Fourniture et pose de luminaires",
    ))  # fmt: skip
    assert (plain.segment.potential, plain.words) == ("faible", "")
    assert fitted.segment.potential == "moyen" and fitted.words in "Fourniture et pose de luminaires"


def test_every_example_of_words_that_show_labour_holds():
    for entry in labour.labour():
        for example in entry.raises:
            quoted = example.partition("[[")[2].partition("]]")[0]
            assert labour.labour_words([example.replace("[[", "").replace("]]", "")]) == quoted, example
        for example in entry.silent:
            assert labour.labour_words([example]) == "", example


def test_every_division_has_its_row_and_every_trade_its_group():
    rows = segments()
    assert len({prefix for prefix in rows if len(prefix) == 2}) == 45
    assert len(sector_groups()) == 20
    assert {name for row in rows.values() for name in row.sectors} <= set(sector_groups())
    assert all(row.reasons for row in rows.values() if row.potential == "faible")


def test_a_model_that_cannot_be_read_says_how_to_make_it_again(tmp_path):
    from nlp.segment_reader import load

    with pytest.raises(DataFileError, match="make train"):
        load(tmp_path)
