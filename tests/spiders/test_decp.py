"""A file of awarded contracts is loaded by columns: the last state wins, what is abnormal is told, twice is once."""

from __future__ import annotations

import csv
import gzip
import json
import os
import random
import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from scanner import run
from scanner.cli import app
from scanner.config import Config, SourceSettings, read
from scanner.datafile import DataFileError
from scanner.issues import IssueLog
from scanner.sample import awards
from scanner.sample.shapes import siret
from scanner.store import Store
from spiders import decp

TODAY = date(2026, 11, 23)
REAL = Path(__file__).resolve().parents[2].parent / "shared" / "real" / "decp"
BUYER = siret(1)


def line(**changes: Any) -> dict[str, Any]:
    known = {
        "id": "2025-1", "acheteur_id": BUYER, "acheteur_nom": "VILLE DE VALMONT", "nature": "Marché",
        "objet": "Nettoyage", "codeCPV": "90911200", "montant": 1000.5, "dureeMois": 12,
        "dateNotification": "2025-03-01", "datePublicationDonnees": "2025-04-01",
        "considerationsSociales": "Clause sociale", "lieuExecution_code": "69003",
        "lieuExecution_typeCode": "Code postal", "titulaire_id": siret(2), "titulaire_nom": "A", "modification_id": 0,
        "donneesActuelles": "true", "sourceDataset": "un", "techniques": "Sans objet", "montant_anomalie": "",
        "acheteur_departement_code": "69",
    }  # fmt: skip
    return known | changes


def written(path: Path, *lines: dict[str, Any]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(dict.fromkeys(name for one in lines for name in one)))
        writer.writeheader()
        writer.writerows(lines)
    return path


def loaded(path: Path, **options: Any) -> tuple[list[dict[str, Any]], run.Awarded]:
    with Store.open(":memory:") as store:
        told = run.load_contracts(store, path, today=TODAY, **options)
        return store._rows("SELECT * FROM contracts ORDER BY buyer, number"), told


def only(tmp_path: Path, *lines: dict[str, Any]) -> dict[str, Any]:
    (row,), _ = loaded(written(tmp_path / "decp.csv", *lines))
    return row


# -- states and holders


def test_the_last_state_wins_and_the_date_is_the_first(tmp_path: Path) -> None:
    first = line(donneesActuelles="false", montant=1000)
    second = line(
        modification_id=1, dateNotification="2025-09-01", montant=1500, donneesActuelles="false", dureeMois=18
    )
    third = line(modification_id=2, dateNotification="2026-01-05", montant=1800, dureeMois=24)
    row = only(tmp_path, third, first, second)
    assert (row["amount"], row["months"], row["notified"]) == (1800, 24, "2025-03-01")


def test_without_a_current_mark_the_highest_amendment_wins(tmp_path: Path) -> None:
    blank = {"donneesActuelles": "", "montant": 7}
    row = only(
        tmp_path,
        line(**blank),
        line(**blank | {"modification_id": 10, "montant": 9}),
        line(**blank | {"modification_id": 2}),
    )
    assert row["amount"] == 9


def test_a_group_is_one_contract_with_its_holders(tmp_path: Path) -> None:
    row = only(tmp_path, line(), line(titulaire_id=siret(3), titulaire_nom="B"))
    assert row["holders"] == ", ".join(sorted((siret(2), siret(3)))) and row["holder_names"] == "A, B"
    assert row["anomalies"] == ""


def test_the_order_of_lines_and_of_files_does_not_matter(tmp_path: Path) -> None:
    lines = list(awards.rows())
    straight, _ = loaded(written(tmp_path / "a.csv", *lines))
    random.Random(7).shuffle(lines)
    shuffled, _ = loaded(written(tmp_path / "b.csv", *lines))
    assert straight == shuffled
    half = len(lines) // 2
    parts = [written(tmp_path / "c.csv", *lines[:half]), written(tmp_path / "d.csv", *lines[half:])]
    seen = []
    for order in (parts, parts[::-1]):
        with Store.open(":memory:") as store:
            for part in order:
                run.load_contracts(store, part, today=TODAY)
            seen.append(store._rows("SELECT buyer, number, state, amount FROM contracts ORDER BY 1, 2"))
    assert seen[0] == seen[1]


