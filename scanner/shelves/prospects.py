"""What does the database know of each buyer to approach? Facts from open lots, DECP practice and renewals, by SQL.

``rows`` is that of ``scanner.shelves.ledger``. Practice is aggregated by SQLite: a contract is never loaded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path

import orjson

from scanner.approach import BEGUN, BuyerFacts, Rate, Renewal, Trade
from scanner.datafile import only, read_yaml, texts
from scanner.shelves.ledger import NEAR, WHO, Row, Rows, as_list, grouped
from scanner.store import json

_REGIONS = Path(__file__).resolve().parents[1] / "data" / "regions.yml"
Kind = Callable[[str, Sequence[str]], str]

#: The last deadline of a tender, as its rectifications moved it; none once it is awarded or stopped.
_DEADLINE = """(SELECT c.deadline FROM notices c WHERE c.tender = n.tender AND c.deadline IS NOT NULL
        AND c.kind IN ('call', 'planning', 'intent', 'rectification') ORDER BY c.published DESC, c.id DESC LIMIT 1)"""
_OVER = """EXISTS (SELECT 1 FROM notices c WHERE c.tender = n.tender AND c.published >= n.published
        AND c.kind IN ('award', 'cancellation', 'modification'))"""
_OPEN = f"""
SELECT {WHO} AS who, coalesce(b.name, '') AS name, b.email, n.tender, {_OVER} AS over,
    CASE WHEN NOT {_OVER} THEN {_DEADLINE} END AS deadline, n.published, l.status, l.amount,
    n.departements, json_extract(o.document, '$.segment.segment.prefix', '$.segment.segment.label',
        '$.segment.segment.family', '$.legal.duty.code', '$.legal.duty.nature', '$.lever.code') AS told,
    (SELECT json_group_array(c.value) FROM coded c WHERE c.notice = n.id
        AND c.field IN ('buyer-legal-type', 'main-activity')) AS codes
FROM opportunities o JOIN notices n ON n.id = o.notice
LEFT JOIN buyers b ON b.notice = n.id AND b.position = 0
LEFT JOIN lots l ON l.notice = o.notice AND l.number IS o.lot
WHERE n.published >= ?1 AND {NEAR.format("n.departements")}
ORDER BY n.published DESC, n.id, o.position
"""
_KNOWN = "SELECT id, siren, nom, departement FROM acheteurs WHERE id IN (SELECT value FROM json_each(?1))"
SOCIAL = """(c.social LIKE '%clause_sociale_generique%' OR c.social LIKE '%critere_social%'
    OR c.social LIKE '%reserve_indetermine%')"""
SAID = f"({SOCIAL} OR c.social LIKE '%aucune%')"
_DATED = "CASE WHEN c.anomalies NOT LIKE '%date_%' THEN c.notified END"
_RATE = f"""CAST(total({SAID}) AS INTEGER) AS known, CAST(total({SOCIAL}) AS INTEGER) AS social,
    min({_DATED}) AS first, max({_DATED}) AS last"""
_COUNTED = """c.social IS NOT NULL AND c.anomalies NOT LIKE '%doublon_probable%'
    AND (c.notified IS NULL OR c.notified >= ?2)"""
_OWN = f"""
SELECT w.value AS siren, {_RATE} FROM json_each(?1) w
CROSS JOIN contracts c ON c.buyer BETWEEN w.value || '00000' AND w.value || '99999'
WHERE {_COUNTED} GROUP BY w.value
"""
_PEERS = f"""
SELECT substr(c.buyer, 1, 9) AS siren, b.departement, coalesce(k.nom, b.name) AS name, {_RATE}
FROM contract_buyers b CROSS JOIN contracts c ON c.buyer = b.siret
LEFT JOIN acheteurs k ON k.id = 'siren:' || substr(b.siret, 1, 9)
WHERE b.departement IN (SELECT value FROM json_each(?1)) AND {_COUNTED}
GROUP BY c.buyer ORDER BY c.buyer
"""
_TRADES = f"""
SELECT json_extract(w.value, '$[0]') AS siren, json_extract(w.value, '$[1]') AS prefix, {_RATE}
FROM json_each(?1) w CROSS JOIN contracts c ON c.buyer BETWEEN json_extract(w.value, '$[0]') || '00000'
    AND json_extract(w.value, '$[0]') || '99999'
