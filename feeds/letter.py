"""What does a reader receive? The weekly letter of one edition: its sections as data, in HTML and in text.

HTML for mail clients: inlined styles, tables, 600 px, no script, nothing remote; Gmail cuts a letter at 102 kB.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import css_inline

from feeds import digest
from feeds.audience import concerned, elsewhere, notes
from feeds.entry import Card, clean, count, long_date, safe_link, week_name, word
from scanner.datafile import DataFileError, only, read_yaml, texts
from scanner.edition import Edition, Item
from scanner.mail_settings import MailSettings
from scanner.readership import Answer, Line, Reader, family, readership

#: Under the size at which Gmail cuts a message.
HTML_LIMIT = 100_000
#: Longest title, name or sentence, and longest quote, in characters.
TEXT_LIMIT, QUOTE_LIMIT = 180, 320
_LOTS, _OPENED = 3, 10
_FILE = Path(__file__).with_name("letters.yml")
_OPTIONAL: dict[str, type] = {
    **dict.fromkeys(("lists", "modes"), list),
    **dict.fromkeys(("more", "answer", "style"), str),
    **dict.fromkeys(("trades", "opened", "legal"), bool),
}


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter, ready to be wrapped in a message. ``subject`` is one clean line."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class Plan:
    """One section of ``letters.yml``: which lists it shows, to whom, how many, and what it says when it is empty."""

    title: str
    empty: str
    page: str
    cap: int
    lists: tuple[digest.Listing, ...] = ()
    modes: tuple[str, ...] = ()
    more: str = ""
    answer: Answer | None = None
    style: str = "fiches"
    trades: bool = True
    opened: bool = False
    legal: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One tender as told in a letter, every text clean and short. ``facts`` are (name, text), ``links`` (name, url)."""

    title: str
    url: str
    soon: bool
    why: str
    quotes: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One section filled for one reader. ``lines`` are (title, text, url); ``left`` counts what the cap leaves out."""

    title: str
    counted: str
    told: str
    empty: str
    rows: tuple[Row, ...]
    lines: tuple[Line, ...]
    opened: tuple[Line, ...]
    left: int
    page: str


def letter(
    edition: Edition,
    reader: Reader,
    *,
    more: Mapping[str, Sequence[Line]] | None = None,
    settings: MailSettings | None = None,
    logo: bool = False,
) -> Letter:
    """The letter of ``reader``. ``more`` fills the sections that name it; an absent list is told « non calculée ».

    ``logo``: the message that carries the letter holds an image whose content id is ``logo``.
    DataFileError when ``letters.yml`` is wrong or has no such edition.
    """
    plans = _plans(reader.edition)
    lines = more or {}
    settings = settings or MailSettings()
    html = ""
    for share in (1.0, 0.6, 0.3, 0.1, 0.0):
        found = [section(plan, edition, reader, lines, share) for plan in plans if _for(plan, reader)]
        html = _inlined(_render("letter.html.j2", edition, reader, settings, found, logo))
        if len(html.encode()) <= HTML_LIMIT:
            break
    return Letter(_subject(edition, reader, found), html, _render("letter.txt.j2", edition, reader, settings, found))


def section(
    plan: Plan, edition: Edition, reader: Reader, more: Mapping[str, Sequence[Line]], share: float = 1.0
) -> Section:
    """One section of the letter, ``share`` of its cap shown at most."""
    mine = concerned(edition, reader, trades=plan.trades, answer=plan.answer)
    week = digest.of_the_week(mine)
    groups = [digest.grouping(listing, week.items, edition.reference) for listing in plan.lists]
    rows = [row for group in groups for row in _rows(group, week.items, reader, plan)]
    opened = [_line(card) for card in digest.still_open(mine)] if plan.opened else []
    lines = [_row_line(row) for row in rows] if plan.style == "lignes" else []
    lines += [_neutral(line) for line in more.get(plan.more, ())]
    if not plan.lists and plan.opened:
        lines, opened = opened, []
    cap = int(plan.cap * share)
    rows = [] if plan.style == "lignes" else rows
    left = max(0, len(rows) - cap) + max(0, len(lines) - cap) + max(0, len(opened) - _OPENED)
    nothing = not (rows or lines)
    return Section(
        title=plan.title,
        counted=" et ".join(group.counted for group in groups) or str(len(lines)),
        told=" ".join(filter(None, [group.told for group in groups])),
        empty=_empty(plan, edition, reader, plan.more in more) if nothing else "",
        rows=tuple(rows[:cap]),
        lines=tuple(lines[:cap]),
        opened=tuple(opened[:_OPENED]),
        left=left,
        page=_page(plan, edition),
    )


@cache
def _content() -> Mapping[str, Any]:
    return only(read_yaml(_FILE), _FILE.name, {"lists": dict, "editions": dict, "titles": dict})


@cache
def _plans(edition: str) -> tuple[Plan, ...]:
    blocks = _content()["editions"]
    if edition not in blocks:
        raise DataFileError(f"{_FILE.name} : édition « {edition} » inconnue ; éditions : {', '.join(blocks)}.")
    return tuple(_plan(block, f"{_FILE.name}, {edition}.{name}") for name, block in blocks[edition].items())


def _plan(block: Any, where: str) -> Plan:
    read = dict(only(block, where, {"title": str, "empty": str, "page": str, "cap": int}, _OPTIONAL))
    known = {listing.name: listing for listing in digest.listings()}
    known |= {name: digest._listing(name, own) for name, own in _content()["lists"].items()}
    names = texts(read.pop("lists", []), f"{where}.lists")
    for name in names:
        if name not in known:
            raise DataFileError(f"{where} : liste « {name} » inconnue ; listes : {', '.join(known)}.")
    if read.get("answer") not in (None, "yes", "no", "unclear") or read.get("style", "fiches") not in _STYLES:
        raise DataFileError(f"{where} : « answer » vaut yes, no ou unclear ; « style » vaut fiches ou lignes.")
    modes = texts(read.pop("modes", []), f"{where}.modes")
    return Plan(lists=tuple(known[name] for name in names), modes=modes, **read)


_STYLES = ("fiches", "lignes")


def _for(plan: Plan, reader: Reader) -> bool:
    kind = readership().kinds.get(reader.kind)
    return not plan.modes or (kind is not None and kind.mode in plan.modes)


def _rows(group: digest.Grouping, items: Iterable[Item], reader: Reader, plan: Plan) -> Iterable[Row]:
    tenders = {clean(item.tender): item for item in items}
    for card in group.cards:
        item = tenders[card.tender]
        lots = () if group.listing.changes else digest.retained(group.listing, item)
        yield _row(card, notes(item, lots, reader, legal=plan.legal))


def _row(card: Card, said: Iterable[str]) -> Row:
    lots = card.lots[:_LOTS]
    quotes = [(proof.quote, _where(lot.name, proof.field)) for lot in lots for proof in lot.proofs[:1]]
    figures = dict.fromkeys(figure for lot in card.lots for proof in lot.proofs for figure in proof.figures)
    warned = dict.fromkeys(note for lot in lots for proof in lot.proofs for note in proof.notes)
    names = ", ".join(_short(lot.name) for lot in lots)
    names += f" et {count(len(card.lots) - _LOTS, 'autre', 'autres')}" if len(card.lots) > _LOTS else ""
    facts = [
        ("Dispositif", card.dispositif), ("Lots", names), ("Heures ou part écrites", " ; ".join(figures)),
        *_noted(said), ("Lieu", card.place), ("Acheteur", card.buyer), ("Délai", card.deadline),
        ("Montant", card.amount), *(("À noter", note) for note in warned), ("À faire", card.action),
        *(("Ce qui change", change) for change in card.changes[-3:]),
        ("Titulaire", " ; ".join([_short(" ; ".join(card.holders)), card.contact]).strip(" ;")),
        *(("Suite", tie) for tie in card.links[:2]),
    ]  # fmt: skip
    links = [("Voir le projet" if card.project else "Voir l'avis", card.url), ("Dossier", card.documents_url)]
    return Row(
        title=_short(card.title),
        url=_link(card.url),
        soon=card.soon,
        why=_short(card.why, 2 * TEXT_LIMIT),
        quotes=tuple((_short(quote, QUOTE_LIMIT), _short(where)) for quote, where in quotes),
        facts=tuple((name, _short(text, 2 * TEXT_LIMIT)) for name, text in facts if text),
        links=tuple((name, _link(url)) for name, url in links if _link(url)),
    )


def _where(lot: str, field: str) -> str:
    return f"{_short(lot, 60)}, {field}"


def _noted(said: Iterable[str]) -> list[tuple[str, str]]:
    """« Piste : clause » as (name, text): what stands before the first colon names the fact."""
    pairs = (sentence.partition(" : ") for sentence in said)
    return [(name, text) if text else ("À noter", name) for name, _, text in pairs]


def _line(card: Card) -> Line:
    """One tender on one line."""
    lots = ", ".join(lot.name for lot in card.lots[:_LOTS])
    told = " — ".join(_short(text, 120) for text in (card.dispositif, lots, card.buyer, card.place, card.deadline))
    return _short(card.title), told, _link(card.url)


def _row_line(row: Row) -> Line:
    wanted = ("Dispositif", "Lots", "Acheteur", "Lieu", "Délai")
    return row.title, " — ".join(_short(text, 120) for name, text in row.facts if name in wanted), row.url


def _neutral(line: Line) -> Line:
    title, text, url = line
    return _short(clean(title)), _short(clean(text), 2 * TEXT_LIMIT), _link(clean(url))


def _short(text: str, limit: int = TEXT_LIMIT) -> str:
    return text if len(text) <= limit else text[:limit].rsplit(" ", 1)[0] + " […]"


def _link(url: str) -> str:
    """A followable address; one too long for a mail client is no link."""
    return safe_link(url) if len(url) <= 2000 else ""


def _page(plan: Plan, edition: Edition) -> str:
    path = plan.page.replace("{week}", edition.week)
    return _link(f"{edition.base_url.rstrip('/')}/{path}") if path and edition.base_url else ""


def _empty(plan: Plan, edition: Edition, reader: Reader, given: bool) -> str:
    """« Aucun lot réservé EA/ESAT dans vos départements cette semaine — sources complètes. »"""
    if plan.more and not plan.lists and not given:
        return "Liste non calculée pour cette lettre."
    what = " ".join(plan.empty.replace("{family}", family(reader.kind)).split())
    watched = " (ceux que la veille suit)" if elsewhere(edition, reader) else ""
    said = f"{what} {_zone(plan, reader)}{watched} cette semaine"
    missing = digest.gaps(edition)
    if not missing:
        return f"{said[:1].upper()}{said[1:]} — sources complètes."
    more = f" et {count(len(missing) - 1, 'autre jour incomplet', 'autres jours incomplets')}" * (len(missing) > 1)
    return f"{missing[0][:1].upper()}{missing[0][1:]}{more} — {said} parmi les avis lus, liste peut-être incomplète."


def _zone(plan: Plan, reader: Reader) -> str:
    here = {0: "", 1: "votre département"}.get(len(reader.departements), "vos départements")
    trades = {0: "", 1: "votre métier"}.get(len(reader.trades), "vos métiers") if plan.trades else ""
    told = " et ".join(filter(None, [trades, here]))
    return f"dans {told}" if told else "dans le territoire suivi"


def _territory(edition: Edition, reader: Reader) -> str:
    if not reader.departements:
        return _short(clean(edition.territory)) or "France entière"
    if len(reader.departements) > 4:
        return f"{len(reader.departements)} départements"
    return ", ".join(word("departements", code) for code in reader.departements)


def _subject(edition: Edition, reader: Reader, found: Sequence[Section]) -> str:
    broken = " (source incomplète)" if digest.gaps(edition) else ""
    week = f"semaine {int(edition.week.partition('-W')[2])}"
    return clean(_short(f"Veille, {week} : {found[0].counted}{broken} — {_territory(edition, reader)}"))


def _coverage(edition: Edition, reader: Reader) -> tuple[str, ...]:
    stray = elsewhere(edition, reader)
    told = [f"{word('departements', code)} n'est pas suivi par cette veille : rien n'en est dit" for code in stray]
    return (*digest.coverage_lines(edition.coverage), *digest.unread(edition), *told)


def _render(
    template: str,
    edition: Edition,
    reader: Reader,
    settings: MailSettings,
    found: Sequence[Section],
    logo: bool = False,
) -> str:
    return digest.environment().get_template(template).render(
        title=_content()["titles"][reader.edition],
        territory=_territory(edition, reader),
        period=f"Du {long_date(edition.since)} au {long_date(edition.until)} ({week_name(edition.week)})",
        reference=long_date(edition.reference),
        verdict=digest.verdict(edition, found[0].counted),
        coverage=_coverage(edition, reader),
        gaps=digest.gaps(edition)[:6],
        sections=found,
        mission=_short(clean(edition.mission)),
        contact=_short(clean(edition.contact)),
        facilitator=_short(clean(settings.facilitator)),
        logo=logo,
        unsubscribe=unsubscribe(settings),
        answered=bool(settings.reply_to or settings.sender),
    )  # fmt: skip


def unsubscribe(settings: MailSettings) -> str:
    """Where to write in order to leave the list; empty while no sender is configured."""
    address = settings.reply_to or settings.sender
    return settings.unsubscribe or (f"mailto:{address}?subject=desabonnement" if address else "")


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False)


def _inlined(page: str) -> str:
    """``page`` with its styles on each element: many mail clients drop the style sheet."""
    return _inliner().inline(page)
