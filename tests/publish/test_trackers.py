"""Experiment trackers: MLflow on both local stores, Weights & Biases offline, TensorBoard without torch."""

from __future__ import annotations

import os
import subprocess
import sys
import types
from pathlib import Path

import pytest

from auditor.errors import AuditError
from auditor.publish import tracked
from auditor.publish.card_figures import Figure
from auditor.publish.metrics import curves, metrics
from tests.publish import a_run
from tests.report import sample

DELETION = "deletion_curve.fill.mean.method.integrated_gradients"


@pytest.fixture(autouse=True)
def _no_drawing(monkeypatch, tmp_path):
    monkeypatch.setattr(tracked, "figures", lambda run: (Figure("curves.svg", b"<svg/>", "a curve", "Verdict."),))
    monkeypatch.chdir(tmp_path)


@pytest.mark.filterwarnings("ignore")
def test_a_store_of_files_that_mlflow_refuses_is_told_with_both_ways_out(run, tmp_path, monkeypatch):
    monkeypatch.delenv("MLFLOW_ALLOW_FILE_STORE", raising=False)
    from auditor.publish.mlflow_run import log

    with pytest.raises(AuditError, match="did not take") as refused:
        log(run, tracking_uri=(tmp_path / "mlruns").as_uri())
    assert "sqlite:///mlflow.db" in refused.value.fix and "MLFLOW_ALLOW_FILE_STORE=true" in refused.value.fix


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["sqlite", "files"])
def test_mlflow_holds_numbers_curves_files_tags_and_the_data(run, tmp_path, kind, monkeypatch):
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    mlflow = pytest.importorskip("mlflow")
    from auditor.publish.mlflow_run import log

    if kind == "sqlite":
        pytest.importorskip("sqlalchemy")
    store = f"sqlite:///{tmp_path}/audits.db" if kind == "sqlite" else (tmp_path / "store").as_uri()
    client = mlflow.MlflowClient(tracking_uri=store)
    client.create_experiment("audits", artifact_location=(tmp_path / "artifacts").as_uri())
    found = client.get_run(log(run, tracking_uri=store))
    expected = {f"audit/{name}": value for name, value in metrics(run.report).items()}
    assert {name: found.data.metrics[name] for name in expected} == pytest.approx(expected)
    history = client.get_metric_history(found.info.run_id, f"audit/{DELETION}")
    assert [point.value for point in sorted(history, key=lambda point: point.step)] == list(curves(run.report)[DELETION].y)
    assert found.data.tags["auditor.gates"] == "not met"
    assert found.data.tags["auditor.verdict"] == "Integrated Gradients: Do not rely on"
    assert found.info.status == "FINISHED"
    assert found.inputs.dataset_inputs[0].dataset.name == "mnist-5k"
    assert found.inputs.dataset_inputs[0].tags[0].value == "evaluation"
    names = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    held = {name.partition("/audit/")[2] for name in names if "/audit/" in name}
    assert {"report.pdf", "report.html", "report.json", "gates.json", "not_evaluated.json", "figures/curves.svg"} <= held


def test_a_server_that_is_gone_is_told_also_where_it_goes_while_a_run_is_logged(run, monkeypatch):
    mlflow = pytest.importorskip("mlflow")
    from auditor.publish import mlflow_run

    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(AuditError, match="did not take the run") as refused:
        mlflow_run.log(run, tracking_uri="http://127.0.0.1:9")
    assert "--tracking-uri" in refused.value.fix

    def gone(*_, **__):
        raise mlflow.MlflowException("nobody answers")

    client = types.SimpleNamespace(
        get_experiment_by_name=lambda name: types.SimpleNamespace(experiment_id="1"),
        create_run=lambda *_, **__: types.SimpleNamespace(info=types.SimpleNamespace(run_id="a")),
        set_tag=gone,
        set_terminated=gone,
    )
    monkeypatch.setattr(mlflow, "MlflowClient", lambda **_: client)
    with pytest.raises(AuditError, match="did not take the run"):
        mlflow_run.log(run)


