"""Which reader for a TED notice? By its root element, never by its date; what has none is rejected and kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from lxml import etree

from scanner.datafile import DataFileError
from scanner.issues import Issue
from scanner.limits import Exceeded, Limits
from scanner.notice import Draft, RawNotice
from spiders.formats import eforms, ted_r209, xmltree
from spiders.formats.guard import UNREADABLE
from spiders.formats.text import at, attribute, leaf

EFORMS = frozenset({"ContractNotice", "ContractAwardNotice", "PriorInformationNotice"})
NOTICE_URL = "https://ted.europa.eu/fr/notice/-/detail/"


def parse(raw: RawNotice, limits: Limits) -> tuple[Draft | None, list[Issue]]:
    """The Draft of one notice and its issues; (None, one rejected Issue) when it cannot be read.

    Contact persons, e-mails and telephones are dropped here: the licence of TED does not cover personal data.
    """
    try:
        draft, issues = _parse(raw, limits)
    except (DataFileError, Exceeded):  # our own lookups, or a limit: not the form of this notice
        raise
    except UNREADABLE as error:
        said = str(error) if type(error) is ValueError else f"structure inattendue, {type(error).__name__} : {error}"
        issue = Issue(
            raw.source, raw.key, "avis_illisible",
            f"Avis rejeté, {said} ; il reste en archive, complétez spiders/formats/ puis lancez scanner reclassify.",
            level="rejected",
        )  # fmt: skip
        return None, [issue]
    return replace(draft, buyers=tuple(replace(buyer, email=None, phone=None) for buyer in draft.buyers)), issues


def _parse(raw: RawNotice, limits: Limits) -> tuple[Draft, list[Issue]]:
    root = xmltree.root_of(raw.body, limits)
    name = xmltree.local(root)
    if name in EFORMS:
        return _european(root, name, raw)
    if name == "TED_EXPORT":
        return ted_r209.read(root, Draft(raw.source, raw.key, "JOUE", "", "INITIAL", "", ""))
    raise ValueError(f"racine TED inconnue ({name})")


def _european(root: etree._Element, name: str, raw: RawNotice) -> tuple[Draft, list[Issue]]:
    notice, issues = xmltree.node(root), list[Issue]()
    publication = _publication(notice)
    number = eforms.publication_number(leaf(at(publication, "efbc:NoticePublicationID")))  # OPP-010
    if not number:
        message = (
            "L'avis ne porte pas de numéro de publication (exemple, ou avis pas encore paru) ; il est lu "
            "sous le nom de son fichier."
        )
        issues.append(Issue(raw.source, raw.key, "sans_numero", message))
    published = leaf(at(publication, "efbc:PublicationDate")) or leaf(at(notice, "cbc:IssueDate"))  # OPP-012, BT-05
    try:
        date.fromisoformat(published[:10])
    except ValueError as error:
        raise ValueError(f"date de parution « {published} » illisible") from error
    draft = Draft(
        source=raw.source,
        key=number or raw.key,
        family="JOUE",
        nature=attribute(at(notice, "cbc:NoticeTypeCode"), "listName").upper(),  # BT-03
        status="INITIAL",
        published=published[:10],
        title="",
        url=NOTICE_URL + number if number else raw.url,
    )
    filled, told = eforms.read({name: notice}, draft)
    return filled, issues + told


def _publication(notice: Any) -> Any:
    path = ("ext:UBLExtensions", "ext:UBLExtension", "ext:ExtensionContent", "efext:EformsExtension")
    return at(notice, *path, "efac:Publication")
