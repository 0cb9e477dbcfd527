"""Section: what changed since the release before, of the same parts as `auditor compare`; only where the plan names one."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.report.comparison.page import STATUS, judged_table, shared_parts
from auditor.report.material import Material
from auditor.report.numbers import count, digest
from auditor.report.printable import shorten
from auditor.report.view import TableView
from auditor.report.words import Status, sentence

KIND = "Change"
TITLE = "What changed since the last release?"
WHERE = "the attached report.json"
MOST_ROWS = 12


@dataclass(frozen=True)
class Part:
    """One question about the change."""

    title: str
    text: tuple[str, ...]
    tables: tuple[TableView, ...]


@dataclass(frozen=True)
class Change:
    """The comparison in this report."""

    gap: str
    """Why there is none; '' where there is one."""
    before: str
    """Which audit it is compared with."""
    status: Status | None
    judged: TableView | None
    """Results with an accepted loss, failed first."""
    short: tuple[str, ...]
    """The comparison in sentences."""
    parts: tuple[Part, ...]


def context(material: Material) -> Change | None:
    """The section from the record; None where the plan names no release before."""
    if not material.plan("previous"):
        return None
    made = material.report.comparison
    if made is None:
        reason = next(
            (gap.reason for gap in material.results.gaps() if gap.name == "release_difference"), "no reason was given"
        )
        return Change(sentence(f"Not evaluated: {reason}"), "", None, None, (), ())
    before = (
        f"Compared with the audit of {shorten(made.old.model, 60)} (report {digest(made.old.report_id)}): "
        f"{count(made.pairing.pairs)} samples are in both, matched by {made.pairing.by}. Differences are new minus old on "
        "these samples."
    )
    parts = tuple(Part(title, *body) for title, body in shared_parts(made, MOST_ROWS, WHERE))
    return Change("", before, STATUS[made.outcome], judged_table(made), made.summary, parts)


def change_line(material: Material) -> str:
    """One line for page one; '' where the plan names no release before."""
    made = material.report.comparison
    if not material.plan("previous"):
        return ""
    if made is None:
        return "Not evaluated: the release before could not be compared."
    if made.unchanged:
        return f"Nothing changed since report {digest(made.old.report_id)}."
    first = next((c for c in made.changes if c.outcome == made.outcome), None)
    said = first.statement if first is not None else made.summary[0]
    return f"Since report {digest(made.old.report_id)}: {said}"
