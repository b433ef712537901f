"""Is a record fit to be read? Its size, values and depth are weighed before and just after it is opened, cheaply.

Counting ``{``, ``[`` and ``,`` (``<`` for XML) bounds the memory that opening takes before any of it is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from scanner.limits import Exceeded, Limits, check
from scanner.notice import Draft

#: What a record of another shape than announced raises: it is rejected, whatever it is made of.
UNREADABLE = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError)


def weigh(body: bytes, limits: Limits) -> None:
    """Raises Exceeded when a raw record is too large, or would open into too many values."""
    check("octets", len(body), limits)
    markup = body[:100].lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<")
    if len(body) > limits.valeurs:  # a shorter one cannot hold as many
        check("valeurs", body.count(b"<") + body.count(b"=") if markup else values(body), limits)


def opened(text: bytes | str, what: str, limits: Limits) -> dict[str, Any]:
    """A JSON object. ValueError (French) when it is none, Exceeded when it holds too much or is nested too deep."""
    if len(text) > limits.valeurs:
        check("valeurs", values(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")), limits)
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if "ecursion" in str(error):
            raise Exceeded("profondeur", limits.profondeur) from error
        raise ValueError(f"{what} : JSON invalide ({error})") from error
    if not isinstance(value, dict):
        raise ValueError(f"{what} : un objet JSON est attendu")
    if _deeper(value, limits.profondeur):
        raise Exceeded("profondeur", limits.profondeur)
    return value


def measure(draft: Draft, limits: Limits) -> None:
    """Raises Exceeded when a notice has too many lots or passages, or too long a text."""
    check("lots", len(draft.lots), limits)
    check("passages", len(draft.passages), limits)
    for passage in draft.passages:
        check("passage_caracteres", len(passage.text), limits)
    check("passage_caracteres", len(draft.description), limits)
    for text in _short(draft):
        check("titre_caracteres", len(text), limits)


def _short(draft: Draft) -> Iterator[str]:
    """The texts that are shown and compared whole: titles, names, addresses, numbers."""
    yield from (draft.title, draft.url, draft.documents_url, draft.profile_url, draft.reference, *draft.holders)
    for buyer in draft.buyers:
        yield from filter(None, (buyer.name, buyer.email, buyer.phone, buyer.street, buyer.city))
    for lot in draft.lots:
        yield from (lot.number, lot.title)
        yield from (place.text for place in lot.places)
    yield from (place.text for place in draft.places)


def values(text: bytes) -> int:
    """How many values a JSON text opens into: never under-counted, save for the scalars of its own last member."""
    return text.count(b"[") + text.count(b"{") + text.count(b",") + text.count(b":") // 2


def _deeper(value: Any, most: int) -> bool:
    """Whether containers are nested deeper than ``most``, level by level, without recursion."""
    level = [value]
    for _ in range(most):
        level = [
            child
            for one in level
            for child in (one.values() if isinstance(one, dict) else one)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True
