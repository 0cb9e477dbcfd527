"""Reading a plan: what is accepted, what it means, and every mistake told at once."""

from __future__ import annotations

import pytest

from auditor.plan.read import load_plan
from tests.plan.a_plan import GOOD, mistakes, only, with_line, written


def test_words_that_yaml_11_read_as_truth_values_stay_words_and_numbers_become_names(tmp_path):
    assert load_plan(written(tmp_path, GOOD)).plan.model.classes == ("yes", "no", "7", "2.5")


def test_short_forms_of_weights_and_methods_mean_the_long_ones(tmp_path):
    plan = load_plan(written(tmp_path, GOOD)).plan
    assert plan.model.weights is not None
    assert plan.model.weights.path == "net.safetensors"
    assert [(method.name, method.options) for method in plan.methods] == [
        ("integrated_gradients", {}),
        ("occlusion", {"size": 2}),
        ("random", {}),
    ]


def test_every_key_knows_its_line_and_the_folder_is_the_plans(tmp_path, monkeypatch):
    written(tmp_path, GOOD)
    monkeypatch.chdir(tmp_path)
    source = load_plan("audit.yaml")
    lines = GOOD.splitlines()
    assert source.folder == tmp_path
    assert source.folder.is_absolute()
    assert lines[source.lines["gates.0.at_least"] - 1] == "    at_least: 0.9"
    assert lines[source.lines["methods.1"] - 1] == "  - occlusion: {size: 2}"
    assert lines[source.lines["data"] - 1] == "data:"


def test_a_key_with_nothing_behind_it_is_not_given(tmp_path):
    plan = load_plan(written(tmp_path, with_line("report:\nunit:\ngroups: # - age\n"))).plan
    assert plan.groups == ()
    assert plan.unit is None
    assert plan.report.paper == "A4"


def test_anchors_and_merges_are_expanded(tmp_path):
    text = GOOD.replace("at_least: 0.9", "at_least: &bound 0.9") + "  - &next {result: recall, at_least: *bound}\n"
    text += "  - {<<: *next, result: precision}\n"
    gates = load_plan(written(tmp_path, text)).plan.gates
    assert [(gate.result, gate.at_least) for gate in gates] == [("accuracy", 0.9), ("recall", 0.9), ("precision", 0.9)]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(tmp_path):
    text = (
        GOOD.replace("name: digits", "name: two words").replace("- integrated_gradients", "- integrated_gradient")
        + "stpes: 3\n"
    )
    found = mistakes(tmp_path, text)
    assert [error.message.split(":")[0] for error in found] == ["line 1", "line 12", "line 18"]
    assert found[1].fix == "did you mean `integrated_gradients`?"


@pytest.mark.parametrize(
    ("line", "message", "fix"),
    [
        ("samplse: 3", "`samplse` is not a key of a plan.", "did you mean `samples`?"),
        ("stpes: 3", "`stpes` is not a key of a plan.", "did you mean `primary.steps`? `steps:` belongs under `primary:`"),
        ("primary: {stpes: 3}", "`primary.stpes` is not a key of `primary`.", "did you mean `steps`?"),
        ("samples: many", "`samples` has a value that cannot be used.", "for example `samples: 500`"),
        ("samples: true", "`samples` is a truth value.", "correct it"),
        ("device: gpu", "`device` has a value that cannot be used.", "did you mean `cuda`?"),
        ("seed: -1", "`seed` has a value that cannot be used.", "for example `seed: 0`"),
        ("seed: .inf", "`.inf` is not a number a plan can hold.", "write a finite number"),
        ("seed: 1\nseed: 2", "`seed` is given twice (first on line 18).", "keep one of the two"),
        ("seed: !!python/none 1", "the tag `tag:yaml.org,2002:python/none` means nothing in a plan.", "delete the tag"),
        ("seed: *x", "the alias `*x` refers to nothing above it.", "mark a value with `&x` first"),
        (
            "report: [1]",
            "`report` has a value that cannot be used.",
            "write its keys below it, indented: title, language, paper, profile, templates",
        ),
        ("groups: age", "`groups` has a value that cannot be used.", None),
        ("fills: [means]", "`means` is not a fill.", "did you mean `mean`?"),
        ("primary: {method: saliency}", "The primary method `saliency` is not among the methods.", None),
        ("prevalence: {yes: 0.5, no: 0.2, 7: 0.2, 2.5: 0.2}", "The prevalences do not sum to 1.", "correct the shares"),
        ("prevalence: {yes: 0.5, no: 0.5}", "The prevalence leaves classes out.", "add a share for each class"),
        ("? [a]\n: 1", "a key must be a word.", "write `key: value`, with the key as a plain word"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_to_do(tmp_path, line, message, fix):
    error = only(tmp_path, with_line(line))
    assert error.message == f"line {17 + len(line.splitlines()) if 'twice' in message else 18}: {message}"
    assert fix is None or error.fix == fix


def test_data_has_exactly_one_source(tmp_path):
    assert "two sources" in only(tmp_path, GOOD.replace("path: digits", "factory: a:b\n  path: digits")).message
    assert "no source" in only(tmp_path, GOOD.replace("  path: digits.npz\n", "")).message


def test_labels_of_their_own_go_with_an_npy_only(tmp_path):
    assert "`data.labels`" in only(tmp_path, GOOD.replace("path: digits.npz", "path: x.npz\n  labels: y.npy")).message
    assert load_plan(written(tmp_path, GOOD.replace("path: digits.npz", "path: x.npy\n  labels: y.npy"))).plan.data.labels


def test_a_class_listed_twice_is_a_mistake_whatever_its_type(tmp_path):
    assert only(tmp_path, GOOD.replace("[yes, no, 7, 2.5]", '[yes, 7, "7"]')).message.endswith(
        "The class `7` is listed 2 times in `model.classes`."
    )


def test_a_truth_value_as_class_name_is_told_to_be_quoted(tmp_path):
    error = only(tmp_path, GOOD.replace("[yes, no, 7, 2.5]", "[true, no]"))
    assert error.found == "true (a truth value, not a word)"
    assert error.fix == 'put it in quotes to make it a text: "true"'


def test_a_version_that_reads_as_a_number_is_told_to_be_quoted(tmp_path):
    # 1.10 is the number 1.1: taking it as it stands would print another version than the author wrote
    assert only(tmp_path, GOOD.replace("  factory", "  version: 1.10\n  factory")).fix.startswith("put it in quotes")


def test_fills_of_another_modality_are_mistakes(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "auditor.registry.names", lambda package: ("mean", "mask_token", "integrated_gradients", "occlusion", "random")
    )
    assert "`mask_token` makes no sense for image data" in only(tmp_path, GOOD + "fills: [mean, mask_token]\n").message
    assert "grid" in only(tmp_path, GOOD.replace("modality: image", "modality: series\n  features: {kind: grid}")).message


def test_a_method_listed_twice_is_a_mistake(tmp_path):
    assert "listed 2 times" in only(tmp_path, GOOD.replace("name: random", "name: occlusion")).message


def test_missing_keys_are_named_with_what_belongs_there(tmp_path):
    found = mistakes(tmp_path, "name: x\n")
    assert [error.message for error in found] == ["`model` is missing.", "`data` is missing.", "`methods` is missing."]
    error = only(tmp_path, GOOD.replace("  classes: [yes, no, 7, 2.5]\n", ""))
    assert (error.message, error.fix) == ("line 2: `model.classes` is missing.", "add `classes:` under `model:`")
