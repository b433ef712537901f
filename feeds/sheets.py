"""What does a facilitator bring to a buyer? One argument sheet a lot, in HTML and Markdown, for ``prive/`` only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from typing import Any

from feeds import digest, leads
from feeds.entry import clean, deadline, figure, headline, hours, long_date, safe_link, trade, word
from scanner.approach import BuyerLead, Kin, Renewal, Sheet, Similar
from scanner.edition import Edition, Item

#: Contracts, and tenders, named as examples.
_NAMED = 3
#: Contracts under which a share would say nothing.
_SHARE = 3
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|!~])")


def files(
    edition: Edition, sheets: Sequence[Sheet], buyers: Sequence[BuyerLead], renewals: Sequence[Renewal], contact: str
) -> dict[str, bytes]:
    """``index.html``, ``fiches/<name>.{html,md}``, relative to ``prive/``. ``contact``: the facilitator to write to.

    The sheets are in the order of their score. Same input, same bytes.
    """
    pages: dict[str, bytes] = {}
    for sheet in sheets:
        told = _told(sheet, edition.reference, contact)
        for kind in ("html", "md"):
            pages[f"fiches/{name(sheet)}.{kind}"] = _render(f"sheet.{kind}.j2", **told).encode()
    pages["index.html"] = _render(
        "private.html.j2", edition=edition, sheets=[(name(one), one) for one in sheets], shown=leads.shown(),
        buyers=leads.buyer_lines(buyers), renewals=leads.renewal_lines(renewals), css=digest.style(),
    ).encode()  # fmt: skip
    return pages


def name(sheet: Sheet) -> str:
    """The file name of a sheet: it depends on the tender and the lot alone, and holds no character of theirs."""
    key = f"{sheet.item.tender}#{sheet.lot.number or ''}"
    plain = re.sub(r"[^a-z0-9]+", "-", sheet.item.tender.lower())[:40].strip("-")
    return f"{plain}-{sha256(key.encode()).hexdigest()[:8]}"


def _told(sheet: Sheet, reference: date, contact: str) -> dict[str, Any]:
    item, chance, lot = sheet.item, sheet.chance, sheet.lot
    duty = chance.legal.duty
    return {
        "sheet": sheet, "chance": chance, "reference": reference, "contact": clean(contact), "css": digest.style(),
        "title": headline(item.title) or "Objet inconnu",
        "lot": f"Lot {clean(lot.number)} — {headline(lot.title)}" if lot.number else "Ensemble du marché",
        "facts": (
            ("Acheteur", (clean(item.buyer) or "inconnu") + (f" (SIRET {item.siret})" if item.siret else "")),
            ("Nature de l'acheteur", sheet.kind or "inconnue"), ("Contact de service", clean(item.email or "inconnu")),
            ("Lieu", _place(item)),
            ("Délai", deadline(item.deadline, reference)), ("Montant", clean(item.amount) or "inconnu"),
            ("Procédure", clean(item.procedure) or "inconnue"),
            ("Lecture de l'avis", word("statuses", "projet" if item.project else lot.status)),
        ),
        "url": safe_link(clean(item.url)), "dce": safe_link(clean(item.documents_url)),
        "law": [duty.text, *duty.derogations, *duty.notes],
        "openings": [f"{one.text} ({one.article})" for one in chance.legal.openings if one.answer != "fermee"],
        "trade": trade(chance.segment),
        "publics": ", ".join(word("publics", one) for one in chance.segment.segment.publics),
        "hours": hours(chance.hours), "rate": rate(sheet.similar), "kin": [*map(kin, _kin(sheet))],
        "supply": _supply(sheet),
    }  # fmt: skip


def _place(item: Item) -> str:
    named = ", ".join(word("departements", code) for code in item.departements)
    return " — ".join(filter(None, [clean(item.place), named])) or "inconnu"


def rate(similar: Similar) -> str:
    """« 41 % des 120 marchés de ce métier de plus de 90 000 € … », with n and period; says when it cannot be told."""
    known, about = similar.rate.known, f"CPV {similar.prefix}, {similar.region or 'région inconnue'}"
    floor = f"{figure(similar.floor)} € HT et plus"
    if not known or similar.rate.first is None or similar.rate.last is None:
        return f"aucun marché attribué renseigné dans la base pour ce métier ({about}, {floor})"
    first, last = f"{similar.rate.first:%m/%Y}", f"{similar.rate.last:%m/%Y}"
    period = first if first == last else f"{first} à {last}"
    if known < _SHARE:
        counted = f"{figure(similar.rate.social)} sur {figure(known)}, trop peu pour une part"
        return f"marchés de ce métier de {floor} avec une considération sociale : {counted} ({about}, {period})"
    share = figure(round(100 * similar.rate.social / known))
    few = " ; petit nombre, à manier avec prudence" if known < 30 else ""
    return (
        f"{share} % des marchés de ce métier de {floor} portent une considération sociale "
        f"({figure(similar.rate.social)} sur {figure(known)} renseignés, {about}, {period}{few})"
    )


def _kin(sheet: Sheet) -> Sequence[Kin]:
    """The contracts and notices that carry a device, its own tender left out."""
    others = [one for one in sheet.similar.notices if sheet.item.tender not in (one.tender, one.id)]
    return [*others[:_NAMED], *sheet.similar.contracts[:_NAMED]]


def kin(one: Kin) -> str:
    """« Commune de X, « Nettoyage » : clause d'insertion (2026, boamp:26-1) »."""
    title = headline(one.title) or "objet inconnu"
    return f"{clean(one.buyer) or 'acheteur inconnu'}, « {title} » : {one.device} ({long_date(one.day)}, {one.id})"


def _supply(sheet: Sheet) -> str:
    known = sheet.chance.supply
    if known is None:
        return "non évaluées : aucun annuaire de ce territoire, ou métier ou lieu inconnu (« scanner supply import »)"
    kinds = ", ".join(f"{count} {kind}" for kind, count in known.kinds)
    turnover = (
        f" ; chiffre d'affaires moyen {figure(round(known.turnover))} €"
        if known.turnover
        else " ; dépendance économique non évaluée"
    )
    names = f" : {', '.join(map(clean, known.names))}" if known.names else ""
    return f"{known.count} dans ce métier et ce département ({kinds or 'aucune'}){turnover}{names}"


def _render(template: str, **told: Any) -> str:
    made = digest.environment()
    made.filters["md"] = markdown
    return made.get_template(template).render(**told)


def markdown(text: str) -> str:
    """``text`` as plain Markdown: nothing in it is markup."""
    return _MARKDOWN.sub(r"\\\1", headline(text))
