"""Who won what in a European result (eForms)? ``efac:NoticeResult`` joined: lot, contract, tenders, winners.

A lot result names its contracts (OPT-315), a contract its tenders (BT-3202), a tender its party, a party its companies:
only tenders bound by a contract are those of winners, a result may also list others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scanner.notice import Amount, Award
from spiders.formats.facts import Tell, day, said
from spiders.formats.text import amount, at, attribute, every, leaf, listed, name_of

Lots = Mapping[str, str | None]


def awards(result: Any, organisations: Mapping[str, Any], lots: Lots, tell: Tell) -> tuple[Award, ...]:
    """One Award for each contract of each lot that has a winner; ``lots`` gives our label of ``LOT-0001``.

    A lot won by an unnamed winner is an Award without holders. A day is that of the signature, else of the decision.
    """
    found = (
        award
        for one in every(result, "efac:LotResult")
        if leaf(one.get("cbc:TenderResultCode")) in ("selec-w", "")  # BT-142
        for award in _of_lot(result, one, organisations, lots, tell)
    )
    return tuple(dict.fromkeys(found))


def ceilings(result: Any, lots: Lots) -> dict[str | None, Amount]:
    """The maximum of each lot's framework as the result states it (BT-709), by our label."""
    found = {}
    for one in every(result, "efac:LotResult"):
        value = at(one, "efac:FrameworkAgreementValues", "cbc:MaximumValueAmount")
        lot = leaf(at(one, "efac:TenderLot", "cbc:ID"))
        read = _euros(value, "ceiling")
        if lot in lots and read is not None:
            found[lots[lot]] = read
    return found


def whole_ceiling(result: Any) -> Amount | None:
    """The maximum of all the frameworks of the notice (BT-118)."""
    return _euros(at(result, "efbc:OverallMaximumFrameworkContractsAmount"), "ceiling")


def _of_lot(result: Any, lot_result: Any, organisations: Mapping[str, Any], lots: Lots, tell: Tell) -> Iterator[Award]:
    lot = leaf(at(lot_result, "efac:TenderLot", "cbc:ID"))
    label = lots.get(lot)
    tenders = {leaf(one.get("cbc:ID")): one for one in every(result, "efac:LotTender")}
    signed = _references(lot_result, "efac:SettledContract")
    contracts = [one for one in every(result, "efac:SettledContract") if leaf(one.get("cbc:ID")) in signed]
    for contract in contracts:
        bound = [tenders[key] for key in _references(contract, "efac:LotTender") if key in tenders]
        won = [one for one in bound if leaf(at(one, "efac:TenderLot", "cbc:ID")) in (lot, "")]
        if won or not bound:
            yield _award(label, won, contract, result, organisations, tell)
    if not contracts and leaf(lot_result.get("cbc:TenderResultCode")):
        alone = [tenders[key] for key in _references(lot_result, "efac:LotTender") if key in tenders]
        yield _award(label, alone if len(alone) == 1 else [], None, result, organisations, tell)


def _award(
    label: str | None, won: list[Any], contract: Any, result: Any, organisations: Mapping[str, Any], tell: Tell
) -> Award:
    companies = dict(_companies(won, result, organisations))
    value = at(won[0], "cac:LegalMonetaryTotal", "cbc:PayableAmount") if len(won) == 1 else None  # BT-720
    days = [
        day(leaf(at(contract, f"cbc:{name}Date")), "Date de conclusion du marché", tell) for name in ("Issue", "Award")
    ]  # BT-145, BT-1451
    return Award(
        label,
        tuple(companies),
        _euros(value, "value"),
        next(filter(None, days), None),
        holder_ids=tuple(companies.values()),
    )


def _companies(won: list[Any], result: Any, organisations: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Name and identifier, empty when unknown, of every member of the parties that won."""
    parties = {key for one in won for key in _references(one, "efac:TenderingParty")}
    for party in every(result, "efac:TenderingParty"):
        if leaf(party.get("cbc:ID")) in parties:
            for key in _references(party, "efac:Tenderer"):
                company = organisations.get(key)
                name = name_of(said(leaf(at(company, "cac:PartyName", "cbc:Name"))))
                if name:
                    yield name, said(leaf(at(company, "cac:PartyLegalEntity", "cbc:CompanyID")))


def _references(node: Any, name: str) -> list[str]:
    """The identifiers of the elements ``name`` that ``node`` refers to."""
    return [leaf(one.get("cbc:ID")) for one in listed(node.get(name)) if isinstance(one, dict)]


def _euros(node: Any, role: str) -> Amount | None:
    """A published amount; None when absent, zero or withheld."""
    return amount(**{role: node}, currency=attribute(node, "currencyID")) if said(leaf(node)) else None
