"""What does a marked-up text say? Its words without tags and entities, in one pass: the cost is the length.

The manner is that of BeautifulSoup's ``html.parser``, which this replaces because it costs the square of nested tags:
a block ends with a line end, where it is closed or where what holds it is; blanks alone between two tags are one.
"""

from __future__ import annotations

import re
from collections import Counter
from html.entities import html5

_TOKEN = re.compile(
    r"<(?P<end>/?)(?P<tag>[A-Za-z][^\s<>/\x00]*)(?:[\s/][^<>]*)?>"
    r"|<[!?](?!--)[^<>]*>"
    r"|&(?:#(?P<decimal>[0-9]{1,9})|#[xX](?P<hexadecimal>[0-9a-fA-F]{1,7})|(?P<name>[A-Za-z][A-Za-z0-9]{0,40}));?"
    r"|(?P<comment><!--)"
)
_BLOCKS = frozenset(("br", "p", "li", "div", "tr", "h1", "h2", "h3", "h4", "h5", "h6"))
_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr")
)
_ASCII_BLANKS = " \n\t\f\r"


def words_of(text: str) -> str:
    """``text`` without its tags, comments and entities."""
    told = _Told()
    at = 0
    while found := _TOKEN.search(text, at):
        told.say(text[at : found.start()])
        at = found.end()
        if found["comment"]:
            end = text.find("-->", at)
            at = end + 3 if end >= 0 else len(text)
            told.cut()
        elif found["tag"]:
            told.close(found["tag"].lower()) if found["end"] else told.open(found["tag"].lower())
        elif text[found.start()] == "&":
            told.say(_character(found))
        else:
            told.cut()
    told.say(text[at:])
    return told.text()


class _Told:
    """The words said so far, and the elements still open."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._run: list[str] = []
        self._open: list[str] = []
        self._count: Counter[str] = Counter()

    def say(self, words: str) -> None:
        if words:
            self._run.append(words)

    def cut(self) -> None:
        """A tag ends the run of words; blanks alone are one blank."""
        run = "".join(self._run)
        if run and not run.strip(_ASCII_BLANKS):
            run = "\n" if "\n" in run else " "
        self._parts.append(run)
        self._run.clear()

    def open(self, tag: str) -> None:
        self.cut()
        if tag in _VOID:
            self._end(tag)
        else:
            self._open.append(tag)
            self._count[tag] += 1

    def close(self, tag: str) -> None:
        self.cut()
        while self._count[tag]:
            last = self._open.pop()
            self._count[last] -= 1
            self._end(last)
            if last == tag:
                return

    def text(self) -> str:
        self.cut()
        while self._open:
            self._end(self._open.pop())
        return "".join(self._parts)

    def _end(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._parts.append("\n")


def _character(found: re.Match[str]) -> str:
    """What an entity stands for; ``&name`` when nothing does. Numbers below 256 are those of Windows-1252."""
    if found["name"]:
        return html5.get(found["name"] + ";", "&" + found["name"])
    number = int(found["decimal"]) if found["decimal"] else int(found["hexadecimal"], 16)
    if number < 256:
        try:
            return bytes((number,)).decode("windows-1252")
        except UnicodeDecodeError:
            pass
    return chr(number) if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
