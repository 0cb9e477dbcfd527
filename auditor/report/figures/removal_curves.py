"""Deletion and insertion curves of one method beside random order, with pointwise bands, every line labelled at the line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from auditor.evidence.results import Curve
from auditor.report.figures._labels import Box, free_place
from auditor.report.figures._style import BEHIND, BLUE, PAGE_WIDTH, SOFT, Picture, figure, percent_axis, style, to_picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


def draw(title: str, score: str, panels: tuple[tuple[str, Curve, Curve | None], ...]) -> Picture:
    """Draw one or two panels.

    Args:
        title: the method's name, written at its line.
        score: what the vertical axis shows, such as 'probability'.
        panels: (name, curve of the method, curve of random order or None) each.
    """
    with style():
        drawn = figure(PAGE_WIDTH, 2.15)
        drawn.get_layout_engine().set(wspace=0.08)  # type: ignore[union-attr,call-arg]
        axes = drawn.subplots(1, 2, sharey=True, squeeze=False)[0]
        floor = min(0.0, *(min(curve.y) for _, method, control in panels for curve in (method, control) if curve))
        ceiling = max(1.0 if score == "probability" else 0.0, *(max(method.y) for _, method, _ in panels))
        for place, (name, method, control) in enumerate(panels):
            _panel(axes[place], name, method, control)
            axes[place].set_ylim(floor, ceiling * 1.03)
            lines = [(title, BLUE, method)] + ([("random order", SOFT, control)] if control else [])
            label(axes[place], lines, width=215, height=98)
        for empty in axes[len(panels) :]:
            empty.set_axis_off()
        axes[0].set_ylabel(f"mean {score}")
        return to_picture(drawn, "curves", _alt(title, score, panels))


def _panel(axes: Axes, name: str, method: Curve, control: Curve | None) -> None:
    kept = "inserted" if "nsertion" in name else "removed"
    axes.set_title(name)
    if method.low is not None and method.high is not None:
        axes.fill_between(method.x, method.low, method.high, color=BLUE, alpha=0.15, linewidth=0)
    if control is not None:
        axes.plot(control.x, control.y, color=SOFT, linestyle=(0, (4, 2.5)), linewidth=1.4)
    axes.plot(method.x, method.y, color=BLUE)
    percent_axis(axes, "x")
    axes.set_xlim(0, 1)
    axes.set_xlabel(f"features {kept}, most important first")


def label(axes: Axes, lines: list[tuple[str, str, Curve]], width: float, height: float) -> None:
    """Name each (name, colour, curve) at its line; width and height of the axes in points. Limits must be set."""
    low, high = axes.get_ylim()
    paths = [np.column_stack([curve.x, (np.array(curve.y) - low) / (high - low)]) for _, _, curve in lines]
    taken: list[Box] = []
    for place, (name, colour, _) in enumerate(lines):
        options = []
        for text in dict.fromkeys((name, "\n".join(name.rsplit(" ", 1)))):
            size = (max(map(len, text.split("\n"))) * 4.4 / width, (1 + text.count("\n")) * 10.5 / height)
            options.append((free_place(paths[place], paths[:place] + paths[place + 1 :], size, taken), size, text))
        (left, bottom, _), size, text = min(options, key=lambda option: option[0][2] + 0.1 * option[2].count("\n"))
        taken.append((left, bottom, left + size[0], bottom + size[1]))
        axes.text(
            left, bottom, text, transform=axes.transAxes, color=colour, va="bottom", linespacing=1.1, bbox=BEHIND, zorder=1.5
        )


def at(curve: Curve, x: float) -> float:
    """The curve's value at x, linear between its points."""
    return float(np.interp(x, curve.x, curve.y))


def _alt(title: str, score: str, panels: tuple[tuple[str, Curve, Curve | None], ...]) -> str:
    said = []
    for name, method, control in panels:
        points = ", ".join(f"{at(method, x):.2f}" for x in TICKS)
        text = f"{name}: mean {score} of {title} at 0, 25, 50, 75 and 100 %: {points}"
        if control is not None:
            text += "; random order: " + ", ".join(f"{at(control, x):.2f}" for x in TICKS)
        said.append(text)
    return ". ".join(said) + "."
