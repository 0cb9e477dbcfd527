"""The deletion curve of the primary method against random order, small, for page one."""

from __future__ import annotations

from auditor.evidence.results import Curve
from auditor.report.figures._style import Picture
from auditor.report.figures._vector import Drawing, Panel
from auditor.report.figures.removal_curves import at, lines


def draw(title: str, score: str, method: Curve, control: Curve | None) -> Picture:
    """Draw the two lines with their names and no axis but the base line."""
    drawing = Drawing(147, 62)
    top = max(1.0 if score == "probability" else 0.0, *method.y) * 1.02
    panel = Panel(drawing, (4, 3, 139, 42), (0, 1), (min(0.0, *method.y), top))
    panel.ticks_x(())
    drawing.text(73.5, 57, f"{score} by features removed", anchor="middle")
    lines(panel, "method", method.model_copy(update={"low": None, "high": None}), control, "random")
    said = f"Deletion: mean {score} under {title} is {at(method, 0.25):.2f} with 25 % of features removed"
    said += f"; in random order {at(control, 0.25):.2f}." if control is not None else "."
    return drawing.picture("small", said)
