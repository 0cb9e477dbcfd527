"""What drives each class, on the patch grid: one small map per class, all on one scale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from auditor.report.figures._style import INK, LINE, PAGE_WIDTH, SOFT, Picture, figure, style, to_picture


def draw(names: Sequence[str], maps: Sequence[np.ndarray], columns: int, alt: str, scale: bool = True) -> Picture:
    """Draw the maps.

    Args:
        names: class names, written under the maps.
        maps: [rows, columns] each, share of attribution per patch, a fraction; NaN where no share is stored.
        columns: maps beside each other.
        alt: the figure in words.
        scale: whether to draw the bar that says what a shade means.
    """
    from matplotlib.colors import LinearSegmentedColormap

    rows = -(-len(maps) // columns)
    tallest = max(array.shape[0] / array.shape[1] for array in maps)
    # a single hue: darker is more, in print and in grey
    shades = LinearSegmentedColormap.from_list("indigo", ["#f3f7f8", "#b9bcd4", "#7678aa", "#373880"])
    shades.set_bad("#ffffff")
    largest = max(float(np.nanmax(array)) for array in maps) or 1.0
    each = PAGE_WIDTH / columns
    with style():
        drawn = figure(PAGE_WIDTH, rows * (each * 0.86 * tallest + 0.19) + (0.42 if scale else 0.0))
        drawn.get_layout_engine().set(w_pad=0.02, h_pad=0.01, hspace=0.02, wspace=0.02)  # type: ignore[union-attr,call-arg]
        axes = drawn.subplots(rows, columns, squeeze=False).ravel()
        mesh = None
        for place, axis in enumerate(axes):
            axis.set_axis_off()
            if place < len(maps):
                mesh = axis.pcolormesh(maps[place], cmap=shades, vmin=0, vmax=largest, edgecolors="face", linewidth=0.4)
                axis.set_aspect("equal")
                axis.invert_yaxis()
                axis.text(0.5, -0.04, names[place], transform=axis.transAxes, ha="center", va="top", color=INK)
        if scale and mesh is not None:
            bar = drawn.colorbar(mesh, ax=list(axes), location="bottom", aspect=60, shrink=0.45, pad=0.08)
            ticks = [0.0, largest / 2, largest]
            bar.set_ticks(ticks, labels=[f"{100 * tick:.1f} %" for tick in ticks])
            bar.ax.tick_params(labelsize=8, color=LINE)
            bar.outline.set_visible(False)  # type: ignore[operator]
            bar.set_label("share of attribution per patch", color=SOFT)
        return to_picture(drawn, "classes", alt)
