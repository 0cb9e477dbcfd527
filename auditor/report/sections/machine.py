"""Annex: the data attached to the PDF, for programs."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.report.material import Material
from auditor.report.numbers import size
from auditor.report.view import Cell, TableView, columns, cut

KIND = "Machine-readable results"
TITLE = "Which data are attached?"
MOST_ROWS = 30


@dataclass(frozen=True)
class Machine:
    """Attached files and their schema."""

    said: str
    table: TableView
    shown: str
    """How many files of examples there are besides; '' for none."""


def context(material: Material) -> Machine:
    """The annex; sizes are those of the attached files, which lie beside the HTML page too."""
    rows: list[tuple[Cell, ...]] = [
        (one.name, one.description, one.relationship, size(len(one.content))) for one in material.attached
    ]
    kept, note = cut(rows, MOST_ROWS, "the file list of the PDF")
    exemplars = sum(not name.startswith("tables/") for name in material.report.files)
    return Machine(
        said=(
            f"report.json has schema version {material.report.schema_version}; `auditor schema report` prints the JSON Schema. "
            "The HTML page carries no attachments: the same files lie in the folder of the run."
        ),
        table=TableView("Files inside the PDF", columns("Name", "What it holds", "Kind", "#File size"), kept, note),
        shown=f"Files of examples that the document shows and report.json names by SHA-256: {exemplars}." if exemplars else "",
    )
