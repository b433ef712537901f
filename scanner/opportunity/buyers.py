"""Which buyers to approach first, why, and what to say? A ranking for ``prive/`` only, never published.

Points and words are in buyers.yml; every point has a reason that names its numbers and its period. Nothing known of a
part brings no point and is said; a legal duty is only ever « à vérifier ».
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from textwrap import shorten
from typing import Any

from scanner.appraisal import Signal
from scanner.approach import Argument, BuyerFacts, BuyerLead, Estimate, Rate
from scanner.opportunity.buyer_rules import rate, rules, stepped, unknown, word
from scanner.opportunity.rates import estimate
from scanner.opportunity.words import agree, day, euros, figure, fold


def rank(facts: Iterable[BuyerFacts], *, today: date, since: date) -> tuple[BuyerLead, ...]:
    """The buyers, the first to call first. ``since`` is the first day of the notices that ``facts`` count.

    Equal scores are told apart by eligible lots, then the next deadline, then the name. DataFileError when buyers.yml
    cannot be trusted.
    """
    leads = sorted((_lead(one, today, since) for one in facts), key=_order)
    return tuple(replace(lead, rank=place) for place, lead in enumerate(leads, 1))


def compared(facts: BuyerFacts) -> Estimate | None:
    """The buyer's rate next to its peers'; None when these are too few to compare with."""
    if (
        facts.kind in rules()["apart"]
        or facts.peer_buyers < rate("peers_buyers")
        or facts.peers.known < rate("peers_contracts")
    ):
        return None
    return estimate(facts.own, facts.peers, strength=rate("strength"), z=rate("z"))


def _lead(facts: BuyerFacts, today: date, since: date) -> BuyerLead:
    parts = (
        stepped("lots", facts.lots, {"lots": facts.lots, "since": day(since)}, "opportunities"),
        _amount(facts), _duty(facts), _practice(facts), _experience(facts), _diversification(facts),
        _deadline(facts, today), _renewal(facts),
    )  # fmt: skip
    score = sum(part.points for part in parts)
    return BuyerLead(0, facts, score, parts, compared(facts), arguments(facts))


def _amount(facts: BuyerFacts) -> Signal:
    values: dict[str, Any] = {"lots": facts.lots, "priced": facts.priced, "amount": euros(facts.amount)}
    if not facts.priced:
        return unknown("amount", values, "lots.amount")
    return stepped("amount", facts.amount, values, "lots.amount")


def _duty(facts: BuyerFacts) -> Signal:
    told = {name: _tenders(facts, name) for name in ("to_check", "met", "undecided")}
    values = {**told, "told": sum(count for _, count in facts.duties)}
    if not told["to_check"] and told["undecided"]:
        return unknown("duty", values, "opportunities.duty")
    return stepped("duty", told["to_check"], values, "opportunities.duty")


def _tenders(facts: BuyerFacts, name: str) -> int:
    return sum(count for code, count in facts.duties if code in rules()["duties"][name])


def _practice(facts: BuyerFacts) -> Signal:
    found = compared(facts)
    values: dict[str, Any]
    if found is None or found.raw is None:
        values = {"peer_contracts": facts.peers.known, "peers": facts.peer_buyers, "known": facts.own.known}
        return unknown("practice", values, "contracts.social")
    values = {"own": _own(facts.own, found), "others": _others(facts), "shrunk": figure(found.shrunk, 0)}
    return stepped("practice", found.peers - found.shrunk, values, "contracts.social")


def _own(own: Rate, found: Estimate) -> str:
    """The buyer's own figures; a small number is told as such."""
    name = "own_few" if own.known < rate("few") else "own"
    shares = {
        key: figure(value, 0) for key, value in (("raw", found.raw or 0.0), ("low", found.low), ("high", found.high))
    }
    return word(name, social=own.social, known=own.known, period=_period(own), **shares)


def _others(facts: BuyerFacts) -> str:
    peers = facts.peers
    raw = figure(100 * peers.social / peers.known, 0)
    return word(
        "others", peers=facts.peer_buyers, kind=facts.kind, region=facts.region, social=peers.social,
        known=peers.known, raw=raw, period=_period(peers),
    )  # fmt: skip


