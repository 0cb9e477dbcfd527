"""What drives each class when features have no place in a grid: the first features as bars, one panel per class, one scale."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.report.figures._style import BLUE, PAGE_WIDTH, Picture, figure, style, to_picture
from auditor.report.printable import shorten


def draw(names: Sequence[str], tops: Sequence[Sequence[tuple[str, float]]], alt: str, width: float = PAGE_WIDTH) -> Picture:
    """Draw up to three panels beside each other; `tops`: (feature, share of attribution) per class, largest first."""
    columns = min(3, len(tops))
    rows = -(-len(tops) // columns)
    most = max(len(top) for top in tops)
    largest = max((share for top in tops for _, share in top), default=1.0) or 1.0
    with style():
        drawn = figure(width, rows * (0.17 * most + 0.45))
        axes = drawn.subplots(rows, columns, squeeze=False, sharex=True).ravel()
        for place, axis in enumerate(axes):
            if place >= len(tops):
                axis.set_axis_off()
                continue
            top = tops[place]
            axis.barh(range(len(top)), [share for _, share in top], color=BLUE, height=0.62)
            axis.set_yticks(range(len(top)), [shorten(feature, 54 // columns) for feature, _ in top], fontsize=7.5)
            axis.set_ylim(most - 0.4, -0.6)
            axis.set_xlim(0, largest * 1.2)
            axis.set_title(shorten(names[place], 34))
            axis.grid(visible=False)
            axis.set_xticks([])
            axis.spines["bottom"].set_visible(False)
            for row, (_, share) in enumerate(top):
                axis.text(share + 0.012 * largest, row, f"{100 * share:.1f} %", va="center", fontsize=7)
        return to_picture(drawn, "bars", alt)
