"""Criteria exactly at their bounds, and which part of a conjunction decides."""

import pytest

from auditor.evidence.results import Interval
from auditor.judge.criteria import above_zero, steady, together
from auditor.plan.fields import VerdictPlan


def interval(low, high):
    return Interval(low=low, high=high, how="a test")


@pytest.mark.parametrize(
    ("low", "high", "status"),
    [
        (1e-9, 0.1, "met"),
        (0.0, 0.1, "inconclusive"),  # a margin of exactly 0 is compatible with the data: nothing is shown
        (-0.1, 0.0, "inconclusive"),
        (-0.1, -1e-9, "not met"),
    ],
)
def test_a_margin_is_shown_only_where_nothing_of_its_interval_is_zero(low, high, status):
    assert above_zero(interval(low, high)) == status


@pytest.mark.parametrize(
    ("low", "high", "status"),
    [
        (0.75, 0.9, "met"),  # "≥ .75"
        (0.7499999, 0.9, "inconclusive"),
        (0.2, 0.40, "inconclusive"),  # "not met below .40"
        (0.2, 0.3999999, "not met"),
    ],
)
def test_stability_is_met_from_its_bound_on_and_not_met_below_the_other(low, high, status):
    assert steady(interval(low, high), VerdictPlan()) == status


@pytest.mark.parametrize(
    ("statuses", "decides"),
    [
        (("met", "inconclusive", "not evaluated", "not met"), "not met"),
        (("met", "inconclusive", "not evaluated"), "not evaluated"),  # what was not tested is never hidden by what is open
        (("met", "inconclusive"), "inconclusive"),
        (("met", "not applicable"), "met"),
        (("not applicable",), "not evaluated"),
    ],
)
def test_the_worst_known_part_of_a_conjunction_decides(statuses, decides):
    assert together(statuses) == together(tuple(reversed(statuses))) == decides
