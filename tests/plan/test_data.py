"""Mistakes under `data:`: keys of another kind of file, columns with two roles, fills that are not at hand."""

from __future__ import annotations

import pytest

from auditor.plan.read import load_plan
from tests.plan.a_plan import mistakes, only, written

PLAN = """\
name: x
model: {name: net, factory: net.py:make, classes: [no, yes]}
data:
  name: applicants
  path: t.csv
  table:
    label: granted
    numeric: [age, income]
    categorical: {work: [a, b], sex: {values: [f, m], missing: f}}
methods: [integrated_gradients, occlusion]
"""
IMAGES = (
    PLAN.replace("path: t.csv", "path: photos\n  modality: image")[: PLAN.index("  table:") + 18]
    + "\nmethods: [random]\nprimary: {method: random}\n"
)


def test_columns_may_be_a_list_a_mapping_or_stand_alone(tmp_path):
    short = load_plan(written(tmp_path, PLAN)).plan.data.table
    long = PLAN.replace("[age, income]", "\n      age:\n      income: {mean: 0, std: 1}").replace(
        "work: [a, b]", "work: {values: [a, b]}"
    )
    assert load_plan(written(tmp_path, long)).plan.data.table == short
    assert list(load_plan(written(tmp_path, PLAN), {"data.table.numeric": "[size]"}).plan.data.table.numeric) == ["size"]


def test_a_table_needs_no_fill_in_the_plan(tmp_path):
    assert load_plan(written(tmp_path, PLAN)).plan.primary.fill is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    label: granted", "    label: age", "line 7: The column `age` has two roles."),
        ("[age, income]", "[age, sex]", "line 9: The column `sex` has two roles."),
        ("    label:", "    order: [age, work, sex]\n    label:", "line 7: The order of the inputs is not complete."),
        ("    label:", "    order: [age, income, wrok, sex]\n    label:", "line 7: `wrok` is not a numeric or categorical"),
        ("work: [a, b]", "work: [a, a]", "line 9: The category `a` of `work` is listed twice."),
        ("missing: f}", "missing: x}", "line 9: `x` is not a category of `sex`."),
        ("path: t.csv", "path: t.npz", "line 6: `data.table` goes with a CSV or Parquet file."),
        ("path: t.csv", "path: t.csv\n  image: {crop: 3}", "line 6: `data.image` goes with image files"),
        ("path: t.csv", "path: t.csv\n  features: {names: [a]}", "line 6: A table brings the names of its columns."),
        ("path: t.csv", "path: t.csv\n  label_names: {'0': maybe}", "line 6: `maybe` is not one of `model.classes`."),
        ("path: t.csv", "path: t.csv\n  modality: series", "line 5: A table cannot be read as series data."),
        ("    label:", "    delimiter: ''\n    label:", "line 7: `data.table.delimiter` has a value that cannot be used."),
        ("    label:", "    groups: [sex]\n    label:", "line 7: `data.table.groups` is not a key of `data.table`."),
        ("[integrated_gradients", "[{integrated_gradients: {baseline: marginal}}", "line 10: The fill `marginal` cannot be"),
        ("[integrated_gradients", "[{integrated_gradients: {baselines: '0, marginal'}}", "line 10: The fill `marginal`"),
        ("occlusion]", "{occlusion: {fill: mean}}]", "line 10: The fill `mean` is made from reference rows"),
    ],
)  # fmt: skip
def test_a_mistake_names_its_line(tmp_path, old, new, message):
    assert PLAN.count(old) == 1
    found = [mistake.message for mistake in mistakes(tmp_path, PLAN.replace(old, new))]
    assert any(text.startswith(message) for text in found), found


def test_the_plans_own_fills_are_at_hand_for_methods(tmp_path):
    text = PLAN.replace("occlusion]", "{occlusion: {fill: marginal}}, {kernel_shap: {fill: mean}}]\nfills: [mean]")
    assert load_plan(written(tmp_path, text)).plan.fills == ("mean",)


def test_normalisation_fits_the_channels(tmp_path):
    load_plan(written(tmp_path, IMAGES.replace("modality: image", "modality: image\n  image: {mean: [0.5], std: [1, 2, 3]}")))
    wrong = IMAGES.replace("modality: image", "modality: image\n  image: {mean: [1, 2], channels: grey}")
    assert "does not fit the channels" in only(tmp_path, wrong).message
