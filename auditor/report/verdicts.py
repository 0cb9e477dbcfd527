"""Read a verdict's statement, '<method>: <verdict> (<why>). V1 …: met, V2 …: not evaluated.', part by part."""

from __future__ import annotations

from auditor.evidence.findings import Finding
from auditor.report.words import Status, sentence

_WORDS = (
    ("do not rely on", Status("✕", "Do not rely on", "no")),
    ("with caution", Status("?", "With caution", "open")),
    ("usable for class-level rankings", Status("✓", "Usable for class-level rankings", "ok")),
)
"""Strictest first: a statement that holds two of them is read as the stricter one."""

NONE = Status("–", "Not evaluated", "off")
CONTROL = Status("–", "Control", "off")


def verdict_status(finding: Finding | None) -> Status:
    """The verdict word a finding's statement holds; 'Not evaluated' where it holds none."""
    return _parts(finding)[0]


def verdict_reason(finding: Finding | None) -> str:
    """Why, as a sentence; '' when the statement gives no reason."""
    return _parts(finding)[1]


def _parts(finding: Finding | None) -> tuple[Status, str, str]:
    if finding is None:
        return NONE, "No verdict on this method is in the report.", ""
    lower = finding.statement.lower()
    for words, status in _WORDS:
        if words in lower:
            rest = finding.statement[lower.index(words) + len(words) :].lstrip(" :.;,–-")
            why, criteria = _split(rest)
            return status, sentence(why), sentence(criteria)
    return NONE, sentence(finding.statement), ""


def _split(rest: str) -> tuple[str, str]:
    """The first bracket and what follows it; all of it where there is no bracket at the start."""
    if not rest.startswith("("):
        return rest, ""
    depth = 0
    for place, character in enumerate(rest):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return rest[1:place].strip(), rest[place + 1 :].strip(" .;,")
    return rest[1:].strip(), ""
