"""What a method's verdict rests on, criterion by criterion, as a table."""

from __future__ import annotations

from auditor.evidence.findings import Finding
from auditor.report.view import Cell, TableView, columns
from auditor.report.words import STATUS, Status, sentence

NOT_APPLICABLE = Status("–", "not applicable", "off")


def criteria_table(title: str, finding: Finding | None, bounds: bool = True) -> TableView | None:
    """The criteria with their status and numbers, and with their bounds where asked; None where the record holds none."""
    if finding is None or not finding.criteria:
        return None
    rows: list[tuple[Cell, ...]] = [
        (
            f"{one.title[0].upper()}{one.title[1:]}",
            STATUS.get(one.status, NOT_APPLICABLE),
            sentence(one.statement) + (f" {one.next_step}" if one.next_step else ""),
        )
        for one in finding.criteria
    ]
    note = f"Bounds, set before the run: {finding.bound}. 95 % intervals in brackets; decided on the whole interval."
    names = columns("Criterion", "Status", "Measured")
    return TableView(f"{title}: what the verdict rests on", names, tuple(rows), note if bounds else "")
