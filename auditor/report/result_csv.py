"""All results as one table that opens in any spreadsheet: `tables/results.csv`, attached to the PDF."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from auditor.evidence.results import Estimate, NotEvaluated, Result

RESULTS = "tables/results.csv"
_COLUMNS = ("kind", "name", "where", "value", "low", "high", "level", "unit", "rows", "units", "population", "how_or_why_not")


def results_csv(results: Iterable[Result]) -> bytes:
    """One row per result, in the record's order; points of curves and lines of rankings and tables stay in report.json."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for one in results:
        writer.writerow([_plain(cell) for cell in _row(one)])
    return sink.getvalue().encode("utf-8")


def _row(one: Result) -> tuple[object, ...]:
    where = "; ".join(f"{key}={value}" for key, value in sorted(one.slice.items()))
    if isinstance(one, NotEvaluated):
        return (one.kind, one.name, where, *[""] * 8, one.reason)
    samples = (one.samples.rows, one.samples.units, one.samples.population)
    if not isinstance(one, Estimate):
        return (one.kind, one.name, where, *[""] * 4, one.unit, *samples, "")
    limits = (one.interval.low, one.interval.high, one.interval.level) if one.interval else ("", "", "")
    how = one.interval.how if one.interval else one.no_interval
    return (one.kind, one.name, where, one.value, *limits, one.unit, *samples, how)


def _plain(cell: object) -> object:
    """A text that a spreadsheet would take for a formula begins with an apostrophe."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
