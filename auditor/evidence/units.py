"""Units of results, and how they are told."""

from __future__ import annotations

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
