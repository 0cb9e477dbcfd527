import numpy as np
import pytest
from sklearn import metrics

from auditor.measure.discrimination import interval
from auditor.measure.statistics.design import RowDesign
from auditor.measure.statistics.separation import average_precision, on_logit_scale, roc_auc

SCORES = [(roc_auc, metrics.roc_auc_score), (average_precision, metrics.average_precision_score)]


def drawn(seed, rows, share=0.3, digits=1):
    generator = np.random.default_rng(seed)
    positive = generator.random(rows) < share
    return np.round(generator.normal(0, 1, rows) + positive, digits), positive, generator.integers(1, 4, rows).astype(float)


@pytest.mark.parametrize(("ours", "theirs"), SCORES)
def test_values_are_scikit_learns_with_weights_and_ties(ours, theirs):
    score, positive, weight = drawn(0, 200)
    assert ours(score, positive, weight)[0] == pytest.approx(theirs(positive, score, sample_weight=weight))


@pytest.mark.parametrize("ours", [roc_auc, average_precision])
def test_influence_is_the_derivative_by_each_weight(ours):
    score, positive, weight = drawn(1, 80)
    value, psi = ours(score, positive, weight)
    step = 1e-5
    for row in range(0, 80, 7):
        moved = weight + step * (np.arange(80) == row)
        assert psi[row] == pytest.approx((ours(score, positive, moved)[0] - value) / step, abs=1e-6)
    assert psi @ weight == pytest.approx(0, abs=1e-12)


def test_the_variance_of_the_area_is_delongs():
    score, positive, _ = drawn(2, 150)
    x, y = score[positive], score[~positive]
    kernel = (x[:, None] > y) + 0.5 * (x[:, None] == y)  # DeLong's structural components, the slow way
    variance = kernel.mean(axis=1).var(ddof=1) / len(x) + kernel.mean(axis=0).var(ddof=1) / len(y)
    value, psi = roc_auc(score, positive, np.ones(150))
    count = np.where(positive, len(x), len(y))
    design = RowDesign(np.zeros(150, dtype=np.int64), np.array([[150]]))
    outcome = interval(design, value, psi * np.sqrt(count / (count - 1)))
    expected = on_logit_scale(value, np.sqrt(variance * 150 / 149))
    assert (outcome.low, outcome.high) == pytest.approx(expected)


def test_limits_on_the_logit_scale_stay_inside_and_hold_the_value():
    low, high = on_logit_scale(0.99, 0.02)
    assert 0 < low < 0.99 < high < 1


@pytest.mark.parametrize(("score_of", "truth_rows"), [(roc_auc, 200_000), (average_precision, 200_000)])
def testintervals_cover_the_truth_about_as_often_as_they_say(score_of, truth_rows):
    score, positive, _ = drawn(3, truth_rows, digits=6)
    truth = score_of(score, positive, np.ones(truth_rows))[0]
    design = RowDesign(np.zeros(200, dtype=np.int64), np.array([[200]]))
    hits = 0
    for seed in range(400):
        score, positive, _ = drawn(100 + seed, 200, digits=6)
        value, psi = score_of(score, positive, np.ones(200))
        outcome = interval(design, value, psi)
        hits += outcome.low <= truth <= outcome.high
    assert 0.91 <= hits / 400 <= 0.98
