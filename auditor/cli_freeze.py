"""`auditor freeze PLAN`: write down the thresholds, with digest and date, before anything is measured."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditor.cli_target import file_of
from auditor.cli_voice import OK, Voice, attempt

if TYPE_CHECKING:
    from auditor.evidence.beforehand import Frozen
    from auditor.evidence.timestamp import Witness
    from auditor.plan.read import PlanSource


def command(
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="The plan.")] = Path("audit.yaml"),
    *,
    out: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            help="The file to write, or its folder [default: thresholds.lock.json beside the plan].",
            show_default=False,
        ),
    ] = None,
    timestamp: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="Have an RFC 3161 time-stamp authority witness it (extra `sign`).", show_default=False
        ),
    ] = None,
    authority: Annotated[
        Path | None,
        typer.Option(metavar="CERT", help="Certificate the authority's own must lead to, PEM or DER.", show_default=False),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No remarks.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show whole tracebacks.")] = False,
) -> None:
    """Fix the plan's thresholds before the run: a file with their digest, the data's digest and the date.

    A later run beside it says whether its thresholds and its data are still those. The date is this machine's own: for proof to
    others, have it time-stamped or put the file into a repository.
    """
    voice = Voice(json_, quiet, False, debug)
    raise typer.Exit(attempt(voice, lambda: freeze(plan, out, voice, timestamp or "", authority)))


def freeze(plan: Path, out: str | None, voice: Voice, timestamp: str = "", authority: Path | None = None) -> int:
    """Write the file; one that freezes the same thresholds is left as it is, one that freezes others is never replaced."""
    from auditor.cli_run import read_plan
    from auditor.evidence.atomic import write_atomically
    from auditor.evidence.beforehand import LOCK, witnessed
    from auditor.evidence.record import canonical_json
    from auditor.evidence.timestamp import ask

    source = read_plan(plan, {})
    path = file_of(out, LOCK) if out else source.folder / LOCK
    held = _held(source, plan, path)
    frozen = held or _new(source)
    if timestamp and frozen.stamp is None:
        frozen = frozen.model_copy(update={"stamp": ask(timestamp, frozen.digest, _certificate(authority))})
    if held != frozen:
        write_atomically(path, canonical_json(frozen) + b"\n")
    count = len(frozen.gates) + len(frozen.margins)
    voice.say(f"{count} threshold{'' if count == 1 else 's'} frozen {frozen.frozen}{' (already)' if held else ''}: {path}")
    voice.say(witness_sentence(*witnessed(frozen)))
    if frozen.stamp is None:
        voice.tell("The date is this machine's own; nobody witnesses it. For proof, commit the file or have it time-stamped.")
    voice.answer({"status": OK, "path": str(path), **frozen.model_dump(mode="json")})
    return OK


def _held(source: PlanSource, plan: Path, path: Path) -> Frozen | None:
    """What is frozen already; None where nothing is. Refuses a plan without thresholds, and one with others."""
    from auditor.errors import AuditError
    from auditor.evidence.beforehand import read_lock
    from auditor.plan.digest import thresholds_sha256

    if not source.plan.gates and not _margins(source):
        raise AuditError(
            "There is nothing to freeze.",
            found=f"no gates in {plan}",
            expected="at least one gate",
            fix="add `gates:` to the plan",
        )
    digest = thresholds_sha256(source.plan)
    held = read_lock(path) if path.exists() else None
    if held is not None and held.thresholds_sha256 != digest:
        raise AuditError(
            "Other thresholds are frozen already.",
            found=f"{path}: {held.thresholds_sha256[:12]}…, frozen {held.frozen}",
            expected=f"the thresholds of {plan}: {digest[:12]}…",
            fix="restore the plan's gates; or, to begin anew knowingly, move the file away and freeze again",
        )
    return held


def _new(source: PlanSource) -> Frozen:
    from auditor.evidence.beforehand import Frozen
    from auditor.plan.digest import thresholds_sha256

    return Frozen(
        plan=source.plan.name,
        frozen=datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        thresholds_sha256=thresholds_sha256(source.plan),
        gates=tuple(gate.model_dump(mode="json", exclude_defaults=True) for gate in source.plan.gates),
        data=data_files(source),
        margins=_margins(source),
    )


def _margins(source: PlanSource) -> dict[str, float]:
    return source.plan.previous.margins if source.plan.previous else {}


def witness_sentence(witness: Witness | None, unchecked: str) -> str:
    """'Witnessed by Example TSA, 2026-11-21T08:00:00Z.' or 'Witnessed by nobody.'."""
    if unchecked:
        return f"Time-stamped, but not checked: {unchecked}."
    if witness is None:
        return "Witnessed by nobody."
    traced = "its certificate leads to the given root" if witness.traced else "its certificate was traced to no root"
    return f"Witnessed by {witness.authority}, {witness.time}; {traced}."


def _certificate(path: Path | None) -> bytes:
    from auditor.errors import AuditError

    try:
        return path.read_bytes() if path else b""
    except OSError as problem:
        raise AuditError("The authority's certificate cannot be read.", found=f"{path}: {problem.strerror}") from problem


def data_files(source: PlanSource) -> dict[str, str]:
    """SHA-256 of each file of evaluation data that the plan names; folders and factories have none beforehand."""
    from auditor.evidence.manifest import file_sha256

    data = source.plan.data
    named = [name for name in (data.path, data.labels, *data.files) if name]
    paths = [(source.folder / name).expanduser() for name in named]
    return {path.name: file_sha256(path) for path in paths if path.is_file()}
