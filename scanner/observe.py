"""What does a mission publish of its year? The figures of its own database, for its own territory.

Assembly: the rows of two years, the kind of each buyer, then the counting.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from scanner.config import Config
from scanner.in_force import in_force
from scanner.observatory import observatory
from scanner.shelves.year_rows import contracts, span
from scanner.store import Store
from scanner.territory import covers
from scanner.year import Contract, Observatory


def observe(store: Store, config: Config, year: int) -> Observatory:
    """The figures of ``year`` and of the year before, for the territory of ``config``; unknown places are kept."""
    now, before = _contracts(store, config, year), _contracts(store, config, year - 1)
    return observatory(year, now, before, (span(store, year, now), span(store, year - 1, before)))


def publish_observatory(found: Observatory, config: Config) -> list[Path]:
    """Writes the page of a year, its tables and its charts under ``public/observatoire/``; the paths written."""
    from feeds import put
    from feeds.observatory import files

    pages = files(found, territory=config.territory.name, mission=config.mission)
    return [put(config.public / name, body) for name, body in pages.items()]


def _contracts(store: Store, config: Config, year: int) -> list[Contract]:
    from scanner.opportunity.buyer_kind import kind_of

    found = []
    for contract in contracts(store, year, partial(in_force, store)):
        notice = store.notice(contract.notice)
        if notice is None or not covers(config.territory, notice):
            continue
        found.append(replace(contract, buyer_kind=kind_of(notice)))
    return found
