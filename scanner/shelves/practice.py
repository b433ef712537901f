"""How often do a buyer and its neighbours declare a social consideration? Counted by SQL from awarded contracts (DECP).

Only contracts whose social considerations are known count; a contract is never loaded. ``rows`` is that of
``scanner.shelves.ledger``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from scanner.appraisal import Practice
from scanner.shelves.ledger import Row, Rows, as_list, grouped
from scanner.shelves.prospects import SAID, SOCIAL, departements_of

_SAID = f"total({SAID}) AS known, total({SOCIAL}) AS social, min(c.notified) AS first, max(c.notified) AS last"
_COUNTED = "c.social IS NOT NULL AND c.anomalies NOT LIKE '%doublon_probable%' AND c.anomalies NOT LIKE '%date_%'"
_OWN = f"""
SELECT w.value AS siren, substr(c.cpv, 1, 2) AS division, b.departement, {_SAID} FROM json_each(?1) w
CROSS JOIN contracts c ON c.buyer BETWEEN w.value || '00000' AND w.value || '99999'
LEFT JOIN contract_buyers b ON b.siret = c.buyer
WHERE {_COUNTED} AND c.notified >= ?2 GROUP BY 1, 2, 3
"""
_REGION = f"""
SELECT b.departement, substr(c.cpv, 1, 2) AS division, {_SAID}
FROM contract_buyers b CROSS JOIN contracts c ON c.buyer BETWEEN b.siret AND b.siret
WHERE b.departement IN (SELECT value FROM json_each(?1)) AND {_COUNTED} AND c.notified >= ?2 GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose practice is asked: a SIREN, a region's name, a CPV division of two digits; both empty when unknown."""

    siren: str
    region: str
    division: str


def practices(rows: Rows, asked: Iterable[Asked], since: date) -> dict[Asked, Practice]:
    """The practice of each buyer in all trades, and of the others of its region in the trade, notified from ``since``.

    One that nothing is known of is absent.
    """
    wanted = sorted(set(asked), key=lambda one: (one.siren, one.region, one.division))
    places = sorted({place for one in wanted for place in departements_of(one.region)})
    own = grouped(rows(_OWN, (as_list(sorted({one.siren for one in wanted})), since.isoformat())), "siren")
    near = grouped(rows(_REGION, (as_list(places), since.isoformat())), "departement") if places else {}
    found = {one: _practice(one, own.get(one.siren, []), near) for one in wanted}
    return {one: practice for one, practice in found.items() if practice.own or practice.peers}


def _practice(one: Asked, own: Sequence[Row], near: dict[str, list[Row]]) -> Practice:
    """The contracts that the buyer signed in the region are taken out of it: its peers are the others."""
    places = departements_of(one.region) if one.division else ()
    mine = [row for row in own if row["division"] == one.division and row["departement"] in places]
    around = [row for place in places for row in near.get(place, ()) if row["division"] == one.division]
    peers, peers_social = (total - part for total, part in zip(_sum(around), _sum(mine), strict=True))
    about = f"CPV {one.division}, {one.region}" if peers else ""
    return Practice(*_sum(own), peers, peers_social, about, _period(around) if peers else "", _period(own))


def _sum(rows: Sequence[Row]) -> tuple[int, int]:
    return int(sum(row["known"] for row in rows)), int(sum(row["social"] for row in rows))


def _period(rows: Sequence[Row]) -> str:
    """« 03/2023 à 10/2026 », the notifications counted; empty when there is none."""
    first = min((row["first"] for row in rows if row["first"]), default="")
    last = max((row["last"] for row in rows if row["last"]), default="")
    return f"{first[5:7]}/{first[:4]} à {last[5:7]}/{last[:4]}" if first else ""
