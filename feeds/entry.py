"""What does a reader see of one tender? A card that stands alone, in French, and the words that make it up.

Nothing here reads a clock: days left are counted from the edition's reference date, hours are those of Paris.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from feeds.trade import named
from scanner.appraisal import HoursRange, LotSegment, Opportunity
from scanner.datafile import only, read_yaml
from scanner.display import clean as clean
from scanner.edition import Item, ItemLot
from scanner.finding import LABELS, Finding, Hours, Percent, note_text
from scanner.links import followed, told

#: A link to follow or nothing; and what is shown of an address, followed or not.
safe_link, told_link = followed, told
PARIS = ZoneInfo("Europe/Paris")
QUOTE_LIMIT = 600
_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip
_DATED = re.compile(r"^(\d\d/\d\d/\d{4}) : ")
#: Kinds of notice after which nobody may answer any more.
_OVER = frozenset({"award", "cancellation"})
_HIRING = frozenset({"clause", "facultatif", "objet_insertion"})
_HIDDEN = frozenset({"clause_sociale_generique", "objectif_social"})
#: The sections that words.yml must have.
_SECTIONS = (
    "labels",
    "statuses",
    "why",
    "fields",
    "codes",
    "per",
    "of",
    "kinds",
    "sources",
    "places_source",
    "window",
    "publics",
    "blocks",
    "contact",
    "over",
    "departements",
)


@dataclass(frozen=True, slots=True)
class Proof:
    """One finding as told: the lever, the quoted words (or what the ticked box means), their place, the figures."""

    lever: str
    quote: str
    field: str
    figures: tuple[str, ...]
    notes: tuple[str, ...]
    facilitator: str


@dataclass(frozen=True, slots=True)
class CardLot:
    """A lot as shown: its name, its proofs, and what is told neutrally of its opportunity if it has one."""

    name: str
    proofs: tuple[Proof, ...]
    chance: tuple[str, ...] = ()
    struck: tuple[Proof, ...] = ()
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """One tender in one list, every text clean and French. A link is empty when it may not be followed."""

    tender: str
    notice: str
    title: str
    why: str
    dispositif: str
    kind: str
    buyer: str
    place: str
    block: str
    published: str
    deadline: str
    soon: bool
    amount: str
    procedure: str
    url: str
    url_text: str
    documents_url: str
    documents_text: str
    lots: tuple[CardLot, ...]
    action: str
    changes: tuple[str, ...]
    holders: tuple[str, ...]
    updated: datetime
    insertion: bool = False
    seen: str = "publié"
    contact: str = ""
    links: tuple[str, ...] = ()
    project: bool = False
    limit: str = "9999"
    departements: tuple[str, ...] = ()
    trade: str = ""


def card(item: Item, lots: tuple[ItemLot, ...], reference: date, news: bool = False) -> Card:
    """The card of ``item`` for a list that retained ``lots`` of it, days left counted from ``reference``.

    ``news``: the list tells what changed, so the change is the reason.
    """
    url, documents = clean(item.url), clean(item.documents_url)
    over = item.kind in _OVER
    return Card(
        tender=clean(item.tender),
        notice=clean(item.notice),
        title=headline(item.title) or "Objet inconnu",
        why=_why(item, lots, news),
        dispositif=_dispositif(item, lots),
        kind=word("kinds", "projet" if item.project else item.kind),
        buyer=_buyer(item),
        place=_place(item),
        block=_block(item, lots),
        published=long_date(item.published),
        deadline="consultation close" if over else _when(item, reference),
        soon=item.deadline is not None and not over and 0 <= days_left(item.deadline, reference) <= 7,
        amount=clean(item.amount) or "inconnu",
        procedure=clean(item.procedure) or "inconnue",
        url=safe_link(url),
        url_text=told_link(url),
        documents_url=safe_link(documents),
        documents_text=told_link(documents),
        lots=tuple(_card_lot(lot, _whole(item)) for lot in lots),
        action=_action(item, lots, reference),
        changes=tuple(dict.fromkeys(clean(change) for change in item.changes)),
        holders=tuple(clean(holder) for holder in item.holders),
        updated=midnight(item.published),
        insertion=_insertion(lots),
        seen="vu" if item.project else "publié",
        contact=_contact(item),
        links=tuple(clean(link) for link in item.links),
        project=item.project,
        limit=item.deadline.isoformat() if item.deadline else "9999",
        departements=item.departements,
        trade=named(item, lots),
    )


def shown(lot: ItemLot) -> tuple[Finding, ...]:
    """The findings of a lot that are told: never the denied or merely proposed ones, headline first, the vague last."""
    told = [finding for finding in lot.findings if finding.reading != "denied" and not finding.proposed]
    if any(finding.label not in _HIDDEN and finding.reading == "affirmed" for finding in told):
        told = [finding for finding in told if finding.label not in _HIDDEN]
    return tuple(sorted(told, key=lambda finding: LABELS.index(finding.label)))


def headline(text: str) -> str:
    """A title that no feed reader can take for markup: ``<`` and ``>`` are shown as ‹ and ›."""
    return clean(text).replace("<", "‹").replace(">", "›")


def days_left(moment: datetime, reference: date) -> int:
    """Calendar days from ``reference`` to ``moment`` as dated in Paris; negative once it has passed."""
    return (moment.astimezone(PARIS).date() - reference).days


def deadline(moment: datetime | None, reference: date) -> str:
    """« clôture le 14 décembre 2026 à 12 h 00 (dans 21 jours) », Paris time; « date limite inconnue » when absent."""
    if moment is None:
        return "date limite inconnue"
    local = moment.astimezone(PARIS)
    return f"clôture le {long_date(local.date())} à {local:%H} h {local:%M} ({_left(days_left(moment, reference))})"


def _when(item: Item, reference: date) -> str:
    """The deadline; of a project that has none yet, when its call is expected."""
    if not item.project or item.deadline:
        return deadline(item.deadline, reference)
    if item.expected is None:
        return "date de publication prévue inconnue"
    days = (item.expected - reference).days
    told = _left(days) if days >= 0 else "date dépassée"
    return f"publication de l'avis prévue le {long_date(item.expected)} ({told})"


def _left(days: int) -> str:
    if days < 0:
        return "close"
    return {0: "aujourd'hui", 1: "demain"}.get(days, f"dans {days} jours")


def midnight(day: date) -> datetime:
    """The first instant of ``day`` in Paris: the only time a feed ever carries."""
    return datetime.combine(day, time(), PARIS)


def long_date(day: date) -> str:
    """« 1er décembre 2026 », « 14 décembre 2026 »."""
    return f"{'1er' if day.day == 1 else day.day} {_MONTHS[day.month - 1]} {day.year}"


def figure(value: float) -> str:
    """A French figure: ``1 412``, ``7,5``; the space between thousands does not break."""
    text = f"{value:,.2f}".rstrip("0").rstrip(".")
    return text.replace(",", "\u202f").replace(".", ",")


def count(number: int, one: str, many: str) -> str:
    """« 0 marché », « 1 marché », « 2 marchés »: French keeps the singular below two."""
    return f"{figure(number)} {many if number >= 2 else one}"


def word(section: str, key: str) -> str:
    """The French word of a code, else the section's word for the others, else the code between brackets."""
    words = _words()[section]
    found = words.get(key, words.get(""))
    return str(found) if found is not None else f"[{clean(key)}]"


