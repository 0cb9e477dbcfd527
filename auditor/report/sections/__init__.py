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
    "performance",
    "ensemble",
    "groups",
    "robustness",
    "faithfulness",
    "rankings",
    "examples",
    "limits",
    "provenance",
)
"""The body. How far explanations can be believed comes before the rankings and examples that rest on it."""

ANNEXES = ("definitions",)
