"""A trained network, and methods that do not explain it: edges that any weights would show, and the input itself."""

import json
from dataclasses import dataclass

import pytest

from auditor.explain._context import Attribution
from auditor.observe.controls import MODEL_FREE
from auditor.report.build import build_report
from auditor.run import audit as stage
from tests.run import small

PLAN = """
name: caught
model:
  name: digits network
  factory: subject.py:model
  classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]
data:
  name: digits
  factory: subject.py:data
  modality: image
  features: {kind: grid, size: 1}
  ids: plain
methods: [integrated_gradients, occlusion, guided_backprop]
primary: {steps: 10, fill: zeros}
samples: 120
threads: 1
trust: {noise: 1, other_class: false}
"""

SUBJECT = """
import torch
from sklearn.datasets import load_digits
from torch import nn

FOUND = load_digits()
X = torch.from_numpy(FOUND.images).float()[:, None] / 16
Y = torch.from_numpy(FOUND.target)


def data():
    return torch.utils.data.TensorDataset(X[1000:1500], Y[1000:1500])


def model():
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(512, 10)
    )
    optimizer = torch.optim.Adam(net.parameters(), 0.01)
    for step in range(120):
        rows = torch.arange(step * 32, step * 32 + 32) % 1000
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(X[rows]), Y[rows]).backward()
        optimizer.step()
    return net
"""


@dataclass(frozen=True)
class Distance:
    """|x − fill|: it sees the input and never the model."""

    title = "Distance from the fill"
    citation, failings, unit, needs = "none", "none", "none", frozenset()
    complete, signed, pool, level = False, False, "mean", "feature"

    def cost(self, features):
        return 0, 0

    def attribute(self, context):
        return Attribution(MODEL_FREE["magnitude"](context).to(context.batch.x), {})


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    """Verdict of each method, as stored in the report."""
    folder = tmp_path_factory.mktemp("caught")
    plan = small.write(folder, PLAN, SUBJECT)
    build = stage.facts.build_methods
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage.facts, "build_methods", lambda plan: {**build(plan), "distance": Distance()})
        stage.audit(plan, folder / "run")
    build_report(folder / "run")
    report = json.loads((folder / "run" / "report.json").read_bytes())
    return {f["id"].removeprefix("verdict-"): f for f in report["findings"] if f["kind"] == "verdict"}


def criteria(verdict):
    return {one["id"]: one["status"] for one in verdict["criteria"]}


def test_guided_backpropagation_is_caught_by_other_weights(verdicts):
    found = verdicts["guided_backprop"]
    assert criteria(found)["V3"] != "met", found["criteria"][2]
    assert "do not rely on" in found["statement"]


def test_the_distance_from_the_fill_beats_random_orders_and_is_relied_on_all_the_same_never(verdicts):
    found = verdicts["distance"]
    assert criteria(found)["V1"] == "met"
    assert criteria(found)["V2"] != "met" and criteria(found)["V3"] != "met"
    assert "do not rely on" in found["statement"]


@pytest.mark.parametrize("name", ["integrated_gradients", "occlusion"])
def test_methods_that_follow_the_weights_pass_where_these_fail(verdicts, name):
    assert criteria(verdicts[name])["V3"] == "met", verdicts[name]["criteria"][2]
