"""Is a notice read as a person would: scope, lots, quantities, offsets?"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.classify import classify
from nlp.evaluate import passage_notice
from nlp.lots import mentions
from nlp.quantities import quantities
from nlp.report import as_json, read_notice
from nlp.segments import segment_of
from nlp.text import fold, sentence_around, sentences
from scanner.notice import lot_number

PIECES = [
    "Marché réservé aux ESAT. ", "Clause d’insertion ", "lots 2, 3 et 5 à 7 ", "70 heures ", "ne comporte pas de ",
    "œuvre ", "\x92", "☐ Oui ☒ Non ", "\n", "; ", "mais ", "_", "İ", "ß", "é", "Ⅷ", "\u0301", "𝟛", "« ",
]  # fmt: skip


def read(text, field="conditions"):
    return {
        (one.label, one.reading, lot.number)
        for lot in classify(passage_notice(text, field)).lots
        for one in lot.findings
    }


@given(st.text())
def test_fold_keeps_length(text):
    assert len(fold(text)) == len(text)


@settings(deadline=None)  # the rules are compiled at the first sentence
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_a_quote_is_found_where_it_is_said_to_be(text):
    notice = passage_notice(text)
    for lot in classify(notice).lots:
        for one in lot.findings:
            assert notice.passages[one.passage].text[one.start : one.end] == one.quote != ""


def test_sentences_keep_articles_whole():
    text = "Selon l'art. L. 2113-12 du code. Le lot n° 2 est libre.Voir CCAP"
    assert [text[a:b] for a, b in sentences(text)] == [
        "Selon l'art. L. 2113-12 du code.", "Le lot n° 2 est libre.", "Voir CCAP"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text, expected",
    [
        ("Le marché ne comporte pas de clause sociale mais le lot 2 est réservé aux ESAT.",
         {("clause_sociale_generique", "denied", None), ("reserve_ea_esat", "affirmed", "2")}),
        ("Le non-respect de la clause d'insertion entraîne une pénalité.", {("clause_insertion", "affirmed", None)}),
        ("Le volume d'heures d'insertion ne pourra être inférieur à 500 heures.",
         {("clause_insertion", "affirmed", None)}),
        ("Marché réservé : NONCritères : prix", {("reserve_indetermine", "denied", None)}),
        ("Marché réservé : ☐ Oui ☒ Non", {("reserve_indetermine", "denied", None)}),
        ("Marché réservé : ☒ Oui ☐ Non", {("reserve_indetermine", "affirmed", None)}),
        ("Clause d'insertion incitative pour les lots 1 et 2, obligatoire pour le lot 3.",
         {("clause_insertion_facultative", "conditional", "1"), ("clause_insertion_facultative", "conditional", "2"),
          ("clause_insertion", "affirmed", "3")}),
        ("Clause d'insertion sociale : non", {("clause_insertion", "denied", None)}),
        ("Lot 1 réservé ESAT - Lot 2 réservé SIAE",
         {("reserve_ea_esat", "affirmed", "1"), ("reserve_siae", "affirmed", "2")}),
        ("Mission réservée à la profession d'architecte.", set()),
        ("Insertion paysagère du bâtiment et levée des réserves.", set()),
        ("Au lieu de : Marché réservé aux ESAT. Lire : Clause d'insertion obligatoire.",
         {("clause_insertion", "affirmed", None)}),
        ("La clause d'insertion initialement prévue est supprimée.", {("clause_insertion", "denied", None)}),
    ],
)  # fmt: skip
def test_scope(text, expected):
    assert read(text) == expected


@pytest.mark.parametrize(
    "text, numbers",
    [
        ("lots 2, 3 et 5 à 7", ("2", "3", "5", "6", "7")),
        ("lots n° 3, n° 7 et n° 10", ("3", "7", "10")),
        ("les lots 2-4-7", ("2", "4", "7")),
        ("lots 1 à 3", ("1", "2", "3")),
        ("lot no03", ("3",)),
        ("lots n°1, 2, 10 & 11", ("1", "2", "10", "11")),
    ],
)
def test_lot_lists(text, numbers):
    assert mentions(fold(text))[0].numbers == numbers


def test_lot_numbers_are_compared_bare():
    assert lot_number("LOT-0002") == lot_number("02") == "2"


def test_exception_is_respected():
    notice = read_notice(
        {"id": "x:1", "source": "x", "kind": "call", "published": "2026-01-05", "title": "Entretien", "passages": [
            *({"field": "lot_title", "lot": str(n), "text": f"Zone {n}"} for n in (1, 2, 3)),
            {"field": "conditions", "lot": None, "text": "Clause d'insertion pour tous les lots sauf le lot 2."}]}
    )  # fmt: skip
    statuses = {lot.number: lot.status for lot in classify(notice).lots}
    assert statuses == {None: "rien", "1": "clause", "2": "rien", "3": "clause"}


@pytest.mark.parametrize(
    "text, expected",
    [
        ("1 250 heures d'insertion", [(1250, "contract")]),
        ("70 heures / an", [(70, "year")]),
        ("il passe de 900 heures à 500 heures", [(500, "contract")]),
        ("intervention sous 48 heures", []),
        ("35 heures par tranche de 100 000 €", [(35, "tranche")]),
    ],
)
def test_hours(text, expected):
    assert [(q.hours.value, q.hours.per) for q in quantities(fold(text)) if q.hours] == expected


def test_percent_says_of_what():
    found = [q.percent for q in quantities(fold("5 % du montant HT et 7 % du temps de main-d'œuvre")) if q.percent]
    assert [(p.value, p.of) for p in found] == [(5, "amount"), (7, "labour")]


def test_hours_follow_their_lot():
    read_lots = classify(passage_notice("Lot 2 Gros œuvre : 300 h d'insertion ; Lot 5 Sols : 140 h d'insertion."))
    assert {lot.number: lot.findings[0].hours[0].value for lot in read_lots.lots if lot.number} == {"2": 300, "5": 140}


def test_json_shape():
    shown = as_json(classify(passage_notice("Marché réservé aux ESAT.")))
    assert list(shown) == ["id", "source", "kind", "lots"]
    assert shown["lots"][0]["number"] is None and shown["lots"][0]["status"] == "reserve"


def test_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="kind"):
        read_notice({"id": "x", "source": "x", "kind": "?", "published": None, "title": "", "passages": []})


def test_longest_prefix_names_the_segment():
    assert segment_of(["90911200-8"]).prefix.startswith("9091")
    assert segment_of(["00000000"]) is None


def coded(field, value, text="Entretien des espaces verts."):
    return read_notice(
        {"id": "x:1", "source": "x", "kind": "call", "published": None, "title": "", "passages": [
            {"field": "conditions", "lot": None, "text": text}],
         "coded": [{"field": field, "lot": None, "value": value}]}
    )  # fmt: skip


def test_a_ticked_box_alone_is_only_a_mention():
    whole = classify(coded("criteres", "sociaux")).lots[0]
    assert whole.status == "mention" and whole.findings[0].notes == ("CASE_SANS_TEXTE",)
    assert whole.findings[0].passage is None and whole.findings[0].quote == "sociaux"


def test_words_beat_the_box():
    whole = classify(coded("marche_reserve", "non", "Le marché est réservé aux ESAT.")).lots[0]
    assert whole.status == "reserve"
    assert "TEXTE_SANS_CASE" in next(one for one in whole.findings if one.label == "reserve_ea_esat").notes


def test_two_reservations_of_one_sentence_keep_their_lots():
    found = read("Le lot 7 est réservé aux entreprises d'insertion ; le lot 8 est réservé aux ESAT.")
    assert found == {("reserve_siae", "affirmed", "7"), ("reserve_ea_esat", "affirmed", "8")}


def test_article_of_another_public_is_noted():
    whole = classify(passage_notice("Marché réservé aux SIAE (article L. 2113-12).")).lots[0]
    assert any("ARTICLE_PUBLIC" in one.notes for one in whole.findings)


def test_an_unticked_box_denies():
    assert read("☐ Clause d'insertion") == {("clause_insertion", "denied", None)}


def hours_of(text, **passage):
    notice = read_notice(
        {"id": "x:1", "source": "x", "kind": "call", "published": None, "title": "",
         "passages": [{"field": "conditions", "lot": None, "text": text, **passage}]}
    )  # fmt: skip
    return {
        lot.number: [hours.value for one in lot.findings for hours in one.hours]
        for lot in classify(notice).lots
        if lot.findings
    }


def test_hours_glued_to_the_next_lot():
    assert hours_of("Nombre d'heures d'insertion : Lot 1:90 hLot 2: 140 hLes candidats visitent.") == {
        "1": [90],
        "2": [140],
    }


def test_hours_written_before_the_clause_is_named():
    text = "Favoriser l'accès à l'emploi de ces personnes :LOT 4 - PLOMBERIE : 180 heuresUne clause d'insertion suit."
    assert hours_of(text) == {"4": [180]}


def test_a_section_of_the_whole_procedure_is_not_of_the_lot_it_was_filed_under():
    text = "VI.3) INFORMATIONS COMPLÉMENTAIRES Le marché comporte une clause d'insertion de 70 heures."
    assert hours_of(text, field="additional", lot="3") == {None: [70]}


def test_a_reservation_to_one_or_the_other_is_open_to_both():
    text = "Marché réservé : - soit aux structures d'insertion (L. 2113-13). Pour ce faire, il faut une attestation."
    assert not {one for one in read(text) if one[0] == "reserve_siae"}


def test_a_hidden_label_is_shown_on_request():
    notice = passage_notice("Le marché comporte des considérations sociales. Lot 2 réservé aux ESAT.")
    asked = {one.label for lot in classify(notice, every=True).lots for one in lot.findings}
    assert asked >= {"clause_sociale_generique", "reserve_ea_esat"}


def test_an_exception_said_once_holds_for_every_statement_of_the_clause():
    read_lots = classify(
        passage_notice("Clause d'insertion obligatoire. Elle s'applique à tous les lots, sauf le lot 9. Les heures "
                       "d'insertion sont suivies par le titulaire.")
    ).lots  # fmt: skip
    whole = read_lots[0].findings
    assert whole and all("SAUF_LOT_9" in one.notes for one in whole)
    assert [one.reading for lot in read_lots[1:] for one in lot.findings] == ["denied"]


def test_a_text_without_a_full_stop_is_read_piece_by_piece():
    """No sentence grows with the text, so that no text can block the reading."""
    text = "clause d'insertion de 100 heures " * 2000
    assert max(high - low for low, high in map(lambda at: sentence_around(text, at), range(0, len(text), 999))) < 20_000
    whole = classify(passage_notice(text)).lots[0]
    assert whole.status == "clause" and all(len(one.quote) < 20_000 for one in whole.findings)


def test_half_a_character_stops_nothing():
    assert read("Marché réservé \ud83d aux ESAT.") == {("reserve_ea_esat", "affirmed", None)}
