"""What drives each class, on the patch grid: one small map per class, all on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from auditor.report.figures._style import INK, LINE, PAGE_WIDTH, SOFT, Picture, figure, style, to_picture
from auditor.report.printable import shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap


def draw(names: Sequence[str], maps: Sequence[np.ndarray], columns: int, alt: str, scale: bool = True) -> Picture:
    """Draw the maps.

    Args:
        names: class names, written under the maps.
        maps: [rows, columns] each, share of attribution per patch, a fraction; NaN where no share is stored.
        columns: maps beside each other.
        alt: the figure in words.
        scale: whether to draw the bar that says what a shade means.
    """
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LinearSegmentedColormap, Normalize

    rows = -(-len(maps) // columns)
    tallest = max(array.shape[0] / array.shape[1] for array in maps)
    # a single hue: darker is more, in print and in grey
    shades = LinearSegmentedColormap.from_list("indigo", ["#f3f7f8", "#b9bcd4", "#7678aa", "#373880"])
    largest = max(float(np.nanmax(array)) for array in maps) or 1.0
    each = PAGE_WIDTH / max(columns, 7)
    with style():
        drawn = figure(PAGE_WIDTH, rows * (each * 0.9 * tallest + 0.19) + (0.42 if scale else 0.0))
        drawn.get_layout_engine().set(w_pad=0.02, h_pad=0.01, hspace=0.02, wspace=0.08)  # type: ignore[union-attr,call-arg]
        axes = drawn.subplots(rows, columns, squeeze=False).ravel()
        for place, axis in enumerate(axes):
            axis.set_axis_off()
            if place < len(maps):
                _cells(axis, maps[place] / largest, shades)
                name = shorten(names[place], int(15.5 * PAGE_WIDTH / columns))  # so many characters fit under a map
                axis.text(0.5, -0.04, name, transform=axis.transAxes, ha="center", va="top", color=INK)
        if scale:
            bar = drawn.colorbar(
                ScalarMappable(Normalize(0, largest), shades),
                ax=list(axes),
                location="bottom",
                aspect=60,
                shrink=0.45,
                pad=0.08,
            )
            ticks = [0.0, largest / 2, largest]
            bar.set_ticks(ticks, labels=[f"{100 * tick:.1f} %" for tick in ticks])
            bar.ax.tick_params(labelsize=8, color=LINE)
            bar.outline.set_visible(False)
            bar.set_label("share of attribution per square", color=SOFT)
        return to_picture(drawn, "classes", alt)


def _cells(axis: Axes, values: np.ndarray, shades: Colormap) -> None:
    """Squares in 32 shades, one path per shade: a tenth of the size and drawing time of one path per square.

    Args:
        values: [rows, columns] in [0, 1]; NaN is left white.
    """
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    levels = np.where(np.isnan(values), -1, np.round(np.nan_to_num(values) * 31)).astype(int)
    for level in np.unique(levels):
        squares = [
            Path([(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1), (x, y)], closed=True)
            for y, x in zip(*np.nonzero(levels == level), strict=True)
        ]
        colour = "#ffffff" if level < 0 else shades(level / 31)
        axis.add_patch(PathPatch(Path.make_compound_path(*squares), facecolor=colour, edgecolor=colour, linewidth=0.3))
    axis.set_xlim(0, values.shape[1])
    axis.set_ylim(values.shape[0], 0)
    axis.set_aspect("equal")
