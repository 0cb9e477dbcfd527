"""Groups through the whole way: what is stored of them, what gates may rest on, and what a privacy mode keeps back."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import auditor
from auditor.errors import AuditError
from auditor.evidence.store import Reader
from auditor.plan.read import load_plan
from auditor.report.build import build_report
from auditor.run.forecast import forecast
from tests.run import small

PLAN = """
name: people
model:
  name: people network
  factory: subject.py:model
  classes: [refused, granted]
data:
  name: people
  factory: subject.py:data
  features: {kind: columns, names: [height, income, noise]}
  ids: plain
methods: [integrated_gradients, random]
primary: {steps: 3, fill: mean}
groups: [sex]
samples: 120
seed: 1
threads: 1
trust: {enabled: false}
operating_point: {class: granted, threshold: 0.6}
gates:
  - {result: accuracy, at_least: 0.2}
  - {result: faithfulness_margin, at_least: -0.9}
  - {result: impact_ratio, slice: {attribute: sex, class: granted, threshold: 0.6}, at_least: 0.01}
  - {result: worst_group, slice: {}, at_least: 0.1}
"""

SUBJECT = """
import torch
from torch import nn


class Rows(torch.utils.data.Dataset):
    def __len__(self):
        return 300

    def __getitem__(self, i):
        x = torch.randn(3, generator=torch.Generator().manual_seed(i))
        sex = "f" if i % 5 < 2 else "m"
        x[0] += -1.5 if sex == "f" else 1.5
        groups = {} if i % 50 == 0 else {"sex": sex}
        return {"input": x, "label": int(x[1] + 0.3 * x[0] > 0), "id": f"row-{i:03d}", "groups": groups}


def data():
    return Rows()


def model():
    torch.manual_seed(3)
    layer = nn.Linear(3, 2)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[0.0, 0.0, 0.0], [0.6, 1.0, 0.0]]))
        layer.bias.zero_()
    return nn.Sequential(layer)
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("people")
    auditor.audit(small.write(folder, PLAN, SUBJECT), folder / "run")
    build_report(folder / "run")
    return folder / "run"


def results(run: Path) -> list[dict]:
    return json.loads((run / "report.json").read_text())["results"]


def test_the_inputs_of_a_table_with_groups_are_stored_as_the_model_receives_them(tmp_path: Path) -> None:
    auditor.audit(small.write(tmp_path, PLAN + "examples: full\n", SUBJECT), tmp_path / "run")
    table = Reader(tmp_path / "run").table("inputs")
    assert table.num_rows == 300 and table["feature"][0].as_py() == [0, 1, 2]
    import torch

    expected = torch.randn(3, generator=torch.Generator().manual_seed(7)).numpy()
    expected[0] += -1.5 if 7 % 5 < 2 else 1.5
    assert np.allclose(table["values"][table["sample_id"].to_pylist().index("row-007")].as_py(), expected)


def test_the_planted_proxy_is_found_and_rows_without_a_value_are_a_group(run: Path) -> None:
    area = {one["slice"]["feature"]: one for one in results(run) if one["name"] == "proxy_auc" and one["slice"]["group"] == "m"}
    assert area["height"]["value"] > 0.9 and area["height"]["value"] > area["income"]["value"] + 0.2
    (counts,) = [one for one in results(run) if one["name"] == "group_counts"]
    assert counts["columns"][0] == "group" and [row[0] for row in counts["rows"]] == ["f", "m", "not stated"]


def test_gates_rest_on_all_rows_unless_they_name_a_group(run: Path) -> None:
    gates = [one for one in json.loads((run / "report.json").read_text())["findings"] if one["kind"] == "gate"]
    assert [one["results"][0][1] for one in gates] == [
        {},
        {"method": "integrated_gradients", "fill": "mean"},
        {"attribute": "sex", "class": "granted", "threshold": "0.6"},
        {},
    ]
    assert all(one["status"] in ("met", "not met", "inconclusive") for one in gates)


def test_resuming_a_complete_run_changes_nothing(run: Path) -> None:
    before = (run / "report.json").read_bytes()
    auditor.audit(run.parent / "audit.yaml", run)
    build_report(run)
    assert (run / "report.json").read_bytes() == before


def test_a_declared_group_that_no_row_has_is_refused_before_anything_runs(tmp_path: Path) -> None:
    plan = small.write(tmp_path, PLAN.partition("operating_point")[0].replace("groups: [sex]", "groups: [sx]"), SUBJECT)
    for begin in (lambda: auditor.audit(plan, tmp_path / "run"), lambda: forecast(load_plan(plan))):
        with pytest.raises(AuditError, match="group `sx` is missing in the data") as caught:
            begin()
        assert caught.value.found == "groups in the data: sex"


def test_no_input_is_stored_where_the_plan_allows_no_examples(tmp_path: Path) -> None:
    auditor.audit(small.write(tmp_path, PLAN + "examples: none\n", SUBJECT), tmp_path / "run")
    assert not Reader(tmp_path / "run").has("inputs")
    build_report(tmp_path / "run")
    reasons = {one["reason"] for one in results(tmp_path / "run") if one["name"] == "proxy_auc"}
    assert reasons == {"withheld: the plan's `examples: none` keeps inputs out of the evidence"}
    assert "row-" not in json.dumps(results(tmp_path / "run"))
