from pathlib import Path

import pytest

from scanner.appraisal import Structure
from scanner.datafile import DataFileError
from scanner.opportunity.supply import around, perhaps, read_structures

SIMPLE = "nom;type;secteurs;zone;departements;chiffre_affaires;ville;siret\n"
#: Headings of the export of Le Marché de l'inclusion, 2022 and today.
MARKET_2022 = (
    "Raison sociale,Enseigne,Slug,Siret,Établissement,Type de structure,Type de prestation,Site internet,Adresse,Ville,"
    "Code Postal,Département,Région,Quartier prioritaire de la politique de la ville (API QPV),Secteurs d'activité,"
    "Inscrite,Lien vers le marché\n"
)
MARKET_TODAY = (
    "Raison sociale,Enseigne,Type de structure,Adresse,Code postal,Ville,Référence client 1,Référence client 2,"
    "Référence client 3\n"
)


@pytest.fixture
def read(tmp_path):
    def reading(text: str, encoding: str = "utf-8"):
        path = Path(tmp_path) / "annuaire.csv"
        path.write_bytes(text.encode(encoding))
        return read_structures(path)

    return reading


def row(read, line: str) -> Structure:
    (found,), _ = read(SIMPLE + line)
    return found


def test_the_simple_format(read):
    found, told = read(
        SIMPLE + "Ateliers du Lez;Entreprise adaptée;Blanchisserie;;34, 30;1 250 000,50 €;Lattes;12345678900011\n"
    )
    assert found == (
        Structure(
            "siret:12345678900011:EA", "Ateliers du Lez", "EA", ("Blanchisserie",), ("30", "34"), "Lattes", 1_250_000.5
        ),
    )
    assert told == ()


def test_the_export_of_the_inclusion_market(read):
    line = (
        "SCOP LES VERTS,Les Verts,les-verts-34,12345678900011,Conventionné,EI,Prestation,,1 rue,Lodève,34700,34,"
        'Occitanie,Non,"Travaux forestiers, Bûcheronnage, Repassage",Oui,https://exemple.invalid'
    )
    found, told = read(MARKET_2022 + line + "\n")
    assert found == (
        Structure(
            "siret:12345678900011:EI", "Les Verts", "EI", ("Travaux forestiers, Bûcheronnage", "Repassage"), ("34",),
            "Lodève",
        ),
    )  # fmt: skip
    assert len(told) == 1 and "seul le département du siège est retenu" in told[0]


def test_the_export_of_today_has_neither_sector_nor_departement(read):
    found, told = read(MARKET_TODAY + "RÉGIE X,,Atelier chantier d'insertion (ACI),1 rue,1000,Bourg,,,\n")
    assert [(one.kind, one.name, one.departements, one.sectors) for one in found] == [("ACI", "RÉGIE X", ("01",), ())]
    assert any("sans secteur connu" in said for said in told)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("mark", [";", ",", "\t"])
def test_encodings_and_delimiters(read, encoding, mark):
    text = f"nom{mark}type{mark}secteurs\nAtelier façon{mark}Entreprise adaptée{mark}Hôtellerie\n"
    found, told = read(text, encoding)
    assert [(one.name, one.kind, one.sectors) for one in found] == [("Atelier façon", "EA", ("Hôtellerie",))]
    assert any("Windows-1252" in said for said in told) == (encoding == "cp1252")


@pytest.mark.parametrize(("written", "code"), [
    ("EA", "EA"), ("ea", "EA"), ("Entreprises d'insertion", "EI"), ("ENTREPRISE D’INSERTION", "EI"),
    ("Atelier et chantier d'insertion", "ACI"), ("Association intermédiaire", "AI"), ("Esat", "ESAT"), ("CAT", "ESAT"),
    ("Etablissement et service d'aide par le travail (ESAT)", "ESAT"), ("Une autre façon de dire (ETTI)", "ETTI"),
    ("Entreprise adaptée de travail temporaire", "EATT"), ("Régie de quartier", "RQ"),
    ("Produits et services réalisés en prison (SEP)", "SEP"), ("ESUS", "ESS"), ("GEIQ", "GEIQ"), ("EITI", "EITI"),
])  # fmt: skip
def test_kinds_are_recognised(read, written, code):
    assert row(read, f"Nom;{written};;;;;;\n").kind == code


def test_an_unknown_kind_is_kept_aside_and_said(read):
    found, told = read(SIMPLE + "A;OPCS;;;34;;;\nB;EI;Repassage;;34;;;\nC;OPCS;;;34;;;\nD;;;;34;;;\n")
    assert [one.name for one in found] == ["B"]
    assert "2 ligne(s) gardée(s) à part, type de structure inconnu « OPCS » (ligne(s) 2, 4)" in told[0]
    assert "type de structure inconnu « (vide) » (ligne(s) 5)" in told[1]


