"""Paired differences of ROC AUC, average precision and the rates of a decision, beside slow definitions and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm
from sklearn import metrics

from auditor.measure._changes.pairs import pair
from auditor.measure._changes.performance import performance_changes
from auditor.measure._changes.separation import paired_interval
from auditor.measure.statistics.design import RowDesign
from auditor.measure.statistics.separation import roc_auc
from tests.measure.grouped import write_grouped
from tests.measure.synthetic import replace_table
from tests.measure.test_changes import audit

POINT = {"class": "granted", "threshold": 0.4}


def noisier(made, run, seed, **extra):
    """The same rows, other scores."""
    other = write_grouped(run, len(made.label), inputs=False, **extra)
    rows = other.study().reader.table("predictions").to_pylist()
    generator = np.random.default_rng(seed)
    for row in rows:
        row["logits"] = [row["logits"][0], row["logits"][1] + float(generator.normal(0, 1.0))]
    replace_table(run, "predictions", rows)
    samples = other.study().reader.table("samples").to_pylist()
    said = {row["sample_id"]: int(np.argmax(row["logits"])) for row in rows}
    for row in samples:
        row["predicted"] = said[row["sample_id"]]
    replace_table(run, "samples", samples)


def paired(folder, **extra):
    made = write_grouped(folder / "old", 500, inputs=False, operating_point=POINT, **extra)
    noisier(made, folder / "new", 3, operating_point=POINT, **extra)
    return pair(audit(folder / "old"), audit(folder / "new"))


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    return paired(tmp_path_factory.mktemp("separation"))


def scores(pairs):
    return [side.logits[:, 1].astype(float) - side.logits[:, 0] for side in (pairs.old, pairs.new)], pairs.new.label == 1


def changes(pairs):
    return {(c.name, *sorted(c.slice.items())): c for c in performance_changes(pairs)}


def delong(score, other, positive):
    """Variance of the difference of two correlated areas, by every pair of rows: DeLong et al., 1988, equations 3 to 5."""
    kernels = []
    for one in (score, other):
        x, y = one[positive], one[~positive]
        kernels.append((x[:, None] > y) + 0.5 * (x[:, None] == y))
    gap = kernels[1] - kernels[0]
    by_positive, by_negative = gap.mean(axis=1), gap.mean(axis=0)
    return gap.mean(), by_positive.var(ddof=1) / len(by_positive) + by_negative.var(ddof=1) / len(by_negative)


def test_the_difference_of_two_areas_has_delongs_paired_variance(pairs):
    (old, new), positive = scores(pairs)
    value, variance = delong(old, new, positive)
    found = changes(pairs)["roc_auc",]
    assert found.difference.value == pytest.approx(value)
    assert (found.old, found.new) == pytest.approx([metrics.roc_auc_score(positive, s) for s in (old, new)])
    half = norm.ppf(0.975) * np.sqrt(variance)
    assert found.difference.interval.high - found.difference.interval.low == pytest.approx(2 * half, rel=0.01)


def test_average_precision_is_scikit_learns_and_spreads_as_resampled_rows_do(pairs):
    (old, new), positive = scores(pairs)
    found = changes(pairs)["average_precision", ("class", "granted")]
    expected = [metrics.average_precision_score(positive, s) for s in (old, new)]
    assert (found.old, found.new) == pytest.approx(expected)
    generator, drawn = np.random.default_rng(0), []
    for _ in range(600):
        rows = generator.integers(0, len(old), len(old))
        first, second = (metrics.average_precision_score(positive[rows], s[rows]) for s in (old, new))
        drawn.append(second - first)
    width = found.difference.interval.high - found.difference.interval.low
    assert width / (2 * norm.ppf(0.975)) == pytest.approx(np.std(drawn), rel=0.12)


def test_rates_of_a_decision_are_those_of_their_rows(pairs):
    (_, _), positive = scores(pairs)
    found = changes(pairs)
    for frame, of in ((pairs.old, "old"), (pairs.new, "new")):
        said = frame.predicted == 1
        assert getattr(found["specificity", ("class", "granted")], of) == pytest.approx((~said[~positive]).mean())
        called = 1 / (1 + np.exp(frame.logits[:, 0].astype(float) - frame.logits[:, 1])) >= 0.4
        where = (("class", "granted"), ("threshold", "0.4"))
        expected = {
            "recall": called[positive].mean(),
            "specificity": (~called[~positive]).mean(),
            "precision": positive[called].mean(),
            "negative_predictive_value": (~positive[~called]).mean(),
        }
        for name, value in expected.items():
            assert getattr(found[name, *where], of) == pytest.approx(value), name


def test_rows_of_one_unit_count_together(tmp_path, pairs):
    clustered = paired(tmp_path, unit_size=5)
    one, five = (changes(p)["roc_auc",].difference for p in (pairs, clustered))
    assert one.value == pytest.approx(five.value) and five.samples.units == 100
    assert one.interval.low != five.interval.low
    (old, new), positive = scores(clustered)
    units, generator, drawn = clustered.new.unit, np.random.default_rng(0), []
    members = [np.flatnonzero(units == u) for u in np.unique(units)]
    for _ in range(400):
        rows = np.concatenate([members[u] for u in generator.integers(0, len(members), len(members))])
        drawn.append(np.diff([metrics.roc_auc_score(positive[rows], s[rows]) for s in (old, new)])[0])
    width = five.interval.high - five.interval.low
    assert width / (2 * norm.ppf(0.975)) == pytest.approx(np.std(drawn), rel=0.15)


def test_the_interval_stays_within_what_a_difference_can_be():
    score, positive = np.arange(60.0), np.arange(60) >= 50
    _, psi = roc_auc(np.random.default_rng(0).permutation(60).astype(float), positive, np.ones(60))
    design = RowDesign(np.zeros(60, dtype=np.int64), np.array([[60]]))
    found = paired_interval(design, 0.99, 20 * psi)
    assert found.high == 1.0 and found.low >= -1.0 and score.max() == 59
    assert "ordered alike" in paired_interval(design, 0.0, np.zeros(60)).reason
