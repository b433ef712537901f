"""How does Scrapy behave here? Every setting of the crawl, each with its reason. Politeness first, then safety."""

from __future__ import annotations

from typing import Any

MEBIBYTE = 1024 * 1024


def settings(user_agent: str, delay: float, concurrency: int, timeout: float = 60.0) -> dict[str, Any]:
    """The Scrapy settings of one crawl: ``delay`` and ``timeout`` in seconds, ``concurrency`` requests per portal."""
    return {
        # Who we are and how to reach us: the portal's administrator can write before blocking.
        "USER_AGENT": user_agent,
        # The open-data hosts allow their API in robots.txt; a host that forbids it is not read.
        "ROBOTSTXT_OBEY": True,
        # Seconds between two requests to the same portal, and how many at once: the user's choice, in veille.toml.
        "DOWNLOAD_DELAY": delay,
        "CONCURRENT_REQUESTS_PER_DOMAIN": concurrency,
        "CONCURRENT_REQUESTS": concurrency,
        # The delay is kept as written: a random one would make runs hard to compare.
        "RANDOMIZE_DOWNLOAD_DELAY": False,
        # A page of 100 records takes 0.1 s; beyond this the portal is in trouble and the request is tried again.
        "DOWNLOAD_TIMEOUT": timeout,
        # A page of 100 full notices is about 3 MB; nothing legitimate comes near this.
        "DOWNLOAD_MAXSIZE": 64 * MEBIBYTE,
        "DOWNLOAD_WARNSIZE": 0,
        # A body shorter than announced is an error, never a page.
        "DOWNLOAD_FAIL_ON_DATALOSS": True,
        # spiders/base.py tries again itself: it knows reset_time, cut bodies and HTML under 200, which Scrapy does not.
        "RETRY_ENABLED": False,
        # An API that starts to redirect far away has moved: better an issue than a chase.
        "REDIRECT_MAX_TIMES": 3,
        # Nothing to remember between requests, nothing to listen to, nothing to store.
        "COOKIES_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "HTTPCACHE_ENABLED": False,
        # Neither a record nor a redirection leads to a file or an internal address.
        "DOWNLOAD_HANDLERS": dict.fromkeys(("data", "file", "ftp", "s3")),
        "DOWNLOADER_MIDDLEWARES": {"spiders.gate.Gate": 50},
        # Only what matters reaches the log; the progress is told apart.
        "LOG_LEVEL": "WARNING",
        "LOGSTATS_INTERVAL": 0,
        # The only pipeline: bytes into the archive.
        "ITEM_PIPELINES": {"scanner.intake.Intake": 100},
    }
