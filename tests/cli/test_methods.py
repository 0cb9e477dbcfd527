"""`auditor methods`: what each method is, and for a plan which apply and what they cost."""

import json

import pytest

from auditor import registry
from auditor.plan.read import load_plan
from auditor.run.forecast import tried
from auditor.run.method_costs import method_costs
from tests.run import small


@pytest.fixture
def plan(tmp_path):
    text = small.PLAN.replace("methods: [integrated_gradients,", "methods: [{integrated_gradients: {steps: 16}},")
    return small.write(tmp_path, text)


def test_the_listing_holds_every_method_with_its_failings_and_source(cli):
    status, out, _ = cli("methods", "--json")
    entries = {entry["name"]: entry for entry in json.loads(out)["methods"]}
    assert status == 0 and set(entries) == set(registry.names("explain"))
    assert all(entry["failings"] and entry["citation"] for entry in entries.values())
    for name in ("attention_rollout", "attention_gradient"):
        assert entries[name]["needs"] == ["attention"] and "not an attribution" in entries[name]["title"]
        assert entries[name]["options"] == {} and not entries[name]["signed"]


def test_for_a_plan_every_method_says_whether_it_applies_and_what_it_costs(cli, plan):
    status, out, _ = cli("methods", "--for", str(plan), "--json")
    answer = json.loads(out)
    entries = {entry["name"]: entry for entry in answer["methods"]}
    assert status == 0 and set(entries) == set(registry.names("explain"))
    assert answer["cases"] == 150 and answer["features"] == 16 and answer["rows_per_coalition"] == {"mean": 1}
    planned = entries["integrated_gradients"]
    assert planned["in_plan"] and planned["options"]["steps"] == 16
    assert planned["cost"] == {"features": 16, "forwards": 17, "backwards": 16} and planned["seconds"] > 0
    assert not entries["lime"]["in_plan"] and entries["lime"]["applies"]
    assert entries["gradcam"]["options"]["layer"] == "2"
    rollout = entries["attention_rollout"]
    assert not rollout["applies"] and "no attention between tokens" in rollout["reason"]
    assert rollout["cost"] is None and rollout["seconds"] is None and entries["exact_shapley"]["cost"] is None


def test_the_text_marks_the_plans_methods_and_gives_reasons(cli, plan):
    _, out, _ = cli("methods", "--for", str(plan))
    lines = {
        line[2:].split()[0]: line for line in out.splitlines() if line[:1] in "* " and line.strip() and "method" not in line
    }
    assert lines["occlusion"].startswith("* occlusion ") and "16" in lines["occlusion"]
    assert lines["lime"].startswith("  lime ") and "does not apply: no attention" in lines["attention_rollout"]


def test_a_plan_with_a_mistake_is_answered_as_in_a_run(cli, tmp_path):
    plan = small.write(tmp_path, small.PLAN.replace("occlusion", "oclusion"))
    status, _, err = cli("methods", "--for", str(plan))
    assert status == 2 and "did you mean `occlusion`" in err


def test_times_are_rows_times_measured_speed(plan, monkeypatch):
    monkeypatch.setattr("auditor.run.method_costs.seconds_per_row", lambda *_: (0.5, 2.0))
    costs = method_costs(load_plan(plan))
    assert costs.methods["integrated_gradients"].seconds == 150 * (17 * 0.5 + 16 * 2.0)
    assert costs.methods["random"].seconds == 0


def test_the_model_is_handed_back_as_it_was(plan):
    with tried(load_plan(plan)) as trial:
        module = trial.model.module
        assert not any(p.requires_grad for p in module.parameters())
    assert module.training and all(p.requires_grad for p in module.parameters())