def test_loading_again_changes_nothing_and_a_newer_state_replaces(tmp_path: Path) -> None:
    path = awards.write(tmp_path / "decp.csv")
    with Store.open(":memory:") as store:
        first = run.load_contracts(store, path, today=TODAY)
        dump = list(store.dump_canonical())
        again = run.load_contracts(store, path, today=TODAY)
        assert first.new == first.kept > 40 and (again.new, again.changed) == (0, 0)
        assert list(store.dump_canonical()) == dump
        newer = written(tmp_path / "n.csv", line(), line(modification_id=1, montant=2))
        run.load_contracts(store, newer, today=TODAY)
        run.load_contracts(store, written(tmp_path / "o.csv", line(donneesActuelles="false")), today=TODAY)
        assert store._rows("SELECT amount FROM contracts WHERE buyer = ?", [BUYER]) == [{"amount": 2}]


# -- words


@pytest.mark.parametrize(
    ("written_as", "words"),
    [
        ("Pas de considération sociale", "aucune"),
        ("Sans objet", "aucune"),
        ("Clause sociale, Critère social", "clause_sociale_generique, critere_social"),
        ("Critère social, Clause sociale", "clause_sociale_generique, critere_social"),
        ('["Marché réservé"]', "reserve_indetermine"),
        ("Concession réservée", "reserve_indetermine"),
        ("CDL", None),
        ("", None),
    ],
)
def test_both_vocabularies_and_the_filler(tmp_path: Path, written_as: str, words: str | None) -> None:
    assert only(tmp_path, line(considerationsSociales=written_as))["social"] == words


def test_an_unknown_consideration_and_an_unknown_column_are_told(tmp_path: Path) -> None:
    (row,), told = loaded(written(tmp_path / "decp.csv", line(considerationsSociales="Clause verte", colonne_neuve=1)))
    assert row["social"] == "?Clause verte"
    assert {issue.code for issue in told.issues} == {"consideration_inconnue", "colonne_inconnue"}
    assert all("spiders/decp.yml" in issue.message for issue in told.issues)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"montant": 0.1}, "montant_infime"),
        ({"montant": 99_999_999_999_999}, "montant_enorme"),
        ({"montant": "NaN"}, "montant_illisible"),
        ({"montant": "sur devis"}, "montant_illisible"),
        ({"montant_anomalie": "aberrant"}, "montant_aberrant"),
        ({"dateNotification": "2005-02-20"}, "date_ancienne"),
        ({"dateNotification": "2027-07-22"}, "date_future"),
        ({"dateNotification": "hier"}, "date_illisible"),
        ({"dateNotification": ""}, "date_absente"),
        ({"dureeMois": "NC"}, "duree_illisible"),
        ({"dureeMois": 9999}, "duree_demesuree"),
        ({"codeCPV": "nettoyage"}, "cpv_illisible"),
        ({"acheteur_id": "12345678901234"}, "siret_invalide"),
        ({"lieuExecution_code": "FRK26"}, "lieu_nuts"),
        ({"lieuExecution_code": "COMM"}, "lieu_illisible"),
        ({"considerationsSociales": "Sans objet, Clause sociale"}, "consideration_contradictoire"),
    ],
)
def test_what_is_abnormal_is_kept_marked_and_counted(tmp_path: Path, changes: dict[str, Any], code: str) -> None:
    (row,), told = loaded(written(tmp_path / "decp.csv", line(**changes)))
    assert row["anomalies"] == code
    assert [issue.code for issue in told.issues] == [code]
    assert "1 marché :" in told.issues[0].message and row["number"] in told.issues[0].message


def test_two_amounts_under_one_number_and_a_twin_of_another_source_are_marked(tmp_path: Path) -> None:
    assert only(tmp_path, line(), line(montant=5, titulaire_id=siret(4)))["anomalies"] == "montants_divers"
    twins, _ = loaded(written(tmp_path / "t.csv", line(), line(id="X-9", sourceDataset="deux"), line(id="X-10")))
    assert [(row["number"], row["anomalies"]) for row in twins] == [
        ("2025-1", "doublon_probable"), ("X-10", "doublon_probable"), ("X-9", ""),
    ]  # fmt: skip


def test_a_line_without_key_is_counted(tmp_path: Path) -> None:
    rows, told = loaded(written(tmp_path / "decp.csv", line(), line(acheteur_id=""), line(id="CDL")))
    assert len(rows) == 1
    assert [issue.message[:8] for issue in told.issues if issue.code == "ligne_sans_cle"] == ["2 lignes"]


def test_a_line_that_cannot_be_cut_is_counted_and_stops_nothing(tmp_path: Path) -> None:
    path = written(tmp_path / "decp.csv", *(line(id=str(n)) for n in range(50)))
    with path.open("a", encoding="utf-8") as stream:
        stream.write("trop,court\n")
    rows, told = loaded(path)
    assert len(rows) == 50
    assert [issue.message for issue in told.issues if issue.code == "ligne_illisible" and ": 1," in issue.message]


