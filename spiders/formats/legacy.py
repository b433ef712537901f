"""What does a notice of the old schema (2.x, sections IDENTITE, OBJET…) say? XML and JSON share one tree."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lxml import etree

from scanner.issues import Issue
from scanner.limits import Limits
from scanner.notice import Amount, Buyer, Coded, Draft, Lot, Place
from scanner.source import load
from spiders.formats.facts import Tell, iso, teller
from spiders.formats.national_facts import (
    legacy_awards,
    legacy_buyer,
    legacy_period,
    legacy_renewals,
    lot_renewals,
)
from spiders.formats.record import earlier_ids
from spiders.formats.text import Words, amount, at, attribute, every, leaf, leaves, name_of, number, url_of
from spiders.formats.xmltree import local, root_of

SECTIONS = frozenset({"IDENTITE", "OBJET", "PROCEDURE", "ATTRIBUTION", "RECTIF", "ANNULATION"})
_CONDITIONS = ("AUTRES_CONDITIONS_PART_OUI", "FINANCEMENT", "FORME_JURIDIQUE", "CAUTIONNEMENT")
_PARTICIPATION = (
    "SITUATION_JURIDIQUE", "CAP_ECO", "CAP_ECO_NIVEAU_MINI", "CAP_TECH", "CAP_TECH_NIVEAU_MINI",
    "JUSTIFICATIFS_CANDIDAT", "CRITERE_SELECTION", "PRESTATION_RESERVEE_OUI",
)  # fmt: skip


def tree(xml: bytes, limits: Limits) -> Any:
    """The XML document in the conventions of BOAMP's JSON. ValueError (French) when it is not well formed."""
    return _node(root_of(xml, limits))


def _node(element: etree._Element) -> Any:
    node: dict[str, Any] = {f"@{etree.QName(key).localname}": value for key, value in element.attrib.items()}
    for child in element:
        tag, value = local(child), _node(child)
        if tag not in node:
            node[tag] = value
        elif isinstance(node[tag], list):
            node[tag].append(value)
        else:
            node[tag] = [node[tag], value]
    text = "".join([element.text or "", *(child.tail or "" for child in element)]).strip()
    if not node:
        return text
    return {**node, "#text": text} if text else node


def index_of(management: Any, source: str, key: str, url: str) -> Draft:
    """The Draft that ``GESTION`` alone gives: what the API's index fields say for newer notices."""
    kinds, index = at(management, "REFERENCE", "TYPE_AVIS"), at(management, "INDEXATION")
    return Draft(
        source=source,
        key=key,
        family=_present(at(kinds, "FAMILLE")),
        nature=_present(at(kinds, "NATURE")),
        status=_present(at(kinds, "STATUT")),
        published=leaf(at(index, "DATE_PUBLICATION"))[:10],
        title=leaf(at(index, "RESUME_OBJET")),
        shape="index",
        publication_departements=tuple(filter(None, map(leaf, every(index, "DEP_PUBLICATION")))),
        places=tuple(Place(d, departement=d) for d in map(leaf, every(index, "DEP_PRESTATION")) if d),
        deadline=leaf(at(index, "DATE_LIMITE_REPONSE")),
        contract_types=tuple(at(index, "NATURE_MARCHE") or ()),
        coded=_index_codes(kinds, index),
        earlier=earlier_ids(
            every(management, "MARCHE", "ANNONCE_ANTERIEUR", "REFERENCE", "IDWEB"),
            every(management, "REFERENCE", "ANNONCE_ANTERIEUR", "IDWEB"),
        ),
        url=url,
        documents_url=url_of(at(management, "MARCHE", "URL_CONSULTATION")),
    )


def _index_codes(kinds: Any, index: Any) -> tuple[Coded, ...]:
    """The social flag, and the directive that the perimeter names."""
    basis = load("boamp").lookup("legal_basis", _present(at(kinds, "PERIMETRE")))
    found = [Coded("criteres", None, "sociaux")] if _flag(index, "CRITERES_SOCIAUX_ENV", "SOCIAUX") else []
    return (*found, Coded("legal-basis", None, basis)) if basis else tuple(found)


