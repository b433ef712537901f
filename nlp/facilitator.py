"""Whom does the notice name to help with its clause? The guichet or facilitator's organisation, never a person."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from nlp.rules import compile_pattern

#: What a facilitator is called when the notice gives only a person or the trade.
UNNAMED = "facilitateur désigné dans l'avis"
#: How far from the organisation the words that make it a guide are looked for, in characters.
_NEAR = 120
#: The rest of a name: linking words, common nouns of territories, words with a capital (no title of a person).
_NAME = re.compile(
    r"(?:[ \xa0]?(?:(?:de|du|des|la|le|les|et|en|pour|sur)(?=[ \xa0])|(?:l|d)['’\x92]"
    r"|(?:emploi|formation|bassin|pays|territoire|ville|agglomération|métropole|département|communauté|insertion"
    r"|économie|clauses?|sociales?|entreprise|parisien|nord|sud|est|ouest)\b"
    r"|(?!M\b|Mr\b|Mme|Monsieur|Madame|Mlle|Tél|Contact|BP\b|CS\b|Le\b|La\b|Les\b)(?:[A-ZÉÈÎÔ][a-zà-ÿ-]+|[A-ZÉ]{2,}\b)"
    r"))+"
)
_LINKS = re.compile(r"(?:[ \xa0]+(?:de|du|des|la|le|les|et|en|pour|sur)|[ \xa0]+(?:l|d)['’\x92])+$")


@cache
def _patterns() -> tuple[Any, Any, Any]:
    where = "vocabulary.yml"
    return (
        compile_pattern("<guichet>", where),
        compile_pattern("<guiding>", where),
        compile_pattern("<followed> (?:[a-z]+ )?(?:du |au |d'un |par |a la |de la )?$", where),
    )  # fmt: skip


def facilitator(text: str, folded: str) -> str:
    """The organisation as ``text`` writes it; ``UNNAMED`` for a person or a bare mention; "" when nobody is named."""
    named, guiding, public = _patterns()
    names = [""]
    for found in named.finditer(folded):
        before = folded[max(0, found.start() - _NEAR) : found.start()]
        around = before + folded[found.end() : found.end() + _NEAR]
        if public.search(before):
            continue
        if found.group().startswith("facilitat"):
            names.append(UNNAMED)
        elif guiding.search(around):
            names.append(_whole(text, found.start(), found.end()))
    return max(names, key=lambda name: (name != UNNAMED and bool(name), len(name)))


def _whole(text: str, start: int, end: int) -> str:
    tail = _NAME.match(text, end)
    name = text[start : tail.end() if tail else end]
    return _LINKS.sub("", name).strip()
