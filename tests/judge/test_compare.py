"""Margins of a comparison: three outcomes on the whole interval; what entered, left or changed is named."""

from __future__ import annotations

import pytest
from scipy.stats import norm

from auditor.errors import AuditError
from auditor.evidence.comparison import Change
from auditor.evidence.results import Estimate, Interval, NotEvaluated, RankedFeature, Ranking, Samples
from auditor.judge.changes.facts import gate_changes, rank_changes
from auditor.judge.changes.margins import CONVENTION, exit_status, judged, read_margins, worst
from auditor.judge.simultaneous import widened
from auditor.measure.statistics.wilson import wilson
from tests.judge.test_gates import estimate


def change(low, high, *, name="accuracy", old=0.9, new=None, unit="fraction", better="higher", rows=500, equal=False, **where):
    value = 0.0 if equal else (low + high) / 2
    new = old + value if new is None else new
    interval = None if equal or low is None else Interval(low=low, high=high, how="Newcombe, paired")
    difference = Estimate(
        name=name,
        slice=where,
        unit=unit,
        samples=Samples(rows=rows, units=rows, population="shared rows"),
        value=value,
        interval=interval,
        no_interval="" if interval else "none differs",
    )
    return Change(name=name, slice=where, unit=unit, old=old, new=new, difference=difference, better=better, equal=equal)


def gap(name="accuracy", **where):
    reason = "too few samples: 4 rows, at least 10 are needed"
    found = NotEvaluated(name=name, slice=where, reason=reason)
    return Change(name=name, slice=where, unit="fraction", old=None, new=None, difference=found, better="higher")


@pytest.mark.parametrize(
    ("low", "high", "margin", "expected"),
    [
        (-0.01, 0.02, 0.01, "no regression shown"),  # the bound is inclusive
        (-0.0100001, 0.02, 0.01, "inconclusive"),
        (-0.03, -0.01, 0.01, "inconclusive"),  # one point, the margin itself, is accepted
        (-0.03, -0.0100001, 0.01, "regression"),
        (-0.03, -0.02, 0.05, "no regression shown"),  # surely worse, and accepted
        (-0.001, 0.02, 0.0, "inconclusive"),
        (0.0, 0.02, 0.0, "no regression shown"),
    ],
)
def test_the_whole_interval_decides_against_the_margin(low, high, margin, expected):
    (one,) = judged([change(low, high)], {"accuracy": margin}, {})
    assert one.outcome == expected
    loss = change(-high, -low, name="log_loss", unit="nats", better="lower")  # lower is better: the mirror
    assert judged([loss], {"log_loss": margin}, {})[0].outcome == expected


def test_what_cannot_be_judged_is_not_evaluated_and_equal_is_no_regression():
    assert judged([gap()], {"accuracy": 0.01}, {})[0].outcome == "not evaluated"
    assert judged([change(-0.1, 0.1, rows=29)], {"accuracy": 0.01}, {})[0].outcome == "not evaluated"
    assert judged([change(0, 0, equal=True)], {"accuracy": 0.0}, {})[0].outcome == "no regression shown"
    (free,) = judged([change(-0.5, -0.4)], {}, {})
    assert (free.outcome, free.margin) == ("", None)


def test_a_margin_on_an_explanation_means_the_primary_analysis():
    changes = [
        change(-0.2, -0.1, name="normalised_margin", unit="ratio", method=method, fill="mean") for method in ("lime", "rise")
    ]
    found = judged(changes, {"normalised_margin": 0.05}, {"method": "rise", "fill": "mean"})
    assert [one.outcome for one in found] == ["", "regression"]


def test_of_several_classes_each_is_judged_at_the_simultaneous_level():
    changes = [change(-0.049, 0.01, name="recall", **{"class": str(n)}) for n in range(10)]
    assert judged(changes[:1], {"recall": 0.05}, {})[0].outcome == "no regression shown"
    assert {one.outcome for one in judged(changes, {"recall": 0.05}, {})} == {"inconclusive"}


def test_an_inconclusive_result_says_about_how_many_samples_would_decide():
    (one,) = judged([change(-0.03, 0.01)], {"accuracy": 0.02}, {})
    # the limit lies .02 from the value, the margin .01: four times the samples
    assert one.next_step == "If the difference stays as it is, about 2,000 shared samples would decide it (now 500)."


def test_the_worst_outcome_is_the_comparisons():
    good, bad, open_ = change(0.0, 0.1), change(-0.2, -0.1, name="f1"), change(-0.1, 0.1, name="recall")
    margins = {"accuracy": 0.01, "f1": 0.01, "recall": 0.01}
    assert (worst(judged([good, bad, open_], margins, {})), worst(judged([good, open_], margins, {}))) == (
        "regression",
        "inconclusive",
    )
    assert worst(judged([good], {}, {})) == "not evaluated"
    assert [exit_status(w) for w in ("regression", "inconclusive", "not evaluated", "no regression shown")] == [1, 3, 3, 0]