def _period(known: Rate) -> str:
    if known.first is None or known.last is None:
        return word("no_period")
    return word("period", first=f"{known.first:%m/%Y}", last=f"{known.last:%m/%Y}")


def _experience(facts: BuyerFacts) -> Signal:
    own = facts.own
    values = {"social": own.social, "known": own.known, "period": _period(own)}
    if not own.known:
        return unknown("experience", values, "contracts.social")
    return stepped("experience", own.social, values, "contracts.social")


def _diversification(facts: BuyerFacts) -> Signal:
    """The share of the buyer's trades, among those it is known to have bought, where nothing social was ever seen."""
    bought = [trade for trade in facts.trades if trade.lots]
    seen = [trade for trade in bought if trade.contracts]
    never = [trade for trade in seen if not trade.claused]
    values = {
        "trades": len(bought), "seen": len(seen), "never": len(never), "unseen": len(bought) - len(seen),
        "contracts": sum(trade.contracts for trade in seen), "labels": _labels([trade.label for trade in never]),
    }  # fmt: skip
    if not seen:
        return unknown("diversification", values, "contracts.cpv")
    return stepped("diversification", 100 * len(never) / len(seen), values, "contracts.cpv")


def _labels(labels: list[str]) -> str:
    shown = rules()["shown_labels"]
    first = ", ".join(labels[:shown])
    return first if len(labels) <= shown else word("several", first=first, more=len(labels) - shown)


def _deadline(facts: BuyerFacts, today: date) -> Signal:
    if facts.deadline is None and facts.undated:
        return unknown("deadline", {"undated": facts.undated}, "notices.deadline")
    days = (facts.deadline - today).days if facts.deadline else -1
    values = {"deadline": day(facts.deadline) if facts.deadline else "", "days": days}
    return stepped("deadline", max(days, -1), values, "notices.deadline")


def _renewal(facts: BuyerFacts) -> Signal:
    nearest = facts.renewal
    if nearest is None:
        return unknown("renewal", {}, "contracts")
    state = 2 if nearest.state in rules()["calling"] else 1 if nearest.state == "a_venir" else 0
    values = {
        "renewals": facts.renewals, "title": shorten(nearest.contract.title, 90, placeholder=" …"),
        "when": nearest.when,
    }  # fmt: skip
    return stepped("renewal", state, values, nearest.contract.id)


def _signs(facts: BuyerFacts) -> dict[str, int]:
    """What chooses an argument: counts, by the names of buyers.yml, arguments."""
    table = rules()
    calling = facts.renewal is not None and facts.renewal.state in table["calling"]
    lots = {name: sum(t.lots for t in facts.trades if fits(t.segment, t.family)) for name, fits in (
        ("takeover", lambda segment, _: segment.startswith(table["takeover"])),
        ("diversification", lambda _, family: family == table["diversification"]),
    )}  # fmt: skip
    return {
        **lots, "duty_contracts": max(0, _tenders(facts, "to_check") - facts.concessions), "begun": facts.begun,
        "generic": facts.generic,
        "concessions": facts.concessions, "renewals_calling": int(calling), "reservable": facts.reservable,
        "claused": facts.own.social, "below": _tenders(facts, "below"), "state": int(facts.kind == table["state"]),
    }  # fmt: skip


def arguments(facts: BuyerFacts) -> tuple[Argument, ...]:
    """What to say to a buyer, the first thing first; a few only (``shown_arguments``)."""
    return tuple(_arguments(facts))[: rules()["shown_arguments"]]


def _arguments(facts: BuyerFacts) -> Iterator[Argument]:
    signs = _signs(facts)
    renewal = facts.renewal.say if facts.renewal else ""
    told = set[str]()
    for entry in rules()["arguments"]:
        if entry["code"] not in told and all(signs[sign] >= least for sign, least in entry["when"].items()):
            because = agree(entry["because"].format(value=signs[next(iter(entry["when"]))]))
            say = entry["say"].format(renewal=renewal)
            told.add(entry["code"])
            yield Argument(entry["code"], say, entry["then"], entry["never"], because)


def _order(lead: BuyerLead) -> tuple[int, int, date, str, str]:
    facts = lead.facts
    return -lead.score, -facts.lots, facts.deadline or date.max, fold(facts.name), facts.id