@cache
def _words() -> dict[str, dict[str, Any]]:
    path = Path(__file__).with_name("words.yml")
    return only(read_yaml(path), path.name, required=dict.fromkeys(_SECTIONS, dict))


def week_name(week: str) -> str:
    """« semaine 47 de 2026 » for ``2026-W47``."""
    year, _, number = week.partition("-W")
    return f"semaine {int(number)} de {year}"


def _block(item: Item, lots: tuple[ItemLot, ...]) -> str:
    if not item.departements:
        return "elsewhere"
    return "objet_insertion" if _insertion(lots) else "here"


def _insertion(lots: tuple[ItemLot, ...]) -> bool:
    return bool(lots) and all(lot.status == "objet_insertion" for lot in lots)


def _action(item: Item, lots: tuple[ItemLot, ...], reference: date) -> str:
    if not any(lot.opportunity for lot in lots):
        return ""
    if item.kind == "planning":
        return word("window", "planning")
    if item.deadline is None:
        return word("window", "unknown")
    days = days_left(item.deadline, reference)
    return word("window", "long" if days > 20 else "medium" if days >= 8 else "short")


def _why(item: Item, lots: tuple[ItemLot, ...], news: bool) -> str:
    if news and item.changes:
        return f"Pourquoi c'est là : {_latest(item)}"
    apart: dict[str, tuple[ItemLot, ...]] = {}
    for lot in lots:
        apart[_reason(item, lot)] = (*apart.get(_reason(item, lot), ()), lot)
    if not apart:
        return f"Pourquoi c'est là : {word('kinds', item.kind)} d'une consultation suivie."
    reasons = " ; ".join(f"{reason} ({_names(item, those)})" for reason, those in apart.items())
    return f"Pourquoi c'est là : {reasons}."


