"""What does the public site hold? A page a tender, buyer, département and week, and a search; same edition, same bytes.

Facts of the tenders listed only: no ranking, no rate, no score, no judgement on a buyer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from feeds import deadlines, digest
from feeds.entry import proof, week_name, word
from feeds.site import charts, proofs, search, slugs
from feeds.site.pages import page, policy
from feeds.site.shelf import Entry, chance, entries, tenders
from feeds.site.words import limit
from scanner.edition import Edition
from scanner.pages import Dossier, Week

__all__ = ["files", "policy", "tenders"]


def files(edition: Edition, dossiers: Iterable[Dossier] = (), weeks: Iterable[Week] = ()) -> dict[str, bytes]:
    """The pages of ``edition``, by path relative to ``public/``.

    ``dossiers`` holds the words of the tenders (``tenders(edition)`` tells which are wanted), ``weeks`` the weeks
    published until this one. Raises DataFileError when ``site.yml`` or ``tiles.tsv`` is wrong.
    """
    kept = entries(edition)
    words = {dossier.tender: dossier for dossier in dossiers}
    made: dict[str, bytes] = {}
    for entry in kept:
        made[entry.page] = _consultation(edition, entry, words.get(entry.item.tender))
    for path, body in (*_buyers(edition, kept), *_places(edition, kept)):
        made[path] = body
    made[slugs.week(edition.week)] = _week(edition, kept, tuple(weeks))
    made["recherche.html"] = _search(edition, kept)
    made["site/index.json"] = search.index(kept)
    return made


def _consultation(edition: Edition, entry: Entry, dossier: Dossier | None) -> bytes:
    item = entry.item
    read = proofs.read(item.lots, dossier, item.notice)
    lots: list[dict[str, Any]] = [
        {
            "lot": lot,
            "state": _state(entry, lot),
            "proofs": told,
            "chance": chance(lot),
            "struck": tuple(map(proof, lot.struck)),
        }
        for lot, told in zip(item.lots, read.lots, strict=True)
    ]
    return page(
        "consultation.html.j2",
        edition,
        entry=entry,
        speaking=[one for one in lots if one["proofs"] or one["chance"] or one["lot"].answers],
        silent=[one for one in lots if not (one["proofs"] or one["chance"] or one["lot"].answers)],
        papers=read.papers,
        places=digest.departements(edition),
    )


def _state(entry: Entry, lot: Any) -> str:
    return word("statuses", "projet" if entry.item.project and lot.status == "non_lu" else lot.status)


def _buyers(edition: Edition, kept: tuple[Entry, ...]) -> Iterator[tuple[str, bytes]]:
    apart: dict[str, list[Entry]] = {}
    for entry in kept:
        if entry.buyer_page:
            apart.setdefault(entry.buyer_page, []).append(entry)
    for path, those in apart.items():
        sirets = sorted({entry.item.siret for entry in those if entry.item.siret})
        yield path, page("acheteur.html.j2", edition, name=_name(those), those=those, sirets=sirets)
    named = sorted(((_name(those), path, len(those)) for path, those in apart.items()), key=_alphabetical)
    yield "acheteurs/index.html", page("acheteurs.html.j2", edition, buyers=named)


def _name(those: list[Entry]) -> str:
    """The name that the latest notice gives."""
    return max(those, key=lambda entry: (entry.item.published, entry.item.tender)).buyer


def _alphabetical(buyer: tuple[str, str, int]) -> tuple[str, str]:
    return buyer[0].casefold(), buyer[1]


def _places(edition: Edition, kept: tuple[Entry, ...]) -> Iterator[tuple[str, bytes]]:
    codes = digest.departements(edition)
    for code in codes:
        those = [entry for entry in kept if code in entry.item.departements]
        yield slugs.departement(code), _place(edition, code, _place_name(code), those)
    nowhere = [entry for entry in kept if not entry.item.departements]
    yield slugs.departement(""), _place(edition, "", "National ou lieu inconnu", nowhere)
    tiles = charts.tiles(kept, codes)
    yield "departements/index.html", page(
        "departements.html.j2", edition, tiles=tiles, steps=charts.steps(), nowhere=len(nowhere),
        rows=[(_place_name(code), slugs.departement(code), _count(kept, code)) for code in codes],
    )  # fmt: skip


def _place(edition: Edition, code: str, name: str, those: list[Entry]) -> bytes:
    feeds = [listing for listing in digest.listings() if listing.feed]
    return page(
        "departement.html.j2",
        edition,
        code=code,
        name=name,
        those=those,
        groups=_groups(those),
        feeds=feeds,
        agendas=deadlines.listings(),
    )


def _place_name(code: str) -> str:
    name = word("departements", code)
    return f"Département {code}" if name.startswith("[") else name


def _count(kept: tuple[Entry, ...], code: str) -> int:
    return sum(code in entry.item.departements for entry in kept)


def _groups(those: Iterable[Entry]) -> list[tuple[digest.Listing, list[Entry]]]:
    """The tenders by list, in the order of the bulletin; a tender is shown under each of its lists."""
    held = list(those)
    apart = [(listing, [entry for entry in held if listing.name in entry.lists]) for listing in digest.listings()]
    return [(listing, found) for listing, found in apart if found]


def _week(edition: Edition, kept: tuple[Entry, ...], weeks: tuple[Week, ...]) -> bytes:
    fresh = [entry for entry in kept if edition.since <= entry.item.published <= edition.until]
    return page(
        "semaine.html.j2",
        edition,
        groups=[(listing, found, _filter(listing)) for listing, found in _groups(fresh)],
        cap=limit("week"),
        earlier=len(kept) - len(fresh),
        devices=charts.devices(edition),
        families=charts.families(edition),
        tiles=charts.tiles(fresh, digest.departements(edition)),
        steps=charts.steps(),
        trend=charts.trend(weeks),
        verdict=digest.verdict(edition, digest.groupings(edition)[0].counted),
        gaps=digest.gaps(edition),
        coverage=(*digest.coverage_lines(edition.coverage), *digest.unread(edition)),
        named=week_name(edition.week),
    )


def _filter(listing: digest.Listing) -> str:
    """The choice of the search page that shows the rest of a list."""
    known = {"marches-reserves": "reserve", "marches-avec-clause": "clause", "criteres-et-mentions": "critere"}
    return known.get(listing.name, listing.name)


def _search(edition: Edition, kept: tuple[Entry, ...]) -> bytes:
    rows = [search.row(entry) for entry in kept]
    return page(
        "recherche.html.j2", edition, script=True, filters=search.filters(kept), rows=rows[: limit("rows")],
        total=len(rows),
    )  # fmt: skip
