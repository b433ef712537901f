"""What else does a real record carry? The codes, contacts and standard terms around the words, as many as real ones.

Only what a reader skips or takes as it is: a record is as long and as deep as those of the API, and says nothing more.
"""

from __future__ import annotations

import json
from typing import Any

from scanner.sample.shapes import Facts

_URL = "https://profil.exemple.invalid/consultations/index.php?page=EntrepriseAccueil&action=detail&id="
_RECOURSE = (
    "Référé précontractuel avant la signature du contrat ; référé contractuel dans les trente et un jours de la "
    "publication de l'avis d'attribution ; recours de pleine juridiction dans les deux mois de cette publication."
)


def verbose(record: dict[str, Any], facts: Facts) -> dict[str, Any]:
    """``record`` with the fields around its words; the same words in the same places."""
    document = json.loads(record["donnees"])
    (root, body), *_ = document.items()
    if root == "EFORMS":
        _european(next(iter(body.values())), facts)
    else:
        _national(body, facts)
    management = json.loads(record["gestion"])
    management["INDEXATION"] |= {"CRITERES": {"PRIX": ""}, "URL_AVIS": record["url_avis"]}
    return record | {
        "donnees": json.dumps(document, ensure_ascii=False),
        "gestion": json.dumps(management, ensure_ascii=False),
    }


def _listed(node: Any) -> list[Any]:
    return node if isinstance(node, list) else [node]


def _code(listed: str, value: str) -> dict[str, str]:
    return {"@listName": listed, "#text": value}


def _fr(text: str) -> dict[str, str]:
    return {"@languageID": "FRA", "#text": text}


def _european(notice: dict[str, Any], facts: Facts) -> None:
    extension = notice["ext:UBLExtensions"]["ext:UBLExtension"]["ext:ExtensionContent"]["efext:EformsExtension"]
    buyer, *others = _listed(extension["efac:Organizations"]["efac:Organization"])
    ranks = range(len(others) + 2, len(others) + 4)
    organisations = [buyer, *others, *(_organisation(rank, facts) for rank in ranks)]
    extension["efac:Organizations"]["efac:Organization"] = organisations
    for organisation in organisations:
        organisation["efac:Company"]["cac:Contact"] = _contact(facts)
    notice["cbc:IssueTime"] = "15:38:21+02:00"
    notice["cac:ContractingParty"] |= {
        "cbc:BuyerProfileURI": "https://profil.exemple.invalid/",
        "cac:ContractingPartyType": {"cbc:PartyTypeCode": _code("buyer-legal-type", "la")},
        "cac:ContractingActivity": {"cbc:ActivityTypeCode": _code("authority-activity", "gen-pub")},
    }
    notice["cac:TenderingTerms"] = {
        "cac:TendererQualificationRequest": {
            "cac:SpecificTendererRequirement": {
                "cbc:TendererRequirementTypeCode": _code("exclusion-grounds-source", "epo-procurement-document")
            }
        }
    }
    notice["cac:TenderingProcess"]["cac:ProcessJustification"] = {
        "cbc:ProcessReasonCode": _code("accelerated-procedure", "false")
    }
    _project(notice["cac:ProcurementProject"], facts)
    for lot in _listed(notice["cac:ProcurementProjectLot"]):
        _lot(lot, facts)


def _organisation(rank: int, facts: Facts) -> dict[str, Any]:
    """A court, or the platform: neither is the buyer."""
    return {
        "efac:Company": {
            "cac:PartyIdentification": {"cbc:ID": {"@schemeName": "organization", "#text": f"ORG-{rank:04d}"}},
            "cac:PartyName": {"cbc:Name": _fr(f"Tribunal administratif de {facts.town}")},
            "cac:PostalAddress": {
                "cbc:StreetName": "2 place du Palais",
                "cbc:CityName": facts.town,
                "cbc:PostalZone": facts.postcode,
                "cbc:CountrySubentityCode": _code("nuts", facts.nuts),
                "cac:Country": {"cbc:IdentificationCode": _code("country", "FRA")},
            },
            "cac:PartyLegalEntity": {"cbc:CompanyID": facts.siret},
        }
    }


def _contact(facts: Facts) -> dict[str, Any]:
    return {
        "cbc:Name": "Service de la commande publique",
        "cbc:Telephone": "+33100000000",
        "cbc:ElectronicMail": f"marches.{facts.idweb}@exemple.invalid",
    }


