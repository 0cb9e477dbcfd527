"""The release before, as the plan names it: compared while the report is made, stored with the run, never needed to render."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from auditor.errors import AuditError, VerificationError
from auditor.evidence.atomic import write_atomically
from auditor.evidence.comparison import Comparison
from auditor.evidence.record import canonical_json
from auditor.evidence.store import Reader
from auditor.judge.changes.margins import CONVENTION, DEFAULT
from auditor.measure._changes.pairs import read_audit
from auditor.plan import AuditPlan
from auditor.report.comparison.build import Run, compared, read_run
from auditor.report.record import Report

STORED = "comparison.json"
PLANNED = "stated in the plan"
NOT_AT_HAND = "the earlier run was not at hand when this report was made"


def since_previous(run: Path, draft: Report, plan: AuditPlan, earlier: Path | None) -> Comparison | str | None:
    """What changed since the release before; why that is not known; None where the plan names none.

    Args:
        run: the new run.
        draft: its report as far as it is made: results and gates.
        plan: its resolved plan.
        earlier: the earlier run's folder; None: not at hand, what an earlier report of this run found is used again.
    """
    if plan.previous is None:
        return None
    if earlier is None or not (earlier / "report.json").is_file():
        return _kept(run, draft) or NOT_AT_HAND
    margins, stated = (plan.previous.margins, PLANNED) if plan.previous.margins else (DEFAULT, CONVENTION)
    try:
        after = Run(run, draft, plan, read_audit(Reader(run), plan))
        made = compared(read_run(earlier), after, margins, stated, plan.previous.match)
    except AuditError as problem:
        return _reason(problem)
    except VerificationError:
        return "the earlier run was changed since it was written (auditor verify names the files)"
    made = made.model_copy(update={"new": made.new.model_copy(update={"report_id": ""})})
    write_atomically(run / STORED, canonical_json(made))
    return made


def _reason(problem: AuditError) -> str:
    message = problem.message.rstrip(".")
    message = message[0].lower() + message[1:]
    return f"{message} ({problem.found})" if problem.found else message


def _kept(run: Path, draft: Report) -> Comparison | None:
    """The comparison stored with the run, if it is one of the same evidence judged by the same thresholds."""
    try:
        kept = Comparison.model_validate_json((run / STORED).read_bytes())
    except (OSError, ValidationError):
        return None
    prepared = draft.prepared
    same = (
        kept.new.plan_sha256 == prepared.plan_sha256
        and kept.new.model_sha256 == prepared.model.state_sha256
        and kept.new.data_sha256 == prepared.data.decoded_sha256
        and kept.new.thresholds_sha256 == draft.thresholds_sha256
    )
    return kept if same else None
