"""Constants of fills that the audit does not use are mistakes of the plan, and name the way out."""

import pytest

from auditor.errors import PlanMistakes
from auditor.plan.read import load_plan
from auditor.plan.write import plan_yaml
from tests.run import small


def written(folder, more, plan=small.PLAN):
    return load_plan(small.write(folder, plan + more))


def test_a_constant_of_a_fill_that_is_not_used_is_told_with_its_line_and_the_fix(tmp_path):
    with pytest.raises(PlanMistakes) as raised:
        written(tmp_path, "fill_options: {road: {noise: 0.2}}\n")
    said = str(raised.value)
    assert "`fill_options` sets the fill `road`, which this audit does not use." in said
    assert "did you mean to add it to the fills? `fills: [mean, road]`" in said
    line = small.PLAN.count("\n") + 1
    assert f"line {line}" in said or f":{line}" in said


@pytest.mark.parametrize(
    "more",
    [
        "fills: [blur]",
        "trust: {fills: [blur]}",
        "methods: [integrated_gradients, {occlusion: {fill: blur}}]",
        "primary: {steps: 6, fill: blur}",
    ],
)
def test_a_fill_used_anywhere_may_have_its_constants(tmp_path, more):
    key = more.partition(":")[0]
    kept = [line for line in small.PLAN.splitlines() if line.partition(":")[0] != key]
    plan = "\n".join([*kept, more, "fill_options: {blur: {sigma: 2}}"])
    assert written(tmp_path, "\n", plan).plan.fill_options.blur.sigma == 2


def test_the_fills_that_the_checks_add_of_themselves_count_as_used(tmp_path):
    blur = "fill_options: {blur: {sigma: 2}}\n"
    with_checks = small.PLAN.replace("trust: {enabled: false}\n", "")
    assert written(tmp_path, blur, with_checks).plan.fill_options.blur.sigma == 2
    for plan in (small.PLAN, with_checks + "fills: [zeros, noise]\n", with_checks + "trust: {fills: [zeros]}\n"):
        with pytest.raises(PlanMistakes, match="does not use"):
            written(tmp_path, blur, plan)


def test_a_fill_that_makes_no_sense_for_the_data_is_not_offered(tmp_path):
    series = small.PLAN.replace("modality: image", "modality: series").replace(
        "{kind: grid, size: 2}", "{kind: windows, size: 2}"
    )
    with pytest.raises(PlanMistakes, match="delete these lines: the fill makes no sense for series data"):
        written(tmp_path, "fill_options: {road: {noise: 0.2}}\n", series)


def test_a_plan_with_its_defaults_written_out_reads_back(tmp_path):
    plan = written(tmp_path, "").plan
    (tmp_path / "resolved.yaml").write_text(plan_yaml(plan))
    assert load_plan(tmp_path / "resolved.yaml").plan == plan
