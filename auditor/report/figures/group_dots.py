"""Shares of each group with their intervals, one panel per share, the share of all rows as a line."""

from __future__ import annotations

from auditor.report.figures._style import BEHIND, BLUE, PAGE_WIDTH, SOFT, Picture, figure, style, to_picture
from auditor.report.figures.member_dots import Dot
from auditor.report.numbers import percent
from auditor.report.printable import shorten

Panel = tuple[str, float | None, tuple[Dot | None, ...]]
"""Title, share of all rows, and a dot per group; None where it is not evaluated."""


def draw(attribute: str, names: tuple[str, ...], panels: tuple[Panel, ...]) -> Picture:
    """Draw one line per group, the same in every panel."""
    with style():
        drawn = figure(PAGE_WIDTH, 0.2 * len(names) + 0.75)
        all_axes = drawn.subplots(1, len(panels), sharey=True, squeeze=False)[0]
        for axes, (title, whole, dots) in zip(all_axes, panels, strict=True):
            axes.grid(axis="x")
            axes.grid(visible=False, axis="y")
            for place, dot in enumerate(dots):
                if dot is None:
                    where = ("axes fraction", "data")
                    axes.annotate("not evaluated", (0.02, place), xycoords=where, color=SOFT, va="center", bbox=BEHIND)
                    continue
                axes.plot(dot[2:], [place, place], color=BLUE, linewidth=1.4, solid_capstyle="butt")
                axes.plot([dot[1]], [place], "o", color=BLUE, markersize=4.5)
            if whole is not None:
                axes.axvline(whole, color=SOFT, linewidth=0.8, linestyle=(0, (4, 2.5)), zorder=0)
            if not any(dots):
                axes.set_xticks([])
            axes.margins(x=0.08)
            axes.xaxis.set_major_formatter(lambda share, _: f"{100 * share:.4g} %")
            axes.locator_params(axis="x", nbins=4)
            axes.set_title(title)
        all_axes[0].set_yticks(range(len(names)), [shorten(name, 28) for name in names])
        all_axes[0].set_ylim(len(names) - 0.4, -0.6)
        return to_picture(drawn, "groups", _said(attribute, names, panels))


def _said(attribute: str, names: tuple[str, ...], panels: tuple[Panel, ...]) -> str:
    parts = []
    for title, whole, dots in panels:
        own = [
            f"{name} not evaluated"
            if dot is None
            else f"{name} {percent(dot[1])} % ({percent(dot[2], guard=False)} to {percent(dot[3], guard=False)} %)"
            for name, dot in zip(names, dots, strict=True)
        ]
        of_all = "" if whole is None else f" (all rows {percent(whole)} %)"
        parts.append(f"{title}{of_all}: {'; '.join(own)}")
    return f"By {attribute}, with 95 % intervals. {'. '.join(parts)}."
