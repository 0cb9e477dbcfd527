"""The reliability table of the record as a diagram and as a printed table."""

from __future__ import annotations

from auditor.evidence.results import NotEvaluated
from auditor.report.figures import reliability
from auditor.report.figures._style import Picture
from auditor.report.material import Material
from auditor.report.numbers import count, percent
from auditor.report.view import Cell, TableView, columns

FEWEST = 10
"""Rows of a bin below which its dot is left out."""

_Row = dict[str, str | int | float | None]


def reliability_views(material: Material) -> tuple[Picture | None, TableView | None, str]:
    """(diagram, table, why there are none)."""
    table = material.results.table("reliability")
    if isinstance(table, NotEvaluated):
        return None, None, table.reason
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    edges = tuple((_real(row["from"]), _real(row["to"]), int(row["rows"] or 0)) for row in rows)
    bins = tuple(
        reliability.Bin(
            int(_real(row["rows"])),
            float(row["confidence"]),
            float(row["accuracy"]),
            _limit(row.get("low")),
            _limit(row.get("high")),
        )
        for row in rows
        if int(row["rows"] or 0) >= FEWEST and row["confidence"] is not None and row["accuracy"] is not None
    )
    return reliability.draw(bins, edges, several=material.several), _bins(rows, material.several), ""


def _real(value: str | int | float | None) -> float:
    return float(value or 0)


def _limit(value: str | int | float | None) -> float | None:
    return None if value is None else float(value)


def _bins(rows: list[_Row], several: bool) -> TableView:
    """Bins in order; neighbours with too few rows share a line."""
    said: list[tuple[Cell, ...]] = []
    few: list[_Row] = []
    for row in [*(row for row in rows if row["rows"]), None]:
        if row is not None and (_real(row["rows"]) < FEWEST or row["accuracy"] is None):
            few.append(row)
            continue
        if few:
            span = f"{100 * _real(few[0]['from']):.0f} to {100 * _real(few[-1]['to']):.0f}"
            why = f"{len(few)} bins, each of fewer than {FEWEST} rows" if len(few) > 1 else f"fewer than {FEWEST} rows"
            said.append((span, count(sum(_real(one["rows"]) for one in few)), "–", why))
            few = []
        if row is not None:
            low, high = _limit(row.get("low")), _limit(row.get("high"))
            limits = "" if low is None or high is None else f" ({percent(low, guard=False)}–{percent(high, guard=False)})"
            span = f"{100 * _real(row['from']):.0f} to {100 * _real(row['to']):.0f}"
            confidence, right = percent(_real(row["confidence"])), percent(_real(row["accuracy"]))
            said.append((span, count(_real(row["rows"])), confidence, right + limits))
    if several:
        names = columns("Stated probability", "#Answers", "#Mean probability", "#Label holds (95 % interval)")
        return TableView("Reliability of all labels together, in per cent, bins that hold answers", names, tuple(said))
    names = columns("Stated confidence", "#Rows", "#Mean confidence", "#Right (95 % interval)")
    return TableView("Reliability, in per cent, bins that hold rows", names, tuple(said))
