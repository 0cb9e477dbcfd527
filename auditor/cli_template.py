"""`auditor template`: a folder of own templates to start from, and what is wrong with one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from auditor.cli_voice import FIX, OK, Voice, attempt

app = typer.Typer(no_args_is_help=True, help="Templates of your own: write a folder to start from, and check one.")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No remarks.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show whole tracebacks.")]


@app.command(short_help="Write a folder of templates to start from.")
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder.", show_default=False)],
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Renew standard/ and README.md of a folder that holds files already.")
    ] = False,
    json_: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Write a theme to fill in, and the standard templates with the fields they receive, to read."""
    voice = Voice(json_, quiet, False, debug)

    def body() -> int:
        from auditor.report.own.export import export as write

        written = write(folder, force)
        voice.say(f"{len(written)} files written into {folder}. Begin with {folder / 'README.md'}.")
        voice.answer({"status": OK, "folder": str(folder), "files": [path.relative_to(folder).as_posix() for path in written]})
        return OK

    raise typer.Exit(attempt(voice, body))


@app.command(short_help="Every mistake in a folder of templates.")
def check(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of templates.", show_default=False)],
    *,
    run: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Lay out this run's report too; nothing is written.", show_default=False)
    ] = None,
    json_: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Try templates and theme, on made-up values or on a run, and list every mistake with its file and line."""
    voice = Voice(json_, quiet, False, debug)

    def body() -> int:
        from auditor.report.own.check import check_folder

        found = check_folder(folder, run)
        told = [{"message": e.message, "found": e.found, "expected": e.expected, "fix": e.fix} for e in found]
        voice.answer({"status": FIX if found else OK, "errors": told})
        voice.say("\n\n".join(map(str, found)) if found else f"{folder}: no mistake found.")
        return FIX if found else OK

    raise typer.Exit(attempt(voice, body))
