"""Intervals of two independent groups against their definitions, and their coverage."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import optimize, stats

from auditor.measure.statistics.intervals import Bounded
from auditor.measure.statistics.two_groups import (
    Share,
    difference_limits,
    largest_gap,
    lowest,
    pair_level,
    ratio_limits,
    single_level,
    smallest_ratio,
)
from auditor.measure.statistics.wilson import wilson


def bounded(hits: int, count: int, level: float = 0.95) -> Bounded:
    low, high = wilson(hits / count, count, level)
    return Bounded(hits / count, low, high, "")


def test_the_difference_is_newcombes_worked_example() -> None:
    # Newcombe 1998, table II, example (a), method 10: 56/70 and 48/80
    low, high = difference_limits(bounded(56, 70), bounded(48, 80))
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)


@pytest.mark.parametrize(("hits", "count"), [(0, 20), (20, 20)])
def test_equal_extreme_shares_have_a_difference_around_zero(hits: int, count: int) -> None:
    low, high = difference_limits(bounded(hits, count), bounded(hits, count))
    assert low < 0 < high and low == pytest.approx(-high)


def constrained(x1: int, n1: int, x0: int, n0: int, ratio: float) -> float:
    """The same score from a numerical maximum of the likelihood under p1 = ratio·p0."""

    def minus(p0: float) -> float:
        p1 = ratio * p0
        parts = ((x1, p1), (n1 - x1, 1 - p1), (x0, p0), (n0 - x0, 1 - p0))
        return -sum(count * math.log(max(p, 1e-300)) for count, p in parts if count)

    most = min(1.0, 1 / ratio) - 1e-12
    p0 = optimize.minimize_scalar(minus, bounds=(1e-12, most), method="bounded", options={"xatol": 1e-13}).x
    p1, total = ratio * p0, n1 + n0
    variance = (p1 * (1 - p1) / n1 + ratio**2 * p0 * (1 - p0) / n0) * total / (total - 1)
    return (x1 / n1 - ratio * x0 / n0) / math.sqrt(variance)


@pytest.mark.parametrize(("x1", "n1", "x0", "n0"), [(15, 100, 30, 90), (8, 40, 9, 60), (95, 100, 40, 80)])
def test_the_limits_of_a_ratio_are_where_the_score_reaches_the_quantile(x1: int, n1: int, x0: int, n0: int) -> None:
    low, high = ratio_limits(Share(x1 / n1, n1), Share(x0 / n0, n0))
    z = stats.norm.ppf(0.975)
    assert constrained(x1, n1, x0, n0, low) == pytest.approx(z, abs=1e-4)
    assert constrained(x1, n1, x0, n0, high) == pytest.approx(-z, abs=1e-4)
    assert low < (x1 / n1) / (x0 / n0) < high


def test_the_ratio_turned_round_has_the_limits_turned_round() -> None:
    first, second = Share(0.2, 70), Share(0.5, 120)
    low, high = ratio_limits(first, second)
    assert ratio_limits(second, first) == pytest.approx((1 / high, 1 / low))


def test_no_hits_give_a_limit_of_zero_or_infinity() -> None:
    assert ratio_limits(Share(0.0, 50), Share(0.4, 50))[0] == 0.0
    assert ratio_limits(Share(0.4, 50), Share(0.0, 50))[1] == math.inf
    assert ratio_limits(Share(0.0, 50), Share(0.0, 50)) == (0.0, math.inf)


def test_levels_share_the_error_among_groups_and_pairs() -> None:
    assert pair_level(2) == pytest.approx(0.95) and pair_level(4) == pytest.approx(1 - 0.05 / 6)
    assert single_level(10) == pytest.approx(0.995) and single_level(1) == pytest.approx(0.95)


def test_the_largest_gap_takes_the_largest_limits_of_all_pairs() -> None:
    limits = {("a", "b"): (-0.3, -0.05), ("a", "c"): (-0.1, 0.1), ("b", "c"): (0.02, 0.31)}
    found = largest_gap(limits, {"a": 0.4, "b": 0.58, "c": 0.41})
    assert (found.value, found.low, found.high) == pytest.approx((0.18, 0.05, 0.31)) and found.between == ("b", "a")


def test_equal_groups_have_a_gap_of_zero_between_two_different_ones() -> None:
    found = largest_gap({("a", "b"): (-0.1, 0.1)}, {"a": 0.5, "b": 0.5})
    assert (found.value, found.low, found.high) == (0.0, 0.0, 0.1) and set(found.between) == {"a", "b"}
    ratio = smallest_ratio({"a": Share(0.5, 50), "b": Share(0.5, 50)}, 0.95)
    assert ratio.value == 1.0 and ratio.high == 1.0 and ratio.low < 1


def test_the_worst_of_ten_equal_groups_is_covered_simultaneously() -> None:
    generator = np.random.default_rng(3)
    naive, simultaneous = 0, 0
    for _ in range(300):
        hits = generator.binomial(100, 0.8, 10)
        for level, joint in ((0.95, False), (single_level(10), True)):
            found = lowest({str(g): bounded(int(h), 100, level) for g, h in enumerate(hits)})
            if joint:
                simultaneous += found.low <= 0.8 <= found.high
            else:
                own = bounded(int(hits.min()), 100)
                naive += own.low <= 0.8 <= own.high
    assert naive / 300 < 0.8 and simultaneous / 300 > 0.93


def test_the_worst_may_be_the_highest() -> None:
    found = lowest({"a": bounded(10, 100), "b": bounded(30, 100)}, sign=-1)
    assert found.between == ("b",) and found.value == 0.3 and found.low == bounded(30, 100).low
