"""Deletion and insertion curves of one method under one fill: the panels of the figure, and its small table."""

from __future__ import annotations

from auditor.evidence.results import Curve, NotEvaluated
from auditor.report.figures import removal_curves
from auditor.report.material import Material, Method
from auditor.report.numbers import pair
from auditor.report.view import Cell, TableView, columns

Panels = tuple[tuple[str, Curve, Curve | None], ...]
"""(name, curve of the method, curve of random order or None)."""

HOW_TO_READ = (
    "How to read this: a faithful order makes the deletion line fall faster, and the insertion line rise faster, than the "
    "dashed line of random orders. The shaded band is the pointwise 95 % interval of the mean. A line near the dashed one "
    "knows no more than chance."
)
_NAMES = (("deletion_curve", "Deletion"), ("insertion_curve", "Insertion"))


def curve_panels(material: Material, method: Method, fill: str) -> tuple[Panels, str]:
    """(panels, why one is missing)."""
    panels, gap = [], ""
    for name, title in _NAMES:
        curve = material.results.curve(name, {"method": method.name, "fill": fill})
        control = material.results.curve(name, {"control": "random", "fill": fill})
        if isinstance(curve, Curve):
            panels.append((title, curve, control if isinstance(control, Curve) else None))
        else:
            gap = method.facts.reason or curve.reason
    return tuple(panels), gap


def points_table(material: Material, method: Method, fill: str, panels: Panels) -> TableView:
    """Values at 0, 25, 50, 75 and 100 %: method, random order, and their difference with its interval."""
    names = ["Features"]
    for title, _, _ in panels:
        names += [f"#{title}", "#Random order", "#Difference (95 % interval)"]
    rows: list[tuple[Cell, ...]] = []
    for x in removal_curves.TICKS:
        cells = [f"{100 * x:.0f} %"]
        for title, curve, control in panels:
            difference = material.results.curve(f"{title.lower()}_difference", {"method": method.name, "fill": fill})
            cells.append(pair(removal_curves.at(curve, x)))
            cells.append("–" if control is None else pair(removal_curves.at(control, x)))
            cells.append(_difference(difference, x))
        rows.append(tuple(cells))
    whose = method.title if fill == material.fill else f"{method.title}, fill {fill}"
    return TableView(f"{whose}, mean {material.score} at five points", columns(*names), tuple(rows))


def _difference(curve: Curve | NotEvaluated, x: float) -> str:
    """'−0.75 (−0.78 to −0.72)'; the ends, where both orders meet, are 0 without an interval."""
    if isinstance(curve, NotEvaluated):
        return "–"
    value = removal_curves.at(curve, x)
    if curve.low is None or curve.high is None or round(abs(value), 12) == 0:
        return "0" if round(abs(value), 12) == 0 else pair(value)
    band = [removal_curves.at(curve.model_copy(update={"y": limit}), x) for limit in (curve.low, curve.high)]
    return f"{pair(value)} ({pair(band[0])} to {pair(band[1])})"
