"""Gates with `equals`, and gates that contradict one another: told before anything runs."""

from __future__ import annotations

import pytest

from auditor.measure import known_names
from auditor.plan.bounds import NO_NUMBERS, RANGES
from auditor.plan.read import load_plan
from tests.plan.a_plan import GOOD, only, written

SHA = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("gate", "message"),
    [
        ("{result: model_sha256}", "The gate on `model_sha256` says no SHA-256."),
        ("{result: model_sha256, equals: abc}", "The gate on `model_sha256` says no SHA-256."),
        ("{result: model_sha256, at_least: 1}", "The gate on `model_sha256` mixes `equals` with a bound, or bounds a digest."),
        ("{result: excluded_rows, equals: 0, at_most: 2}", "The gate on `excluded_rows` mixes `equals` with a bound"),
        ("{result: excluded_rows, equals: 1.5}", "The gate on `excluded_rows` equals no count."),
        ("{result: recall, equals: 1}", "The gate on `recall` asks for one exact value of something that is estimated."),
        ("{result: model_sha257, equals: abc}", "No result called `model_sha257` has one exact value."),
        ("{result: excluded_rows, at_most: -1}", "The bound of the gate on `excluded_rows` lies outside what it can be."),
        ("{result: accuracy, at_most: 0.8}", "Two gates on `accuracy` contradict each other: no value can meet both."),
        ("{result: accuracy, at_least: 0.9}", "A gate on `accuracy` is listed twice."),
    ],
)
def test_what_no_value_can_meet_is_a_mistake(tmp_path, gate, message):
    assert only(tmp_path, GOOD + f"  - {gate}\n").message.startswith(f"line 18: {message}")


@pytest.mark.parametrize(
    "gate",
    [
        f"{{result: model_sha256, equals: {SHA}}}",
        "{result: excluded_rows, equals: 0}",
        "{result: excluded_rows, at_most: 0}",
        "{result: accuracy, at_most: 0.9}",  # 0.9 itself meets both
        "{result: accuracy, at_least: 0.95}",
        "{result: accuracy, slice: {attribute: sex}, at_most: 0.1}\ngroups: [sex]",
    ],
)
def test_what_some_value_meets_is_none(tmp_path, gate):
    assert len(load_plan(written(tmp_path, GOOD + f"  - {gate}\n")).plan.gates) == 2


def test_two_bounds_that_share_one_value_are_no_contradiction_in_either_order(tmp_path):
    text = GOOD + "  - {result: recall, at_most: 0.9}\n  - {result: recall, at_least: 0.9}\n"
    assert len(load_plan(written(tmp_path, text)).plan.gates) == 3


def test_a_contradiction_names_both_bounds(tmp_path):
    found = only(tmp_path, GOOD + "  - {result: accuracy, at_least: 0.1, at_most: 0.8}\n")
    assert found.found == "at_least 0.1, at_most 0.8 here, at_least 0.9 above"


def test_every_number_a_gate_can_be_set_on_has_a_range():
    newer = {name for name in known_names() if name not in RANGES | dict.fromkeys(NO_NUMBERS)}
    assert not {name for name in newer if not name.startswith(("protocol_", "cascade", "removal_", "aopc"))}, newer
