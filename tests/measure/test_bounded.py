"""Means of values with a natural range where hardly any case differs: limits that hold, and that stay possible."""

import dataclasses

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.stats import t

from auditor.evidence.store import Reader
from auditor.judge.criteria import steady
from auditor.measure._again import SAME, alike, mean_of
from auditor.measure._cases import Cases
from auditor.measure._curves import mean_curve
from auditor.measure._frame import read_frame
from auditor.measure._study import Study
from auditor.measure.statistics.bounded import as_of_a_share, clopper_pearson, spreading
from auditor.measure.statistics.clusters import ClusterDesign
from auditor.measure.statistics.design import RowDesign
from auditor.measure.statistics.intervals import Bounded, Unbounded, means, p_above_zero
from auditor.measure.statistics.two_way import two_way
from auditor.plan.fields import VerdictPlan
from auditor.report.build import stored_plan
from tests.measure.synthetic import write_run

SHARE, SIGNED = (0.0, 1.0), (-1.0, 1.0)


def simple(rows):
    return RowDesign(np.zeros(rows, int), np.array([[rows]]))


def columns(values, within, least=50):
    found, *_ = means(simple(len(values)), values, 2000, 0, least, within=[within] * values.shape[1])
    return found


def test_the_spread_of_a_share_comes_from_its_rarer_side():
    hits = np.repeat([1.0, 0.0], [97, 3])[:, None]
    # (Σz²)²/Σz⁴ of 0 and 1: n·p(1 − p)/(p³ + (1 − p)³); and n/(n − 1), as of every variance
    assert spreading(simple(100), hits)[0] == pytest.approx(100 / 99 * 100 * 0.97 * 0.03 / (0.97**3 + 0.03**3))
    assert spreading(simple(100), np.ones((100, 1)))[0] == 0


def test_one_case_that_differs_gives_the_limits_of_a_share_and_not_the_whole_range():
    values = np.ones((60, 2))
    values[0] = (0.0, 0.4)
    whole, part = columns(values, SHARE)
    assert (whole.low, whole.high) == pytest.approx(clopper_pearson(59 / 60, 60))
    assert (part.low, part.high) == pytest.approx(clopper_pearson(59.4 / 60, 60))
    assert whole.how == "Clopper–Pearson, as of a share: hardly any case differs, n = 60, m = 60"


def test_values_that_do_not_differ_are_bounded_by_their_number():
    (constant,), (dust,) = columns(np.ones((60, 1)), SHARE), columns(1 - 1e-8 * np.random.default_rng(0).random((60, 1)), SHARE)
    assert (constant.low, constant.high) == pytest.approx(clopper_pearson(1.0, 60))
    assert dust.low == pytest.approx(constant.low, abs=1e-6)  # saturated probabilities: the last bit of a float32
    assert isinstance(means(simple(60), np.ones((60, 1)), 2000, 0)[0][0], Unbounded)  # without a range: the law's gap


def test_signed_values_are_bounded_part_by_part_at_a_level_at_which_both_hold():
    values = np.repeat([0.5, -0.25, 0.0], [2, 4, 94])
    above, below = clopper_pearson(2 * 0.5 / 100, 100, 0.975), clopper_pearson(4 * 0.25 / 100, 100, 0.975)
    assert as_of_a_share(simple(100), values, SIGNED) == pytest.approx((above[0] - below[1], above[1] - below[0]))


def test_units_count_and_not_their_rows():
    unit = np.repeat(np.arange(40), 5)
    design = ClusterDesign(unit, np.zeros(200, int), csr_array(np.full((40, 1), 5.0)))
    assert as_of_a_share(design, np.ones(200), SHARE) == pytest.approx(clopper_pearson(1.0, 40))


def test_a_spread_that_many_cases_make_is_left_to_the_bootstrap():
    values = np.random.default_rng(1).beta(2.0, 1.0, (60, 3))
    with_range, without = columns(values, SHARE), means(simple(60), values, 2000, 0)[0]
    assert with_range == without
    assert all(one.how.startswith("bootstrap-t") for one in with_range)


@pytest.mark.parametrize("rows", [30, 60, 500])
def test_limits_of_scores_that_are_nearly_always_one_hold_their_mean(rows):
    """Student's t holds it in 40 % of draws of 30 rows, the bootstrap in 22 % of 60; a share's limits are conservative."""
    generator, repetitions = np.random.default_rng(5), 300
    lowered = generator.random((rows, repetitions)) < 0.02
    found = columns(np.where(lowered, generator.random((rows, repetitions)), 1.0), SHARE, least=30)
    assert np.mean([one.low <= 0.99 <= one.high for one in found]) >= 0.93
    assert max(one.high - one.low for one in found) < (0.25 if rows < 100 else 0.03)
    assert all(one.low >= 0 and one.high <= 1 for one in found)


