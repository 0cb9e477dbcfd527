"""A run's folder: whose it is, what a second start may do with it, and the identity its shards were computed under."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from pydantic import ValidationError

from auditor.errors import AuditError
from auditor.evidence.atomic import write_atomically
from auditor.evidence.manifest import is_document
from auditor.evidence.record import Record, canonical_json
from auditor.plan.digest import differences
from auditor.plan.fields import AuditPlan
from auditor.plan.stored import stored_plan

OURS = (
    "evidence",
    "exemplars",
    "tables",
    "plan.yaml",
    "report.json",
    "findings.json",
    "frameworks.json",
    "model.json",
    "comparison.json",
    "report.html",
    "report.pdf",
    "gallery",
    "templates",
    "run.json",
    "manifest.json",
    "log.txt",
)


class Begun(Record):
    """What must be the same whenever a run is continued (`evidence/begun.json`)."""

    plan_sha256: str
    thresholds_sha256: str
    model_sha256: str
    data_sha256: str
    id_key: str
    device: str
    threads: int
    rows: int
    torch: str


_WORDS = {
    "plan_sha256": "the plan",
    "model_sha256": "the model's weights",
    "data_sha256": "the evaluation data",
    "id_key": "the key sample ids are hashed with",
    "device": "the device",
    "threads": "the number of threads",
    "rows": "the rows per call",
    "torch": "the version of torch",
}


def claim(run: Path, plan: AuditPlan, fresh: bool) -> None:
    """Take a folder for this plan: new or empty, ours to continue, or ours to start anew with `fresh`.

    Raises:
        AuditError: the folder holds foreign files, or another plan's run (naming the differences).
    """
    try:
        run.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AuditError(
            f"Cannot make the run's folder {run}.", found=str(error.strerror), fix="choose another folder with --out"
        ) from error
    refuse_taken(run, plan, fresh)
    if fresh:
        clear(run)
    stored = run / "evidence" / "plan.json"
    content = canonical_json(stored_plan(plan).model_dump(mode="json"))
    if not stored.exists() or stored.read_bytes() != content:
        (run / "report.json").unlink(missing_ok=True)  # it was judged by the other thresholds or statements
        write_atomically(stored, content)


def refuse_taken(run: Path, plan: AuditPlan, fresh: bool) -> None:
    """Look whether a folder may be claimed, and touch nothing in it.

    Raises:
        AuditError: as `claim`.
    """
    if not run.exists():
        return
    foreign = sorted(p.name for p in run.iterdir() if not _ours(p.name) and not p.name.startswith("."))
    stored = run / "evidence" / "plan.json"
    if not stored.exists() and (foreign or any((run / name).exists() for name in OURS if name != "log.txt")):
        found = ", ".join((foreign or [p.name for p in run.iterdir()])[:5])
        raise AuditError(
            f"The folder {run} holds files that are not of an audit.",
            found=found,
            expected="an empty folder, or the folder of the same audit",
            fix="choose another folder with --out",
        )
    if stored.exists() and not fresh:
        _same_plan(run, stored, plan)


def _ours(name: str) -> bool:
    return name in OURS or is_document(name)


def clear(run: Path) -> None:
    """Delete what audits write, and nothing else."""
    for path in [run / name for name in OURS] + [found for found in run.iterdir() if is_document(found.name)]:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _same_plan(run: Path, stored: Path, plan: AuditPlan) -> None:
    try:
        old = AuditPlan.model_validate(json.loads(stored.read_bytes()))
    except (ValidationError, ValueError) as error:
        raise AuditError(
            f"The plan stored in {run} cannot be read.",
            found=str(error).splitlines()[0],
            fix="start anew with --fresh, or choose another --out",
        ) from error
    changed = differences(old, stored_plan(plan))
    if changed:
        raise AuditError(
            f"The folder {run} holds the run of another plan.",
            found="; ".join(changed[:6]) + (f"; and {len(changed) - 6} more" if len(changed) > 6 else ""),
            expected="the same plan: its evidence would be mixed with this one's",
            fix="choose another folder with --out, or start anew with --fresh (deletes this run)",
        )


def begin(run: Path, now: Begun) -> Begun:
    """Record the run's identity, or check that it is still the same; returns what was first recorded."""
    path = run / "evidence" / "begun.json"
    if not path.exists():
        write_atomically(path, canonical_json(now))
        return now
    first = Begun.model_validate_json(path.read_bytes())
    changed = [
        f"{words}: {getattr(first, field)!s:.16} → {getattr(now, field)!s:.16}"
        for field, words in _WORDS.items()
        if getattr(first, field) != getattr(now, field)
    ]
    if changed:
        raise AuditError(
            f"The run in {run} was begun under other conditions; continuing would mix evidence.",
            found="; ".join(changed),
            expected="the same as when it was begun",
            fix="choose another folder with --out, or start anew with --fresh (deletes this run)",
        )
    return first
