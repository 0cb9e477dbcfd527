"""Gates on the worst of several slices, at the simultaneous level, and waivers, which change no status word."""

from __future__ import annotations

import datetime

import pytest

from auditor.errors import AuditError, PlanMistakes
from auditor.evidence.results import NotEvaluated
from auditor.judge import check_names, exit_status, judge
from auditor.measure.statistics.wilson import wilson
from auditor.plan import AuditPlan
from auditor.plan.read import check_plan
from auditor.publish.gate_outcomes import fingerprint, gate_name
from tests.judge.test_gates import estimate, plan_with


def recall(hits: int, rows: int, name: str):
    low, high = wilson(hits / rows, rows)
    return estimate("recall", hits / rows, low, high, rows=rows, how=f"Wilson, n = {rows}", class_=name)


def judged(gate, *results):
    return judge(plan_with({"result": "recall", **gate}), list(results))[0]


def test_a_gate_without_a_class_means_the_worst_class_at_the_simultaneous_level():
    cat, dog = recall(190, 200, "cat"), recall(180, 200, "dog")
    found = judged({"at_least": 0.8}, cat, dog)
    assert found.results == (("recall", {"class": "dog"}), ("recall", {"class": "cat"}))
    assert (found.low, found.high) == pytest.approx(wilson(0.9, 200, 0.975))
    assert found.status == "met" and found.statement.startswith("Worst of 2 (class): Recall (class dog) is 90")
    assert judged({"at_least": 0.8, "slice": {"class": "worst"}}, cat, dog) == found
    low = wilson(0.9, 200)[0]
    assert wilson(0.9, 200, 0.975)[0] < low  # decided alone it would be met
    assert judged({"at_least": low}, cat, dog).status == "inconclusive"
    assert judged({"at_least": low, "slice": {"class": "dog"}}, cat, dog).status == "met"


def test_an_upper_bound_looks_at_the_largest_value():
    cat, dog = recall(20, 200, "cat"), recall(60, 200, "dog")
    assert judged({"at_most": 0.2}, cat, dog).value == 0.3
    assert judged({"at_most": 0.2}, cat, dog).status == "not met"


def test_a_class_that_was_not_evaluated_keeps_the_worst_from_being_met():
    gap = NotEvaluated(name="recall", slice={"class": "dog"}, reason="too few samples: 4 rows, at least 10 are needed")
    found = judged({"at_least": 0.5}, recall(190, 200, "cat"), gap)
    assert found.status == "not evaluated" and "Of all: 1 not evaluated, 1 met." in found.statement
    assert judged({"at_least": 0.99}, recall(190, 200, "cat"), gap).status == "not met"


def test_a_gate_on_a_column_that_nothing_was_compared_by_says_why_and_nothing_untrue():
    reason = "many has 3,000 different values; at most 50 are compared"
    gap = NotEvaluated(name="group_counts", slice={"attribute": "many"}, reason=reason)
    where = {"attribute": "many", "class": "cat"}
    found = judged({"at_least": 0.5, "slice": where}, recall(190, 200, "cat"), gap)
    assert found.status == "not evaluated" and reason in found.statement and found.results == (("recall", where),)
    with pytest.raises(AuditError, match="fits no result"):  # of cats there are results, so that there is none is no reason
        judged({"at_least": 0.5, "slice": {"attribute": "other", "class": "cat"}}, recall(190, 200, "cat"), gap)


def test_the_result_of_all_rows_comes_before_the_worst_unless_the_worst_is_asked_for():
    whole, cat = estimate("overconfidence"), estimate("overconfidence", 0.5, 0.4, 0.6, class_="cat")
    gate = {"result": "overconfidence", "at_most": 0.98}
    assert judge(plan_with(gate), [whole, cat])[0].value == 0.95
    assert judge(plan_with({**gate, "slice": {"class": "worst"}}), [whole, cat])[0].value == 0.5
    assert check_names(plan_with({**gate, "slice": {"class": "worst"}}), ["overconfidence"]) == []


def test_methods_are_no_slices_to_choose_the_worst_from():
    found = [estimate("deletion_auc", how="BCa", method=name, fill=fill) for name in ("a", "b") for fill in ("x", "y")]
    with pytest.raises(AuditError, match="fits several results"):
        judge(plan_with({"result": "deletion_auc", "at_least": 0.1}), found)


def test_another_worst_class_is_still_the_same_gate():
    one = judged({"at_least": 0.8}, recall(190, 200, "cat"), recall(180, 200, "dog"))
    other = judged({"at_least": 0.8}, recall(170, 200, "cat"), recall(180, 200, "dog"))
    assert gate_name(one) == gate_name(other) == "recall.worst" and fingerprint(one) == fingerprint(other)


def waived(*waivers, gates=({"result": "accuracy", "at_least": 0.98}, {"result": "f1", "at_least": 0.9})):
    return AuditPlan.model_validate({**plan_with(*gates).model_dump(), "waivers": waivers})


WAIVER = {"gate": "accuracy", "approver": "A. Example, head of risk", "reason": "pilot only", "expires": "2026-12-31"}


def test_a_waiver_changes_the_exit_status_and_never_the_status_word():
    plan = waived(WAIVER)
    accuracy, f1 = judge(plan, [estimate(), estimate("f1")])
    assert (accuracy.status, accuracy.waived_by, f1.waived_by) == ("not met", "A. Example, head of risk", "")
    last = datetime.date(2026, 12, 31)
    assert exit_status([accuracy, f1], last) == 0  # its last day counts
    assert exit_status([accuracy, f1], last + datetime.timedelta(days=1)) == 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"gate": "3"}, "There is no such gate."),
        ({"gate": "acuracy"}, "did you mean `accuracy`?"),
        ({"expires": "2026-02-30"}, "no day of the calendar"),
        ({"expires": "soon"}, "expires"),
        ({"reason": ""}, "reason"),
    ],
)
def test_a_waiver_that_means_nothing_is_a_mistake_of_the_plan(change, says):
    plan = waived(WAIVER).model_dump(mode="json")
    with pytest.raises(PlanMistakes) as error:
        check_plan({**plan, "waivers": [{**WAIVER, **change}]})
    assert says in str(error.value)


def test_one_gate_has_one_waiver_and_is_named_by_its_place_where_its_result_is_not_enough():
    plan = waived(gates=({"result": "f1", "at_least": 0.9}, {"result": "f1", "at_most": 0.99})).model_dump(mode="json")
    for waivers, says in (([{**WAIVER, "gate": "f1"}], "write 1 or 2"), ([{**WAIVER, "gate": n} for n in (1, "1")], "two")):
        with pytest.raises(PlanMistakes) as error:
            check_plan({**plan, "waivers": waivers})
        assert says in str(error.value)
    assert check_plan({**plan, "waivers": [{**WAIVER, "gate": 2}]}).waivers[0].gate == "2"
