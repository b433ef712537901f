"""What does a Draft mean? Its words become kinds, instants, SIRET and départements; what resists is an Issue."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from itertools import dropwhile
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from stdnum.fr import siren as siren_rule
from stdnum.fr import siret as siret_rule

from scanner.datafile import DataFileError
from scanner.issues import Issue
from scanner.links import refused
from scanner.links import told as told_link
from scanner.notice import KINDS, Award, Buyer, Coded, Draft, Kind, Lot, Notice, Passage, Place, lot_number
from scanner.source import Source

PARIS = ZoneInfo("Europe/Paris")
FAR_YEARS = 5  # a deadline further ahead is a typing error, except in a dynamic purchasing system
_TABLES = Path(__file__).resolve().parent / "data"
_POSTCODE = re.compile(r"(?<![\dA-Za-z])(?<!BP )(?<!CS )(\d{5})(?!\d)")
_CODE = re.compile(r"\((\d{2,3}|2[AB])\)")
_CPV = re.compile(r"\d{8}")
_NUTS = re.compile(r"FR[A-Z0-9]{0,3}")
_ARTICLES = frozenset(("departement", "de", "du", "des", "la", "le", "les", "l", "d"))
_ISLANDS = {"97133": "977", "97700": "977", "97150": "978", "97800": "978"}
_DYNAMIC = "système d'acquisition dynamique"
Part = TypeVar("Part", Passage, Coded)


def normalise(draft: Draft, source: Source) -> tuple[Notice, list[Issue]]:
    """The Notice of a draft and what could not be understood. ValueError when ``published`` is no date."""
    told = _Told(source.name, draft.key)
    technique = _word(draft.technique, "technique", source, told)
    lots = tuple(_lot(lot, told) for lot in draft.lots)
    places, buyers = _places(draft.places), tuple(_buyer(buyer, told) for buyer in draft.buyers)
    departements, places_source = _territory(draft, places, lots, buyers, told)
    published = date.fromisoformat(draft.published)
    shared = ("title", "description", "family", "shape", "duration_months", "amount", "earlier",
              "folder_id", "notice_uuid", "version", "reference", "holders", "renewal_months")  # fmt: skip
    words = (_word(value, "contract_type", source, told) for value in draft.contract_types)
    notice = Notice(
        id=f"{draft.source}:{draft.key}",
        source=draft.source,
        key=draft.key,
        kind=_kind(draft, source, told),
        published=published,
        buyers=buyers,
        cpv=_cpv(draft.cpv, told),
        places=places,
        departements=departements,
        places_source=places_source,
        deadline=_deadline(draft, published, technique, told),
        contract_types=tuple(dict.fromkeys(filter(None, words))),
        procedure=_word(draft.procedure, "procedure", source, told),
        technique=technique,
        lots=lots,
        passages=tuple(map(_numbered, draft.passages)),
        coded=tuple(map(_numbered, draft.coded)),
        read_in_full=draft.shape not in ("index", "projet"),
        expected=date.fromisoformat(draft.expected) if draft.expected else None,
        sent=_sent(draft, published, told),
        awards=tuple(_award(award, published, told) for award in draft.awards),
        start=date.fromisoformat(draft.start) if draft.start else None,
        end=date.fromisoformat(draft.end) if draft.end else None,
        url=told_link(draft.url),
        documents_url=_address(draft.documents_url, told),
        profile_url=_address(draft.profile_url, told),
        **{name: getattr(draft, name) for name in shared},
    )
    return notice, told.issues


def _address(url: str, told: _Told) -> str:
    """The address; one that may not be followed is kept as a text that says so, and told."""
    shown = told_link(url)
    if refused(shown):
        told("adresse_non_suivie", f"L'avis donne une {shown} ; elle est montrée sans lien, vérifiez l'avis.")
    return shown


class _Told:
    """The issues of one notice."""

    def __init__(self, source: str, key: str) -> None:
        self._source, self._key = source, key
        self.issues: list[Issue] = []

    def __call__(self, code: str, message: str) -> None:
        issue = Issue(self._source, self._key, code, message)
        if issue not in self.issues:
            self.issues.append(issue)


def _word(value: str, table: str, source: Source, told: _Told) -> str:
    """Our word for the source's; the source's own, told, when its table does not know it."""
    if not value:
        return ""
    word = source.lookup(table, value.upper())
    if word is None:
        told(
            f"{table}_inconnu",
            f"« {value} » n'est pas connu ; ajoutez-le sous lookups.{table} dans spiders/{source.name}.yml.",
        )
        return value
    return word


def _kind(draft: Draft, source: Source, told: _Told) -> Kind:
    """By nature and etat; an eForms call that corrects another is a rectification (boamp.md section 9)."""
    value = f"{draft.nature}/{draft.status or 'INITIAL'}".upper()
    word = source.lookup("kind", value)
    kind = next((known for known in KINDS if known == word), None)
    if kind is None:
        told(
            "kind_inconnu",
            f"Nature d'avis « {value} » inconnue ; ajoutez-la sous lookups.kind dans spiders/{source.name}.yml.",
        )
        return "other"
    corrects = (
        draft.source == "boamp"
        and draft.shape == "eforms"
        and (bool(draft.earlier) or draft.version.lstrip("0") not in ("", "1"))
    )
    return "rectification" if kind == "call" and corrects else kind  # type: ignore[return-value]


def _deadline(draft: Draft, published: date, technique: str, told: _Told) -> datetime | None:
    """The instant in Paris time, under the traps of boamp.md section 8."""
    if not draft.deadline:
        return None
    try:
        written = datetime.fromisoformat(draft.deadline)
    except ValueError:
        told(
            "echeance_illisible",
            f"Date limite « {draft.deadline} » illisible ; vérifiez l'avis et complétez scanner/normalise.py.",
        )
        return None
    if len(draft.deadline) == 10:
        written = written.replace(hour=23, minute=59)
    ahead = written.year - published.year
    edge = written.year in (date.min.year, date.max.year)  # no time zone reaches past them
    if edge or ahead < -FAR_YEARS or (ahead > FAR_YEARS and technique != _DYNAMIC):
        told("echeance_absurde", f"Date limite « {draft.deadline} » invraisemblable, ignorée ; vérifiez l'avis.")
        return None
    wall = written.replace(tzinfo=PARIS)
    offset = written.utcoffset()
    if draft.deadline_style == "paris" or offset is None or offset == wall.utcoffset():
        return wall
    if offset in (timedelta(hours=1), timedelta(hours=2)):
        told(
            "echeance_hiver",
            f"Date limite « {draft.deadline} » au mauvais décalage, l'heure écrite est gardée ; vérifiez l'avis.",
        )
        return wall
    return written.astimezone(PARIS)


def _sent(draft: Draft, published: date, told: _Told) -> date | None:
    """The day written, its offset left aside; None, told, when it is none or later than the publication."""
    if not draft.sent:
        return None
    try:
        day = date.fromisoformat(draft.sent[:10])
    except ValueError:
        told("envoi_illisible", f"Date d'envoi « {draft.sent} » illisible, ignorée ; vérifiez l'avis.")
        return None
    if day > published:
        told("envoi_absurde", f"Date d'envoi {day:%d/%m/%Y} postérieure à la parution, ignorée ; vérifiez l'avis.")
        return None
    return day


def _award(award: Award, published: date, told: _Told) -> Award:
    """The award with its lot as compared everywhere, valid identifiers or none, no contract concluded tomorrow."""
    concluded = award.concluded
    if concluded is not None and concluded > published:
        told(
            "conclusion_absurde",
            f"Marché dit conclu le {concluded:%d/%m/%Y}, après la parution, date ignorée ; vérifiez l'avis.",
        )
        concluded = None
    lot = award.lot and lot_number(award.lot)
    ids = tuple(_holder_id(written, told) for written in award.holder_ids)
    return replace(award, lot=lot, concluded=concluded, holder_ids=ids)


def _holder_id(written: str, told: _Told) -> str:
    """A SIRET, else a SIREN; empty, told, when it is neither."""
    number = "".join(written.split())
    if not number or siren_rule.is_valid(number):
        return number
    if (siret := _siret(number)) is None:
        told(
            "titulaire_sans_siret",
            f"« {written} », identifiant d'un titulaire, n'est ni SIRET ni SIREN, ignoré ; vérifiez l'avis.",
        )
    return siret or ""


def _cpv(codes: Iterable[str], told: _Told) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for code in codes:
        if read := _CPV.match(code.strip()):
            found.setdefault(read.group())
        elif code.strip():
            told("cpv_illisible", f"Code CPV « {code} » illisible, ignoré ; vérifiez l'avis.")
    return tuple(found)


def _buyer(buyer: Buyer, told: _Told) -> Buyer:
    """The buyer with a valid SIRET or none. La Poste's own rule is that of ``stdnum.fr.siret``."""
    if buyer.siren and not siren_rule.is_valid(buyer.siren):
        told("siren_invalide", f"« {buyer.siren} » n'est pas un SIREN, ignoré ; vérifiez l'avis.")
        buyer = replace(buyer, siren=None)
    if not buyer.siret:
        return buyer
    number = _siret("".join(buyer.siret.split()))
    if number is not None:
        return buyer if number == buyer.siret else replace(buyer, siret=number)
    told(
        "siret_invalide",
        f"« {buyer.siret} », identifiant de l'acheteur {buyer.name}, n'est pas un SIRET, ignoré ; vérifiez l'avis.",
    )
    return replace(buyer, siret=None)