WHERE substr(c.cpv, 1, length(json_extract(w.value, '$[1]'))) = json_extract(w.value, '$[1]') AND {_COUNTED}
GROUP BY w.value
"""


def facts(
    rows: Rows,
    *,
    today: date,
    since: date,
    practice_since: date,
    kind: Kind,
    departements: Sequence[str] = (),
    renewals: Iterable[Renewal] = (),
) -> list[BuyerFacts]:
    """The buyers with an eligible lot published from ``since`` on, or with one of ``renewals`` to call for; by id.

    ``practice_since`` is the first day of notification of the DECP contracts that are counted. ``kind`` tells the kind
    of a buyer from its name and declared codes (``opportunity.buyer_kind``).
    """
    lots = grouped(rows(_OPEN, (since.isoformat(), as_list(departements))), "who")
    ending = _by_buyer(renewals)
    ids = sorted({*lots, *(key for key, those in ending.items() if any(_calls(one) for one in those))})
    known = {row["id"]: row for row in rows(_KNOWN, (as_list(ids),))}
    people = {key: _person(key, lots.get(key, []), ending.get(key, []), known.get(key), kind) for key in ids}
    sirens = sorted(one.siren for one in people.values() if one.siren)
    own = {row["siren"]: _rate([row]) for row in rows(_OWN, (as_list(sirens), practice_since.isoformat()))}
    trades = _trades(rows, people, lots, practice_since)
    peers = _Peers(rows, {one.region for one in people.values() if one.region}, practice_since, kind)
    return [
        _facts(one, lots.get(key, []), ending.get(key, []), own, trades.get(key, ()), peers, today)
        for key, one in people.items()
    ]


def region_of(departement: str | None) -> str:
    """The region's name of a département; empty when it has none or is unknown."""
    return _regions()[0].get(departement or "", "")


def departements_of(region: str) -> tuple[str, ...]:
    """The départements of a region; none when its name is unknown."""
    return _regions()[1].get(region, ())


class _Peers:
    """The practice of every buyer of some regions, by region and kind."""

    def __init__(self, rows: Rows, regions: Iterable[str], since: date, kind: Kind) -> None:
        places = sorted(code for name in regions for code in _regions()[1][name])
        found = rows(_PEERS, (as_list(places), since.isoformat())) if places else []
        self._groups: dict[tuple[str, str], list[Row]] = {}
        for row in found:
            group = (region_of(row["departement"]), kind(row["name"] or "", ()))
            self._groups.setdefault(group, []).append(row)

    def of(self, one: BuyerFacts) -> tuple[Rate, int]:
        """The rate of the buyers of the same kind and region without ``one``, and how many they are."""
        if not one.kind or not one.region:
            return Rate(), 0
        others = [row for row in self._groups.get((one.region, one.kind), ()) if row["siren"] != one.siren]
        return _rate(others), len({row["siren"] for row in others})


def _person(key: str, lots: Sequence[Row], ending: Sequence[Renewal], known: Row | None, kind: Kind) -> BuyerFacts:
    """Who the buyer is: the name and place it is best known under, else those of its latest notice or contract."""
    contract = ending[0].contract if ending else None
    name = (known and known["nom"]) or (lots[0]["name"] if lots else contract.buyer if contract else "")
    codes = [code for row in lots[:1] for code in orjson.loads(row["codes"])]
    place = known["departement"] if known else None
    if place is None:
        told = [orjson.loads(row["departements"]) for row in lots] + [list(one.contract.departements) for one in ending]
        place = next((one[0] for one in told if len(one) == 1), None)
    siren = key[6:] if key.startswith("siren:") else None
    return BuyerFacts(key, name, siren, kind(name, codes), place, region_of(place))


