"""What does an APProch project say? A purchase announced before its call, with what its buyer declares of the social.

Its title and description are its only text. What is declared stays coded, under the source's own field names.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from scanner.datafile import DataFileError
from scanner.issues import Issue
from scanner.limits import Exceeded, Limits
from scanner.notice import Amount, Buyer, Coded, Draft, Passage, Place, RawNotice
from scanner.source import Source, load
from spiders.formats.guard import UNREADABLE, opened
from spiders.formats.text import plain, url_of

PARIS = ZoneInfo("Europe/Paris")
PROJECT = "https://projets-achats.marches-publics.gouv.fr/project/"
#: Declared fields and the lookup of their values.
DECLARED = {
    "marche_reserve": "yes_no",
    "considerations_sociales": "yes_no",
    "considerations_environnementales": "yes_no",
    "a_publier_sur_le_site_du_marche_de_l_inclusion": "yes_no",
    "etat_de_l_espace_d_echanges": "space",
}
_CPV = re.compile(r"(?<!\d)\d{8}(?!\d)")
_FIGURE = re.compile(r"(\d+(?:[.,]\d+)?)\s*([kKmM]?)")
_AT_MOST = re.compile(r"<|moins|inférieur|jusqu|max", re.I)
_AT_LEAST = re.compile(r">|plus|supérieur|au-delà|min|\+", re.I)
_UNITS = {"": 1.0, "k": 1_000.0, "m": 1_000_000.0}

Tell = Callable[[str, str], None]


def parse(raw: RawNotice, limits: Limits) -> tuple[Draft | None, list[Issue]]:
    """The Draft of one project and its issues; (None, one rejected Issue) when it cannot be read.

    It is published on the day, in Paris, of the state in which this version was first seen: the source dates nothing.
    """
    issues: list[Issue] = []

    def tell(code: str, message: str) -> None:
        issues.append(Issue(raw.source, raw.key, code, message))

    try:
        return _draft(opened(raw.body, "projet", limits), raw, load(raw.source), tell), issues
    except (DataFileError, Exceeded):  # our own lookups, or a limit: not the form of this record
        raise
    except UNREADABLE as error:
        message = (
            f"Projet rejeté, {error} ; il reste en archive, complétez spiders/formats/approch.py puis lancez "
            "scanner reclassify."
        )
        return None, [Issue(raw.source, raw.key, "avis_illisible", message, level="rejected")]


def _draft(record: dict[str, Any], raw: RawNotice, source: Source, tell: Tell) -> Draft:
    field = {name: _text(value) for name, value in record.items()}
    for name in field.keys() - {*source.fields, *source.ignore}:
        tell(
            "cle_inconnue",
            f"La clé « {name} » est nouvelle dans l'API ; lisez-la ou ajoutez-la sous ignore dans spiders/approch.yml.",
        )
    if not field.get("code") or not field.get("libelle"):
        raise ValueError("code ou libelle absent")
    title, description = plain(field["libelle"]), plain(field.get("description", ""))
    passages = [Passage("title", None, title)]
    if description and description != title:
        passages.append(Passage("description", None, description))
    category = field.get("categorie_d_achat", "")
    return Draft(
        source=raw.source,
        key=field["code"],
        family=category,
        nature="PROJET",
        status=field.get("statut", "").upper() or "OUVERT",
        published=raw.fetched_at.astimezone(PARIS).date().isoformat(),
        title=title,
        description=description,
        shape="projet",
        buyers=_buyers(field.get("siren_de_l_entite_acheteuse", "")),
        cpv=_cpv(field.get("code_s_cpv", ""), tell),
        places=_places(field.get("departement_s_d_execution_du_marche", ""), source),
        expected=_day(field.get("date_previsionnelle_de_publication", ""), tell),
        amount=_bracket(field.get("montant_estime_du_marche", ""), tell),
        duration_months=_months(field.get("duree_previsionnelle_du_marche", ""), tell),
        contract_types=(category,) if source.lookup("contract_type", category.upper()) else (),
        procedure=field.get("type_de_procedure", ""),
        passages=tuple(passages),
        coded=tuple(_declared(field, source, tell)),
        url=PROJECT + quote(field["code"], safe=""),
        documents_url=url_of(field.get("lien_vers_la_consultation", "")),
    )


def _text(value: Any) -> str:
    """A field as text; null, empty and the portal's filler « CDL » are nothing said."""
    if value is None or isinstance(value, bool | dict):
        return "" if value is None else str(value)
    if isinstance(value, list):
        return "|".join(filter(None, map(_text, value)))
    text = str(int(value) if isinstance(value, float) and value.is_integer() else value).strip()
    return "" if text == "CDL" else text


