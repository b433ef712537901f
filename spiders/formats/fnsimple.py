"""What does a national form (FNSimple, 90 k€ to the European thresholds) say? Call, rectification or award."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from scanner.issues import Issue
from scanner.notice import Buyer, Draft, Lot, Place
from spiders.formats.facts import teller
from spiders.formats.national_facts import awards_told, holders_told
from spiders.formats.postponed import postponed
from spiders.formats.record import earlier_ids
from spiders.formats.text import Words, amount, at, attribute, every, leaf, leaves, listed, name_of, number, url_of

_PREFIX = re.compile(r"\s*(?:lot\s*(?:n\s*[°ºo]\s*)?)?(\d{1,3}[A-Za-z]?)\s*(?:[:\-–—.)]|\n)\s*", re.IGNORECASE)
_PHONE_FIELDS = ("telContact", "tel")
_MAILBOX = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w.-]+")
_MAIL_FIELDS = ("adresseMailContact", "emailContact", "nomContact")
VARIANTS = ("initial", "rectificatif", "attribution")


def read(body: Any, draft: Draft) -> tuple[Draft, list[Issue]]:
    """The index Draft completed by the form; ValueError (French) when no known variant is there."""
    variant = next((name for name in VARIANTS if isinstance(body.get(name), dict)), None)
    if variant is None:
        raise ValueError(f"variante FNSimple inconnue ({', '.join(sorted(body))})")
    form, words, issues = body[variant], Words(), list[Issue]()
    market = form.get("natureMarche")
    title = leaf(at(market, "intitule")) or draft.title
    description = leaf(at(market, "description"))
    words.say("title", None, title)
    words.say("description", None, description)
    words.say("criteria", None, at(form, "procedure", "criteresAttrib"), at(market, "criteresAttrib"))
    for capacity in ("capaciteExercice", "capaciteEcoFin", "capaciteTech"):
        words.say("participation", None, at(form, "procedure", capacity))
    information = form.get("informComplementaire")
    words.say("additional", None, at(information, "autresInformComplementaire"), at(information, "oui"))
    words.say("change", None, form.get("infosRectif"))
    award = form.get("attributionMarche")
    words.say("other", None, award)
    reserved = at(market, "reservationMarche")
    if isinstance(reserved, dict):
        for answer in ("oui", "non"):
            if answer in reserved:
                words.code("marche_reserve", None, answer)
        if details := list(leaves(reserved.get("oui"))):
            words.say("conditions", None, *details)
            issues.append(
                Issue(
                    draft.source, draft.key, "reservation_detaillee",
                    "Le formulaire détaille sa réservation d'une façon encore jamais vue ; relisez l'avis et complétez "
                    "spiders/formats/fnsimple.py.",
                )
            )  # fmt: skip
    lots = _lots(every(form, "lots", "lot"), words)
    value = at(market, "valeurEstimee")
    contact = form.get("communication")
    techniques = at(form, "procedure", "techAchat")
    later, unreadable = postponed(form.get("infosRectif"))
    return replace(
        draft,
        shape="fnsimple",
        title=title,
        description=description,
        buyers=_buyer(body.get("organisme"), contact) or draft.buyers,
        cpv=cpv_of(at(market, "codeCPV")),
        places=places_of(at(market, "lieuExecution")),
        deadline=leaf(at(form, "procedure", "dateReceptionOffres")) or draft.deadline or later,
        deadline_style="paris",
        amount=amount(
            at(value, "valeur"),
            at(value, "fourchette", "valeurBasse"),
            at(value, "fourchette", "valeurHaute"),
            currency=attribute(value, "devise"),
        ),
        duration_months=number(at(market, "dureeMois")),
        contract_types=draft.contract_types or tuple(at(market, "natureMarche") or ()),
        procedure="PROCEDURE_ADAPTE" if at(form, "procedure", "procedureAdapteeO") is not None else draft.procedure,
        technique=next((k for k in techniques if not k.startswith("@")), "") if isinstance(techniques, dict) else "",
        lots=lots,
        passages=words.passages,
        coded=words.coded + draft.coded + unreadable,
        earlier=tuple(dict.fromkeys(draft.earlier + earlier_ids(at(form, "avisInitial", "idWeb")))),
        reference=leaf(at(contact, "identifiantInterne")),
        documents_url=url_of(at(contact, "urlDocConsul")),
        profile_url=url_of(at(contact, "urlProfilAch")),
        holders=draft.holders or holders_told(leaf(award)),
        awards=awards_told(leaf(award), teller(draft.source, draft.key, issues)),
    ), issues


def cpv_of(node: Any) -> tuple[str, ...]:
    """The CPV codes of a ``codeCPV`` block, main one first."""
    found: dict[str, None] = {}
    for block in ("objetPrincipal", "objetSecondaire"):
        for part in ("classPrincipale", "classSupplementaire"):
            for code in every(node, block, part):
                found.setdefault(leaf(code))
    return tuple(code for code in found if code)


def places_of(node: Any) -> tuple[Place, ...]:
    """The places of a free text, a ``{libelle, codeNuts}`` or an address block ``{voie, cp, ville}``."""
    places = []
    for one in listed(node):
        if isinstance(one, dict) and "#text" not in one:
            postcode, city, nuts = leaf(one.get("cp")), leaf(one.get("ville")), leaf(one.get("codeNuts"))
            text = " ".join(
                part for part in (leaf(one.get("libelle")), *leaves(one.get("voie")), postcode, city) if part
            )
        else:
            text, postcode, city, nuts = leaf(one), "", "", ""
        if text or nuts:
            places.append(Place(text or nuts, postcode or None, city or None, nuts or None))
    return tuple(places)


def number_of(description: str) -> tuple[str, str]:
    """The lot number at the head of a description, and what follows; empty number when there is none."""
    found = _PREFIX.match(description)
    return (found.group(1), description[found.end() :]) if found else ("", description)


def first_line(text: str) -> tuple[str, str]:
    """The first line of a text, and the rest."""
    head, _, rest = text.strip().partition("\n")
    return head.strip(), rest.strip()


def _lots(nodes: list[Any], words: Words) -> tuple[Lot, ...]:
    lots: dict[str, Lot] = {}
    for rank, node in enumerate(nodes, 1):
        stated, text = number_of(leaf(at(node, "description")))
        number_ = stated if stated and stated not in lots else str(rank)
        if number_ in lots:
            number_ = f"{number_}-{rank}"
        title, description = first_line(text)
        words.say("lot_title", number_, title)
        words.say("lot_description", number_, description)
        codes = tuple(dict.fromkeys(code for block in every(node, "codeCPV") for code in cpv_of(block)))
        lots[number_] = Lot(
            number_, title, description, codes, places_of(at(node, "lieuExecutionLivraison")),
            amount(at(node, "estimationValeur", "valeur")),
        )  # fmt: skip
    return tuple(lots.values())


def _buyer(organisation: Any, contact: Any) -> tuple[Buyer, ...]:
    name = name_of(leaf(at(organisation, "nomOfficiel")))
    if not name:
        return ()
    mails = (leaf(at(contact, field)) for field in _MAIL_FIELDS)
    phones = (leaf(at(contact, field)) for field in _PHONE_FIELDS)
    buyer = Buyer(
        name,
        siret=leaf(at(organisation, "codeIdentificationNational")) or None,
        email=next((found[0] for mail in mails if (found := _MAILBOX.search(mail))), None),  # never a name beside it
        phone=next((phone for phone in phones if phone), None),
        street=leaf(at(organisation, "adresse")) or None,
        postcode=leaf(at(organisation, "cp")) or None,
        city=leaf(at(organisation, "ville")) or None,
    )
    return (buyer,)