def _reason(item: Item, lot: ItemLot) -> str:
    """Why a lot is listed: its status, unless a reader alone found it; of a project, what makes it worth a call."""
    if item.project and lot.opportunity:
        return clean(lot.opportunity.reasons[0])
    fields = {finding.field for finding in shown(lot)}
    if fields and fields <= {"dce", "manque"}:
        return word("why", min(fields))
    return word("why", _state(item, lot))


def _state(item: Item, lot: ItemLot) -> str:
    """The status as told: no full text of a project exists, it is not « unread »."""
    return "projet" if item.project and lot.status == "non_lu" else lot.status


def _latest(item: Item) -> str:
    """The first two sentences of the latest change: its social content comes first."""
    told = list(dict.fromkeys(clean(change) for change in item.changes))
    dated = _DATED.match(told[-1])
    day = dated[0] if dated else ""
    first, *more = [change.removeprefix(day) for change in told if change.startswith(day)][:2]
    return " ; ".join([_DATED.sub(r"le \1, ", day) + first, *more]) if day else told[-1]


def _contact(item: Item) -> str:
    """What the holders of a contract with a clause are for the reader."""
    if not item.holders or not any(lot.status in _HIRING for lot in item.lots):
        return ""
    return word("contact", "many" if len(item.holders) > 1 else "one")


def _names(item: Item, lots: tuple[ItemLot, ...]) -> str:
    numbers = [clean(lot.number) for lot in lots if lot.number is not None]
    if not numbers:
        apart = [clean(lot.number) for lot in item.lots if lot.number is not None and lot.status == "rien"]
        apart = apart if any(lot.status != "rien" for lot in lots) else []
        return "ensemble du marché" + (f", sauf {numbered(apart)}" if apart else "")
    return ("" if len(numbers) == len(lots) else "ensemble, ") + numbered(numbers)


def numbered(numbers: list[str]) -> str:
    """« lot 2 », « lots 1, 2 et 3 »."""
    if len(numbers) == 1:
        return f"lot {numbers[0]}"
    return f"lots {', '.join(numbers[:-1])} et {numbers[-1]}"


def _dispositif(item: Item, lots: tuple[ItemLot, ...]) -> str:
    levers = [_lever(finding) for lot in lots for finding in shown(lot)]
    states = (word("statuses", _state(item, lot)) for lot in lots)
    return " ; ".join(dict.fromkeys(levers)) or " ; ".join(dict.fromkeys(states))


def _lever(finding: Finding) -> str:
    optional = finding.reading == "conditional" and finding.label != "clause_insertion_facultative"
    tail = " (facultatif ou conditionnel)" if optional else ""
    return word("labels", finding.label) + tail


def proof(finding: Finding) -> Proof:
    """A finding as told; one that the second reading merely proposes says so."""
    notes = list(dict.fromkeys(clean(note_text(note)) for note in finding.notes))
    if finding.proposed:
        notes.append("proposition de la seconde lecture, à vérifier")
    return Proof(
        lever=("à vérifier : " if finding.proposed else "") + _lever(finding),
        quote=_quoted(finding),
        field=word("fields", finding.field),
        figures=(*map(_hours, finding.hours), *map(_percent, finding.percent)),
        notes=tuple(notes),
        facilitator=clean(finding.facilitator),
    )


