"""How does the API write a notice? The same invented facts in the four roots of ``donnees``, in the record shape."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

LABELS = {
    "FNS": "Marchés entre 90 k€ et seuils européens",
    "JOUE": "Marchés européens",
    "MAPA": "Marchés <90 k€ (MAPA)",
    "DSP": "Délégation de service public",
    "DIVERS": "Divers",
}
PERIMETERS = {"FNS": "FNSimple", "JOUE": "DIRECTIVE-24", "MAPA": "MAPA", "DSP": "DSP", "DIVERS": "DIVERS"}
PROCEDURES = {
    "FNS": ("OUVERT", "Procédure Ouverte"),
    "JOUE": ("OUVERT", "Procédure Ouverte"),
    "MAPA": ("PROCEDURE_ADAPTE", "Procédure Adaptée"),
    "DSP": ("DSP", "Procédure NC"),
}
NATURES = {
    "APPEL_OFFRE": ("Avis de marché", "appeloffre/standard", ["5", "1"]),
    "ATTRIBUTION": ("Résultat de marché", "attribution/standard", ["10", "6"]),
    "RECTIFICATIF": ("Rectificatif", "rectificatif/standard", None),
    "ANNULATION": ("Avis d'annulation", "Annulation/", None),
}


@dataclass(frozen=True)
class SampleLot:
    """One lot: its title, its CPV, and the texts and codes that it carries by itself."""

    title: str
    cpv: str
    text: str = ""
    execution: str = ""
    condition: str = ""
    reserved: str = "none"
    objective: str = ""
    criterion: str = ""


@dataclass(frozen=True)
class Facts:
    """What one invented notice says, whatever the form that it is published in."""

    idweb: str
    day: date
    deadline: date
    buyer: str
    siret: str
    town: str
    postcode: str
    departement: str
    nuts: str
    title: str
    description: str
    nature: str
    cpv: str
    descriptor: tuple[str, str]
    lots: tuple[SampleLot, ...] = ()
    other: str = ""
    criteria: str = "Prix 60 %\nValeur technique 40 %"
    reserved: bool = False
    months: int = 12
    value: int = 120_000
    flags: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    winner: str = ""
    changed: str = ""
    folder: str = field(default="")

    @property
    def procedure_id(self) -> str:
        """Returns the eForms procedure identifier, that of the first version when there are several."""
        return self.folder or str(uuid.uuid5(uuid.NAMESPACE_URL, f"dossier:{self.idweb}"))


def siret(number: int) -> str:
    """Returns a 14-digit number, valid by Luhn (SIREN and SIRET), that starts with 99 and so belongs to nobody."""
    siren = _with_key(f"99{number:06d}")
    return _with_key(f"{siren}0001")


def _with_key(digits: str) -> str:
    total = 0
    for rank, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if rank % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return digits + str(-total % 10)


def record(facts: Facts, family: str, kind: str, body: Mapping[str, Any], *, state: str = "INITIAL") -> dict[str, Any]:
    """Returns the 41 columns of one notice, in the API's order; ``kind`` is its nature."""
    code, label = PROCEDURES.get(family, ("", "Procédure NC"))
    if kind != "APPEL_OFFRE" and family != "JOUE":
        code, label = "", "Procédure NC"
    nature_label, category, notice_types = NATURES[kind]
    deadline = f"{facts.deadline}T{_utc_noon(facts.deadline)}:00:00+00:00" if kind == "APPEL_OFFRE" else None
    end = facts.deadline if kind == "APPEL_OFFRE" else facts.day + timedelta(days=30)
    descriptor, descriptor_label = facts.descriptor
    subject = facts.title[:200]
    return {
        "idweb": facts.idweb,
        "id": facts.idweb.replace("-", "_"),
        "contractfolderid": facts.procedure_id if family == "JOUE" else None,
        "objet": subject,
        "filename": facts.idweb,
        "famille": family,
        "code_departement": [facts.departement.lstrip("0")],
        "code_departement_prestation": None,
        "famille_libelle": LABELS[family],
        "dateparution": str(facts.day),
        "datefindiffusion": str(end),
        "datelimitereponse": deadline,
        "nomacheteur": facts.buyer,
        "titulaire": [facts.winner] if facts.winner and family == "JOUE" else None,
        "perimetre": PERIMETERS[family],
        "type_procedure": code or None,
        "soustype_procedure": None,
        "procedure_libelle": label,
        "procedure_categorise": f"{code}/",
        "nature": kind,
        "sousnature": "STANDARD" if family == "JOUE" else None,
        "nature_libelle": nature_label,
        "sousnature_libelle": "Rectificatif" if kind == "RECTIFICATIF" else None,
        "nature_categorise": category,
        "nature_categorise_libelle": f"{nature_label}/",
        "criteres": list(facts.flags) or None,
        "marche_public_simplifie": None,
        "marche_public_simplifie_label": None,
        "etat": state,
        "descripteur_code": [descriptor],
        "dc": [descriptor],
        "descripteur_libelle": [descriptor_label],
        "type_marche": [facts.nature.upper()],
        "type_marche_facette": [facts.nature.capitalize()],
        "type_avis": notice_types,
        "annonce_lie": list(facts.earlier) or None,
        "annonces_anterieures": None,
        "source_schema": "3.2.5",
        "gestion": _text(_management(facts, family, kind, state, code)),
        "donnees": _text(body),
        "url_avis": f"https://www.boamp.fr/pages/avis/?q=idweb:{facts.idweb}",
    }


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False)


