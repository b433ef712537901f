"""Where do received bytes go? Into the archive, page by page: the only Scrapy item pipeline."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, Protocol, Self

from scrapy.crawler import Crawler

from scanner.issues import Issue
from scanner.notice import RawNotice

BATCH = 500
#: Bytes that wait for the archive at most: a source that sends huge bodies does not fill the memory.
BATCH_BYTES = 32_000_000


class RawSink(Protocol):
    """What the pipeline needs of the store."""

    def archive(self, raws: Sequence[RawNotice], /) -> tuple[int, int]:
        """Keep ``raws``; returns (new, changed). Twice the same bytes count once."""

    def close(self) -> None:
        """Release the file."""


class Intake:
    """Gathers the pages' raw notices and archives them ``BATCH`` at a time. A failure stops the crawl and is told."""

    def __init__(self, spider: Any) -> None:
        self._spider = spider
        self._sink: RawSink = spider.sink
        self._waiting: list[RawNotice] = []
        self._weight = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """The pipeline of ``crawler``; its spider carries the sink and the journal."""
        return cls(crawler.spider)

    def process_item(self, item: Any) -> Any:
        """Takes the raw notices of one page; returns the page."""
        for raw in item.raws:
            self._waiting.append(raw)
            self._weight += len(raw.body)
            if len(self._waiting) >= BATCH or self._weight >= BATCH_BYTES:
                self._flush()
        return item

    def close_spider(self) -> None:
        """Archives what waits."""
        self._flush()

    def _flush(self) -> None:
        batch, self._waiting, self._weight = self._waiting, [], 0
        if not batch:
            return
        journal = self._spider.journal
        try:
            new, changed = self._sink.archive(batch)
        except (OSError, ValueError, sqlite3.Error) as error:
            source = batch[0].source
            message = (
                f"{len(batch)} avis reçus n'ont pas pu être archivés ({error}) ; "
                "vérifier l'espace disque et les droits de la base, puis relancer la collecte."
            )
            self._spider.halt(Issue(source, "", "archive-failed", message, "error"))
            journal.unarchived += len(batch)
        else:
            journal.stored += new
            journal.changed += changed
