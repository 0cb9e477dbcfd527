"""Confusion matrix: counts by label (rows) and prediction (columns), shaded by share of the row."""

from __future__ import annotations

import numpy as np

from auditor.report.figures._style import Picture
from auditor.report.figures._vector import Drawing
from auditor.report.numbers import count

MOST_CLASSES = 16
"""More rows cannot be read on a page; then only the most frequent confusions are listed."""


def draw(classes: tuple[str, ...], counts: np.ndarray, alt: str) -> Picture:
    """Draw the matrix; counts int [classes, classes], [label, predicted]; `alt` names the largest confusions."""
    size, longest = len(classes), max(len(name) for name in classes)
    share = np.sqrt(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))  # single errors stay visible beside hundreds
    left = 18 + 4.6 * longest
    upright = longest > 4 and 4.6 * longest > (236 - left) / size
    below = 14 + (4.6 * longest if upright else 8)
    width, height = 238 - left - 2, (223 if size > 4 else 158) - below - 6
    drawing = Drawing(238, height + below + 6)
    across, down = width / size, height / size
    font = "7.5" if size <= 12 else "6"
    for row in range(size):
        for column in range(size):
            x, y, held = left + column * across, 2 + row * down, float(share[row, column])
            drawing.rect((x, y, across - 0.8, down - 0.8), _shade(held))
            if counts[row, column]:
                text = count(int(counts[row, column]))
                drawing.text(
                    x + across / 2,
                    y + down / 2 + 2.4,
                    text,
                    "#fefefe" if held > 0.45 else "#1d2127",
                    anchor="middle",
                    look=font,
                )
    for place, name in enumerate(classes):
        drawing.text(left - 4, 2 + (place + 0.5) * down + 2.6, name, anchor="end", look="7.5")
        x = left + (place + 0.5) * across
        if upright:
            drawing.text(x + 2.6, height + 6, name, anchor="end", look="up 7.5")
        else:
            drawing.text(x, height + 12, name, anchor="middle", look="7.5")
    drawing.text(8, 2 + height / 2, "label", anchor="middle", look="up")
    drawing.text(left + width / 2, height + below + 4, "predicted", anchor="middle")
    return drawing.picture("confusion", alt)


_SHADES = ((0.0, (244, 248, 251)), (0.5, (0, 114, 178)), (1.0, (0, 70, 110)))


def _shade(share: float) -> str:
    """From nearly white over blue to dark blue."""
    places = [place for place, _ in _SHADES]
    parts = [round(float(np.interp(share, places, [colour[part] for _, colour in _SHADES]))) for part in range(3)]
    return "#{:02x}{:02x}{:02x}".format(*parts)
