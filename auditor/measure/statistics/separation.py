"""How well a score separates rows of one kind from the others: area under the ROC curve, average precision.

Both come with their influence values: the derivative of the value with respect to each row's weight. From these follow
variances under any sampling design; limits are made on the logit scale, which keeps them inside [0, 1].
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import norm

from auditor.measure.statistics import sizes
from auditor.measure.statistics.design import Floats

Bools = NDArray[np.bool_]


def roc_auc(score: Floats, positive: Bools, weight: Floats) -> tuple[float, Floats]:
    """Chance that a row of the kind scores above another row, ties counting half.

    Args:
        score, weight: [rows]. positive: bool [rows], whether the row is of the kind; both kinds occur.

    Returns:
        the area, in [0, 1], and its influence [rows].

    Source: DeLong, DeLong & Clarke-Pearson, 1988: the influence is their placement value minus the area.
    """
    _, place = np.unique(score, return_inverse=True)
    own, other = (np.bincount(place, weights=np.where(part, weight, 0.0)) for part in (positive, ~positive))
    below, above = np.cumsum(other) - other / 2, own.sum() - np.cumsum(own) + own / 2
    placement = np.where(positive, (below / other.sum())[place], (above / own.sum())[place])
    area = float(placement[positive] @ weight[positive] / own.sum())
    return area, (placement - area) / np.where(positive, own.sum(), other.sum())


def average_precision(score: Floats, positive: Bools, weight: Floats) -> tuple[float, Floats]:
    """Mean precision over the rows of the kind, each at its own score as the threshold; ties share one threshold.

    Args and returns: as of `roc_auc`. Chance gives the share of the kind, not ½.
    """
    _, place = np.unique(-score, return_inverse=True)
    whole, own = np.bincount(place, weights=weight), np.bincount(place, weights=weight * positive)
    called, hits, mass = np.cumsum(whole), np.cumsum(own), own.sum()
    precision = hits / called
    value = float(own @ precision / mass)
    # a row's weight moves the precision at its own threshold and at every later one
    steps = own / called
    later, later_precise = np.cumsum(steps[::-1])[::-1], np.cumsum((steps * precision)[::-1])[::-1]
    return value, (positive * (precision[place] - value + later[place]) - later_precise[place]) / mass


def on_logit_scale(value: float, error: float) -> tuple[float, float]:
    """Normal limits of a value in (0, 1) from its standard error, made on the logit scale."""
    half = norm.ppf((1 + sizes.LEVEL) / 2) * error / (value * (1 - value))
    centre = logit(value)
    return float(expit(centre - half)), float(expit(centre + half))
