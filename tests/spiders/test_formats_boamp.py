"""A BOAMP record becomes the words, lots and facts of its notice; what cannot be read is said, never raised."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scanner.issues import Issue
from scanner.normalise import normalise
from scanner.notice import Coded, Draft, Notice, Passage, RawNotice
from scanner.source import load
from spiders.formats import parse
from spiders.formats.text import number

REAL = Path(__file__).resolve().parents[2].parent / "shared" / "real" / "boamp"
EXPLAINED = {"siret_invalide", "echeance_absurde"}  # platform numbers as SIRET; years 2924 and 2032 as typed


def raw(body: bytes, key: str = "26-1", source: str = "boamp") -> RawNotice:
    return RawNotice(source, key, "https://exemple.invalid/", datetime(2026, 9, 4, tzinfo=UTC), body)


def record(body: Any, **index: Any) -> bytes:
    fields = {
        "idweb": "26-1",
        "famille": "FNS",
        "nature": "APPEL_OFFRE",
        "etat": "INITIAL",
        "dateparution": "2026-09-04",
    }
    donnees = json.dumps(body) if isinstance(body, dict) else body
    return json.dumps({**fields, "objet": "Objet", "gestion": "{}", "donnees": donnees, **index}).encode()


def drafted(body: Any, **index: Any) -> Draft:
    draft, _ = parse(raw(record(body, **index)))
    assert draft is not None
    return draft


FNSIMPLE = {
    "organisme": {"nomOfficiel": "Commune de Valmont", "cp": "76540", "ville": "Valmont"},
    "initial": {
        "communication": {
            "urlProfilAch": "https://profil.exemple/?a=1&amp;b=2",
            "nomContact": "marches@exemple.invalid",
        },
        "procedure": {
            "procedureAdapteeO": "",
            "dateReceptionOffres": "2026-10-05T12:00:00",
            "criteresAttrib": "Prix 60 %",
        },
        "natureMarche": {
            "intitule": "Rénovation de l'école",
            "description": "Travaux d\x92été",
            "codeCPV": {"objetPrincipal": {"classPrincipale": "45214210"}},
            "reservationMarche": {"non": {"@xsi:type": "xs:string"}},
            "lieuExecution": "Valmont 76540",
        },
        "lots": {"lot": {"description": "03a : Charpente\nClause : 90 heures"}},
        "informComplementaire": {"non": "", "autresInformComplementaire": "Une clause &amp; une <b>seule</b>."},
    },
}


def test_fnsimple_gives_lots_by_their_prefix_and_keeps_control_characters() -> None:
    draft = drafted({"FNSimple": FNSIMPLE}, criteres=["sociaux", "environnementaux"])
    assert [(lot.number, lot.title, lot.description) for lot in draft.lots] == [
        ("03a", "Charpente", "Clause : 90 heures")
    ]
    assert Passage("description", None, "Travaux d\x92été") in draft.passages
    assert Passage("additional", None, "Une clause & une seule.") in draft.passages
    assert Passage("lot_description", "03a", "Clause : 90 heures") in draft.passages
    assert set(draft.coded) == {Coded("marche_reserve", None, "non"), Coded("criteres", None, "sociaux")}
    assert draft.profile_url == "https://profil.exemple/?a=1&b=2"
    assert draft.buyers[0].email == "marches@exemple.invalid"


def test_fnsimple_rectification_names_what_it_corrects_and_says_the_change() -> None:
    form = {"avisInitial": {"idWeb": "26-0"}, "natureMarche": {"intitule": "École"}, "infosRectif": "lire 12/10/2026"}
    draft = drafted({"FNSimple": {"organisme": {"nomOfficiel": "X"}, "rectificatif": form}}, nature="RECTIFICATIF")
    assert draft.earlier == ("boamp:26-0",)
    assert Passage("change", None, "lire 12/10/2026") in draft.passages


def test_mapa_reads_its_lots_and_additional_text() -> None:
    form = {
        "description": {"objet": "Nettoyage\nSuite"},
        "duree": {"nbMois": "12"},
        "renseignements": {"rensgComplt": "Marchés réservés : NON"},
        "lots": {"lot": [{"numLot": "1", "description": "A"}, {"numLot": "2", "description": "B"}]},
    }
    draft = drafted({"MAPA": {"organisme": {"acheteurPublic": "Lycée"}, "initial": form}}, famille="MAPA")
    assert (draft.title, draft.duration_months) == ("Nettoyage", 12.0)
    assert [lot.number for lot in draft.lots] == ["1", "2"]
    assert Passage("additional", None, "Marchés réservés : NON") in draft.passages


def company(key: str, name: str) -> dict[str, Any]:
    return {
        "efac:Company": {"cac:PartyIdentification": {"cbc:ID": key}, "cac:PartyName": {"cbc:Name": {"#text": name}}}
    }


def lot(key: str, local: str, reserved: str) -> dict[str, Any]:
    code = {"@listName": "reserved-procurement", "#text": reserved}
    requirement = {"cac:SpecificTendererRequirement": {"cbc:TendererRequirementTypeCode": code}}
    return {
        "cbc:ID": {"#text": key},
        "cac:ProcurementProject": {"cbc:ID": local, "cbc:Name": {"#text": f"Nom {key}"}},
        "cac:TenderingTerms": {"cac:TendererQualificationRequest": [requirement]},
    }


def european(lots: Any, **extension: Any) -> dict[str, Any]:
    organisations = {"efac:Organization": [company("ORG-0001", "Tribunal"), company("ORG-0002", "Ville de Valmont")]}
    extra = {"efac:Organizations": organisations, **extension}
    return {
        "EFORMS": {
            "ContractNotice": {
                "ext:UBLExtensions": {"ext:UBLExtension": {"ext:ExtensionContent": {"efext:EformsExtension": extra}}},
                "cac:ContractingParty": {"cac:Party": {"cac:PartyIdentification": {"cbc:ID": {"#text": "ORG-0002"}}}},
                "cac:ProcurementProject": {"cbc:Name": {"#text": "Entretien"}},
                "cac:ProcurementProjectLot": lots,
            }
        }
    }


def test_eforms_resolves_the_buyer_and_numbers_lots_as_the_buyer_does() -> None:
    draft = drafted(european([lot("LOT-0001", "4", "none"), lot("LOT-0002", "5", "res-ws")]), famille="JOUE")
    assert [buyer.name for buyer in draft.buyers] == ["Ville de Valmont"]
    assert [found.number for found in draft.lots] == ["4", "5"]
    assert Coded("reserved-procurement", "5", "res-ws") in draft.coded


def test_eforms_lone_lot_is_no_lot() -> None:
    draft = drafted(european(lot("LOT-0001", "S-PF-1", "res-ws")), famille="JOUE")
    assert draft.lots == ()
    assert Coded("reserved-procurement", None, "res-ws") in draft.coded


def test_eforms_correction_stamped_initial_is_a_rectification() -> None:
    changes = {"efbc:ChangedNoticeIdentifier": "u-01", "efac:Change": {"efbc:ChangeDescription": {"#text": "report"}}}
    draft = drafted(european(lot("LOT-0000", "", "none"), **{"efac:Changes": changes}), famille="JOUE")
    notice, _ = normalise(draft, load("boamp"))
    assert notice.kind == "rectification"
    assert Passage("change", None, "report") in notice.passages


LEGACY = """<?xml version="1.0" encoding="UTF-8"?><ANNONCE><GESTION><REFERENCE><IDWEB>16-1</IDWEB><TYPE_AVIS>
<FAMILLE><FNS/></FAMILLE><NATURE><APPEL_OFFRE><STANDARD/></APPEL_OFFRE></NATURE><STATUT><INITIAL/></STATUT></TYPE_AVIS>
</REFERENCE><INDEXATION><DATE_PUBLICATION>2016-06-02</DATE_PUBLICATION></INDEXATION></GESTION><DONNEES><IDENTITE>
<DENOMINATION>Valmont</DENOMINATION></IDENTITE><OBJET><OBJET_COMPLET>Voirie</OBJET_COMPLET></OBJET><CONDITION_DELAI>
<RECEPT_OFFRES>2016-07-25T12:00:00+01:00</RECEPT_OFFRES></CONDITION_DELAI><CONDITION_RELATIVE_MARCHE>
<AUTRES_CONDITIONS_PART_OUI>clause sociale</AUTRES_CONDITIONS_PART_OUI></CONDITION_RELATIVE_MARCHE>
<CONDITION_PARTICIPATION><MARCHE_RESERVE_NON/></CONDITION_PARTICIPATION></DONNEES></ANNONCE>"""


def test_legacy_noon_is_noon_in_paris() -> None:
    draft, _ = parse(raw(LEGACY.encode()))
    assert draft is not None
    notice, issues = normalise(draft, load("boamp"))
    assert (notice.kind, notice.deadline and notice.deadline.isoformat()) == ("call", "2016-07-25T12:00:00+02:00")
    assert Passage("conditions", None, "clause sociale") in notice.passages
    assert notice.coded == (Coded("marche_reserve", None, "non"),)
    assert issues == []


def test_a_rendering_quoted_in_the_xml_is_no_dtd() -> None:
    draft, issues = parse(
        raw(LEGACY.replace("</ANNONCE>", "<HTML><![CDATA[<!DOCTYPE html>]]></HTML></ANNONCE>").encode())
    )
    assert draft is not None and issues == []


def test_index_only_record_is_not_read_in_full() -> None:
    notice, _ = normalise(drafted(None, gestion=None), load("boamp"))
    assert (notice.title, notice.read_in_full) == ("Objet", False)


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"[]", b"", b"<a>", b'<!DOCTYPE a><a/>', b'{"idweb": 3}', record({"DSP": {}}), record({}), record("{"),
        record({"FNSimple": {"annulation": {}}}), record({"FNSimple": FNSIMPLE}, donnees={}),
        record({"EFORMS": {}}), record(None, dateparution=None), record("[]"), record({"MAPA": {"initial": "x"}}),
    ],
)  # fmt: skip
def test_unreadable_is_rejected_with_a_repair(body: bytes) -> None:
    draft, issues = parse(raw(body))
    assert draft is None
    assert [issue.level for issue in issues] == ["rejected"]
    assert issues[0].message.endswith(".")


def test_a_new_key_of_the_api_is_told() -> None:
    _, issues = parse(raw(record({"FNSimple": FNSIMPLE}, nouveaute="x")))
    assert [issue.code for issue in issues] == ["cle_inconnue"]


def read_real(body: bytes) -> tuple[Notice, list[Issue]]:
    draft, issues = parse(raw(body))
    assert draft is not None, issues
    notice, more = normalise(draft, load("boamp"))
    return notice, issues + more


@pytest.mark.skipif(not REAL.exists(), reason="real BOAMP notices are not present")
def test_real_notices_are_read_with_explained_issues_only() -> None:
    bodies = [json.dumps(json.loads(p.read_bytes())["results"][0]).encode() for p in REAL.glob("api/records/*.json")]
    bodies += [path.read_bytes() for path in REAL.glob("legacy_xml/*.xml")]
    bodies += gzip.decompress((REAL / "api" / "rows_2024-02.jsonl.gz").read_bytes()).splitlines()
    read = [read_real(body) for body in bodies]
    assert len(read) == 21 + 19 + 3000
    assert {issue.code for _, issues in read for issue in issues} <= EXPLAINED
    notices = {notice.key: notice for notice, _ in read}
    assert (notices["26-84997"].kind, len(notices["26-84997"].lots)) == ("rectification", 5)
    assert (notices["26-81306"].kind, notices["26-81306"].holders) == ("award", ("ATMOS",))
    assert len(notices["25-12220"].lots) == 16
    assert notices["25-31439"].departements == ("974",)
    assert len([n for n in notices.values() if not n.departements]) <= 5


def test_a_number_too_long_to_be_one_is_unknown() -> None:
    assert number("9" * 400) is None
    assert number("42 800,50") == 42800.5
