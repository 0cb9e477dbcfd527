"""Confusion matrix: counts by label (rows) and prediction (columns), shaded by share of the row."""

from __future__ import annotations

import numpy as np

from auditor.report.figures._style import INK, PAPER, SOFT, Picture, figure, style, to_picture
from auditor.report.numbers import count

MOST_CLASSES = 16
"""More rows cannot be read on a page; then only the most frequent confusions are listed."""


def draw(classes: tuple[str, ...], counts: np.ndarray, alt: str) -> Picture:
    """Draw the matrix; counts int [classes, classes], [label, predicted]; `alt` names the largest confusions."""
    from matplotlib.colors import LinearSegmentedColormap

    size = len(classes)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    with style():
        drawn = figure(3.3, 3.1 if size > 4 else 2.2)
        axes = drawn.subplots()
        axes.grid(visible=False)
        shades = LinearSegmentedColormap.from_list("blue", ["#f4f8fb", "#0072b2", "#00466e"])
        # square root: single errors stay visible beside a diagonal of hundreds
        axes.pcolormesh(np.sqrt(share), cmap=shades, vmin=0, vmax=1, edgecolors=PAPER, linewidth=0.8)
        longest = max(len(name) for name in classes)
        font = 7.5 if size <= 12 else 6
        for row, column in zip(*np.nonzero(counts), strict=True):
            colour = PAPER if np.sqrt(share[row, column]) > 0.45 else INK
            text = count(int(counts[row, column]))
            axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=font, color=colour)
        axes.set_xticks(np.arange(size) + 0.5, classes, rotation=90 if longest > 4 else 0, fontsize=7.5)
        axes.set_yticks(np.arange(size) + 0.5, classes, fontsize=7.5)
        axes.tick_params(length=0)
        axes.spines["bottom"].set_visible(False)
        axes.invert_yaxis()
        axes.set_xlabel("predicted", color=SOFT)
        axes.set_ylabel("label", color=SOFT)
        return to_picture(drawn, "confusion", alt)
