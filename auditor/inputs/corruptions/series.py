"""Corruptions of series, on float64 values [channels, time] in the model's own units; padding is cut off before."""

from __future__ import annotations

import numpy as np

from auditor.inputs.corruptions.draw import Array, Draw


def jitter(x: Array, amount: float, draw: Draw) -> Array:
    """x + N(0, (amount · s)²), s the standard deviation of the channel over its own time.

    After Um et al., 2017, "Data augmentation of wearable sensor data" (https://arxiv.org/abs/1706.00527); amounts are ours.
    """
    return np.asarray(x + amount * x.std(axis=1, keepdims=True) * draw.normal(*x.shape))


def dropout(x: Array, amount: float, draw: Draw) -> Array:
    """A share `amount` of the steps is lost in all channels; each shows the last kept value, at the start the first kept."""
    steps = x.shape[1]
    lost = draw.chosen(amount, steps, most=steps - 1)
    kept = np.setdiff1d(np.arange(steps), lost)
    return np.asarray(x[:, kept[np.maximum(np.searchsorted(kept, np.arange(steps), side="right") - 1, 0)]])


def time_shift(x: Array, amount: float, draw: Draw) -> Array:
    """Moved by round(amount · time) steps, at least one, earlier or later by chance; the value at the open end is held."""
    steps = x.shape[1]
    by = max(1, round(amount * steps)) * (1 if draw.uniform("direction", 1)[0] < 0.5 else -1)
    return np.asarray(x[:, np.clip(np.arange(steps) - by, 0, steps - 1)])


CORRUPTIONS = {"jitter": jitter, "dropout": dropout, "time_shift": time_shift}
