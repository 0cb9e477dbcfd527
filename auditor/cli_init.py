"""`auditor init`: a first plan from a model and data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from auditor.cli_target import file_of
from auditor.cli_voice import OK, Voice, attempt


def command(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A file, a folder of transformers, or module:function.")],
    data: Annotated[str, typer.Argument(metavar="DATA", help="A table, arrays, a folder by class, or module:function.")],
    *,
    out: Annotated[str, typer.Option(metavar="PATH", help="The plan to write, or its folder.")] = "audit.yaml",
    factory: Annotated[
        str | None, typer.Option(help="file.py:function that builds the network, for a file of weights.", show_default=False)
    ] = None,
    classes: Annotated[
        str | None, typer.Option(help="Class names in the order of the outputs, with commas.", show_default=False)
    ] = None,
    label: Annotated[str | None, typer.Option(help="Column of the labels.", show_default=False)] = None,
    modality: Annotated[str | None, typer.Option(help="image, tabular, text or series.", show_default=False)] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing plan.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No remarks.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show whole tracebacks.")] = False,
) -> None:
    """Guess what MODEL and DATA are, write a commented plan, and try one batch."""
    voice = Voice(json_, quiet, False, debug)
    names = tuple(name.strip() for name in classes.split(",")) if classes else ()
    options: dict[str, object] = {"factory": factory, "classes": names, "label": label, "modality": modality, "force": force}
    raise typer.Exit(attempt(voice, lambda: init(model, data, file_of(out, "audit.yaml"), options, voice)))


def init(model: str, data: str, out: Path, options: dict[str, object], voice: Voice) -> int:
    """Write the plan and say what one batch showed."""
    from auditor.start import start

    found = start(model, data, out, **options)  # type: ignore[arg-type]
    trial = found.trial
    for sentence in found.why:
        voice.say(f"Guess: {sentence}.")
    if trial.of:
        voice.say(f"One batch: {trial.right} of {trial.of} right ({trial.right / trial.of:.0%}); guessing: {trial.chance:.0%}.")
    for remark in trial.remarks:
        voice.say(f"Careful: {remark}.")
    voice.say(f"Written: {out}. Read it, then run: auditor run {out}")
    counts = {"right": trial.right, "of": trial.of, "chance": trial.chance, "above_chance": trial.above_chance}
    voice.answer({"status": OK, "plan": str(out), **counts, "guesses": list(found.why), "remarks": list(trial.remarks)})
    return OK
