"""How do the bytes of a source become a Draft? One parser per source, pure: no network, no Scrapy."""

from __future__ import annotations

import re

from scanner.issues import Issue
from scanner.limits import Exceeded, Limits, defaults, rejection
from scanner.notice import Draft, RawNotice
from spiders.formats import approch, boamp, ted
from spiders.formats.guard import measure, weigh

PARSERS = {"approch": approch.parse, "boamp": boamp.parse, "ted": ted.parse}

#: A key names a notice in addresses and files: no separator, no step upwards, no blank, nothing invisible.
_KEY = re.compile(r"(?!.*\.\.)[^\W_](?:[\w.:()+-]{0,198}[\w)])?")


def parse(raw: RawNotice, limits: Limits | None = None) -> tuple[Draft | None, list[Issue]]:
    """The Draft of what the source sent, and its issues; None, with a rejected Issue, when it cannot be read.

    ``limits`` are those of ``limits.yml`` unless given; what exceeds them is rejected too.
    """
    limits = limits or defaults()
    parser = PARSERS.get(raw.source)
    if parser is None:
        message = (
            f"Aucun lecteur pour la source « {raw.source} » ; ajoutez-le à PARSERS dans spiders/formats/__init__.py."
        )
        return None, [Issue(raw.source, raw.key, "source_sans_lecteur", message, level="rejected")]
    try:
        weigh(raw.body, limits)
        draft, issues = parser(raw, limits)
        if draft is not None:
            measure(draft, limits)
    except Exceeded as error:
        return None, [rejection(raw.source, raw.key, error)]
    if draft is not None and not _KEY.fullmatch(draft.key):
        message = (
            f"Avis rejeté, son identifiant « {draft.key[:80]} » ne peut nommer ni fichier ni adresse ; il reste en "
            "archive, vérifiez l'avis à la source."
        )
        return None, [Issue(raw.source, raw.key, "identifiant_inadmissible", message, level="rejected")]
    return draft, issues
