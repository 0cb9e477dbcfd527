"""Results by group against masks, scikit-learn and fairlearn; small, missing, single and too many groups."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn import metrics

from auditor.evidence.results import Estimate, NotEvaluated
from auditor.measure import known_names
from auditor.measure._group_cells import withheld
from auditor.measure.groups import measure
from tests.measure.grouped import write_grouped

GRANTED = {"class": "granted"}


def found_in(results):
    return {(one.name, *sorted(one.slice.items())): one for one in results}


def key(name, **where):
    where = {name.rstrip("_"): text for name, text in where.items()}
    return (name, *sorted(where.items()))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return write_grouped(tmp_path_factory.mktemp("groups"), selected=200, intersections=[["sex", "band"]], examples="full")


@pytest.fixture(scope="module")
def results(made):
    return found_in(measure(made.study()))


def test_every_result_by_group_is_the_one_of_its_rows_alone(made, results):
    for column, values in made.groups.items():
        for group in np.unique(values):
            own = values == group
            label, said = made.label[own], made.predicted[own]
            where = {"attribute": column, "group": group}
            expected = {
                "accuracy": metrics.accuracy_score(label, said),
                "balanced_accuracy": metrics.balanced_accuracy_score(label, said),
                "macro_f1": metrics.f1_score(label, said, average="macro"),
                "log_loss": metrics.log_loss(label, made.score[own]),
                "roc_auc": metrics.roc_auc_score(label, made.score[own]),
            }
            for name, value in expected.items():
                assert results[key(name, **where)].value == pytest.approx(value), (name, group)
            where |= GRANTED
            assert results[key("selection_rate", **where)].value == pytest.approx(said.mean())
            assert results[key("recall", **where)].value == pytest.approx(metrics.recall_score(label, said))
            assert results[key("precision", **where)].value == pytest.approx(metrics.precision_score(label, said))
            assert results[key("false_positive_rate", **where)].value == pytest.approx(said[label == 0].mean())


@pytest.mark.filterwarnings("ignore")
def test_differences_and_ratios_are_fairlearns(made, results):
    fairlearn = pytest.importorskip("fairlearn.metrics")
    measured = {
        "selection_rate": fairlearn.selection_rate,
        "recall": fairlearn.true_positive_rate,
        "false_positive_rate": fairlearn.false_positive_rate,
    }
    for column, values in made.groups.items():
        frame = fairlearn.MetricFrame(metrics=measured, y_true=made.label, y_pred=made.predicted, sensitive_features=values)
        for of in measured:
            where = {"attribute": column, **GRANTED}
            gap = results[key("group_difference", **where, of=of)].value
            assert gap == pytest.approx(frame.difference(method="between_groups")[of])
            ratio = key("impact_ratio", **where) if of == "selection_rate" else key("group_ratio", **where, of=of)
            assert results[ratio].value == pytest.approx(frame.ratio(method="between_groups")[of])
        parity = fairlearn.demographic_parity_difference(made.label, made.predicted, sensitive_features=values)
        assert results[key("group_difference", attribute=column, of="selection_rate", **GRANTED)].value == pytest.approx(parity)


def test_the_ends_that_are_named_are_the_highest_and_the_lowest_group(made, results):
    rate = {group: made.predicted[made.groups["sex"] == group].mean() for group in ("A", "B")}
    high, low = ("A", "B") if rate["A"] > rate["B"] else ("B", "A")
    notes = results[key("group_difference", attribute="sex", of="selection_rate", **GRANTED)].notes
    assert notes[0] == f"Highest: {high}; lowest: {low}."
    assert results[key("impact_ratio", attribute="sex", **GRANTED)].notes[0] == f"Lowest share: {low}; highest: {high}."


def test_the_worst_group_is_the_lowest_of_all_columns_with_a_wider_interval_than_its_own(made, results):
    worst = results[key("worst_group")]
    shares = {one.value for name, one in results.items() if name[0] == "accuracy" and isinstance(one, Estimate)}
    assert worst.value == pytest.approx(min(shares))
    own = next(one for name, one in results.items() if name[0] == "accuracy" and getattr(one, "value", 9) == worst.value)
    assert (worst.samples.rows, worst.samples.units) == (own.samples.rows, own.samples.units)
    assert worst.interval.low < own.interval.low and worst.interval.high <= own.interval.high + 0.1


def test_an_intersection_holds_the_rows_of_both_columns(made, results):
    own = (made.groups["sex"] == "A") & (made.groups["band"] == "old")
    one = results[key("accuracy", attribute="sex × band", group="A, old")]
    assert one.value == pytest.approx((made.label == made.predicted)[own].mean()) and one.samples.rows == own.sum()


def test_every_estimate_lies_in_its_interval_and_every_new_name_is_known(results):
    known = known_names()
    for one in results.values():
        assert one.name in known
        if isinstance(one, Estimate) and one.interval:
            assert one.interval.low <= one.value <= one.interval.high


def test_margins_of_a_group_rest_on_its_own_cases(made, results):
    study = made.study()
    margins = [one for name, one in results.items() if name[0] == "normalised_margin" and one.slice["attribute"] == "sex"]
    assert len(margins) == 2
    for one in margins:
        own = study.frame.selected & (made.groups["sex"] == one.slice["group"])
        assert one.samples.rows == own.sum() and one.slice["method"] == "integrated_gradients"
        assert one.interval.low <= one.value <= one.interval.high


def test_rows_without_a_value_are_a_group_of_their_own(tmp_path):
    values = ["A"] * 120 + ["B"] * 120 + [""] * 60
    run = write_grouped(tmp_path, 300, groups={"sex": values}, inputs=False)
    found = found_in(measure(run.study()))
    assert [row[:2] for row in found[key("group_counts", attribute="sex")].rows] == [("A", 120), ("B", 120), ("not stated", 60)]
    assert found[key("accuracy", attribute="sex", group="not stated")].samples.rows == 60


def test_a_small_group_is_named_and_not_evaluated_where_examples_are_full(tmp_path):
    values = ["A"] * 150 + ["B"] * 141 + ["C"] * 9
    found = found_in(measure(write_grouped(tmp_path, 300, groups={"sex": values}, inputs=False, examples="full").study()))
    gap = found[key("accuracy", attribute="sex", group="C")]
    assert isinstance(gap, NotEvaluated) and gap.reason == "too few samples: 9 rows in the group, at least 30 are needed"
    assert "Left out: C" in " ".join(found[key("group_difference", attribute="sex", of="accuracy")].notes)


def test_a_tiny_group_is_withheld_together_with_one_that_would_give_it_away(tmp_path):
    values = ["A"] * 150 + ["B"] * 90 + ["C"] * 56 + ["D"] * 4
    found = found_in(measure(write_grouped(tmp_path, 300, groups={"sex": values}, inputs=False, examples="full").study()))
    told = {row[0]: row[1:] for row in found[key("group_counts", attribute="sex")].rows}
    assert told["D"] == told["C"] == (None, None, withheld(5))
    assert told["A"][0] == 150 and told["B"][0] == 90
    gap = found[key("accuracy", attribute="sex", group="C")]
    assert gap.withheld and gap.reason == withheld(5)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (["A"] * 100, "`sex` has one value in all evaluated rows, so there is nothing to compare"),
        ([""] * 100, "no evaluated row has a value of `sex`"),
        ([str(n) for n in range(100)], "`sex` has 100 values; at most 20 are compared: put them into bands in the data"),
    ],
)
def test_a_column_that_compares_nothing_is_a_gap_with_its_reason(tmp_path, values, reason):
    found = found_in(measure(write_grouped(tmp_path, 100, groups={"sex": values}, inputs=False).study()))
    for name in ("group_counts", "group_difference", "impact_ratio", "worst_group"):
        assert found[key(name, attribute="sex")].reason == reason
    assert isinstance(found[key("worst_group")], NotEvaluated)


def test_the_operating_point_decides_for_its_class(tmp_path):
    run = write_grouped(tmp_path, 600, inputs=False, operating_point={"class": "granted", "threshold": 0.3})
    found = found_in(measure(run.study()))
    own = run.groups["sex"] == "A"
    where = {"attribute": "sex", "group": "A", "class": "granted", "threshold": "0.3"}
    assert found[key("selection_rate", **where)].value == pytest.approx((run.score[own] >= 0.3).mean())
    assert key("group_difference", attribute="sex", of="recall", threshold="0.3", **GRANTED) in found


def test_a_group_with_no_decision_for_it_makes_no_flattering_ratio(tmp_path):
    generator = np.random.default_rng(1)
    run = write_grouped(tmp_path, 300, groups={"sex": generator.choice(["A", "B", "C"], 300).tolist()}, inputs=False)
    study = run.study()
    rows = np.flatnonzero(run.groups["sex"] == "C")
    predicted = study.frame.predicted.copy()
    predicted[rows] = 0
    study.frame = replace(study.frame, predicted=predicted)
    gap = found_in(measure(study))[key("impact_ratio", attribute="sex", **GRANTED)]
    assert isinstance(gap, NotEvaluated) and "C: 0 hits, at least 5 are needed" in gap.reason


def test_without_groups_nothing_is_said(tmp_path):
    assert list(measure(write_grouped(tmp_path, 100, groups={}, inputs=False).study())) == []
