"""Does a field that goes ever raise a score, and does its absence show? Many invented notices, every field in turn.

Each notice is read again from its words to its score without the field: status, trade, practice and all.
"""

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from random import Random

import pytest

from nlp.classify import classify
from nlp.segments import lot_segment
from scanner.appraisal import Opportunity, Practice
from scanner.appraise import _Appraiser, _asked
from scanner.notice import Amount, Buyer, Coded, Lot, Notice, Passage, Place
from scanner.opportunity.assumptions import defaults
from scanner.shelves.appreciations import Told
from scanner.shelves.practice import Asked

RANDOM = Random(5)
CODES = (
    (), ("90910000",), ("45210000",), ("48000000",), ("72000000",), ("09134200",), ("15800000",), ("39100000",),
    ("77310000",), ("98310000",), ("79530000",), ("90",), ("34100000", "50110000"), ("45000000", "71000000"),
)  # fmt: skip
TITLES = (
    "Nettoyage des locaux", "Fourniture de logiciels", "Lot unique", "Travaux de peinture", "Carburants",
    "Entretien des espaces verts", "Fourniture et pose de mobilier", "Maîtrise d'œuvre", "Denrées alimentaires",
    "Assurance des véhicules", "Maintenance des ascenseurs",
)  # fmt: skip
SENTENCES = (
    "Clause sociale d'insertion facultative, à la discrétion du titulaire.",
    "Le marché comporte des considérations sociales.", "Critère social : insertion, 10 points.",
    "Opération en quartier prioritaire.", "Urgence impérieuse.", "Livraison avec pose et installation.",
    "Nettoyage quotidien des bureaux.",
)  # fmt: skip
AMOUNTS = (
    None, Amount(30_000.0), Amount(90_000.0), Amount(900_000.0), Amount(ceiling=900_000.0), Amount(high=100_000.0),
    Amount(low=70_000.0, high=300_000.0), Amount(1_000.0, ceiling=900_000.0), Amount(900_000.0, currency="XPF"),
)  # fmt: skip
MONTHS = (None, 1.0, 4.0, 8.0, 24.0)
BUYERS = (
    (), (Buyer("Commune de Valrive", siret="21690123400015", postcode="69001"),),
    (Buyer("Commune d'Aval", siren="213401230", nuts="FRJ13"),), (Buyer("CHU d'Amont", siret="26330581100013"),),
)  # fmt: skip
#: What a notice cannot be without, what only names it, and its unit: without its lots it is another contract.
KEPT = {"id", "source", "key", "kind", "published", "lots", "read_in_full", "shape"}


def invented() -> Notice:
    pick = RANDOM.choice
    title, more = pick(TITLES), tuple(RANDOM.sample(SENTENCES, RANDOM.randrange(3)))
    lots = tuple(_lot(str(number)) for number in range(1, 1 + pick((0, 0, 1, 2, 3))))
    return Notice(
        "boamp:26-1", "boamp", "26-1", pick(("call", "planning")), date(2026, 11, 18), title,
        description=pick(("", pick(TITLES))), buyers=pick(BUYERS), cpv=pick(CODES),
        departements=pick(((), ("69",), ("974",), ("33", "34"))), deadline=datetime(2026, 12, 18, 11, tzinfo=UTC),
        amount=pick(AMOUNTS), duration_months=pick(MONTHS), lots=lots,
        passages=(Passage("title", None, title), *(Passage("conditions", None, text) for text in more)),
        coded=pick(((), (Coded("criteres", None, "sociaux"),))), places_source="execution",
        shape=pick(("", "", "", "projet")), contract_types=pick(((), ("services",), ("travaux",))),
    )  # fmt: skip


def _lot(number: str) -> Lot:
    pick = RANDOM.choice
    return Lot(
        number, pick(("", pick(TITLES))), pick(("", pick(SENTENCES))), pick(CODES),
        pick(((), (Place("Lyon", departement="69"),))), pick(AMOUNTS), pick(MONTHS),
    )  # fmt: skip


def appraised(notice: Notice) -> dict[str | None, Opportunity]:
    reading = classify(notice)
    segments = {
        lot.number if lot else None: found for lot in notice.lots or (None,) if (found := lot_segment(notice, lot))
    }
    told = Told(notice.id, notice, reading, segments)
    asked = _asked(told)
    habits = {one: habit for one in asked.values() if (habit := _habit(one))}
    return {one.lot: one for one in _Appraiser((), defaults()).opportunities(told, asked, habits)}


def _habit(asked: Asked) -> Practice | None:
    """An engaged buyer, one that is not, an unknown one; the trades of one region differ from those of another."""
    own = {"216901234": (12, 3), "213401230": (9, 0)}.get(asked.siren, (0, 0))
    peers = (40, 0 if asked.division in ("90", "48") else 12) if asked.region else (0, 0)
    return (
        Practice(*own, *peers, f"CPV {asked.division}, {asked.region}", "2026", "2026") if sum((*own, *peers)) else None
    )


def _guessed(found: Opportunity) -> bool:
    """Whether the words that are left tell another trade, and it is said: what no code tells rests upon all words."""
    told = " ".join(found.reasons)
    return "métier déduit de l'intitulé" in told or "points d'un autre métier possible" in told


def without(notice: Notice) -> Iterator[tuple[str, Notice]]:
    """The notice without each of its fields, those of its lots and of its buyer, and each of its passages."""
    for name, bare in _bare(notice):
        yield name, bare
    for rank, lot in enumerate(notice.lots):
        for name, bare_lot in _bare(lot):
            if name != "number":
                yield f"lot.{name}", replace(notice, lots=(*notice.lots[:rank], bare_lot, *notice.lots[rank + 1 :]))
    for name, buyer in _bare(notice.buyers[0]) if notice.buyers else ():
        yield f"buyer.{name}", replace(notice, buyers=(buyer, *notice.buyers[1:]))
    for rank, _ in enumerate(notice.passages):
        yield "passage", replace(notice, passages=notice.passages[:rank] + notice.passages[rank + 1 :])


def _bare(value):  # type: ignore[no-untyped-def]
    for field in fields(value):
        known = getattr(value, field.name)
        empty = type(known)() if isinstance(known, str | tuple) else None
        if field.name not in KEPT and known not in (empty, None):
            yield field.name, replace(value, **{field.name: empty})


@pytest.mark.parametrize("notice", [invented() for _ in range(150)], ids=range(150))
def test_no_field_that_goes_raises_a_score_and_its_absence_shows(notice):
    before = appraised(notice)
    for name, bare in without(notice):
        after = appraised(bare)
        for lot in before.keys() & after.keys():
            if name.removeprefix("lot.") in ("title", "description") and _guessed(after[lot]):
                continue
            assert after[lot].score <= before[lot].score, (name, lot, before[lot].reasons, after[lot].reasons)
            if after[lot].score < before[lot].score:
                assert set(after[lot].reasons) != set(before[lot].reasons), name
