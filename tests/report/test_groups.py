"""The section of groups: each sentence against its numbers, and whole pages with small, missing and hostile groups."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from auditor.evidence.results import Estimate, Interval, NotEvaluated, Samples
from auditor.report.build import build_report
from auditor.report.group_proxies import signal_sentence, strongest_sentence
from auditor.report.group_sentences import difference_sentence, measure_words, ratio_sentence, worst_sentence
from auditor.report.render import render
from tests.measure.grouped import write_grouped
from tests.report.test_html import Tags

GAP = NotEvaluated(name="group_difference", reason="too few samples: 0 rows, at least 10 are needed")


def estimate(value: float, low: float | None, high: float = 1.0, unit: str = "fraction") -> Estimate:
    samples = Samples(rows=100, units=100, population="2 groups")
    interval = None if low is None else Interval(low=low, high=high, how="")
    return Estimate(
        name="x", unit=unit, samples=samples, value=value, interval=interval, no_interval="" if interval else "why not"
    )


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u2212", "-")


@pytest.mark.parametrize(
    ("result", "values", "said"),
    [
        (
            estimate(0.041, 0.012, 0.07),
            {"men": 0.82, "women": 0.779},
            "4.1 pt (95 % interval 1.2 to 7.0 pt): men 82.0 %, women 77.9 %.",
        ),
        (
            estimate(0.041, 0.0, 0.07),
            {"men": 0.779, "women": 0.82},
            "4.1 pt (95 % interval 0.0 to 7.0 pt): women 82.0 %, men 77.9 %. These data do not show that the groups differ.",
        ),
        (estimate(1.0, 0.9, 1.0), {"a": 1.0, "b": 0.0}, "100.0 pt (95 % interval 90.0 to 100.0 pt): a 100.0 %, b 0.0 %."),
        (
            estimate(0.0, 0.0, 0.1),
            {"a": 0.5, "b": 0.5},
            "0.0 pt (95 % interval 0.0 to 10.0 pt): all groups have the same value.",
        ),
        (
            estimate(0.5, 0.3, 0.7),
            {"a": 0.9, "b": 0.9, "c": 0.4},
            "50.0 pt (95 % interval 30.0 to 70.0 pt): a and b 90.0 %, c 40.0 %.",
        ),
        (
            estimate(0.02, 0.01, 0.03),
            {"a": 0.005, "b": -0.015},
            "2.0 pt (95 % interval 1.0 to 3.0 pt): a +0.5 pt, b -1.5 pt.",
        ),
        (estimate(0.3, 0.1, 0.5), {"a": 0.9, "b": 0.8}, "30.0 pt (95 % interval 10.0 to 50.0 pt)."),
        (estimate(0.3, 0.1, 0.5), {}, "30.0 pt (95 % interval 10.0 to 50.0 pt)."),
        (estimate(0.3, None), {"a": 0.9, "b": 0.6}, "30.0 pt (no interval: why not)."),
        (GAP, {}, "not evaluated (too few samples: 0 rows, at least 10 are needed)."),
    ],
)
def test_a_difference_is_told_with_its_groups_and_whether_the_data_show_it(result, values, said) -> None:
    assert plain(difference_sentence(result, "recall", values)) == f"Largest difference in recall: {said}"


@pytest.mark.parametrize(
    ("result", "values", "said"),
    [
        (estimate(0.5, 0.4, 0.62, "ratio"), {"a": 0.2, "b": 0.4}, "0.50 (95 % interval 0.40 to 0.62): a 20.0 %, b 40.0 %."),
        (
            estimate(1.0, 0.8, 1.0, "ratio"),
            {"a": 0.4, "b": 0.4},
            "1.00 (95 % interval 0.80 to 1.00): all groups have the same value.",
        ),
        (estimate(0.0, 0.0, 0.2, "ratio"), {"a": 0.0, "b": 0.4}, "0.00 (95 % interval 0.00 to 0.20): a 0.0 %, b 40.0 %."),
        (estimate(0.5, 0.4, 0.62, "ratio"), {"a": 0.0, "b": 0.0}, "0.50 (95 % interval 0.40 to 0.62)."),
        (GAP, {}, "not evaluated (too few samples: 0 rows, at least 10 are needed)."),
    ],
)
def test_a_ratio_names_the_lowest_first(result, values, said) -> None:
    assert plain(ratio_sentence(result, "share", values)) == f"Lowest share over the highest: {said}"


def test_the_worst_group_is_named_with_all_that_tie_and_how_many_were_compared() -> None:
    one = estimate(0.5, 0.4, 0.6)
    said = plain(worst_sentence(one, "accuracy", {"a": 0.5, "b": 0.9, "c": 0.5}))
    assert said == "Lowest observed accuracy of 3 groups: a and c, 50.0 % (simultaneous 95 % interval 40.0 to 60.0 %)."
    assert plain(worst_sentence(estimate(0.99996, 0.999, 1.0), "accuracy", {})).startswith("Lowest observed accuracy: >99.9")
    assert plain(worst_sentence(GAP, "accuracy", {})).startswith("Lowest accuracy: not evaluated (too few")


def test_class_names_are_not_swapped_and_a_share_without_a_class_needs_none() -> None:
    assert measure_words("recall", "{} of >50K") == "recall of {} of >50K"
    assert measure_words("accuracy", "x") == "accuracy" and measure_words("new_one", "x") == "new one"


def test_a_weak_strongest_input_is_not_called_a_proxy() -> None:
    weak = estimate(0.55, 0.48, 0.62, "index").model_copy(update={"slice": {"feature": "age"}})
    said = plain(strongest_sentence("sex", "A", weak))
    assert said.endswith("is age: area 0.55 (95 % interval 0.48 to 0.62). These data do not show that any input tells it.")
    exact = estimate(1.0, None, unit="index").model_copy(update={"slice": {"feature": "age"}})
    assert plain(strongest_sentence("sex", "A", exact)).endswith("is age: area 1.00 (why not).")
    assert signal_sentence("sex", "A", ["x"]) == "Signal: x tells sex A and ranks among the first inputs of some class."
    assert signal_sentence("sex", "A", ["x", "y"]).startswith("Signal: x and y tell sex A and rank among")


def page(run: Path) -> str:
    build_report(run)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("auditor.report.render.write_pdf", lambda *_: b"")
        render(run)
    text = (run / "report.html").read_text("utf-8")
    return re.sub(r"\s+", " ", " ".join(Tags(text[text.index("<body") :]).text)).replace("\u00a0", " ")


def test_a_page_with_groups_says_who_was_compared_and_page_one_names_the_worst(tmp_path: Path) -> None:
    point = {"class": "granted", "threshold": 0.4, "costs": {"false_positive": 1, "false_negative": 3}}
    run = write_grouped(tmp_path, 500, operating_point=point, intersections=[["sex", "band"]]).run
    text = page(run)
    assert "For whom is it right less often?" in text and "By sex × band" in text
    assert "Decisions are for granted at the plan's threshold 0.4" in text
    assert "Decision for granted at a probability of 0.4 or more" in text and "Negative predictive value" in text
    assert re.search(r"Lowest of \d+ groups: ", text)
    assert "The input that tells sex A best is column 0" in text
    assert "Differences between groups: no groups were declared" not in text


def test_hostile_and_small_groups_are_printed_as_text_and_as_gaps(tmp_path: Path) -> None:
    values = ["<b>x</b>"] * 120 + ["y" * 90] * 100 + ["{{ 1 }}"] * 20 + ["z"] * 4 + [""] * 56
    text = page(write_grouped(tmp_path, 300, groups={"$\\x$ <i>": values, "one": ["same"] * 300}, inputs=False).run)
    assert "<b>x</b>" in text and "{{ 1 }}" in text and "not stated" in text
    assert "withheld" in text and "has one value in all evaluated rows, so there is nothing to compare" in text
    assert "4 rows in the group" not in text


def test_without_groups_there_is_no_such_section(tmp_path: Path) -> None:
    assert "For whom is it right less often?" not in page(write_grouped(tmp_path, 200, groups={}, inputs=False).run)
