"""Tables on disk go the whole way: plan, evidence, report, and the same bytes when resumed."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.errors import AuditError
from auditor.evidence.store import Reader
from auditor.plan.read import load_plan
from auditor.report.build import build_report
from auditor.run.audit import audit
from auditor.run.forecast import forecast
from tests.run import small

TABLE = """
name: credit
model: {name: scorer, factory: subject.py:model, classes: [no, yes]}
data:
  name: applicants
  path: applicants.csv
  table:
    label: granted
    id: customer
    ignored: [note]
    numeric: {age: {mean: 45, std: 15}, income: {mean: 30, std: 10}}
    categorical: {work: [private, state, none], sex: [f, m]}
  ids: plain
unit: household
groups: [sex]
methods: [integrated_gradients, occlusion, kernel_shap, random]
primary: {steps: 4}
reference: {rows: 50, draws: 5}
samples: 60
threads: 1
"""

SUBJECT = """
import torch
from torch import nn

def model():
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(7, 8), nn.ReLU(), nn.Linear(8, 2))
"""


def applicants(rows=150):
    draw = np.random.default_rng(0)
    return {
        "customer": [f"c{i}" for i in range(rows)],
        "age": [float(value) for value in draw.integers(20, 80, rows)],
        "income": [round(float(value), 2) for value in draw.normal(30, 10, rows)],
        "work": [str(value) for value in draw.choice(["private", "state", "none"], rows)],
        "sex": [str(value) for value in draw.choice(["f", "m"], rows)],
        "note": ["seen"] * rows,
        "household": [f"h{i // 2}" for i in range(rows)],
        "granted": [str(value) for value in draw.choice(["no", "yes"], rows)],
    }


def csv(columns, delimiter=","):
    lines = [delimiter.join(columns), *(delimiter.join(map(str, row)) for row in zip(*columns.values(), strict=True))]
    return "\n".join(lines) + "\n"


def written(folder, plan=TABLE, subject=SUBJECT, text=None):
    path = small.write(folder, plan, subject)
    (folder / "applicants.csv").write_text(csv(applicants()) if text is None else text)
    return path


@pytest.fixture(scope="module")
def table_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("table")
    plan = written(folder)
    audit(plan, folder / "run")
    return plan, folder / "run", small.report_bytes(folder / "run")


def test_a_table_goes_the_whole_way_under_the_marginal_fill(table_run):
    _, run, content = table_run
    report = json.loads(content)
    prepared = report["prepared"]
    assert prepared["features"]["names"] == ["age", "income", "work", "sex"]
    assert [fill["name"] for fill in prepared["fills"]] == ["marginal"] and "5 background rows" in prepared["fills"][0][
        "description"
    ]
    assert prepared["data"]["units"] == 75 and prepared["data"]["unit"] == "household"
    assert "2 categorical columns one-hot" in prepared["data"]["preprocessing"]
    assert {file["name"] for file in prepared["files"]} == {"applicants.csv", "subject.py"}
    stored = Reader(run).table("attributions")
    values = stored.filter(pc.equal(stored.column("variant"), "")).column("values").to_pylist()
    assert len(values) == 60 * 4 and all(len(row) == 4 for row in values)
    assert dict(Reader(run).table("samples").column("groups")[0].as_py()).keys() == {"sex"}
    assert next(r for r in report["results"] if r["name"] == "accuracy")["kind"] == "estimate"


def test_the_margin_of_random_orders_pairs_to_zero_under_the_marginal_fill(table_run):
    _, run, _ = table_run
    curves = Reader(run).table("curves").to_pylist()
    area = {
        (row["sample_id"], row["order"]): np.trapezoid(row["score"], np.array(row["removed"]) / 4)
        for row in curves
        if not row["method"]
    }
    inserted = {
        key: np.trapezoid(row["score"][::-1], 1 - np.array(row["removed"][::-1]) / 4)
        for row in curves
        if (key := (row["sample_id"], row["order"])) in area and not row["method"]
    }
    margins = [
        (inserted[name, f"random:{2 * pair + 1}"] - area[name, f"random:{2 * pair}"])
        + (inserted[name, f"random:{2 * pair}"] - area[name, f"random:{2 * pair + 1}"])
        for name in {row["sample_id"] for row in curves}
        for pair in range(5)
    ]
    assert len(margins) == 300 and np.abs(margins).max() < 1e-6


def test_a_parquet_file_and_another_delimiter_give_the_same_evidence(table_run, tmp_path):
    _, run, _ = table_run
    semicolons = written(
        tmp_path / "a", TABLE.replace("    label:", '    delimiter: ";"\n    label:'), text=csv(applicants(), ";")
    )
    parquet = written(tmp_path / "b", TABLE.replace("applicants.csv", "applicants.parquet"))
    pq.write_table(pa.table(applicants()), tmp_path / "b" / "applicants.parquet")
    for plan in (semicolons, parquet):
        audit(plan, plan.parent / "run")
        for table in ("predictions", "attributions", "curves"):
            assert Reader(plan.parent / "run").table(table).equals(Reader(run).table(table)), table


def test_rows_of_a_table_that_cannot_be_used_are_counted_by_reason(tmp_path):
    columns = applicants()
    columns["age"][3] = columns["age"][5] = ""
    columns["work"][7] = "navy"
    plan = written(tmp_path, text=csv(columns))
    audit(plan, tmp_path / "run")
    data = build_report(tmp_path / "run").prepared.data
    assert data.excluded == {"no value in `age`": 2, "an unlisted category in `work`": 1}
    assert data.supplied == 150 == data.evaluated + 3 and data.duplicates == 0


def test_a_table_of_which_no_row_can_be_used_is_refused_with_the_reasons(tmp_path):
    columns = applicants(3)
    columns["work"] = ["navy"] * 3
    plan = written(tmp_path, text=csv(columns))
    for attempt in (lambda: audit(plan, tmp_path / "run"), lambda: forecast(load_plan(plan))):
        with pytest.raises(AuditError) as caught:
            attempt()
        assert caught.value.found == "3 rows: an unlisted category in `work`"


def test_the_forecast_counts_every_draw(tmp_path):
    plan = written(tmp_path)
    one = forecast(load_plan(plan, {"reference.draws": "1"}))
    five = forecast(load_plan(plan))
    assert five.draws == {"marginal": 5}
    first, second = ({name: forwards for name, forwards, _ in cost.passes} for cost in (one, five))
    assert second["curves"] == 5 * first["curves"]
    gradients = 60 * 65  # integrated gradients' own forwards, which no fill multiplies
    assert second["attributions"] - gradients == 5 * (first["attributions"] - gradients) > 0
    told = {method.name: method.forwards for method in five.methods}
    assert told["occlusion"] == 5 * {method.name: method.forwards for method in one.methods}["occlusion"]


def test_a_run_that_stops_goes_on_to_a_byte_equal_report(table_run, tmp_path):
    plan, _, content = table_run

    class Stop:
        left = 25

        def stage(self, name, total):
            pass

        def note(self, text):
            pass

        def advance(self, rows):
            self.left -= 1
            if self.left < 0:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        audit(plan, tmp_path / "run", progress=Stop())
    audit(plan, tmp_path / "run")
    assert small.report_bytes(tmp_path / "run") == content


@settings(max_examples=15, deadline=None)
@given(st.lists(st.text(st.sampled_from(list('c017,.\n" fmprivateno')), max_size=60), max_size=8))
def test_any_rows_below_the_column_names_are_counted_or_answered(tmp_path_factory, lines):
    folder = tmp_path_factory.mktemp("any")
    plan = written(folder, TABLE.replace("samples: 60", "samples: 4"), text=csv(applicants(4)) + "\n".join(lines))
    try:
        evidence = audit(plan, folder / "run")
    except AuditError:
        return
    data = evidence.prepared.data
    assert data.supplied == data.evaluated + sum(data.excluded.values())