def read(body: Any, draft: Draft) -> tuple[Draft, list[Issue]]:
    """The index Draft completed by the sections."""
    words, market, identity = Words(), body.get("OBJET"), body.get("IDENTITE")
    issues = list[Issue]()
    tell = teller(draft.source, draft.key, issues)
    title = leaf(at(market, "TITRE_MARCHE")) or draft.title
    description = leaf(at(market, "OBJET_COMPLET"))
    features = at(market, "CARACTERISTIQUES")
    words.say("title", None, title)
    words.say("description", None, description, at(features, "PRINCIPALES"))
    relative, joining = body.get("CONDITION_RELATIVE_MARCHE"), body.get("CONDITION_PARTICIPATION")
    words.say("conditions", None, *(at(relative, name) for name in _CONDITIONS))
    words.say("conditions", None, at(joining, "CONDITION_PARTICULIERE_EXECUTION"))
    words.say("criteria", None, at(body, "PROCEDURE", "CRITERES_ATTRIBUTION"))
    words.say("participation", None, *(at(joining, name) for name in _PARTICIPATION))
    more = body.get("RENSEIGNEMENTS_COMPLEMENTAIRES")
    words.say("additional", None, at(more, "RENS_COMPLEMENT"))
    words.say("additional", None, at(body, "CONDITION_ADMINISTRATIVE", "CONDITIONS_REMISE_OFFRES"))
    words.say("change", None, *every(body, "RECTIF", "MODIFICATION"), at(body, "RECTIF", "RENS_COMPLEMENT"))
    words.say("change", None, body.get("ANNULATION"), body.get("MODIF"))
    decisions = every(body, "ATTRIBUTION", "DECISION")
    for decision in decisions:
        words.say("other", None, decision.get("INTITULE"), decision.get("DESCRIPTION"))
    _reserved(joining, words)
    _reserved(market, words)
    nodes = every(market, "LOTS", "LOT")
    if len(nodes) == 1 and not leaf(at(nodes[0], "NUM")):
        lone, lots = _lot(nodes[0], None, words, tell), tuple[Lot, ...]()
    else:
        lone, lots = None, _lots(nodes, words, tell)
    months = number(at(market, "DUREE_DELAI", "DUREE_MOIS")) or (lone.duration_months if lone else None)
    start, end = legacy_period(at(market, "DUREE_DELAI"), tell)
    renewed = legacy_renewals(features, months, tell)
    cpv = tuple(dict.fromkeys(map(leaf, every(market, "CPV", "PRINCIPAL") + every(market, "CPV", "SUPPLEMENTAIRE"))))
    return replace(
        draft,
        shape="legacy",
        title=title,
        description=description or (lone.description if lone else ""),
        buyers=_buyer(identity) or draft.buyers,
        cpv=tuple(dict.fromkeys(filter(None, cpv + (lone.cpv if lone else ())))),
        places=_places(at(market, "LIEU_EXEC_LIVR")) + (lone.places if lone else ()) + draft.places,
        deadline=leaf(at(body, "CONDITION_DELAI", "RECEPT_OFFRES")) or draft.deadline,
        deadline_style="paris",
        amount=_amount(features, "VALEUR_TOTALE") or (lone.amount if lone else None),
        duration_months=months,
        start=iso(start or (lone.start if lone and end is None else None)),
        end=iso(end or (lone.end if lone and start is None else None)),
        renewal_months=lone.renewal_months if lone and renewed is None else renewed,
        contract_types=draft.contract_types or tuple(at(market, "TYPE_MARCHE") or ()),
        procedure=next(iter(at(body, "PROCEDURE", "TYPE_PROCEDURE") or ()), draft.procedure),
        technique="accordCadre" if _flag(body, "PROCEDURE", "ACCORD_CADRE") else draft.technique,
        lots=lots,
        passages=words.passages,
        coded=words.coded + legacy_buyer(body, tell) + draft.coded,
        earlier=tuple(
            dict.fromkeys(draft.earlier + earlier_ids(every(body, "RECTIF", "ANNONCE_ANTERIEUR", "REFERENCE", "IDWEB")))
        ),
        reference=leaf(at(market, "REF_MARCHE")) or leaf(at(body, "CONDITION_ADMINISTRATIVE", "REFERENCE_MARCHE")),
        documents_url=url_of(at(identity, "URL_DOCUMENT")) or draft.documents_url,
        profile_url=url_of(at(identity, "URL_PROFIL_ACHETEUR")),
        holders=tuple(dict.fromkeys(map(name_of, map(leaf, every(decisions, "TITULAIRE", "DENOMINATION")))))
        or draft.holders,
        awards=legacy_awards(body.get("ATTRIBUTION"), bool(lots), tell),
    ), issues


