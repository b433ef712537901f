"""What did TED publish that week, and how does it answer? Invented notices: twins of BOAMP's, and some of its own.

A twin is the same eForms document under another publication number, as in real life: same procedure, same version.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from scanner.sample.shapes import SampleLot, european
from scanner.sample.week import facts_of, records
from scanner.source import load

SEARCH = "/v3/notices/search"
UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
EXTENSION = "http://data.europa.eu/p27/eforms-ubl-extension"
NAMESPACES = {
    "cbc": f"{UBL}CommonBasicComponents-2",
    "cac": f"{UBL}CommonAggregateComponents-2",
    "ext": f"{UBL}CommonExtensionComponents-2",
    "efac": f"{EXTENSION}-aggregate-components/1",
    "efbc": f"{EXTENSION}-basic-components/1",
    "efext": f"{EXTENSION}s/1",
}
#: BOAMP notices that TED publishes too: four calls of written cases, a call, and its correction.
TWINS = ("26-110012", "26-110014", "26-110076", "26-110090", "26-110108", "26-110117")
FIRST_NUMBER = 780_001
FLAGS = {
    "reserved-procurement": "cbc:TendererRequirementTypeCode",
    "reserved-execution": "cbc:ExecutionRequirementCode",
    "social-objective": "cbc:ProcurementTypeCode",
}


@dataclass(frozen=True)
class TedNotice:
    """One notice as TED holds it; ``twin`` is the BOAMP number of the same publication, if any."""

    number: str
    day: date
    xml: bytes
    row: dict[str, Any]
    twin: str = ""


def notices(monday: date = date(2026, 11, 16)) -> list[TedNotice]:
    """Returns the ten notices of the week that starts on ``monday``; always the same ones."""
    week = {record["idweb"]: record for record in records(monday)}
    found = []
    for twin in TWINS:
        (root, body), *_ = json.loads(week[twin]["donnees"])["EFORMS"].items()
        found.append((date.fromisoformat(week[twin]["dateparution"]), root, body, twin))
    found += [(day, root, body, "") for day, root, body in _alone(monday)]
    return [
        _published(f"{FIRST_NUMBER + rank}-2026", day, root, body, twin)
        for rank, (day, root, body, twin) in enumerate(found)
    ]


def _alone(monday: date) -> Iterator[tuple[date, str, dict[str, Any]]]:
    """Four notices of the sample's buyers that BOAMP does not have: a reserved lot, a social aim, nothing, a plan."""
    facts = [facts_of(7 * rank, monday + timedelta(days=rank), rank) for rank in range(1, 5)]
    facts = [replace(one, idweb=f"ted-{rank}") for rank, one in enumerate(facts)]
    aside, nothing = SampleLot(facts[0].title, facts[0].cpv, reserved="res-ws"), SampleLot("Vitrerie", facts[0].cpv)
    aimed = SampleLot(
        facts[1].title, facts[1].cpv, objective="opp",
        execution="Clause d'insertion : 350 heures de travail sont réservées à des personnes éloignées de l'emploi.",
    )  # fmt: skip
    for one in (replace(facts[0], lots=(nothing, aside)), replace(facts[1], lots=(aimed,)), facts[2]):
        ((root, body),) = european(one)["EFORMS"].items()
        yield one.day, root, body
    ((_, plan),) = european(facts[3])["EFORMS"].items()
    plan["cbc:NoticeTypeCode"] = {"@listName": "planning", "#text": "pin-only"}
    yield facts[3].day, "PriorInformationNotice", plan


