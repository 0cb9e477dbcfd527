"""The flat mapping that trackers receive."""

from __future__ import annotations

import math
import re

from hypothesis import given
from hypothesis import strategies as st

from auditor.evidence.results import Estimate, NotEvaluated
from auditor.publish.metrics import curves, gaps, key, metrics

WORDS = st.text(max_size=30)


def test_an_estimate_is_there_with_both_limits_and_under_its_slice(run):
    found = metrics(run.report)
    assert found["accuracy"] == 0.9912
    assert (found["accuracy_ci_low"], found["accuracy_ci_high"]) == (0.9912 - 0.0027, 0.9912 + 0.0027)
    recall = next(r for r in run.report.results if r.name == "recall" and r.slice == {"class": "3"})
    assert found["recall.class.3"] == recall.value
    assert "deletion_auc.fill.mean.method.saliency" in found


def test_every_estimate_is_there_once_and_nothing_else_but_counts(run):
    estimates = [r for r in run.report.results if isinstance(r, Estimate)]
    limits = sum(2 for r in estimates if r.interval)
    counts = {"gates.met", "gates.not_met", "gates.inconclusive", "gates.not_evaluated", "results.not_evaluated"}
    found = metrics(run.report)
    assert len(found) == len(estimates) + limits + len(counts)
    assert [found[name] for name in sorted(counts)] == [
        1,
        1,
        1,
        1,
        sum(isinstance(r, NotEvaluated) for r in run.report.results),
    ]
    assert all(isinstance(value, float) and math.isfinite(value) for value in found.values())


def test_a_gap_has_a_reason_and_no_number(run):
    assert gaps(run.report)["group_difference"] == "no groups are declared"
    assert not set(gaps(run.report)) & metrics(run.report).keys()


def test_curves_are_found_by_the_same_keys(run):
    assert curves(run.report)["deletion_curve.control.random.fill.mean"].y[0] == 0.98


@given(name=WORDS, by=st.dictionaries(WORDS, WORDS, max_size=3), other=st.dictionaries(WORDS, WORDS, max_size=3))
def test_every_key_suits_every_tracker_and_different_slices_differ(name, by, other):
    assert re.fullmatch(r"[A-Za-z0-9_.\-]{0,230}", key(name, by))
    assert (key(name, by) == key(name, other)) == (by == other)
