"""`auditor redact`: a copy of a run that may be handed on."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path
from typing import Annotated

import typer

from auditor.cli_voice import OK, Voice, attempt
from auditor.errors import AuditError


def command(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder that `auditor run` printed.", show_default=False)],
    *,
    out: Annotated[Path, typer.Option(help="Folder of the copy; new or empty.", show_default=False)],
    drop_groups: Annotated[
        bool, typer.Option("--drop-groups", help="Aggregates only: no result by group, and no row of evidence.")
    ] = False,
    keep_ids: Annotated[bool, typer.Option("--keep-ids", help="Samples keep the ids they have in the run.")] = False,
    key: Annotated[
        Path | None,
        typer.Option(
            help="File to keep the key of the new ids in, outside the copy. Default: it is forgotten.", show_default=False
        ),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no remarks.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Name each stage even where nobody watches.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show whole tracebacks.")] = False,
) -> None:
    """Make a copy of a run without inputs, pictures, texts and lists of single rows, under new ids."""
    voice = Voice(json_, quiet, verbose, debug)
    raise typer.Exit(attempt(voice, lambda: _redact(run, out, voice, (drop_groups, keep_ids), key)))


def _redact(run: Path, out: Path, voice: Voice, asked: tuple[bool, bool], key: Path | None) -> int:
    from auditor.document import render
    from auditor.publish.finished import finished
    from auditor.publish.redacted import write_copy
    from auditor.verify import verify

    drop_groups, keep_ids = asked
    found = finished(run)
    verify(run)  # a changed run is not handed on under its own name
    _check_empty(run, out)
    made = None if keep_ids else secrets.token_bytes(32)
    kept = key if made is not None else None
    if kept is not None and made is not None:
        _keep(kept, out, made)
    try:
        write_copy(found, out, made, groups=not drop_groups)
        rendered = render(out)
        checked = verify(out)
    except BaseException:  # half a copy is none: the same command finds everything as it was before
        _undo(out, kept)
        raise
    for label, path in (("HTML", rendered.html), ("PDF", rendered.pdf), ("Data", out / "report.json")):
        voice.say(f"{label:<10} {path if path else 'not written'}")
    voice.say(f"{'Report id':<10} {checked.report_id}, redacted from {found.report_id}")
    if not drop_groups:
        voice.tell("note: the evidence in this copy still has a line per row, under a new id; --drop-groups leaves it out")
    voice.answer({"status": OK, "copy": str(out), "report_id": checked.report_id, "redacted_from": found.report_id})
    return OK


def _undo(out: Path, key: Path | None) -> None:
    for path in out.iterdir() if out.is_dir() else ():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    if key is not None:
        key.unlink(missing_ok=True)


def _check_empty(run: Path, out: Path) -> None:
    if out.resolve().is_relative_to(run.resolve()) or (out.exists() and (not out.is_dir() or any(out.iterdir()))):
        raise AuditError(
            "The copy needs a folder of its own.",
            found=f"{out}: not empty, or inside the run",
            expected="a new or empty folder",
            fix="choose another folder with --out",
        )


def _keep(path: Path, out: Path, key: bytes) -> None:
    if path.resolve().is_relative_to(out.resolve()) or path.exists():
        raise AuditError(
            "The key cannot be kept there.",
            found=f"{path}: {'there is a file already' if path.exists() else 'inside the copy, which is handed on'}",
            expected="a new file outside the copy",
            fix="choose another file with --key",
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(key.hex().encode() + b"\n")
