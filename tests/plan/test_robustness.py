"""The part `robustness` of a plan: names that fit the data, each once, severities of 1 … 5, gates that can be met."""

import pytest

from auditor.plan.corruptions import CORRUPTIONS
from auditor.plan.digest import evidence_sha256
from auditor.plan.read import load_plan
from tests.plan.a_plan import GOOD, mistakes, only, with_line, written

ASKED = "robustness: {corruptions: [noise, blur], severities: [1, 3, 5], samples: 500}"


def test_it_is_off_by_default_and_then_changes_no_digest(tmp_path):
    plain = load_plan(written(tmp_path, GOOD)).plan
    asked = load_plan(written(tmp_path, with_line(ASKED))).plan
    assert plain.robustness is None and evidence_sha256(plain) == evidence_sha256(
        load_plan(written(tmp_path, with_line("robustness: null"))).plan
    )
    assert evidence_sha256(plain) != evidence_sha256(asked)
    short = load_plan(written(tmp_path, with_line("robustness: {corruptions: [noise, blur]}"))).plan
    assert short.robustness == asked.robustness


@pytest.mark.parametrize(
    ("line", "message", "fix"),
    [
        ("robustness: {corruptions: [blurr]}", "is not a corruption of image data", "did you mean `blur`"),
        ("robustness: {corruptions: [typos]}", "makes no sense for image data", "data.modality"),
        ("robustness: {corruptions: [blur, blur]}", "listed 2 times", "delete one"),
        ("robustness: {corruptions: [blur], severities: [1, 1]}", "listed 2 times", "delete one"),
        ("robustness: {corruptions: [blur], severities: [6]}", "cannot be used", ""),
        ("robustness: {corruptions: [blur], severities: [0]}", "cannot be used", ""),
        ("robustness: {corruptions: []}", "cannot be used", ""),
        ("robustness: {severities: [1]}", "`robustness.corruptions` is missing", ""),
        ("robustness: {corruptions: [blur], sample: 3}", "is not a key of `robustness`", "samples"),
        ("robustness: {corruptions: [blur], samples: true}", "is a truth value", ""),
    ],
)
def test_mistakes_are_named_with_what_to_write_instead(tmp_path, line, message, fix):
    mistake = only(tmp_path, with_line(line))
    assert message in mistake.message and fix in mistake.fix


def test_the_modality_decides_which_noise_is_meant(tmp_path):
    for modality, names in CORRUPTIONS.items():
        text = GOOD.replace("modality: image", f"modality: {modality}").replace("  - occlusion: {size: 2}\n", "")
        plan = load_plan(written(tmp_path, text + f"robustness: {{corruptions: [{', '.join(names)}]}}\n")).plan
        assert plan.robustness is not None and plan.robustness.corruptions == tuple(names)


def gated(gate: str) -> str:
    return GOOD.replace("  - result: accuracy\n    at_least: 0.9\n", f"  - {gate}\n")


def test_gates_rest_on_corruptions_and_severities_of_the_plan(tmp_path):
    good = gated("{result: accuracy_drop, slice: {corruption: blur, severity: 3}, at_most: 0.05}")
    assert load_plan(written(tmp_path, good + ASKED + "\n")).plan.gates[0].slice == {"corruption": "blur", "severity": "3"}
    assert "lists none" in only(tmp_path, good).message
    other = gated("{result: accuracy_drop, slice: {corruption: blurr, severity: 2}, at_most: 0.05}")
    found = mistakes(tmp_path, other + ASKED + "\n")
    assert [one.found for one in found] == ["blurr", "2"]
    percent = gated("{result: corrupted_accuracy, slice: {corruption: blur, severity: 3}, at_least: 80}")
    assert "0.8, not 80" in only(tmp_path, percent + ASKED + "\n").fix


def test_every_corruption_has_an_amount_for_each_severity_and_prints_it():
    for names in CORRUPTIONS.values():
        for one in names.values():
            said = [one.amount(severity) for severity in (1, 2, 3, 4, 5)]
            assert len(set(said)) == 5 and "{}" in one.said
    assert CORRUPTIONS["image"]["blur"].amount(1) == "0.45\u00a0%" and CORRUPTIONS["image"]["jpeg"].amount(5) == "7"
