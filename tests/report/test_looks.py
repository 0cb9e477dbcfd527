"""What the report says where a rule chose how many cases are explained."""

from pathlib import Path

import pytest

from auditor.evidence.sequential_facts import LookFacts, SequentialFacts
from auditor.report.looks import looks_table
from tests.report import sample
from tests.report.sample_facts import prepared
from tests.report.test_sections import context, material, text_of

LOOKS = (
    LookFacts(rows=120, reason="no variance: every one of 120 rows has the value 1"),
    LookFacts(rows=240, value=0.4567, low=0.4401, high=0.4799, half_width=0.0199),
)


def rule(**changed: object) -> SequentialFacts:
    fields = {
        "result": "faithfulness_margin",
        "slice": {"method": "integrated_gradients", "fill": "mean"},
        "unit": "probability",
        "half_width": 0.02,
        "planned": 6,
        "sizes": (120, 240, 480),
        "spread": (0.1, 0.2),
        "first": (60, 60),
        "looks": LOOKS,
        "ended": "narrow",
    }
    return SequentialFacts.model_validate(fields | changed)


def table(tmp_path: Path, **changed: object):
    return looks_table(material(tmp_path, prepared=prepared().model_copy(update={"sequential": rule(**changed)})))


def test_every_look_is_printed_also_one_that_gave_nothing(tmp_path: Path) -> None:
    made = table(tmp_path)
    assert [column.name for column in made.columns][2] == "Faithfulness margin (95 % interval)"
    assert made.rows[0] == ("1", "120", "not evaluated: no variance: every one of 120 rows has the value 1", "–")
    assert made.rows[1] == ("2", "240", "0.457 (0.440 to 0.480)", "0.0199")


def test_the_rule_is_told_with_its_level_and_what_ended_it(tmp_path: Path) -> None:
    note = table(tmp_path).note
    assert "fill mean) is at most 0.02, in at most 6 looks, here at 120, 240, 480 cases. The last look found it narrow" in note
    assert "made at 99.17\u202f% for each look" in note or "made at 99.17" in note
    assert "(Neyman 1934)" in note and "Neyman" not in table(tmp_path / "one", looks=LOOKS[1:]).note


@pytest.mark.parametrize(
    ("ended", "said"), [("looks", "last look planned"), ("rows", "these data cannot"), ("most", "that the plan allows")]
)
def test_a_width_that_was_not_reached_is_told(tmp_path: Path, ended: str, said: str) -> None:
    assert said in table(tmp_path, ended=ended).note


def test_the_pages_say_that_a_rule_chose_the_number_of_cases(tmp_path: Path) -> None:
    made = material(tmp_path, prepared=prepared().model_copy(update={"sequential": rule()}))
    text = text_of(made)
    assert "their number was chosen by a rule, below" in text and "How many cases: each look" in text
    assert "drawn look by look, by a rule fixed before the run" in text
    assert "cases were drawn before any attribution" not in text


def test_a_number_fixed_in_the_plan_has_no_table_of_looks(tmp_path: Path) -> None:
    made = material(tmp_path / "fixed")
    assert looks_table(made) is None and context("design", made).looks is None
    assert sample.prepared().sequential is None
