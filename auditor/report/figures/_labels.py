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
    lines = [_dense(line) for line in (own, *others)]
    best, found = np.inf, (0.5, 0.5)
    for left in np.linspace(0.02, max(0.02, 0.99 - size[0]), 25):
        for bottom in np.linspace(0.02, 0.98 - size[1], 25):
            box = (float(left), float(bottom), float(left + size[0]), float(bottom + size[1]))
            if any(_crosses(line, box) for line in lines) or any(_overlap(box, other) for other in taken):
                continue
            near = [_distance(line, box) for line in lines]
            # its own line must be clearly the nearest; towards the middle of the axes where several places are as good
            worth = (
                near[0] + max(0.0, 0.06 + near[0] - min(near[1:], default=np.inf)) * 3 + 0.05 * abs(left + size[0] / 2 - 0.45)
            )
            if worth < best:
                best, found = worth, (box[0], box[1])
    return (*found, float(best))


def _dense(line: np.ndarray) -> np.ndarray:
    """[200, 2]: the line at evenly spaced x."""
    x = np.linspace(line[0, 0], line[-1, 0], 200)
    return np.column_stack([x, np.interp(x, line[:, 0], line[:, 1])])


def _crosses(line: np.ndarray, box: Box) -> bool:
    margin = 0.015
    inside = (line[:, 0] > box[0] - margin) & (line[:, 0] < box[2] + margin)
    inside &= (line[:, 1] > box[1] - margin) & (line[:, 1] < box[3] + margin)
    return bool(inside.any())


def _distance(line: np.ndarray, box: Box) -> float:
    across = np.maximum(np.maximum(box[0] - line[:, 0], line[:, 0] - box[2]), 0)
    up = np.maximum(np.maximum(box[1] - line[:, 1], line[:, 1] - box[3]), 0)
    return float(np.hypot(across, up).min())


def _overlap(box: Box, other: Box) -> bool:
    return box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]