@pytest.mark.filterwarnings("ignore")
def test_mlflow_keeps_the_programs_own_address_and_run_and_can_log_into_one(run, tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    mlflow = pytest.importorskip("mlflow")
    from auditor.publish.mlflow_run import log

    before, store = mlflow.get_tracking_uri(), (tmp_path / "store").as_uri()
    first = log(run, tracking_uri=store)
    assert log(run, tracking_uri=store, run_id=first) == first
    with pytest.raises(AuditError, match="did not take"):
        log(run, tracking_uri=store, run_id="f" * 32)
    with pytest.raises(AuditError, match="did not take"):
        log(run, tracking_uri="nonsense:///store")
    assert (mlflow.get_tracking_uri(), mlflow.active_run()) == (before, None)
    client = mlflow.MlflowClient(tracking_uri=store)
    assert len(client.search_runs([client.get_experiment_by_name("audits").experiment_id])) == 1


OFFLINE = """
import sys
import types
from auditor.publish import tracked
from auditor.publish.finished import finished
from auditor.publish.wandb_run import log
tracked.figures = lambda run: ()
for run in sys.argv[1:]:
    print(log(finished(run), project="audits", offline=True))
"""


def offline(folder: Path, *runs: Path) -> list[Path]:
    """Log runs in a process of their own: wandb keeps services and hooks."""
    environment = {**os.environ, "WANDB_SILENT": "true", "WANDB_DIR": str(folder), "WANDB_DISABLE_CODE": "true"}
    environment |= {name: str(folder / name.lower()) for name in ("WANDB_CACHE_DIR", "WANDB_CONFIG_DIR", "WANDB_DATA_DIR")}
    command = [sys.executable, "-c", OFFLINE, *map(str, runs)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=folder, check=False)
    assert done.returncode == 0, done.stderr
    return [next((folder / "wandb").glob(f"offline-run-*-{name}")) for name in done.stdout.split()]


def test_wandb_offline_holds_everything_and_pages_with_rows_only_when_asked_for(run, tmp_path):
    pytest.importorskip("wandb")
    full = a_run.write(tmp_path / "run", plan=sample.plan(gates=a_run.GATES, examples="full"))
    found, closed = offline(tmp_path, run.path, full.path)
    names = [path.relative_to(found).as_posix() for path in found.rglob("*") if path.is_file()]
    assert [name for name in names if "audit/gates" in name and name.endswith(".table.json")]
    (html,) = [name for name in names if name.endswith(".html")]
    assert (found / html).read_text() == (run.path / "report.html").read_text()
    content = next(found.glob("*.wandb")).read_bytes()
    for part in (b"audit/accuracy", b"audit/accuracy_ci_low", b"audit-digits", b"audit-report", run.report_id.encode()):
        assert part in content
    assert b"report.pdf" in content
    assert not list(closed.rglob("*.html"))
    assert b"report.pdf" not in next(closed.glob("*.wandb")).read_bytes()


def test_tensorboard_shows_numbers_curves_and_the_summary(run, tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    from auditor.publish.tensorboard_run import log

    read = EventAccumulator(str(log(run, tmp_path / "runs", step=7)))
    read.Reload()
    (accuracy,) = read.Scalars("audit/accuracy")
    assert (accuracy.step, accuracy.value) == (7, pytest.approx(0.9912))
    points = read.Scalars(f"audit_curves/{DELETION}")
    assert [point.value for point in points] == pytest.approx(list(curves(run.report)[DELETION].y))
    assert read.Tensors("audit/summary")[0].tensor_proto.string_val[0].startswith(b"## Audit of digit-cnn")
    assert set(read.Tags()["scalars"]) == {f"audit/{n}" for n in metrics(run.report)} | {
        f"audit_curves/{n}" for n in curves(run.report)
    }


@pytest.mark.parametrize("name", ["mlflow", "wandb", "tensorboard"])
def test_a_missing_tracker_is_named_with_the_line_that_installs_it(run, tmp_path, monkeypatch, name):
    from auditor.publish import mlflow_run, tensorboard_run, wandb_run

    monkeypatch.setitem(sys.modules, name, None)
    for module in [module for module in sys.modules if module.startswith(f"{name}.")]:
        monkeypatch.delitem(sys.modules, module)
    logs = {
        "mlflow": mlflow_run.log,
        "wandb": wandb_run.log,
        "tensorboard": lambda run: tensorboard_run.log(run, tmp_path / "x"),
    }
    with pytest.raises(AuditError, match="not installed") as refused:
        logs[name](run)
    assert refused.value.fix == f"python -m pip install 'auditor[{name}]'"
    assert list(tmp_path.iterdir()) == []


def test_publishing_loads_no_torch():
    program = "import sys; from auditor.publish import tensorboard_run, mlflow_run, wandb_run, hub, cyclonedx, card"
    program += "; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
