"""How often was the reading right? Counts, with their shares and 95 % intervals, and the mistakes one by one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from math import sqrt

from scanner.finding import LABELS, RESERVED

DEVICE = "tout dispositif"
RESERVATION = "réservation (toutes)"
NONE = "aucune"
#: The lines of a table: any lever, any reservation, then each label.
GROUPS: dict[str, frozenset[str]] = {
    DEVICE: frozenset(LABELS), RESERVATION: RESERVED, **{one: frozenset({one}) for one in LABELS},
}  # fmt: skip
_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Mistake:
    """``what`` is manque, en_trop, lots, heures, part, negation or citation; ``rule`` empty = nothing was read."""

    unit: str
    what: str
    label: str
    told: str
    quote: str = ""
    rule: str = ""


@dataclass(slots=True)
class Share:
    """``right`` of ``total``."""

    right: int = 0
    total: int = 0

    def add(self, good: bool) -> None:
        self.right += good
        self.total += 1

    @property
    def value(self) -> float:
        return ratio(self.right, self.total)


@dataclass(slots=True)
class Evaluation:
    """The figures of one corpus: counts per label, shares of what is right, kinds of reservation, and the mistakes."""

    name: str
    unit: str = "avis"
    size: int = 0
    right: Counter[str] = field(default_factory=Counter)
    extra: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    lots: Share = field(default_factory=Share)
    hours: Share = field(default_factory=Share)
    percent: Share = field(default_factory=Share)
    kinds: Share = field(default_factory=Share)
    denied: Share = field(default_factory=Share)
    quotes: Share = field(default_factory=Share)
    denied_affirmed: int = 0
    confusion: Counter[tuple[str, str]] = field(default_factory=Counter)
    mistakes: list[Mistake] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def precision(self, label: str) -> float:
        return ratio(self.right[label], self.right[label] + self.extra[label])

    def recall(self, label: str) -> float:
        return ratio(self.right[label], self.right[label] + self.missed[label])

    def f1(self, label: str) -> float:
        return ratio(2 * self.right[label], 2 * self.right[label] + self.extra[label] + self.missed[label])

    def intervals(self, label: str) -> tuple[tuple[float, float], tuple[float, float], tuple[float, float]]:
        """95 % intervals of precision, recall and F1 (that of right / all named or wanted, J, by F1 = 2J / (1 + J))."""
        right, extra, missed = self.right[label], self.extra[label], self.missed[label]
        low, high = wilson(right, right + extra + missed)
        return (
            wilson(right, right + extra), wilson(right, right + missed), (2 * low / (1 + low), 2 * high / (1 + high))
        )  # fmt: skip

    def seen(self) -> list[str]:
        """The groups that were expected or found at least once."""
        return [name for name in GROUPS if self.right[name] + self.extra[name] + self.missed[name]]

    def count(self, expected: frozenset[str], found: frozenset[str]) -> None:
        """Add one unit: labels expected and labels found."""
        self.size += 1
        for name, members in GROUPS.items():
            want, got = bool(expected & members), bool(found & members)
            self.right[name] += want and got
            self.extra[name] += got and not want
            self.missed[name] += want and not got
        self._confuse(expected & RESERVED, found & RESERVED)

    def _confuse(self, expected: frozenset[str], found: frozenset[str]) -> None:
        """Kinds told on both sides are right; each of the others is read as each that was not expected, or none."""
        if expected:
            self.kinds.add(expected == found)
        self.confusion.update((kind, kind) for kind in expected & found)
        wanted, got = sorted(expected - found), sorted(found - expected)
        if wanted or got:
            self.confusion.update((want, have) for want in wanted or [NONE] for have in got or [NONE])


def ratio(part: int, whole: int) -> float:
    """``part / whole``; 1 of nothing."""
    return part / whole if whole else 1.0


def wilson(right: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a proportion (Wilson 1927); (0, 1) of nothing."""
    if not total:
        return 0.0, 1.0
    share, spread = right / total, _Z * _Z / total
    middle = (share + spread / 2) / (1 + spread)
    half = _Z * sqrt(share * (1 - share) / total + spread / (4 * total)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)
