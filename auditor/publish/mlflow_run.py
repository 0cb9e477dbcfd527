"""A run in MLflow: metrics with the limits of their intervals, curves as steps, tables, files, tags, the data as input.

Works through the client alone, so that neither the tracking address nor the active run of the program around it changes.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from auditor.errors import AuditError
from auditor.publish.extras import load
from auditor.publish.finished import FinishedRun
from auditor.publish.metrics import curves, metrics
from auditor.publish.tracked import GATE_COLUMNS, PREFIX, files, gap_rows, gate_rows, tags

BATCH = 500
"""Metrics per call; the server takes at most 1,000."""


def log(
    run: FinishedRun, *, experiment: str = "audits", tracking_uri: str = "", run_id: str = "", include_examples: bool = False
) -> str:
    """Log a finished run and return the id of the MLflow run.

    Args:
        run: the run.
        experiment: name of the experiment, made where there is none; ignored with `run_id`.
        tracking_uri: default: what MLflow is configured for.
        run_id: an existing run to log into; default: a new one.
        include_examples: also pages that show rows of the evaluation set.

    Raises:
        AuditError: MLflow is not installed, or refused; a new run is then marked as failed.
    """
    mlflow = load("mlflow", "mlflow", "auditor publish mlflow")
    entities = load("mlflow.entities", "mlflow", "auditor publish mlflow")
    made = ""
    try:
        client = mlflow.MlflowClient(tracking_uri=tracking_uri or None)
        if not run_id:
            known = client.get_experiment_by_name(experiment)
            place = known.experiment_id if known else client.create_experiment(experiment)
            run_id = made = client.create_run(place, run_name=f"audit of {run.name}").info.run_id
        _fill(client, entities, run, run_id, include_examples)
        if made:
            client.set_terminated(made)
    except mlflow.MlflowException as error:
        if made:
            with contextlib.suppress(mlflow.MlflowException):  # the server may be gone
                client.set_terminated(made, status="FAILED")
        files = "maintenance mode" in str(error)
        raise AuditError(
            "MLflow did not take the run.",
            found=str(error).strip().splitlines()[0][:300],
            expected="a tracking server or store that can be written",
            fix="use a database (--tracking-uri sqlite:///mlflow.db), or set MLFLOW_ALLOW_FILE_STORE=true"
            if files
            else "check --tracking-uri, --experiment and --run-id, and run the same command again",
        ) from error
    return run_id


def _fill(client: Any, entities: Any, run: FinishedRun, run_id: str, include_examples: bool) -> None:
    for name, value in tags(run).items():
        client.set_tag(run_id, name, value)
    client.set_tag(run_id, "mlflow.loggedArtifacts", f'[{{"path": "{PREFIX}/gates.json", "type": "table"}}]')
    now = int(time.time() * 1000)
    points = [entities.Metric(name, value, now, step) for name, value, step in _points(run)]
    for start in range(0, len(points), BATCH):
        client.log_batch(run_id, metrics=points[start : start + BATCH])
    client.log_dict(run_id, {"columns": list(GATE_COLUMNS), "data": gate_rows(run)}, f"{PREFIX}/gates.json")
    client.log_dict(run_id, {"columns": ["result", "reason"], "data": gap_rows(run)}, f"{PREFIX}/not_evaluated.json")
    data = run.report.prepared.data
    described = entities.Dataset(
        name=data.name, digest=data.decoded_sha256[:32], source_type="code", source=f'{{"plan": "{run.digests["plan.yaml"]}"}}'
    )
    context = entities.InputTag("mlflow.data.context", "evaluation")
    client.log_inputs(run_id, [entities.DatasetInput(described, [context])])
    with tempfile.TemporaryDirectory() as folder:
        for name, path in files(run, include_examples, Path(folder)).items():
            client.log_artifact(run_id, str(path), "/".join([PREFIX, *name.split("/")[:-1]]))


def _points(run: FinishedRun) -> Iterator[tuple[str, float, int]]:
    """(name, value, step): numbers at step 0, curves point by point."""
    for name, value in metrics(run.report).items():
        yield f"{PREFIX}/{name}", value, 0
    for name, curve in curves(run.report).items():
        for step, y in enumerate(curve.y):
            yield f"{PREFIX}/{name}", y, step
