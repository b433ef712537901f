"""Valid records of every form that is read, invented: what mutations start from. And reading one to its end."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from nlp.classify import classify
from scanner.finding import Classification
from scanner.issues import Issue
from scanner.limits import Limits, defaults
from scanner.normalise import normalise
from scanner.notice import Notice, RawNotice
from scanner.sample import generator, projects
from scanner.source import load
from spiders.formats import parse

MOMENT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
LEGACY = """<?xml version="1.0" encoding="UTF-8"?><ANNONCE><GESTION><REFERENCE><IDWEB>16-1</IDWEB><TYPE_AVIS>
<NATURE><APPEL_OFFRE/></NATURE><FAMILLE><JOUE/></FAMILLE><STATUT><INITIAL/></STATUT></TYPE_AVIS></REFERENCE>
<INDEXATION><DATE_PUBLICATION>2016-03-01</DATE_PUBLICATION><RESUME_OBJET>Voirie</RESUME_OBJET></INDEXATION></GESTION>
<DONNEES><IDENTITE><DENOMINATION>Ville</DENOMINATION><URL_DOCUMENT>https://dce.example.org/1</URL_DOCUMENT></IDENTITE>
<OBJET><TITRE_MARCHE>Voirie</TITRE_MARCHE><OBJET_COMPLET>Le lot 1 est réservé aux ESAT.</OBJET_COMPLET>
<LOTS><LOT><NUM>1</NUM><INTITULE>Pavage</INTITULE></LOT><LOT><NUM>2</NUM><INTITULE>Enrobés</INTITULE></LOT></LOTS>
</OBJET></DONNEES></ANNONCE>"""


@dataclass(frozen=True)
class Read:
    """What became of one record: a notice or a rejection, never neither."""

    notice: Notice | None
    reading: Classification | None
    issues: tuple[Issue, ...]

    @property
    def rejections(self) -> tuple[Issue, ...]:
        return tuple(issue for issue in self.issues if issue.level == "rejected")


def read(source: str, body: bytes, limits: Limits | None = None) -> Read:
    """One record through parse, normalise and classify, as a run does but without its net: what raises, raises."""
    raw = RawNotice(source, "26-1", "https://avis.example.org/1", MOMENT, body)
    draft, issues = parse(raw, limits or defaults())
    if draft is None:
        return Read(None, None, tuple(issues))
    notice, more = normalise(draft, load(source))
    return Read(notice, classify(notice), (*issues, *more))


@cache
def samples() -> tuple[tuple[str, bytes], ...]:
    """(source, body) of each form: those of BOAMP, the old one, eForms and R2.0.9 of TED, APProch."""
    boamp = {tuple(json.loads(one["donnees"])): one for one in generator.notices(12)}
    ted = Path(__file__).parents[1] / "spiders" / "ted"
    return (
        *(("boamp", json.dumps(one, ensure_ascii=False).encode()) for one in boamp.values()),
        ("boamp", LEGACY.encode()),
        *(("ted", (ted / name).read_bytes()) for name in ("eforms.xml", "r209.xml")),
        ("approch", json.dumps(projects.records()[0], ensure_ascii=False).encode()),
    )


def mapa(**fields: object) -> bytes:
    """An adapted-procedure record whose form holds ``fields``."""
    form = {"description": {"objet": "Entretien"}, **fields}
    body = {"MAPA": {"organisme": {"acheteurPublic": "Ville"}, "initial": form}}
    index = {"idweb": "26-1", "dateparution": "2026-11-20", "famille": "MAPA", "nature": "APPEL_OFFRE"}
    return json.dumps({**index, "donnees": json.dumps(body)}).encode()
