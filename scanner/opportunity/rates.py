"""How often is a social consideration used, next to one's peers? With an interval, small numbers drawn to the mean."""

from __future__ import annotations

from math import sqrt

from scanner.approach import Estimate, Rate


def estimate(own: Rate, peers: Rate, *, strength: float, z: float) -> Estimate | None:
    """The rate of ``own`` in percent with its Wilson interval, and drawn towards the mean of ``peers``.

    Empirical Bayes: ``strength`` contracts at the peers' mean are added to those of the buyer, so one without known
    contract has the peers' rate. None when the peers have no known contract. Wilson, JASA 22 (1927), 209-212.
    """
    if not peers.known:
        return None
    mean = peers.social / peers.known
    low, high = wilson(own.social, own.known, z)
    shrunk = (own.social + strength * mean) / (own.known + strength) if own.known + strength else mean
    raw = 100 * own.social / own.known if own.known else None
    return Estimate(own.known, raw, 100 * low, 100 * high, 100 * mean, 100 * shrunk)


def wilson(successes: int, trials: int, z: float) -> tuple[float, float]:
    """The score interval of a proportion, within [0, 1]; the whole of it without trial."""
    if not trials:
        return 0.0, 1.0
    share, square = successes / trials, z * z
    centre = share + square / (2 * trials)
    spread = z * sqrt(share * (1 - share) / trials + square / (4 * trials * trials))
    scale = 1 + square / trials
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)
