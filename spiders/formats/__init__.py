"""How do the bytes of a source become a Draft? One parser per source, pure: no network, no Scrapy."""

from __future__ import annotations

from scanner.issues import Issue
from scanner.notice import Draft, RawNotice
from spiders.formats import approch, boamp, ted

PARSERS = {"approch": approch.parse, "boamp": boamp.parse, "ted": ted.parse}


def parse(raw: RawNotice) -> tuple[Draft | None, list[Issue]]:
    """The Draft of what the source sent, and its issues; None, with a rejected Issue, when it cannot be read."""
    parser = PARSERS.get(raw.source)
    if parser is None:
        message = (
            f"Aucun lecteur pour la source « {raw.source} » ; ajoutez-le à PARSERS dans spiders/formats/__init__.py."
        )
        return None, [Issue(raw.source, raw.key, "source_sans_lecteur", message, level="rejected")]
    return parser(raw)
