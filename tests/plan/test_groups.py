"""Intersections and the operating point: what is accepted, and every mistake told."""

from __future__ import annotations

import pytest

from auditor.plan import AuditPlan
from auditor.plan.digest import evidence_part
from auditor.plan.read import load_plan
from tests.plan.a_plan import GOOD, only, with_line, written

POINT = "operating_point: {class: 7, threshold: 0.3, costs: {false_positive: 1, false_negative: 5}}"
CROSSED = "groups: [sex, race]\nintersections: [[sex, race]]"


def test_the_operating_point_names_its_class_and_survives_being_stored(tmp_path):
    plan = load_plan(written(tmp_path, with_line(POINT))).plan
    assert plan.operating_point.positive == "7" and plan.operating_point.threshold == 0.3
    assert plan.operating_point.costs.false_negative == 5
    assert AuditPlan.model_validate(plan.model_dump(mode="json")) == plan


def test_plans_without_the_new_keys_keep_their_digest(tmp_path):
    assert not {"operating_point", "intersections"} & set(evidence_part(load_plan(written(tmp_path, GOOD)).plan))


def test_intersections_are_of_declared_groups(tmp_path):
    assert load_plan(written(tmp_path, with_line(CROSSED))).plan.intersections == (("sex", "race"),)


@pytest.mark.parametrize(
    ("line", "message", "part"),
    [
        (POINT.replace("class: 7", "class: yess"), "`yess` is not one of `model.classes`", "yes"),
        (POINT.replace("0.3", "30"), "`operating_point.threshold` has a value", "at most 1"),
        (POINT.replace("class: 7, ", ""), "`operating_point.class` is missing", "class"),
        (POINT.replace("positive: 1", "positive: 0").replace("negative: 5", "negative: 0"), "Both costs are 0", "delete"),
        (POINT.replace("positive: 1", "positive: -1"), "`operating_point.costs.false_positive` has a value", "at least 0"),
        (CROSSED.replace("[[sex, race]]", "[[sex, rase]]"), "`rase` is not one of the plan's `groups`", "race"),
        (CROSSED.replace("[[sex, race]]", "[[sex, sex]]"), "An intersection names a column twice", "once"),
        (CROSSED.replace("[[sex, race]]", "[[sex, race], [race, sex]]"), "An intersection is listed twice", "once"),
        (CROSSED.replace("[[sex, race]]", "[[sex]]"), "`intersections.0` has a value", "at least 2"),
    ],
)
def test_a_mistake_is_told_with_what_to_write_instead(tmp_path, line, message, part):
    mistake = only(tmp_path, with_line(line))
    assert message in mistake.message and part in f"{mistake.expected} {mistake.fix}"


def test_intersections_without_groups_say_so(tmp_path):
    from tests.plan.a_plan import mistakes

    found = mistakes(tmp_path, with_line("intersections: [[sex, race]]"))
    assert {mistake.message.split(": ", 1)[1] for mistake in found} == {
        "An intersection needs groups, and the plan lists none."
    }