def _utc_noon(day: date) -> str:
    """Noon in Paris, as an hour of UTC: summer time runs between the last Sundays of March and October."""
    start, end = (date(day.year, month, 31) for month in (3, 10))
    start, end = (edge - timedelta(days=(edge.weekday() + 1) % 7) for edge in (start, end))
    return "10" if start <= day < end else "11"


def _management(facts: Facts, family: str, kind: str, state: str, code: str) -> dict[str, Any]:
    nature: dict[str, Any] = {kind: {"STANDARD": ""} if family == "JOUE" else ""}
    reference: dict[str, Any] = {
        "IDWEB": facts.idweb,
        "TYPE_AVIS": {
            "FAMILLE": {family: ""},
            "PERIMETRE": {PERIMETERS[family]: ""},
            "NATURE": nature,
            "STATUT": {state: ""},
        },
    }
    if facts.earlier:
        reference["ANNONCE_ANTERIEUR"] = {"IDWEB": facts.earlier[0]}
    index: dict[str, Any] = {"SCHEMA": "3.2.5", "NOMORGANISME": facts.buyer}
    if code:
        index["TYPE_PROCEDURE"] = {code: ""}
    index["DATE_PUBLICATION"] = str(facts.day)
    if kind == "APPEL_OFFRE":
        suffix = "+01:00" if _utc_noon(facts.deadline) == "11" else "+02:00"
        index["DATE_LIMITE_REPONSE"] = f"{facts.deadline}T12:00:00{suffix if family == 'JOUE' else ''}"
    index["DESCRIPTEURS"] = {"DESCRIPTEUR": {"CODE": facts.descriptor[0], "LIBELLE": facts.descriptor[1]}}
    index["NATURE_MARCHE"] = {facts.nature.upper(): ""}
    if facts.flags:
        index["CRITERES_SOCIAUX_ENV"] = {flag.upper(): "" for flag in facts.flags}
    return {
        "REFERENCE": reference,
        "INDEXATION": {**index, "DEP_PUBLICATION": facts.departement, "RESUME_OBJET": facts.title[:200]},
    }


def _one_or_list(items: Sequence[Any]) -> Any:
    """The XML turned over mechanically: a single child is an object, several are a list."""
    return items[0] if len(items) == 1 else list(items)


def _cpv(code: str) -> dict[str, Any]:
    return {"objetPrincipal": {"classPrincipale": code}}


