"""A run in Weights & Biases: summary, tables, curves, the HTML report, and an artifact that follows from the model's."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

from auditor.errors import AuditError
from auditor.publish.extras import load
from auditor.publish.finished import FinishedRun
from auditor.publish.metrics import curves, metrics
from auditor.publish.tracked import GATE_COLUMNS, PREFIX, files, gap_rows, gate_rows, tags


def log(
    run: FinishedRun, *, project: str = "audits", entity: str = "", model: str = "", offline: bool = False,
    include_examples: bool = False,
) -> str:  # fmt: skip
    """Log a finished run and return the id of the W&B run.

    Args:
        run: the run.
        project: the project.
        entity: user or team; default: the one logged in.
        model: an artifact such as `digits:v3` that the audit followed from; draws the lineage.
        offline: keep everything in the folder `wandb`, for `wandb sync`.
        include_examples: also pages that show rows of the evaluation set.

    Raises:
        AuditError: wandb is not installed, or refused.
    """
    wandb = load("wandb", "wandb", "auditor publish wandb")
    if model and offline:
        raise AuditError(
            "A lineage cannot be drawn offline.",
            found=f"--model {model} with --offline",
            expected="a connection, to look the model's artifact up",
            fix="leave out --model, or --offline",
        )
    try:
        began = wandb.init(
            project=project,
            entity=entity or None,
            job_type="audit",
            name=f"audit of {run.name}",
            config=dict(tags(run)),
            mode="offline" if offline else "online",
        )
        with began as active:
            _fill(wandb, active, run, model, include_examples)
            return str(active.id)
    except wandb.Error as error:
        raise AuditError(
            "Weights & Biases did not take the run.",
            found=str(error).splitlines()[0][:300],
            expected="a login that may write to the project",
            fix="log in with `wandb login`, or keep it here with --offline and send it later with `wandb sync`",
        ) from error


def _fill(wandb: Any, active: Any, run: FinishedRun, model: str, include_examples: bool) -> None:
    if model:
        active.use_artifact(model)
    shown: dict[str, Any] = {
        f"{PREFIX}/gates": wandb.Table(columns=list(GATE_COLUMNS), data=gate_rows(run)),
        f"{PREFIX}/not_evaluated": wandb.Table(columns=["result", "reason"], data=gap_rows(run)),
    }
    for name, curve in curves(run.report).items():
        table = wandb.Table(
            columns=[curve.x_name, curve.unit], data=[list(pair) for pair in zip(curve.x, curve.y, strict=True)]
        )
        shown[f"{PREFIX}/{name}"] = wandb.plot.line(table, curve.x_name, curve.unit, title=name)
    if "report.html" in run.documents(include_examples):
        shown[f"{PREFIX}/report"] = wandb.Html((run.path / "report.html").read_text("utf-8"), inject=False)
    active.log(shown)
    active.summary.update({f"{PREFIX}/{name}": value for name, value in metrics(run.report).items()})
    artifact = wandb.Artifact(
        re.sub(r"[^A-Za-z0-9_.-]", "_", f"audit-{run.name}"), type="audit-report", metadata=tags(run),
        description="Report, record and tables of an audit; its id is the SHA-256 of report.json.",
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        for name, path in files(run, include_examples, Path(folder)).items():
            artifact.add_file(str(path), name=name, policy="mutable")
        active.log_artifact(artifact, aliases=[f"report-{run.report_id[:12]}"])
