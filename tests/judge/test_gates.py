import math

import pytest

from auditor.errors import AuditError
from auditor.evidence.results import Curve, Estimate, Interval, NotEvaluated, Samples
from auditor.judge import check_names, exit_status, judge
from auditor.judge.outcome import outcome, rows_to_decide, shown
from auditor.plan import AuditPlan


def plan_with(*gates):
    return AuditPlan.model_validate(
        {
            "name": "p",
            "model": {"name": "m", "factory": "f:m", "classes": ["cat", "dog"]},
            "data": {"name": "d", "factory": "f:d"},
            "methods": [{"name": "integrated_gradients"}, {"name": "saliency"}],
            "primary": {"method": "integrated_gradients", "fill": "mean"},
            "gates": gates,
        }
    )


def estimate(name="accuracy", value=0.95, low=0.93, high=0.97, *, rows=500, how="Wilson, n = 500", unit="fraction", **where):
    where = {key.rstrip("_"): text for key, text in where.items()}
    samples = Samples(rows=rows, units=rows, population="all evaluated rows")
    interval = None if low is None else Interval(low=low, high=high, how=how)
    why = "" if interval else "biased upwards"
    return Estimate(name=name, slice=where, unit=unit, samples=samples, value=value, interval=interval, no_interval=why)


def status(gate, result):
    (finding,) = judge(plan_with({"result": result.name, **gate}), [result])
    return finding.status


TRUTH = [
    # low, high, at_least, at_most, status                 bounds are inclusive
    (0.93, 0.97, 0.93, None, "met"),
    (0.93, 0.97, 0.92, None, "met"),
    (0.93, 0.97, 0.9300001, None, "inconclusive"),
    (0.93, 0.97, 0.97, None, "inconclusive"),  # one point, 0.97, satisfies it
    (0.93, 0.97, 0.9700001, None, "not met"),
    (0.93, 0.97, None, 0.97, "met"),
    (0.93, 0.97, None, 0.98, "met"),
    (0.93, 0.97, None, 0.9699999, "inconclusive"),
    (0.93, 0.97, None, 0.93, "inconclusive"),
    (0.93, 0.97, None, 0.9299999, "not met"),
    (0.93, 0.97, 0.93, 0.97, "met"),
    (0.93, 0.97, 0.90, 0.95, "inconclusive"),
    (0.93, 0.97, 0.98, 0.99, "not met"),
    (0.93, 0.97, 0.10, 0.20, "not met"),
    (-0.02, 0.01, -0.02, 0.02, "met"),
    (-0.02, 0.01, None, 0.0, "inconclusive"),
]


@pytest.mark.parametrize(("low", "high", "at_least", "at_most", "expected"), TRUTH)
def test_the_whole_interval_decides(low, high, at_least, at_most, expected):
    bounds = {key: value for key, value in (("at_least", at_least), ("at_most", at_most)) if value is not None}
    assert status(bounds, estimate(value=(low + high) / 2, low=low, high=high)) == expected


@pytest.mark.parametrize(("low", "high", "at_least", "at_most", "expected"), TRUTH)
def test_the_outcome_is_what_a_walk_along_the_interval_finds(low, high, at_least, at_most, expected):
    points = [low + (high - low) * k / 1000 for k in range(1000)] + [high]
    fits = [(at_least is None or point >= at_least) and (at_most is None or point <= at_most) for point in points]
    walked = "met" if all(fits) else "inconclusive" if any(fits) else "not met"
    assert outcome(low, high, at_least, at_most) == walked == expected


def test_a_difference_is_told_in_points_as_the_pages_print_it():
    result = estimate("overconfidence", 0.094, 0.065, 0.128, how="BCa")
    (finding,) = judge(plan_with({"result": "overconfidence", "at_most": 0.03}), [result])
    told = finding.statement.replace("\u00a0", " ")
    assert told.startswith(
        "Overconfidence is 9.4 pt (95 % interval 6.5 pt to 12.8 pt); the bound set beforehand is at most 3 pt."
    )


def test_a_point_gate_ignores_the_interval_and_prints_its_reason():
    gate = {"result": "accuracy", "at_least": 0.94, "decide": "point", "reason": "comparison with the pilot"}
    (finding,) = judge(plan_with(gate), [estimate()])
    assert finding.status == "met"
    assert finding.decided_on == "the point value: comparison with the pilot"
    gate = gate | {"at_least": 0.96}
    assert judge(plan_with(gate), [estimate()])[0].status == "not met"


def test_counts_decide_by_value():
    rows = estimate("excluded_rows", 3, None, None, unit="count")
    assert status({"at_most": 3}, rows) == "met"
    assert status({"at_most": 2}, rows) == "not met"


@pytest.mark.parametrize("decide", [{}, {"decide": "point", "reason": "habit"}])
def test_a_result_without_an_interval_is_not_evaluated(decide):
    result = estimate("expected_calibration_error", 0.02, None, None)
    assert status({"at_most": 0.1, **decide}, result) == "not evaluated"


def test_a_gap_is_not_evaluated_and_gives_its_reason():
    gap = NotEvaluated(name="accuracy", reason="too few samples: 9 rows, at least 10 are needed")
    (finding,) = judge(plan_with({"result": "accuracy", "at_least": 0.5}), [gap])
    assert finding.status == "not evaluated"
    assert "9 rows, at least 10 are needed" in finding.statement
    assert finding.next_step.startswith("Evaluate more samples")
    assert finding.value is None


