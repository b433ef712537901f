"""How does an XML notice become a tree? Parsed without entities, DTD or network, keyed as BOAMP's JSON of eForms is.

One element is one value, several are a list; attributes bear ``@``, a leaf with attributes keeps its text in ``#text``.
"""

from __future__ import annotations

from typing import Any

from lxml import etree

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


def root_of(xml: bytes) -> etree._Element:
    """The root element. ValueError (French) when the document is not well formed or brings a DTD."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(f"XML mal formé ({error})") from error
    if getattr(root.getroottree().docinfo, "doctype", ""):
        raise ValueError("XML avec DTD")
    return root


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
