"""Sentences against their numbers at the edges: 0, 1, n = 0, ties, and values that rounding would make equal."""

from __future__ import annotations

import pytest

from auditor.cli_freeze import witness_sentence
from auditor.evidence.comparison import Comparison, Flips, GateChange, Pairing, Side
from auditor.evidence.timestamp import Witness
from auditor.judge import judge
from auditor.judge.changes.margins import judged
from auditor.judge.changes.release import release_gates
from auditor.judge.changes.sentences import judged_sentence
from auditor.judge.changes.summary import summary
from auditor.judge.outcome import digits_apart, shown
from auditor.report.figures.group_dots import _said
from auditor.report.sections.signals import tests_sentence as counted
from auditor.report.words import slice_words, slices_words
from tests.judge.test_compare import change
from tests.judge.test_gates import estimate, plan_with


def plain(text):
    return text.replace("\u00a0", " ")


def statement(value, low, high, unit="fraction", **bound):
    result = estimate("recall", value, low, high, unit=unit, class_="cat")
    return plain(judge(plan_with({"result": "recall", "slice": {"class": "cat"}, **bound}), [result])[0].statement)


@pytest.mark.parametrize(
    ("value", "low", "high", "bound", "said"),
    [
        (0.95, 0.93, 0.97, {"at_least": 0.9},
         "is 95 % (95 % interval 93 % to 97 %); the bound set beforehand is at least 90 %"),
        (1.0, 0.98, 1.0, {"at_least": 0.9}, "is 100 % (95 % interval 98 % to 100 %)"),
        (0.0, 0.0, 0.02, {"at_most": 0.1}, "is 0 % (95 % interval 0 % to 2 %)"),
        (0.999996, 0.99, 1.0, {"at_least": 0.9}, "is 99.9996 % (95 % interval 99 % to 100 %)"),  # never a rounded 100 %
        (0.9499996, 0.93, 0.9499998, {"at_least": 0.95}, "is 94.99996 % (95 % interval 93 % to 94.99998 %); the bound set "
         "beforehand is at least 95 %. The bound is not met."),
        (-0.01, -0.02, 0.0, {"at_most": 0.5}, "is −1 % (95 % interval −2 % to 0 %)"),
    ],
)  # fmt: skip
def test_a_gate_prints_no_number_as_what_it_is_not(value, low, high, bound, said):
    assert f"Recall (class cat) {said}" in statement(value, low, high, **bound)


def test_digits_grow_only_where_different_values_would_read_alike():
    assert digits_apart([0.5, 0.5], "fraction") == digits_apart([], "") == 4
    assert digits_apart([0.12345, 0.123451], "nats") == 6
    assert (shown(1.0, "fraction"), shown(0.0, "fraction"), plain(shown(0.9999999, "fraction"))) == (
        "100\u00a0%", "0\u00a0%", "99.99999 %",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("tests", "found", "held", "said"),
    [
        (1, 0, "", "1 test; none is a signal."),
        (1, 1, "", "1 test; 1 is a signal."),
        (1200, 2, "", "1,200 tests; 2 are signals."),
        (60, 50, "", "60 tests; 50 are signals, the clearest 50 are kept."),
        (3, 0, "no method", "3 tests; no signal is raised: no method."),
    ],
)
def test_tests_and_signals_are_counted_right(tests, found, held, said):
    assert counted(tests, found, held) == said


def test_the_alternative_text_of_groups_rounds_nothing_to_all():
    said = _said("sex", ("A", "B"), (("Accuracy", 0.99999, (("", 0.99999, 0.98, 1.0), None)),))
    assert said == "By sex, with 95 % intervals. Accuracy (all rows >99.99 %): A >99.99 % (98.0 to 100.0 %); B not evaluated."


def test_slices_are_told_one_by_one_or_as_combinations():
    assert slice_words({"fill": "mean", "class": "3"}) == "class 3, fill mean" and slice_words({}) == ""
    assert slices_words([{}]) == "all rows"
    assert slices_words([{"class": "0"}, {"class": "1"}]) == "class 0 and 1"
    assert slices_words([{"class": "0", "fill": "a"}, {"class": "1", "fill": "b"}]) == "class 0, fill a; class 1, fill b"


