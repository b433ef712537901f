"""Under which address is a thing found? File names made of ``a-z 0-9 -`` only, the same for the same thing."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from feeds.entry import clean
from scanner.edition import Item

_PLAIN = re.compile(r"[a-z]{1,20}:[0-9a-z]+(-[0-9a-z]+)*")
_LENGTH = 60


def consultation(tender: str) -> str:
    """The page of a tender: ``consultations/boamp-26-110029.html``."""
    plain = _PLAIN.fullmatch(tender) and len(tender) <= _LENGTH
    return f"consultations/{tender.replace(':', '-') if plain else _named(tender)}.html"


def buyer(item: Item) -> str:
    """The page of a buyer, by its SIREN; failing that by its name and département; empty when it has no name.

    A name alone is never joined to another one: pages state facts.
    """
    siret = item.siret or ""
    if re.fullmatch(r"\d{14}", siret) and siret.isascii():
        return f"acheteurs/{siret[:9]}.html"
    name = clean(item.buyer)
    return f"acheteurs/{_named(name, ' '.join((name.casefold(), *sorted(item.departements)[:1])))}.html" if name else ""


def departement(code: str) -> str:
    """The page of a département; the empty code is that of the tenders without a known place."""
    plain = re.fullmatch(r"[0-9]{2,3}|2[AB]", code)
    return f"departements/{code if plain else _named(code) if code else 'lieu-inconnu'}.html"


def week(name: str) -> str:
    """The page of a week: ``semaines/2026-W47.html``."""
    return f"semaines/{name}.html"


def _named(text: str, key: str | None = None) -> str:
    """The letters of a name that every file system takes, then a digest of ``key``: two names never meet."""
    digest = hashlib.sha256((text if key is None else key).encode("utf-8", "surrogatepass")).hexdigest()[:10]
    return f"{_folded(text)[:_LENGTH].strip('-') or 'x'}-{digest}"


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text[:500]).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
