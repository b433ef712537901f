"""What does a European notice (eForms turned into JSON by BOAMP) say? Business terms are named BT-n beside their path.

The buyer is resolved through the organisations: the first one is often a court or the publishing platform.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from scanner.issues import Issue
from scanner.notice import Buyer, Draft, Lot, Place
from spiders.formats.text import (
    DAYS_IN_MONTH,
    Words,
    amount,
    at,
    attribute,
    every,
    leaf,
    listed,
    name_of,
    number,
    url_of,
)

_LOT_ID = re.compile(r"LOT-0*(\d+)$")
_LOCAL = re.compile(r"(?:lot\s*(?:n\s*[°ºo]\s*)?)?([0-9]{1,3}[A-Za-z]?)$", re.IGNORECASE)
_IN_MONTHS = {"DAY": 1 / DAYS_IN_MONTH, "WEEK": 7 / DAYS_IN_MONTH, "MONTH": 1.0, "YEAR": 12.0}
_ADDITIONAL_TYPES = frozenset({"strategic-procurement", "social-objective"})  # BT-06, BT-775
_PROJECT, _TERMS, _PROCESS = "cac:ProcurementProject", "cac:TenderingTerms", "cac:TenderingProcess"
_DEADLINES = ("cac:TenderSubmissionDeadlinePeriod", "cac:ParticipationRequestReceptionPeriod")  # BT-131, BT-1311


@dataclass(frozen=True, slots=True)
class _Shared:
    places: tuple[Place, ...]
    cpv: tuple[str, ...]
    months: float | None


def read(body: Any, draft: Draft) -> tuple[Draft, list[Issue]]:
    """The index Draft completed by the notice; ValueError (French) when it is not one root element."""
    roots = [value for key, value in body.items() if not key.startswith("@")]
    if len(roots) != 1 or not isinstance(roots[0], dict):
        raise ValueError(f"racine EFORMS inconnue ({', '.join(sorted(body))})")
    notice, words, issues = roots[0], Words(), list[Issue]()

    def warn(code: str, message: str) -> None:
        issues.append(Issue(draft.source, draft.key, code, message))

    extra = _extension(notice)
    project = at(notice, _PROJECT)
    title = leaf(at(project, "cbc:Name")) or draft.title  # BT-21
    description = leaf(at(project, "cbc:Description"))  # BT-24
    words.say("title", None, title)
    words.say("description", None, description)
    _project_words(project, None, words)
    changes = listed(extra.get("efac:Changes"))
    words.say("change", None, *every(changes, "efac:Change", "efbc:ChangeDescription"))  # BT-762
    words.say("change", None, *every(changes, "efac:ChangeReason", "efbc:ReasonDescription"))

    organisations = _organisations(extra)
    nodes = listed(notice.get("cac:ProcurementProjectLot"))
    numbers = _numbers(nodes)
    lots = tuple(
        _lot(node, label, words, warn) for node, label in zip(nodes, numbers, strict=True) if label is not None
    )
    lone = _shared(at(nodes[0], _PROJECT), warn) if len(nodes) == 1 else _Shared((), (), None)
    if len(nodes) == 1:
        _lot(nodes[0], None, words, warn)
    cpv = tuple(dict.fromkeys(_cpv(project) + lone.cpv))
    shared = _shared(project, warn)
    terms, process = [at(n, _TERMS) for n in nodes], [at(n, _PROCESS) for n in nodes]
    deadline = _deadline(process)
    changed = bool(every(changes, "efbc:ChangedNoticeIdentifier"))  # BT-758
    earlier = every(notice, _PROCESS, "cac:NoticeDocumentReference", "cbc:ID")
    return replace(
        draft,
        shape="eforms",
        status="RECTIFICATIF" if changed and draft.status in ("", "INITIAL") else draft.status,
        title=title,
        description=description or (leaf(at(nodes[0], _PROJECT, "cbc:Description")) if nodes else ""),
        buyers=_buyers(notice, organisations, draft, warn),
        cpv=cpv,
        places=shared.places + tuple(place for place in lone.places if place not in shared.places),
        deadline=deadline or draft.deadline,
        deadline_style="offset",
        amount=_amount(project) or (_amount(at(nodes[0], _PROJECT)) if len(nodes) == 1 else None),
        duration_months=shared.months or lone.months,
        contract_types=draft.contract_types or tuple(filter(None, [leaf(at(project, "cbc:ProcurementTypeCode"))])),
        procedure=draft.procedure or leaf(at(notice, _PROCESS, "cbc:ProcedureCode")),  # BT-105
        technique=_technique(process),
        lots=lots,
        passages=words.passages,
        coded=words.coded + draft.coded,
        earlier=draft.earlier or tuple("boamp:" + i for i in map(leaf, earlier) if re.fullmatch(r"\d\d-\d+", i)),
        folder_id=leaf(at(notice, "cbc:ContractFolderID")) or draft.folder_id,  # BT-04
        notice_uuid=leaf(at(notice, "cbc:ID")),
        version=leaf(at(notice, "cbc:VersionID")),
        reference=leaf(at(project, "cbc:ID")),  # BT-22
        documents_url=_documents_url(terms),
        profile_url=url_of(at(notice, "cac:ContractingParty", "cbc:BuyerProfileURI")),
        holders=_holders(extra, organisations) or draft.holders,
    ), issues


def _extension(node: Any) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    path = ("ext:UBLExtensions", "ext:UBLExtension", "ext:ExtensionContent", "efext:EformsExtension")
    for part in every(node, *path):
        merged.update(part if isinstance(part, dict) else {})
    return merged


def _organisations(extra: dict[str, Any]) -> dict[str, Any]:
    companies = every(extra, "efac:Organizations", "efac:Organization", "efac:Company")
    return {leaf(at(company, "cac:PartyIdentification", "cbc:ID")): company for company in companies}


def _buyers(
    notice: Any, organisations: dict[str, Any], draft: Draft, warn: Callable[[str, str], None]
) -> tuple[Buyer, ...]:
    """The contracting parties resolved; the index's own name, told as an issue, when none can be."""
    parties = every(notice, "cac:ContractingParty", "cac:Party", "cac:PartyIdentification", "cbc:ID")
    found = tuple(_buyer(organisations[i]) for i in dict.fromkeys(map(leaf, parties)) if i in organisations)
    if found:
        return found
    warn(
        "acheteur_non_resolu",
        "L'acheteur de l'avis européen ne figure pas parmi ses organisations, le nom de l'index est gardé ; vérifiez "
        "l'avis sur boamp.fr.",
    )
    return draft.buyers


