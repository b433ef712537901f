"""What does a table say of one lot? A cell for each column of ``tables.yml``: text, figure, date or address."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from feeds.digest import expired
from feeds.entry import PARIS, Card, card, clean, days_left, safe_link, word
from scanner.appraisal import HoursRange, LotSegment, Opportunity
from scanner.datafile import only, read_yaml, texts
from scanner.edition import Edition, Item, ItemLot
from scanner.notice import PASSAGE_FIELDS

Cell = str | int | date | datetime

_SECTIONS: dict[str, type] = {
    "columns": dict, "words": dict, "per": dict, "buyer_classes": dict, "actions": dict, "sheets": dict, "notes": list,
}  # fmt: skip
_AWARDED = frozenset({"award", "modification", "intent"})


def row(item: Item, lot: ItemLot | None, edition: Edition, news: bool = False) -> dict[str, Cell]:
    """One cell for each column, by name; « inconnu » where nothing is known, never an empty text but for ``suivi``.

    ``lot`` None: the notice took the last device away. ``news``: the list tells what changed.
    """
    told = card(item, (replace(lot, opportunity=None),) if lot else (), edition.reference, news)
    found = opportunity(lot)
    cells: dict[str, Cell] = {
        **_device(lot, told), **_buyer(item, found), **_place(item), **_trade(lot, found), **_terms(item),
        **_dates(item, told, edition.reference), **_links(item), **_estimate(told, found),
        "pourquoi": told.why.removeprefix("Pourquoi c'est là : "), **_changes(item, told),
        "action": _action(item, lot, found, edition.reference), **_advice(found),
    }  # fmt: skip
    known = {name: phrase("unknown") if cell == "" else cell for name, cell in cells.items()}
    return {**known, "suivi": phrase("new") if edition.since <= item.first_published <= edition.until else ""}


def opportunity(lot: ItemLot | None) -> Opportunity | None:
    """The appraisal of a lot, None when it has none (or one of an older shape)."""
    held: object = lot.opportunity if lot else None
    return held if isinstance(held, Opportunity) else None


def _segment(lot: ItemLot | None, found: Opportunity | None) -> LotSegment | None:
    return found.segment if found else lot.segment if lot else None


def _device(lot: ItemLot | None, told: Card) -> dict[str, Cell]:
    proofs = told.lots[0].proofs if told.lots else ()
    found = opportunity(lot)
    read = [f"{proof.quote} ({proof.field})" for proof in proofs] or (list(_read(found)) if found else [])
    status = word("statuses", lot.status if lot else "rien")
    return {
        "dispositif": told.dispositif or status,
        "extrait": _joined(read) or status,
        "lots": _named(lot, told),
        "intitule_lot": clean(lot.title) if lot and lot.number is not None else phrase("none"),
        "heures": _joined([figure for proof in proofs for figure in proof.figures]),
        "facilitateur": _joined([proof.facilitator for proof in proofs]),
    }


def _read(found: Opportunity) -> list[str]:
    """The notice's own words that an appraisal rests upon: never what is known of the buyer, never a judgement."""
    words = [found.segment.words] if found.segment.words else []
    quoted = [
        f"« {clean(signal.quote)} » ({word('fields', signal.field)})"
        for signal in found.signals
        if signal.known and signal.quote and signal.field in PASSAGE_FIELDS
    ]
    return [*(f"« {clean(one)} »" for one in words), *quoted]


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
        "departements": _joined(codes) or phrase("national"),
        "origine_lieu": word("places_source", item.places_source),
    }


def _trade(lot: ItemLot | None, found: Opportunity | None) -> dict[str, Cell]:
    known = _segment(lot, found)
    mark = (phrase("by_text") if known.known == "texte" else phrase("coarse") if known.coarse else "") if known else ""
    return {
        "cpv": _joined(list(lot.cpv) if lot else []),
        "segment": clean(known.segment.label) + mark if known else "",
        "publics": _joined(list(known.segment.publics) if known else []),
    }


def _terms(item: Item) -> dict[str, Cell]:
    return {
        "objet": clean(item.title),
        "procedure": clean(item.procedure),
        "montant": clean(item.amount),
        "duree": phrase("elsewhere"),  # an edition carries neither duration nor renewals
        "reconductions": phrase("elsewhere"),
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
    return {"avis": clean(item.url), "dce": clean(item.documents_url), "autre_source": other}


def _estimate(told: Card, found: Opportunity | None) -> dict[str, Cell]:
    if found is None:
        written = any(proof.figures for lot in told.lots for proof in lot.proofs)
        return dict.fromkeys(("heures_min", "heures_max", "heures_base"), phrase("written") if written else "")
    low, high = found.hours.low, found.hours.high
    return {
        "heures_min": "" if low is None else low,
        "heures_max": "" if high is None else high,
        "heures_base": _basis(found.hours),
    }


def _basis(hours: HoursRange) -> str:
    per = [] if hours.low is None and hours.high is None else [table()["per"][hours.per]]
    asked = [phrase("ask") + ", ".join(hours.ask)] if hours.ask else []
    return _joined([*per, *hours.lines, *hours.warnings, *([hours.instead] if hours.instead else []), *asked])


def _changes(item: Item, told: Card) -> dict[str, Cell]:
    holders = _joined(list(told.holders)) if item.kind in _AWARDED or told.holders else phrase("none")
    return {"nature": told.kind, "changement": _joined(list(told.changes)), "titulaires": holders}


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


def _advice(found: Opportunity | None) -> dict[str, Cell]:
    """The columns that stay in ``prive/``."""
    if found is None:
        return dict.fromkeys(
            ("statut", "levier", "score", "confiance", "motifs", "structures", "pratique"), phrase("none")
        )
    duty, lever = found.legal.duty, found.lever
    return {
        "statut": _joined([duty.text, *duty.derogations, *duty.notes]),
        "levier": _joined([lever.text, lever.reason, *(phrase("verify") + one for one in lever.warnings)]),
        "score": found.score,
        "confiance": found.confidence,
        "motifs": _joined(list(found.reasons)),
        "structures": _structures(found),
        "pratique": _practice(found),
    }


def _structures(found: Opportunity) -> str:
    if found.supply is None:
        return ""
    told = phrase("structures" if found.supply.count >= 2 else "structure").format(count=found.supply.count)
    return _joined([told, *found.supply.names])


def _practice(found: Opportunity) -> str:
    known = found.practice
    if known is None or not known.own:
        return ""
    return _joined([phrase("practice").format(social=known.own_social, known=known.own), known.about, known.period])


def _joined(told: list[str]) -> str:
    """The distinct texts that say something, clean, in their order."""
    return " ; ".join(dict.fromkeys(filter(None, map(clean, told))))


def phrase(key: str) -> str:
    """A word of ``tables.yml``."""
    return str(table()["words"][key])


@cache
def table() -> dict[str, Any]:
    """The whole of ``tables.yml``. Raises DataFileError when a section is missing or of another shape."""
    path = Path(__file__).with_name("tables.yml")
    read = only(read_yaml(path), path.name, _SECTIONS)
    texts(read["notes"], f"{path.name}, notes")
    return read
