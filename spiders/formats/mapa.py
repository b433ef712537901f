"""What does a MAPA form (under 90 k€) say? It has no SIRET and hardly ever a CPV; much is form lines in free text."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scanner.issues import Issue
from scanner.notice import Buyer, Draft, Lot
from spiders.formats.facts import iso, period, teller
from spiders.formats.fnsimple import cpv_of, first_line, number_of, places_of
from spiders.formats.national_facts import mapa_awards
from spiders.formats.postponed import postponed
from spiders.formats.record import earlier_ids
from spiders.formats.text import DAYS_IN_MONTH, Words, amount, at, every, leaf, leaves, name_of, number, url_of

VARIANTS = ("initial", "rectificatif", "attribution")


def read(body: Any, draft: Draft) -> tuple[Draft, list[Issue]]:
    """The index Draft completed by the form; ValueError (French) when no known variant is there."""
    variant = next((name for name in VARIANTS if isinstance(body.get(name), dict)), None)
    if variant is None:
        raise ValueError(f"variante MAPA inconnue ({', '.join(sorted(body))})")
    form, words = body[variant], Words()
    described, more = form.get("description"), form.get("renseignements")
    object_ = leaf(at(described, "objet"))
    title, _ = first_line(object_ or draft.title)
    words.say("title", None, title)
    if object_ != title:
        words.say("description", None, object_)
    words.say(
        "description", None, at(form, "caracteristiques", "principales"), at(form, "caracteristiques", "quantites")
    )
    conditions = form.get("conditions")
    if isinstance(conditions, dict):
        words.say("conditions", None, *(v for k, v in conditions.items() if k not in ("langue", "euro")))
    words.say("criteria", None, form.get("criteres"))
    words.say("participation", None, form.get("justifications"))
    words.say("additional", None, at(more, "rensgComplt"), form.get("infosSup"))
    words.say("change", None, form.get("infosRectif"))
    words.say("other", None, form.get("attribution"))
    organisation = body.get("organisme")
    lots = _lots(every(form, "lots", "lot") + every(form, "lots", "plusieursLot", "lot"), words)
    later, unreadable = postponed(form.get("infosRectif"))
    issues, lasts = list[Issue](), form.get("duree")
    start, end = period(
        leaf(at(lasts, "dateACompterDu")), leaf(at(lasts, "jusquau")), teller(draft.source, draft.key, issues)
    )
    return replace(
        draft,
        shape="mapa",
        title=title,
        description=object_,
        buyers=_buyer(organisation) or draft.buyers,
        cpv=cpv_of(at(described, "codeCPV")) or cpv_of(at(form, "codeCPV")),
        places=tuple(
            place
            for where in ("lieuExecutionLivraison", "lieuExecution", "lieuLivraison")
            for place in places_of(at(described, where))
        ),
        deadline=leaf(at(form, "delais", "receptionOffres")) or draft.deadline or later,
        deadline_style="paris",
        amount=amount(at(form, "attribution", "resultat", "attribue", "montant", "valeur")),
        duration_months=_months(lasts),
        start=iso(start),
        end=iso(end),
        awards=mapa_awards(form.get("attribution"), draft.holders),
        contract_types=draft.contract_types or tuple(at(form, "natureMarche") or ()),
        lots=lots,
        passages=words.passages,
        coded=words.coded + draft.coded + unreadable,
        earlier=tuple(dict.fromkeys(draft.earlier + earlier_ids(at(form, "avisInitial", "idWeb")))),
        reference=leaf(at(more, "idMarche")),
        documents_url=url_of(at(form, "adressesComplt", "document", "coord", "url")),
        profile_url=url_of(at(organisation, "urlProfilAcheteur")),
    ), issues


def _months(duration: Any) -> float | None:
    months, days = number(at(duration, "nbMois")), number(at(duration, "nbJours"))
    return months if months is not None or days is None else round(days / DAYS_IN_MONTH, 1)


def _lots(nodes: list[Any], words: Words) -> tuple[Lot, ...]:
    lots: dict[str, Lot] = {}
    for rank, node in enumerate(nodes, 1):
        text = leaf(at(node, "description"))
        stated = leaf(at(node, "numLot"))
        if not stated:
            stated, text = number_of(text)
        label = stated if stated and stated not in lots else str(rank)
        if label in lots:
            label = f"{label}-{rank}"
        title, description = first_line(text)
        words.say("lot_title", label, title)
        words.say("lot_description", label, description)
        lots[label] = Lot(label, title, description, cpv_of(at(node, "codeCPV")))
    return tuple(lots.values())


def _buyer(organisation: Any) -> tuple[Buyer, ...]:
    name = name_of(leaf(at(organisation, "acheteurPublic")))
    if not name:
        return ()
    buyer = Buyer(
        name,
        email=leaf(at(organisation, "coord", "mel")) or None,
        phone=leaf(at(organisation, "coord", "tel")) or None,
        street=" ".join(leaves(at(organisation, "adr", "voie"))) or None,
        postcode=leaf(at(organisation, "adr", "cp")) or None,
        city=leaf(at(organisation, "adr", "ville")) or None,
    )
    return (buyer,)
