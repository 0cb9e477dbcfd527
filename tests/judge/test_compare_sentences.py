"""Sentences of a comparison: numbers are never printed as what they are not."""

from __future__ import annotations

import re

import pytest

from auditor.evidence.results import Interval
from auditor.judge.changes.sentences import change_sentence, digits_for, level, limits, step
from tests.judge.test_compare import change, gap

N = "500 shared samples"
SENTENCES = [
    (
        change(0.004, 0.014),
        f"Accuracy rose from 90.0 % to 90.9 %: +0.9 pt, 95 % interval +0.4 to +1.4 pt, {N}; "
        "better, by more than sampling explains.",
    ),
    (
        change(-0.014, 0.01),
        f"Accuracy fell from 90.0 % to 89.8 %: −0.2 pt, 95 % interval −1.4 to +1.0 pt, {N}; sampling alone may explain it.",
    ),
    (
        change(-0.01, 0.01),
        "Accuracy is 90.0 % in both audits, though single samples differ: 0.0 pt, 95 % interval −1.0 to +1.0 pt, "
        f"{N}; sampling alone may explain it.",
    ),
    (
        change(0, 0, equal=True, old=1.0, rows=1),
        "Accuracy is 100.0 % in both audits: the one shared sample does not differ in it.",
    ),
    (
        change(0, 0, equal=True, old=0.0, rows=40),
        "Accuracy is 0.0 % in both audits: none of the 40 shared samples differs in it.",
    ),
    (
        gap(**{"class": "cat"}),
        "Accuracy (class cat) cannot be compared: too few samples: 4 rows, at least 10 are needed.",
    ),
    (
        change(0.1, 0.2, name="log_loss", unit="nats", better="lower", old=0.3),
        f"Log loss rose from 0.300 nats to 0.450 nats: +0.150 nats, 95 % interval +0.100 to +0.200 nats, {N}; "
        "worse, by more than sampling explains.",
    ),
]


@pytest.mark.parametrize(("one", "expected"), SENTENCES)
def test_a_result_is_told_in_one_sentence(one, expected):
    assert change_sentence(one).replace("\u00a0", " ") == expected


@pytest.mark.parametrize(
    ("old", "new"),
    [(0.99996, 1.0), (0.0, 0.00004), (0.97249, 0.97251), (0.9725, 0.955), (0.5, 0.500004), (0.99999999, 1.0), (0.1, 0.1)],
)
def test_two_different_values_read_differently_and_nothing_rounds_to_all_or_nothing(old, new):
    digits = digits_for(old, new, "fraction")
    texts = [level(value, "fraction", digits) for value in (old, new)]
    assert (texts[0] == texts[1]) == (old == new)
    for value, text in zip((old, new), texts, strict=True):
        number = float(re.sub("[^0-9.]", "", text))
        assert abs(number / 100 - value) <= 0.5001 * 10 ** -(digits + 2)
        assert (number in (0.0, 100.0)) == (value in (0.0, 1.0)) or digits == 6


def test_a_limit_that_is_not_zero_never_reads_as_zero_and_zero_has_no_sign():
    assert limits(Interval(low=0.0003, high=0.05, how=""), "probability", 1) == "+0.0003 to +0.0500"
    assert step(-0.0, "fraction", 1) == step(0.00001, "fraction", 1) == "0.0\u00a0pt"
