"""Gates in a plan: bounds nothing can meet and names nobody knows are mistakes before anything runs."""

from __future__ import annotations

import pytest

from auditor.plan.read import load_plan
from tests.plan.a_plan import GOOD, only, written


@pytest.mark.parametrize(
    ("gate", "message"),
    [
        ("{result: accuracy}", "The gate on `accuracy` has no bound."),
        ("{result: accuracy, at_least: 0.9, at_most: 0.8}", "No value can meet the gate on `accuracy`."),
        ("{result: accuracy, at_least: 90}", "The bound of the gate on `accuracy` lies outside what it can be."),
        ("{result: log_loss, at_most: -1}", "The bound of the gate on `log_loss` lies outside what it can be."),
        (
            "{result: accuracy, at_least: 0.9, decide: point}",
            "The gate on `accuracy` is decided on the point value without a reason.",
        ),
        ("{result: acuracy, at_least: 0.9}", "No result is called `acuracy`."),
        ("{result: recall, slice: {clas: 7}, at_least: 0.9}", "`clas` is not something a result can be of."),
        ("{result: deletion_auc, slice: {fill: blurr}, at_most: 0.9}", "`blurr` is not a fill of this audit."),
        ("{result: feature_ranking, at_least: 0.9}", "`feature_ranking` is no number that a bound could be on."),
        ("{result: recall, slice: {class: 8}, at_least: 0.9}", "`8` is not one of `model.classes`."),
        ("{result: deletion_auc, slice: {method: saliency}, at_most: 0.9}", "`saliency` is not one of the plan's `methods`."),
        ("{result: accuracy, at_least: high}", "`gates.1.at_least` has a value that cannot be used."),
    ],
)
def test_a_gate_that_nothing_can_meet_or_nobody_can_read_is_a_mistake(tmp_path, gate, message):
    assert only(tmp_path, GOOD + f"  - {gate}\n").message == f"line 18: {message}"


def test_a_percentage_as_bound_is_answered_with_the_fraction(tmp_path):
    assert only(tmp_path, GOOD.replace("0.9", "97.5")).fix == "write a fraction: 0.975, not 97.5"


def test_results_of_measures_this_reader_does_not_know_may_be_gated(tmp_path):
    text = GOOD + "".join(
        f"  - {{result: {name}, at_least: 3}}\n" for name in ("top_5_accuracy", "my_own_figure", "macro_gain")
    )
    assert len(load_plan(written(tmp_path, text)).plan.gates) == 4


def test_bounds_on_logit_scores_are_not_held_to_the_range_of_probabilities(tmp_path):
    gate = "  - {result: deletion_auc, at_most: 7}\n"
    assert load_plan(written(tmp_path, GOOD + gate + "primary: {score: logit}\n")).plan.gates[1].at_most == 7
    assert "lies outside" in only(tmp_path, GOOD + gate).message


def test_equal_bounds_ask_for_one_value_and_are_no_contradiction(tmp_path):
    gates = load_plan(written(tmp_path, GOOD + "  - {result: recall, at_least: 1, at_most: 1}\n")).plan.gates
    assert (gates[1].at_least, gates[1].at_most) == (1, 1)


def test_a_gate_on_groups_of_a_column_the_plan_does_not_declare_is_told_before_the_run(tmp_path):
    gate = "  - {result: accuracy, slice: {attribute: sexx}, at_least: 0.5}\n"
    told = only(tmp_path, GOOD + gate)
    assert "`sexx` is not one of the plan's `groups`" in told.message and told.fix == "declare it: `groups: [sexx]`"
    declared = GOOD + gate.replace("sexx", "sex × age") + gate + "groups: [sex, age]\nintersections: [[sex, age]]\n"
    assert only(tmp_path, declared).fix == "did you mean `sex`?"
