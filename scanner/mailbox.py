"""Whose mailbox is it? That of a service may be published; any other may be a named person's and is hidden.

Hiding keeps the length of a text, in code points: the places of quotes stay true.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import re2

from scanner.datafile import only, read_yaml, texts

_WORDS = Path(__file__).with_name("mailboxes.yml")
#: Linear whatever the text; wide on purpose, so that an accented name is hidden whole.
_ADDRESS = re2.compile(r"""([^\s@<>()\[\],;:"'’«»|=/\\]+)@[^\s@<>()\[\],;:"'’«»|=/\\]+""")


def without_personal_mailboxes(text: str) -> str:
    """``text`` where each address that is not surely a service's has dots in place of its owner; same length."""
    if "@" not in text:
        return text
    hidden: str = _ADDRESS.sub(_hidden, text)
    return hidden


def is_service(local: str) -> bool:
    """Whether the part before ``@`` is made of words of services (``mailboxes.yml``) and digits only."""
    folded = unicodedata.normalize("NFKD", local.casefold()).encode("ascii", "ignore").decode()
    return bool(_service().fullmatch(folded))


def _hidden(found: Any) -> str:
    address, local = str(found.group(0)), str(found.group(1))
    return address if is_service(local) else "•" * len(local) + address[len(local) :]


@cache
def _service() -> Any:
    content = only(read_yaml(_WORDS), _WORDS.name, {"service": list})
    words = "|".join(sorted(map(re2.escape, texts(content["service"], _WORDS.name))))
    return re2.compile(rf"[0-9._+-]*(?:{words})(?:[0-9._+-]*(?:{words}))*[0-9._+-]*")
