"""Findings: what people accepted as one, and every gate that is not met. Severity, owner and date are set by people."""

from __future__ import annotations

from dataclasses import dataclass, replace

from auditor.evidence.findings import Finding
from auditor.report.material import Material
from auditor.report.printable import shorten
from auditor.report.view import TableView, columns
from auditor.report.words import listing, slices_words

KIND = "Findings"
TITLE = "What must be dealt with?"

MOST = 10
_SEVERITY = ("critical", "high", "medium", "low", "")


@dataclass(frozen=True)
class Entry:
    """One finding in words."""

    id: str
    head: str
    """'high, open'."""
    statement: str
    rests: str
    """Results it rests on."""
    response: str
    """What was decided, or what to do; '' for neither."""


@dataclass(frozen=True)
class Findings:
    """The register."""

    absent: str
    """What to say where there is no finding; '' where there is one."""
    table: TableView | None
    entries: tuple[Entry, ...]
    more: str
    """How many more are in the attached record; '' for none."""


def context(material: Material) -> Findings:
    """Open ones first, then by severity."""
    found = [finding for finding in material.report.findings if finding.kind == "finding"]
    found.sort(key=lambda one: (one.status == "closed", _SEVERITY.index(one.severity) if one.severity in _SEVERITY else 4))
    if not found:
        return Findings(_absent(material), None, (), "")
    rows = tuple(
        (
            shorten(one.id, 24),
            one.severity or "not set",
            one.status,
            shorten(one.owner, 40) or "nobody yet",
            one.due or "not set",
        )
        for one in found[:MOST]
    )
    left = len(found) - MOST
    return Findings(
        absent="",
        table=TableView("Register", columns("Finding", "Severity", "Status", "Owner", "Due"), rows),
        entries=tuple(_entry(material, one) for one in found[:MOST]),
        more=f"{left} more in the attached report.json." if left > 0 else "",
    )


def short(material: Material) -> Findings:
    """The register alone; what each rests on is in the full report."""
    made = context(material)
    return replace(made, entries=()) if made.table else made


def _absent(material: Material) -> str:
    undecided = sum(f.kind == "gate" and f.status in ("inconclusive", "not evaluated") for f in material.report.findings)
    rest = f" {undecided} gates are inconclusive or not evaluated: see the list of gates." if undecided > 1 else ""
    rest = rest or (" One gate is inconclusive or not evaluated: see the list of gates." if undecided else "")
    return f"No gate failed, and nobody accepted a finding.{rest} That is no statement that there is nothing to find."


def _entry(material: Material, one: Finding) -> Entry:
    by_name: dict[str, list[dict[str, str]]] = {}
    for name, by in one.results:
        by_name.setdefault(name, []).append(material.named(by))
    rests = [f"{material.title(name)} ({slices_words(found)})" for name, found in by_name.items()]
    response = f"Response: {one.response}" if one.response else f"Next: {one.next_step}" if one.next_step else ""
    severity = f"{one.severity} severity" if one.severity else "severity not set"
    return Entry(shorten(one.id, 40), f"{severity}, {one.status}", one.statement, listing(rests), response)
