"""How is an Opendatasoft portal read without losing a record in silence? Day by day, counted before and after.

The facts relied upon (limits, errors, quotas) are those of the Explore API v2.1. A day is complete when the distinct
records received are as many as the portal counts; anything else is fetched again, and what stays away is named.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

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

PAGE = 100
"""Most records the portal gives in one answer."""
WINDOW = 10_000
"""The portal refuses offset + limit beyond this."""
LONGEST_WAIT = 60.0
"""Seconds between two tries of one request at most (a quota's own reset time apart)."""
RESERVE = 0.05
"""Share of the portal's quota that is left to others."""

T = TypeVar("T")
Record = dict[str, Any]
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


class Halted(Exception):
    """The source ends here: nothing more can be asked of it in this run. What was received is kept."""


class PageLost(Exception):
    """One answer could not be had after every try; the others go on."""


@dataclass(slots=True)
class _Day:
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


class OpendatasoftSpider(Spider):  # type: ignore[misc]  # mypy is told not to follow scrapy
    """Reads one dataset over publication days. A subclass says ``dataset``, ``day_field``, ``key_field``, ``cuts``."""

    dataset = ""
    day_field = ""
    key_field = ""
    url_field = ""
    cuts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(field, known values): how a query past the window is cut, in order, before ranges of the key."""
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
        window: int = WINDOW,
        page: int = PAGE,
        progress: Progress | None = None,
    ) -> None:
        """``since``/``until`` are publication days, both included; ``patience`` and ``wait`` are seconds."""
        super().__init__()
        self.base_url = dataset_url(base_url, self.dataset)
        self.since, self.until = since, until
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
            await self._check_fields()
        except (Halted, PageLost):
            self._halted = True
        days = self.queries()
        for day, where in days:
            reading = _Day(day, where)
            counted = False
            try:
                reading.expected = await self._count(reading.where)
                counted = True
                async for page in self._read(reading):
                    yield page
            except Halted:
                reading.moved = True
            except PageLost:
                # The portal no longer answers a mere count: insisting on every day would only tire it.
                self._halted = self._halted or not counted
                reading.moved = True
            self._close_day(reading, counted)
        # Ending while the downloader still puts its last request away would leave Scrapy idle for a heartbeat of 5 s.
        await asyncio.sleep(0.02)

    def queries(self) -> list[tuple[date, str]]:
        """What to read: (day of the coverage row, query) for each publication day."""
        days = [self.since + timedelta(days=n) for n in range((self.until - self.since).days + 1)]
        return [(day, f"{self.day_field}=date'{day.isoformat()}'") for day in days]

    async def _read(self, day: _Day) -> AsyncIterator[Page]:
        """Yields the pages of ``day``, then repairs it: pages again, then the list of keys and what it misses."""
        announced = day.expected
        async for page in self._all_pages(day):
            yield page
        for again in (True, False, False):
            if not (day.short or day.moved):
                return
            day.expected = await self._count(day.where)
            if again and day.short:
                async for page in self._all_pages(day):
                    yield page
            day.moved = False
            # Counts may agree while a record that left hides one that was skipped: only the keys themselves tell.
            async for page in self._named(day):
                yield page
        day.expected = await self._count(day.where)
        if day.expected < announced and len(day.received) < announced:
            self._issue(
                day.day.isoformat(),
                "count-dropped",
                f"Le {day.day:%d/%m/%Y}, la source annonçait {announced} avis et n'en compte plus que {day.expected} ; "
                "relancer la collecte de ce jour pour vérifier.",
            )

    def _close_day(self, day: _Day, counted: bool) -> None:
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

    async def _all_pages(self, day: _Day) -> AsyncIterator[Page]:
        for where, total in await self._slices(day.where, day.expected):
            async for answer, url in self._pages(where, total, day):
                yield self._keep(day, answer["results"], url)

    async def _named(self, day: _Day) -> AsyncIterator[Page]:
        """Lists the keys the portal holds for the day, then asks by name those that did not come."""
        listed: set[str] = set()
        for where, total in await self._slices(day.where, day.expected):
            async for answer, _ in self._pages(where, total, day, select=self.key_field):
                listed.update(key for row in answer["results"] if (key := self._key(row)))
        day.listed = listed
        absent = sorted(listed - day.received)
        for first in range(0, len(absent), self.page):
            names = ",".join(f'"{key}"' for key in absent[first : first + self.page])
            try:
                answer, url = await self._ask("/records", where=f"{self.key_field} in ({names})", limit=self.page)
            except PageLost:
                day.moved = True
                continue
            yield self._keep(day, answer["results"], url)

    def _keep(self, day: _Day, records: Iterable[Record], url: str) -> Page:
        raws = []
        for record in records:
            body = orjson.dumps(record)
            key = self._key(record)
            if not key:
                key = f"sans-{self.key_field}-{hashlib.sha256(body).hexdigest()[:12]}"
                self._issue(
                    key,
                    "no-key",
                    f"Un avis du {day.day:%d/%m/%Y} est sans {self.key_field} et est conservé sous « {key} » ; "
                    "le signaler à l'éditeur de la source.",
                )
            elif key in day.received:
                day.moved = True
            day.received.add(key)
            link = record.get(self.url_field)
            raws.append(
                RawNotice(self.name, key, link if isinstance(link, str) and link else url, datetime.now(UTC), body)
            )
        if self._progress:
            self._progress(day.day, len(day.received), day.expected)
        return Page(tuple(raws))

    def _key(self, record: Record) -> str:
        value = record.get(self.key_field)
        return value.strip() if isinstance(value, str) else ""

    # -- queries ------------------------------------------------------------------------------------------------

    async def _check_fields(self) -> None:
        answer, _ = await self._ask("")
        seen = {entry.get("name") for entry in answer["fields"] if isinstance(entry, dict)}
        if not self.fields:
            return
        for name in sorted(set(self.fields) - seen):
            self.halt(
                Issue(
                    self.name,
                    name,
                    "field-missing",
                    f"Le champ « {name} » a disparu de la source, qui n'est plus lue ; "
                    f"retrouver son nouveau nom et corriger spiders/{self.name}.yml.",
                    "error",
                )
            )
        for name in sorted(str(name) for name in seen - set(self.fields)):
            self._issue(
                name,
                "field-new",
                f"Le champ « {name} » est nouveau dans la source et n'est pas lu ; "
                f"l'examiner puis l'ajouter à spiders/{self.name}.yml.",
            )

    async def _count(self, where: str) -> int:
        answer, _ = await self._ask("/records", where=where, limit=0)
        return int(answer["total_count"])

    async def _slices(self, where: str, total: int, cuts: int = 0) -> list[tuple[str, int]]:
        """``where`` cut into queries that each fit the window: (query, count). Told when the counts do not add up."""
        if total <= self.window:
            return [(where, total)] if total else []
        if cuts == len(self.cuts):
            return await self._ranges(where, total)
        name, values = self.cuts[cuts]
        quoted = ",".join(f'"{value}"' for value in values)
        parts = [f'{name}="{value}"' for value in values]
        parts += [f"{name} is null", f"({name} is not null and not ({name} in ({quoted})))"]
        counted = [(f"{where} and {part}", await self._count(f"{where} and {part}")) for part in parts]
        if sum(count for _, count in counted) != total:
            return await self._slices(where, total, cuts + 1)
        slices = []
        for part, count in counted:
            slices += await self._slices(part, count, cuts + 1)
        return slices

    async def _ranges(self, where: str, total: int) -> list[tuple[str, int]]:
        """Ranges of the key, each as long as the window allows; the last key of a range is asked of the portal."""
        slices: list[tuple[str, int]] = []
        rest, left = where, total
        while left > self.window:
            answer, _ = await self._ask(
                "/records",
                where=rest,
                select=self.key_field,
                order_by=f"{self.key_field} asc",
                offset=self.window - 1,
                limit=1,
            )
            last = self._key(answer["results"][0]) if answer["results"] else ""
            part = f'{rest} and {self.key_field}<="{last}"'
            count = await self._count(part) if last else 0
            if not 0 < count <= self.window:
                break
            slices.append((part, count))
            rest = f'{where} and {self.key_field}>"{last}"'
            left = await self._count(rest)
        slices.append((rest, min(left, self.window)))
        keyless = f"{where} and {self.key_field} is null"
        if slices[:-1] and (count := await self._count(keyless)):
            slices.append((keyless, count))
        if (reached := sum(count for _, count in slices)) != total:
            self._issue(
                where,
                "window-uncut",
                f"La requête dépasse la profondeur de la source : {reached} avis atteints sur {total} ; "
                f"compléter « cuts » dans spiders/{self.name}.py.",
            )
        return slices

    async def _pages(
        self, where: str, total: int, day: _Day, select: str = ""
    ) -> AsyncIterator[tuple[dict[str, Any], str]]:
        """Every page of ``where`` as it arrives. A lost page or a count that moves marks the day for repair."""
        tasks = []
        for offset in range(0, total, self.page):
            query: dict[str, Any] = {"where": where, "order_by": f"{self.key_field} asc"}
            if select:
                query["select"] = select
            query |= {"limit": min(self.page, self.window - offset), "offset": offset}
            tasks.append(asyncio.ensure_future(self._ask("/records", **query)))
        halted: Halted | None = None
        try:
            for task in asyncio.as_completed(tasks):
                try:
                    answer, url = await task
                except PageLost:
                    day.moved = True
                except Halted as reason:
                    halted = reason
                else:
                    day.moved = day.moved or answer["total_count"] != total
                    yield answer, url
        finally:
            for pending in tasks:
                pending.cancel()
        if halted:
            raise halted

    # -- one request --------------------------------------------------------------------------------------------

    async def _ask(self, path: str, **query: Any) -> tuple[dict[str, Any], str]:
        """(answer, url) of one GET."""
        url = self.base_url + path + ("?" + urlencode(query) if query else "")
        wanted = "results" if path else "fields"
        return await self._obtain(Request(url, dont_filter=True), lambda response: _read_body(response, wanted)), url

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
                raise self.halt(self._stop("robots", f"robots.txt interdit {url}", "s'adresser à l'éditeur")) from error
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
                f"la source refuse la requête ({response.status} : {_message(response)})",
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
                self._hold(response, backoff)
            else:
                self._spare(response)
            return response

    async def _gate(self) -> None:
        """Waits for the quota's reset, without holding the reactor. Raises Halted once the source is over."""
        while not self._halted and (left := self._resume_at - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(left)
        if self._halted:
            raise Halted

    def _hold(self, response: Response, backoff: float) -> None:
        """Every request waits until the quota's reset; beyond the run's patience the source ends."""
        delay = max(_reset_in(response, datetime.now(UTC)), backoff * self.throttle)
        if delay > self.patience:
            raise self.halt(
                self._stop(
                    "quota",
                    f"le quota de la source est épuisé pour {delay:.0f} s ({_message(response)})",
                    "relancer la collecte après la remise à zéro du quota",
                )
            )
        self._resume_at = max(self._resume_at, asyncio.get_running_loop().time() + delay)

    def _spare(self, response: Response) -> None:
        """Stops politely, the answer in hand kept, when little of the quota is left for the portal's other users."""
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


def dataset_url(base_url: str, dataset: str) -> str:
    """The dataset's address, from that of the portal, of its catalogue, or its own."""
    base = base_url.rstrip("/")
    if base.endswith(f"/datasets/{dataset}"):
        return base
    if base.endswith("/datasets"):
        return f"{base}/{dataset}"
    return f"{base}/api/explore/v2.1/catalog/datasets/{dataset}"


def _retryable() -> tuple[type[BaseException], ...]:
    """What Scrapy itself holds to be worth another try: no route, time out, connection lost, body cut."""
    return tuple(load_object(entry) for entry in RETRY_EXCEPTIONS)


def _json(response: Response) -> dict[str, Any] | None:
    try:
        answer = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        return None
    return answer if isinstance(answer, dict) else None


def _read_body(response: Response, wanted: str) -> dict[str, Any] | None:
    """The JSON object of a 200 whose ``wanted`` is a list of objects; None for anything else: HTML, 202, cut, empty."""
    answer = _json(response) if response.status == 200 else None
    rows = answer.get(wanted) if answer else None
    if answer is None or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return None
    if wanted == "results" and not isinstance(answer.get("total_count"), int):
        return None
    return answer


def _message(response: Response) -> str:
    """What the API says of its refusal, shortened."""
    answer = _json(response) or {}
    return str(answer.get("message") or answer.get("error") or "sans explication")[:300]


def _number(response: Response, header: str) -> float | None:
    raw = response.headers.get(header)
    try:
        return float(raw) if raw else None
    except ValueError:
        return None


def _reset_in(response: Response, now: datetime) -> float:
    """Seconds until the quota opens again, as the portal tells it; 0 when it does not, or when that is past."""
    told = (_json(response) or {}).get("reset_time")
    if isinstance(told, str):
        try:
            reset = datetime.fromisoformat(told)
        except ValueError:
            pass
        else:
            return max((reset if reset.tzinfo else reset.replace(tzinfo=UTC)).timestamp() - now.timestamp(), 0.0)
    if (epoch := _number(response, "X-RateLimit-Reset")) is not None:
        return max(epoch - now.timestamp(), 0.0)
    return max(_number(response, "Retry-After") or 0.0, 0.0)
