"""The command line: `auditor run`, `render`, `check`, `verify`, `methods`, `schema`, `doctor`.

Commands import what they need when they run: `auditor --help` loads neither torch nor matplotlib.
"""

from __future__ import annotations

import contextlib
import enum
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from auditor.cli_compare import command as compare
from auditor.cli_frameworks import command as frameworks
from auditor.cli_freeze import command as freeze
from auditor.cli_init import command as init
from auditor.cli_methods import command as methods
from auditor.cli_publish_trackers import app as publish
from auditor.cli_redact import command as redact
from auditor.cli_render import command as render
from auditor.cli_selftest import command as selftest
from auditor.cli_summary import command as summary
from auditor.cli_template import app as template
from auditor.cli_voice import Voice, attempt

app = typer.Typer(
    name="auditor",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="""Audit a PyTorch classifier: what it gets right, whether its explanations hold, and a report to file.

    Write a plan (audit.yaml), run it, read the report. Everything stays in one folder that can be checked later:

    \b
      auditor run                      audit.yaml -> audits/NAME/report.html and report.pdf
      auditor run --dry-run            what it would cost
      auditor check audits/NAME        do the results meet the plan's gates?
      auditor verify audits/NAME       is every file still what was written?

    \b
    Exit status: 0 fine; 2 something you can fix; 4 verification failed; 1 a gate not met (check, run --check);
    3 a gate inconclusive or not evaluated; 130 interrupted (run the same command again to resume).""",
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no remarks.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Name each stage even where nobody watches.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show whole tracebacks.")]
RunDirectory = Annotated[Path, typer.Argument(metavar="RUN", help="The folder that `auditor run` printed.", show_default=False)]


class Device(enum.StrEnum):
    """Where the model runs."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"
    mps = "mps"


class SchemaName(enum.StrEnum):
    """What a JSON Schema is published for."""

    plan = "plan"
    report = "report"
    framework = "framework"


@app.callback(invoke_without_command=True)
def _main(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.", is_eager=True)] = False,
) -> None:
    if version:
        from auditor.evidence.provenance import version as version_of

        typer.echo(f"auditor {version_of('auditor') or 'from source'}")
        raise typer.Exit


@app.command(short_help="Run the audit a plan describes and write its report.")
def run(
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="The plan.")] = Path("audit.yaml"),
    *,
    out: Annotated[
        Path | None, typer.Option(help="Run directory [default: audits/NAME of the plan].", show_default=False)
    ] = None,
    samples: Annotated[
        int | None, typer.Option(help="Cases to explain, instead of the plan's number.", show_default=False)
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Replace one value of the plan: --set primary.steps=10."),
    ] = None,
    device: Annotated[
        Device | None, typer.Option(help="Where the model runs, instead of the plan's choice.", show_default=False)
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what the run would cost; compute nothing.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Exit 1 if a gate is not met, 3 if one is undecided.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Delete an earlier run in the folder first.")] = False,
    json_: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Run the audit a plan describes and write its report. Run again to resume, or to write the report again."""
    from auditor import cli_forecast, cli_run

    voice = Voice(json_, quiet, verbose, debug)
    log: list[Path] = []

    def body() -> int:
        settings = _settings(set_ or [], samples, device)
        source = cli_run.read_plan(plan, settings)
        folder = out or cli_run.default_out(source)
        log.append(folder / "log.txt")
        if dry_run:
            return cli_forecast.dry_run(source, folder, voice, fresh)
        return cli_run.run(source, folder, voice, fresh, check)

    raise typer.Exit(attempt(voice, body, log))


@app.command(short_help="Are the plan's gates met? Answers by exit status too.")
def check(
    run: RunDirectory, *, json_: Json = False, quiet: Quiet = False, verbose: Verbose = False, debug: Debug = False
) -> None:
    """Say whether the gates of the plan are met: exit 0 all met, 1 one not met, 3 one undecided."""
    from auditor import cli_run

    voice = Voice(json_, quiet, verbose, debug)
    raise typer.Exit(attempt(voice, lambda: cli_run.check(run, voice)))


@app.command(short_help="Is a run, or a PDF alone, still what was written?")
def verify(
    path: Annotated[
        Path, typer.Argument(metavar="RUN_OR_PDF", help="A run directory, or a report.pdf alone.", show_default=False)
    ],
    *,
    json_: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Check that a run, or a PDF alone, is still what was written (integrity, not truth). Works offline."""
    from auditor import cli_show

    voice = Voice(json_, quiet, verbose, debug)
    raise typer.Exit(attempt(voice, lambda: cli_show.verify(path, voice)))


@app.command(short_help="Print the JSON Schema of a plan, a report or a framework.")
def schema(
    name: Annotated[SchemaName, typer.Argument(help="plan, report or framework (clauses in a YAML file).", show_default=False)],
    *,
    json_: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Print a JSON Schema, for editors and other programs."""
    from auditor import cli_show

    voice = Voice(True, quiet, verbose, debug)
    raise typer.Exit(attempt(voice, lambda: cli_show.schema(name.value, voice)))


@app.command(short_help="Find what would keep an audit from running here.")
def doctor(*, json_: Json = False, quiet: Quiet = False, verbose: Verbose = False, debug: Debug = False) -> None:
    """Look for what would keep an audit from running here, and say how to fix it."""
    from auditor import doctor as examination

    voice = Voice(json_, quiet, verbose, debug)
    raise typer.Exit(attempt(voice, lambda: examination.report(voice)))


app.command("compare", short_help="Is a later run worse than an earlier one, on the same samples?")(compare)
app.command("frameworks", short_help="List laws, standards and guidance a report can list clauses of.")(frameworks)
app.command("freeze", short_help="Fix the plan's thresholds before the run, with digest and date.")(freeze)
app.command("init", short_help="Write a first plan from a model and data, and try one batch.")(init)
app.command("methods", short_help="List the attribution methods, what they cost, and which fit a plan.")(methods)
app.command("redact", short_help="Make a copy of a run that may be handed on.")(redact)
app.command("render", short_help="Write report.html and report.pdf of a run again.")(render)
app.command("selftest", short_help="Test the instrument on data and models whose truth is known.")(selftest)
app.command("summary", short_help="List the layers of a plan's model.")(summary)
app.add_typer(publish, name="publish")
app.add_typer(template, name="template")


def _settings(pairs: list[str], samples: int | None, device: Device | None) -> dict[str, str]:
    """--set, --samples and --device as overrides of the plan; what is given last on the line of its kind wins."""
    from auditor.errors import AuditError

    settings: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise AuditError(
                "--set needs a key and a value.", found=pair, expected="KEY=VALUE", fix="for example --set primary.steps=10"
            )
        settings[key.strip()] = value
    given = {"samples": samples, "device": device.value if device else None}
    return settings | {key: str(value) for key, value in given.items() if value is not None}


def main(arguments: list[str] | None = None) -> None:
    """Entry point of the console script."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch loads: waiting threads would burn the other cores
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError, OSError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # no terminal is too old for "≥"
    app(args=arguments, prog_name="auditor")
