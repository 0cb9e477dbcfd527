"""Section: who watches the model in use, as declared; and the figures of this audit that use can be compared with."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.evidence.results import Estimate
from auditor.evidence.units import DIFFERENCES
from auditor.report.material import Material
from auditor.report.sections.model import declared_and_missing
from auditor.report.shown import shown
from auditor.report.view import Cell, Statement, TableView, columns

KIND = "Oversight"
TITLE = "Who watches it, and what happens then?"
ASKED = ("human_oversight", "monitoring")
GIVEN = ("fault_measures", "security_measures", "risk_management", "planned_changes", "changes", "update_policy", "operation")
"""Printed here where declared, not asked for."""
OVERSIGHT = frozenset({*ASKED, *GIVEN})
_FIGURES = ("accuracy", "overconfidence", "expected_calibration_error", "log_loss", "decided_share", "members_disagreement")


@dataclass(frozen=True)
class Oversight:
    """Declared statements, and figures to compare with."""

    declared: tuple[Statement, ...]
    missing: tuple[str, ...]
    figures: TableView | None
    note: str


def context(material: Material) -> Oversight:
    """The section from the record."""
    declared, missing = declared_and_missing(material, ASKED)
    rows: list[tuple[Cell, ...]] = []
    for name in _FIGURES:
        found = [one for one in material.results.named(name) if isinstance(one, Estimate)]
        whole = [one for one in found if set(one.slice) <= {"class", "threshold"}]
        if whole:
            one = shown(whole[0], material.title(name), points=name in DIFFERENCES)
            rows.append((one.name, one.cell, one.n))
    return Oversight(
        declared=declared + tuple(said for key in GIVEN if (said := material.statement(key))),
        missing=missing,
        figures=TableView("Figures of this audit", columns("Figure", "#Value (95 % interval)", "#n"), tuple(rows))
        if rows
        else None,
        note=(
            "Figures of operation can be compared with these where they are computed alike. "
            "Which of them are watched, how often, and what follows, is for the owner to declare; later use was not examined."
        ),
    )
