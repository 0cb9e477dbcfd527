import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.stats import norm, t

from auditor.measure.statistics import intervals
from auditor.measure.statistics.clusters import ClusterDesign
from auditor.measure.statistics.design import RowDesign
from auditor.measure.statistics.two_way import two_way


def simple(rows):
    return RowDesign(np.zeros(rows, int), np.array([[rows]]))


def by_unit(units, each):
    unit = np.repeat(np.arange(units), each)
    return ClusterDesign(unit, np.zeros(units * each, int), csr_array(np.full((units, 1), float(each))))


@pytest.fixture
def skewed():
    return np.random.default_rng(4).gamma(0.5, 1.0, (120, 1))


def test_bootstrap_t_turns_the_pivot_round(skewed):
    design = simple(120)
    (outcome,), stars, errors = intervals.means(design, skewed, 2000, seed=3)
    pivots = sorted((star - skewed.mean()) / error for star, error in zip(stars[:, 0], errors[:, 0], strict=True))

    def at(share):  # the (B + 1)·share-th of the ordered pivots, between neighbours linearly
        place = 2001 * share
        return pivots[int(place) - 1] + (place % 1) * (pivots[int(place)] - pivots[int(place) - 1])

    error = skewed.std(ddof=1) / np.sqrt(120)
    assert outcome.value == pytest.approx(skewed.mean())
    assert outcome.low == pytest.approx(skewed.mean() - at(0.975) * error)
    assert outcome.high == pytest.approx(skewed.mean() - at(0.025) * error)
    assert outcome.high - outcome.value > outcome.value - outcome.low  # a long right tail reaches up
    assert outcome.how == "bootstrap-t, 2,000 resamples, n = 120, m = 120, seed 3"


def test_p_counts_the_pivots_that_reach_the_observed_one():
    values, errors = np.array([1.0, 2.0, 3.0, 10.0]), np.array([1.0, 1.0, 1.0, 2.0])
    # observed pivot 2/1 = 2; pivots about the estimate 2: -1, 0, 1, 4
    assert intervals.p_above_zero(2.0, 1.0, values, errors) == pytest.approx((1 + 1) / 5)
    assert intervals.p_above_zero(-1.0, 1.0, values - 3, errors) == pytest.approx((1 + 4) / 5)


def test_bca_is_the_jackknife_definition():
    data = np.random.default_rng(6).lognormal(0, 1, (90, 2)) + np.array([0, 3])
    design = simple(90)
    mean = data.mean(axis=0)
    gradient = np.array([1 / mean[1], -mean[0] / mean[1] ** 2])
    outcome = intervals.smooth(design, data, lambda m: m[..., 0] / m[..., 1], gradient, 2000, seed=1)
    stars, _ = design.resample(data, 2000, 1)
    ratio = stars[:, 0] / stars[:, 1]
    value = mean[0] / mean[1]
    left_out = np.array([np.delete(data, i, 0).mean(0) for i in range(90)])
    jack = left_out[:, 0] / left_out[:, 1]
    d = jack.mean() - jack
    a = (d**3).sum() / (6 * (d**2).sum() ** 1.5)
    z0 = norm.ppf((ratio < value).mean())
    ends = [norm.cdf(z0 + (z0 + z) / (1 - a * (z0 + z))) for z in norm.ppf([0.025, 0.975])]
    assert outcome.value == pytest.approx(value)
    # influence values stand for the jackknife: within 1 % of the width, where the percentile interval is 10 % away
    expected, percentile = (np.quantile(ratio, at, method="weibull") for at in (ends, [0.025, 0.975]))
    assert (outcome.low, outcome.high) == pytest.approx(tuple(expected), abs=0.01 * np.ptp(expected))
    assert np.abs(percentile - expected).max() > 0.1 * np.ptp(expected)


def test_below_thirty_units_students_t_on_the_unit_means():
    values = np.random.default_rng(2).normal(1, 1, 60)
    design = by_unit(20, 3)
    (outcome,), stars, _ = intervals.means(design, values[:, None], 2000, 0)
    own = values.reshape(20, 3).mean(axis=1)
    half = t.ppf(0.975, 19) * own.std(ddof=1) / np.sqrt(20)
    assert (outcome.low, outcome.high) == pytest.approx((values.mean() - half, values.mean() + half))
    assert outcome.how == "Student t, n = 60, m = 20"
    assert len(stars) == 0


