"""Which sources can be believed over a period? Their expectations applied to what the database holds. Assembly."""

from __future__ import annotations

from datetime import date

from scanner.config import Config, SourceSettings
from scanner.expect import Judgement, judge
from scanner.shelves.measure import measured
from scanner.source import AWARDS, Source, load
from scanner.store import Store


def conclude(store: Store, config: Config, *, since: date, until: date, today: date) -> tuple[Judgement, ...]:
    """What is to be thought of each source over the days [since, until], as known on ``today``.

    Empty when nothing at all was read over these days: the edition says so by itself.
    """
    if not store.coverage(since, until):
        return ()
    return tuple(
        judge(
            load(name),
            measured(store, name, since, until),
            today=today,
            volume=_volume(settings, load(name)),
        )
        for name, settings in config.sources.items()
        if name != AWARDS
    )


def _volume(settings: SourceSettings, source: Source) -> float:
    """The usual number of notices is that of the source's own address; of another one nothing is known."""
    if settings.volume is not None:
        return settings.volume
    return 1.0 if settings.base_url.rstrip("/") in ("", source.base_url.rstrip("/")) else 0.0
