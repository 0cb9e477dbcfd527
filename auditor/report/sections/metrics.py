"""Annex: every figure of the record, one row each, as far as they fit; all of them are in an attached table."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.evidence.results import Estimate
from auditor.evidence.units import DIFFERENCES
from auditor.report.material import Material
from auditor.report.result_csv import RESULTS
from auditor.report.shown import shown
from auditor.report.view import Cell, TableView, columns, cut
from auditor.report.words import slice_words

KIND = "All figures"
TITLE = "Where is every figure?"
MOST_ROWS = 80
_ATTACHED_ONLY = frozenset({"infidelity", "relative_infidelity", "max_sensitivity", "margin_p_value"})
"""Figures that say little by themselves: in the attachment."""


@dataclass(frozen=True)
class Metrics:
    """The figures."""

    table: TableView
    note: str


def context(material: Material) -> Metrics:
    """The annex from the record, in its order."""
    where = "tables-results.csv, attached" if RESULTS in material.report.files else "the attached report.json"
    rows: list[tuple[Cell, ...]] = []
    for one in material.results.all:
        if isinstance(one, Estimate) and one.name not in _ATTACHED_ONLY:
            figure = shown(one, material.title(one.name), points=one.name in DIFFERENCES)
            rows.append((figure.name, slice_words(material.named(one.slice)) or "all rows", figure.cell, figure.n))
    kept, note = cut(rows, MOST_ROWS, where)
    names = columns("Figure", "Where", "#Value (95 % interval)", "#n")
    return Metrics(
        table=TableView("Figures of the record, in its order", names, kept, note),
        note=" ".join(
            (f"With population, unit, how each interval was made and why one is missing: {where}.", *_only_there(material))
        ),
    )


def _only_there(material: Material) -> tuple[str, ...]:
    left = sum(isinstance(one, Estimate) and one.name in _ATTACHED_ONLY for one in material.results.all)
    return (f"{left:,} further figures, checks of the methods and their p-values, stand only there.",) if left else ()
