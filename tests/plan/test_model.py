"""Mistakes under `model:`: two sources, weights without a factory, labels without a head, members that are none."""

from __future__ import annotations

import pytest

from auditor.plan.read import load_plan
from auditor.plan.write import plan_yaml
from tests.plan.a_plan import GOOD, mistakes, only, written

HEAD, TAIL = GOOD[: GOOD.index("  factory")], GOOD[GOOD.index("data:") :]
CLASSES = "  classes: [no, yes]\n"
MEMBERS = "  members:\n  - {name: a, factory: a.py:f, weights: a.pt}\n  - {name: b, path: b.ts, output: probabilities}\n"


def plan(model: str) -> str:
    return HEAD + model + TAIL


@pytest.mark.parametrize(
    "model",
    [
        "  path: net.ts\n" + CLASSES,
        "  path: net.pt2\n  sha256: " + "a" * 64 + "\n" + CLASSES,
        "  path: folder\n",
        "  path: bert-v1.0\n",
        MEMBERS + CLASSES,
        MEMBERS + CLASSES + "  combine: mean_logit\n",
        "  members: [{name: a, path: one}, {name: b, path: two}]\n",
        "  factory: a.py:f\n  head: sigmoid\n  multi_label: true\n  threshold: 0.3\n" + CLASSES,
        "  factory: a.py:f\n  head: sigmoid\n" + CLASSES,
    ],
)
def test_every_kind_of_model_is_read_and_written_back_the_same(tmp_path, model):
    first = load_plan(written(tmp_path, plan(model))).plan
    assert load_plan(written(tmp_path, plan_yaml(first))).plan == first


def test_weights_of_members_have_the_short_form_and_can_be_overridden(tmp_path):
    source = load_plan(written(tmp_path, plan(MEMBERS + CLASSES)), {"model.members.0.weights": "other.pt"})
    assert source.plan.model.members[0].weights.path == "other.pt"
    assert source.plan.model.members[1].output == "probabilities"


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (CLASSES, "line 2: `model` has no source."),
        ("  factory: a.py:f\n  path: b.ts\n" + CLASSES, "line 2: `model` has two sources."),
        ("  factory: a.py:f\n" + MEMBERS + CLASSES, "line 2: `model` has two sources."),
        ("  path: b.ts\n  weights: w.pt\n" + CLASSES, "line 5: `model.weights` goes with `factory`."),
        ("  path: b.ts\n  arguments: {a: 1}\n" + CLASSES, "line 5: `model.arguments` goes with `factory`."),
        ("  weights: w.pt\n" + MEMBERS + CLASSES, "line 4: `model.weights` goes with `factory`."),
        ("  factory: a.py:f\n  sha256: " + "a" * 64 + "\n" + CLASSES, "line 5: `model.sha256` pins a file under `path`."),
        ("  members: [{name: a, path: b.ts}]\n" + CLASSES, "line 4: An ensemble has at least two members."),
        (MEMBERS.replace("b, path: b.ts", "a, path: b.ts") + CLASSES, "line 6: Two members are called `a`."),
        (MEMBERS.replace(" path: b.ts,", "") + CLASSES, "line 6: `model.members.1` has no source."),
        (
            MEMBERS.replace(" path: b.ts", " path: b.ts, arguments: {a: 1}") + CLASSES,
            "line 6: `model.members.1.arguments` goes",
        ),
        (MEMBERS.replace("name: b,", "") + CLASSES, "line 6: `model.members.1.name` is missing."),
        (MEMBERS.replace("path: b.ts", "members: []") + CLASSES, "line 6: `model.members.1.members` is not a key"),
        (MEMBERS + CLASSES + "  output: probabilities\n", "line 8: `model.output` of an ensemble is said member by member."),
        ("  factory: a.py:f\n  combine: mean_logit\n" + CLASSES, "line 5: `model.combine` joins the members of an ensemble."),
        (MEMBERS, "line 2: `model.classes` is missing."),
        ("  path: net.pt2\n", "line 2: `model.classes` is missing."),
        ("  factory: a.py:f\n  classes: [one]\n", "line 5: A classifier has at least two classes."),
        ("  factory: a.py:f\n  multi_label: true\n" + CLASSES, "line 5: Several labels per sample need a sigmoid head."),
        ("  factory: a.py:f\n  threshold: 0.3\n" + CLASSES, "line 5: `model.threshold` decides labels of a multi-label model"),
        (
            "  factory: a.py:f\n  multi_label: perhaps\n" + CLASSES,
            "line 5: `model.multi_label` has a value that cannot be used.",
        ),
        (
            "  factory: a.py:f\n  head: sigmoid\n  multi_label: true\n  threshold: 1\n" + CLASSES,
            "line 7: `model.threshold` has a",
        ),
    ],
)
def test_a_mistake_names_its_line(tmp_path, model, message):
    found = [mistake.message for mistake in mistakes(tmp_path, plan(model))]
    assert any(text.startswith(message) for text in found), found


def test_truth_values_stay_mistakes_where_the_plan_wants_none(tmp_path):
    assert "is a truth value" in only(tmp_path, GOOD + "samples: true\n").message


def test_members_of_the_wrong_type_are_told_once(tmp_path):
    for members in ("5", "text", "[1, 2]", "{a: 1}"):
        assert mistakes(tmp_path, plan(f"  members: {members}\n" + CLASSES))