@pytest.fixture
def study(tmp_path):
    run = write_run(tmp_path, 200, 60, methods=("saliency",))
    return Study(Reader(run), stored_plan(run)[0], read_frame(Reader(run), stored_plan(run)[0]))


def curve(study, name, values):
    design = study.case_design(np.flatnonzero(study.frame.selected)[: len(values)])
    fraction = np.linspace(0, 1, values.shape[1])
    return mean_curve(study, name, {"method": "saliency", "fill": "mean"}, fraction, values, design, notes=[])


def test_a_band_stays_narrow_where_all_cases_but_one_agree(study):
    cases = int(study.frame.selected.sum())
    values = np.random.default_rng(0).random((cases, 4)) * [0.2, 1, 0, 0] + [0, 0, 1, 1]
    values[0, 2] = 0.3
    found = curve(study, "insertion_curve", values)
    assert found.low[2] > 0.8 and found.low[3] > 0.9 and found.high[2:] == pytest.approx((1, 1), abs=0.01)
    assert found.how.startswith("bootstrap-t") and "; at 2 of 4 points: Clopper–Pearson, as of a share" in found.how


def test_a_difference_is_exactly_nothing_where_all_or_nothing_is_removed_and_only_there(study):
    values = np.zeros((int(study.frame.selected.sum()), 3))
    found = curve(study, "deletion_difference", values)
    assert (found.low[0], found.high[0], found.low[2], found.high[2]) == (0, 0, 0, 0)
    assert -0.15 < found.low[1] < 0 < found.high[1] < 0.15


def test_scores_without_a_range_get_students_limits_where_resampling_gives_none(study):
    plan = study.plan.model_copy(update={"primary": study.plan.primary.model_copy(update={"score": "logit"})})
    values = np.zeros((60, 2))
    values[:, 0] = np.random.default_rng(0).normal(size=60)
    values[0, 1] = 3.0  # mean and standard error are 1/20
    where, fraction = {"method": "saliency", "fill": "mean"}, np.array([0.0, 1.0])
    other = dataclasses.replace(study, plan=plan)
    found = mean_curve(other, "deletion_curve", where, fraction, values, simple(60), notes=[])
    assert (found.low[1], found.high[1]) == pytest.approx(tuple(0.05 + 0.05 * t.ppf([0.025, 0.975], 59)))
    assert "at 1 of 2 points: Student t" in found.how


def test_a_column_without_a_range_keeps_its_gap_beside_one_with_a_range():
    found, *_ = means(simple(60), np.ones((60, 2)), 2000, 0, within=[None, SHARE])
    assert isinstance(found[0], Unbounded) and isinstance(found[1], Bounded)


def test_a_method_that_nothing_moves_is_stable_and_one_that_everything_turns_round_is_not(study):
    rows = np.flatnonzero(study.frame.selected)
    cases = Cases(rows, study.frame.predicted[rows])
    what = ("stability", {"method": "saliency", "against": "input noise"}, "correlation")
    same, turned = (mean_of(study, what, cases, np.full(len(rows), value), "input noise", []) for value in (1.0, -1.0))
    assert (same.value, same.interval.high) == (1, 1)
    assert steady(same.interval, VerdictPlan()) == "met" and steady(turned.interval, VerdictPlan()) == "not met"
    unmoved = mean_of(study, ("max_sensitivity", {}, "ratio"), cases, np.zeros(len(rows)), "input noise", [])
    assert unmoved.reason.startswith("no variance")  # nothing bounds a ratio


def test_copies_that_alone_decide_give_students_limits_of_their_means():
    of_copy = np.array([0.1, 0.3, 0.2, 0.6, 0.4])
    found = two_way(simple(60), np.tile(of_copy, (60, 1)), 2000, 0)  # resampling five draws alone would vary too little
    half = t.ppf(0.975, 4) * of_copy.std(ddof=1) / np.sqrt(5)
    assert (found.low, found.high) == pytest.approx((0.32 - half, 0.32 + half))


def test_features_whose_input_is_the_fill_are_not_compared():
    first, other = np.array([1.0, 2, 3, 4, 5, 0]), np.array([1.0, 2, 3, 4, 5, 9])
    assert alike(first, [other], np.array([1.0, 1, 1, 1, 1, SAME]))[0, 1] == pytest.approx(1)
    assert alike(first, [other], np.array([1.0, 1, 1, 1, 1, 2 * SAME]))[0, 1] < 1
    assert alike(first, [other], np.zeros(6)) is None


def test_without_a_spread_there_is_no_small_p():
    assert p_above_zero(1.0, 0.0, np.ones(9), np.zeros(9)) == 1.0
