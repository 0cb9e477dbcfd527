"""Audits at the end of training, and what code and notebooks see of one."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import pyarrow as pa
import pytest
import torch
from torch import nn

import auditor
from auditor.callbacks import TrainingAudit, lightning_callback, transformers_callback
from auditor.errors import AuditError
from auditor.evidence.handle import Evidence
from auditor.evidence.result_table import page, result_table
from tests.publish import a_run

OPTIONS = {"samples": 60, "methods": ["saliency", "random"], "primary": {"method": "saliency", "fill": "mean", "steps": 4}}


@pytest.fixture(scope="module")
def training(tmp_path_factory) -> tuple[TrainingAudit, nn.Module]:
    """An audit of 90 rows by a small network, and the network in training mode."""
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(90, 4, generator=generator)
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2)).train()
    labels = (inputs[:, 0] > 0).long()
    return TrainingAudit((inputs, labels), ["low", "high"], tmp_path_factory.mktemp("training") / "run", options=OPTIONS), model


@pytest.fixture(autouse=True)
def _no_pages(monkeypatch):
    """Measuring is what matters here; the pages are drawn elsewhere."""
    from auditor import callbacks
    from auditor.evidence.manifest import write_manifest
    from auditor.report.build import build_report

    def measured(evidence: Evidence) -> None:
        build_report(evidence.path)
        write_manifest(evidence.path)

    monkeypatch.setattr(callbacks, "render", measured)


class Logger:
    def __init__(self) -> None:
        self.seen: list[tuple[dict[str, float], int]] = []

    def log_metrics(self, numbers: dict[str, float], step: int) -> None:
        self.seen.append((numbers, step))


def test_a_lightning_callback_audits_once_and_logs_to_every_logger(training, monkeypatch):
    class Callback:
        """What the framework's own class is to this one: a base."""

    monkeypatch.setitem(sys.modules, "lightning", types.ModuleType("lightning"))
    monkeypatch.setitem(sys.modules, "lightning.pytorch", types.SimpleNamespace(Callback=Callback))  # type: ignore[arg-type]
    audit, model = training
    callback = lightning_callback(audit)
    assert isinstance(callback, Callback)
    loggers = [Logger(), Logger()]
    other = types.SimpleNamespace(is_global_zero=False, loggers=loggers, global_step=12)
    callback.on_fit_end(other, model)
    assert callback.evidence is None
    callback.on_fit_end(types.SimpleNamespace(is_global_zero=True, loggers=loggers, global_step=12), model)
    assert model.training
    (numbers, step) = loggers[0].seen[0]
    assert (step, loggers[1].seen) == (12, loggers[0].seen)
    accuracy = next(r for r in callback.evidence.results() if r["name"] == "accuracy")
    assert numbers["audit/accuracy"] == accuracy["value"]


def test_the_transformers_trainer_calls_its_callback_at_the_end(training):
    pytest.importorskip("transformers")
    from transformers import TrainerCallback, TrainerControl, TrainerState

    audit, model = training
    wrapped = TrainingAudit(audit.data, audit.classes, audit.out, options=OPTIONS, module=lambda found: found["net"])
    callback = transformers_callback(wrapped)
    assert isinstance(callback, TrainerCallback)
    state = TrainerState(global_step=5, is_world_process_zero=True)
    callback.on_train_end(None, state, TrainerControl(), model={"net": model}, optimizer=None)
    assert state.log_history[-1]["step"] == 5
    assert state.log_history[-1]["audit/accuracy"] == callback.numbers["audit/accuracy"]


def test_a_framework_that_is_not_installed_is_named(training, monkeypatch):
    for name in ("lightning", "lightning.pytorch", "pytorch_lightning", "transformers"):
        monkeypatch.setitem(sys.modules, name, None)
    for make, extra in ((lightning_callback, "lightning"), (transformers_callback, "transformers")):
        with pytest.raises(AuditError, match="not installed") as refused:
            make(training[0])
        assert refused.value.fix == f"python -m pip install 'auditor[{extra}]'"


def test_results_are_a_flat_table_with_gaps_as_null_and_their_reason(run):
    evidence = Evidence(run.path)
    table = evidence.results("arrow")
    assert isinstance(table, pa.Table)
    rows = table.to_pylist()
    assert [(r["kind"], r["name"]) for r in rows] == [(r.kind, r.name) for r in run.report.results]
    accuracy = next(r for r in rows if r["name"] == "accuracy")
    assert (accuracy["value"], accuracy["low"], accuracy["rows"], accuracy["class"]) == (0.9912, 0.9912 - 0.0027, 5000, None)
    gap = next(r for r in rows if r["name"] == "group_difference")
    assert (gap["value"], gap["rows"], gap["reason"]) == (None, None, "no groups are declared")
    assert result_table([]).num_rows == 0


def test_results_are_a_data_frame_or_say_what_is_missing(run, monkeypatch):
    pandas = pytest.importorskip("pandas")
    frame = Evidence(run.path).results("pandas")
    assert isinstance(frame, pandas.DataFrame)
    assert frame.set_index("name").loc["accuracy", "value"] == 0.9912
    assert Evidence(run.path).results() == Evidence(run.path).results("list")


def test_a_notebook_shows_gates_and_figures_and_no_markup_of_others(run, tmp_path):
    shown = Evidence(run.path)._repr_html_()
    assert "<td>0.9912 fraction</td><td>0.9885 to 0.9939</td><td>5,000</td>" in shown
    assert "<td>not met</td><td>overconfidence</td>" in shown
    evil = "<script>alert(1)</script>"
    prepared = run.report.prepared
    prepared = prepared.model_copy(update={"model": prepared.model.model_copy(update={"name": evil})})
    hostile = a_run.write(tmp_path / "run", prepared=prepared, findings=())
    assert "<script>" not in page(hostile.report.model_dump(mode="json"))
    assert "nothing was passed" in page(hostile.report.model_dump(mode="json"))
    assert "not measured yet" in Evidence(Path(tmp_path / "empty"))._repr_html_()


def test_the_public_name_is_the_same_class():
    assert auditor.Evidence is Evidence
