"""What went wrong? Everything abnormal in a run is a row: source, key, message with its repair. Nothing is silent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from scanner.display import one_sentence

Level = Literal["warning", "rejected", "error"]


@dataclass(frozen=True, slots=True)
class Issue:
    """``code`` is stable and countable; ``message`` is one French sentence that ends with its repair.

    warning: the record is read, something in it was not understood; rejected: the record could not be read, it
    stays in the archive; error: a source or a step failed.
    """

    source: str
    key: str
    code: str
    message: str
    level: Level = "warning"

    def __post_init__(self) -> None:
        """A message quotes what it was given: it is one clean line of a bounded length wherever it is shown."""
        object.__setattr__(self, "message", one_sentence(self.message))


class IssueLog:
    """The issues of one run, in order, each told once."""

    def __init__(self) -> None:
        self._issues: dict[Issue, None] = {}

    def add(self, issue: Issue) -> None:
        self._issues.setdefault(issue)

    def extend(self, issues: Iterable[Issue]) -> None:
        for issue in issues:
            self.add(issue)

    def __iter__(self) -> Iterator[Issue]:
        return iter(self._issues)

    def __len__(self) -> int:
        return len(self._issues)

    def count(self, level: Level) -> int:
        return sum(issue.level == level for issue in self)
