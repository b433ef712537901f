"""What is written for the mission's own eyes? Argument sheets, buyers to approach, renewals, full tables: ``prive/``.

Assembly: the edition and the rows of the database in, pages out. Nothing of it goes to ``public/``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from feeds import calendar, digest, leads, sheets, tables
from nlp.segments import segment_of
from scanner.appraisal import Opportunity
from scanner.appraise import approach
from scanner.approach import BuyerLead, Renewal, Sheet
from scanner.config import Config
from scanner.edition import Edition, Item
from scanner.opportunity.argue import sheet
from scanner.opportunity.buyer_kind import buyer_kind, kind_of
from scanner.readership import Line, Reader
from scanner.shelves.prospects import region_of
from scanner.shelves.similar import similar
from scanner.store import Store

#: Contracts notified in that many days before the edition are compared.
_SIMILAR = timedelta(days=3 * 365)
#: Sheets written at most: nobody reads more in a week, and the tables hold them all.
MOST = 200

Leads = tuple[tuple[BuyerLead, ...], tuple[Renewal, ...]]


def private_pages(store: Store, config: Config, edition: Edition, found: Leads) -> dict[str, bytes]:
    """Every page of ``prive/`` but the letters, by path. The same database gives the same bytes."""
    buyers, renewals = found
    written = _sheets(store, edition)
    contact = (config.mail.facilitator if config.mail else "") or config.contact
    title = "Renouvellements à préparer"
    return (
        sheets.files(edition, written, buyers, renewals, contact)
        | leads.files(buyers, renewals, edition.reference)
        | {"renouvellements.ics": calendar.calendar(renewals, reference=edition.reference, name=title)}
        | tables.private_files(edition)
    )


def leads_of(store: Store, config: Config, edition: Edition) -> Leads:
    """The buyers to approach and the contracts that end, on the reference date of the edition."""
    return approach(store, config, today=edition.reference)


def letter_lines(found: Leads, reader: Reader) -> dict[str, tuple[Line, ...]]:
    """What fills the sections « acheteurs » and « renouvellements » of a letter; an unknown place is everybody's.

    Buyers are numbered for this reader; a structure gets the contracts of its trades, and nothing to say to a buyer.
    """
    buyers, renewals = found
    here = set(reader.departements)
    near = [one for one in buyers if not here or one.facts.departement is None or one.facts.departement in here]
    ending = [
        one for one in renewals if not here or not one.contract.departements or here & set(one.contract.departements)
    ]
    if reader.edition == "structure":
        return {"renouvellements": leads.coming_lines([one for one in ending if _of_trade(one, reader)])}
    ranked = [replace(one, rank=rank) for rank, one in enumerate(near, 1)]
    return {"acheteurs": leads.buyer_lines(ranked), "renouvellements": leads.renewal_lines(ending)}


def _of_trade(one: Renewal, reader: Reader) -> bool:
    """Whether a contract is of a trade of the reader; an unknown trade is everybody's."""
    segment = segment_of([one.contract.cpv]) if one.contract.cpv else None
    return not reader.trades or segment is None or bool({*segment.sectors} & {*reader.trades})


def _sheets(store: Store, edition: Edition) -> list[Sheet]:
    listing = next(one for one in digest.listings() if one.opportunity)
    pairs, _, _ = digest.chosen(listing, edition.items, edition.reference)
    lots = [(item, lot, lot.opportunity) for item, kept in pairs for lot in kept if lot.opportunity][:MOST]
    kinds = {item.notice: _kind(store, item) for item in dict.fromkeys(item for item, _, _ in lots)}
    known = similar(store.rows, {_asked(item, chance) for item, _, chance in lots}, edition.reference - _SIMILAR)
    return [
        sheet(
            item, lot, chance, known[_asked(item, chance)], kind=kinds[item.notice], reference=edition.reference
        )
        for item, lot, chance in lots
    ]  # fmt: skip


def _kind(store: Store, item: Item) -> str:
    """The kind of the buyer of an item, by what its notice codes, else by its name."""
    notice = store.notice(item.notice)
    return (kind_of(notice) if notice else "") or buyer_kind(item.buyer)


def _asked(item: Item, chance: Opportunity) -> tuple[str, str]:
    """The CPV prefix and the region to compare a lot with."""
    place = item.departements[0] if item.departements else ""
    return chance.segment.segment.prefix, region_of(place)
