"""`auditor selftest`: the instrument tested on data and models whose truth is known, on this machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditor.cli_voice import NOT_MET, OK, UNDECIDED, Voice, attempt

if TYPE_CHECKING:
    from auditor.evidence.selftest import Mode, SelftestCheck
    from auditor.selftest.cell import Cell


def command(
    *,
    full: Annotated[
        bool, typer.Option("--full/--quick", help="All repetitions, about an hour; or a quick look of about two minutes.")
    ] = False,
    only: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="This part alone; may be given several times. Nothing is recorded.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the record [default: the user's cache, which runs read].", show_default=False)
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes [default: one per CPU].", show_default=False)] = None,
    table: Annotated[
        Path | None, typer.Option(metavar="RECORD", help="Print the table of a record, and test nothing.", show_default=False)
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no remarks.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show whole tracebacks.")] = False,
) -> None:
    """Test the instrument where the truth is known: coverage of the intervals, false alarms, planted features.

    The record is dated and names the versions; its one line enters every report that this machine then makes with the same
    version. The simulations are the author's own, no test by a third party. Exit status: 0 nothing out of tolerance, 1 a check
    out of tolerance, 3 one undecided after a full test, 130 interrupted (run the same command again to go on).
    """
    voice = Voice(json_, quiet, False, debug)
    if table is not None:
        raise typer.Exit(attempt(voice, lambda: show(table, voice)))
    count = workers or os.cpu_count() or 1
    raise typer.Exit(attempt(voice, lambda: test("full" if full else "quick", tuple(only or ()), out, count, voice)))


def show(path: Path, voice: Voice) -> int:
    """The table of a record in Markdown."""
    from pydantic import ValidationError

    from auditor.errors import AuditError
    from auditor.evidence.selftest import SelftestRecord
    from auditor.selftest.table import markdown

    try:
        record = SelftestRecord.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "it is no record of a self-test"
        raise AuditError(
            "The record cannot be read.", found=f"{path}: {reason}", fix="give the file that `auditor selftest` named"
        ) from problem
    voice.say(markdown(record).rstrip())
    voice.answer({"status": OK, **record.model_dump(mode="json")})
    return OK


def test(mode: Mode, only: tuple[str, ...], out: Path | None, workers: int, voice: Voice) -> int:
    """Run it, record it, and say what was seen."""
    from auditor.evidence.selftest import line_of
    from auditor.selftest.catalogue import chosen
    from auditor.selftest.run import parts_of, recorded, run

    selected, folder = chosen(only), _folder(out)
    parts, done = parts_of(folder, mode), 0

    def tell(cell: Cell, lines: list[SelftestCheck]) -> None:
        nonlocal done
        done += 1
        for line in lines:
            voice.tell(f"{done:>3} of {len(selected)}  {_told(line)}")

    checks = run(selected, mode, parts, workers, tell)
    wrong = [check for check in checks if check.status == "out of tolerance"]
    undecided = [check for check in checks if check.status == "undecided"]
    path, line = None, ""
    if not only:
        record, path = recorded(checks, mode, folder)
        parts.clear()
        line = line_of(record)
        voice.say(f"{line[0].upper()}{line[1:]}.")
        voice.say(f"Record: {path}")
    elif not wrong:
        voice.say("No gross error seen." if mode == "quick" else f"{len(checks) - len(undecided)} of {len(checks)} decided.")
    for check in (*wrong, *(undecided if mode == "full" else ())):
        voice.say(f"  {_told(check)}")
    status = NOT_MET if wrong else UNDECIDED if undecided and mode == "full" else OK
    told = {"record": str(path) if path else None, "line": line, "mode": mode}
    voice.answer({"status": status, **told, "checks": [check.model_dump(mode="json") for check in checks]})
    return status


def _folder(out: Path | None) -> Path:
    from auditor.errors import AuditError
    from auditor.evidence.selftest import selftest_folder

    folder = out or selftest_folder()
    if folder is None:
        raise AuditError("There is no folder for the record.", found="no home folder", fix="name one with --out")
    return folder


def _told(check: SelftestCheck) -> str:
    from auditor.selftest.table import seen

    return f"{check.status:<16} {check.name}: {seen(check)}, expected {check.expected}"
