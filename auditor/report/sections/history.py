"""Annex: which version of the report this is, and what it follows."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.evidence.beforehand import Beforehand
from auditor.report.material import Material
from auditor.report.numbers import digest
from auditor.report.view import Cell, TableView, columns

KIND = "Version history"
TITLE = "Which version of the report is this?"


@dataclass(frozen=True)
class History:
    """Versions, as far as the record knows them."""

    table: TableView
    note: str


def context(material: Material) -> History:
    """The annex from the record."""
    before = material.report.beforehand or Beforehand()
    compared = material.report.comparison
    rows: list[tuple[Cell, ...]] = [
        (
            "This report",
            f"id {digest(material.report_id, 16)}, schema version {material.report.schema_version}, not signed when written",
        ),
        ("Audits of these data", f"This is audit no. {before.earlier + 1} that the folder of the plan remembers."),
        ("Release before", f"Report {digest(compared.old.report_id, 16)}" if compared else "None is named in the plan."),
    ]
    return History(
        table=TableView("Versions", columns("What", "Which"), tuple(rows)),
        note="A report is never changed once written: other thresholds, statements or a sign-off make one with another id.",
    )