def national(facts: Facts, part: str = "initial", body: str = "") -> dict[str, Any]:
    """Returns the FNSimple document: a call, or a ``rectificatif`` or ``attribution`` whose free text is ``body``."""
    organism = {
        "nomOfficiel": facts.buyer,
        "typeIdentificationNational": {"siret": ""},
        "codeIdentificationNational": facts.siret,
        "ville": facts.town,
        "cp": facts.postcode,
        "grpCommandes": {"non": ""},
    }
    nature: dict[str, Any] = {
        "intitule": facts.title,
        "codeCPV": _cpv(facts.cpv),
        "natureMarche": {facts.nature: ""},
        "description": facts.description,
    }
    if part != "initial":
        text = {"rectificatif": "infosRectif", "attribution": "attributionMarche"}[part]
        earlier = {"avisInitial": {"idWeb": facts.earlier[0]}} if facts.earlier else {}
        return {"FNSimple": {"organisme": organism, part: {**earlier, "natureMarche": nature, text: body}}}
    initial: dict[str, Any] = {
        "communication": {
            "urlProfilAch": "https://profil.exemple.invalid/",
            "identifiantInterne": f"2026-{facts.idweb[-3:]}",
            "nomContact": "Service des marchés",
            "docSecurite": {"oui": ""},
            "urlSecurite": {"non": ""},
        },
        "procedure": {
            "procedureAdapteeO": "",
            "capaciteExercice": "DC1, DC2 ou équivalents",
            "capaciteEcoFin": "Chiffre d'affaires des trois derniers exercices",
            "capaciteTech": "Liste de références de moins de trois ans",
            "techAchat": {"autres": ""},
            "dateReceptionOffres": f"{facts.deadline}T12:00:00",
            "presOffres": {"interdite": ""},
            "nbCandidatReduit": {"non": ""},
            "variantes": {"non": {"@xsi:type": "xs:string"}},
            "criteresAttrib": facts.criteria,
        },
        "natureMarche": {
            **nature,
            "lieuExecution": f"{facts.town} {facts.postcode}",
            "dureeMois": str(facts.months),
            "valeurEstimee": {"@devise": "EUR", "valeur": str(facts.value)},
            "tranches": {"non": ""},
            "reservationMarche": {"oui" if facts.reserved else "non": ""},
            "lotsMarche": {"oui" if facts.lots else "non": ""},
        },
    }
    if facts.lots:
        lots = [
            {
                "description": "\n".join(
                    filter(None, [f"{rank:02d} : {lot.title}", lot.text, lot.execution, lot.condition])
                ),
                "lieuExecutionLivraison": facts.town,
                "codeCPV": _cpv(lot.cpv),
            }
            for rank, lot in enumerate(facts.lots, 1)
        ]
        initial["lots"] = {"lot": _one_or_list(lots)}
    initial["informComplementaire"] = {"non": ""}
    if facts.other:
        initial["informComplementaire"]["autresInformComplementaire"] = facts.other
    return {"FNSimple": {"organisme": organism, "initial": initial}}


def adapted(facts: Facts) -> dict[str, Any]:
    """Returns the MAPA document of a call: no SIRET and no CPV."""
    initial: dict[str, Any] = {
        "natureMarche": {facts.nature: ""},
        "description": {
            "objet": f"{facts.title}\n{facts.description}",
            "lieuExecutionLivraison": {"cp": facts.postcode, "ville": facts.town},
        },
        "duree": {"nbMois": str(facts.months)},
        "criteres": {
            "criterePondere": [
                {"critere": "Prix", "criterePCT": "60"},
                {"critere": "Valeur technique", "criterePCT": "40"},
            ]
        },
        "procedure": {"procedureAdaptee": ""},
        "delais": {"receptionOffres": f"{facts.deadline}T12:00:00"},
        "renseignements": {"idMarche": f"26-{facts.idweb[-3:]}", "rensgComplt": facts.other},
    }
    if facts.lots:
        lots = [
            {
                "numLot": str(rank),
                "description": "\n".join(filter(None, [lot.title, lot.text, lot.execution, lot.condition])),
            }
            for rank, lot in enumerate(facts.lots, 1)
        ]
        initial["lots"] = {"lot": _one_or_list(lots)}
    organism = {
        "acheteurPublic": facts.buyer,
        "adr": {"voie": {"nomvoie": "1 place de la Mairie"}, "cp": facts.postcode, "ville": facts.town},
        "coord": {"tel": "0100000000", "mel": "marches@exemple.invalid"},
        "urlProfilAcheteur": "https://profil.exemple.invalid/",
    }
    return {"MAPA": {"organisme": organism, "initial": initial}}


def legacy(facts: Facts) -> dict[str, Any]:
    """Returns the older document, whose root is its sections."""
    subject: dict[str, Any] = {
        "TITRE_MARCHE": facts.title,
        "OBJET_COMPLET": facts.description,
        "CPV": {"PRINCIPAL": facts.cpv},
        "TYPE_MARCHE": {{"services": "SERVICE"}.get(facts.nature, facts.nature.upper()): ""},
        "LIEU_EXEC_LIVR": {"CP": facts.postcode, "VILLE": facts.town},
        "DIV_EN_LOTS": {"NON": ""},
    }
    reserved = {"MARCHE_RESERVE_OUI": {"ATELIERS_PROTEGES": ""}} if facts.reserved else {"MARCHE_RESERVE_NON": ""}
    return {
        "IDENTITE": {
            "DENOMINATION": facts.buyer,
            "CODE_IDENT_NATIONAL": facts.siret,
            "CP": facts.postcode,
            "VILLE": facts.town,
        },
        "OBJET": subject,
        "CONDITION_DELAI": {"RECEPT_OFFRES": f"{facts.deadline}T12:00:00+01:00"},
        "CONDITION_RELATIVE_MARCHE": {"AUTRES_CONDITIONS_PART_OUI": facts.other},
        "CONDITION_PARTICIPATION": reserved,
    }


