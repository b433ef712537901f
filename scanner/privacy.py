"""Whose mailbox is it? Only those of services are published; what looks like a person's, or is doubtful, is masked.

Masking keeps the length, so that the offsets of quotes hold. The rule is data: ``privacy.yml``. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from scanner.datafile import DataFileError, only, read_yaml, texts

_FILE = Path(__file__).with_name("privacy.yml")
#: How a mailbox is written, in words too. « (a) » also numbers a list: a known end of domain must follow.
_DOMAIN = r"(?=[\w.-]{2,100}\.(?:fr|com|org|net|eu|re)\b)"
_AT = (
    r"[@\uff20]|&#64;|%40| ?[(\[{] ?(?:at|arobase) ?[)\]}] ?| arobase "
    rf"| ?[(\[{{] ?a ?[)\]}}] ?{_DOMAIN}| ?[@\uff20] ?{_DOMAIN}"
)
#: The local part is looked for backwards from the sign, so that a text costs its length and no more.
_MAIL = re.compile(rf"(?<![\w.+-])([\w.+-]{{1,200}})({_AT})(?=\w)([\w.-]{{2,120}})", re.IGNORECASE)
#: What a text without mailbox does not hold.
_SIGN = re.compile(r"[@\uff20]|&#64;|%40|[(\[{] ?(?:at?|arobase) ?[)\]}]| arobase ", re.IGNORECASE)
#: A day (« 06.12.2026 10 h ») is no number to call.
_DAY = r"0[67][ .\u00a0-](?:0\d|1[0-2])[ .\u00a0-](?:19|20)\d\d(?!\d)"
_GAP = r"[ .\u00a0\u2009\u202f-]"
_MOBILE = re.compile(
    rf"(?<![\d+])(?!{_DAY})(?:\(?(?:\+|00)33\)?{_GAP}?(?:\(0\){_GAP}?)?|0)"
    rf"(?:[67](?:{_GAP}?\d{{2}}){{4}}| ?[67](?: \d){{8}})(?!\d)"
)
_WORDS = re.compile(r"[^a-z]+")
_SEPARATED = re.compile(r"\w")
#: Fields that name or lead to something: masking them would break them.
_NAMES = frozenset({"id", "key", "tender", "notice", "siret", "siren", "url", "documents_url", "profile_url"})
#: What stands for each letter that is not shown.
MASK = "•"
LONGEST_MONTHS = 600

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Privacy:
    """``personal``: mailboxes and mobile numbers that look personal are shown too. ``months``: 0 keeps everything."""

    personal: bool = False
    months: int = 0


def privacy(entry: Mapping[str, Any], where: str) -> Privacy:
    """The settings of ``[vie_privee]``. DataFileError on an unknown key, another type or a negative age."""
    read = only(entry, where, {}, {"boites_personnelles": bool, "conservation_mois": int})
    months = read.get("conservation_mois", 0)
    if not 0 <= months <= LONGEST_MONTHS:
        raise DataFileError(
            f"{where} : « conservation_mois » vaut {months} ; de 0 (tout garder) à {LONGEST_MONTHS} est attendu."
        )
    return Privacy(read.get("boites_personnelles", False), months)


def of_service(mail: str) -> bool:
    """Whether a mailbox is a service's: ``marches@``, ``mairie.x@``, ``sictom@sictom.fr``. False when in doubt."""
    local, _, domain = _plain(mail).rpartition("@")
    words = [word for word in _WORDS.split(local) if word]
    if not words:
        return False
    if local == domain.partition(".")[0]:
        return True
    rules = _rules()
    first, *others = words
    if first in rules["service"]:
        return len(first) > int(rules["short"]) or rules["service"] | rules["anywhere"] >= set(others)
    return len(first) > int(rules["initial"]) and any(word in rules["anywhere"] for word in others)


def contact_mail(mail: str | None, settings: Privacy) -> str:
    """The mailbox to publish: the address alone, no name beside it; empty when there is none or it is a person's."""
    found = _MAIL.search(mail or "")
    address = f"{found[1]}@{found[3]}" if found else ""
    return address if address and (settings.personal or of_service(address)) else ""


def contact_phone(phone: str | None, settings: Privacy) -> str:
    """The telephone number to publish; empty for a mobile one."""
    return phone if phone and (settings.personal or not _MOBILE.search(phone)) else ""


def masked_text(text: str, settings: Privacy) -> str:
    """``text`` where what names a person's mailbox or mobile is replaced by ``•``; always of the same length."""
    if settings.personal:
        return text
    if _SIGN.search(text):
        text = _MAIL.sub(_mailbox, text)
    return _MOBILE.sub(lambda found: re.sub(r"\d", MASK, found[0]), text)


def masked_row(columns: Sequence[str], row: Sequence[Any], settings: Privacy) -> tuple[Any, ...]:
    """A row of a table with every text masked, but for those that name or lead to something."""
    return tuple(
        masked_text(value, settings) if isinstance(value, str) and name not in _NAMES else value
        for name, value in zip(columns, row, strict=True)
    )


def masked(value: T, settings: Privacy) -> T:
    """``value`` (dataclasses, tuples, lists, dictionaries of texts) with every text masked: an edition, an item…"""
    return value if settings.personal else _deep(value, settings)


def _deep(value: Any, settings: Privacy) -> Any:
    if isinstance(value, str):
        return masked_text(value, settings)
    if isinstance(value, tuple | list | frozenset | set):
        made = [_deep(one, settings) for one in value]
        return type(value)(made) if made != list(value) else value
    if isinstance(value, Mapping):
        return {key: _deep(one, settings) for key, one in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        old = {one.name: getattr(value, one.name) for one in fields(value) if one.init}
        new = {name: one if name in _NAMES else _deep(one, settings) for name, one in old.items()}
        changed = {name: one for name, one in new.items() if one is not old[name]}
        return replace(value, **changed) if changed else value
    return value


def _mailbox(found: re.Match[str]) -> str:
    local, at, domain = found.groups()
    if of_service(f"{local}@{domain}"):
        return found[0]
    return _SEPARATED.sub(MASK, local) + at + domain


def _plain(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))


@cache
def _rules() -> dict[str, Any]:
    read = only(read_yaml(_FILE), _FILE.name, {"service": list, "anywhere": list, "initial": int, "short": int})
    return {**read, **{name: frozenset(texts(read[name], _FILE.name)) for name in ("service", "anywhere")}}
