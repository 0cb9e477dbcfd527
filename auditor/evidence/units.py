"""Units of results, and how they are told."""

from __future__ import annotations

WORDLESS = frozenset({"", "probability", "index", "ratio", "score", "rank", "normalised", "correlation", "rows", "count"})
"""Units that a number is printed without: the name of the result says what it is."""
