"""`auditor publish mlflow`, `wandb` and `tensorboard`: a finished run in an experiment tracker."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditor.cli_publish import Debug, Examples, Json, Quiet, RunDirectory
from auditor.cli_publish import app as app
from auditor.cli_voice import OK, Voice, attempt

if TYPE_CHECKING:
    from auditor.publish.finished import FinishedRun


@app.command(short_help="Log the run in MLflow.")
def mlflow(
    run: RunDirectory,
    *,
    experiment: Annotated[str, typer.Option(help="Name of the experiment.")] = "audits",
    tracking_uri: Annotated[str, typer.Option(help="Server or store [default: what MLflow is configured for].")] = "",
    run_id: Annotated[str, typer.Option(help="An existing MLflow run to log into [default: a new one].")] = "",
    include_examples: Examples = False,
    json_: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Metrics with intervals, curves as steps, tables, files, tags, and the data set as input."""

    def logged(found: FinishedRun) -> str:
        from auditor.publish.mlflow_run import log

        os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")  # its own seven take minutes to say that nobody answers
        return log(found, experiment=experiment, tracking_uri=tracking_uri, run_id=run_id, include_examples=include_examples)

    _track(run, logged, Voice(json_, quiet, False, debug))


@app.command(short_help="Log the run in Weights & Biases.")
def wandb(
    run: RunDirectory,
    *,
    project: Annotated[str, typer.Option(help="The project.")] = "audits",
    entity: Annotated[str, typer.Option(help="User or team [default: who is logged in].")] = "",
    model: Annotated[str, typer.Option(help="Artifact of the audited model, such as digits:v3; draws the lineage.")] = "",
    offline: Annotated[bool, typer.Option("--offline", help="Keep it in the folder wandb, for `wandb sync`.")] = False,
    include_examples: Examples = False,
    json_: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Summary, tables, curves, the HTML report, and an artifact with the documents."""

    def logged(found: FinishedRun) -> str:
        from auditor.publish.wandb_run import log

        return log(found, project=project, entity=entity, model=model, offline=offline, include_examples=include_examples)

    _track(run, logged, Voice(json_, quiet, False, debug))


@app.command(short_help="Write the run for TensorBoard.")
def tensorboard(
    run: RunDirectory,
    *,
    folder: Annotated[Path, typer.Option("--logdir", help="Log directory.")] = Path("runs"),
    step: Annotated[int, typer.Option(help="Step of the numbers, such as the model's epoch.", min=0)] = 0,
    json_: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Numbers and curves as scalars, the summary as text."""

    def logged(found: FinishedRun) -> str:
        from auditor.publish.tensorboard_run import log

        return str(log(found, folder, step=step))

    _track(run, logged, Voice(json_, quiet, False, debug))


def _track(run: Path, logged: Callable[[FinishedRun], str], voice: Voice) -> None:
    def body() -> int:
        from auditor.publish.finished import finished

        opened = finished(run)
        where = logged(opened)
        voice.say(where)
        voice.answer({"status": OK, "run": str(run), "report_id": opened.report_id, "logged": where})
        return OK

    raise typer.Exit(attempt(voice, body))
