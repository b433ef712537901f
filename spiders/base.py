"""How is a source read without losing a record in silence? Day by day, counted before and after.

A day is complete when the distinct records received are as many as the source counts; what stays away is named. How a
day is counted and read is the subclass's own; requests, their retries and quotas, and the coverage rows are told here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import orjson
from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.exceptions import DownloadCancelledError, IgnoreRequest
from scrapy.http import Response
from scrapy.settings.default_settings import RETRY_EXCEPTIONS
from scrapy.utils.misc import load_object

from scanner.edition import Coverage
from scanner.issues import Issue, Level
from scanner.notice import RawNotice

LONGEST_WAIT = 60.0
"""Seconds between two tries of one request at most (a quota's own reset time apart)."""
RESERVE = 0.05
"""Share of the source's quota that is left to others."""
MOST_VALUES = 5_000_000
"""Values in one answer: a page of 100 full notices has some 300 000; more would only fill the memory."""

T = TypeVar("T")
Progress = Callable[[date, int, int], None]


@dataclass(frozen=True, slots=True)
class Page:
    """The raw notices of one answer: one item per page, because Scrapy's cost is per item."""

    raws: tuple[RawNotice, ...]


@dataclass(slots=True)
class Journal:
    """What one crawl leaves behind, besides the archive."""

    coverage: list[Coverage] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    stored: int = 0
    changed: int = 0
    unarchived: int = 0
    planned: int | None = None
    """Coverage rows that a crawl lived to its end leaves; None before it knows."""


class Halted(Exception):
    """The source ends here: nothing more can be asked of it in this run. What was received is kept."""


class PageLost(Exception):
    """One answer could not be had after every try; the others go on."""


@dataclass(slots=True)
class Day:
    """One publication day while it is read. ``moved`` tells that the counts or the pages disagreed."""

    day: date
    where: str
    expected: int = 0
    received: set[str] = field(default_factory=set)
    listed: set[str] = field(default_factory=set)
    moved: bool = False

    @property
    def short(self) -> bool:
        return len(self.received) < self.expected or bool(self.listed - self.received)


class SourceSpider(Spider):  # type: ignore[misc]  # mypy is told not to follow scrapy
    """Reads one source over publication days. A subclass says ``queries``, ``count`` and ``read``."""

    throttle = 1.0
    """How many times longer than another fault a quota without a reset time is waited for."""

    sink: Any
    journal: Journal

    def __init__(
        self,
        *,
        base_url: str,
        since: date,
        until: date,
        sink: Any,
        journal: Journal,
        fields: Sequence[str] = (),
        attempts: int = 4,
        patience: float = 120.0,
        wait: float = 2.0,
        window: int = 10_000,
        page: int = 100,
        progress: Progress | None = None,
    ) -> None:
        """``since``/``until`` are publication days, both included; ``patience`` and ``wait`` are seconds.

        ``window`` and ``page`` are the most records of one query and of one answer.
        """
        super().__init__()
        self.base_url = base_url
        self.since, self.until = since, until
        self.days = tuple(since + timedelta(days=n) for n in range((until - since).days + 1))
        self.sink, self.journal = sink, journal
        self.fields = tuple(fields)
        self.attempts, self.patience, self.wait = attempts, patience, wait
        self.window, self.page = window, page
        self._progress = progress
        self._halted = False
        self._resume_at = 0.0

    # -- the crawl ----------------------------------------------------------------------------------------------

    async def start(self) -> AsyncIterator[Page]:
        """Yields the pages of every day, then leaves one coverage row per day in the journal, whatever happens."""
        # Turns are taken here rather than in Scrapy's queue, so that a request can still be held back by a quota.
        self._turns = asyncio.Semaphore(max(self.crawler.settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN"), 1))
        try:
            await self.prepare()
        except (Halted, PageLost):
            self._halted = True
        queries = self.queries()
        self.journal.planned = len(queries)
        for day, where in queries:
            reading = Day(day, where)
            counted = False
            try:
                reading.expected = await self.count(reading.where)
                counted = True
                async for page in self.read(reading):
                    yield page
            except Halted:
                reading.moved = True
            except PageLost:
                # The source no longer answers a mere count: insisting on every day would only tire it.
                self._halted = self._halted or not counted
                reading.moved = True
            self._close_day(reading, counted)
        # Ending while the downloader still puts its last request away would leave Scrapy idle for a heartbeat of 5 s.
        await asyncio.sleep(0.02)

    async def prepare(self) -> None:
        """What is asked before the first day; Halted or PageLost ends the source there."""

    def queries(self) -> list[tuple[date, str]]:
        """What to read: (day of the coverage row, query), one per publication day unless the source has no past."""
        raise NotImplementedError

    async def count(self, where: str) -> int:
        """How many records the source holds for ``where``. PageLost when it does not say."""
        raise NotImplementedError

    def read(self, day: Day) -> AsyncIterator[Page]:
        """Yields the pages of ``day``; its ``received``, ``listed`` and ``moved`` tell what came and what did not."""
        raise NotImplementedError

    def received_at(self) -> datetime:
        """The instant that dates what is received."""
        return datetime.now(UTC)

    def _close_day(self, day: Day, counted: bool) -> None:
        absent = sorted(day.listed - day.received)
        missing = max(day.expected - len(day.received), len(absent), 0)
        if missing and counted:
            unnamed = missing - len(absent)
            names = ", ".join(absent) + (" et " if absent and unnamed else "")
            names += f"{unnamed} d'identifiant inconnu" if unnamed else ""
            self._issue(
                day.day.isoformat(),
                "missing-notices",
                f"Le {day.day:%d/%m/%Y}, {missing} avis sur {day.expected} manquent ({names}) ; "
                f"relancer : scanner run --since {day.day} --until {day.day}.",
                "error",
            )
        elif counted and day.moved:
            self._issue(
                day.day.isoformat(),
                "unsettled-day",
                f"Le {day.day:%d/%m/%Y}, la source a changé pendant toute la lecture et rien ne prouve que les "
                f"{len(day.received)} avis reçus sont tous là ; relancer : scanner run --since {day.day} "
                f"--until {day.day}.",
                "error",
            )
        self.journal.coverage.append(
            Coverage(
                source=self.name,
                day=day.day,
                expected=max(day.expected, len(day.received) + missing),
                fetched=len(day.received),
                parsed=0,
                rejected=0,
                missing=missing,
                complete=counted and not missing and not day.moved,
            )
        )

    # -- one request --------------------------------------------------------------------------------------------

    async def _obtain(self, request: Request, read: Callable[[Response], T | None]) -> T:
        """What ``read`` makes of the answer, tried ``attempts`` times while it is None.

        Raises PageLost when it stays bad, Halted to stop all, or what ``refused`` makes of a refusal.
        """
        url, reason = request.url, ""
        for attempt in range(self.attempts):
            backoff = min(self.wait * 2**attempt, LONGEST_WAIT)
            try:
                response = await self._download(request.copy(), backoff)
            except _retryable() as error:
                reason = f"connexion : {type(error).__name__}"
            except IgnoreRequest as error:
                robots = ("robots", f"robots.txt interdit {url}", "s'adresser à l'éditeur")
                raise self.halt(self._stop(*getattr(error, "told", robots))) from error
            except DownloadCancelledError as error:
                reason = f"réponse trop grosse : {error}"
                break
            else:
                if response.status in (429, 409):
                    reason = "quota de la source atteint"
                    continue
                if 400 <= response.status < 500 and response.status != 408:
                    raise self.refused(request, response)
                answer = read(response)
                if answer is not None:
                    return answer
                reason = f"réponse illisible (état {response.status}, {len(response.body)} octets)"
            if attempt + 1 < self.attempts:
                await asyncio.sleep(backoff)
        self._issue(
            url,
            "request-lost",
            f"Une requête a échoué {attempt + 1} fois ({reason}) : {url} ; relancer la collecte plus tard.",
            "error",
        )
        raise PageLost(reason)

    def refused(self, request: Request, response: Response) -> Exception:
        """What to raise when the source refuses ``request`` for good (4xx): the source ends here."""
        return self.halt(
            self._stop(
                f"http-{response.status}",
                f"la source refuse la requête ({response.status} : {message_of(response)})",
                f"corriger la requête ou l'adresse dans spiders/{self.name}.yml",
            )
        )

    async def _download(self, request: Request, backoff: float) -> Response:
        """One answer, whatever its status. What it says of the quota holds for the next request before it leaves."""
        engine = self.crawler.engine
        assert engine is not None
        async with self._turns:
            await self._gate()
            response: Response = await engine.download_async(request)
            if response.status in (429, 409):
                self._hold(response, max(_reset_in(response), backoff * self.throttle))
            elif response.status == 503 and (delay := _retry_after(response)):
                self._hold(response, max(delay, backoff))
            else:
                self._spare(response)
            return response

    async def _gate(self) -> None:
        """Waits for the quota's reset, without holding the reactor. Raises Halted once the source is over."""
        while not self._halted and (left := self._resume_at - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(left)
        if self._halted:
            raise Halted

    def _hold(self, response: Response, delay: float) -> None:
        """Every request waits ``delay`` seconds, as the source asks; beyond the run's patience the source ends."""
        if delay > self.patience:
            busy = response.status == 503
            raise self.halt(
                self._stop(
                    "unavailable" if busy else "quota",
                    f"la source demande d'attendre {delay:.0f} s"
                    if busy
                    else f"le quota de la source est épuisé pour {delay:.0f} s ({message_of(response)})",
                    "relancer la collecte plus tard"
                    if busy
                    else "relancer la collecte après la remise à zéro du quota",
                )
            )
        self._resume_at = max(self._resume_at, asyncio.get_running_loop().time() + delay)

    def _spare(self, response: Response) -> None:
        """Stops politely, the answer in hand kept, when little of the quota is left for the source's other users."""
        limit, remaining = _number(response, "X-RateLimit-Limit"), _number(response, "X-RateLimit-Remaining")
        if limit and remaining is not None and remaining < RESERVE * limit:
            self.halt(
                self._stop(
                    "quota-reserve",
                    f"il reste {remaining:.0f} appels sur {limit:.0f} au quota de la source",
                    "relancer la collecte après la remise à zéro du quota",
                )
            )

    # -- telling ------------------------------------------------------------------------------------------------

    def halt(self, issue: Issue) -> Halted:
        """Notes ``issue`` once and lets no further request leave. Returns the exception to raise."""
        self._halted = True
        if issue not in self.journal.issues:
            self.journal.issues.append(issue)
        return Halted(issue.message)

    def _stop(self, code: str, what: str, repair: str) -> Issue:
        return Issue(self.name, "", code, f"Collecte interrompue : {what} ; {repair}.", "error")

    def _issue(self, key: str, code: str, message: str, level: Level = "warning") -> None:
        issue = Issue(self.name, key, code, message, level)
        if issue not in self.journal.issues:
            self.journal.issues.append(issue)


def crawl(spider: type[Spider], settings: Mapping[str, Any], **arguments: Any) -> None:
    """Runs ``spider`` to its end under ``settings``. Once per process: the reactor cannot start again."""
    process = AsyncCrawlerProcess(dict(settings))
    process.crawl(spider, **arguments)
    process.start()


def _retryable() -> tuple[type[BaseException], ...]:
    """What Scrapy itself holds to be worth another try: no route, time out, connection lost, body cut."""
    return tuple(load_object(entry) for entry in RETRY_EXCEPTIONS)


def json_of(response: Response) -> dict[str, Any] | None:
    """The JSON object of an answer; None when it is anything else, or would open into too many values."""
    if sum(response.body.count(mark) for mark in (b"[", b"{", b",")) > MOST_VALUES:
        return None
    try:
        answer = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        return None
    return answer if isinstance(answer, dict) else None


def message_of(response: Response) -> str:
    """What the source says of its refusal, shortened."""
    answer = json_of(response) or {}
    return str(answer.get("message") or answer.get("error") or "sans explication")[:300]


def _number(response: Response, header: str) -> float | None:
    raw = response.headers.get(header)
    try:
        return float(raw) if raw else None
    except ValueError:
        return None


def _reset_in(response: Response) -> float:
    """Seconds until the quota opens again, as the source tells it; 0 when it does not, or when that is past."""
    told = (json_of(response) or {}).get("reset_time")
    if isinstance(told, str):
        try:
            reset = datetime.fromisoformat(told)
        except ValueError:
            pass
        else:
            return max((reset if reset.tzinfo else reset.replace(tzinfo=UTC)).timestamp() - _clock(response), 0.0)
    if (epoch := _number(response, "X-RateLimit-Reset")) is not None:
        return max(epoch - _clock(response), 0.0)
    return _retry_after(response)


def _retry_after(response: Response) -> float:
    """Seconds of ``Retry-After``, which is a number or a date (RFC 9110, 10.2.3); 0 when it says nothing to come."""
    seconds = _number(response, "Retry-After")
    if seconds is None and (until := _instant(response, "Retry-After")) is not None:
        seconds = until - _clock(response)
    return max(seconds or 0.0, 0.0)


def _clock(response: Response) -> float:
    """The source's own time, which its dates are counted from: a clock that is wrong there or here changes nothing."""
    told = _instant(response, "Date")
    return datetime.now(UTC).timestamp() if told is None else told


def _instant(response: Response, header: str) -> float | None:
    raw = response.headers.get(header)
    try:
        return parsedate_to_datetime(raw.decode("latin-1")).timestamp() if raw else None
    except (ValueError, OverflowError):
        return None
