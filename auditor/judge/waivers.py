"""Waivers on the gates they name, and the exit status. Whether one still counts depends on the day, so no report decides it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

from auditor.errors import AuditError
from auditor.evidence.findings import Finding
from auditor.plan import AuditPlan
from auditor.plan.waiver_checks import gate_place


def with_waivers(plan: AuditPlan, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The gates' findings, each with its waiver where the plan has one; every status stays as it is.

    Args:
        findings: one per gate, in the plan's order; gates on the release before may follow.

    Raises:
        AuditError: a waiver names no gate, or several.
    """
    found = list(findings)
    for waiver in plan.waivers:
        place = gate_place(waiver.gate, named_gates(plan))
        if isinstance(place, AuditError):
            raise place
        if place >= len(found):  # of a gate on the release before, which is judged later
            continue
        update = {"waived_by": waiver.approver, "waived_until": waiver.expires, "waiver_reason": waiver.reason}
        found[place] = found[place].model_copy(update=update)
    return tuple(found)


def named_gates(plan: AuditPlan) -> list[str]:
    """What each gate is called: the result it is on; of the release before `previous-accuracy`."""
    margins = plan.previous.margins if plan.previous else {}
    return [*(gate.result for gate in plan.gates), *(f"previous-{name}" for name in margins)]


def counts(finding: Finding, today: datetime.date | None = None) -> bool:
    """Whether a waiver of the finding counts on a day (None: today, UTC); its last day is included."""
    if not finding.waived_by:
        return False
    day = today or datetime.datetime.now(datetime.UTC).date()
    return day <= datetime.date.fromisoformat(finding.waived_until)


def exit_status(findings: Iterable[Finding], today: datetime.date | None = None) -> int:
    """1 any gate not met, else 3 any inconclusive or not evaluated, else 0; one whose waiver counts on the day is passed over.

    Args:
        today: the day; None: today.
    """
    words = {finding.status for finding in findings if finding.kind == "gate" and not counts(finding, today)}
    if "not met" in words:
        return 1
    return 3 if words & {"inconclusive", "not evaluated"} else 0
