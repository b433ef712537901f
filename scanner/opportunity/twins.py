"""Is it the same contract, told by its award notice and by DECP? Joined on thresholds of data, never on a doubt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from scanner.approach import Contract
from scanner.opportunity.renewal_rules import limit
from scanner.opportunity.words import fold


@dataclass(frozen=True, slots=True)
class Joined:
    """A contract, with the one that ``twin`` was in DECP and the ``ground`` of that; ``doubles`` may be the same."""

    contract: Contract
    twin: Contract | None = None
    ground: str = ""
    doubles: tuple[str, ...] = ()
    rounded: bool = False


def join(contracts: Iterable[Contract]) -> tuple[Joined, ...]:
    """The contracts, each notice joined to the one DECP contract that can only be it. Sorted by id.

    A notice with several candidates, or a candidate of several notices, is left alone and marked.
    """
    known = sorted(contracts, key=lambda one: one.id)
    notices = [one for one in known if one.source == "avis"]
    declared: dict[tuple[str | None, str], list[Contract]] = defaultdict(list)
    for one in known:
        if one.source == "decp":
            declared[_block(one)].append(one)
    near = {one.id: _candidates(one, declared.get(_block(one), ())) for one in notices}
    claimed: dict[str, list[str]] = defaultdict(list)
    for key, found in near.items():
        for other in found:
            claimed[other.id].append(key)
    pairs = {key: found for key, found in near.items() if _single(found, claimed, key)}
    taken = {other.id for found in pairs.values() for other in found}
    return tuple(
        _pair(one, *pairs[one.id].items()) if one.id in pairs else _alone(one, near, claimed)
        for one in known
        if one.id not in taken
    )


def _single(found: dict[Contract, str], claimed: dict[str, list[str]], key: str) -> bool:
    return len(found) == 1 and all(ground and claimed[other.id] == [key] for other, ground in found.items())


def _block(one: Contract) -> tuple[str | None, str]:
    return one.siren, one.cpv[: int(limit("cpv_digits"))]


def _candidates(one: Contract, others: Sequence[Contract]) -> dict[Contract, str]:
    """DECP contracts that may be this one, with the ground that makes it sure; empty when something contradicts."""
    if not one.siren or len(one.cpv) < limit("cpv_digits") or one.start is None:
        return {}
    found = {}
    for other in others:
        if other.start is None or abs((other.start - one.start).days) > limit("days"):
            continue
        holder = bool(set(map(fold, one.holders)) & set(map(fold, other.holders)))
        amount = _same_amount(one.amount, other.amount)
        if amount or holder:
            found[other] = ("both" if holder else "amount") if amount else "" if amount is False else "holder"
    return found


def _same_amount(one: float | None, other: float | None) -> bool | None:
    """Whether two amounts agree, None when one is unknown."""
    if not one or not other:
        return None
    return abs(one - other) <= limit("amount_percent") / 100 * max(one, other)


def _pair(one: Contract, match: tuple[Contract, str]) -> Joined:
    """The notice's contract, completed by DECP: what the notice says wins, but for the day it rests upon."""
    other, ground = match
    own_start = one.start_basis == "stated" or other.start is None
    contract = replace(
        one,
        start=one.start if own_start else other.start,
        start_basis=one.start_basis if own_start else other.start_basis,
        months=one.months or other.months,
        amount=one.amount or other.amount,
        siret=one.siret or other.siret,
        holders=one.holders or other.holders,
        departements=one.departements or other.departements,
        social=other.social if one.social in ("undetected", "unknown") and other.social != "unknown" else one.social,
        anomalies=other.anomalies,
    )
    return Joined(contract, other, ground, rounded=not one.months)


def _alone(one: Contract, near: dict[str, dict[Contract, str]], claimed: dict[str, list[str]]) -> Joined:
    doubles = [*(other.id for other in near.get(one.id, ())), *claimed.get(one.id, ())]
    return Joined(one, doubles=tuple(sorted(doubles)), rounded=one.source == "decp")
