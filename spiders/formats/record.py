"""What does the index of a BOAMP record say? The Draft of its index fields, that each body reader completes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scanner.notice import Buyer, Coded, Draft
from spiders.formats.text import leaf, name_of, plain, url_of


def texts_of(value: Any) -> tuple[str, ...]:
    """A list field of the index, null and empty strings dropped, each value once."""
    values = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(v.strip() for v in values if isinstance(v, str) and v.strip()))


def earlier_ids(*values: Any) -> tuple[str, ...]:
    """Notice ids (``boamp:25-1``) of the idweb found in lists, leaves or ``{"IDWEB": …}``."""
    found: dict[str, None] = {}
    for value in values:
        for one in value if isinstance(value, list) else [value]:
            text = leaf(one.get("IDWEB") if isinstance(one, dict) and "IDWEB" in one else one)
            if text:
                found.setdefault("boamp:" + text)
    return tuple(found)


def from_index(record: Mapping[str, Any], source: str, key: str, url: str) -> Draft:
    """The Draft of the index fields alone (shape ``index``): title cut at 200 characters, display name of the buyer."""

    def text(field: str) -> str:
        value = record.get(field)
        return value.strip() if isinstance(value, str) else ""

    buyer = name_of(text("nomacheteur"))
    family = text("famille").upper()
    return Draft(
        source=source,
        key=key,
        family=family,
        nature=text("nature").upper(),
        status=text("etat").upper(),
        published=text("dateparution")[:10],
        title=plain(text("objet")),
        shape="index",
        buyers=(Buyer(buyer),) if buyer else (),
        publication_departements=texts_of(record.get("code_departement")),
        deadline=text("datelimitereponse"),
        deadline_style="offset" if family == "JOUE" else "paris",
        contract_types=texts_of(record.get("type_marche")),
        procedure=text("type_procedure"),
        coded=tuple(Coded("criteres", None, c) for c in texts_of(record.get("criteres")) if c == "sociaux"),
        earlier=earlier_ids(record.get("annonce_lie")),
        folder_id=text("contractfolderid"),
        url=url_of(text("url_avis")) or url,
        holders=tuple(dict.fromkeys(name_of(h) for h in texts_of(record.get("titulaire")))),
    )
