"""What lies beside a plan and belongs to its run: frozen thresholds, the register of findings, the run before."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from auditor.errors import AuditError
from auditor.evidence.beforehand import LOCK, read_lock, remember, witnessed
from auditor.evidence.comparison import Comparison
from auditor.evidence.handle import Evidence
from auditor.evidence.record import sha256
from auditor.judge.register import keep_register
from auditor.plan.read import PlanSource
from auditor.report.previous import STORED
from auditor.report.stored_plan import stored_plan


def refuse_without(source: PlanSource, out: Path) -> None:
    """Before anything is computed: what lies beside the plan can be read, and the run before is there and another one.

    Raises:
        AuditError: frozen thresholds or their time stamp are not valid; or there is no run before, and no earlier report of
            this run was compared with it.
    """
    lock = source.folder / LOCK
    if source.path is not None and lock.is_file() and not (out / "evidence" / "beforehand.json").exists():
        witnessed(read_lock(lock))
    if source.plan.previous is None:
        return
    earlier = source.folder / source.plan.previous.run
    if earlier.resolve() == out.resolve():
        raise AuditError(
            "The plan compares the run with itself.",
            found=f"previous: {source.plan.previous.run}",
            expected="the folder of an earlier run",
            fix="name another folder, or write this run elsewhere with --out",
        )
    if not (earlier / "report.json").is_file() and not (out / STORED).is_file():
        raise AuditError(
            "The run before, which the plan compares with, is not there.",
            found=f"no report.json in {earlier}",
            expected="the folder of a finished run, relative to the plan",
            fix="correct `previous:`, or delete it to compare with none",
        )


def settle(run: Path, source: PlanSource) -> Evidence:
    """Store with the run what lies beside the plan; a report made before that changed is made again.

    Raises:
        AuditError: the frozen thresholds or the register cannot be read.
    """
    beside = source.folder if source.path is not None else None
    remember(run, beside)
    keep_register(run, beside)
    previous = source.plan.previous
    report = source.folder / previous.run / "report.json" if previous else None
    if report is not None and report.is_file() and _compared_with(run) != sha256(report.read_bytes()):
        (run / "report.json").unlink(missing_ok=True)
    return Evidence(run, source.folder)


def earlier_run(run: Path, folder: Path | None) -> Path | None:
    """Folder of the run before, if the stored plan names one and it is at hand.

    Args:
        folder: where the plan lies; None: not known.
    """
    previous = stored_plan(run)[0].previous
    if previous is None or folder is None or not (folder / previous.run / "report.json").is_file():
        return None
    return folder / previous.run


def _compared_with(run: Path) -> str:
    try:
        return Comparison.model_validate_json((run / STORED).read_bytes()).old.report_id
    except (OSError, ValidationError):
        return ""