def test_a_market_that_is_no_object_stops_nothing(tmp_path: Path) -> None:
    good = {"id": "1", "acheteur": {"id": BUYER}, "lieuExecution": [], "titulaires": None,
            "modifications": [{"modification": {"id": "un", "montant": 12}}]}  # fmt: skip
    odd = [None, 1, {"id": "x", "acheteur": None}, {"id": "y", "acheteur": "z"}]
    (tmp_path / "decp.json").write_text(json.dumps({"marches": {"marche": [*odd, good]}}), encoding="utf-8")
    (row,), told = loaded(tmp_path / "decp.json")
    assert (row["number"], row["amount"]) == ("1", 12)
    assert any(issue.code == "ligne_sans_cle" and issue.message.startswith("4 ") for issue in told.issues)


def test_a_csv_of_another_encoding_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "decp.csv").write_bytes("acheteur_id,id,intitulé\n".encode("latin-1"))
    with pytest.raises(DataFileError, match="enregistrez-le en UTF-8"):
        loaded(tmp_path / "decp.csv")


def test_a_line_of_too_many_columns_is_not_loaded_shifted(tmp_path: Path) -> None:
    lines = [f"{BUYER},{n},Nettoyage,1000,2025-03-01" for n in (1, 3)]
    shifted, open_quote = f"{BUYER},2,Nettoyage, vitrerie,1000,2025-03-01", f'{BUYER},4,"Nettoyage,1000,2025-03-01'
    for end, numbers in (([shifted, lines[1]], ["1", "3"]), ([lines[1], open_quote], ["1", "3"])):
        text = "\n".join(["acheteur_id,id,objet,montant,dateNotification", lines[0], *end]) + "\n"
        (tmp_path / "decp.csv").write_text(text, encoding="utf-8")
        rows, told = loaded(tmp_path / "decp.csv")
        assert [row["number"] for row in rows] == numbers
        assert any("titre : 1, non chargées" in issue.message for issue in told.issues)


def test_a_csv_with_a_mark_semicolons_and_line_ends_in_its_words_is_read(tmp_path: Path) -> None:
    text = f'\ufeffid;acheteur_id;objet;montant\r\n1;{BUYER};"Lot 1 ;\r\nsols ""souples"", l\'hiver";12,5\r\n'
    (tmp_path / "decp.csv").write_bytes(text.encode())
    (row,), _ = loaded(tmp_path / "decp.csv")
    assert (row["number"], row["object"], row["amount"]) == ("1", 'Lot 1 ; sols "souples", l\'hiver', 12.5)


@pytest.mark.parametrize(
    ("code", "kind", "departement"),
    [
        ("69003", "Code postal", "69"), ("6200", "Code postal", "06"), ("97225", "Code postal", "972"),
        ("20090", "Code postal", "2A"), ("2B033", "Code commune", "2B"), ("97411", "Code commune", "974"),
        ("22", "Code département", "22"), ("1", "CODE DEPARTEMENT", "01"), ("2A", "Code département", "2A"),
        ("FRK26", "Code département", "69"), ("84", "Code région", None), ("FR", "Code pays", None),
        ("3801", "Code canton", "38"), ("DEP01", "", None),
    ],
)  # fmt: skip
def test_a_place_code_is_read_with_its_kind(code: str, kind: str, departement: str | None) -> None:
    assert run.departement_at(code, kind) == departement


def test_the_territory_keeps_its_own_places_and_buyers_and_the_unknown(tmp_path: Path) -> None:
    path = written(
        tmp_path / "decp.csv", line(), line(id="2", lieuExecution_code="33000"),
        line(id="3", acheteur_id=siret(9), lieuExecution_code="33000", acheteur_departement_code="33"),
        line(id="4", acheteur_id=siret(8), lieuExecution_code="", acheteur_departement_code=""),
    )  # fmt: skip
    rows, told = loaded(path, departements=("69",))
    assert [row["number"] for row in rows] == ["2", "2025-1", "4"] and told.left == 1
    rows, _ = loaded(path, since=date(2025, 3, 2))
    assert rows == []


# -- forms of files


