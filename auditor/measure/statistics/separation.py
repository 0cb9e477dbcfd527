"""How well a score separates rows of one kind from the others: area under the ROC curve, average precision.

Both come with their influence values: the derivative of the value with respect to each row's weight. From these follow
variances under any sampling design; limits are made on the logit scale, which keeps them inside [0, 1].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from auditor.measure.statistics import sizes
from auditor.measure.statistics.design import Floats
from auditor.measure.statistics.draws import chunks, counts_of_draws, stream

Bools = NDArray[np.bool_]
BINS = 256
"""Values of a score that are told apart while its table is resampled; a convention of this tool."""


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


def resampled_areas(
    questions: Sequence[tuple[Floats, Bools]], weight: Floats, unit: NDArray[np.int64] | None, resamples: int, seed: int
) -> Floats:
    """[resamples]: mean area over the questions (score, positive) [rows] of each resample of whole units.

    Args:
        unit: int [rows], 0 … U-1; None: every row is its own. A resample without a row of either kind gives NaN.

    One question on independent rows of equal weight needs no rows: its table of score by kind is resampled, in at most 256 bins
    of the score, and the resamples are moved by what the bins change in the area itself.
    """
    if len(questions) == 1 and unit is None and np.ptp(weight) == 0:
        return _of_table(*questions[0], resamples, seed)
    count = len(weight) if unit is None else int(unit.max()) + 1
    first, width = np.zeros(count, dtype=np.int64), np.full(count, count)
    sorted_ = [_Ordered.of(score, positive) for score, positive in questions]
    found = []
    for index, size in chunks(resamples, max(count, len(weight))):
        drawn = counts_of_draws(stream(seed, "areas", index), size, first, width)
        rows = (drawn if unit is None else drawn[:, unit]) * weight
        found.append(np.mean([one.areas(rows) for one in sorted_], axis=0))
    return np.concatenate(found)


def _of_table(score: Floats, positive: Bools, resamples: int, seed: int) -> Floats:
    rows = len(score)
    place = np.searchsorted(np.sort(score), score)  # ties share one
    if len(np.unique(place)) > BINS:
        place = place * BINS // rows
    _, place = np.unique(place, return_inverse=True)
    table = np.bincount(2 * place + positive, minlength=2 * int(place.max()) + 2)
    exact, _ = roc_auc(score, positive, np.ones(rows))
    binned = _areas(*_kinds(table[None].astype(np.float64)))[0]
    found = []
    for index, size in chunks(resamples, len(table)):
        drawn = stream(seed, "areas", index).multinomial(rows, table / rows, size=size).astype(np.float64)
        found.append(_areas(*_kinds(drawn)))
    return np.asarray(np.concatenate(found) + (exact - binned), dtype=np.float64)


def _kinds(table: Floats) -> tuple[Floats, Floats]:
    return table[:, 1::2], table[:, ::2]


def _areas(own: Floats, other: Floats) -> Floats:
    """[b] areas from the weights [b, values] of the rows of the kind and of the others, by rising score."""
    above = (own * (np.cumsum(other, axis=1) - other / 2)).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(above / (own.sum(axis=1) * other.sum(axis=1)))


@dataclass(frozen=True)
class _Ordered:
    """Rows in the order of a score: their order, where each of its values begins, and which rows are positive."""

    order: NDArray[np.int64]
    starts: NDArray[np.int64]
    positive: Bools

    @staticmethod
    def of(score: Floats, positive: Bools) -> _Ordered:
        order = np.argsort(score, kind="stable")
        sorted_ = score[order]
        return _Ordered(order, np.flatnonzero(np.r_[True, sorted_[1:] != sorted_[:-1]]), positive[order])

    def areas(self, rows: Floats) -> Floats:
        """Area of each resample; `rows` [resamples, rows] are the rows' weights."""
        weights = rows[:, self.order]
        own = np.add.reduceat(np.where(self.positive, weights, 0.0), self.starts, axis=1)
        return _areas(own, np.add.reduceat(np.where(self.positive, 0.0, weights), self.starts, axis=1))


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
    from scipy.stats import norm

    half = norm.ppf((1 + sizes.LEVEL) / 2) * error / (value * (1 - value))
    centre = logit(value)
    return float(expit(centre - half)), float(expit(centre + half))
