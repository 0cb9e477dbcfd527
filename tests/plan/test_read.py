"""Reading a plan: what is accepted, what it means, and every mistake told at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.errors import AuditError, PlanMistakes
from auditor.plan.read import AuditPlan, check_plan, load_plan, plan_json_schema
from auditor.plan.write import plan_yaml

GOOD = """\
name: digits
model:
  name: net
  factory: net.py:make
  weights: net.safetensors
  classes: [yes, no, 7, 2.5]
data:
  name: test set
  path: digits.npz
  modality: image
methods:
  - integrated_gradients
  - occlusion: {size: 2}
  - name: random
gates:
  - result: accuracy
    at_least: 0.9
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "audit.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def mistakes(folder: Path, text: str, overrides: dict[str, str] | None = None) -> list[AuditError]:
    with pytest.raises(PlanMistakes) as caught:
        load_plan(written(folder, text), overrides)
    return list(caught.value.mistakes)


def only(folder: Path, text: str, overrides: dict[str, str] | None = None) -> AuditError:
    found = mistakes(folder, text, overrides)
    assert len(found) == 1, "\n".join(map(str, found))
    return found[0]


def with_line(line: str) -> str:
    return GOOD + line + "\n"


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
            "write its keys below it, indented: title, language, paper",
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


@pytest.mark.parametrize(
    ("gate", "message"),
    [
        ("{result: accuracy}", "The gate on `accuracy` has no bound."),
        ("{result: accuracy, at_least: 0.9, at_most: 0.8}", "No value can meet the gate on `accuracy`."),
        ("{result: accuracy, at_least: 90}", "The bound of the gate on `accuracy` lies outside what it can be."),
        ("{result: log_loss, at_most: -1}", "The bound of the gate on `log_loss` lies outside what it can be."),
        (
            "{result: accuracy, at_least: 0.9, decide: point}",
            "The gate on `accuracy` is decided on the point value without a reason.",
        ),
        ("{result: acuracy, at_least: 0.9}", "No result is called `acuracy`."),
        ("{result: recall, slice: {class: 8}, at_least: 0.9}", "`8` is not one of `model.classes`."),
        ("{result: deletion_auc, slice: {method: saliency}, at_most: 0.9}", "`saliency` is not one of the plan's `methods`."),
        ("{result: accuracy, at_least: high}", "`gates.1.at_least` has a value that cannot be used."),
    ],
)
def test_a_gate_that_nothing_can_meet_or_nobody_can_read_is_a_mistake(tmp_path, gate, message):
    assert only(tmp_path, GOOD + f"  - {gate}\n").message == f"line 18: {message}"


def test_a_percentage_as_bound_is_answered_with_the_fraction(tmp_path):
    assert only(tmp_path, GOOD.replace("0.9", "97.5")).fix == "write a fraction: 0.975, not 97.5"


def test_results_of_measures_this_reader_does_not_know_may_be_gated(tmp_path):
    text = GOOD + "".join(
        f"  - {{result: {name}, at_least: 3}}\n" for name in ("top_5_accuracy", "my_own_figure", "macro_gain")
    )
    assert len(load_plan(written(tmp_path, text)).plan.gates) == 4


def test_bounds_on_logit_scores_are_not_held_to_the_range_of_probabilities(tmp_path):
    gate = "  - {result: deletion_auc, at_most: 7}\n"
    assert load_plan(written(tmp_path, GOOD + gate + "primary: {score: logit}\n")).plan.gates[1].at_most == 7
    assert "lies outside" in only(tmp_path, GOOD + gate).message


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
    error = only(tmp_path, GOOD.replace("  factory: net.py:make\n", ""))
    assert (error.message, error.fix) == ("line 2: `model.factory` is missing.", "add `factory:` under `model:`")


