"""Accuracy of each member of an ensemble beside the ensemble's, with intervals."""

from __future__ import annotations

from auditor.report.figures._style import BLUE, ORANGE, PAGE_WIDTH, SOFT, Picture, figure, style, to_picture
from auditor.report.printable import shorten

Dot = tuple[str, float, float, float]
"""Name, value, low, high; fractions."""


def draw(whole: Dot, members: tuple[Dot, ...], name: str) -> Picture:
    """Draw a dot and its interval per line, the ensemble first; `name`: what is shown, for the axis."""
    dots = (whole, *members)
    with style():
        drawn = figure(PAGE_WIDTH, 0.2 * len(dots) + 0.55)
        axes = drawn.subplots()
        axes.grid(axis="x")
        axes.grid(visible=False, axis="y")
        for place, (_, value, low, high) in enumerate(dots):
            colour, mark = (ORANGE, "D") if place == 0 else (BLUE, "o")
            axes.plot([low, high], [place, place], color=colour, linewidth=1.4, solid_capstyle="butt")
            axes.plot([value], [place], mark, color=colour, markersize=4.5)
        axes.axvline(whole[1], color=SOFT, linewidth=0.8, linestyle=(0, (4, 2.5)), zorder=0)
        axes.set_yticks(range(len(dots)), [shorten(dot[0], 28) for dot in dots])
        axes.set_ylim(len(dots) - 0.4, -0.6)
        axes.xaxis.set_major_formatter(lambda share, _: f"{100 * share:.4g} %")
        axes.set_xlabel(f"{name}, 95 % interval", color=SOFT)
        said = [f"{title} {100 * value:.1f} % ({100 * low:.1f} to {100 * high:.1f} %)" for title, value, low, high in dots]
        return to_picture(drawn, "members", f"{name} of the ensemble and its members. {'; '.join(said)}.")
