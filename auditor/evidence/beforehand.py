"""What stood before a run: thresholds frozen in a file, and earlier audits of the same data. All by the auditor's own clock.

`thresholds.lock.json` beside the plan is written by `auditor freeze`; earlier audits are the other folders beside the run's,
so audits elsewhere, and deleted ones, are not counted. Both are stored once, when the run is first completed.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from auditor.errors import AuditError
from auditor.evidence.atomic import write_atomically
from auditor.evidence.record import Record, canonical_json
from auditor.evidence.timestamp import Stamp, Witness, available, check

LOCK = "thresholds.lock.json"


class Frozen(Record):
    """The file of `auditor freeze`."""

    schema_version: str = "1"
    plan: str = Field(description="name of the plan")
    frozen: str = Field(description="when, UTC, by the clock of the machine: 2026-11-21T08:00:00Z")
    thresholds_sha256: str
    gates: tuple[dict[str, Any], ...] = Field(description="the gates as they stood")
    data: dict[str, str] = Field(description="file of the evaluation data -> SHA-256; {} where the plan names no file")
    margins: dict[str, float] = Field({}, description="losses accepted against the release before, as they stood")
    stamp: Stamp | None = Field(None, description="time stamp of all the rest; None: nobody witnesses the time")

    @property
    def digest(self) -> bytes:
        """SHA-256 of what is time-stamped: the file without the stamp."""
        return hashlib.sha256(canonical_json(self.model_copy(update={"stamp": None}))).digest()


class Beforehand(Record):
    """`evidence/beforehand.json`."""

    frozen: Frozen | None = None
    witness: Witness | None = Field(None, description="what the checked time stamp says; None: there is none")
    unchecked: str = Field("", description="why a time stamp was not checked; '' where it was, or where there is none")
    first: bool = Field(False, description="whether that was before the run began, by the same clock")
    earlier: int = Field(0, ge=0, description="other audits of the same data in folders beside this run")
    last: str = Field("", description="folder of the latest of them")
    last_thresholds_sha256: str = ""


def read_lock(path: Path) -> Frozen:
    """A file of frozen thresholds.

    Raises:
        AuditError: it is none.
    """
    try:
        return Frozen.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else problem.errors()[0]["msg"]
        raise AuditError(
            "The file of frozen thresholds cannot be read.",
            found=f"{path}: {reason}",
            expected="the file as `auditor freeze` wrote it",
            fix="restore it, or delete it and freeze the thresholds again",
        ) from problem


def remember(run: Path, plan_folder: Path | None) -> None:
    """Store what stood before the run; a run that has it, or was measured already, is left as it is.

    Args:
        plan_folder: where the plan lies; None for a plan without a file.
    """
    path = run / "evidence" / "beforehand.json"
    if path.exists() or (run / "report.json").exists():
        return
    lock = plan_folder / LOCK if plan_folder is not None else None
    frozen = read_lock(lock) if lock is not None and lock.is_file() else None
    begun, (witness, unchecked) = started(run), witnessed(frozen)
    when = max(frozen.frozen, witness.time if witness else "") if frozen else ""
    found = Beforehand(
        frozen=frozen, witness=witness, unchecked=unchecked, first=bool(when and begun and when <= begun), **_earlier(run)
    )
    write_atomically(path, canonical_json(found))


def witnessed(frozen: Frozen | None) -> tuple[Witness | None, str]:
    """What the time stamp says, and why it was not checked ('' where it was or there is none).

    Raises:
        AuditError: it is not valid.
    """
    if frozen is None or frozen.stamp is None:
        return None, ""
    if not available():
        return None, "the extra `sign` is not installed"
    return check(frozen.stamp, frozen.digest), ""


def read_beforehand(run: Path) -> Beforehand | None:
    """What was stored, None for a run without it."""
    path = run / "evidence" / "beforehand.json"
    return Beforehand.model_validate_json(path.read_bytes()) if path.exists() else None


def started(run: Path) -> str:
    """When the run was begun, by the clock of its machine: 2026-11-21T08:00:00Z; "" where `run.json` does not say."""
    try:
        return str(json.loads((run / "run.json").read_bytes())["runs"][0]["started"])
    except (OSError, ValueError, LookupError, TypeError):
        return ""


def _earlier(run: Path) -> dict[str, Any]:
    """Other folders beside the run that began an audit of the same data, before it."""
    own = _begun(run)
    if not own.get("data_sha256"):
        return {}
    mine = (run / "evidence" / "begun.json").stat().st_mtime_ns
    found = []
    for folder in sorted(run.resolve().parent.iterdir()):
        path = folder / "evidence" / "begun.json"
        other = _begun(folder) if folder != run.resolve() else {}
        if other.get("data_sha256") == own["data_sha256"] and path.stat().st_mtime_ns <= mine:
            found.append((path.stat().st_mtime_ns, folder.name, str(other.get("thresholds_sha256", ""))))
    if not found:
        return {}
    _, name, thresholds = max(found)
    return {"earlier": len(found), "last": name, "last_thresholds_sha256": thresholds}


def _begun(folder: Path) -> dict[str, Any]:
    try:
        content = json.loads((folder / "evidence" / "begun.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
