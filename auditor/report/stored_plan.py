"""The plan of a run as it is stored."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from auditor.errors import AuditError
from auditor.plan import AuditPlan


def stored_plan(run: Path) -> tuple[AuditPlan, dict[str, object]]:
    """The plan of a run, and its JSON as it is stored (resolved, without paths of the machine)."""
    path = run / "evidence" / "plan.json"
    try:
        written = json.loads(path.read_bytes())
        return AuditPlan.model_validate(written), written
    except FileNotFoundError as error:
        raise AuditError(
            f"{run} holds no evidence of an audit.",
            found="no evidence/plan.json",
            expected="a run directory",
            fix="give the folder that `auditor run` printed",
        ) from error
    except (ValueError, ValidationError) as error:
        raise AuditError(
            f"{path} is not the plan of an audit.",
            found=str(error).splitlines()[0],
            expected="the file as `auditor run` wrote it",
            fix="restore it, or run the audit again with --fresh",
        ) from error
