"""What does a page need beside the edition? The words of the notices of a tender, and the weeks already published.

Frozen values, read from the database by ``scanner.shelves.dossiers`` and told by ``feeds.site``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from scanner.notice import Passage


@dataclass(frozen=True, slots=True)
class Paper:
    """One notice of a tender in its own words: ``passages`` are verbatim, in the order that findings count them."""

    notice: str
    kind: str
    published: date
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Dossier:
    """The notices of one tender, oldest first."""

    tender: str
    papers: tuple[Paper, ...]


@dataclass(frozen=True, slots=True)
class Week:
    """A week that was published: ``lots`` counts those of its calls by status, each once a tender."""

    week: str
    lots: tuple[tuple[str, int], ...]
