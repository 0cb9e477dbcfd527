"""What a threshold on a score gives: rates at every distinct score, and Wilson bands of many shares at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditor.measure.statistics import sizes
from auditor.measure.statistics.design import Design, Floats, design_effect

Bools = NDArray[np.bool_]
_ENTRIES = 4_000_000  # numbers of one block of columns


@dataclass(frozen=True)
class Rates:
    """Rates when every row with a score of at least the threshold is called; rows of equal score move together.

    Attributes:
        threshold: [points], descending distinct scores, infinity first.
        hits, alarms: [points], weighted share of the positive, and of the other rows, that is called.
        precision: [points], weighted share of the called rows that is positive; 1 where none is called.
    """

    threshold: Floats
    hits: Floats
    alarms: Floats
    precision: Floats


def rates(score: Floats, positive: Bools, weight: Floats) -> Rates:
    """Rates at every distinct score; both kinds of row occur."""
    levels, place = np.unique(-score, return_inverse=True)
    own = np.bincount(place, weights=weight * positive)
    whole = np.bincount(place, weights=weight)
    hits, called = np.cumsum(own), np.cumsum(whole)
    alarms = called - hits
    start = np.zeros(1)
    return Rates(
        np.concatenate([[np.inf], -levels]),
        np.concatenate([start, hits / hits[-1]]),
        np.concatenate([start, alarms / alarms[-1]]),
        np.concatenate([[1.0], hits / called]),
    )


def thinned(count: int, most: int) -> NDArray[np.int64]:
    """At most `most` places of 0 … count-1, evenly spaced, both ends among them."""
    return np.unique(np.round(np.linspace(0, count - 1, min(count, most))).astype(np.int64))


def share_band(design: Design, hits: Bools, asked: Bools) -> tuple[Floats, Floats, Floats]:
    """Share of hits among the rows asked, column by column, with pointwise Wilson limits.

    Args:
        design: of all rows.
        hits, asked: bool [rows, points]; a hit is a row asked.

    Returns:
        value, low, high [points]; NaN where no row is asked.
    """
    step = max(1, _ENTRIES // max(design.rows, 1))
    blocks = [slice(first, first + step) for first in range(0, hits.shape[1], step)]
    found = [_block(design, hits[:, block].astype(np.float64), asked[:, block].astype(np.float64)) for block in blocks]
    value, low, high = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return value, low, high


def _block(design: Design, hits: Floats, asked: Floats) -> tuple[Floats, Floats, Floats]:
    above, _ = design.moments(hits)
    below, _ = design.moments(asked)
    some = below > 0
    value = np.divide(above, below, out=np.full(len(above), np.nan), where=some)
    centre = np.where(some, np.clip(value, 0.0, 1.0), 0.0)
    _, error = design.moments((hits - centre * asked) / np.where(some, below, 1.0))
    rows = asked.sum(axis=0)
    plain = design_effect(design.weights) < 1 + 1e-12 and design.units == design.rows
    least = rows * design.units / design.rows / design_effect(design.weights)
    counted = np.divide(centre * (1 - centre), error**2, out=least.copy(), where=error**2 > 1e-18)
    low, high = _wilson(centre, rows if plain else np.minimum(rows, counted))
    return value, np.where(some, low, np.nan), np.where(some, high, np.nan)


def _wilson(share: Floats, count: Floats) -> tuple[Floats, Floats]:
    """Wilson's limits of many shares; see `wilson`."""
    from scipy.stats import norm

    z, n = float(norm.ppf((1 + sizes.LEVEL) / 2)), np.maximum(count, 1e-9)
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low, high = np.clip(centre - half, 0.0, 1.0), np.clip(centre + half, 0.0, 1.0)
    return np.where(share <= 0, 0.0, np.minimum(low, share)), np.where(share >= 1, 1.0, np.maximum(high, share))
