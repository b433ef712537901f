"""How is an XML form of TED walked? By local names: its namespace changes with the version of the schema."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from spiders.formats.xmltree import local


def children(node: etree._Element | None, *names: str) -> list[etree._Element]:
    """The children that bear one of ``names``, in order; ``*`` is any."""
    if node is None:
        return []
    return [one for one in node if isinstance(one.tag, str) and (local(one) in names or "*" in names)]


def first(node: etree._Element | None, *path: str) -> etree._Element | None:
    """What is under ``path``, entering the first of a repeated element; None when a step is missing."""
    for name in path:
        node = next(iter(children(node, name)), None)
    return node


def descendants(node: etree._Element | None) -> Iterator[etree._Element]:
    """``node`` and every element under it, in order."""
    if node is not None:
        yield from (one for one in node.iter() if isinstance(one.tag, str))


def text_of(node: etree._Element | None) -> str:
    """The text of an element, verbatim, its paragraphs on lines of their own."""
    if node is None:
        return ""
    paragraphs = children(node, "P")
    parts = ["".join(map(str, one.itertext())).strip() for one in paragraphs or [node]]
    return "\n".join(filter(None, parts))