def _quoted(finding: Finding) -> str:
    if finding.passage is None:
        return word("codes", f"{finding.field}={finding.quote.strip().lower()}")
    return f"« {_shortened(clean(finding.quote))} »"


def _shortened(quote: str) -> str:
    return quote if len(quote) <= QUOTE_LIMIT else quote[:QUOTE_LIMIT].rsplit(" ", 1)[0] + " […]"


def _hours(hours: Hours) -> str:
    return f"{figure(hours.value)} {'heures' if hours.value >= 2 else 'heure'} {word('per', hours.per)}"


def _percent(percent: Percent) -> str:
    return f"{figure(percent.value)} % {word('of', percent.of)}"


def _once(proofs: Iterable[Proof]) -> tuple[Proof, ...]:
    """Each proof of a lot once, and each note under the first proof that bears it."""
    noted = set[str]()
    found = []
    for one in dict.fromkeys(proofs):
        found.append(replace(one, notes=tuple(note for note in one.notes if note not in noted)))
        noted.update(one.notes)
    return tuple(found)


def _whole(item: Item) -> str:
    """What is said of no lot is said of; of a project the lots are not known yet."""
    if item.project:
        return "Ensemble du projet"
    return "Ensemble" if any(lot.number for lot in item.lots) else "Marché non alloti"


def _card_lot(lot: ItemLot, whole: str) -> CardLot:
    name = whole
    if lot.number is not None:
        name = f"Lot {clean(lot.number)}" + (f" — {clean(lot.title)}" if lot.title else "")
    found = lot.opportunity
    proposed = (finding for finding in lot.findings if finding.proposed)
    proofs = _once(proof(finding) for finding in (*shown(lot), *proposed))
    return CardLot(
        name, proofs, neutral(found) if found else (), tuple(map(proof, lot.struck)),
        tuple(clean(answer.text) for answer in lot.answers),
    )  # fmt: skip


def neutral(found: Opportunity) -> tuple[str, ...]:
    """What is told in public of an opportunity: trade, publics, hours, words read; no score, no law, no judgement."""
    publics = ", ".join(word("publics", one) for one in found.segment.segment.publics)
    read = f"Mots lus dans l'avis : « {clean(found.segment.words)} »" if found.segment.words else ""
    return tuple(filter(None, (
        f"Métier : {trade(found.segment)}", f"Publics possibles : {publics}" if publics else "",
        f"Heures d'insertion estimées, à vérifier : {hours(found.hours)}", read,
    )))  # fmt: skip


def trade(known: LotSegment) -> str:
    """The segment of a lot and how it is known."""
    if known.known == "inconnu":
        return "inconnu : ni code CPV sûr, ni intitulé reconnu"
    how = (
        f"code CPV {known.code}"
        if known.code
        else f"d'après l'intitulé, confiance {round(100 * known.confidence)} %, à vérifier"
    )
    return f"{clean(known.segment.label)} ({how}{', division seule' if known.coarse else ''})"


def hours(found: HoursRange) -> str:
    """« 245 à 875 h par an », always a range; what to propose instead, or « inconnu », when there is none."""
    if found.low is None or found.high is None:
        return clean(found.instead) or "inconnu, à estimer avec l'acheteur"
    per = word("per", found.per)
    if found.low == found.high:
        return f"de l'ordre de {figure(found.low)} h {per}"
    return f"{figure(found.low)} à {figure(found.high)} h {per}"


def _buyer(item: Item) -> str:
    name = clean(item.buyer) or "acheteur inconnu"
    return f"{name} (SIRET {clean(item.siret)})" if item.siret else name


def _place(item: Item) -> str:
    where = clean(item.place)
    codes = ", ".join(clean(code) for code in item.departements)
    if not codes:
        return " — ".join(filter(None, [where, "national / lieu inconnu"]))
    noun = "départements" if len(item.departements) > 1 else "département"
    return " — ".join(filter(None, [where, f"{noun} {codes} ({word('places_source', item.places_source)})"]))
