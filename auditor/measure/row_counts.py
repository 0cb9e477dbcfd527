"""Counts of the evaluation set that a gate can be set on: exact, so decided by value."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.evidence.results import Result, Samples
from auditor.measure._results import bare
from auditor.measure._study import Study

NAMES = ("supplied_rows", "evaluated_rows", "excluded_rows", "labelled_rows", "duplicate_rows")
READS = ("samples", "predictions")
WHY = "a count, not an estimate"


def measure(study: Study) -> Iterator[Result]:
    """Rows supplied, evaluated, excluded, with a label, and equal to an earlier row."""
    data = study.frame.prepared.data
    samples = Samples(rows=data.supplied, units=data.supplied, population="all rows supplied")
    counts = (data.supplied, data.evaluated, sum(data.excluded.values()), data.labelled, data.duplicates)
    for name, found in zip(NAMES, counts, strict=True):
        yield bare(name, {}, "rows", samples, float(found), WHY)
