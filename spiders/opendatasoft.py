"""How is an Opendatasoft portal read? One dataset, a page at a time, then again by name for what did not come.

The facts relied upon (limits, errors, quotas) are those of the Explore API v2.1. A query past the portal's window is
cut into smaller ones; a day whose records are not as many as the portal counts is fetched again.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterable
from datetime import date
from typing import Any
from urllib.parse import urlencode

import orjson
from scrapy import Request
from scrapy.http import Response

from scanner.issues import Issue
from scanner.notice import RawNotice
from spiders.base import Day, Halted, Page, PageLost, SourceSpider, json_of

Record = dict[str, Any]


class OpendatasoftSpider(SourceSpider):
    """Reads one dataset over publication days. A subclass says ``dataset``, ``day_field``, ``key_field``, ``cuts``."""

    dataset = ""
    day_field = ""
    key_field = ""
    url_field = ""
    numeric_key = False
    select = ""
    """Columns asked for; empty for all."""
    cuts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(field, known values): how a query past the window is cut, in order, before ranges of the key."""

    def __init__(self, *, base_url: str, **settings: Any) -> None:
        """``base_url`` is that of the portal, of its catalogue, or of the dataset."""
        super().__init__(base_url=dataset_url(base_url, self.dataset), **settings)
        self.described: Record = {}
        """What the portal says of the dataset, once ``prepare`` has asked."""

    async def prepare(self) -> None:
        """Asks what the dataset is made of: a field that left ends the source, a new one is told."""
        answer, _ = await self._ask("")
        self.described = answer
        seen = {entry.get("name") for entry in answer["fields"] if isinstance(entry, dict)}
        if not self.fields:
            return
        self._gone(set(self.fields) - seen)
        for name in sorted(str(name) for name in seen - set(self.fields)):
            self._issue(
                name,
                "field-new",
                f"Le champ « {name} » est nouveau dans la source et n'est pas lu ; "
                f"l'examiner puis l'ajouter à spiders/{self.name}.yml.",
            )

    def _gone(self, names: Iterable[str]) -> Halted | None:
        """Ends the source for the fields that left it, each told; None when none did."""
        halted = None
        for name in sorted(names):
            halted = self.halt(
                Issue(
                    self.name,
                    name,
                    "field-missing",
                    f"Le champ « {name} » a disparu de la source, qui n'est plus lue ; "
                    f"retrouver son nouveau nom et corriger spiders/{self.name}.yml.",
                    "error",
                )
            )
        return halted

    def queries(self) -> list[tuple[date, str]]:
        """One query per publication day, ``described`` being known."""
        return [(day, f"{self.day_field}=date'{day.isoformat()}'") for day in self.days]

    async def count(self, where: str) -> int:
        """How many records the portal holds for ``where``."""
        answer, _ = await self._ask("/records", where=where, limit=0)
        return int(answer["total_count"])

    async def read(self, day: Day) -> AsyncIterator[Page]:
        """Yields the pages of ``day``, then repairs it: pages again, then the list of keys and what it misses."""
        announced = day.expected
        async for page in self._all_pages(day):
            yield page
        for again in (True, False, False):
            if not (day.short or day.moved):
                return
            day.expected = await self.count(day.where)
            if again and day.short:
                async for page in self._all_pages(day):
                    yield page
            day.moved = False
            # Counts may agree while a record that left hides one that was skipped: only the keys themselves tell.
            async for page in self._named(day):
                yield page
        day.expected = await self.count(day.where)
        if day.expected < announced and len(day.received) < announced:
            self._issue(
                day.day.isoformat(),
                "count-dropped",
                f"Le {day.day:%d/%m/%Y}, la source annonçait {announced} avis et n'en compte plus que {day.expected} ; "
                "relancer la collecte de ce jour pour vérifier.",
            )

    async def _all_pages(self, day: Day) -> AsyncIterator[Page]:
        for where, total in await self._slices(day.where, day.expected):
            async for answer, url in self._pages(where, total, day):
                yield self._keep(day, answer["results"], url)

    async def _named(self, day: Day) -> AsyncIterator[Page]:
        """Lists the keys the portal holds for the day, then asks by name those that did not come."""
        listed: set[str] = set()
        for where, total in await self._slices(day.where, day.expected):
            async for answer, _ in self._pages(where, total, day, select=self.key_field):
                listed.update(key for row in answer["results"] if (key := self._key(row)))
        day.listed = listed
        absent = sorted(listed - day.received)
        for first in range(0, len(absent), self.page):
            names = ",".join(map(self._literal, absent[first : first + self.page]))
            query: dict[str, Any] = {"where": f"{self.key_field} in ({names})"} | self._columns("")
            try:
                answer, url = await self._ask("/records", **query, limit=self.page)
            except PageLost:
                day.moved = True
                continue
            yield self._keep(day, answer["results"], url)

    def _keep(self, day: Day, records: Iterable[Record], url: str) -> Page:
        raws = []
        wanted = set(self.select.split(",") if self.select else self.fields)
        for record in records:
            # A null field is there, and empty: one that is absent was renamed since the source was described.
            if halted := self._gone(wanted - record.keys()):
                raise halted
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
                RawNotice(self.name, key, link if isinstance(link, str) and link else url, self.received_at(), body)
            )
        if self._progress:
            self._progress(day.day, len(day.received), day.expected)
        return Page(tuple(raws))

    def _key(self, record: Record) -> str:
        value = record.get(self.key_field)
        if self.numeric_key and isinstance(value, int):
            return str(value)
        return value.strip() if isinstance(value, str) else ""

    def _literal(self, key: str) -> str:
        """``key`` as a query writes it; a number that is no number is quoted, and finds nothing."""
        return key if self.numeric_key and key.isdecimal() else f'"{key}"'

    def _columns(self, select: str) -> dict[str, str]:
        return {"select": select or self.select} if select or self.select else {}

    # -- queries ------------------------------------------------------------------------------------------------

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
        counted = [(f"{where} and {part}", await self.count(f"{where} and {part}")) for part in parts]
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
            part = f"{rest} and {self.key_field}<={self._literal(last)}"
            count = await self.count(part) if last else 0
            if not 0 < count <= self.window:
                break
            slices.append((part, count))
            rest = f"{where} and {self.key_field}>{self._literal(last)}"
            left = await self.count(rest)
        slices.append((rest, min(left, self.window)))
        keyless = f"{where} and {self.key_field} is null"
        if slices[:-1] and (count := await self.count(keyless)):
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
        self, where: str, total: int, day: Day, select: str = ""
    ) -> AsyncIterator[tuple[dict[str, Any], str]]:
        """Every page of ``where`` as it arrives. A lost page or a count that moves marks the day for repair."""
        tasks = []
        for offset in range(0, total, self.page):
            query: dict[str, Any] = {"where": where, "order_by": f"{self.key_field} asc"} | self._columns(select)
            query |= {"limit": min(self.page, self.window - offset), "offset": offset}
            tasks.append(asyncio.ensure_future(self._ask("/records", **query)))
        halted: Halted | None = None
        rows = 0
        try:
            for task in asyncio.as_completed(tasks):
                try:
                    answer, url = await task
                except PageLost:
                    day.moved = True
                except Halted as reason:
                    halted = reason
                else:
                    rows += len(answer["results"])
                    day.moved = day.moved or answer["total_count"] != total or rows > total
                    yield answer, url
        finally:
            for pending in tasks:
                pending.cancel()
        if halted:
            raise halted

    async def _ask(self, path: str, **query: Any) -> tuple[dict[str, Any], str]:
        """(answer, url) of one GET."""
        url = self.base_url + path + ("?" + urlencode(query) if query else "")
        wanted = "results" if path else "fields"
        return await self._obtain(Request(url, dont_filter=True), lambda response: _read_body(response, wanted)), url


def dataset_url(base_url: str, dataset: str) -> str:
    """The dataset's address, from that of the portal, of its catalogue, or its own."""
    base = base_url.rstrip("/")
    if base.endswith(f"/datasets/{dataset}"):
        return base
    if base.endswith("/datasets"):
        return f"{base}/{dataset}"
    return f"{base}/api/explore/v2.1/catalog/datasets/{dataset}"


def _read_body(response: Response, wanted: str) -> dict[str, Any] | None:
    """The JSON object of a 200 whose ``wanted`` is a list of objects; None for anything else: HTML, 202, cut, empty."""
    answer = json_of(response) if response.status == 200 else None
    rows = answer.get(wanted) if answer else None
    if answer is None or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return None
    if wanted == "results" and not isinstance(answer.get("total_count"), int):
        return None
    return answer
