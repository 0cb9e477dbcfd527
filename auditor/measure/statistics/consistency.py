"""Calibration error over bins, and what it would be if every stated confidence were right."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from auditor.measure.statistics.design import Floats
from auditor.measure.statistics.draws import chunks, stream

_DRAWN_SINGLY = 1_000_000


def bin_of(confidence: Floats, bins: int = 15) -> NDArray[np.int64]:
    """Bin 0 … bins-1 of each confidence; equal width, each bin open below and closed above."""
    return np.searchsorted(np.arange(1, bins) / bins, confidence)


def expected_calibration_error(confidence: Floats, correct: Floats, weight: Floats, bins: int = 15) -> float:
    """Mean |accuracy - confidence| over equal-width bins, weighted by bin size.

    Args:
        confidence: [rows], probability of the predicted class, in [0, 1].
        correct: [rows], 0 or 1.
        weight: [rows].

    Returns:
        A fraction in [0, 1]; lower is better. Biased upwards when bins hold few rows.

    Source: Guo et al., 2017, eq. 3 (https://arxiv.org/abs/1706.04599).
    """
    gap = np.bincount(bin_of(confidence, bins), weights=weight * (correct - confidence), minlength=bins)
    return float(np.abs(gap).sum() / weight.sum())


def if_calibrated(confidence: Floats, weight: Floats, seed: int, draws: int = 1000, bins: int = 15) -> Floats:
    """[draws]: the error of outcomes drawn as Bernoulli(confidence), by consistency resampling.

    Above a million entries each bin's gap is drawn from the normal distribution that its sum comes close to.

    Source: Bröcker & Smith, 2007; Vaicenavicius et al., 2019.
    """
    order = np.argsort(bin_of(confidence, bins), kind="stable")
    stated, weights = confidence[order], weight[order]
    starts = np.flatnonzero(np.diff(bin_of(stated, bins), prepend=-1))
    if len(stated) > _DRAWN_SINGLY:
        spread = np.sqrt(np.add.reduceat(weights**2 * stated * (1 - stated), starts))
        gap = stream(seed, "calibration").normal(0.0, 1.0, (draws, len(starts))) * spread
        return np.asarray(np.abs(gap).sum(axis=1) / weights.sum())
    errors = []
    for index, size in chunks(draws, len(stated)):
        drawn = stream(seed, "calibration", index).random((size, len(stated))) < stated
        gap = np.add.reduceat((drawn - stated) * weights, starts, axis=1)
        errors.append(np.abs(gap).sum(axis=1) / weights.sum())
    return np.concatenate(errors)