def _published(number: str, day: date, root: str, body: Mapping[str, Any], twin: str) -> TedNotice:
    body = json.loads(json.dumps(body))
    extension = body["ext:UBLExtensions"]["ext:UBLExtension"]["ext:ExtensionContent"]["efext:EformsExtension"]
    digits, _, year = number.partition("-")
    extension["efac:Publication"] = {
        "efbc:NoticePublicationID": {"@schemeName": "ojs-notice-id", "#text": f"{digits:0>8}-{year}"},
        "efbc:PublicationDate": f"{day}Z",
    }
    kind = body["cbc:NoticeTypeCode"]
    row = {
        "publication-number": number,
        "publication-date": f"{day}+01:00",
        "form-type": kind["@listName"],
        "notice-type": kind["#text"],
        "notice-identifier": body["cbc:ID"]["#text"],
        "notice-version": body["cbc:VersionID"],
        "procedure-identifier": body["cbc:ContractFolderID"],
        **{f"{name}-lot": codes for name, tag in FLAGS.items() if (codes := list(_coded(body, tag, name)))},
    }
    return TedNotice(number, day, to_xml(root, body), row, twin)


def _coded(node: Any, tag: str, listed: str) -> Iterator[str]:
    """The codes of one list, wherever they stand."""
    if isinstance(node, list):
        for one in node:
            yield from _coded(one, tag, listed)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == tag and isinstance(value, dict) and value.get("@listName") == listed:
                yield value["#text"]
            else:
                yield from _coded(value, tag, listed)


def to_xml(root: str, body: Mapping[str, Any]) -> bytes:
    """Returns the XML that BOAMP's JSON of an eForms notice was made from."""
    names = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
    inside = "".join(_element(key, value) for key, value in body.items())
    document = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{UBL}{root}-2"{names}>{inside}</{root}>'
    return document.encode()


def _element(key: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(key, one) for one in value)
    if not isinstance(value, dict):
        return f"<{key}>{escape(str(value))}</{key}>"
    attributes = "".join(f" {name[1:]}={quoteattr(text)}" for name, text in value.items() if name.startswith("@"))
    inside = "".join(_element(name, one) for name, one in value.items() if name[0] not in "@#")
    return f"<{key}{attributes}>{escape(value.get('#text', ''))}{inside}</{key}>"


def search(asked: Mapping[str, Any], held: Sequence[TedNotice], site: str) -> tuple[int, dict[str, Any]]:
    """Returns the status and the answer of the search API to one request; ``site`` is where the XML is."""
    known = sorted(load("ted").fields)
    unknown = [name for name in asked.get("fields", ()) if name not in known]
    if unknown or not asked.get("fields"):
        error = {"type": "UNSUPPORTED_VALUE", "parameterName": "fields"}
        return 400, {
            "message": f"Parameter 'fields' contains unsupported value, use: {', '.join(known)}",
            "error": error,
        }
    window = re.findall(r"publication-date (<=|>=) (\d{8})", str(asked.get("query", "")))
    kinds = re.search(r"form-type IN \(([^)]*)\)", str(asked.get("query", "")))
    if len(window) != 2 or not kinds or not 0 < asked.get("limit", 10) * len(asked["fields"]) <= 10_000:
        return 400, {"message": "Syntax error", "error": {"type": "QUERY_SYNTAX_ERROR"}}
    low, high = (dict((sign, day) for sign, day in window)[sign] for sign in (">=", "<="))
    rows = [one for one in held if low <= f"{one.day:%Y%m%d}" <= high and one.row["form-type"] in kinds[1].split()]
    first = int(asked.get("iterationNextToken", "0"))
    page = rows[first : first + asked.get("limit", 10)]
    return 200, {
        "notices": [
            {
                **{name: value for name, value in one.row.items() if name in asked["fields"]},
                "links": {"xml": {"MUL": f"{site}/en/notice/{one.number}/xml"}},
            }
            for one in page
        ],
        "totalNoticeCount": len(rows),
        "iterationNextToken": str(first + len(page)) if asked.get("paginationMode") == "ITERATION" else None,
        "timedOut": False,
    }


def xml_of(path: str, held: Sequence[TedNotice]) -> bytes | None:
    """Returns the XML at ``/en/notice/<number>/xml``; None when there is none."""
    return next((one.xml for one in held if path == f"/en/notice/{one.number}/xml"), None)
