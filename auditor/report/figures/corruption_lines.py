"""Accuracy against the severity of each corruption, a small panel each, with intervals and the accuracy without it."""

from __future__ import annotations

from auditor.report.figures._style import BLUE, PAGE_WIDTH, SOFT, Picture, figure, style, to_picture
from auditor.report.printable import shorten

Point = tuple[int, float, float, float]
"""Severity, accuracy, low, high; fractions."""
MOST_PANELS = 5


def draw(clean: float, panels: tuple[tuple[str, tuple[Point, ...]], ...], name: str) -> Picture:
    """Draw one to five panels.

    Args:
        clean: accuracy on the same rows undisturbed, the dashed line.
        panels: (corruption, its points by rising severity) each.
        name: of the accuracy, for the axis.
    """
    with style():
        drawn = figure(PAGE_WIDTH, 1.75)
        axes = drawn.subplots(1, MOST_PANELS, sharey=True, squeeze=False)[0]
        for one, (title, points) in zip(axes, panels, strict=False):
            severity, value, low, high = zip(*points, strict=True)
            one.set_title(shorten(title, 18))
            one.axhline(clean, color=SOFT, linewidth=1.0, linestyle=(0, (4, 2.5)))
            if len(points) > 1:
                one.fill_between(severity, low, high, color=BLUE, alpha=0.15, linewidth=0)
            one.vlines(severity, low, high, color=BLUE, linewidth=0.8)
            one.plot(severity, value, color=BLUE, marker="o", markersize=3.5)
            one.set_xticks(severity)
            one.set_xlim(0.6, 5.4)
        for empty in axes[len(panels) :]:
            empty.set_axis_off()
        axes[0].set_ylabel(name.lower())
        axes[0].yaxis.set_major_formatter(lambda share, _: f"{100 * share:.4g} %")
        drawn.supxlabel("severity", fontsize=8, color=SOFT)
        return to_picture(drawn, "corruptions", _alt(clean, panels, name))


def _alt(clean: float, panels: tuple[tuple[str, tuple[Point, ...]], ...], name: str) -> str:
    said = [f"{name} without corruption {100 * clean:.1f} %"]
    for title, points in panels:
        values = ", ".join(f"{100 * value:.1f} % at severity {severity}" for severity, value, _, _ in points)
        said.append(f"{title}: {values}")
    return ". ".join(said) + "."
