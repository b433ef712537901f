"""How does one find a feed? An OPML of all, a folder a family, and a page of all feeds by territory."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from xml.etree import ElementTree

from feeds import digest
from feeds.catalogue import Subscription, alternates
from feeds.entry import clean
from scanner.edition import Edition


def opml(edition: Edition, listed: Sequence[Subscription]) -> bytes:
    """OPML 2.0: an outline a folder, and in it an outline a feed, the whole territory first."""
    root = ElementTree.Element("opml", version="2.0")
    head = ElementTree.SubElement(root, "head")
    ElementTree.SubElement(head, "title").text = f"Veille clauses sociales — {clean(edition.territory)}"
    body = ElementTree.SubElement(root, "body")
    for name in dict.fromkeys(one.folder for one in listed):
        folder = ElementTree.SubElement(body, "outline", text=name, title=name)
        for one in listed:
            if one.folder == name:
                title, address = one.feed.title, one.feed.address("rss.xml")
                ElementTree.SubElement(folder, "outline", type="rss", text=title, title=title, xmlUrl=address)
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def page(edition: Edition, listed: Sequence[Subscription]) -> str:
    """``flux.html``: every feed, folded by territory, then by folder."""
    territories = [
        (territory, [(folder, list(feeds)) for folder, feeds in groupby(those, key=lambda one: one.folder)])
        for territory, those in groupby(listed, key=lambda one: one.territory)
    ]
    return (
        digest.environment()
        .get_template("feeds.html.j2")
        .render(
            territory=clean(edition.territory) or "France entière",
            territories=territories,
            alternates=alternates(listed),
            css=digest.style(),
        )
    )
