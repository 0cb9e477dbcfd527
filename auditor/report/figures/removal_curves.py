"""Deletion and insertion curves of one method beside random order, with pointwise bands, every line labelled at the line."""

from __future__ import annotations

import numpy as np

from auditor.evidence.results import Curve
from auditor.report.figures._labels import Box, free_place
from auditor.report.figures._style import BLUE, PAGE_WIDTH, SOFT, Picture
from auditor.report.figures._vector import PERCENT, Drawing, Panel, breadth, nice_ticks
from auditor.report.language.translate import say

TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
DASHES = "5.6 3.5"
MEANS = {"probability": "mean probability", "logit": "mean logit", "log odds": "mean log odds"}
"""Name of the axis of a score, whole for translation."""


def draw(title: str, score: str, panels: tuple[tuple[str, Curve, Curve | None], ...]) -> Picture:
    """Draw one or two panels.

    Args:
        title: the method's name, written at its line.
        score: what the vertical axis shows, such as 'probability'.
        panels: (name, curve of the method, curve of random order or None) each.
    """
    floor = min(0.0, *(min(curve.y) for _, method, control in panels for curve in (method, control) if curve))
    ceiling = max(1.0 if score == "probability" else 0.0, *(max(method.y) for _, method, _ in panels))
    drawing = Drawing(72 * PAGE_WIDTH, 155)
    for place, (name, method, control) in enumerate(panels):
        panel = Panel(drawing, (38 + 236 * place, 18, 207, 105), (0, 1), (floor, ceiling * 1.03))
        panel.ticks_y(nice_ticks(floor, ceiling), names=place == 0)
        panel.ticks_x(PERCENT)
        kept = "inserted" if "nsertion" in name else "removed"
        panel.names(name, f"features {kept}, most important first", MEANS.get(score, score) if place == 0 else "")
        lines(panel, title, method, control)
    return drawing.picture("curves", _alt(title, score, panels))


def lines(
    panel: Panel, title: str, method: Curve, control: Curve | None, random: str = "random order", width: float = 1.8
) -> None:
    """The method's curve with its band and random order's, each with its name at the line."""
    if method.low is not None and method.high is not None:
        band = [*panel.places(method.x, method.low), *reversed(panel.places(method.x, method.high))]
        panel.on.area(band, BLUE, 0.15)
    if control is not None:
        panel.on.line(panel.places(control.x, control.y), SOFT, 0.78 * width, DASHES)
    panel.on.line(panel.places(method.x, method.y), BLUE, width)
    label(panel, [(title, BLUE, method)] + ([(random, SOFT, control)] if control else []))


def label(panel: Panel, named: list[tuple[str, str, Curve]]) -> None:
    """Name each (name, colour, curve) at its line."""
    left, top, width, height = panel.box
    low, high = panel.y
    paths = [np.column_stack([curve.x, (np.array(curve.y) - low) / (high - low)]) for _, _, curve in named]
    taken: list[Box] = []
    for place, (name, colour, _) in enumerate(named):
        options, name = [], say(name)
        for text in dict.fromkeys((name, "\n".join(name.rsplit(" ", 1)))):
            size = (max(map(breadth, text.split("\n"))) / width, (1 + text.count("\n")) * 10.5 / height)
            options.append((free_place(paths[place], paths[:place] + paths[place + 1 :], size, taken), size, text))
        (x, bottom, _), size, text = min(options, key=lambda option: option[0][2] + 0.1 * option[2].count("\n"))
        taken.append((x, bottom, x + size[0], bottom + size[1]))
        for line, part in enumerate(reversed(text.split("\n"))):
            panel.label(left + x * width, top + (1 - bottom) * height - 2.5 - 10 * line, part, colour)


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