def test_a_proportion_of_fewer_than_thirty_rows_decides_no_gate():
    assert status({"at_least": 0.1}, estimate("recall", rows=29, class_="cat")) == "not evaluated"
    assert status({"at_least": 0.1}, estimate("recall", rows=30, class_="cat")) == "met"
    assert status({"at_least": 0.1}, estimate("log_loss", rows=29, how="Student t")) == "met"


def test_what_a_gate_leaves_open_is_the_primary_analysis():
    def one(method, fill, low):
        return estimate("normalised_margin", 0.5, low, 0.6, how="BCa", method=method, fill=fill)

    results = [
        one("saliency", "mean", 0.1),
        one("integrated_gradients", "zeros", 0.2),
        one("integrated_gradients", "mean", 0.4),
    ]
    gate = {"result": "normalised_margin", "at_least": 0.3}
    assert judge(plan_with(gate), results)[0].results[0][1] == {"method": "integrated_gradients", "fill": "mean"}
    gate["slice"] = {"method": "saliency"}
    assert judge(plan_with(gate), results)[0].status == "inconclusive"


@pytest.mark.parametrize(
    ("gate", "says"),
    [
        ({"result": "acuracy", "at_least": 0.9}, "did you mean `accuracy`?"),
        ({"result": "accuracy", "at_least": 0.9, "slice": {"class": "dgo"}}, "did you mean `dog`?"),
        ({"result": "accuracy", "at_least": 0.9, "slice": {"method": "salency"}}, "did you mean `saliency`?"),
        ({"result": "recall", "at_least": 0.9}, "fits several results"),
        ({"result": "accuracy", "at_least": 0.9, "slice": {"group": "women"}}, "fits no result"),
        ({"result": "deletion_curve", "at_least": 0.9}, "is a curve, not a number"),
        ({"result": "accuracy"}, "has no bound"),
        ({"result": "accuracy", "at_least": 0.9, "at_most": 0.8}, "nothing satisfies both bounds"),
        ({"result": "accuracy", "at_least": 0.9, "decide": "point"}, "without a reason"),
    ],
)
def test_a_gate_that_means_nothing_is_an_error_the_user_can_repair(gate, says):
    samples = Samples(rows=90, units=90, population="all")
    curve = Curve(name="deletion_curve", unit="probability", samples=samples, x=(0.0,), y=(1.0,), x_name="removed")
    results = [estimate(), estimate("recall", class_="cat"), estimate("recall", group="women"), curve]
    with pytest.raises(AuditError) as error:
        judge(plan_with(gate), results)
    assert says in str(error.value)


def test_mistakes_are_found_before_anything_is_run_and_all_at_once():
    gates = [{"result": "acuracy", "at_least": 0.9}, {"result": "f1", "slice": {"class": "bird"}}]
    mistakes = check_names(plan_with(*gates), ["accuracy", "f1"])
    assert [mistake.message for mistake in mistakes] == [
        "Gate 1: unknown result.",
        "Gate 2 on f1 has no bound.",
        "Gate 2: unknown class.",
    ]
    assert check_names(plan_with({"result": "accuracy", "at_least": 0.9}), ["accuracy"]) == []


def test_an_inconclusive_gate_says_how_many_samples_would_decide_it():
    (finding,) = judge(plan_with({"result": "accuracy", "at_least": 0.94}), [estimate()])
    assert finding.status == "inconclusive"
    # the lower limit is .02 away, the bound .01: half the width needs four times the rows
    assert finding.next_step == "If the value stays as it is, about 2,000 samples would decide it (now 500)."
    assert finding.statement == (
        "Accuracy is 95\u00a0% (95\u00a0% interval 93\u00a0% to 97\u00a0%); the bound set beforehand is at least 94\u00a0%. "
        "The interval reaches across the bound, so these data do not decide."
    )


def test_a_value_on_its_bound_is_not_promised_a_decision():
    assert rows_to_decide(0.9, 0.8, 0.95, 0.9, 100) is None
    (finding,) = judge(plan_with({"result": "accuracy", "at_least": 0.95}), [estimate()])
    assert finding.next_step.startswith("The value lies on the bound")


def test_the_rows_that_decide_bring_the_limit_to_the_bound():
    for value, low, high, bound in ((0.9, 0.8, 0.96, 0.87), (0.3, 0.2, 0.41, 0.38)):
        rows = rows_to_decide(value, low, high, bound, 400)
        reach = (value - low if value > bound else high - value) * math.sqrt(400 / rows)
        assert reach <= abs(value - bound)
        assert rows <= 1.2 * 400 * ((value - low if value > bound else high - value) / (value - bound)) ** 2


def test_numbers_in_sentences_carry_their_unit():
    assert shown(-0.0123, "fraction") == "\u22121.23\u00a0%"
    assert shown(0.25, "nats") == "0.25\u00a0nats"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ([], 0),
        (["met", "met"], 0),
        (["met", "inconclusive"], 3),
        (["not evaluated"], 3),
        (["inconclusive", "not met", "met"], 1),
    ],
)
def test_the_exit_status_is_that_of_the_worst_gate(words, code):
    results = {
        "met": estimate("accuracy"),
        "inconclusive": estimate("f1", 0.5, 0.1, 0.9),
        "not met": estimate("recall", 0.1, 0.05, 0.2),
        "not evaluated": estimate("brier_score", 0.1, None, None),
    }
    gates = [{"result": results[word].name, "at_least": 0.5} for word in words]
    findings = judge(plan_with(*gates), list(results.values()))
    assert [finding.status for finding in findings] == words
    assert exit_status(findings) == code
