"""Ranks with simultaneous intervals, and how well a top list repeats."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from auditor.measure.statistics import sizes
from auditor.measure.statistics.design import Design, Floats

Ints = NDArray[np.int64]


def rank_of(score: Floats) -> Ints:
    """Rank 1 = largest; equal scores keep their order."""
    order = np.argsort(-score, kind="stable")
    rank = np.empty(len(score), dtype=np.int64)
    rank[order] = np.arange(1, len(score) + 1)
    return rank


def max_t(
    score: Floats, scores: Floats, covariance: Floats, level: float = sizes.LEVEL, rows: Floats | None = None
) -> tuple[Ints, Ints, float]:
    """Simultaneous rank intervals from all pairwise differences.

    With δ_jk = s_j - s_k, q is the quantile over resamples of max |δ*_jk - δ_jk|/se_jk. A feature ranks below those that
    exceed it by more than q·se, above those it exceeds. Conservative under ties.

    Args:
        score: [F]. scores: [resamples, F]. covariance: [F, F] of the scores.
        rows: [F], rows each score is a mean of, where they differ: q is widened to Student's t of the same tail (convention;
            without it, 120 to 500 rows of skewed values cover 83 to 92 % instead of 90 to 97 %).

    Returns:
        low, high: int [F], ranks from 1; q.

    Source: Mogstad, Romano, Shaikh & Wilhelm, 2024; Klein, Wright & Wieczorek, 2020.
    """
    from scipy.stats import norm
    from scipy.stats import t as student

    features = len(score)
    error = _of_differences(covariance)
    tiny = 1e-9 * max(float(np.abs(score).max(initial=0.0)), 1e-300)
    inverse = np.where(error > tiny, 1 / np.maximum(error, tiny), 0.0)  # equal columns: their difference is 0 in every resample
    moved = np.ascontiguousarray((scores - score).T)  # [F, resamples]
    largest = np.zeros(len(scores))
    for j in range(features - 1):
        pair = moved[j + 1 :] - moved[j]
        pair *= inverse[j, j + 1 :, None]
        np.maximum(largest, np.abs(pair, out=pair).max(axis=0), out=largest)
    q = float(np.quantile(largest, level, method="weibull"))
    if rows is not None and q > 0:
        wider = student.isf(norm.sf(q), rows - 1) / q
        error = _of_differences(covariance * np.outer(wider, wider))
    ahead = (score[:, None] - score[None]) > np.maximum(q * error, tiny)  # [j, k]: j is surely larger than k
    return 1 + ahead.sum(axis=0), features - ahead.sum(axis=1), q


def _of_differences(covariance: Floats) -> Floats:
    """Standard error of each pair's difference."""
    own = np.diag(covariance)
    return np.sqrt(np.maximum(own[:, None] + own[None] - 2 * covariance, 0.0))


def rank_intervals(
    design: Design, magnitude: Floats, resamples: int, seed: int, occurs: Floats | None = None
) -> tuple[Ints, Ints]:
    """Low and high rank [F] of each feature's weighted mean magnitude.

    Args:
        magnitude: [rows, F].
        occurs: [rows, F], 1 where the row has the feature: the mean is over these, a ratio of two means. None: all have it.
    """
    if occurs is None:
        score, _ = design.moments(magnitude)
        scores, _ = design.resample(magnitude, resamples, seed, errors=False)
        psi, weight = design.influence(magnitude)
    else:
        features, both = magnitude.shape[1], np.concatenate([magnitude, occurs], axis=1)
        total, mass = np.split(design.moments(both)[0], [features])
        score = total / mass
        sums, masses = np.split(design.resample(both, resamples, seed, errors=False)[0], [features], axis=1)
        # a resample without the feature says nothing of it
        scores = np.divide(sums, masses, out=np.broadcast_to(score, sums.shape).copy(), where=masses > 0)
        psi, weight = design.influence(both)
        psi = (psi[:, :features] - score * psi[:, features:]) / mass
    rows = None if occurs is None else occurs.sum(axis=0)
    low, high, _ = max_t(score, scores, (psi * weight[:, None]).T @ psi, rows=rows)
    return low, high


def top_overlap(first: Floats, second: Floats, top: int, breaks: Floats) -> float:
    """Stability index of the two top-k sets, 1 = the same set, 0 = as many in common as by chance.

    Equal scores at the edge of the top are ordered by `breaks` [2, F], drawn for each half: index order would make two
    halves agree for no reason.

    Source: Nogueira, Sechidis & Brown, 2018 (for two sets of one size: Kuncheva, 2007).
    """
    features = len(first)
    sets = [set(np.lexsort((tie, -score))[:top].tolist()) for score, tie in zip((first, second), breaks, strict=True)]
    chance = top * top / features
    return (len(sets[0] & sets[1]) - chance) / (top - chance)
