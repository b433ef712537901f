"""How does an XML notice become a tree? Parsed without entities, DTD or network, keyed as BOAMP's JSON of eForms is.

One element is one value, several are a list; attributes bear ``@``, a leaf with attributes keeps its text in ``#text``.
"""

from __future__ import annotations

from typing import Any
from xml.parsers import expat

from lxml import etree

from scanner.limits import Exceeded, Limits

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_EXTENSION = "http://data.europa.eu/p27/eforms-ubl-extension"
#: Whatever prefixes a document binds, the tree bears those of the eForms SDK.
PREFIXES = {
    f"{_UBL}CommonBasicComponents-2": "cbc:",
    f"{_UBL}CommonAggregateComponents-2": "cac:",
    f"{_UBL}CommonExtensionComponents-2": "ext:",
    f"{_EXTENSION}-aggregate-components/1": "efac:",
    f"{_EXTENSION}-basic-components/1": "efbc:",
    f"{_EXTENSION}s/1": "efext:",
}

_CHUNK = 4096


def root_of(xml: bytes, limits: Limits) -> etree._Element:
    """The root element. ValueError (French) when not well formed or with a DTD, Exceeded when nested too deep."""
    _refuse_doctype(xml)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        if "xcessive depth" in str(error):
            raise Exceeded("profondeur", limits.profondeur) from error
        raise ValueError(f"XML mal formé ({error})") from error
    if getattr(root.getroottree().docinfo, "doctype", ""):
        raise ValueError("XML avec DTD")
    if root.xpath("boolean(/*" + "/*" * limits.profondeur + ")"):
        raise Exceeded("profondeur", limits.profondeur)
    return root


class _Begun(Exception):
    """The first element is reached: no document type can come any more."""


def _refuse_doctype(xml: bytes) -> None:
    """ValueError at the first sign of a document type, before anything of it is read, whatever the encoding."""

    def refuse(*_: Any) -> None:
        raise ValueError("XML avec DTD")

    def begun(*_: Any) -> None:
        raise _Begun

    prolog = expat.ParserCreate()
    prolog.StartDoctypeDeclHandler, prolog.StartElementHandler = refuse, begun
    try:
        for start in range(0, len(xml), _CHUNK):  # a callback's exception is only raised at the end of a chunk
            prolog.Parse(xml[start : start + _CHUNK], start + _CHUNK >= len(xml))
    except _Begun:
        return
    except (expat.ExpatError, LookupError) as error:
        raise ValueError(f"XML mal formé ({error})") from error


def local(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    return str(etree.QName(element).localname)


def node(element: etree._Element) -> Any:
    """``element`` as BOAMP's JSON writes it: a text, or a dictionary of its attributes, children and text."""
    found: dict[str, Any] = {f"@{etree.QName(name).localname}": value for name, value in element.attrib.items()}
    for child in element:
        name = etree.QName(child)
        key = PREFIXES.get(name.namespace or "", "") + name.localname
        value = node(child)
        if key not in found:
            found[key] = value
        elif isinstance(found[key], list):
            found[key].append(value)
        else:
            found[key] = [found[key], value]
    text = (element.text or "").strip() if not len(element) else ""
    if not found:
        return text
    return {**found, "#text": text} if text else found