def test_overrides_are_read_as_yaml_and_reach_into_the_plan(tmp_path):
    source = load_plan(
        written(tmp_path, GOOD),
        {"primary.steps": "10", "fills": "[zeros]", "methods.0.options.steps": "8", "model.weights": "other.pt", "unit": "no"},
    )
    plan = source.plan
    assert (plan.primary.steps, plan.fills, plan.methods[0].options, plan.unit) == (10, ("zeros",), {"steps": 8}, "no")
    assert plan.model.weights is not None
    assert plan.model.weights.path == "other.pt"


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("primary.stesp", "3", "--set primary.stesp: `primary.stesp` is not a key of `primary`."),
        ("samples", "few", "--set samples: `samples` has a value that cannot be used."),
        ("name.x", "3", "--set name.x: there is no such place in the plan."),
        ("methods.7", "saliency", "--set methods.7: there is no such place in the plan."),
        ("a..b", "3", "--set a..b: this names no key."),
        (
            "samples",
            "[",
            "--set samples, line 1: this cannot be read as YAML (expected the node content, but found '<stream end>').",
        ),
        ("samples", "*x", "--set samples: the alias `*x` refers to nothing above it."),
    ],
)
def test_a_mistake_in_an_override_names_the_override(tmp_path, key, value, message):
    assert only(tmp_path, GOOD, {key: value}).message == message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "audit.yaml is no audit plan."),
        (b"- a\n- b\n", "audit.yaml is no audit plan."),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "audit.yaml is no text file."),
        ("name: ä".encode("utf-16"), "audit.yaml is no text file."),
        (b"a\x00b: 1", "audit.yaml is no text file."),
        (b"name: x\n\tmodel: y\n", "audit.yaml, line 2: this cannot be read as YAML"),
        (b"name: x\n---\nname: y\n", "audit.yaml, line 2: a second document starts here."),
        (b"[" * 5000, "audit.yaml, line 1: the plan is larger or deeper than any plan should be."),
        (b"a: " + b"x" * 1_000_001, "audit.yaml is too large for a plan."),
    ],
)  # fmt: skip
def test_a_file_that_is_no_plan_is_refused_with_a_reason(tmp_path, content, message):
    path = tmp_path / "audit.yaml"
    path.write_bytes(content)
    with pytest.raises(AuditError) as caught:
        load_plan(path)
    assert caught.value.message.startswith(message)
    assert caught.value.fix


def test_a_bomb_of_aliases_is_refused_without_expanding_it(tmp_path):
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    with pytest.raises(AuditError, match="larger or deeper"):
        load_plan(written(tmp_path, "\n".join(levels)))


def test_an_alias_to_itself_is_a_mistake(tmp_path):
    assert any("`*a` refers to nothing" in error.message for error in mistakes(tmp_path, GOOD + "declared: &a [*a]\n"))


def test_a_missing_plan_and_a_folder_are_told_apart(tmp_path):
    with pytest.raises(AuditError) as missing:
        load_plan(tmp_path / "audit.yaml")
    written(tmp_path, GOOD)
    with pytest.raises(AuditError) as folder:
        load_plan(tmp_path)
    assert missing.value.found == "No such file or directory"
    assert "is a folder" in folder.value.message
    assert folder.value.fix == f"give {tmp_path / 'audit.yaml'}"


def test_a_plan_written_as_yaml_reads_back_as_the_same_plan(tmp_path):
    plan = load_plan(
        written(tmp_path, GOOD + 'declared:\n  oversight: {statement: "a: b # \\u2028 ü 😀", role: "no", date: 2026-01-31}\n')
    ).plan
    assert load_plan(written(tmp_path, plan_yaml(plan))).plan == plan


def test_a_mapping_built_in_code_gets_the_same_messages():
    with pytest.raises(PlanMistakes) as caught:
        check_plan({"name": "x", "methods": ("saliencyy",), "model": {"name": "m", "factory": "a:b", "classes": [0, 1]}})
    assert [error.message for error in caught.value.mistakes] == [
        "`data` is missing.",
        "`saliencyy` is not an attribution method.",
    ]


def test_the_published_schema_has_every_key_and_accepts_the_short_forms():
    schema = plan_json_schema()
    assert set(schema["properties"]) == set(AuditPlan.model_fields)
    assert schema["$defs"]["MethodPlan"]["anyOf"][0]["type"] == schema["$defs"]["Weights"]["anyOf"][0]["type"] == "string"
    json.dumps(schema)
