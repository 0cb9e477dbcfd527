"""Where plans come from: files that are none, overrides, mappings in code, and back to YAML."""

from __future__ import annotations

import json

import pytest

from auditor.errors import AuditError, PlanMistakes
from auditor.plan.read import AuditPlan, check_plan, load_plan, plan_json_schema
from auditor.plan.write import plan_yaml
from tests.plan.a_plan import GOOD, mistakes, only, written


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


def test_words_that_look_like_something_else_are_written_so_that_they_stay_words(tmp_path):
    names = ("true", "Null", "no", "~", "1", "1.5", ".nan", "0x1", "- a", "a: b", "a #b", " ", "*x", "!y", "\u2028", "é")
    plan = load_plan(written(tmp_path, GOOD)).plan
    plan = plan.model_copy(update={"model": plan.model.model_copy(update={"classes": names})})
    assert load_plan(written(tmp_path, plan_yaml(plan))).plan.model.classes == names
