"""How is a text of unknown origin shown? Cleaned in this one place; passages and their offsets stay as received."""

from __future__ import annotations

import re

#: What no screen, XML or mail should receive: controls, lone surrogates, noncharacters.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
#: Marks that turn the reading direction around, and invisible tags: a text may say one thing and show another.
_UNSEEN = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]")
#: U+0085 is a line end, which a terminal may take for an order.
_LINE = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_IN_JSON = re.compile("[\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def clean(text: str) -> str:
    """``text`` on one line, fit for XML, HTML, mail and terminal; an illegal character becomes U+FFFD."""
    return " ".join(_shown(text).split())


def clean_lines(text: str) -> str:
    """The same for a text whose line ends and tabs matter: a screen of ``explain``."""
    return "\n".join(_shown(line) for line in _LINE.split(text))


def one_sentence(text: str, most: int = 1000) -> str:
    """``text`` clean and of ``most`` characters at most: a message that quotes what it refuses, its end kept."""
    told = text if text.isascii() and text.isprintable() else clean(text)
    if len(told) <= most:
        return told
    return f"{told[: most // 2]} […] {told[-(most // 2 - 5) :]}"


def clean_json(written: str) -> str:
    """JSON text whose strings escape what a terminal would obey or hide; it reads back to the same values."""
    return _IN_JSON.sub(lambda found: f"\\u{ord(found.group()):04x}", written)


def _shown(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", _UNSEEN.sub("", text))