def test_a_line_without_name_or_already_read_is_said(read):
    line = "B;EI;Repassage;;34;;;12345678900011\n"
    found, told = read(SIMPLE + ";EI;Repassage;;34;;;\n" + line + line + line.replace("EI", "ACI"))
    assert [one.id for one in found] == ["siret:12345678900011:EI", "siret:12345678900011:ACI"]
    assert any("sans nom (ligne(s) 2)" in said for said in told)
    assert any("déjà lue (ligne(s) 4)" in said for said in told)


@pytest.mark.parametrize(("cell", "sectors", "unknown"), [
    ("Hygiène et Propreté", ("Hygiène et Propreté",), ()),
    ("hygiene et proprete|Repassage", ("Hygiène et Propreté", "Repassage"), ()),
    ("Couture, reprisage, retouches, Sport", ("Couture, reprisage, retouches", "Sport"), ()),
    ("Nettoyage spécifique (chantiers, parkings, hôpitaux, hôtellerie...), Sport",
     ("Nettoyage spécifique (chantiers, parkings, hôpitaux, hôtellerie...)", "Sport"), ()),
    ("Ameublement, déco, textile & Artisanat", ("Ameublement, déco, textile & Artisanat",), ()),
    ("Sport, Zorglub, BTP", ("Sport", "Bâtiments et Travaux publics"), ("Zorglub",)),
    ("Sport, Sport", ("Sport",), ()),
])  # fmt: skip
def test_sectors_keep_the_commas_of_their_names(read, cell, sectors, unknown):
    (found,), told = read(SIMPLE.replace(";", "\t") + f"A\tEI\t{cell}\t\t34\t\t\t\n")
    assert found.sectors == sectors
    assert sum("secteur inconnu" in said for said in told) == len(unknown)
    assert all(any(f"secteur inconnu « {value} » pour 1" in said for said in told) for value in unknown)


def test_every_name_of_the_market_is_known():
    from scanner.opportunity.directory import sector_names, supply_file

    groups = supply_file()["groups"]
    assert (len(groups), sum(map(len, groups.values()))) == (20, 154)
    shown = [name for sectors in groups.values() for name in sectors]
    assert len(set(shown)) == 154 and set(shown) <= set(sector_names().values())
    assert set(supply_file()["sector_aliases"].values()) <= {*shown, *groups}


def test_the_trades_of_the_segments_are_groups_of_the_market():
    from nlp.segments import segments
    from scanner.opportunity.directory import supply_file

    assert {sector for row in segments().values() for sector in row.sectors} <= set(supply_file()["groups"])


@pytest.mark.parametrize(("cells", "departements", "everywhere"), [
    ("France entière;", (), True), (";34", ("34",), False), (";1", ("01",), False), (";2a, 2B", ("2A", "2B"), False),
    ("Hérault;", ("34",), False), ("34 - Hérault, Gard (30);", ("30", "34"), False), (";974", ("974",), False),
    ("Bretagne;", ("22", "29", "35", "56"), False), ("Ailleurs;34", ("34",), False), (";", (), False),
])  # fmt: skip
def test_zones(read, cells, departements, everywhere):
    found = row(read, f"A;EI;Sport;{cells};;;\n")
    assert (found.departements, found.everywhere) == (departements, everywhere)


@pytest.mark.parametrize(("perimeter", "kept", "said"), [
    ("Région", 13, ""), ("Département", 1, ""), ("Distance en kilomètres", 1, "kilomètres"),
    ("30 km autour de Lodève", 1, "kilomètres"), ("", 1, "sans périmètre"),
])  # fmt: skip
def test_the_perimeter_of_the_market(read, perimeter, kept, said):
    heading = (
        "Raison sociale;Type de structure;Secteurs d'activité;Périmètre d'intervention;Code Postal;Département;Région\n"
    )
    (found,), told = read(heading + f"A;EI;Sport;{perimeter};34700;34;Occitanie\n")
    assert "34" in found.departements and len(found.departements) == kept and not found.everywhere
    assert (said in "".join(told)) if said else told == ()


def test_an_unknown_zone_is_said_and_the_structure_kept(read):
    (found,), told = read(SIMPLE + "A;EI;Sport;Le Sud;;;;\n")
    assert found.departements == ()
    assert any("zone inconnue « Le Sud »" in said for said in told)
    assert any("sans zone connue" in said for said in told)


def test_regions_hold_every_departement_once():
    from scanner.opportunity.directory import supply_file

    codes = [code for codes in supply_file()["regions"].values() for code in codes]
    assert len(codes) == len(set(codes)) == 101


@pytest.mark.parametrize(("written", "euros"), [
    ("1250000", 1_250_000), ("1\u202f250\u202f000 €", 1_250_000), ("850 k€", 850_000), ("1,2 M€", 1_200_000),
    ("", None), ("0", None), ("environ 1 M", None),
])  # fmt: skip
def test_turnovers(read, written, euros):
    (found,), told = read(SIMPLE + f"A;EI;Sport;;34;{written};;\n")
    assert found.turnover == euros
    assert any("chiffre d'affaires illisible" in said for said in told) == (written == "environ 1 M")


