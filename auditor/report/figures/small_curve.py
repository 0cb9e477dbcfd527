"""The deletion curve of the primary method against random order, small, for page one."""

from __future__ import annotations

from auditor.evidence.results import Curve
from auditor.report.figures._style import BLUE, SOFT, Picture, figure, style, to_picture
from auditor.report.figures.removal_curves import at, label


def draw(title: str, score: str, method: Curve, control: Curve | None) -> Picture:
    """Draw the two lines with their names and no axis but the base line."""
    with style():
        drawn = figure(2.05, 0.86)
        axes = drawn.subplots()
        axes.grid(visible=False)
        if control is not None:
            axes.plot(control.x, control.y, color=SOFT, linestyle=(0, (4, 2.5)), linewidth=1.2)
        axes.plot(method.x, method.y, color=BLUE, linewidth=1.8)
        axes.set_xlim(0, 1)
        axes.set_ylim(min(0.0, *method.y), max(1.0 if score == "probability" else 0.0, *method.y) * 1.02)
        lines = [("method", BLUE, method)] + ([("random", SOFT, control)] if control is not None else [])
        label(axes, lines, width=140, height=38)
        axes.set_yticks([])
        axes.set_xticks([0, 1], ["0 %", "100 %"])
        axes.set_xlabel("features removed", labelpad=-8)
        axes.tick_params(pad=1.5)
        first, last = axes.get_xticklabels()
        first.set_horizontalalignment("left")
        last.set_horizontalalignment("right")
        said = f"Deletion: mean {score} under {title} is {at(method, 0.25):.2f} with 25 % of features removed"
        said += f"; in random order {at(control, 0.25):.2f}." if control is not None else "."
        return to_picture(drawn, "small", said)
