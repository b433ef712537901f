"""Where may a crawl go? To its configured source, be it on loopback, and to the public network; nowhere else.

A record or a redirection that leads to an internal address, or to anything but http(s), is refused before any byte.
"""

from __future__ import annotations

from typing import Any, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest

from scanner.links import followed, same_host, told


class Refused(IgnoreRequest):  # type: ignore[misc]
    """A request that will not leave. ``told``: code, what happened, what to do."""

    def __init__(self, url: str) -> None:
        said = told(url) or "adresse non suivie"
        self.told = ("internal-address", f"la source renvoie vers une {said}", "vérifier base_url et la source")
        super().__init__(said)


class Gate:
    """The downloader middleware that every request passes, redirections and robots.txt included."""

    def __init__(self, spider: Any) -> None:
        self._homes = [home for home in (getattr(spider, name, "") for name in ("base_url", "site")) if home]

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """The gate of ``crawler``: its spider tells where it is at home."""
        return cls(crawler.spider)

    def process_request(self, request: Request) -> None:
        """Raises Refused for an address that is neither the source's own nor public."""
        if not followed(request.url) and not any(same_host(request.url, home) for home in self._homes):
            raise Refused(request.url)
