"""Invented editions: nothing here was ever published."""

from datetime import UTC, date, datetime

from scanner.edition import Coverage, Edition, Item, ItemLot
from scanner.finding import Finding, Hours
from tests.chances import chance

REFERENCE = date(2026, 11, 23)


def finding(label="reserve_ea_esat", quote="Le lot 2 est réservé aux ESAT.", **changes):
    known = dict(reading="affirmed", passage=0, field="conditions", lot=None, start=0, end=len(quote), rule="r")
    return Finding(label=label, quote=quote, **{**known, **changes})


def lot(number, status="rien", *findings, score=None, title=""):
    opportunity = None if score is None else chance(number, score, "métier")
    return ItemLot(number, title or f"Intitulé {number}", status, tuple(findings), opportunity)


def item(key="26-1", *lots, **changes):
    known = dict(
        tender=f"boamp:{key}", notice=f"boamp:{key}", kind="call", title="Entretien des espaces verts",
        buyer="Ville de Fontclaire", siret=None, first_published=date(2026, 11, 18), published=date(2026, 11, 18),
        deadline=datetime(2026, 12, 14, 11, 0, tzinfo=UTC), departements=("34",), places_source="execution",
        place="Fontclaire", url="https://avis.example.org/1", documents_url="https://dce.example.org/1",
    )  # fmt: skip
    return Item(lots=lots, **{**known, **changes})


RESERVED = item(
    "26-1", lot(None), lot("1"), lot("2", "reserve", finding(), title="Massifs"), title="Entretien des parcs"
)
CLAUSED = item("26-2", lot(None, "clause", finding("clause_insertion", hours=(Hours(1210, "year"),))))
WHOLE = Coverage("boamp", date(2026, 11, 20), 1412, 1412, 1412, 0, 0, True)
BROKEN = Coverage("boamp", date(2026, 11, 20), 1412, 1400, 1400, 0, 12, False)


def edition(*items, coverage=(WHOLE,), departements=("34",), **changes):
    known = dict(
        reference=REFERENCE, since=date(2026, 11, 16), until=date(2026, 11, 22), territory="Hérault",
        read=1412, base_url="https://veille.example.org",
    )  # fmt: skip
    return Edition(items=items, coverage=coverage, departements=departements, **{**known, **changes})
