"""Wilson's score interval of a proportion."""

from __future__ import annotations

import math


def wilson(share: float, count: float, level: float = 0.95) -> tuple[float, float]:
    """Limits of a proportion, each a fraction in [0, 1].

    Args:
        share: observed proportion.
        count: rows, or the effective number of independent rows; need not be whole.
        level: two-sided coverage level.

    Source: Wilson, 1927; recommended by Brown, Cai & DasGupta, 2001.
    """
    from scipy.stats import norm

    z = float(norm.ppf((1 + level) / 2))
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    # the limit on the side of an observed 0 or 1 is that value; rounding must not push it across
    low = 0.0 if share <= 0 else max(0.0, centre - half)
    high = 1.0 if share >= 1 else min(1.0, centre + half)
    return low, high


def effective_count(share: float, variance: float, rows: int, units: int, design_effect: float) -> float:
    """Number of independent rows that would give this variance, at most the rows there are.

    Args:
        share: observed proportion.
        variance: its linearised variance over strata and units.
        rows, units: sizes of the sample.
        design_effect: n·Σw²/(Σw)², used where the variance is 0.

    Source: Korn & Graubard, 1998.
    """
    if variance <= 1e-18:
        return min(float(rows), units / design_effect)
    return min(float(rows), share * (1 - share) / variance)