def _fr(text: str) -> dict[str, str]:
    return {"@languageID": "FRA", "#text": text}


def _code(listed: str, value: str) -> dict[str, str]:
    return {"@listName": listed, "#text": value}


def _organisation(rank: int, name: str, number: str, town: str, postcode: str, nuts: str) -> dict[str, Any]:
    return {
        "efac:Company": {
            "cac:PartyIdentification": {"cbc:ID": {"@schemeName": "organization", "#text": f"ORG-{rank:04d}"}},
            "cac:PartyName": {"cbc:Name": _fr(name)},
            "cac:PostalAddress": {
                "cbc:CityName": town,
                "cbc:PostalZone": postcode,
                "cbc:CountrySubentityCode": _code("nuts", nuts),
                "cac:Country": {"cbc:IdentificationCode": _code("country", "FRA")},
            },
            "cac:PartyLegalEntity": {"cbc:CompanyID": number},
        }
    }


def european(facts: Facts, *, awarded: bool = False) -> dict[str, Any]:
    """Returns the EFORMS document: a call (subtype 16), corrected when ``facts.changed``, or a result (subtype 29)."""
    organisations = [_organisation(1, facts.buyer, facts.siret, facts.town, facts.postcode, facts.nuts)]
    extension: dict[str, Any] = {}
    if facts.changed:
        identifier = f"{uuid.uuid5(uuid.NAMESPACE_URL, facts.earlier[0])}-01" if facts.earlier else ""
        extension["efac:Changes"] = {
            "efbc:ChangedNoticeIdentifier": identifier,
            "efac:Change": {"efbc:ChangeDescription": _fr(facts.changed)},
        }
    lots = facts.lots or (SampleLot(facts.title, facts.cpv),)
    if awarded:
        organisations.append(_organisation(2, facts.winner, siret(700_001), facts.town, facts.postcode, facts.nuts))
        extension["efac:NoticeResult"] = _result(facts, len(lots))
    extension["efac:NoticeSubType"] = {"cbc:SubTypeCode": _code("notice-subtype", "29" if awarded else "16")}
    extension["efac:Organizations"] = {"efac:Organization": _one_or_list(organisations)}
    wrapped = {"ext:UBLExtension": {"ext:ExtensionContent": {"efext:EformsExtension": extension}}}
    body: dict[str, Any] = {
        "ext:UBLExtensions": wrapped,
        "cbc:UBLVersionID": "2.3",
        "cbc:CustomizationID": "eforms-sdk-1.13",
        "cbc:ID": {"@schemeName": "notice-id", "#text": str(uuid.uuid5(uuid.NAMESPACE_URL, facts.idweb))},
        "cbc:ContractFolderID": facts.procedure_id,
        "cbc:IssueDate": f"{facts.day - timedelta(days=2)}+01:00",
        "cbc:VersionID": "02" if facts.changed else "01",
        "cbc:RegulatoryDomain": "32014L0024",
        "cbc:NoticeTypeCode": _code("result", "can-standard") if awarded else _code("competition", "cn-standard"),
        "cbc:NoticeLanguageCode": _code("language", "FRA"),
        "cac:ContractingParty": {"cac:Party": {"cac:PartyIdentification": {"cbc:ID": "ORG-0001"}}},
        "cac:TenderingProcess": {"cbc:ProcedureCode": _code("procurement-procedure-type", "open")},
        "cac:ProcurementProject": {
            "cbc:ID": f"2026-{facts.idweb[-3:]}",
            **_project(facts, facts.title, facts.description, facts.cpv),
            **({"cbc:Note": _fr(facts.other)} if facts.other else {}),
        },
        "cac:ProcurementProjectLot": _one_or_list([_lot(facts, rank, lot) for rank, lot in enumerate(lots, 1)]),
    }
    return {"EFORMS": {"ContractAwardNotice" if awarded else "ContractNotice": body}}


