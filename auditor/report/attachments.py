"""Files inside the PDF, so that its pages can be checked against the data they were made from."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.evidence.record import canonical_json
from auditor.report.pdf import Attached
from auditor.report.record import Report

_SAID = {
    "tables/results.csv": "Every result, one row each, for a spreadsheet",
    "tables/crosswalk.json": "Every clause of the selected frameworks with its status",
    "tables/confusion_matrix.csv": "Rows by label and prediction",
    "tables/removal_scores.csv": "AOPC, comprehensiveness and sufficiency of every method and fill, with definitions",
    "tables/cascading_randomisation.csv": "Every method while layers are randomised from the output",
}


def attachments(stored: bytes, report: Report, files: Mapping[str, bytes]) -> tuple[Attached, ...]:
    """The record as it is stored, its plan, and every table that it names by digest."""
    tables = [
        Attached(path.replace("/", "-"), _SAID.get(path, "A complete table, cut in the pages"), "Supplement", files[path])
        for path in sorted(files)
        if path.startswith("tables/")
    ]
    return (
        Attached("report.json", "The record this report was rendered from", "Data", stored),
        Attached("plan.json", "The resolved audit plan", "Source", canonical_json(report.plan)),
        *tables,
    )