def test_a_margin_of_nothing_and_margins_of_several_classes_are_said_as_such():
    assert judged_sentence(change(-0.1, 0.1), 0.0, "inconclusive", 1).startswith("No loss was accepted: inconclusive,")
    said = plain(judged_sentence(change(-0.1, -0.05), 0.005, "regression", 10))
    assert said == (
        "A change of −0.5 pt was accepted: this is a regression, at the level for 10 classes at once, the whole interval lies "
        "beyond it."
    )
    loss = change(0.1, 0.2, name="log_loss", unit="nats", better="lower")
    assert plain(judged_sentence(loss, 0.05, "regression", 1)).startswith("A change of +0.05 nats was accepted")


SIDE = Side(
    report_id="a", model="m", model_sha256="1", data="d", data_sha256="2", plan="p", plan_sha256="3", thresholds_sha256="4",
    rows=3, auditor="0",
)  # fmt: skip


def made(changes=(), gates=(), pairs=3, **flips):
    counts = {"same": pairs, "to_wrong": 0, "to_right": 0, "other_wrong": 0, "unlabelled": 0, "largest": 0.0}
    return Comparison(
        old=SIDE,
        new=SIDE.model_copy(update={"model_sha256": "9"}),
        pairing=Pairing(by="content", pairs=pairs, labelled=pairs, only_old=0, only_new=1200, other_content=0),
        outcome="not evaluated",
        unchanged=False,
        margins={"accuracy": 0.01},
        margins_from="stated in the plan",
        summary=(),
        changes=changes,
        beside=(),
        flips=Flips(**{**counts, **flips}, examples_to_wrong=(), examples_to_right=()),
        rankings=(),
        gates=gates,
        model=(),
        data=(),
        plan=(),
        versions=(),
    )


@pytest.mark.parametrize(
    ("flips", "said"),
    [
        ({}, "Every output of the 3 shared samples is equal, bit by bit."),
        ({"pairs": 1}, "Every output of the 1 shared sample is equal, bit by bit."),
        ({"largest": 0.0004}, "No prediction of the 3 shared samples differs; single outputs do, by at most 0.0004."),
        ({"largest": 2, "same": 1, "to_wrong": 1, "unlabelled": 1}, "Of the 3 shared samples, 2 are predicted otherwise: 1 "
         "turned from right to wrong, 0 from wrong to right, 1 without a label."),
        ({"largest": 2, "same": 2, "other_wrong": 1}, "Of the 3 shared samples, 1 is predicted otherwise: 0 turned from right "
         "to wrong, 0 from wrong to right, 1 wrong in both, differently."),
    ],
)  # fmt: skip
def test_predictions_that_turned_are_counted_right(flips, said):
    assert said in summary(made(**flips))


def test_samples_without_a_partner_and_gates_that_changed_are_counted():
    one = GateChange(gate="recall", old="met", new="not met")
    assert "1 gate changed: recall." in summary(made(gates=(one,)))
    assert "2 gates changed: recall; recall." in summary(made(gates=(one, one)))
    said = "Samples without a partner, left out of every difference: 1,200 only in the new audit."
    assert said in summary(made())


def test_a_gate_on_the_release_before_says_which_way_it_is_bound():
    (gap,) = release_gates({"accuracy": 0.01}, "the earlier run was not at hand")
    assert gap.statement == (
        "The change of accuracy since the release before was not evaluated: the earlier run was not at hand."
    )
    changes = judged([change(0.1, 0.2, name="log_loss", unit="nats", better="lower")], {"log_loss": 0.05}, {})
    (gate,) = release_gates({"log_loss": 0.05}, made(changes))
    assert (gate.status, gate.bound, gate.value) == ("not met", "≤ 0.05", pytest.approx(0.15))
    (gate,) = release_gates({"recall": 0.0}, made(changes))
    assert gate.status == "not evaluated" and "share no such result" in gate.statement
    equal = judged([change(0, 0, equal=True)], {"accuracy": 0.0}, {})
    assert release_gates({"accuracy": 0.0}, made(equal))[0].status == "met"


def test_a_witness_is_named_with_what_vouches_for_it():
    assert witness_sentence(None, "") == "Witnessed by nobody."
    assert witness_sentence(None, "no library") == "Time-stamped, but not checked: no library."
    told = Witness(authority="T", time="2026-11-21T08:00:00Z", certificate_sha256="0", traced=True)
    assert witness_sentence(told, "") == "Witnessed by T, 2026-11-21T08:00:00Z; its certificate leads to the given root."
