"""`auditor render`: the documents of a run again, in the plan's layout or another."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer

from auditor.cli_voice import Voice, attempt


class Profile(enum.StrEnum):
    """How much is printed."""

    full = "full"
    summary = "summary"


class Paper(enum.StrEnum):
    """Size of the PDF's pages."""

    a4 = "A4"
    letter = "Letter"


def command(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder that `auditor run` printed.", show_default=False)],
    *,
    profile: Annotated[
        Profile | None, typer.Option(help="summary: at most four pages [default: the plan's].", show_default=False)
    ] = None,
    paper: Annotated[Paper | None, typer.Option(help="Paper of the PDF [default: the plan's].", show_default=False)] = None,
    lang: Annotated[
        str | None, typer.Option(metavar="CODE", help="Language: en or zh [default: the plan's].", show_default=False)
    ] = None,
    templates: Annotated[
        Path | None, typer.Option(metavar="DIR", help="A folder with your own templates.", show_default=False)
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no remarks.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Name each stage even where nobody watches.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show whole tracebacks.")] = False,
) -> None:
    """Write report.html and report.pdf of a run again. Needs no torch.

    With another profile, paper or language than the plan's the files have names of their own: report-summary.pdf.
    """
    from auditor import cli_run
    from auditor.report.layout import Layout

    voice = Voice(json_, quiet, verbose, debug)
    layout = Layout(lang, profile.value if profile else None, paper.value if paper else None, templates)
    raise typer.Exit(attempt(voice, lambda: cli_run.render(run, layout, voice), [run / "log.txt"]))