def _buyer(company: Any) -> Buyer:
    address = at(company, "cac:PostalAddress")
    return Buyer(
        name_of(leaf(at(company, "cac:PartyName", "cbc:Name"))),  # BT-500
        siret=leaf(at(company, "cac:PartyLegalEntity", "cbc:CompanyID")) or None,  # BT-501
        email=leaf(at(company, "cac:Contact", "cbc:ElectronicMail")) or None,
        phone=leaf(at(company, "cac:Contact", "cbc:Telephone")) or None,
        street=leaf(at(address, "cbc:StreetName")) or None,
        postcode=leaf(at(address, "cbc:PostalZone")) or None,
        city=leaf(at(address, "cbc:CityName")) or None,
        nuts=leaf(at(address, "cbc:CountrySubentityCode")) or None,
    )


def _numbers(nodes: list[Any]) -> list[str | None]:
    """The buyer's own lot numbers when each lot has a distinct short one, else the rank of ``LOT-…``; None alone."""
    if len(nodes) == 1:
        return [None]
    local = [_LOCAL.match(leaf(at(node, _PROJECT, "cbc:ID"))) for node in nodes]
    stated = [found.group(1) for found in local if found]
    if len(set(stated)) == len(nodes):
        return list(stated)
    ranks = [_LOT_ID.match(leaf(at(node, "cbc:ID"))) for node in nodes]
    numbers = [found.group(1) if found else str(rank) for rank, found in enumerate(ranks, 1)]
    return list(numbers) if len(set(numbers)) == len(nodes) else [str(rank) for rank in range(1, len(nodes) + 1)]


def _lot(node: Any, label: str | None, words: Words, warn: Callable[[str, str], None]) -> Lot:
    project, terms = at(node, _PROJECT), at(node, _TERMS)
    title, description = leaf(at(project, "cbc:Name")), leaf(at(project, "cbc:Description"))
    if label is not None or not words.says(title):
        words.say("lot_title", label, title)
    if label is not None or not words.says(description):
        words.say("lot_description", label, description)
    extension = at(project, "cac:ContractExtension")
    renewals = [leaf(n) for n in every(extension, "cac:Renewal", "cac:Period", "cbc:Description")]  # BT-57
    words.say("lot_description", label, at(extension, "cbc:OptionsDescription"), renewals)  # BT-54
    _project_words(project, label, words)
    _terms_words(terms, label, words)
    times = leaf(at(extension, "cbc:MaximumNumberNumeric"))  # BT-58
    shared = _shared(project, warn)
    return Lot(
        label or "", title, description, shared.cpv, shared.places, _amount(project), shared.months,
        " ".join(filter(None, [f"{times} reconduction(s)." if times not in ("", "0") else None, *renewals])),
    )  # fmt: skip


def _project_words(project: Any, label: str | None, words: Words) -> None:
    words.say("additional", label, *every(project, "cbc:Note"))  # BT-300
    for where in every(project, "cac:RealizedLocation"):
        words.say("additional", label, at(where, "cbc:Description"), at(where, "cac:Address", "cbc:Description"))
    for kind in every(project, "cac:ProcurementAdditionalType"):
        words.say("additional", label, kind.get("cbc:ProcurementType"))  # BT-777
        code = kind.get("cbc:ProcurementTypeCode")
        if attribute(code, "listName") in _ADDITIONAL_TYPES:
            words.code(attribute(code, "listName"), label, leaf(code))


