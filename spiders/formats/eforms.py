"""What does a European notice (eForms) say? One reading of one tree, be it BOAMP's JSON or TED's XML (``xmltree``).

Business terms are named BT-n beside their path; nothing depends on the SDK's version, because codes are chosen by
element and ``@listName``. What a Draft has no place for is a coded fact, named as its code list (``change-reason``,
``sme-suitable``…). The buyer is resolved through the organisations: the first is often a court or a platform.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from scanner.issues import Issue
from scanner.notice import Amount, Buyer, Draft, Lot, Place
from spiders.formats.eforms_result import awards, ceilings, whole_ceiling
from spiders.formats.facts import Tell, iso, period, renewal_months, said, teller
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

_LOT_ID = re.compile(r"(?:LOT|PAR)-0*(\d+)$")
_LOCAL = re.compile(r"(?:lot\s*(?:n\s*[°ºo]\s*)?)?([0-9]{1,3}[A-Za-z]?)$", re.IGNORECASE)
_IN_MONTHS = {"DAY": 1 / DAYS_IN_MONTH, "WEEK": 7 / DAYS_IN_MONTH, "MONTH": 1.0, "YEAR": 12.0}
#: Kinds of additional types: BT-06, BT-775, BT-774, BT-776, BT-805, BT-754.
_ADDITIONAL_TYPES = frozenset(
    {"strategic-procurement", "social-objective", "environmental-impact", "innovative-acquisition", "gpp-criteria",
     "accessibility"}
)  # fmt: skip
#: Kinds of qualification: BT-71, BT-809 (whose older shape is a ``CriterionTypeCode``).
_REQUIREMENTS = frozenset({"reserved-procurement", "selection-criterion"})
_ACTIVITIES = ("main-activity", "authority-activity", "entity-activity")  # BT-10, whose list is named in three ways
_CANCELLED = frozenset({"cancel", "cancel-intent"})  # BT-140
_BOAMP_ID = re.compile(r"\d\d-\d+")
_TED_ID = re.compile(r"0*(\d{1,8})-(\d{4})|(\d{4})/S \d{3}-0*(\d+)")
_PROJECT, _TERMS, _PROCESS = "cac:ProcurementProject", "cac:TenderingTerms", "cac:TenderingProcess"
#: BT-131, BT-1311; BT-630 is under the extension.
_DEADLINES = ("cac:TenderSubmissionDeadlinePeriod", "cac:ParticipationRequestReceptionPeriod")


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
    notice, words, issues = _in_french(roots[0]), Words(), list[Issue]()
    warn = teller(draft.source, draft.key, issues)
    extra = _extension(notice)
    project = at(notice, _PROJECT)
    title = leaf(at(project, "cbc:Name")) or draft.title  # BT-21
    description = leaf(at(project, "cbc:Description"))  # BT-24
    words.say("title", None, title)
    words.say("description", None, description)
    _project_words(project, None, words)
    changes = listed(extra.get("efac:Changes")) + listed(extra.get("efac:ContractModification"))
    words.say("change", None, *every(changes, "efac:Change", "efbc:ChangeDescription"))  # BT-141(a), BT-202
    words.say("change", None, *every(changes, "efac:ChangeReason", "efbc:ReasonDescription"))  # BT-762, BT-201
    _notice_codes(notice, extra, changes, words)

    organisations = _organisations(extra)
    every_node = listed(notice.get("cac:ProcurementProjectLot"))
    nodes = [node for node in every_node if _scheme(node) != "LotsGroup"]
    numbers = _numbers(nodes)
    labels = dict(zip((leaf(n.get("cbc:ID")) for n in nodes), numbers, strict=True))
    result = extra.get("efac:NoticeResult")
    ceiling = ceilings(result, labels)
    lots = tuple(
        _capped(_lot(node, label, draft.source, words, warn), ceiling.get(label))
        for node, label in zip(nodes, numbers, strict=True)
        if label is not None
    )
    _groups(notice, every_node, labels, words)
    lone = _lot(nodes[0], None, draft.source, words, warn) if len(nodes) == 1 else Lot("")
    cpv = tuple(dict.fromkeys(_cpv(project) + lone.cpv))
    shared = _shared(project, warn)
    terms, process = [at(n, _TERMS) for n in nodes], [at(n, _PROCESS) for n in nodes]
    deadline = _deadline(process)
    corrected = [leaf(one) for one in every(extra, "efac:Changes", "efbc:ChangedNoticeIdentifier")]  # BT-758
    status = draft.status
    if any(corrected) and status in ("", "INITIAL"):
        status = "ANNULATION" if _CANCELLED & set(_reasons(changes)) else "RECTIFICATIF"
    return replace(
        draft,
        shape="eforms",
        status=status,
        title=title,
        description=description or (leaf(at(nodes[0], _PROJECT, "cbc:Description")) if nodes else ""),
        sent=leaf(notice.get("cbc:IssueDate")),  # BT-05
        buyers=_buyers(notice, organisations, draft, warn),
        cpv=cpv,
        places=shared.places + tuple(place for place in lone.places if place not in shared.places),
        deadline=deadline or draft.deadline,
        deadline_style="offset",
        amount=_capped(
            replace(lone, amount=_amount(project) or lone.amount), whole_ceiling(result) or ceiling.get(None)
        ).amount,
        duration_months=shared.months or lone.duration_months,
        start=iso(lone.start),
        end=iso(lone.end),
        renewal_months=lone.renewal_months,
        contract_types=draft.contract_types or tuple(filter(None, [leaf(at(project, "cbc:ProcurementTypeCode"))])),
        procedure=draft.procedure or leaf(at(notice, _PROCESS, "cbc:ProcedureCode")),  # BT-105
        technique=_technique(process),
        lots=lots,
        passages=words.passages,
        coded=words.coded + draft.coded,
        earlier=draft.earlier or _earlier([*corrected, *_references(notice, extra)], draft.source),
        folder_id=leaf(at(notice, "cbc:ContractFolderID")) or draft.folder_id,  # BT-04
        notice_uuid=leaf(at(notice, "cbc:ID")),
        version=leaf(at(notice, "cbc:VersionID")),
        reference=leaf(at(project, "cbc:ID")),  # BT-22
        documents_url=_documents_url(terms),
        profile_url=url_of(at(notice, "cac:ContractingParty", "cbc:BuyerProfileURI")),
        holders=_holders(extra, organisations) or draft.holders,
        awards=awards(result, organisations, labels, warn),
    ), issues


def _extension(node: Any) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    path = ("ext:UBLExtensions", "ext:UBLExtension", "ext:ExtensionContent", "efext:EformsExtension")
    for part in every(node, *path):
        merged.update(part if isinstance(part, dict) else {})
    return merged


def _in_french(notice: dict[str, Any]) -> dict[str, Any]:
    """The notice in French alone where it is also written in other languages, else as it is."""
    return _french(notice) if "cac:AdditionalNoticeLanguage" in notice else notice


def _french(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _french(value) for key, value in node.items()}
    if not isinstance(node, list):
        return node
    languages = [_language(one) for one in node]
    chosen = [one for one, language in zip(node, languages, strict=True) if language == "FRA"] if all(languages) else []
    return [_french(one) for one in chosen or node]


def _language(node: Any) -> str:
    """The language of a text, or of an element that only holds one (``cac:PartyName``)."""
    if isinstance(node, dict) and "@languageID" not in node and len(node) == 1:
        node = next(iter(node.values()))
    return attribute(node, "languageID")


def _notice_codes(notice: Any, extra: dict[str, Any], changes: list[Any], words: Words) -> None:
    """What is coded once for the whole notice."""
    kind = notice.get("cbc:NoticeTypeCode")
    types = every(notice, "cac:ContractingParty", "cac:ContractingPartyType", "cbc:PartyTypeCode")
    activities = every(notice, "cac:ContractingParty", "cac:ContractingActivity", "cbc:ActivityTypeCode")
    sections = every(changes, "efac:Change", "efac:ChangedSection", "efbc:ChangedSectionIdentifier")
    sections += every(changes, "efac:Change", "efbc:ChangedSectionIdentifier")  # until SDK 1.5
    values = {
        "form-type": [attribute(kind, "listName")],  # BT-03
        "notice-type": [leaf(kind)],  # BT-02
        "notice-subtype": [leaf(at(extra, "efac:NoticeSubType", "cbc:SubTypeCode"))],  # OPP-070
        "legal-basis": [leaf(notice.get("cbc:RegulatoryDomain"))],  # BT-01
        "notice-language": [leaf(notice.get("cbc:NoticeLanguageCode"))],  # BT-702
        "dispatch-date": [leaf(notice.get("cbc:IssueDate"))[:10]],  # BT-05
        "buyer-legal-type": [leaf(one) for one in types if attribute(one, "listName") == "buyer-legal-type"],  # BT-11
        **{name: [leaf(one) for one in activities if attribute(one, "listName") == name] for name in _ACTIVITIES},
        "changed-notice": [leaf(one) for one in every(changes, "efbc:ChangedNoticeIdentifier")],  # BT-758, BT-1501
        "change-reason": _reasons(changes),  # BT-140
        "changed-section": [leaf(one) for one in sections],  # BT-13716
        "documents-changed": [
            leaf(one)[:10] for one in every(changes, "efac:Change", "efbc:ProcurementDocumentsChangeDate")
        ],  # BT-719
        "previous-notice": _references(notice, extra),  # BT-125
    }
    for field, found in values.items():
        for value in found:
            words.code(field, None, value)


def _reasons(changes: list[Any]) -> list[str]:
    return [leaf(one) for one in every(changes, "efac:ChangeReason", "cbc:ReasonCode")]


def _references(notice: Any, extra: dict[str, Any]) -> list[str]:
    """The earlier notices that the procedure or a lot names: BT-125; and the one that is modified: BT-1501."""
    nodes = [notice, *listed(notice.get("cac:ProcurementProjectLot"))]
    named = [one for node in nodes for one in every(node, _PROCESS, "cac:NoticeDocumentReference", "cbc:ID")]
    named += every(extra, "efac:ContractModification", "efbc:ChangedNoticeIdentifier")
    return list(dict.fromkeys(filter(None, map(leaf, named))))


def _earlier(written: list[str], source: str) -> tuple[str, ...]:
    """Those of the references that are publication numbers of the same ``source``, as notice ids."""
    if source == "boamp":
        return tuple("boamp:" + one for one in written if _BOAMP_ID.fullmatch(one))
    return tuple(dict.fromkeys("ted:" + number for one in written if (number := publication_number(one))))


def publication_number(written: str) -> str:
    """A TED number as everywhere here, ``133856-2021``, from ``00133856-2021`` or ``2021/S 053-133856``; else empty."""
    found = _TED_ID.fullmatch(" ".join(written.split()))
    if not found:
        return ""
    number_, year, year_of_series, number_of_series = found.groups()
    return f"{number_ or number_of_series}-{year or year_of_series}"


def _scheme(node: Any) -> str:
    return attribute(at(node, "cbc:ID"), "schemeName")


def _groups(notice: Any, nodes: list[Any], labels: dict[str, str | None], words: Words) -> None:
    """What is said of a group of lots is said of each of its lots; of all when the notice does not tell which."""
    members = {
        leaf(group.get("cbc:LotsGroupID")): [
            leaf(one) for one in every(group, "cac:ProcurementProjectLotReference", "cbc:ID")
        ]
        for group in every(notice, _TERMS, "cac:LotDistribution", "cac:LotsGroup")
    }
    for node in nodes:
        if _scheme(node) == "LotsGroup":
            for label in [labels.get(lot) for lot in members.get(leaf(node.get("cbc:ID")), ())] or [None]:
                project = at(node, _PROJECT)
                words.say("additional", label, at(project, "cbc:Name"), at(project, "cbc:Description"))
                _project_words(project, label, words)
                _terms_words(at(node, _TERMS), label, words)


def _organisations(extra: dict[str, Any]) -> dict[str, Any]:
    """Companies by their identifier and by those of their contact points."""
    found = {}
    for organisation in every(extra, "efac:Organizations", "efac:Organization"):
        company = organisation.get("efac:Company")
        points = every(organisation, "efac:TouchPoint", "cac:PartyIdentification", "cbc:ID")
        for identifier in [at(company, "cac:PartyIdentification", "cbc:ID"), *points]:
            found[leaf(identifier)] = company
    return found


def _buyers(notice: Any, organisations: dict[str, Any], draft: Draft, warn: Tell) -> tuple[Buyer, ...]:
    """The contracting parties resolved; the index's own name, told as an issue, when none can be."""
    parties = every(notice, "cac:ContractingParty", "cac:Party", "cac:PartyIdentification", "cbc:ID")
    found = tuple(_buyer(organisations[i]) for i in dict.fromkeys(map(leaf, parties)) if i in organisations)
    if found:
        return found
    warn(
        "acheteur_non_resolu",
        "L'acheteur de l'avis européen ne figure pas parmi ses organisations, celui de l'index est gardé s'il existe ; "
        "vérifiez l'avis à sa source.",
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


def _lot(node: Any, label: str | None, source: str, words: Words, warn: Tell) -> Lot:
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
    _lot_codes(project, terms, at(node, _PROCESS), label, words)
    times = leaf(at(extension, "cbc:MaximumNumberNumeric"))  # BT-58
    shared = _shared(project, warn)
    planned = at(project, "cac:PlannedPeriod")
    start, end = period(leaf(at(planned, "cbc:StartDate")), leaf(at(planned, "cbc:EndDate")), warn)  # BT-536, BT-537
    coded = shared.months if number(at(planned, "cbc:DurationMeasure")) is not None else None  # BT-36
    return Lot(
        label or "", title, description, shared.cpv, shared.places, _amount(project), shared.months,
        " ".join(filter(None, [f"{times} reconduction(s)." if times not in ("", "0") else None, *renewals])),
        renewal_months(times, coded, source, warn), start, end,
    )  # fmt: skip


def _capped(lot: Lot, ceiling: Amount | None) -> Lot:
    """``lot`` with the framework maximum that its result states, unless it has one (BT-271)."""
    known = lot.amount
    if ceiling is None or (known is not None and (known.ceiling is not None or known.currency != ceiling.currency)):
        return lot
    return replace(lot, amount=replace(known, ceiling=ceiling.ceiling) if known is not None else ceiling)


def _project_words(project: Any, label: str | None, words: Words) -> None:
    words.say("additional", label, *every(project, "cbc:Note"))  # BT-300
    for where in every(project, "cac:RealizedLocation"):
        words.say("additional", label, at(where, "cbc:Description"), at(where, "cac:Address", "cbc:Description"))
    for kind in every(project, "cac:ProcurementAdditionalType"):
        words.say("additional", label, kind.get("cbc:ProcurementType"))  # BT-777
        code = kind.get("cbc:ProcurementTypeCode")
        if attribute(code, "listName") in _ADDITIONAL_TYPES:
            words.code(attribute(code, "listName"), label, leaf(code))


def _lot_codes(project: Any, terms: Any, process: Any, label: str | None, words: Words) -> None:
    """What is coded of a lot beyond reservations, social aims and criteria."""
    words.code("contract-nature", label, leaf(project and project.get("cbc:ProcurementTypeCode")))  # BT-23
    words.code("sme-suitable", label, leaf(project and project.get("cbc:SMESuitableIndicator")))  # BT-726
    words.code("duration", label, leaf(at(project, "cac:PlannedPeriod", "cbc:DescriptionCode")))  # BT-538
    for kind in every(terms, "cac:CallForTendersDocumentReference", "cbc:DocumentType"):
        words.code("document-distribution", label, leaf(kind))  # BT-14
    for code in every(process, "cac:ContractingSystem", "cbc:ContractingSystemTypeCode"):
        words.code(attribute(code, "listName"), label, leaf(code))  # BT-765, BT-766


def _terms_words(terms: Any, label: str | None, words: Words) -> None:
    for one in every(terms, "cac:TendererQualificationRequest", "cac:SpecificTendererRequirement"):
        for code in every(one, "cbc:TendererRequirementTypeCode"):
            if attribute(code, "listName") in _REQUIREMENTS:  # BT-71, BT-809
                words.code(attribute(code, "listName"), label, leaf(code))
        words.say("conditions", label, one.get("cbc:Description"))
    for one in every(terms, "cac:ContractExecutionRequirement"):
        for code in every(one, "cbc:ExecutionRequirementCode"):
            if attribute(code, "listName") == "reserved-execution":  # BT-736
                words.code("reserved-execution", label, leaf(code))
        words.say("conditions", label, *every(one, "cbc:Description"))  # BT-70
    for one in every(terms, "cac:AwardingTerms", "cac:AwardingCriterion"):
        words.say("criteria", label, one.get("cbc:Description"), one.get("cbc:CalculationExpression"))
        for part in every(one, "cac:SubordinateAwardingCriterion"):
            words.say("criteria", label, part.get("cbc:Name"), *every(part, "cbc:Description"))  # BT-734, BT-540
            words.code("award-criterion", label, _criterion(part))
    extension = _extension(terms)
    for one in every(extension, "efac:SelectionCriteria"):
        for name in ("cbc:TendererRequirementTypeCode", "cbc:CriterionTypeCode"):
            for code in every(one, name):
                words.code("selection-criterion", label, leaf(code))  # BT-809
        words.say("participation", label, one.get("cbc:Name"), *every(one, "cbc:Description"))  # BT-750


def _criterion(part: Any) -> str:
    """``quality 30 per-exa : Insertion``: type (BT-539), number (BT-541), unit (BT-5421) and name of a criterion."""
    weights = []
    for parameter in every(_extension(part), "efac:AwardCriterionParameter"):
        unit = parameter.get("efbc:ParameterCode")
        if attribute(unit, "listName") == "number-weight":
            weights += [leaf(parameter.get("efbc:ParameterNumeric")), leaf(unit)]
    coded = " ".join(filter(None, [leaf(part.get("cbc:AwardingCriterionTypeCode")), *weights]))
    name = leaf(part.get("cbc:Name")) or leaf(part.get("cbc:Description"))[:100]
    return " : ".join(filter(None, [coded, name]))


def _cpv(project: Any) -> tuple[str, ...]:
    blocks = ("cac:MainCommodityClassification", "cac:AdditionalCommodityClassification")  # BT-262, BT-263
    codes = (leaf(code) for block in blocks for code in every(project, block, "cbc:ItemClassificationCode"))
    return tuple(dict.fromkeys(filter(None, codes)))


def _shared(project: Any, warn: Tell) -> _Shared:
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


def _months(period: Any, warn: Tell) -> float | None:
    """BT-36 in months, or what lies between the two dates; None when neither is given."""
    measure = at(period, "cbc:DurationMeasure")
    value, unit = number(measure), attribute(measure, "unitCode")
    if value is not None:
        if unit in _IN_MONTHS:
            return round(value * _IN_MONTHS[unit], 1)
        warn("duree_inconnue", f"Durée exprimée en « {unit} » ; ajoutez cette unité dans spiders/formats/eforms.py.")
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
    stated = [_moment(at(process, name)) for process in processes for name in _DEADLINES]
    if not any(stated):
        stated = [_moment(at(_extension(process), "efac:InterestExpressionReceptionPeriod")) for process in processes]
    return min(filter(None, stated), default="")


def _moment(period: Any) -> str:
    day, time = (leaf(at(period, part)) for part in ("cbc:EndDate", "cbc:EndTime"))
    return (f"{day[:10]}T{time}" if time else day[:10]) if day else ""


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
    return tuple(dict.fromkeys(name_of(name) for name in map(said, names) if name))
