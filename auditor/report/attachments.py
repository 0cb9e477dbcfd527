"""Files inside the PDF, so that its pages can be checked against the data they were made from."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.evidence.record import canonical_json
from auditor.report.pdf import Attached
from auditor.report.record import Report

_FIRST = ("tables/results.csv", "tables/removal_scores.csv")
"""Listed first, before the many tables of parts."""

_SAID = {
    "tables/results.csv": "Every result, one row each, for a spreadsheet",
    "tables/crosswalk.json": "Every clause of the selected frameworks with its status",
    "tables/confusion_matrix.csv": "Rows by label and prediction",
    "tables/removal_scores.csv": "Score lost on removal (AOPC), comprehensiveness, sufficiency of every method and fill",
    "tables/cascading_randomisation.csv": "Every method while layers are randomised from the output",
}


def attachments(stored: bytes, report: Report, files: Mapping[str, bytes]) -> tuple[Attached, ...]:
    """The record as it is stored, its plan, and every table that it names by digest."""
    tables = [
        Attached(path.replace("/", "-"), _description(path), "Supplement", files[path])
        for path in sorted(files, key=lambda path: (path not in _FIRST, _FIRST.index(path) if path in _FIRST else 0, path))
        if path.startswith("tables/")
    ]
    return (
        Attached("report.json", "The record this report was rendered from", "Data", stored),
        Attached("plan.json", "The resolved audit plan", "Source", canonical_json(report.plan)),
        *tables,
    )


def _description(path: str) -> str:
    return _SAID.get(path) or ("The complete ranking of a class" if path.startswith("tables/ranking-") else "A complete table")
