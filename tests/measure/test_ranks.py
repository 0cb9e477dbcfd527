import itertools

import numpy as np
import pytest

from auditor.measure.statistics.design import RowDesign
from auditor.measure.statistics.ranks import max_t, rank_intervals, rank_of, top_overlap


def test_max_t_is_the_definition_pair_by_pair():
    generator = np.random.default_rng(0)
    features, resamples = 6, 400
    mix = generator.normal(size=(features, features))
    covariance = mix @ mix.T / 50
    score = np.array([3.0, 2.0, 1.9, 1.0, 0.2, 0.1])
    stars = score + generator.multivariate_normal(np.zeros(features), covariance, resamples)
    low, high, q = max_t(score, stars, covariance)

    def error(j, k):
        return np.sqrt(covariance[j, j] + covariance[k, k] - 2 * covariance[j, k])

    largest = [
        max(abs((s[j] - s[k]) - (score[j] - score[k])) / error(j, k) for j, k in itertools.combinations(range(features), 2))
        for s in stars
    ]
    assert q == pytest.approx(np.quantile(largest, 0.95, method="weibull"))
    for j in range(features):
        above = sum(score[k] - score[j] > q * error(j, k) for k in range(features) if k != j)
        below = sum(score[j] - score[k] > q * error(j, k) for k in range(features) if k != j)
        assert (low[j], high[j]) == (1 + above, features - below)


def test_clear_differences_are_told_apart_and_ties_are_not():
    values = np.random.default_rng(1).normal([5.0, 3.0, 1.0, 1.0, 1.0], 0.5, (80, 5))
    design = RowDesign(np.zeros(80, int), np.array([[80]]))
    low, high = rank_intervals(design, values, 1000, 0)
    assert (low[:2], high[:2]) == (pytest.approx([1, 2]), pytest.approx([1, 2]))
    assert low[2:].tolist() == [3, 3, 3]
    assert high[2:].tolist() == [5, 5, 5]


def test_identical_and_empty_features_cover_each_others_ranks():
    values = np.random.default_rng(1).gamma(1.0, 1.0, (60, 1)) * np.array([[1.0, 1.0, 0.0, 0.0]])
    low, high = rank_intervals(RowDesign(np.zeros(60, int), np.array([[60]])), values, 1000, 0)
    assert low.tolist() == [1, 1, 3, 3]
    assert high.tolist() == [2, 2, 4, 4]


def test_rank_one_is_the_largest():
    assert rank_of(np.array([0.1, 0.9, 0.5, 0.9])).tolist() == [4, 1, 3, 2]


def nogueira(sets, features):
    """The general index for any number of sets, from its definition."""
    table = np.array([[f in s for f in range(features)] for s in sets], dtype=float)
    share = table.mean(axis=0)
    spread = len(sets) / (len(sets) - 1) * share * (1 - share)
    size = table.sum(axis=1).mean()
    return 1 - spread.mean() / (size / features * (1 - size / features))


def test_the_overlap_is_nogueiras_index_of_two_sets():
    generator = np.random.default_rng(2)
    for _ in range(20):
        first, second = generator.normal(size=(2, 20))
        sets = [set(np.argsort(-x)[:4].tolist()) for x in (first, second)]
        assert top_overlap(first, second, 4, np.zeros((2, 20))) == pytest.approx(nogueira(sets, 20))


def test_ties_do_not_agree_by_their_position():
    generator = np.random.default_rng(3)
    flat = np.ones(30)
    values = [top_overlap(flat, flat, 3, generator.random((2, 30))) for _ in range(2000)]
    assert np.mean(values) == pytest.approx(0.0, abs=0.03)