def _project(project: dict[str, Any], facts: Facts) -> None:
    project["cac:RealizedLocation"]["cac:Address"]["cac:Country"] = {
        "cbc:IdentificationCode": _code("country", "FRA"),
    }
    project["cac:AdditionalCommodityClassification"] = [
        {"cbc:ItemClassificationCode": _code("cpv", facts.cpv)},
        {"cbc:ItemClassificationCode": _code("cpv", "71000000")},
    ]
    project["cac:RequestedTenderTotal"] = {
        "cbc:EstimatedOverallContractAmount": {"@currencyID": "EUR", "#text": str(facts.value)}
    }


def _lot(lot: dict[str, Any], facts: Facts) -> None:
    _project(lot["cac:ProcurementProject"], facts)
    lot["cac:ProcurementProject"] |= {
        "cac:PlannedPeriod": {"cbc:DurationMeasure": {"@unitCode": "MONTH", "#text": str(facts.months)}},
        "cac:ContractExtension": {"cbc:MaximumNumberNumeric": "3"},
    }
    terms = lot["cac:TenderingTerms"]
    requests = _listed(terms["cac:TendererQualificationRequest"])
    terms["cac:TendererQualificationRequest"] = [
        *requests,
        *(_requirement(name, "epo-procurement-document") for name in ("selection-criteria-source", "missing-info")),
        _requirement("security-clearance-required", "false"),
    ]
    performance = _listed(terms["cac:ContractExecutionRequirement"])
    terms["cac:ContractExecutionRequirement"] = [
        *performance,
        *(
            {"cbc:ExecutionRequirementCode": _code(name, value)}
            for name, value in (("einvoicing", "required"), ("esignature-submission", "true"), ("nda", "false"))
        ),
    ]
    language = {"cac:Language": {"cbc:ID": "FRA"}}
    terms |= {
        "cbc:FundingProgramCode": _code("eu-funded", "no-eu-funds"),
        "cac:CallForTendersDocumentReference": {
            "ext:UBLExtensions": {
                "ext:UBLExtension": {
                    "ext:ExtensionContent": {"efext:EformsExtension": {"efac:OfficialLanguages": language}}
                }
            },
            "cbc:ID": facts.idweb,
            "cbc:DocumentType": "non-restricted-document",
            "cac:Attachment": {"cac:ExternalReference": {"cbc:URI": _URL + facts.idweb}},
        },
        "cac:TenderRecipientParty": {"cbc:EndpointID": _URL + facts.idweb},
        "cac:AppealTerms": {
            "cac:PresentationPeriod": {"cbc:Description": _fr(_RECOURSE)},
            "cac:AppealInformationParty": {"cac:PartyIdentification": {"cbc:ID": "ORG-0003"}},
            "cac:AppealReceiverParty": {"cac:PartyIdentification": {"cbc:ID": "ORG-0003"}},
        },
        "cac:TenderValidityPeriod": {"cbc:DurationMeasure": {"@unitCode": "DAY", "#text": "120"}},
        "cac:PostAwardProcess": {
            "cbc:ElectronicOrderUsageIndicator": "true",
            "cbc:ElectronicPaymentUsageIndicator": "true",
        },
        **language,
    }
    terms["cac:AwardingTerms"]["cac:AwardingCriterion"]["cac:SubordinateAwardingCriterion"] = [
        _criterion("price", "Prix", "60"),
        _criterion("quality", "Valeur technique", "40"),
    ]
    lot["cac:TenderingProcess"] |= {
        "cbc:SubmissionMethodCode": _code("esubmission", "required"),
        "cbc:GovernmentAgreementConstraintIndicator": "true",
        "cac:AuctionTerms": {"cbc:AuctionConstraintIndicator": "false"},
        "cac:ContractingSystem": [
            {"cbc:ContractingSystemTypeCode": _code("framework-agreement", "none")},
            {"cbc:ContractingSystemTypeCode": _code("dps-usage", "none")},
        ],
    }


def _requirement(name: str, value: str) -> dict[str, Any]:
    return {"cac:SpecificTendererRequirement": {"cbc:TendererRequirementTypeCode": _code(name, value)}}


def _criterion(kind: str, name: str, weight: str) -> dict[str, Any]:
    return {
        "cbc:AwardingCriterionTypeCode": _code("award-criterion-type", kind),
        "cbc:Name": _fr(name),
        "cbc:Description": _fr(f"{name} : {weight} %"),
    }


def _national(body: dict[str, Any], facts: Facts) -> None:
    """FNSimple and MAPA are short: contacts, visits and the address of the file are what they add."""
    body["organisme"] |= {"adresse": "1 place de la Mairie", "groupement": {"non": ""}}
    body["initial"].setdefault("communication", {}).update(
        {"urlDocConsul": _URL + facts.idweb, "adresseMailContact": f"marches.{facts.idweb}@exemple.invalid"}
    )
    body["initial"]["presentation"] = {"visite": "Sur rendez-vous", "langue": {"fr": ""}, "devise": {"euro": ""}}
