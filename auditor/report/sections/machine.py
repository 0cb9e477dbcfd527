"""Annex: the data attached to the PDF, for programs."""

from __future__ import annotations

import re
from dataclasses import dataclass

from auditor.report.material import Material
from auditor.report.numbers import size
from auditor.report.pdf import Attached
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
    kept, note = cut(_rows(material), MOST_ROWS, "the file list of the PDF")
    exemplars = sum(not name.startswith("tables/") for name in material.report.files)
    return Machine(
        said=(
            f"report.json has schema version {material.report.schema_version}; `auditor schema report` prints the JSON Schema. "
            "The HTML page carries no attachments: the same files lie in the folder of the run."
        ),
        table=TableView("Files inside the PDF", columns("Name", "What it holds", "Kind", "#File size"), kept, note),
        shown=f"Files of examples that the document shows and report.json names by SHA-256: {exemplars}." if exemplars else "",
    )


_RANKING = re.compile(r"(tables-ranking-.+-)\d+(\.csv)")
"""The name of a file with the ranking of one class: its method, then the number of the class."""


def _rows(material: Material) -> list[tuple[Cell, ...]]:
    """One file in a line; the rankings of one method, a file per class, in one line together."""
    found: dict[str, list[Attached]] = {}
    for one in material.attached:
        found.setdefault(_RANKING.sub(r"\1*\2", one.name), []).append(one)
    rows: list[tuple[Cell, ...]] = []
    for name, files in found.items():
        said = f"Complete rankings, one file per class, {len(files)} in all" if len(files) > 1 else files[0].description
        whose = name if len(files) > 1 else files[0].name
        rows.append((whose, said, files[0].relationship, size(sum(len(one.content) for one in files))))
    return rows
