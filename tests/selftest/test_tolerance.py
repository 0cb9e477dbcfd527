"""A simulated share is judged by its exact limits: in tolerance, out of it, or not yet decided."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from auditor.measure.statistics.bounded import clopper_pearson
from auditor.selftest.tolerance import COVERAGE, RECOVERY, Described, Largest, Share, Tally, conservative


def tally(hits: int, count: int) -> Tally:
    return Tally(repetitions=count, sums=(float(hits),), largest=(1.0,))


def test_nothing_or_everything_has_limits_in_closed_form():
    # P(no hit) = (1 - p)^n = α/2 and P(n hits) = p^n = α/2
    assert clopper_pearson(0.0, 100, 0.99) == pytest.approx((0.0, 1 - 0.005 ** (1 / 100)))
    assert clopper_pearson(1.0, 100, 0.90) == pytest.approx((0.05 ** (1 / 100), 1.0))


@pytest.mark.parametrize(("hits", "count"), [(1, 30), (1900, 2000), (47, 50)])
def test_limits_are_those_of_the_exact_test(hits, count):
    exact = binomtest(hits, count).proportion_ci(0.99, method="exact")
    assert clopper_pearson(hits / count, count, 0.99) == pytest.approx((exact.low, exact.high), abs=1e-9)


@pytest.mark.parametrize(
    ("hits", "count", "status"),
    [
        (1900, 2000, "in tolerance"),  # .936 to .962
        (1880, 2000, "undecided"),  # .925 to .953
        (1800, 2000, "out of tolerance"),  # .881 to .917: too rarely
        (1980, 2000, "out of tolerance"),  # .983 to .995: too wide an interval
        (9310, 10_000, "in tolerance"),  # the share itself decides
        (9290, 10_000, "out of tolerance"),
    ],
)
def test_coverage_is_decided_by_the_whole_interval_and_in_the_end_by_the_share(hits, count, status):
    assert COVERAGE.judge(tally(hits, count)).status == status


def test_a_conservative_interval_may_hold_always():
    assert conservative(0.93).judge(tally(2000, 2000)).status == "in tolerance"
    assert conservative(0.93).judge(tally(1800, 2000)).status == "out of tolerance"


def test_recovery_needs_a_lower_limit_of_nine_tenths_and_is_never_decided_by_the_share():
    # one-sided: 96 of 100 has .9108, 95 of 100 has .8977
    assert RECOVERY.judge(tally(96, 100)).status == "in tolerance"
    assert RECOVERY.judge(tally(95, 100)).status == "undecided"
    assert RECOVERY.judge(tally(80, 100)).status == "out of tolerance"


def test_false_alarms_are_judged_by_the_upper_limit():
    assert Share(high=0.05).judge(tally(20, 1000)).status == "in tolerance"
    assert Share(high=0.05).judge(tally(40, 1000)).status == "undecided"
    assert Share(high=0.05).judge(tally(100, 1000)).status == "out of tolerance"


def test_of_several_columns_the_worst_one_counts():
    both = Tally(repetitions=2000, sums=(1900.0, 1700.0), largest=(1e-9, 3e-2))
    assert COVERAGE.judge(both, (0, 1)).value == 0.85
    assert Share(high=0.96).judge(both, (0, 1)).value == 0.95
    assert Largest(0.02).judge(both, (0, 1)).status == "out of tolerance"
    assert Largest(0.02).judge(both, (0,)).status == "in tolerance"
    assert Described().judge(both, (1,)).status == "described"


def test_tallies_of_parts_join_to_the_tally_of_the_whole():
    values = np.random.default_rng(0).normal(size=(30, 3))
    joined = Tally.joined([Tally.of(values[:7]), Tally.of(values[7:])])
    assert joined.repetitions == 30
    assert joined.sums == pytest.approx(values.sum(axis=0))
    assert joined.largest == pytest.approx(np.abs(values).max(axis=0))


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (COVERAGE, "0.93 to 0.97"),
        (conservative(0.93), "at least 0.93"),
        (Share(high=0.05), "at most 0.05"),
        (Largest(1e-6), "at most 1e-06"),
    ],
)
def test_a_rule_says_its_tolerance(rule, words):
    assert rule.words == words