def _declared(field: dict[str, str], source: Source, tell: Tell) -> list[Coded]:
    """What the buyer declares, in our words; a value that the lookups do not know is kept as received and told."""
    found = []
    for name, table in DECLARED.items():
        if value := field.get(name, ""):
            word = source.lookup(table, value.upper())
            if word is None:
                tell(
                    f"{name}_inconnu",
                    f"« {value} » n'est pas connu pour {name} ; ajoutez-le sous lookups.{table} dans "
                    "spiders/approch.yml.",
                )
            found.append(Coded(name, None, word or value))
    if target := field.get("date_cible_de_remise_des_offres", ""):
        found.append(Coded("date_cible_de_remise_des_offres", None, target))
    if hospital := field.get("nomenclature_hospitalier", ""):
        found.append(Coded("nomenclature_hospitalier", None, hospital))
    return found


def _buyers(siren: str) -> tuple[Buyer, ...]:
    """The buyer by its SIREN alone, sent as a number: its leading zeros are lost. Its name is found elsewhere."""
    return (Buyer("", siren=siren.zfill(9) if siren.isdecimal() else siren),) if siren else ()


def _cpv(text: str, tell: Tell) -> tuple[str, ...]:
    codes = tuple(dict.fromkeys(_CPV.findall(text)))
    if text and not codes:
        tell("cpv_illisible", f"Code CPV « {text} » illisible, ignoré ; vérifiez le projet.")
    return codes


def _places(text: str, source: Source) -> tuple[Place, ...]:
    codes = list(dict.fromkeys(code.strip() for code in text.split("|") if code.strip()))
    if len(codes) >= source.expect["nationwide"]:
        return (Place("France entière"),)
    return tuple(Place(code, departement=code) for code in codes)


def _day(text: str, tell: Tell) -> str:
    if not text:
        return ""
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        tell("date_prevue_illisible", f"Date de publication prévue « {text} » illisible, ignorée ; vérifiez le projet.")
        return ""


def _bracket(text: str, tell: Tell) -> Amount | None:
    """« 100k - 500k€ » is a bracket: two bounds, or one with its sense; never a value, never summed."""
    bounds = [float(figure.replace(",", ".")) * _UNITS[unit.lower()] for figure, unit in _FIGURE.findall(text)]
    if len(bounds) == 2 and bounds[0] < bounds[1]:
        return Amount(low=bounds[0], high=bounds[1])
    if len(bounds) == 1 and _AT_MOST.search(text):
        return Amount(high=bounds[0])
    if len(bounds) == 1 and _AT_LEAST.search(text):
        return Amount(low=bounds[0])
    if text:
        tell(
            "montant_illisible",
            f"Montant estimé « {text} » illisible, ignoré ; complétez _bracket dans spiders/formats/approch.py.",
        )
    return None


def _months(text: str, tell: Tell) -> float | None:
    if not text:
        return None
    try:
        months = float(text)
    except ValueError:
        months = -1.0
    if not 0 <= months <= 1200:  # a century: the longest concession
        tell("duree_illisible", f"Durée « {text} » illisible, ignorée ; vérifiez le projet.")
        return None
    return months or None
