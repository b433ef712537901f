"""What does a table say of one lot? A cell for each column of ``tables.yml``: text, figure, date or address."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from feeds.advice import estimate, opportunity, private, words_read
from feeds.columns import Cell, joined, phrase, table
from feeds.digest import expired
from feeds.entry import PARIS, Card, card, clean, days_left, safe_link, told_link, word
from feeds.terms import terms
from scanner.appraisal import LotSegment, Opportunity
from scanner.edition import Edition, Item, ItemLot

_AWARDED = frozenset({"award", "modification", "intent"})


def row(item: Item, lot: ItemLot | None, edition: Edition, news: bool = False) -> dict[str, Cell]:
    """One cell for each column, by name; « inconnu » where nothing is known, never an empty text but for ``suivi``.

    ``lot`` None: the notice took the last device away. ``news``: the list tells what changed.
    """
    told = card(item, (replace(lot, opportunity=None),) if lot else (), edition.reference, news)
    found = opportunity(lot)
    cells: dict[str, Cell] = {
        **_device(lot, told), **_buyer(item, found), **_place(item), **_trade(lot, found), **_terms(item, lot),
        **_dates(item, told, edition.reference), **_links(item), **estimate(told, found),
        "pourquoi": told.why.removeprefix("Pourquoi c'est là : "), **_changes(item, told),
        "action": _action(item, lot, found, edition.reference), **private(found),
    }  # fmt: skip
    known = {name: phrase("unknown") if cell == "" else cell for name, cell in cells.items()}
    return {**known, "suivi": phrase("new") if edition.since <= item.first_published <= edition.until else ""}


def _segment(lot: ItemLot | None, found: Opportunity | None) -> LotSegment | None:
    return found.segment if found else lot.segment if lot else None


def _device(lot: ItemLot | None, told: Card) -> dict[str, Cell]:
    proofs = told.lots[0].proofs if told.lots else ()
    found = opportunity(lot)
    read = [f"{proof.quote} ({proof.field})" for proof in proofs] or (list(words_read(found)) if found else [])
    status = word("statuses", lot.status if lot else "rien")
    return {
        "dispositif": told.dispositif or status,
        "extrait": joined(read) or status,
        "lots": _named(lot, told),
        "intitule_lot": clean(lot.title) if lot and lot.number is not None else phrase("none"),
        "heures": joined([figure for proof in proofs for figure in proof.figures]),
        "facilitateur": joined([proof.facilitator for proof in proofs]),
    }


def _named(lot: ItemLot | None, told: Card) -> str:
    if lot is not None and lot.number is not None:
        return f"Lot {clean(lot.number)}"
    return told.lots[0].name if told.lots else phrase("none")


def _buyer(item: Item, found: Opportunity | None) -> dict[str, Cell]:
    kind = found.legal.duty.buyer_class if found else ""
    return {
        "acheteur": clean(item.buyer),
        "siret": clean(item.siret or ""),
        "categorie": table()["buyer_classes"].get(kind, ""),
    }


def _place(item: Item) -> dict[str, Cell]:
    codes = [word("departements", code) for code in item.departements]
    return {
        "lieu": clean(item.place),
        "departements": joined(codes) or phrase("national"),
        "origine_lieu": word("places_source", item.places_source),
    }


def _trade(lot: ItemLot | None, found: Opportunity | None) -> dict[str, Cell]:
    known = _segment(lot, found)
    mark = (phrase("by_text") if known.known == "texte" else phrase("coarse") if known.coarse else "") if known else ""
    return {
        "cpv": joined(list(lot.cpv) if lot else []),
        "segment": clean(known.segment.label) + mark if known else "",
        "publics": joined([word("publics", one) for one in known.segment.publics] if known else []),
    }


def _terms(item: Item, lot: ItemLot | None) -> dict[str, Cell]:
    return {
        "objet": clean(item.title),
        "procedure": clean(item.procedure),
        **terms(item, lot),
    }


def _dates(item: Item, told: Card, reference: date) -> dict[str, Cell]:
    moment = item.deadline
    if moment is None:
        awaited = told.deadline if item.project and item.expected else phrase("unknown")
        return {"publie": item.published, "limite": awaited, "jours": phrase("unknown")}
    over = item.kind in (*_AWARDED, "cancellation") or expired(item, reference)
    local = moment.astimezone(PARIS).replace(tzinfo=None)
    return {
        "publie": item.published,
        "limite": local,
        "jours": phrase("closed") if over else days_left(moment, reference),
    }


def _links(item: Item) -> dict[str, Cell]:
    source = item.notice.partition(":")[0]
    others = [event.url for event in item.events if event.notice.partition(":")[0] != source and safe_link(event.url)]
    other = clean(others[-1]) if others else phrase("no_other")
    return {
        "avis": told_link(clean(item.url)),
        "dce": told_link(clean(item.documents_url)),
        "autre_source": other,
        "identifiant": clean(item.tender),
    }


def _changes(item: Item, told: Card) -> dict[str, Cell]:
    holders = joined(list(told.holders)) if item.kind in _AWARDED or told.holders else phrase("none")
    return {"nature": told.kind, "changement": joined(list(told.changes)), "titulaires": holders}


def _action(item: Item, lot: ItemLot | None, found: Opportunity | None, reference: date) -> str:
    actions = table()["actions"]
    if item.kind in _AWARDED:
        return str(actions["award"])
    if item.kind == "cancellation" or expired(item, reference):
        return str(actions["cancellation" if item.kind == "cancellation" else "closed"])
    if found is None:
        return str(actions[lot.status if lot else "rien"])
    if item.kind == "planning" or item.deadline is None:
        return word("window", "planning" if item.kind == "planning" else "unknown")
    days = days_left(item.deadline, reference)
    return word("window", "long" if days > 20 else "medium" if days >= 8 else "short")
