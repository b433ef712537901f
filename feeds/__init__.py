"""How is an edition published? As static files: feeds, weekly bulletin, index and OPML; same edition, same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from feeds import deadlines, digest, ocds, outline, reply, site, tables
from feeds.catalogue import LISTS, Subscription, alternates, published, subscriptions
from feeds.entry import clean
from feeds.rss import atom, rss
from feeds.swap import put, repair, swap_in
from scanner.edition import Edition
from scanner.pages import Dossier, Week

__all__ = ["pages", "publish", "put"]

#: The index shows the feeds of each département up to this number of territories; more are on a page of their own.
_SHOWN = 15


def publish(edition: Edition, out: Path, dossiers: Iterable[Dossier] = (), weeks: Iterable[Week] = ()) -> list[Path]:
    """Put the public files of ``edition`` in ``out``, all at once, and return their paths, in the order made.

    ``dossiers`` and ``weeks`` are what the site tells beside the edition (``feeds.site.files``).
    What ``out`` already holds is read twice: the weeks that the index lists, the feeds that must not vanish.
    Raises OSError when the folder cannot be written, DataFileError when a file of words or settings is wrong.
    """
    repair(out)
    return swap_in(out, pages(edition, out, dossiers, weeks))


def pages(
    edition: Edition, out: Path, dossiers: Iterable[Dossier] = (), weeks: Iterable[Week] = ()
) -> dict[str, bytes]:
    """What ``publish`` puts in ``out``, by path; nothing is written."""
    listed = list(subscriptions(edition, published(out)))
    return dict(_pages(edition, listed, out)) | site.files(edition, dossiers, weeks)


def _pages(edition: Edition, listed: Sequence[Subscription], out: Path) -> Iterator[tuple[str, bytes]]:
    for subscription in listed:
        yield f"{subscription.path}.rss.xml", rss(subscription.feed)
        yield f"{subscription.path}.atom.xml", atom(subscription.feed)
    yield f"digest/{edition.week}.html", digest.html(edition, alternates(listed)).encode()
    yield f"digest/{edition.week}.txt", digest.text(edition).encode()
    for files in (tables.files, deadlines.files, ocds.files):
        yield from files(edition).items()
    yield reply.PATH, reply.form()
    yield "opml.xml", outline.opml(edition, listed)
    yield "flux.html", outline.page(edition, listed).encode()
    yield "index.html", _index(edition, listed, out).encode()


def _index(edition: Edition, listed: Sequence[Subscription], out: Path) -> str:
    groups = digest.groupings(edition)
    weeks = {path.stem for path in (out / "digest").glob("*-W*.html")} | {edition.week}
    lists = [one for one in listed if one.folder == LISTS]
    whole = [one for one in listed if not one.code]
    territories = [(name, list(those)) for name, those in groupby(lists, key=lambda one: one.territory)]
    return (
        digest.environment()
        .get_template("index.html.j2")
        .render(
            territory=clean(edition.territory) or "France entière",
            week=edition.week,
            weeks=sorted(weeks, reverse=True),
            detailed={path.stem for path in (out / "semaines").glob("*-W*.html")} | {edition.week},
            lists=list(dict.fromkeys(one.list for one in lists)),
            territories=territories if len(territories) <= _SHOWN else territories[:1],
            folders=[
                (name, list(those)) for name, those in groupby(whole, key=lambda one: one.folder) if name != LISTS
            ],
            alternates=alternates(listed),
            many=len(territories) > _SHOWN,
            counts=[(group.listing, group.counted) for group in groups],
            years=sorted((path.stem for path in (out / "observatoire").glob("[0-9]*.html")), reverse=True),
            verdict=digest.verdict(edition, groups[0].counted),
            broken=bool(digest.gaps(edition)),
            tables=[(listing.title, f"tables/{listing.name}") for listing in digest.listings()],
            calendars=deadlines.calendars(edition),
            css=digest.style(),
            policy=site.policy(digest.style()),
        )
    )