def test_parquet_gzip_and_json_say_the_same(tmp_path: Path) -> None:
    plain = awards.write(tmp_path / "decp.csv")
    expected, _ = loaded(plain)
    packed = tmp_path / "decp.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    duckdb.sql(f"SELECT * FROM read_csv('{plain}')").write_parquet(str(tmp_path / "decp.parquet"))
    api = tmp_path / "api.json"
    api.write_text(json.dumps({"results": list(awards.rows())}))
    for path in (packed, tmp_path / "decp.parquet", api):
        assert loaded(path)[0] == expected, path.name


def test_the_official_format_is_read_with_amendments_and_concessions(tmp_path: Path) -> None:
    market = {
        "id": "M1", "acheteur": {"id": BUYER}, "nature": "Marché", "objet": "Façades", "codeCPV": "45000000-7",
        "montant": 10000, "dureeMois": 6, "dateNotification": "2025-02-01",
        "titulaires": [{"titulaire": {"id": siret(5)}}],
        "considerationsSociales": {"considerationSociale": ["Critère social", "Clause sociale"]},
        "lieuExecution": {"code": "03", "typeCode": "Code département"},
        "modifications": [{"modification": {"id": 1, "montant": 12000, "dateNotificationModification": "2025-06-01"}}],
    }  # fmt: skip
    concession = {
        "id": "C1", "autoriteConcedante": {"id": BUYER}, "valeurGlobale": 500.0, "dateSignature": "2025-05-05",
        "concessionnaires": {"concessionnaire": {"id": siret(6)}}, "considerationsSociales": ["Concession réservée"],
    }  # fmt: skip
    path = tmp_path / "decp.json"
    path.write_text(json.dumps({"marches": {"marche": [market], "contrat-concession": [concession]}}))
    (granted, signed), told = loaded(path)
    assert (granted["amount"], granted["social"], granted["holders"]) == (500, "reserve_indetermine", siret(6))
    assert (signed["amount"], signed["months"], signed["notified"], signed["cpv"]) == (
        12000,
        6,
        "2025-02-01",
        "45000000",
    )
    assert (signed["departement"], signed["social"]) == ("03", "clause_sociale_generique, critere_social")
    assert told.issues == ()


@pytest.mark.parametrize("name", ["absent.parquet", "vide.parquet", "liste.json", "notes.txt", "autre.csv"])
def test_what_is_no_decp_file_is_one_sentence(tmp_path: Path, name: str) -> None:
    if name != "absent.parquet":
        (tmp_path / name).write_text({"liste.json": "[1]", "autre.csv": "a,b\n1,2\n"}.get(name, ""))
    with pytest.raises(DataFileError):
        loaded(tmp_path / name)


@pytest.mark.skipif(not REAL.exists(), reason="../shared/real/decp absent : les fichiers réels ne sont pas lus")
@pytest.mark.parametrize(
    ("name", "contracts"),
    [
        ("decp_mini.parquet", 45), ("lignes_2024S2_travaux_cpv4521.csv.gz", 5180), ("lignes_six_colonnes.csv.gz", 5059),
        ("records_decp-2022-marches-valides.json", 4), ("test_marches_format_2022.json", 5),
        ("exemple_marches_avec_modifications.json", 2), ("exemple_marches_concessions.json", 4),
        ("exemple_concessions.json", 2), ("exemple_concessions_avec_modifications.json", 2),
    ],
)  # fmt: skip
def test_the_real_files_go_through(name: str, contracts: int) -> None:
    rows, told = loaded(REAL / name)
    assert (len(rows), told.kept, told.new) == (contracts, contracts, contracts)
    assert not {issue.code for issue in told.issues} & {"colonne_inconnue", "consideration_inconnue"}


# -- what a reader asks of it


def test_a_buyer_s_practice_is_told_beside_its_peers(tmp_path: Path) -> None:
    mine = [line(id=str(n), considerationsSociales="Clause sociale" if n < 3 else "Sans objet") for n in range(12)]
    unsaid = [line(id="vieux", considerationsSociales="", dateNotification="2023-01-01")]
    peer = [
        line(id=str(n), acheteur_id=siret(9), considerationsSociales="Marché réservé, Critère social") for n in range(4)
    ]
    far = [line(id="1", acheteur_id=siret(10), acheteur_departement_code="33", considerationsSociales="Critère social")]
    path = written(tmp_path / "decp.csv", *mine, *unsaid, *peer, *far)
    with Store.open(":memory:") as store:
        run.load_contracts(store, path, today=TODAY)
        told = {row["siret"]: row for row in store._rows("SELECT * FROM pratique_acheteurs")}
        trade = store._rows("SELECT * FROM pratique_par_metier WHERE siret = ?", [BUYER])
    one = told[BUYER]
    assert (one["marches"], one["marches_renseignes"], one["avec_clause_sociale"], one["reserves"]) == (13, 12, 3, 0)
    assert (one["part_pourcent"], one["part_pairs_pourcent"], one["du"]) == (25.0, 100.0, "2023-01-01")
    assert one["prudence"] == "" and told[siret(9)]["prudence"]
    assert told[siret(9)]["avec_consideration_sociale"] == told[siret(9)]["avec_critere_social"] == 4
    assert told[siret(10)]["part_pairs_pourcent"] is None
    assert (trade[0]["division_cpv"], trade[0]["marches_pairs"], trade[0]["avec_consideration_pairs"]) == ("90", 4, 4)


