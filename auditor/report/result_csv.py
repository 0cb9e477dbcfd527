"""All results as one table that opens in any spreadsheet: `tables/results.csv`, attached to the PDF."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.evidence.csv_text import csv_bytes
from auditor.evidence.results import Estimate, NotEvaluated, Result

RESULTS = "tables/results.csv"
_COLUMNS = ("kind", "name", "where", "value", "low", "high", "level", "unit", "rows", "units", "population", "how_or_why_not")


def results_csv(results: Iterable[Result]) -> bytes:
    """One row per result, in the record's order; points of curves and lines of rankings and tables stay in report.json."""
    return csv_bytes(_COLUMNS, map(_row, results))


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
