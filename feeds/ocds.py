"""How do others' tools read the tenders? As OCDS 1.1 releases (EU profile), one a tender; same edition, same bytes.

What is unknown is left out, as the standard wants; nothing is deduced from silence. Dates are those of Paris.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from feeds.entry import PARIS, clean, midnight, safe_link, word
from feeds.ocds_codes import meaning, notice_kind, table
from feeds.ocds_terms import terms
from scanner.edition import Edition, Event, Item, ItemLot
from scanner.finding import Finding

_PATH = "ocds/releases.json"


def files(edition: Edition) -> dict[str, bytes]:
    """``ocds/releases.json``, relative to ``public/``; without tender, a package whose list is empty.

    The official schema wants one release at least. An empty list is its one departure: it replaces last week's file,
    which would be false, and tells a reader « none », where an absent file would say nothing.
    Raises DataFileError when ``ocds.yml`` is wrong.
    """
    package = {
        "uri": f"{edition.base_url.rstrip('/')}/{_PATH}"
        if edition.base_url
        else f"urn:veille-clauses:ocds:{edition.week}",
        "version": "1.1",
        "extensions": list(table()["extensions"]),
        "publishedDate": midnight(edition.reference).isoformat(),
        "publisher": {"name": clean(edition.mission) or table()["publisher"]},
        "releases": [release(item) for item in sorted(edition.items, key=lambda item: item.tender)],
    }
    return {_PATH: json.dumps(package, ensure_ascii=False, indent=1).encode() + b"\n"}


def release(item: Item) -> dict[str, Any]:
    """One tender as a release. ``ocid`` never changes; ``id`` changes with the content, and only with it."""
    kind, awards = _kind(item), list(_awards(item))
    holders = {party["id"]: party for event in _events(item) for party in _suppliers(event)}
    buyer = _buyer(item)
    content: dict[str, Any] = {
        "date": midnight(item.published).isoformat(),
        "tag": list(dict.fromkeys([kind["tag"], *([notice_kind("award")["tag"]] if awards else [])])),
        "initiationType": "tender",
        "language": "fr",
        "parties": [*([buyer] if buyer else []), *holders.values()],
        "buyer": _reference(buyer),
        "tender": _tender(item, kind.get("status", ""), buyer),
        "awards": awards,
    }
    said = _pruned(content)
    mark = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:8]
    return {"ocid": ocid(item.tender), "id": f"{_safe(_events(item)[-1].notice)}-{mark}", **said}


def ocid(tender: str) -> str:
    """The identifier of a tender for the whole world: the prefix of ``ocds.yml`` and the tender's own id."""
    return f"{table()['prefix']}-{_safe(tender)}"


def _safe(name: str) -> str:
    return quote(clean(name), safe=":")


def _kind(item: Item) -> dict[str, Any]:
    return notice_kind("projet" if item.project else item.kind)


def _events(item: Item) -> tuple[Event, ...]:
    """The life of a tender; one that has no event is its own."""
    return item.events or (Event(item.notice, item.kind, item.published, item.url, (), holders=item.holders),)


def _buyer(item: Item) -> dict[str, Any]:
    name, siret = clean(item.buyer), clean(item.siret or "")
    if not name and not siret:
        return {}
    scheme = table()["identifier_scheme"]
    known = {"scheme": scheme, "id": siret, "legalName": name} if siret else {}
    return {
        "id": f"{scheme}-{siret}" if siret else _party("acheteur", name),
        "name": name,
        "identifier": known,
        "roles": ["buyer", "procuringEntity"],
    }


def _suppliers(event: Event) -> list[dict[str, Any]]:
    names = filter(None, map(clean, event.holders))
    found = {_party("titulaire", name): name for name in names}
    return [{"id": party, "name": name, "roles": ["supplier"]} for party, name in found.items()]


def _party(role: str, name: str) -> str:
    """The id of a party known by its name alone: the same name, the same id."""
    return f"{role}-{hashlib.sha256(name.casefold().encode()).hexdigest()[:12]}"


