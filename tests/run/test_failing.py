"""Rows the model raises for, models that answer nothing, and what a refused start leaves behind."""

from __future__ import annotations

import json

import pytest

from auditor.errors import AuditError, UserCodeError
from auditor.evidence.store import Reader
from auditor.run.audit import audit
from tests.run import small
from tests.run.small import Heard

PLAN = small.PLAN.replace("samples: 150", "samples: 30")
PLAN = PLAN.replace("[integrated_gradients, saliency, occlusion, random]", "[saliency]")
PLAN = PLAN.replace("{steps: 6, fill: mean}", "{method: saliency, steps: 3, fill: mean}")
RAISING = (
    small.SUBJECT
    + """

class Picky(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = network()

    def forward(self, x):
        if (x.flatten(1)[:, 0] > LIMIT).any():
            raise ZeroDivisionError("row of Ann Smith")
        return self.net(x)


def model():
    return Picky()
"""
).replace("def model():\n    torch", "def network():\n    torch", 1)


def logits_of(run):
    table = Reader(run).table("predictions")
    return dict(zip(table["sample_id"].to_pylist(), table["logits"].to_pylist(), strict=True))


def test_a_row_the_model_raises_for_is_left_out_by_name_and_changes_no_other_row(tmp_path):
    heard = Heard()
    audit(small.write(tmp_path / "a", PLAN, RAISING.replace("LIMIT", "1.9")), tmp_path / "a" / "run", progress=heard)
    audit(small.write(tmp_path / "b", PLAN, RAISING.replace("LIMIT", "1e9")), tmp_path / "b" / "run")
    picky, plain = logits_of(tmp_path / "a" / "run"), logits_of(tmp_path / "b" / "run")
    failed = {name for name, logits in picky.items() if not logits}
    data = Reader(tmp_path / "a" / "run").prepared.data
    assert 0 < len(failed) < 20 and data.evaluated == 240 - len(failed)
    (reason,) = data.excluded
    assert reason.startswith("the model raised ZeroDivisionError (in forward, subject.py line ") and "Ann" not in reason
    assert sum("row of Ann Smith" in note for note in heard.notes) == min(10, len(failed))
    assert all(picky[name] == plain[name] for name in picky if name not in failed)


def test_the_text_of_what_was_raised_is_told_only_where_examples_are_full(tmp_path):
    heard, plan = Heard(), PLAN.replace("examples: full", "examples: redacted")
    audit(small.write(tmp_path, plan, RAISING.replace("LIMIT", "1.9")), tmp_path / "run", progress=heard)
    assert any("is left out" in note for note in heard.notes) and not any("Ann" in note for note in heard.notes)


def test_a_first_row_the_model_raises_for_does_not_stop_the_audit(tmp_path):
    planted = "x[0, 0, 0] = 10.0 if i in (0, 3) else 0.0\n        label = (0"
    subject = RAISING.replace("LIMIT", "9").replace("label = (0", planted)
    audit(small.write(tmp_path, PLAN, subject), tmp_path / "run")
    assert Reader(tmp_path / "run").prepared.data.evaluated == 238


def test_a_model_that_raises_for_every_row_stops_the_audit(tmp_path):
    with pytest.raises(UserCodeError, match="ZeroDivisionError"):
        audit(small.write(tmp_path, PLAN, RAISING.replace("LIMIT", "-9e9")), tmp_path / "run")


def test_a_model_whose_every_output_is_nan_is_refused_and_leaves_no_predictions(tmp_path):
    subject = RAISING.replace("LIMIT", "1e9").replace("return self.net(x)", "return self.net(x) * float('nan')")
    with pytest.raises(AuditError, match="answers no row") as raised:
        audit(small.write(tmp_path, PLAN, subject), tmp_path / "run")
    assert "240 rows: the model's output has NaN" in raised.value.found
    assert not list((tmp_path / "run" / "evidence").rglob("predictions/*.parquet"))


def test_a_refused_start_leaves_the_times_of_the_run_as_they_were(tmp_path):
    plan = small.write(tmp_path, PLAN, RAISING.replace("LIMIT", "1e9"))
    audit(plan, tmp_path / "run")
    before = (tmp_path / "run" / "run.json").read_bytes()
    begun = tmp_path / "run" / "evidence" / "begun.json"
    begun.write_text(json.dumps(json.loads(begun.read_text()) | {"threads": 7}))
    with pytest.raises(AuditError, match="begun under other conditions"):
        audit(plan, tmp_path / "run")
    assert (tmp_path / "run" / "run.json").read_bytes() == before