def _terms_words(terms: Any, label: str | None, words: Words) -> None:
    for one in every(terms, "cac:TendererQualificationRequest", "cac:SpecificTendererRequirement"):
        code = one.get("cbc:TendererRequirementTypeCode")
        if attribute(code, "listName") == "reserved-procurement":  # BT-71
            words.code("reserved-procurement", label, leaf(code))
        words.say("conditions", label, one.get("cbc:Description"))
    for one in every(terms, "cac:ContractExecutionRequirement"):
        code = one.get("cbc:ExecutionRequirementCode")
        if attribute(code, "listName") == "reserved-execution":  # BT-736
            words.code("reserved-execution", label, leaf(code))
        words.say("conditions", label, *every(one, "cbc:Description"))  # BT-70
    for one in every(terms, "cac:AwardingTerms", "cac:AwardingCriterion"):
        words.say("criteria", label, one.get("cbc:Description"), one.get("cbc:CalculationExpression"))
        for part in every(one, "cac:SubordinateAwardingCriterion"):
            words.say("criteria", label, part.get("cbc:Name"), *every(part, "cbc:Description"))  # BT-734, BT-540
    extension = _extension(terms)
    for one in every(extension, "efac:SelectionCriteria"):
        words.say("participation", label, one.get("cbc:Name"), *every(one, "cbc:Description"))  # BT-750


def _cpv(project: Any) -> tuple[str, ...]:
    blocks = ("cac:MainCommodityClassification", "cac:AdditionalCommodityClassification")  # BT-262, BT-263
    codes = (leaf(code) for block in blocks for code in every(project, block, "cbc:ItemClassificationCode"))
    return tuple(dict.fromkeys(filter(None, codes)))


def _shared(project: Any, warn: Callable[[str, str], None]) -> _Shared:
    places = []
    for where in every(project, "cac:RealizedLocation", "cac:Address"):
        country = leaf(at(where, "cac:Country", "cbc:IdentificationCode"))
        parts = [
            leaf(where.get(k)) for k in ("cbc:StreetName", "cbc:PostalZone", "cbc:CityName", "cbc:CountrySubentityCode")
        ]
        text = " ".join(filter(None, parts[:3])) or parts[3] or country
        if text and text != "FRA":
            places.append(Place(text, parts[1] or None, parts[2] or None, parts[3] or None))
    return _Shared(tuple(places), _cpv(project), _months(at(project, "cac:PlannedPeriod"), warn))


def _months(period: Any, warn: Callable[[str, str], None]) -> float | None:
    """BT-36 in months, or what lies between the two dates; None when neither is given."""
    measure = at(period, "cbc:DurationMeasure")
    value, unit = number(measure), attribute(measure, "unitCode")
    if value is not None:
        if unit in _IN_MONTHS:
            return round(value * _IN_MONTHS[unit], 1)
        warn(
            "duree_inconnue", f"Durée exprimée en « {unit} » ; ajoutez cette unité dans spiders/formats/eforms_json.py."
        )
        return None
    try:
        start, end = (date.fromisoformat(leaf(at(period, f"cbc:{d}Date"))[:10]) for d in ("Start", "End"))
    except ValueError:
        return None
    return round((end - start).days / DAYS_IN_MONTH, 1) if end > start else None


def _amount(project: Any) -> Any:
    total = at(project, "cac:RequestedTenderTotal")
    value = at(total, "cbc:EstimatedOverallContractAmount")  # BT-27
    ceiling = _extension(total).get("efbc:FrameworkMaximumAmount")  # BT-271
    return amount(value, ceiling=ceiling, currency=attribute(value, "currencyID") or attribute(ceiling, "currencyID"))


def _deadline(processes: list[Any]) -> str:
    """The earliest of the lots' deadlines, date part and time part joined; empty when none is stated."""
    found = []
    for process in processes:
        for name in _DEADLINES:
            day, time = (leaf(at(process, name, part)) for part in ("cbc:EndDate", "cbc:EndTime"))
            if day:
                found.append(f"{day[:10]}T{time}" if time else day[:10])
    return min(found, default="")


def _technique(processes: list[Any]) -> str:
    codes = {}
    for code in every(processes, "cac:ContractingSystem", "cbc:ContractingSystemTypeCode"):
        if leaf(code) != "none":
            codes[attribute(code, "listName")] = leaf(code)
    return codes.get("dps-usage") or codes.get("framework-agreement") or ""


def _documents_url(terms: list[Any]) -> str:
    calls = every(terms, "cac:CallForTendersDocumentReference", "cac:Attachment", "cac:ExternalReference", "cbc:URI")
    urls = map(url_of, calls + every(terms, "cac:TenderRecipientParty", "cbc:EndpointID"))  # BT-15, BT-18
    return next(filter(None, urls), "")


def _holders(extra: dict[str, Any], organisations: dict[str, Any]) -> tuple[str, ...]:
    tenderers = every(extra, "efac:NoticeResult", "efac:TenderingParty", "efac:Tenderer", "cbc:ID")
    names = (leaf(at(organisations.get(leaf(i)), "cac:PartyName", "cbc:Name")) for i in tenderers)
    return tuple(dict.fromkeys(name_of(name) for name in names if name))
