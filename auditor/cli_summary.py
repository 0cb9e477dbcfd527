"""`auditor summary`: the layers of a plan's model, without running the audit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from auditor.cli_voice import OK, Voice, attempt


def command(
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="The plan.")] = Path("audit.yaml"),
    *,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON object, as in model.json of a run.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No remarks.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="As everywhere.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show whole tracebacks.")] = False,
) -> None:
    """List the layers of a plan's model: output shapes, parameters, multiply-adds. Runs one row; writes nothing."""
    voice = Voice(json_, quiet, verbose, debug)
    raise typer.Exit(attempt(voice, lambda: summary(plan, voice)))


def summary(plan: Path, voice: Voice) -> int:
    """Open model and data, run a few rows, and print what the model is made of."""
    from auditor.plan.read import load_plan
    from auditor.run.summary import summarised

    found = summarised(load_plan(plan))
    voice.say(str(found))
    voice.answer({"status": OK, **found.model_dump(mode="json")})
    return OK