def test_the_contract_is_read_in_words(tmp_path: Path) -> None:
    with Store.open(":memory:") as store:
        run.load_contracts(store, written(tmp_path / "decp.csv", line()), today=TODAY)
        (row,) = store._rows("SELECT * FROM marches_attribues")
    assert (row["acheteur"], row["considerations"], row["fin_prevue"]) == (
        "VILLE DE VALMONT",
        "clause sociale",
        "2026-03-01",
    )


# -- run and command


def test_a_run_that_cannot_read_the_file_says_so_and_goes_on(tmp_path: Path) -> None:
    log = IssueLog()
    with Store.open(":memory:") as store:
        config = Config(folder=tmp_path, sources={"decp": SourceSettings(file=str(tmp_path / "absent.parquet"))})
        run.award(store, config, log, today=TODAY)
    assert [(issue.code, issue.level) for issue in log] == [("decp_illisible", "error")]


def test_the_file_is_fetched_whole_or_not_at_all(httpserver_folder: tuple[Path, str]) -> None:
    folder, address = httpserver_folder
    awards.write(folder / "decp.csv")
    log = IssueLog()
    with Store.open(":memory:") as store:
        config = Config(contact="a@exemple.invalid", sources={"decp": SourceSettings(file=f"{address}/decp.csv")})
        run.award(store, config, log, today=TODAY)
        assert store._rows("SELECT count(*) AS n FROM contracts")[0]["n"] > 40
        run.award(store, Config(sources={"decp": SourceSettings(file=f"{address}/absent.csv")}), log, today=TODAY)
    assert [issue.code for issue in log if issue.level == "error"] == ["decp_illisible"]


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\nuid,id\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\nuid,id\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>",
        b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n",
        b"",
    ],
    ids=["cut in pieces", "cut", "html", "empty", "busy", "hung up"],
)
def test_a_file_that_does_not_come_whole_is_said_and_the_week_goes_on(tmp_path: Path, answer: bytes) -> None:
    import socket
    import threading

    with socket.create_server(("127.0.0.1", 0)) as listening, Store.open(tmp_path / "veille.db") as store:

        def serve() -> None:
            taken, _ = listening.accept()
            with taken:
                taken.recv(4096)
                taken.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        log, address = IssueLog(), f"http://127.0.0.1:{listening.getsockname()[1]}/decp"
        config = Config(contact="a@exemple.invalid", sources={"decp": SourceSettings(file=address)})
        run.award(store, config, log, today=TODAY)
        thread.join(5)
        assert store._rows("SELECT count(*) AS n FROM contracts")[0]["n"] == 0
    assert [(issue.code, issue.level) for issue in log] == [("decp_illisible", "error")]


@pytest.fixture
def httpserver_folder(tmp_path: Path) -> Any:
    import threading
    from functools import partial
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

    handler = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(tmp_path)))  # type: ignore[arg-type]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield tmp_path, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_the_command_loads_the_territory_and_says_what_it_did(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("veille.toml").write_text(
        '[veille]\ncontact = "a@exemple.invalid"\n[territoire]\ndepartements = ["69"]\n[sources.boamp]\n'
        '[sources.decp]\nfichier = "decp.csv"\n'
    )
    awards.write(Path("decp.csv"))
    assert read(Path("veille.toml")).sources["decp"].file == str(tmp_path / "decp.csv")
    done = CliRunner().invoke(app, ["decp", "decp.csv"])
    assert done.exit_code == 0 and "d'autres territoires" in done.output and "montant démesuré" in done.output
    with sqlite3.connect("veille.db") as base:
        assert {
            code
            for (code,) in base.execute(
                "SELECT b.departement FROM contract_buyers b JOIN contracts c ON c.buyer = b.siret"
            )
        } == {"69"}
    assert decp.COLUMNS[0] == "buyer" and os.path.exists("veille.db")
