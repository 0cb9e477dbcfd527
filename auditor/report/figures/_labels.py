"""Put a name beside its line: the free place nearest to it, so that no figure needs a legend and no name lies on a line."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Box = tuple[float, float, float, float]
"""Left, bottom, right, top, as fractions of the axes."""


def free_place(
    own: np.ndarray, others: Sequence[np.ndarray], size: tuple[float, float], taken: Sequence[Box] = ()
) -> tuple[float, float, float]:
    """Return left and bottom of the best place for a name, and how bad it is (0: at its line; infinite: no place is free).

    Args:
        own: [points, 2], the line the name belongs to, in fractions of the axes.
        others: the other lines, same form.
        size: width and height of the name.
        taken: boxes of names that are already placed.
    """
    lines = np.stack([_dense(line) for line in (own, *others)])
    left, bottom = (
        axis.ravel()
        for axis in np.meshgrid(
            np.linspace(0.02, max(0.02, 0.99 - size[0]), 25), np.linspace(0.02, 0.98 - size[1], 25), indexing="ij"
        )
    )
    boxes = np.column_stack([left, bottom, left + size[0], bottom + size[1]])
    boxes = boxes[~_crossed(lines, boxes)]
    for x, y, right, top in taken:
        boxes = boxes[~((boxes[:, 0] < right) & (x < boxes[:, 2]) & (boxes[:, 1] < top) & (y < boxes[:, 3]))]
    if not len(boxes):
        return 0.5, 0.5, float(np.inf)
    near = np.stack([_distances(line, boxes) for line in lines])
    others_near = near[1:].min(axis=0) if len(near) > 1 else np.inf
    # its own line must be clearly the nearest; towards the middle of the axes where several places are as good
    worth = near[0] + np.maximum(0.0, 0.06 + near[0] - others_near) * 3 + 0.05 * np.abs(boxes[:, 0] + size[0] / 2 - 0.45)
    best = int(np.argmin(worth))
    return float(boxes[best, 0]), float(boxes[best, 1]), float(worth[best])


def _dense(line: np.ndarray) -> np.ndarray:
    """[200, 2]: the line at evenly spaced x."""
    x = np.linspace(line[0, 0], line[-1, 0], 200)
    return np.column_stack([x, np.interp(x, line[:, 0], line[:, 1])])


def _crossed(lines: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """bool [boxes]: whether a point of any line lies in the box or close to it."""
    margin, x, y = 0.015, lines[:, :, 0].ravel(), lines[:, :, 1].ravel()
    inside = (x > boxes[:, :1] - margin) & (x < boxes[:, 2:3] + margin)
    inside &= (y > boxes[:, 1:2] - margin) & (y < boxes[:, 3:] + margin)
    crossed: np.ndarray = np.asarray(inside.any(axis=1))
    return crossed


def _distances(line: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """[boxes]: from the box to the nearest point of the line."""
    across = np.maximum(np.maximum(boxes[:, :1] - line[:, 0], line[:, 0] - boxes[:, 2:3]), 0)
    up = np.maximum(np.maximum(boxes[:, 1:2] - line[:, 1], line[:, 1] - boxes[:, 3:]), 0)
    nearest: np.ndarray = np.sqrt((across**2 + up**2).min(axis=1))
    return nearest