def _reference(party: dict[str, Any]) -> dict[str, Any]:
    return {key: party[key] for key in ("id", "name") if party.get(key)}


def _tender(item: Item, status: str, buyer: dict[str, Any]) -> dict[str, Any]:
    whole = [finding for lot in item.lots if lot.number is None for finding in lot.findings]
    procedure = clean(item.procedure)
    end = item.deadline.astimezone(PARIS).isoformat() if item.deadline else ""
    return {
        "id": _safe(item.tender),
        "title": clean(item.title),
        "status": status,
        "procuringEntity": _reference(buyer),
        "procurementMethod": table()["methods"].get(procedure, ""),
        "procurementMethodDetails": procedure,
        "tenderPeriod": {"endDate": end},
        "documents": list(_documents(item)),
        "deliveryAddresses": _addresses(item),
        **terms(item.terms),
        "items": [_goods(lot, table()["classification_scheme"]) for lot in item.lots if lot.cpv],
        "lots": _lots(item),
        **_social(whole),
    }


def _addresses(item: Item) -> list[dict[str, Any]]:
    """The places of performance, when the notice itself gives them."""
    if item.places_source != "execution":
        return []
    return [{"region": word("departements", code)} for code in dict.fromkeys(item.departements)]


def _documents(item: Item) -> Iterable[dict[str, Any]]:
    for event in _events(item):
        kind = _kind(item) if item.project else notice_kind(event.kind)
        url = safe_link(clean(event.url or (item.url if event.notice == item.notice else "")))
        published = midnight(event.published).isoformat()
        yield {"id": _safe(event.notice), "documentType": kind["document"], "url": url, "datePublished": published}
    url = safe_link(clean(item.documents_url))
    if url:
        yield {"id": "dce", "documentType": "biddingDocuments", "url": url}


def _goods(lot: ItemLot, scheme: str) -> dict[str, Any]:
    first, *others = ({"scheme": scheme, "id": clean(code)} for code in dict.fromkeys(lot.cpv))
    related = "" if lot.number is None else _number(lot)
    return {
        "id": related or "ensemble",
        "classification": first,
        "additionalClassifications": others,
        "relatedLot": related,
    }


def _lots(item: Item) -> list[dict[str, Any]]:
    named = {_number(lot): lot for lot in item.lots if lot.number is not None}
    return [
        {"id": number, "title": clean(lot.title), **terms(lot.terms), **_social(lot.findings)}
        for number, lot in named.items()
    ]


def _number(lot: ItemLot) -> str:
    return clean(lot.number or "") or "sans numéro"


def _social(findings: Iterable[Finding]) -> dict[str, Any]:
    """What the affirmed findings are in the standard: reserved participation, reserved execution, sustainability."""
    told = [meaning(one) for one in findings if one.reading == "affirmed" and not one.proposed]
    goals: dict[str, tuple[str, ...]] = {}
    for one in told:
        goals[one.goal] = tuple(dict.fromkeys((*goals.get(one.goal, ()), *one.strategies)))
    return {
        "otherRequirements": {
            "reservedParticipation": list(dict.fromkeys(code for one in told for code in one.reserved))
        },
        "contractTerms": {"reservedExecution": True} if any(one.execution for one in told) else {},
        "sustainability": [{"goal": goal, "strategies": list(goals[goal])} for goal in sorted(goals)],
    }


def _awards(item: Item) -> Iterable[dict[str, Any]]:
    """What the award notices say of who won; its lots and amounts are not in an edition, so they are not told."""
    for event in _events(item):
        status, suppliers = notice_kind(event.kind).get("award", ""), _suppliers(event)
        if status and suppliers:
            yield {"id": _safe(event.notice), "status": status, "suppliers": [_reference(one) for one in suppliers]}


def _pruned(value: Any) -> Any:
    """``value`` without what is empty: unknown is absent."""
    if isinstance(value, dict):
        kept = {key: _pruned(one) for key, one in value.items()}
        return {key: one for key, one in kept.items() if one not in ("", [], {})}
    return [_pruned(one) for one in value] if isinstance(value, list) else value