def test_margins_are_read_from_the_command_line():
    assert read_margins([]) == ({"accuracy": 0.01}, CONVENTION)
    assert read_margins(["0.02", "log_loss=0.5"])[0] == {"accuracy": 0.02, "log_loss": 0.5}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("acuracy=0.1", "did you mean `accuracy`?"),
        ("expected_calibration_error=0.1", "known names"),
        ("accuracy=x", "for example accuracy=0.01"),
        ("accuracy=-0.1", "fraction from 0 to 1"),
        ("accuracy=2", "write accuracy=0.02"),
        ("nan", "fraction from 0 to 1"),
        ("log_loss=inf", "0 or more"),
    ],
)
def test_a_margin_that_means_nothing_is_refused(text, says):
    with pytest.raises(AuditError) as error:
        read_margins([text])
    assert says in str(error.value) or says in error.value.fix


@pytest.mark.parametrize(
    ("share", "count", "items"), [(0.9, 500, 10), (0.5, 40, 3), (1.0, 60, 4), (0.0, 60, 4), (0.99, 33.3, 7)]
)
def test_a_widened_wilson_interval_is_wilsons_at_the_higher_level(share, count, items):
    low, high = wilson(share, count)
    found = widened(Interval(low=low, high=high, how="Wilson, n = 1"), share, items)
    assert found.level == pytest.approx(1 - 0.05 / items)
    assert (found.low, found.high) == pytest.approx(wilson(share, count, 1 - 0.05 / items), abs=1e-9)


def test_another_interval_grows_by_the_ratio_of_normal_quantiles():
    found = widened(Interval(low=-1.0, high=3.0, how="bootstrap-t"), 0.0, 10)
    ratio = norm.ppf(1 - 0.0025) / norm.ppf(0.975)
    assert (found.low, found.high) == pytest.approx((-ratio, 3 * ratio))
    assert widened(Interval(low=-1.0, high=3.0, how="x"), 0.0, 1).low == -1.0


def ranking(order, low_high=None):
    items = tuple(
        RankedFeature(feature=name, score=1.0, share=0.1, rank=n, low=low, high=high)
        for n, (name, (low, high)) in enumerate(zip(order, low_high or [(n, n) for n in range(1, 99)], strict=False), 1)
    )
    samples = Samples(rows=60, units=60, population="all")
    where = {"method": "lime", "class": "cat"}
    return Ranking(name="feature_ranking", slice=where, unit="logits", samples=samples, items=items, length=len(items), how="")


def test_features_that_entered_or_left_the_first_places_are_named():
    (same,) = rank_changes([ranking("abcdef")], [ranking("cbadef")], True)
    assert (same.top, same.kept, same.gained, same.lost) == (3, 3, (), ())  # an exchange inside the first three is none
    (moved,) = rank_changes([ranking("abcdef")], [ranking("abfdec")], True)
    assert [f.feature for f in moved.gained] == ["f"] and [f.feature for f in moved.lost] == ["c"]
    assert moved.gained[0].sure and moved.gained[0].old == (6, 6, 6) and moved.gained[0].new == (3, 3, 3)
    wide = [(1, 6)] * 6
    (open_,) = rank_changes([ranking("abcdef", wide)], [ranking("abfdec", wide)], True)
    assert not open_.gained[0].sure
    assert rank_changes([ranking("abc")], [ranking("abc")], False)[0].reason


def test_only_gates_that_differ_are_listed():
    from auditor.judge import judge
    from tests.judge.test_gates import plan_with

    def gates(bound, value, name="accuracy"):
        return judge(plan_with({"result": name, "at_least": bound}), [estimate(name, value, value - 0.01, value + 0.01)])

    assert gate_changes(gates(0.9, 0.95), gates(0.9, 0.96)) == ()
    (worse,) = gate_changes(gates(0.9, 0.95), gates(0.9, 0.85))
    assert (worse.gate, worse.old, worse.new) == ("accuracy", "met, ≥ 0.9", "not met, ≥ 0.9")
    (moved,) = gate_changes(gates(0.9, 0.95), gates(0.8, 0.95))
    assert moved.new == "met, ≥ 0.8"
    gone, come = sorted(gate_changes(gates(0.9, 0.95), gates(0.9, 0.95, "f1")), key=lambda one: one.gate)
    assert (gone.new, come.old) == ("no such gate", "no such gate")
