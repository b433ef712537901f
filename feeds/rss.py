"""How is a list written as RSS 2.0 and Atom 1.0? The one place that knows feedgen; the same entries, the same bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from feedgen.feed import FeedGenerator


@dataclass(frozen=True, slots=True)
class Entry:
    """``html`` is already escaped where it must be; ``title`` and ``summary`` are plain text."""

    id: str
    title: str
    summary: str
    html: str
    updated: datetime
    link: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """One list of one territory. ``path`` is relative to ``base_url`` and has no extension."""

    id: str
    path: str
    title: str
    description: str
    updated: datetime
    entries: tuple[Entry, ...]
    base_url: str = ""

    def address(self, extension: str) -> str:
        """The public address of the file, relative when no base URL is known."""
        return f"{self.base_url.rstrip('/')}/{self.path}.{extension}" if self.base_url else f"{self.path}.{extension}"


def rss(feed: Feed) -> bytes:
    """``feed`` as RSS 2.0, UTF-8."""
    return bytes(_generator(feed, "rss.xml").rss_str(pretty=True))


def atom(feed: Feed) -> bytes:
    """``feed`` as Atom 1.0, UTF-8."""
    return bytes(_generator(feed, "atom.xml").atom_str(pretty=True))


def _generator(feed: Feed, extension: str) -> Any:
    made = FeedGenerator()
    made.id(feed.id)
    made.title(feed.title)
    made.description(feed.description)
    made.subtitle(feed.description)
    made.language("fr")
    made.author({"name": "Veille clauses sociales"})
    if feed.base_url:
        made.link(href=feed.address(extension), rel="self")
    made.link(href=feed.base_url or "../index.html", rel="alternate")
    made.updated(feed.updated)
    made.lastBuildDate(feed.updated)
    made.pubDate(feed.updated)
    made.generator("veille-clauses-sociales")
    for entry in feed.entries:
        _add(made, entry)
    return made


def _add(made: Any, entry: Entry) -> None:
    written = made.add_entry(order="append")
    written.id(entry.id)
    written.guid(entry.id, permalink=False)
    written.title(entry.title)
    written.summary(escape(entry.summary, quote=False), type="html")
    written.content(entry.html, type="html")
    written.updated(entry.updated)
    written.published(entry.updated)
    if entry.link:
        written.link(href=entry.link, rel="alternate")
