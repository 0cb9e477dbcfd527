"""What drives each class, on the patch grid: one small map per class, all on one scale."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from auditor.report.figures._style import INK, PAGE_WIDTH, Picture
from auditor.report.figures._vector import Drawing
from auditor.report.printable import shorten

_SHADES = np.array([[243, 247, 248], [185, 188, 212], [118, 120, 170], [55, 56, 128]])
"""A single hue: darker is more, in print and in grey."""
_LEVELS = 32


def draw(names: Sequence[str], maps: Sequence[np.ndarray], columns: int, alt: str, scale: bool = True) -> Picture:
    """Draw the maps.

    Args:
        names: class names, written under the maps.
        maps: [rows, columns] each, share of attribution per square, a fraction; NaN where no share is stored.
        columns: maps beside each other.
        alt: the figure in words.
        scale: whether to draw the bar that says what a shade means.
    """
    lines = -(-len(maps) // columns)
    tallest = max(array.shape[0] / array.shape[1] for array in maps)
    largest = max(float(np.nanmax(array)) for array in maps) or 1.0
    width, step = 72 * PAGE_WIDTH, 72 * PAGE_WIDTH / columns
    side = min(0.9 * step, 72 * PAGE_WIDTH / max(columns, 7) * 0.9)
    height = side * tallest + 16
    drawing = Drawing(width, lines * height + (38 if scale else 0))
    squares: dict[tuple[int, float], list[tuple[float, float]]] = {}
    for place, (name, array) in enumerate(zip(names, maps, strict=True)):
        left, top = (place % columns + 0.5) * step - side / 2, place // columns * height
        for level, places in _squares(array / largest, (left, top, side / array.shape[1])):
            squares.setdefault((level, side / array.shape[1]), []).extend(places)
        kept = shorten(name, int(15.5 * PAGE_WIDTH / columns))  # so many characters fit under a map
        drawing.text(left + side / 2, top + side * array.shape[0] / array.shape[1] + 10, kept, INK, anchor="middle")
    for (level, length), places in sorted(squares.items()):
        drawing.squares(places, length, "#fefefe" if level < 0 else shade(level / (_LEVELS - 1)))
    if scale:
        _bar(drawing, largest, lines * height + 6)
    return drawing.picture("classes", alt)


def shade(level: float) -> str:
    """The colour of a share of the scale, in [0, 1]."""
    places = np.linspace(0, 1, len(_SHADES))
    parts = [round(float(np.interp(level, places, _SHADES[:, part]))) for part in range(3)]
    return "#{:02x}{:02x}{:02x}".format(*parts)


def _squares(values: np.ndarray, at: tuple[float, float, float]) -> Iterator[tuple[int, list[tuple[float, float]]]]:
    """Squares of one map by their shade: one path for a shade of all maps takes a tenth of one path per square to draw.

    Args:
        values: [rows, columns] in [0, 1]; NaN is left white.
        at: left, top, and the side of a square.

    Yields:
        (shade of 32, -1 for white; left and top of each of its squares).
    """
    left, top, side = at
    levels = np.where(np.isnan(values), -1, np.round(np.nan_to_num(values) * (_LEVELS - 1))).astype(int)
    for level in np.unique(levels):
        yield int(level), [(left + x * side, top + y * side) for y, x in zip(*np.nonzero(levels == level), strict=True)]


def _bar(drawing: Drawing, largest: float, top: float) -> None:
    width = 0.45 * drawing.width
    left = (drawing.width - width) / 2
    for level in range(_LEVELS):
        drawing.rect((left + level * width / _LEVELS, top, width / _LEVELS + 0.3, 5), shade(level / (_LEVELS - 1)))
    for part in (0.0, 0.5, 1.0):
        drawing.text(left + part * width, top + 16, f"{100 * part * largest:.1f} %", anchor="middle")
    drawing.text(left + width / 2, top + 28, "share of attribution per square", anchor="middle")
