"""Small coverage simulations: does a 95 % interval hold the generator's truth about 95 times of 100? Fixed seeds.

250 repetitions have a standard error of 1.4 points; the bounds leave three of them.
"""

import numpy as np
import pytest
from scipy.sparse import csr_array

from auditor.measure._confusion import Confusion
from auditor.measure.statistics import intervals
from auditor.measure.statistics.clusters import ClusterDesign
from auditor.measure.statistics.design import RowDesign
from auditor.measure.statistics.ranks import rank_intervals

REPEATS, RESAMPLES = 250, 500


def share_inside(truth, outcomes):
    return np.mean([isinstance(o, intervals.Bounded) and o.low <= truth <= o.high for o in outcomes])


def test_a_skewed_mean_of_a_hundred_rows():
    generator = np.random.default_rng(11)
    design = RowDesign(np.zeros(100, int), np.array([[100]]))
    data = [generator.gamma(0.5, 1.0, (100, 1)) for _ in range(REPEATS)]
    outcomes = [intervals.means(design, values, RESAMPLES, i)[0][0] for i, values in enumerate(data)]
    assert 0.91 <= share_inside(0.5, outcomes) <= 0.985


def test_equal_draws_from_unequal_strata_need_their_weights():
    generator = np.random.default_rng(12)
    share, level = np.array([0.9, 0.08, 0.02]), np.array([0.1, 0.5, 0.9])
    truth, stratum = float(share @ level), np.repeat([0, 1, 2], 100)
    weighted, unweighted = [], []
    for i in range(REPEATS):
        rows = np.maximum(generator.multinomial(5000, share), 100)
        values = (level[stratum] + generator.gamma(0.5, 0.4, 300) - 0.2)[:, None]
        weighted += intervals.means(RowDesign(stratum, rows[:, None]), values, RESAMPLES, i)[0]
        unweighted += intervals.means(RowDesign(np.zeros(300, int), np.array([[300]])), values, RESAMPLES, i)[0]
    assert 0.91 <= share_inside(truth, weighted) <= 0.985
    assert share_inside(truth, unweighted) == 0.0


def test_rows_of_one_patient_are_not_independent():
    generator = np.random.default_rng(13)
    unit = np.repeat(np.arange(60), 5)
    clusters = ClusterDesign(unit, np.zeros(300, int), csr_array(np.full((60, 1), 5.0)))
    naive = RowDesign(np.zeros(300, int), np.array([[300]]))
    by_unit, by_row = [], []
    for i in range(REPEATS):
        values = (generator.normal(0, 1, 60)[unit] + generator.normal(0, 1, 300))[:, None]
        by_unit += intervals.means(clusters, values, RESAMPLES, i)[0]
        by_row += intervals.means(naive, values, RESAMPLES, i)[0]
    assert 0.91 <= share_inside(0.0, by_unit) <= 0.985
    assert share_inside(0.0, by_row) < 0.85


def test_macro_f1_with_unequal_classes():
    generator = np.random.default_rng(14)
    share = np.array([0.4, 0.25, 0.15, 0.12, 0.08])
    behaviour = np.full((5, 5), 0.04) + np.diag([0.8] * 5)
    hits, called = share * np.diag(behaviour), share @ behaviour
    truth = float(np.mean(2 * hits / (share + called)))
    outcomes = []
    for i in range(REPEATS):
        label = generator.choice(5, 400, p=share)
        drawn = (generator.random((400, 1)) > np.cumsum(behaviour, axis=1)[label]).sum(axis=1).clip(0, 4)
        confusion = Confusion(label, drawn, np.ones(400), 5)
        stars = np.concatenate([totals.macro_f1() for totals in confusion.resample(RESAMPLES, i)])
        ends = intervals.bca(float(confusion.totals.macro_f1()), stars, confusion.influence_macro_f1(), np.ones(400))
        outcomes.append(intervals.Bounded(0.0, *ends, ""))
    assert 0.91 <= share_inside(truth, outcomes) <= 0.985


@pytest.mark.parametrize("levels", [[1.0] * 12, [3.0, 2.5, 2.0] + [1.0] * 9, list(np.linspace(1, 2, 12))])
def test_rank_intervals_hold_for_all_features_at_once(levels):
    generator = np.random.default_rng(15)
    truth = np.array(levels)
    design = RowDesign(np.zeros(100, int), np.array([[100]]))
    least, most = 1 + (truth[None] > truth[:, None]).sum(axis=1), len(truth) - (truth[None] < truth[:, None]).sum(axis=1)
    held = []
    for i in range(150):
        low, high = rank_intervals(design, generator.gamma(1.0, truth, (100, 12)), RESAMPLES, i)
        held.append(bool(np.all((low <= least) & (most <= high))))
    assert np.mean(held) >= 0.91
