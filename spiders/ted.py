"""TED, the European gazette: its search API v3 (POST, no key) finds the notices, their XML says what they hold.

What is relied upon is that of the API of November 2024 and of what others saw of it in 2026:
- a search may answer 200 with ``timedOut: true`` and a part of the notices: it is asked again, never taken for a page;
- ITERATION reads a snapshot, ends on an empty batch, and its token may expire: the day is then read from its start;
- an unknown field is a 400 for the whole request: it is named, left out, and the request made once more;
- 429 is a page of HTML without Retry-After: thirty seconds, then twice as long;
- since 30 September 2026 the site answers 202 and nothing to a User-Agent it does not know: that is a refusal.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import orjson
from scrapy import Request
from scrapy.http import Response

from scanner.notice import RawNotice
from spiders.base import Day, Page, PageLost, SourceSpider, json_of, message_of
from spiders.formats.eforms import publication_number

LIMIT, PRODUCT = 250, 10_000
"""Most notices in one answer, and most ``fields × limit``."""
READINGS = 3
"""How many times a day is read from its start when a token expires or its count is not reached."""
REFUSALS = 3
"""Notices refused one after the other before the site is left alone."""
BATCH = 25
FORMS = ("competition", "planning", "consultation", "result", "dir-awa-pre", "cont-modif", "completion")
KEY = "publication-number"
FLAGS = ("reserved-procurement", "reserved-execution", "strategic-procurement", "social-objective")
_FLAG = re.compile(rb'listName="(%s)"[^>]*>\s*([a-z-]+)' % "|".join(FLAGS).encode())
_XML = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?!!doctype html|html)[?!\w]", re.IGNORECASE)
_END = re.compile(rb"</([\w:]+)\s*>\s*\Z")
_NAMED = re.compile(r"[\w()-]+")


class TokenExpired(Exception):
    """The snapshot is gone: the day is read again from its start."""


class FieldRefused(Exception):
    """A name was left out of the request, which can be made again."""


class TedSpider(SourceSpider):
    """Every notice of French buyers, or to be performed in France. Days, coverage and retries are those of the base."""

    name = "ted"
    throttle = 15.0

    def __init__(self, *, base_url: str, **settings: Any) -> None:
        """``base_url`` is that of the search, of the API, or of a host that stands in for both sites."""
        super().__init__(base_url=search_url(base_url), **settings)
        self.site = site_url(self.base_url)
        self.fields = tuple(dict.fromkeys([KEY, *self.fields]))
        self.places = ["buyer-country = FRA", "place-of-performance = FRA"]
        self._rows: dict[str, dict[str, Any]] = {}
        self._differ: dict[str, list[str]] = {}
        self._gone: set[str] = set()
        self._refusals = 0

    def queries(self) -> list[tuple[date, str]]:
        """One window per day; the places are added when the query leaves, because one may be refused."""
        window = f"form-type IN ({' '.join(FORMS)}) AND publication-date >= {{0}} AND publication-date <= {{0}}"
        return [(day, window.format(f"{day:%Y%m%d}")) for day in self.days]

    # -- a day --------------------------------------------------------------------------------------------------

    async def read(self, day: Day) -> AsyncIterator[Page]:
        """Yields the notices of ``day``; again from the start while the listing is short, a notice once more."""
        self._rows, self._differ = {}, {}
        for _ in range(READINGS):
            day.moved = False
            async for page in self._listing(day):
                yield page
            async for page in self._fetch(day, day.listed - day.received - self._gone):
                yield page
            if not day.moved and len(day.listed) >= day.expected:
                break
        self._tell_differences(day)

    async def _listing(self, day: Day) -> AsyncIterator[Page]:
        """Pages through the snapshot of the day, fetching the notices of each page as it comes."""
        token: str | None = None
        while True:
            partial: list[dict[str, Any]] = []
            try:
                answer = await self._search(day.where, partial, iterationNextToken=token)
            except (TokenExpired, PageLost):
                day.moved = True
                answer = {"notices": partial}
            else:
                day.expected = answer["totalNoticeCount"]
            keys = self._list(day, answer["notices"])
            async for page in self._fetch(day, keys - day.received - self._gone):
                yield page
            following = answer.get("iterationNextToken")
            if day.moved or not answer["notices"] or not following:
                return
            if following == token:
                self._issue(
                    day.day.isoformat(),
                    "token-stuck",
                    f"Le {day.day:%d/%m/%Y}, TED redonne la même page sans fin ; vérifier la pagination de son API.",
                )
                day.moved = True
                return
            token = following

    def _list(self, day: Day, rows: Iterable[dict[str, Any]]) -> set[str]:
        """The numbers of ``rows``, remembered as listed; a row without one is told."""
        keys = set()
        for row in rows:
            key = publication_number(str(row.get(KEY, "")))
            if not key:
                self._issue(
                    day.day.isoformat(),
                    "no-key",
                    f"Le {day.day:%d/%m/%Y}, TED annonce un avis sans numéro de publication, qui manque donc ; "
                    "vérifier publication-number dans spiders/ted.yml.",
                )
                continue
            keys.add(key)
            self._rows[key] = row
        day.listed |= keys
        return keys

    async def _fetch(self, day: Day, keys: set[str]) -> AsyncIterator[Page]:
        """Yields the notices of ``keys`` that come; those that do not stay listed and will be named."""
        asked = sorted(keys)
        turns = asyncio.Semaphore(max(self.crawler.settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN"), 1))
        for first in range(0, len(asked), BATCH):
            tasks = (self._notice(key, turns) for key in asked[first : first + BATCH])
            found = await asyncio.gather(*tasks, return_exceptions=True)
            raws = tuple(one for one in found if isinstance(one, RawNotice))
            day.received.update(raw.key for raw in raws)
            yield Page(raws)
            if self._progress:
                self._progress(day.day, len(day.received), day.expected)
            for one in found:
                if isinstance(one, BaseException) and not isinstance(one, PageLost):
                    raise one

    async def _notice(self, key: str, turns: asyncio.Semaphore) -> RawNotice:
        """The XML of one notice, as received. PageLost when it is refused, gone, or stays bad."""
        async with turns:  # held while it waits, so that a site that refuses is not asked by many at once
            return await self._asked(key)

    async def _asked(self, key: str) -> RawNotice:
        if self._refusals >= REFUSALS:
            raise PageLost("refusé")
        row = self._rows[key]
        link = (((row.get("links") or {}).get("xml") or {}).get("MUL")) or ""
        path = _path(link) or f"/en/notice/{key}/xml"
        refused = False

        def read(response: Response) -> bytes | None:
            nonlocal refused
            body: bytes = response.body
            good = response.status == 200 and _XML.match(body) is not None and _whole(body)
            refused = not good and response.status in (200, 202)
            return body if good else None

        try:
            body = await self._obtain(self._request(self.site + path), read)
        except PageLost:
            if refused:
                self._refuse()
            raise
        self._refusals = 0
        self._compare(key, row, body)
        return RawNotice(self.name, key, self.site + path, self.received_at(), body)

    def _refuse(self) -> None:
        """Counts a refusal; after several on end the site is asked for no further notice in this run."""
        self._refusals += 1
        if self._refusals == REFUSALS:
            self._issue(
                "",
                "xml-refused",
                "TED refuse de donner les avis (réponse 202, vide ou page web à la place du XML) et n'est plus "
                "sollicité pour cette collecte ; vérifier « contact » dans veille.toml, relancer plus tard, et lire "
                "d'ici là les avis jumeaux du BOAMP.",
                "error",
            )

    def _compare(self, key: str, row: dict[str, Any], body: bytes) -> None:
        """Notes when the search and the XML of an eForms notice do not code the same reservations and social aims."""
        if b"<TED_EXPORT" in body[:1000] or b'schemeName="Part"' in body:  # the parts of a plan have other fields
            return
        found = {(name.decode(), value.decode()) for name, value in _FLAG.findall(body)}
        for name in FLAGS:
            value = row.get(f"{name}-lot") or []
            searched = set(value if isinstance(value, list) else [value])
            if f"{name}-lot" in self.fields and searched != {value for field, value in found if field == name}:
                self._differ.setdefault(name, []).append(key)

    def _tell_differences(self, day: Day) -> None:
        for name, keys in self._differ.items():
            self._issue(
                day.day.isoformat(),
                "flags-differ",
                f"Le {day.day:%d/%m/%Y}, la recherche de TED et le XML ne codent pas de même {name} pour {len(keys)} "
                f"avis ({', '.join(sorted(keys)[:10])}) ; le XML fait foi, vérifier ces avis sur TED.",
            )

    # -- requests -----------------------------------------------------------------------------------------------

    async def count(self, where: str) -> int:
        """How many notices the search announces for ``where``."""
        answer = await self._search(where, [], limit=1, fields=[KEY], paginationMode="PAGE_NUMBER")
        return int(answer["totalNoticeCount"])

    async def _search(self, where: str, partial: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
        """One answer of the search. ``partial`` receives the notices of an answer that TED cut short."""

        def read(response: Response) -> dict[str, Any] | None:
            answer = json_of(response) if response.status == 200 else None
            rows = answer.get("notices") if answer else None
            if answer is None or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                return None
            if answer.get("timedOut"):
                partial[:] = rows
                return None
            return answer if isinstance(answer.get("totalNoticeCount"), int) else None

        for _ in range(len(self.fields) + len(self.places)):
            limit = min(self.page, LIMIT, PRODUCT // len(self.fields))
            body = {
                "query": f"({' OR '.join(self.places)}) AND {where}",
                "fields": list(self.fields),
                "limit": limit,
                "scope": "ALL",
                "paginationMode": "ITERATION",
                "onlyLatestVersions": False,
                **{name: value for name, value in changes.items() if value is not None},
            }
            try:
                return await self._obtain(self._request(self.base_url, body), read)
            except FieldRefused:
                continue
            except PageLost:
                if changes.get("iterationNextToken"):  # a bad token was also seen as a 500
                    raise TokenExpired from None
                raise
        raise PageLost("champs refusés")

    def _request(self, url: str, body: dict[str, Any] | None = None) -> Request:
        """A request that names the watch as TED asks for: ``Mozilla/5.0 (compatible; name; +contact)``."""
        name, _, contact = str(self.crawler.settings.get("USER_AGENT")).partition(" (")
        headers = {"User-Agent": f"Mozilla/5.0 (compatible; {name}; {contact.rstrip(')') or '+sans contact'})"}
        if body is None:
            return Request(url, headers=headers, dont_filter=True)
        headers |= {"Content-Type": "application/json", "Accept": "application/json"}
        return Request(url, method="POST", body=orjson.dumps(body), headers=headers, dont_filter=True)

    def refused(self, request: Request, response: Response) -> Exception:
        """What a 4xx means: a notice that is gone, an expired token, a refused name, or the end of the source."""
        if request.method == "GET":
            if response.status in (401, 403):
                self._refuse()
            key = publication_number(request.url.rsplit("/", 2)[-2])
            self._gone.add(key)
            self._issue(
                key,
                "notice-refused",
                f"TED annonce l'avis {key} mais ne le donne pas (état {response.status}) ; relancer plus tard.",
            )
            return PageLost(f"état {response.status}")
        error = (json_of(response) or {}).get("error")
        error = error if isinstance(error, dict) else {}
        expired = error.get("type") in ("EXPIRED_ITERATION_TOKEN", "INVALID_ITERATION_TOKEN")
        if expired and b'"iterationNextToken"' in request.body:
            return TokenExpired()
        if response.status == 400 and self._leave_out(error, _whole_message(response)):
            return FieldRefused()
        if response.status in (404, 410):
            return self.halt(
                self._stop(
                    f"http-{response.status}",
                    f"la version de l'API de TED n'est plus servie ({response.status} : {message_of(response)})",
                    "corriger base_url dans spiders/ted.yml (la version suivante est /v4/)",
                )
            )
        return super().refused(request, response)

    def _leave_out(self, error: dict[str, Any], message: str) -> bool:
        """Leaves out of the next requests the field that TED does not know; whether there was one. It is told."""
        kind = str(error.get("type", ""))
        if kind.startswith("QUERY_"):
            name = str(error.get("fieldName", ""))
            kept = [place for place in self.places if place.split()[0] != name]
            if not kept or kept == self.places:
                return False
            self.places = kept
            refused = [name]
        else:
            named = set(_NAMED.findall(message))
            refused = [name for name in self.fields if name == error.get("unsupportedValue")]
            # TED lists every name that it knows, and not the one that it refuses.
            refused = refused or ([name for name in self.fields if name not in named] if KEY in named else [])
            if not refused or KEY in refused:
                return False
            self.fields = tuple(name for name in self.fields if name not in refused)
        for name in refused:
            self._issue(
                name,
                "field-refused",
                f"TED ne connaît plus le champ « {name} », qui n'est plus demandé ; "
                "retrouver son nouveau nom et corriger spiders/ted.yml ou spiders/ted.py.",
            )
        return True


def _path(link: Any) -> str:
    """The path of a link, to be asked of TED's own site; empty when it is none that could only lead there."""
    try:
        path = urlsplit(link).path if isinstance(link, str) else ""
    except ValueError:
        return ""
    return path if path.startswith("/") and not path.startswith("//") and "\\" not in path else ""


def search_url(base_url: str) -> str:
    """The address of the search, from its own, that of a version of the API, or that of a host."""
    base = base_url.rstrip("/")
    if base.endswith("/search"):
        return base
    return f"{base}/notices/search" if re.search(r"/v\d+$", base) else f"{base}/v3/notices/search"


def site_url(search: str) -> str:
    """Where the XML of the notices is: TED's site for TED's API, else the host that stands in for both."""
    address = urlsplit(search)
    return (
        "https://ted.europa.eu" if address.hostname == "api.ted.europa.eu" else f"{address.scheme}://{address.netloc}"
    )


def _whole(body: bytes) -> bool:
    """Whether the XML ends with its root: what is cut, or ends with an error, is asked again."""
    end = _END.search(body[-200:])
    return end is not None and re.search(rb"<%s[\s>]" % re.escape(end[1]), body[:2000]) is not None


def _whole_message(response: Response) -> str:
    return str((json_of(response) or {}).get("message", ""))
