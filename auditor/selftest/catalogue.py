"""Everything the self-test does, by name."""

from __future__ import annotations

from auditor.errors import AuditError, did_you_mean
from auditor.selftest import (
    coverage_of_means,
    coverage_of_rules,
    coverage_of_scores,
    coverage_of_shares,
    false_alarms,
    on_models,
)
from auditor.selftest.cell import Cell


def cells() -> dict[str, Cell]:
    """Name → cell, in the order of the table."""
    parts = (coverage_of_shares, coverage_of_means, coverage_of_rules, coverage_of_scores, false_alarms, on_models)
    return {cell.name: cell for part in parts for cell in part.CELLS}


def chosen(only: tuple[str, ...]) -> tuple[Cell, ...]:
    """The cells of these names; all where none is named.

    Raises:
        AuditError: a name that no cell has.
    """
    known = cells()
    for name in only:
        if name not in known:
            raise AuditError(
                f"The self-test has no part `{name}`.",
                found=f"--only {name}",
                expected="a part of it",
                fix=did_you_mean(name, known),
            )
    return tuple(cell for cell in known.values() if not only or cell.name in only)
