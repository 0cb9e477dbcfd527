"""The rule under `samples`."""

import pytest

from auditor.errors import PlanMistakes
from auditor.plan.fields import Sequential
from auditor.plan.read import check_plan

PLAN = {
    "name": "rule",
    "model": {"name": "m", "factory": "a:b", "classes": ["x", "y"]},
    "data": {"name": "d", "path": "d.npz", "modality": "image"},
    "methods": ["saliency", "integrated_gradients"],
}


def mistakes(**rule):
    with pytest.raises(PlanMistakes) as refused:
        check_plan({**PLAN, "samples": rule})
    return str(refused.value)


def test_a_number_stays_a_number_and_a_mapping_is_a_rule():
    assert check_plan({**PLAN, "samples": 40}).samples == 40
    assert check_plan(PLAN).samples == 500
    rule = check_plan({**PLAN, "samples": {"half_width": 0.02}}).samples
    assert rule == Sequential(half_width=0.02, result="faithfulness_margin", looks=6, most=None)


@pytest.mark.parametrize(
    ("rule", "rows", "sizes"),
    [
        ({}, 10_000, (120, 240, 480, 960, 1920, 3840)),
        ({}, 500, (120, 240, 480, 500)),
        ({"looks": 3}, 10_000, (120, 240, 480)),
        ({"most": 300}, 10_000, (120, 240, 300)),
        ({"most": 120}, 10_000, (120,)),
        ({}, 100, (100,)),
    ],
)
def test_each_look_has_twice_the_cases_of_the_one_before_up_to_what_there_is(rule, rows, sizes):
    assert Sequential(half_width=0.1, **rule).sizes(120, rows) == sizes


def test_mistakes_in_a_rule_are_told_of_the_rule_and_not_of_the_number():
    said = mistakes(half_width=0, look=7, result="margin")
    assert "`samples.half_width` has a value that cannot be used" in said and "did you mean `looks`?" in said
    assert "`faithfulness_margin`, `normalised_margin`" in said
    assert "whole number" not in said
    assert "at most 6" in mistakes(half_width=0.1, looks=7)
    assert "`samples.half_width` is missing" in mistakes(looks=2)


def test_a_rule_looks_at_a_method_and_a_fill_that_have_curves():
    assert "the method `occlusion`, which has no curves in this audit" in mistakes(half_width=0.1, method="occlusion")
    assert "one of `fills`: mean" in mistakes(half_width=0.1, fill="blur")


def test_a_width_that_every_interval_has_is_refused_where_the_result_has_a_range():
    assert "the first look would always be the last" in mistakes(half_width=1)
    assert "half of its range 0 to 1" in mistakes(half_width=0.5, result="beats_random_share")
    logit = {**PLAN, "primary": {"score": "logit"}, "samples": {"half_width": 3}}
    assert check_plan(logit).samples.half_width == 3


def test_neither_a_word_nor_a_truth_value_is_a_number_of_samples():
    for given, said in (("many", "for example `samples: 500`"), (True, "`samples` is a truth value"), (0, "at least 1")):
        with pytest.raises(PlanMistakes) as refused:
            check_plan({**PLAN, "samples": given})
        assert said in str(refused.value)