def test_a_siret_spoilt_by_a_spreadsheet_is_said(read):
    (found,), told = read(SIMPLE + "A;EI;Sport;;34;;Sète;1,23E+13\n")
    assert found.id == "nom:a:sete:EI" and any("SIRET illisible" in said for said in told)


def test_only_the_first_lines_are_quoted(read):
    _, told = read(SIMPLE + "A;OPCS;;;;;;\n" * 7)
    assert "7 ligne(s)" in told[0] and "2, 3, 4, 5, 6…" in told[0]


@pytest.mark.parametrize(("content", "told"), [
    (b"PK\x03\x04feuille", "enregistrez la feuille en CSV"), (b"", "colonne « nom »"),
    (b"raison sociale;ville\nA;B\n", "colonne « type »"), (b"type;ville\nEI;B\n", "colonne « nom »"),
])  # fmt: skip
def test_a_file_that_is_no_directory_is_refused_in_french(tmp_path, content, told):
    path = tmp_path / "annuaire.csv"
    path.write_bytes(content)
    with pytest.raises(DataFileError, match=told):
        read_structures(path)
    with pytest.raises(DataFileError, match="illisible"):
        read_structures(tmp_path / "absent.csv")


# --- around ----------------------------------------------------------------------------------------------------------


def one(name: str, kind: str = "EI", sectors=("Repassage",), departements=("34",), turnover=None, everywhere=False):
    return Structure(f"nom:{name}:{kind}", name, kind, sectors, departements, "", turnover, everywhere)


KNOWN = (
    one("Zoé", turnover=100_000),
    one("Abel", "EA", turnover=300_000),
    one("Groupe", "ESAT", ("Entretien du linge",)),
    one("Partout", "ETTI", departements=(), everywhere=True),
    one("Gard", departements=("30",)),
    one("Sport", sectors=("Sport",)),
    one("Sans zone", departements=()),
    one("Sans secteur", sectors=()),
    one("Sans rien", sectors=(), departements=()),
    one("Sans zone, autre métier", sectors=("Sport",), departements=()),
    one("Sans secteur, ailleurs", sectors=(), departements=("30",)),
)


def test_around_counts_those_of_the_trade_and_place():
    found = around(KNOWN, ["Entretien du linge"], ["34"])
    assert found.count == 4
    assert found.kinds == (("EA", 1), ("EI", 1), ("ESAT", 1), ("ETTI", 1))
    assert found.turnover == 200_000  # the mean of those known
    assert found.names == ("Abel", "Groupe", "Zoé", "Partout")  # the local ones first


def test_a_sector_is_enough_to_ask_and_an_unknown_turnover_stays_unknown():
    assert around(KNOWN, ["Couture, reprisage, retouches"], ["34"]).names == ("Groupe",)
    assert around(KNOWN, ["Couture, reprisage, retouches"], ["34"]).turnover is None


@pytest.mark.parametrize(("family", "names"), [
    ("insertion", ("Zoé", "Partout")), ("handicap", ("Abel", "Groupe")), ("reserve_siae", ("Zoé", "Partout")),
    ("reserve_cumul", ("Abel", "Groupe", "Zoé", "Partout")), ("reserve_penitentiaire", ()),
])  # fmt: skip
def test_around_keeps_a_family(family, names):
    assert around(KNOWN, ["Entretien du linge"], ["34"], family).names == names


def test_an_unknown_family_is_refused():
    with pytest.raises(DataFileError, match="famille de structures « siae » inconnue"):
        around(KNOWN, ["Sport"], ["34"], "siae")


def test_what_is_unknown_is_counted_apart():
    assert perhaps(KNOWN, ["Entretien du linge"], ["34"]).names == ("Sans secteur", "Sans rien", "Sans zone")


@pytest.mark.parametrize(("sectors", "departements"), [([], ["34"]), (["Entretien du linge"], [])])
def test_without_a_trade_or_a_place_nothing_is_counted(sectors, departements):
    assert around(KNOWN, sectors, departements).count == 0


def test_at_most_ten_are_named():
    many = [one(f"S{number:02}") for number in range(31)]
    found = around(many, ["Repassage"], ["34"])
    assert (found.count, len(found.names), found.names[0]) == (31, 10, "S00")


@pytest.mark.parametrize(("postcode", "departement"), [
    ("20190", "2A"), ("20200", "2B"), ("97411", "974"), ("1000", "01"), ("75011", "75"),
])  # fmt: skip
def test_the_seat_is_that_of_the_postcode(read, postcode, departement):
    (found,), _ = read(MARKET_TODAY + f"A,,EI,1 rue,{postcode},Ville,,,\n")
    assert found.departements == (departement,)
