"""Units of results, and how they are told."""

from __future__ import annotations

import math

WORDLESS = frozenset({"", "probability", "index", "ratio", "score", "rank", "normalised", "correlation", "rows", "count"})
"""Units that a number is printed without: the name of the result says what it is."""
DIFFERENCES = frozenset(
    {"overconfidence", "group_difference", "release_difference", "baseline_gain", "accuracy_drop", "worst_corruption"}
)
"""Results whose fractions are differences: told in percentage points."""
POINTS = "points"
"""The unit such a fraction is told in."""


def steadiness(stability: float) -> str:
    """A word for how well the first features of a ranking repeat (Nogueira, Sechidis & Brown, 2018)."""
    return "stable" if stability >= 0.75 else "moderate" if stability >= 0.40 else "unstable"


def resolution(low: float, high: float) -> int:
    """Decimals that show an interval: its half width has one or two significant digits, and no limit near 0 reads as 0.

    A limit so small that two more decimals do not show it is left at 0.
    """
    half = (high - low) / 2
    if half <= 0:
        return 2
    digits = min(5, max(0 if half >= 50 else 2, -math.floor(math.log10(half))))
    enough = (more for more in range(digits, min(5, digits + 2) + 1) if round(low, more) != 0 and round(high, more) != 0)
    return digits if low == 0 or high == 0 else next(enough, digits)