@lru_cache(maxsize=4096)
def _siret(number: str) -> str | None:
    return str(siret_rule.compact(number)) if siret_rule.is_valid(number) else None


def _numbered(part: Part) -> Part:
    """``part`` with its lot as compared everywhere, itself when it is so written."""
    number = part.lot and lot_number(part.lot)
    return part if number == part.lot else replace(part, lot=number)


def _lot(lot: Lot, told: _Told) -> Lot:
    return replace(lot, number=lot_number(lot.number), cpv=_cpv(lot.cpv, told), places=_places(lot.places))


def _territory(
    draft: Draft, places: tuple[Place, ...], lots: tuple[Lot, ...], buyers: tuple[Buyer, ...], told: _Told
) -> tuple[tuple[str, ...], str]:
    """The départements and what they rest upon: execution, else the buyer's address, else publication."""
    everywhere = [*places, *(place for lot in lots for place in lot.places)]
    execution = {place.departement for place in everywhere if place.departement}
    if execution:
        return tuple(sorted(execution)), "execution"
    homes = {departement_of(b.nuts or "", b.postcode or "") for b in buyers} - {None}
    if homes:
        return tuple(sorted(str(home) for home in homes)), "acheteur"
    published = set[str]()
    for code in draft.publication_departements:
        if known := departement_code(code):
            published.add(known)
        elif code != "99":  # abroad
            told(
                "departement_inconnu",
                f"Département « {code} » inconnu ; corrigez-le ou ajoutez-le dans scanner/data/departements.tsv.",
            )
    return tuple(sorted(published)), "publication" if published else "inconnu"