def _facts(
    one: BuyerFacts,
    lots: Sequence[Row],
    ending: Sequence[Renewal],
    own: Mapping[str, Rate],
    trades: tuple[Trade, ...],
    peers: _Peers,
    today: date,
) -> BuyerFacts:
    told = [orjson.loads(row["told"]) for row in lots]
    priced = [figure for row in lots if (figure := _euros(row["amount"])) is not None]
    duties = {(row["tender"], code) for row, (*_, code, _, _) in zip(lots, told, strict=True) if code}
    concessions = {row["tender"] for row, (*_, nature, _) in zip(lots, told, strict=True) if nature == "concession"}
    dated = [date.fromisoformat(row["deadline"][:10]) for row in lots if row["deadline"]]
    rate, count = peers.of(one)
    emails = [row["email"] for row in lots] + [renewal.contract.email for renewal in ending]
    return BuyerFacts(
        one.id, one.name, one.siren, one.kind, one.departement, one.region, len(lots), len(priced), sum(priced),
        tuple(sorted(Counter(code for _, code in duties).items())),
        sum(row["status"] == "mention" for row in lots),
        sum(lever in ("marche_reserve", "lot_reserve") for *_, lever in told), len(concessions), trades,
        own.get(one.siren or "", Rate()), rate, count, min((day for day in dated if day >= today), default=None),
        len({row["tender"] for row in lots if not row["deadline"] and not row["over"]}),
        ending[0] if ending else None, len(ending),
        next((email for email in emails if email), ""), sum(row["status"] in BEGUN for row in lots),
    )  # fmt: skip


def _trades(
    rows: Rows, people: Mapping[str, BuyerFacts], lots: Mapping[str, Sequence[Row]], since: date
) -> dict[str, tuple[Trade, ...]]:
    """The trades of each buyer's open lots, by segment, with its earlier contracts of the same CPV prefix."""
    counted = {key: Counter(row["told"] for row in those) for key, those in lots.items()}
    found: dict[str, dict[str, Trade]] = {}
    for key, those in counted.items():
        for told, count in those.items():
            prefix, label, family, *_ = orjson.loads(told)
            held = found.setdefault(key, {}).get(prefix)
            found[key][prefix] = Trade(prefix, label, family, count + (held.lots if held else 0))
    wanted = [[people[key].siren, prefix] for key, those in found.items() if people[key].siren for prefix in those]
    past = {(row["siren"], row["prefix"]): row for row in rows(_TRADES, (json(wanted), since.isoformat()))}
    return {
        key: tuple(_with_past(trade, past.get((people[key].siren, prefix))) for prefix, trade in sorted(those.items()))
        for key, those in found.items()
    }


def _with_past(trade: Trade, row: Row | None) -> Trade:
    if row is None:
        return trade
    return Trade(trade.segment, trade.label, trade.family, trade.lots, row["known"], row["social"])


def _by_buyer(renewals: Iterable[Renewal]) -> dict[str, list[Renewal]]:
    """The renewals of each buyer known by its SIREN, in the order given."""
    found: dict[str, list[Renewal]] = {}
    for one in renewals:
        if one.contract.siren:
            found.setdefault(f"siren:{one.contract.siren}", []).append(one)
    return found


def _calls(one: Renewal) -> bool:
    return one.state in ("a_appeler", "tard")


def _rate(rows: Sequence[Row]) -> Rate:
    first = min((row["first"] for row in rows if row["first"]), default=None)
    last = max((row["last"] for row in rows if row["last"]), default=None)
    days = [date.fromisoformat(day[:10]) if day else None for day in (first, last)]
    return Rate(sum(row["known"] for row in rows), sum(row["social"] for row in rows), *days)


def _euros(amount: str | None) -> float | None:
    """The most prudent figure of a lot's amount; None when unknown, not above zero or in another currency."""
    read = orjson.loads(amount) if amount else None
    if not read or read["currency"] != "EUR":
        return None
    return next((float(read[name]) for name in ("value", "low", "floor") if (read[name] or 0) > 0), None)


@cache
def _regions() -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Département → region's name, and region's name → its départements."""
    named: dict[str, tuple[str, ...]] = {}
    for code, entry in read_yaml(_REGIONS).items():
        only(entry, f"{_REGIONS.name}, {code}", {"name": str, "departements": list})
        named[entry["name"]] = texts(entry["departements"], f"{_REGIONS.name}, {code}")
    return {code: name for name, codes in named.items() for code in codes}, named
