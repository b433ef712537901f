"""Which contracts were awarded here? Gathered from award notices with their calls, and from DECP, by read-only SQL.

``rows`` runs a query and returns its rows as dicts. A territory is a list of départements, empty = France entière; what
lies nowhere known belongs to every territory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import orjson

from scanner.approach import Contract, Social
from scanner.notice import lot_number
from scanner.store import json

Row = dict[str, Any]
Rows = Callable[[str, Sequence[Any]], list[Row]]

#: From the strongest to the weakest: what several notices of a lot were read to say (scanner.finding.Status).
_STATUSES: dict[str, Social] = {
    "reserve": "reserved", "objet_insertion": "clause", "clause": "clause", "critere": "criterion",
    "facultatif": "mention", "mention": "mention", "rien": "undetected", "non_lu": "unknown",
}  # fmt: skip
_DECLARED: dict[str, Social] = {
    "reserve_indetermine": "reserved", "clause_sociale_generique": "clause", "critere_social": "criterion",
    "aucune": "none",
}  # fmt: skip
#: The buyer of a notice: its SIREN, else the only known buyer of that name in one of the notice's départements, else
#: its name there; a buyer that nothing names is that of its tender alone.
WHO = """coalesce(
    'siren:' || (SELECT k.siren FROM acheteurs k WHERE k.id = 'siren:' || substr(coalesce(b.siret, b.siren), 1, 9)),
    (SELECT CASE WHEN count(DISTINCT a.acheteur) = 1 THEN min(a.acheteur) END FROM alias_acheteurs a
        WHERE a.genre = 'nom' AND a.valeur = b.name
        AND (a.departement = '' OR a.departement IN (SELECT value FROM json_each(n.departements)))),
    'nom:' || coalesce(json_extract(n.departements, '$[0]'), '') || ':' || nullif(b.name, ''), 'avis:' || n.tender)"""
#: ``?2`` is the territory.
NEAR = """(json_array_length(?2) = 0 OR json_array_length({0}) = 0
    OR EXISTS (SELECT 1 FROM json_each({0}) d JOIN json_each(?2) w ON w.value = d.value))"""

_ANNOUNCED = f"""
WITH awarded AS (
    SELECT n.tender FROM notices n WHERE n.published >= ?1 GROUP BY n.tender
    HAVING max(n.kind = 'award') AND max({NEAR.format("n.departements")})
    AND max(n.published || n.id) <> coalesce(max(CASE n.kind WHEN 'cancellation' THEN n.published || n.id END), '')
)
SELECT n.tender, n.id, n.kind, n.published, n.title, n.url, n.departements, n.cpv, b.name, b.siret, b.email,
    {WHO} AS who,
    json_extract(n.document, '$.awards', '$.lots', '$.holders') AS parts,
    json_extract(n.document, '$.start', '$.end', '$.duration_months', '$.renewal_months', '$.amount') AS whole,
    (SELECT json_group_object(coalesce(l.number, ''), l.status) FROM lots l WHERE l.notice = n.id) AS statuses
FROM notices n LEFT JOIN buyers b ON b.notice = n.id AND b.position = 0
WHERE n.tender IN (SELECT tender FROM awarded) AND n.kind IN ('call', 'rectification', 'award', 'modification')
ORDER BY n.tender, n.published, n.id
"""
_END = "date(c.notified, '+' || CAST(round(c.months) AS INTEGER) || ' months')"
_COLUMNS = """c.buyer, c.number, c.notified, c.object, c.cpv, coalesce(c.corrected, c.amount) AS amount, c.months,
    c.social, c.departement, coalesce(c.holder_names, c.holders) AS holders, c.anomalies,
    coalesce(b.name, '') AS name"""
_ENDING = f"""
SELECT {_COLUMNS} FROM contracts c LEFT JOIN contract_buyers b ON b.siret = c.buyer
WHERE (json_array_length(?1) = 0 OR c.departement IN (SELECT value FROM json_each(?1))
    OR b.departement IN (SELECT value FROM json_each(?1)) OR coalesce(c.departement, b.departement) IS NULL)