@pytest.mark.parametrize(
    ("design", "says"), [(simple(49), "too few samples: 49 rows"), (by_unit(9, 20), "too few samples: 9 independent units")]
)
def test_too_little_is_not_evaluated(design, says):
    values = np.random.default_rng(0).normal(size=(design.rows, 1))
    assert intervals.means(design, values, 2000, 0)[0][0].reason.startswith(says)
    assert intervals.smooth(design, values, lambda m: m[..., 0], np.ones(1), 2000, 0).reason.startswith(says)


def test_a_mean_without_variance_is_not_evaluated_and_names_the_value():
    outcome = intervals.means(simple(100), np.full((100, 1), 0.1), 2000, 0)[0][0]
    assert outcome.reason == "no variance: every one of 100 rows has the value 0.1"


def test_mostly_constant_values_have_no_interval_rather_than_an_infinite_one():
    values = np.zeros((100, 1))
    values[0] = 1.0  # a third of the resamples draw only zeros: no variance, no pivot
    assert isinstance(intervals.means(simple(100), values, 2000, 0)[0][0], intervals.Unbounded)


def test_an_interval_that_leaves_out_its_estimate_is_not_evaluated():
    assert isinstance(intervals.checked(0.5, 0.1, 0.4, "BCa"), intervals.Unbounded)
    assert isinstance(intervals.checked(0.4, 0.1, 0.4, "BCa"), intervals.Bounded)


def test_a_share_of_independent_rows_is_plain_wilson():
    outcome = intervals.proportion(simple(200), np.repeat([1.0, 0.0], [180, 20]))
    assert outcome.how == "Wilson, n = 200"
    assert (outcome.low, outcome.high) == pytest.approx((0.8506, 0.9344), abs=5e-4)


def test_a_share_of_identical_rows_per_unit_counts_units():
    hits = np.repeat(np.random.default_rng(0).permutation(np.repeat([1.0, 0.0], [48, 12])), 5)
    clustered, units = intervals.proportion(by_unit(60, 5), hits), intervals.proportion(simple(60), hits[::5])
    # the unit variance has m - 1, the binomial one m: effective rows are 59
    assert clustered.how == "Wilson with 59.0 effective rows, n = 300, m = 60"
    assert clustered.low == pytest.approx(units.low, abs=2e-3)


def test_a_share_of_nine_rows_is_not_shown():
    assert isinstance(intervals.proportion(simple(9), np.ones(9)), intervals.Unbounded)


def test_every_interval_of_a_design_with_looks_has_the_level_of_one_look(skewed):
    fixed, looked = simple(120), RowDesign(np.zeros(120, int), np.array([[120]]), looks=5)
    hits = (skewed > 0.4).astype(float)[:, 0]
    both = np.concatenate([skewed, 1 + skewed**2], axis=1)
    top, below = both.mean(axis=0)
    ratio = (both, lambda of: of[..., 0] / of[..., 1], np.array([1 / below, -top / below**2]), 4000, 3)
    pairs = (
        (intervals.means(looked, skewed, 4000, 3)[0][0], intervals.means(fixed, skewed, 4000, 3, level=0.99)[0][0]),
        (intervals.proportion(looked, hits), intervals.proportion(fixed, hits, level=0.99)),
        (
            two_way(looked, skewed + hits[:, None] * [0.1, 0.3], 500, 3),
            two_way(fixed, skewed + hits[:, None] * [0.1, 0.3], 500, 3, 0.99),
        ),
    )
    for made, expected in pairs:
        assert (made.low, made.high) == (expected.low, expected.high)
        assert made.how == expected.how + ", at 99.00 % in each of 5 looks"
    wide, narrow = intervals.smooth(looked, *ratio), intervals.smooth(fixed, *ratio)
    assert wide.low < narrow.low and wide.high > narrow.high and "in each of 5 looks" in wide.how
    few, wider = (
        by_unit(12, 10),
        ClusterDesign(np.repeat(np.arange(12), 10), np.zeros(120, int), csr_array(np.full((12, 1), 10.0)), looks=5),
    )
    limits = [intervals.means(design, skewed, 2000, 3)[0][0] for design in (few, wider)]
    half = [one.high - one.value for one in limits]
    assert half[1] / half[0] == pytest.approx(t.ppf(0.995, 11) / t.ppf(0.975, 11))
