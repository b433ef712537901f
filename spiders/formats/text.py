"""How is a node of BOAMP's turned-over XML read? One child or many, text or object: these few functions hide it.

Conventions: ``../sources`` of the documentation, boamp.md section 6. Text is verbatim; only real markup is removed.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterator
from typing import Any

from scanner.links import told
from scanner.notice import Amount, Coded, Passage, PassageField
from spiders.formats.markup import words_of

_TAGS = r"p|br|b|i|u|li|ul|ol|div|span|strong|em|table|tbody|tr|td|th|a|h[1-6]|font|sup|sub|small|hr"
_MARKUP = re.compile(rf"</?(?:{_TAGS})(?:\s[^<>]*)?/?>|<\?xml[^<>]*>|&(?:#\d+|#[xX][0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]+);")
_NUMBER = re.compile(r"\d[\d\s\u00a0\u202f]*(?:[.,]\d+)?")
DAYS_IN_MONTH = 30.4375


def listed(node: Any) -> list[Any]:
    """``node`` as a list: a repeatable element is an object when alone; None and "" are no element."""
    if node is None or node == "":
        return []
    return node if isinstance(node, list) else [node]


def at(node: Any, *path: str) -> Any:
    """What is under ``path``, entering the first of a repeated element; None when a step is missing."""
    for step in path:
        if isinstance(node, list):
            node = node[0] if node else None
        if not isinstance(node, dict):
            return None
        node = node.get(step)
    return node


def every(node: Any, *path: str) -> list[Any]:
    """All nodes under ``path``, every repeated element opened."""
    nodes = listed(node)
    for step in path:
        found: list[Any] = []
        for one in nodes:
            child = one.get(step) if isinstance(one, dict) else None
            if isinstance(child, list):
                found += child
            elif child is not None and child != "":
                found.append(child)
        nodes = found
    return nodes


def leaf(node: Any) -> str:
    """The text of a leaf, string or ``{"@…", "#text"}``, markup read; empty when there is none."""
    if isinstance(node, list):
        node = node[0] if node else None
    if isinstance(node, dict):
        node = node.get("#text")
    if isinstance(node, str):
        return plain(node).strip()
    return str(node) if isinstance(node, int | float) and not isinstance(node, bool) else ""


def leaves(node: Any) -> Iterator[str]:
    """Every text under ``node``, in order; attributes are not text."""
    if isinstance(node, dict):
        for key, value in node.items():
            if not key.startswith("@"):
                yield from leaves(value)
    elif isinstance(node, list):
        for value in node:
            yield from leaves(value)
    elif text := leaf(node):
        yield text


def attribute(node: Any, name: str) -> str:
    """The attribute ``name`` of a leaf, empty when absent."""
    value = node.get("@" + name) if isinstance(node, dict) else None
    return value if isinstance(value, str) else ""


def plain(text: str) -> str:
    """``text`` without tags and entities when it has some, else itself. C1 characters are kept."""
    if "<" not in text and "&" not in text:
        return text
    for _ in range(3):  # double escapes are met, e.g. &amp;amp;#768;
        if not _MARKUP.search(text):
            return text
        text = words_of(text)
    return text


def name_of(text: str) -> str:
    """A display name: entities read, spaces and line ends made single spaces."""
    return " ".join(html.unescape(text).split())


def url_of(node: Any) -> str:
    """A URL whose ``&amp;`` are read (only those: ``&copy=`` is a parameter); empty when it is no address.

    One that may not be followed comes as « adresse non suivie : … », which is no address any more.
    """
    if isinstance(node, list):
        node = node[0] if node else None
    if isinstance(node, dict):
        node = node.get("#text")
    if not isinstance(node, str):
        return ""
    url = node.strip().replace("&amp;amp;", "&").replace("&amp;", "&")
    if url.lower().startswith("www."):
        url = "https://" + url
    return "" if url.lower().startswith(("http://", "https://")) and len(url.split()) != 1 else told(url)


def number(node: Any) -> float | None:
    """The number written, « 42 800,00 » included; None when absent, unreadable, infinite or zero (zero: unknown)."""
    text = leaf(node)
    found = _NUMBER.search(text) if text else None
    if not found:
        return None
    value = float("".join(found.group().split()).replace(",", "."))
    return value if value and math.isfinite(value) else None


def amount(
    value: Any = None, low: Any = None, high: Any = None, ceiling: Any = None, currency: str = "EUR"
) -> Amount | None:
    """The Amount that holds what was readable, None when nothing was."""
    read = (number(value), number(low), number(high), number(ceiling))
    return Amount(*read, currency=currency or "EUR") if any(part is not None for part in read) else None


class Words:
    """The passages and coded facts of one notice, each once, in order."""

    def __init__(self) -> None:
        self._passages: dict[Passage, None] = {}
        self._coded: dict[Coded, None] = {}

    def say(self, field: PassageField, lot: str | None, *nodes: Any) -> None:
        """Keeps every text under ``nodes`` as a passage."""
        for node in nodes:
            for text in leaves(node):
                self._passages.setdefault(Passage(field, lot, text))

    def says(self, text: str) -> bool:
        """Whether the text is already there for the whole notice."""
        return any(passage.text == text for passage in self._passages if passage.lot is None)

    def code(self, field: str, lot: str | None, value: str) -> None:
        """Keeps a coded fact."""
        if value:
            self._coded.setdefault(Coded(field, lot, value))

    @property
    def passages(self) -> tuple[Passage, ...]:
        return tuple(self._passages)

    @property
    def coded(self) -> tuple[Coded, ...]:
        return tuple(self._coded)
