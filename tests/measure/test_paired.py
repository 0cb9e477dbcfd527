"""Differences of paired proportions: against Tango's interval, exact enumeration and closed forms."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import binomtest, norm

from auditor.measure.statistics.consistency import bin_of, expected_calibration_error
from auditor.measure.statistics.design import RowDesign
from auditor.measure.statistics.intervals import Bounded, Unbounded
from auditor.measure.statistics.paired import error_columns, exact_limits, mcnemar, newcombe, paired_share


def tango(gained: int, lost: int, count: int) -> tuple[float, float]:
    """Tango, 1998: the differences that the score test with restricted maximum likelihood does not refuse."""

    def score(delta: float) -> float:
        a, b = 2 * count, -gained - lost + (2 * count - gained + lost) * delta
        c = -lost * delta * (1 - delta)
        share = (math.sqrt(max(b * b - 4 * a * c, 0.0)) - b) / (2 * a)  # of losses, under the difference
        variance = count * (2 * share + delta * (1 - delta))
        return (gained - lost - count * delta) / math.sqrt(max(variance, 1e-12))

    z, value = float(norm.ppf(0.975)), (gained - lost) / count
    low = brentq(lambda d: score(d) - z, -1 + 1e-9, value - 1e-9)
    high = brentq(lambda d: score(d) + z, value + 1e-9, 1 - 1e-9)
    return low, high


@pytest.mark.parametrize(
    ("both", "gained", "lost", "neither"),
    [(450, 30, 12, 8), (900, 20, 40, 40), (60, 15, 10, 15), (1900, 43, 8, 49), (200, 25, 25, 50)],
)
def test_the_paired_score_interval_lies_close_to_tangos(both, gained, lost, neither):
    count = both + gained + lost + neither
    limits, other = newcombe(both, gained, lost, neither), tango(gained, lost, count)
    half = (other[1] - other[0]) / 2
    assert limits == pytest.approx(other, abs=0.12 * half)


def test_exchanging_old_and_new_turns_the_interval_round():
    low, high = newcombe(70, 12, 5, 13)
    assert newcombe(70, 5, 12, 13) == pytest.approx((-high, -low), abs=1e-12)
    assert exact_limits(12, 5, 100) == pytest.approx(tuple(-x for x in reversed(exact_limits(5, 12, 100))), abs=1e-12)


def coverage(limits, count: int, gain: float, loss: float) -> float:
    """Exact: over every table of `count` pairs; the pairs that do not differ are hits."""
    truth, inside = gain - loss, 0.0
    for gained, lost in itertools.product(range(count + 1), repeat=2):
        if gained + lost <= count:
            low, high = limits(count - gained - lost, gained, lost)
            if low - 1e-12 <= truth <= high + 1e-12:
                same = count - gained - lost
                ways = math.comb(count, gained) * math.comb(count - gained, lost)
                inside += ways * gain**gained * loss**lost * (1 - gain - loss) ** same
    return inside


@pytest.mark.parametrize(("gain", "loss"), [(0.3, 0.2), (0.2, 0.2), (0.4, 0.1)])
def test_the_score_interval_covers_as_often_as_it_says(gain, loss):
    def limits(same, gained, lost):
        return newcombe(same // 2, gained, lost, same - same // 2)

    assert 0.935 <= coverage(limits, 40, gain, loss) <= 0.985


@pytest.mark.parametrize(("gain", "loss"), [(0.0, 0.0), (0.01, 0.0), (0.02, 0.02), (0.1, 0.05), (0.3, 0.3)])
def test_the_exact_limits_never_cover_less_than_they_say(gain, loss):
    assert coverage(lambda same, gained, lost: exact_limits(gained, lost, 30), 30, gain, loss) >= 0.95


def test_where_no_pair_differs_the_limits_are_those_of_the_rule_of_three():
    low, high = exact_limits(0, 0, 500)
    assert high == pytest.approx(1 - 0.0125 ** (1 / 500), rel=1e-9) and low == -high


@pytest.mark.parametrize(("gained", "lost"), [(0, 0), (1, 0), (3, 9), (9, 3), (40, 40), (120, 80)])
def test_mcnemar_is_the_binomial_test_of_the_pairs_that_differ(gained, lost):
    expected = 1.0 if gained + lost == 0 else binomtest(gained, gained + lost, 0.5).pvalue
    assert mcnemar(gained, lost) == pytest.approx(min(1.0, expected), rel=1e-9)


def rows(count: int) -> RowDesign:
    return RowDesign(np.zeros(count, dtype=np.int64), np.array([[count]]))


def test_few_differing_pairs_get_the_exact_interval_and_too_few_rows_none():
    old = np.ones(200)
    new = old.copy()
    new[:9] = 0
    few = paired_share(rows(200), old, new, 200, 0)
    assert isinstance(few, Bounded) and few.how.startswith("exact") and few.value == -9 / 200
    assert (few.low, few.high) == exact_limits(0, 9, 200)
    new[9] = 0
    more = paired_share(rows(200), old, new, 200, 0)
    assert isinstance(more, Bounded) and (more.low, more.high) == newcombe(190, 0, 10, 0)
    assert isinstance(paired_share(rows(9), old[:9], new[:9], 200, 0), Unbounded)


def test_pairs_are_narrower_than_two_separate_samples_and_weights_change_the_value():
    generator = np.random.default_rng(3)
    old = (generator.random(600) < 0.9).astype(float)
    new = np.where(generator.random(600) < 0.05, 1 - old, old)
    found = paired_share(rows(600), old, new, 400, 0)
    separate = 2 * 1.96 * math.sqrt(2 * 0.09 / 600)
    assert isinstance(found, Bounded) and found.high - found.low < separate
    stratum = (np.arange(600) < 100).astype(np.int64)
    weighted = RowDesign(stratum, np.array([[500], [2500]]))
    two = paired_share(weighted, old, new, 400, 0)
    moved = new - old
    assert isinstance(two, Bounded)
    assert two.value == pytest.approx((moved[stratum == 0].mean() * 500 + moved[stratum == 1].mean() * 2500) / 3000)


def test_the_columns_of_the_calibration_error_add_up_to_it():
    generator = np.random.default_rng(5)
    confidence, correct = generator.random(300), (generator.random(300) < 0.7).astype(float)
    columns = error_columns(confidence, correct, bin_of(confidence, 15), 15)
    whole = expected_calibration_error(confidence, correct, np.ones(300))
    assert np.abs(columns.mean(axis=0)).sum() == pytest.approx(whole, rel=1e-12)