def _project(facts: Facts, title: str, text: str, cpv: str) -> dict[str, Any]:
    return {
        "cbc:Name": _fr(title),
        "cbc:Description": _fr(text),
        "cbc:ProcurementTypeCode": _code(
            "contract-nature", {"fournitures": "supplies", "travaux": "works"}.get(facts.nature, "services")
        ),
        "cac:MainCommodityClassification": {"cbc:ItemClassificationCode": _code("cpv", cpv)},
        "cac:RealizedLocation": {
            "cac:Address": {
                "cbc:CityName": facts.town,
                "cbc:PostalZone": facts.postcode,
                "cbc:CountrySubentityCode": _code("nuts", facts.nuts),
            }
        },
    }


def _lot(facts: Facts, rank: int, lot: SampleLot) -> dict[str, Any]:
    requests: list[dict[str, Any]] = [
        {
            "cac:SpecificTendererRequirement": {
                "cbc:TendererRequirementTypeCode": _code("reserved-procurement", lot.reserved)
            }
        }
    ]
    if lot.condition:
        requests.append({"cac:SpecificTendererRequirement": {"cbc:Description": _fr(lot.condition)}})
    performance: list[dict[str, Any]] = []
    if lot.execution:
        performance.append(
            {"cbc:ExecutionRequirementCode": _code("conditions", "performance"), "cbc:Description": _fr(lot.execution)}
        )
    performance.append({"cbc:ExecutionRequirementCode": _code("reserved-execution", "no")})
    project = {
        "cbc:ID": {"@schemeName": "InternalID", "#text": str(rank)},
        **_project(facts, lot.title, lot.text or lot.title, lot.cpv),
    }
    if lot.objective:
        project["cac:ProcurementAdditionalType"] = {"cbc:ProcurementTypeCode": _code("social-objective", lot.objective)}
    criteria: list[dict[str, Any]] = [
        {"cbc:AwardingCriterionTypeCode": _code("award-criterion-type", "price"), "cbc:Description": _fr("Prix")}
    ]
    if lot.criterion:
        criteria.append(
            {
                "cbc:AwardingCriterionTypeCode": _code("award-criterion-type", "quality"),
                "cbc:Description": _fr(lot.criterion),
            }
        )
    return {
        "cbc:ID": {"@schemeName": "Lot", "#text": f"LOT-{rank if facts.lots else 0:04d}"},
        "cac:TenderingTerms": {
            "cac:TendererQualificationRequest": _one_or_list(requests),
            "cac:ContractExecutionRequirement": _one_or_list(performance),
            "cac:AwardingTerms": {
                "cac:AwardingCriterion": {"cac:SubordinateAwardingCriterion": _one_or_list(criteria)}
            },
        },
        "cac:TenderingProcess": {
            "cac:TenderSubmissionDeadlinePeriod": {
                "cbc:EndDate": f"{facts.deadline}+01:00",
                "cbc:EndTime": "12:00:00+01:00",
            }
        },
        "cac:ProcurementProject": project,
    }


def _result(facts: Facts, lots: int) -> dict[str, Any]:
    ranks = range(1, lots + 1) if facts.lots else range(1)
    results = [
        {
            "cbc:ID": {"@schemeName": "result", "#text": f"RES-{rank:04d}"},
            "cbc:TenderResultCode": _code("winner-selection-status", "selec-w"),
            "efac:LotTender": {"cbc:ID": f"TEN-{rank:04d}"},
            "efac:SettledContract": {"cbc:ID": f"CON-{rank:04d}"},
            "efac:TenderLot": {"cbc:ID": f"LOT-{rank:04d}"},
        }
        for rank in ranks
    ]
    tenders = [
        {
            "cbc:ID": {"@schemeName": "tender", "#text": f"TEN-{rank:04d}"},
            "cac:LegalMonetaryTotal": {"cbc:PayableAmount": {"@currencyID": "EUR", "#text": str(facts.value)}},
            "efac:TenderingParty": {"cbc:ID": "TPA-0001"},
            "efac:TenderLot": {"cbc:ID": f"LOT-{rank:04d}"},
        }
        for rank in ranks
    ]
    contracts = [
        {
            "cbc:ID": f"CON-{rank:04d}",
            "cbc:AwardDate": f"{facts.day - timedelta(days=12)}+01:00",
            "efac:LotTender": {"cbc:ID": f"TEN-{rank:04d}"},
        }
        for rank in ranks
    ]
    return {
        "efac:LotResult": _one_or_list(results),
        "efac:LotTender": _one_or_list(tenders),
        "efac:SettledContract": _one_or_list(contracts),
        "efac:TenderingParty": {
            "cbc:ID": {"@schemeName": "tendering-party", "#text": "TPA-0001"},
            "efac:Tenderer": {"cbc:ID": "ORG-0002"},
        },
    }