def _places(places: Iterable[Place]) -> tuple[Place, ...]:
    return tuple(dict.fromkeys(map(_place, places)))


@lru_cache(maxsize=4096)
def _place(place: Place) -> Place:
    code = departement_code(place.departement or "") or departement_of(place.nuts or "", place.postcode or "")
    return replace(place, departement=code or departement_in(place.text))


def departement_code(code: str) -> str | None:
    """The INSEE code of a département as sources write it: ``2`` is 02, ``20A`` is 2A; None when there is none."""
    code = code.strip().upper()
    if code.startswith("20") and code[2:] in ("A", "B"):
        code = "2" + code[2:]
    padded = code.lstrip("0").zfill(2)
    return padded if padded in _table("departements.tsv") else None


def departement_at(code: str, kind: str) -> str | None:
    """The département of a place code of DECP, read with its kind (« Code postal », « Code commune », …)."""
    code, kind = code.strip().upper(), kind.lower()
    if "pays" in kind or "région" in kind or "region" in kind:
        return None
    if any(word in kind for word in ("commune", "canton", "arrondissement")) and len(code) > 2:
        return departement_code(code[:3] if code.startswith(("97", "98")) else code[:2]) or departement_of(code, "")
    if re.fullmatch(r"2[AB]\d{3}", code):
        return code[:2]
    lost_zero = code.zfill(5) if len(code) == 4 and code.isdigit() else code
    return departement_code(code) or departement_of(code, lost_zero)


def departement_of(nuts: str, postcode: str) -> str | None:
    """The département of a postcode, else of a NUTS 3 code; None for a region or a foreign place."""
    digits = "".join(postcode.split())
    if len(digits) == 5 and digits.isdigit() and (found := _of_postcode(digits)):
        return found
    return _table("nuts3.tsv").get(nuts.strip().upper())


def _of_postcode(postcode: str) -> str | None:
    """20000-20190 is 2A, 202-206 is 2B; Saint-Barthélemy and Saint-Martin by whole code: 977-978 are Réunion cedex."""
    if postcode.startswith("20"):
        return "2A" if postcode < "20200" else "2B"
    if postcode in _ISLANDS:
        return _ISLANDS[postcode]
    if postcode[:3] in ("977", "978"):
        return "974"
    return departement_code(postcode[:3] if postcode[:2] in ("97", "98") else postcode[:2])


def departement_in(text: str) -> str | None:
    """The département that a free text tells: its last postcode, a NUTS code, « (83) », or its very name."""
    for found in reversed(_POSTCODE.findall(text)):
        if code := _of_postcode(found):
            return code
    for found in _NUTS.findall(text):
        if code := _table("nuts3.tsv").get(found):
            return code
    for found in _CODE.findall(text):
        if code := departement_code(found):
            return code
    return _names().get(_folded(text))


def _folded(text: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    words = re.sub(r"[^a-z]+", " ", bare).split()
    return " ".join(dropwhile(_ARTICLES.__contains__, words))


@cache
def _names() -> dict[str, str]:
    return {_folded(name): code for code, name in _table("departements.tsv").items()}


@cache
def _table(name: str) -> dict[str, str]:
    """A two-column nomenclature of ``scanner/data``. DataFileError when a line is not as announced."""
    rows: dict[str, str] = {}
    lines = (_TABLES / name).read_text(encoding="utf-8").splitlines()
    for line_number, line in enumerate(lines[2:], 3):
        key, tab, value = line.partition("\t")
        if not tab or not value or key in rows:
            raise DataFileError(
                f"{name}, ligne {line_number} : « code<tabulation>valeur », une seule fois, est attendu."
            )
        rows[key] = value
    return rows
