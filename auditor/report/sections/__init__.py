"""Sections of the report: each file makes one documented context for the template of the same name.

A section file has KIND (its short name), TITLE (the reader's question) and `context(material)`; the file name is the registry.
"""

from __future__ import annotations

FRONT = "summary"
"""Page one, alone, without a number."""

ORDER = (
    "scope",
    "findings",
    "model",
    "data",
    "design",
    "performance",
    "calibration",
    "ensemble",
    "groups",
    "robustness",
    "faithfulness",
    "rankings",
    "examples",
    "change",
    "limits",
    "oversight",
    "provenance",
    "signoff",
)
"""The body. How far explanations can be believed comes before the rankings and examples that rest on it."""

SHORT = ("findings", "design", "performance", "faithfulness", "limits", "provenance")
"""The body of a summary: at most four pages with page one."""

ANNEXES = (
    "metrics",
    "curves",
    "ranks",
    "configuration",
    "manifest",
    "verification",
    "signals",
    "crosswalk",
    "statements",
    "definitions",
    "machine",
    "accessibility",
    "history",
)
