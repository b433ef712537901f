"""Which contracts of a trade carry a clause in a region? Counted and named by SQL, from DECP and from notices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from scanner.approach import Kin, Rate, Similar
from scanner.shelves.ledger import Row, Rows, as_list
from scanner.shelves.prospects import SAID, SOCIAL, departements_of

#: Contracts of less than that many euros are not compared: DECP declares the social content of larger ones.
FLOOR = 90_000.0
#: Contracts, and tenders, named for a trade: one more than a sheet shows, which leaves its own out.
NAMED = 4
_PLACE = "contract_buyers b CROSS JOIN contracts c ON c.buyer = b.siret"
_COUNTED = f"""b.departement IN (SELECT value FROM json_each(?1)) AND c.notified >= ?2 AND {SAID}
    AND coalesce(c.corrected, c.amount) >= {FLOOR} AND c.cpv IS NOT NULL
    AND c.anomalies NOT LIKE '%doublon_probable%' AND c.anomalies NOT LIKE '%date_%'"""
_RATES = f"""
SELECT c.cpv, count(*) AS known, CAST(total({SOCIAL}) AS INTEGER) AS social, min(c.notified) AS first,
    max(c.notified) AS last FROM {_PLACE} WHERE {_COUNTED} GROUP BY c.cpv
"""
_CONTRACTS = f"""
SELECT c.cpv, c.buyer AS siret, c.number, c.notified AS day, b.name AS buyer, c.object AS title, c.social
FROM {_PLACE} WHERE {_COUNTED} AND {SOCIAL} ORDER BY c.notified DESC, c.buyer, c.number
"""
_NOTICES = """
SELECT json_extract(l.segment, '$.segment.prefix') AS cpv, n.id, n.tender, n.published AS day, n.buyer, n.title,
    l.status, n.url FROM lots l JOIN notices n ON n.id = l.notice
WHERE l.status IN ('reserve', 'objet_insertion', 'clause') AND l.segment IS NOT NULL AND n.published >= ?1
    AND n.kind IN ('call', 'award')
ORDER BY n.published DESC, n.id, l.position
"""
_DEVICES = {"reserve": "réservé", "objet_insertion": "objet d'insertion", "clause": "clause d'insertion"}
_SOCIALS = {"clause_sociale_generique": "clause sociale", "critere_social": "critère social",
    "reserve_indetermine": "réservé"}  # fmt: skip


def similar(rows: Rows, asked: Iterable[tuple[str, str]], since: date) -> dict[tuple[str, str], Similar]:
    """What is known of each (CPV prefix, region's name) from ``since`` on; zero contracts are told as such."""
    wanted, day = sorted(set(asked)), since.isoformat()
    notices = rows(_NOTICES, (day,))
    found = {}
    for region in sorted({region for _, region in wanted}):
        places = as_list(departements_of(region))
        rates, contracts = (rows(query, (places, day)) if region else [] for query in (_RATES, _CONTRACTS))
        for prefix, _ in (one for one in wanted if one[1] == region):
            found[prefix, region] = Similar(
                prefix, region, FLOOR, _rate([row for row in rates if _under(row, prefix)]),
                tuple(_contracts(contracts, prefix)), tuple(_announced(notices, prefix)),
            )  # fmt: skip
    return found


def _under(row: Row, prefix: str) -> bool:
    return bool(prefix) and str(row["cpv"]).startswith(prefix)


def _rate(rows: list[Row]) -> Rate:
    if not rows:
        return Rate()
    first, last = min(row["first"] for row in rows), max(row["last"] for row in rows)
    days = (date.fromisoformat(day[:10]) for day in (first, last))
    return Rate(sum(row["known"] for row in rows), sum(row["social"] for row in rows), *days)


def _contracts(rows: list[Row], prefix: str) -> Iterator[Kin]:
    for row in [row for row in rows if _under(row, prefix)][:NAMED]:
        device = ", ".join(_SOCIALS[code] for code in row["social"].split(", ") if code in _SOCIALS)
        yield Kin(
            f"decp:{row['siret']}/{row['number']}", date.fromisoformat(row["day"][:10]), row["buyer"] or row["siret"],
            row["title"] or "", device,
        )  # fmt: skip


def _announced(rows: list[Row], prefix: str) -> Iterator[Kin]:
    """One line a tender."""
    tenders: dict[str, Row] = {}
    for row in rows:
        if _under(row, prefix):
            tenders.setdefault(row["tender"], row)
    for row in [*tenders.values()][:NAMED]:
        day = date.fromisoformat(row["day"])
        yield Kin(row["id"], day, row["buyer"], row["title"], _DEVICES[row["status"]], row["url"], row["tender"])