AND (c.notified IS NULL OR c.months IS NULL OR c.months <= 0 OR {_END} IS NULL OR {_END} BETWEEN ?2 AND ?3
    OR c.anomalies LIKE '%date_%' OR c.anomalies LIKE '%duree_%')
AND c.anomalies NOT LIKE '%doublon_probable%'
ORDER BY c.buyer, c.number
"""
#: What may complete the contracts of notices: those of the same buyers, whenever they end.
_BESIDE = f"""
SELECT {_COLUMNS} FROM json_each(?1) w
CROSS JOIN contracts c ON c.buyer BETWEEN w.value || '00000' AND w.value || '99999'
LEFT JOIN contract_buyers b ON b.siret = c.buyer
WHERE c.notified BETWEEN ?2 AND ?3 AND c.anomalies NOT LIKE '%doublon_probable%'
ORDER BY c.buyer, c.number
"""
_NEIGHBOURHOOD = timedelta(days=200)


@dataclass(frozen=True, slots=True)
class _Life:
    """The notices of one tender that was awarded, oldest first, their JSON read."""

    notices: tuple[Row, ...]

    @property
    def last(self) -> Row:
        return self.notices[-1]

    def known(self, name: str, lot: str | None) -> Any:
        """What the latest notice that tells it says of a lot, else of the whole; None when none does."""
        latest = [*reversed(self.notices)]
        parts = [*(notice["lots"].get(lot or "") for notice in latest), *(notice["whole"] for notice in latest)]
        return next((part[name] for part in parts if part and part.get(name) not in (None, [])), None)

    def social(self, lot: str | None) -> Social:
        """The strongest status that a notice gives to the lot or to the whole."""
        said = {notice["statuses"].get(key) for notice in self.notices for key in {lot or "", ""}}
        return next((social for status, social in _STATUSES.items() if status in said), "unknown")


def awarded(
    rows: Rows, *, today: date, departements: Sequence[str] = (), horizon_months: int = 18, since: date = date.min
) -> list[Contract]:
    """The contracts of a territory that end within the horizon or whose end is not told, both sources, sorted by id.

    Notices published from ``since`` on are read. DECP contracts of the same buyers come too, so that
    ``renewals.expected`` can join them; it leaves out what ends later.
    """
    told = announced(rows, departements=departements, since=since)
    found = {one.id: one for one in (*told, *declared(rows, today, departements, horizon_months), *beside(rows, told))}
    return [found[key] for key in sorted(found)]


def announced(rows: Rows, *, departements: Sequence[str] = (), since: date = date.min) -> list[Contract]:
    """The contracts of award notices: one a lot awarded, completed by its call; a tender then cancelled has none."""
    lives: dict[str, list[Row]] = {}
    for row in rows(_ANNOUNCED, (since.isoformat(), as_list(departements))):
        lives.setdefault(row["tender"], []).append(_read(row))
    return [one for tender, life in lives.items() for one in _contracts(tender, _Life(tuple(life)))]


def declared(rows: Rows, today: date, departements: Sequence[str], horizon_months: int) -> list[Contract]:
    """The DECP contracts that end from a year before ``today`` to the horizon, or whose end is not told."""
    bounds = ((today - timedelta(days=366)).isoformat(), (today + timedelta(days=31 * horizon_months)).isoformat())
    return [_declared(row) for row in rows(_ENDING, (as_list(departements), *bounds))]


def beside(rows: Rows, told: Iterable[Contract]) -> list[Contract]:
    """The DECP contracts notified about when the same buyers (SIREN) concluded those that their notices tell."""
    known = [one for one in told if one.siren and one.start]
    days = [one.start for one in known if one.start]
    if not days:
        return []
    bounds = ((min(days) - _NEIGHBOURHOOD).isoformat(), (max(days) + _NEIGHBOURHOOD).isoformat())
    sirens = as_list(sorted({one.siren for one in known if one.siren}))
    return [_declared(row) for row in rows(_BESIDE, (sirens, *bounds))]


def _read(row: Row) -> Row:
    awards, lots, holders = orjson.loads(row["parts"])
    start, end, months, renewals, amount = orjson.loads(row["whole"])
    whole = {"start": start, "end": end, "duration_months": months, "renewal_months": renewals, "amount": amount}
    return {
        **row, "awards": awards or [], "holders": holders or [], "whole": whole | {"cpv": orjson.loads(row["cpv"])},
        "lots": {lot_number(lot["number"]): lot for lot in lots or []},
        "statuses": {lot_number(key): status for key, status in orjson.loads(row["statuses"]).items()},
        "departements": orjson.loads(row["departements"]),
    }  # fmt: skip


def _contracts(tender: str, life: _Life) -> Iterator[Contract]:
    """One contract a lot; a lot told by several award notices is that of the latest."""
    found: dict[str, tuple[Row, Row]] = {}
    for notice in life.notices:
        if notice["kind"] == "award":
            for award in notice["awards"] or [{"lot": None, "holders": notice["holders"]}]:
                found[lot_number(award["lot"] or "")] = (notice, award)
    for lot, (notice, award) in sorted(found.items()):
        yield _contract(tender, lot, life, notice, award)


def _contract(tender: str, lot: str, life: _Life, notice: Row, award: Row) -> Contract:
    start, concluded = life.known("start", lot), award.get("concluded")
    named = next((one for one in reversed(life.notices) if one["name"]), life.last)
    title = (next((one["lots"][lot]["title"] for one in life.notices if lot in one["lots"]), "")) if lot else ""
    who = named["who"] or ""
    return Contract(
        id=f"avis:{tender}#{lot}" if lot else f"avis:{tender}", source="avis", number=lot, tender=tender,
        buyer=named["name"] or "", siren=who[6:] if who.startswith("siren:") else None, siret=named["siret"],
        title=" — ".join(filter(None, (life.last["title"], f"lot {lot}" if lot else "", title))),
        cpv=next(iter(life.known("cpv", lot) or []), ""), departements=tuple(life.last["departements"]),
        start=_day(start or concluded or notice["published"]),
        start_basis="stated" if start else "concluded" if concluded else "published",
        months=life.known("duration_months", lot), renewal_months=life.known("renewal_months", lot),
        end=_day(life.known("end", lot)), amount=_euros(award.get("amount")), holders=tuple(award["holders"]),
        social=life.social(lot), url=notice["url"],
        email=next((one["email"] for one in reversed(life.notices) if one["email"]), ""),
    )  # fmt: skip


def _declared(row: Row) -> Contract:
    said = (row["social"] or "").split(", ")
    return Contract(
        id=f"decp:{row['buyer']}/{row['number']}", source="decp", number=row["number"], buyer=row["name"],
        siren=row["buyer"][:9], siret=row["buyer"], title=row["object"] or "", cpv=row["cpv"] or "",
        departements=(row["departement"],) if row["departement"] else (), start=_day(row["notified"]),
        start_basis="notified", months=row["months"], amount=row["amount"],
        holders=tuple((row["holders"] or "").split(", ")) if row["holders"] else (),
        social=next((social for word, social in _DECLARED.items() if word in said), "unknown"),
        anomalies=tuple(row["anomalies"].split()),
    )  # fmt: skip


def _euros(amount: Mapping[str, Any] | None) -> float | None:
    """The amount of an award, its ceiling when it has none; None in another currency."""
    if not amount or amount["currency"] != "EUR":
        return None
    return next((amount[name] for name in ("value", "ceiling", "high") if amount[name] is not None), None)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text[:10]) if text else None


def grouped(found: Iterable[Row], name: str) -> dict[str, list[Row]]:
    """The rows by the value of their column ``name``, in their order."""
    groups: dict[str, list[Row]] = {}
    for row in found:
        groups.setdefault(row[name], []).append(row)
    return groups


def as_list(values: Iterable[str]) -> str:
    """A list as ``json_each`` reads it in a query."""
    return json(list(values))
