"""Audits from Python store what lies beside the plan as the command does: frozen thresholds, the register, the run before."""

from __future__ import annotations

import json

import pytest
import torch
from torch import nn

import auditor
from auditor.cli import main
from auditor.errors import AuditError
from auditor.evidence.beforehand import read_beforehand
from tests.run import small

GATED = small.PLAN.replace("samples: 150", "samples: 60") + "gates:\n- {result: accuracy, at_least: 0.99}\n"
REGISTER = "- {id: F1, severity: high, gate: accuracy, owner: A. Example}\n"


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    """A frozen plan with a register, and its first run made from Python."""
    folder = tmp_path_factory.mktemp("api")
    plan = small.write(folder, GATED)
    with pytest.raises(SystemExit):
        main(["freeze", str(plan), "-q"])
    (folder / "findings.yaml").write_text(REGISTER)
    return plan, auditor.audit(plan, folder / "first")


def report_of(evidence):
    auditor.render(evidence)
    return json.loads((evidence.path / "report.json").read_bytes())


@pytest.fixture(autouse=True)
def without_pdf(monkeypatch):
    monkeypatch.setattr("auditor.report.render.write_pdf", lambda *_: b"")


def test_frozen_thresholds_and_the_register_are_stored_with_the_run(audited):
    _, evidence = audited
    before = read_beforehand(evidence.path)
    assert before.frozen is not None and before.first
    report = report_of(evidence)
    assert report["beforehand"]["frozen"]["plan"] == "small"
    assert [one["id"] for one in report["findings"] if one["kind"] == "finding"] == ["F1"]


def test_a_later_audit_counts_the_first_and_is_compared_with_it(audited):
    plan, first = audited
    report_of(first)
    later = plan.with_name("later.yaml")
    later.write_text(GATED + "previous: {run: first, margins: {accuracy: 0.02}}\n")
    evidence = auditor.audit(later, plan.parent / "second")
    assert read_beforehand(evidence.path).earlier == 1
    report = report_of(evidence)
    assert report["comparison"]["pairing"]["pairs"] == 240
    (gate,) = [one for one in report["findings"] if one["id"] == "previous-accuracy"]
    assert gate["status"] == "met"
    again = auditor.render(evidence.path)  # the folder alone: the stored comparison is enough
    assert again.html.exists() and json.loads((evidence.path / "report.json").read_bytes()) == report


def test_a_missing_run_before_stops_before_anything_is_computed(audited):
    plan, _ = audited
    lost = plan.with_name("lost.yaml")
    lost.write_text(GATED + "previous: nowhere\n")
    with pytest.raises(AuditError, match="is not there"):
        auditor.audit(lost, plan.parent / "third")
    assert not (plan.parent / "third").exists()


def test_a_model_in_memory_has_no_plan_beside_it_and_counts_earlier_audits(tmp_path):
    def audit(out):
        torch.manual_seed(0)
        x, y = torch.randn(60, 4), torch.randint(0, 2, (60,))
        options = {"samples": 20, "methods": ["saliency"], "primary": {"method": "saliency"}, "trust": {"enabled": False}}
        gates = [{"result": "accuracy", "at_least": 0.1}]
        return auditor.audit_model(nn.Linear(4, 2), (x, y), classes=["a", "b"], out=out, gates=gates, options=options)

    (tmp_path / "thresholds.lock.json").write_text("not read")
    first, second = (audit(tmp_path / name) for name in ("one", "two"))
    assert (read_beforehand(first.path).earlier, read_beforehand(second.path).earlier) == (0, 1)
    assert read_beforehand(first.path).frozen is None