def _present(node: Any) -> str:
    """The key that is present under an enumeration, empty when there is none."""
    return next((key for key in node if not key.startswith("@")), "") if isinstance(node, dict) else ""


def _flag(node: Any, *path: str) -> bool:
    return at(node, *path) is not None


def _reserved(section: Any, words: Words) -> None:
    """The coded reservation; a reserved *profession* (PRESTATION_RESERVEE) is not one and is only read as text."""
    if not isinstance(section, dict):
        return
    if "MARCHE_RESERVE_OUI" in section:
        words.code("marche_reserve", None, "oui")
        words.say("conditions", None, section["MARCHE_RESERVE_OUI"])
    if "MARCHE_RESERVE_NON" in section:
        words.code("marche_reserve", None, "non")


def _lots(nodes: list[Any], words: Words, tell: Tell) -> tuple[Lot, ...]:
    lots: dict[str, Lot] = {}
    for rank, node in enumerate(nodes, 1):
        label = leaf(at(node, "NUM"))
        label = label if label and label not in lots else str(rank)
        if label in lots:
            label = f"{label}-{rank}"
        lots[label] = _lot(node, label, words, tell)
    return tuple(lots.values())


def _lot(node: Any, label: str | None, words: Words, tell: Tell) -> Lot:
    title, description = leaf(at(node, "INTITULE")), leaf(at(node, "DESCRIPTION"))
    words.say("lot_title", label, title)
    words.say("lot_description", label, description)
    words.say("lot_description", label, at(node, "INFO_COMPL"), at(node, "OPTIONS_DESCRIPTION"))
    renewals = leaf(at(node, "RENOUVELLEMENT_DESCRIPTION"))
    words.say("lot_description", label, renewals)
    words.say("criteria", label, at(node, "CRITERES_ATTRIBUTION"))
    places = tuple(Place(code, nuts=code) for code in map(leaf, every(node, "CODE_NUTS")) if code)
    places += tuple(Place(text) for text in map(leaf, every(node, "LIEU_PRINCIPAL")) if text)
    return Lot(
        label or "", title, description, tuple(filter(None, map(leaf, every(node, "CPV", "PRINCIPAL")))), places,
        _amount(node, "VALEUR"), number(at(node, "DUREE_MOIS")), renewals,
        lot_renewals(node), *legacy_period(node, tell),
    )  # fmt: skip


def _places(node: Any) -> tuple[Place, ...]:
    postcode, city = leaf(at(node, "CP")), leaf(at(node, "VILLE"))
    text = " ".join(filter(None, [*leaves(at(node, "ADRESSE")), postcode, city]))
    places = [Place(text, postcode or None, city or None)] if text else []
    places += [Place(code, nuts=code) for code in map(leaf, every(node, "CODE_NUTS")) if code]
    return tuple(places)


def _amount(node: Any, total: str) -> Amount | None:
    value = at(node, total)
    return amount(value, at(node, "VALEUR_MIN"), at(node, "VALEUR_MAX"), currency=attribute(value, "DEVISE"))


def _buyer(identity: Any) -> tuple[Buyer, ...]:
    name = name_of(leaf(at(identity, "DENOMINATION")))
    if not name:
        return ()
    read_ = {
        field: leaf(at(identity, tag)) or None
        for field, tag in (
            ("siret", "CODE_IDENT_NATIONAL"), ("email", "MEL"), ("phone", "TEL"), ("street", "ADRESSE"),
            ("postcode", "CP"), ("city", "VILLE"), ("nuts", "ADJUDICATEUR_NUTS"),
        )
    }  # fmt: skip
    return (Buyer(name, **read_),)
