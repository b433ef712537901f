"""Which sections does a letter have, and what stands in each for one reader? ``letters.yml``, filled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from feeds import digest
from feeds.audience import concerned, elsewhere, notes
from feeds.entry import clean, count
from feeds.rows import Row, line, link, neutral, row, row_line
from scanner.datafile import DataFileError, only, read_yaml, texts
from scanner.edition import Edition, Item
from scanner.readership import Answer, Line, Reader, family, readership

_OPENED = 10
_STYLES = ("fiches", "lignes")
_FILE = Path(__file__).with_name("letters.yml")
_OPTIONAL: dict[str, type] = {
    **dict.fromkeys(("lists", "modes"), list),
    **dict.fromkeys(("more", "more_one", "more_many", "answer", "style", "one", "many"), str),
    **dict.fromkeys(("trades", "opened", "legal", "keep"), bool),
}


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
    one: str = ""
    many: str = ""
    more_one: str = ""
    more_many: str = ""
    trades: bool = True
    opened: bool = False
    legal: bool = False
    keep: bool = False


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


def section(
    plan: Plan, edition: Edition, reader: Reader, more: Mapping[str, Sequence[Line]], share: float = 1.0
) -> Section:
    """One section of the letter, ``share`` of its cap shown at most."""
    mine = concerned(edition, reader, trades=plan.trades, answer=plan.answer)
    week = digest.of_the_week(mine)
    groups = [digest.grouping(listing, week.items, edition.reference) for listing in plan.lists]
    rows = [row for group in groups for row in _rows(group, week.items, reader, plan)]
    opened = [line(card) for card in digest.still_open(mine)] if plan.opened else []
    lines = [row_line(row) for row in rows] if plan.style == "lignes" else []
    given = [neutral(line) for line in more.get(plan.more, ())]
    lines += given
    if not plan.lists and plan.opened:
        lines, opened = opened, []
    cap = int(plan.cap * share)
    rows = [] if plan.style == "lignes" else rows
    left = max(0, len(rows) - cap) + max(0, len(lines) - cap) + max(0, len(opened) - _OPENED)
    nothing = not (rows or lines)
    return Section(
        title=plan.title,
        counted=_counted(plan, groups, len(given), len(lines)),
        told=" ".join(filter(None, [group.told for group in groups])),
        empty=_empty(plan, edition, reader, plan.more in more) if nothing else "",
        rows=tuple(rows[:cap]),
        lines=tuple(lines[:cap]),
        opened=tuple(opened[:_OPENED]),
        left=left,
        page=_page(plan, edition),
    )


def _counted(plan: Plan, groups: Sequence[digest.Grouping], given: int, lines: int) -> str:
    """« 3 marchés réservés et 2 projets »: the lists that hold something, the first one when none does."""
    if plan.one:
        return count(sum(len(group.cards) for group in groups), plan.one, plan.many or plan.one)
    held = [group.counted for group in groups if group.cards]
    held += [count(given, plan.more_one, plan.more_many or plan.more_one)] if given and plan.more_one else []
    return " et ".join(held or [group.counted for group in groups[:1]]) or count(lines, "marché", "marchés")


@cache
def content() -> Mapping[str, Any]:
    """``letters.yml`` as it is: lists, editions, titles."""
    return only(read_yaml(_FILE), _FILE.name, {"lists": dict, "editions": dict, "titles": dict})


@cache
def plans(edition: str) -> tuple[Plan, ...]:
    """The sections of an edition in their order. DataFileError on an unknown edition, list or setting."""
    blocks = content()["editions"]
    if edition not in blocks:
        raise DataFileError(f"{_FILE.name} : édition « {edition} » inconnue ; éditions : {', '.join(blocks)}.")
    return tuple(_plan(block, f"{_FILE.name}, {edition}.{name}") for name, block in blocks[edition].items())


def _plan(block: Any, where: str) -> Plan:
    read = dict(only(block, where, {"title": str, "empty": str, "page": str, "cap": int}, _OPTIONAL))
    known = {listing.name: listing for listing in digest.listings()}
    known |= {name: digest._listing(name, own) for name, own in content()["lists"].items()}
    names = texts(read.pop("lists", []), f"{where}.lists")
    for name in names:
        if name not in known:
            raise DataFileError(f"{where} : liste « {name} » inconnue ; listes : {', '.join(known)}.")
    if read.get("answer") not in (None, "yes", "no", "unclear") or read.get("style", "fiches") not in _STYLES:
        raise DataFileError(f"{where} : « answer » vaut yes, no ou unclear ; « style » vaut fiches ou lignes.")
    modes = texts(read.pop("modes", []), f"{where}.modes")
    return Plan(lists=tuple(known[name] for name in names), modes=modes, **read)


_STYLES = ("fiches", "lignes")


def meant_for(plan: Plan, reader: Reader) -> bool:
    """Whether a section is for structures that work as this one does."""
    kind = readership().kinds.get(reader.kind)
    return not plan.modes or (kind is not None and kind.mode in plan.modes)


def _rows(group: digest.Grouping, items: Iterable[Item], reader: Reader, plan: Plan) -> Iterable[Row]:
    tenders = {clean(item.tender): item for item in items}
    for card in group.cards:
        item = tenders[card.tender]
        lots = () if group.listing.changes else digest.retained(group.listing, item)
        yield row(card, notes(lots, reader, legal=plan.legal))


def _page(plan: Plan, edition: Edition) -> str:
    path = plan.page.replace("{week}", edition.week)
    return link(f"{edition.base_url.rstrip('/')}/{path}") if path and edition.base_url else ""


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
