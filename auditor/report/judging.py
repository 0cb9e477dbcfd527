"""From measured results to what a reader has to know: gates, the change since the release before, verdicts, the register."""

from __future__ import annotations

from pathlib import Path

from auditor.evidence.comparison import Comparison
from auditor.judge import judge, verdicts
from auditor.judge.changes.release import release_gap, release_gates, release_results
from auditor.judge.register import registered, stored_register
from auditor.judge.signals import signals
from auditor.judge.waivers import with_waivers
from auditor.plan import AuditPlan
from auditor.report.previous import since_previous
from auditor.report.record import Report


def judged(run: Path, measured: Report, plan: AuditPlan, earlier: Path | None) -> Report:
    """The report with its findings.

    Args:
        run: the run; its stored register counts.
        measured: the report with results and without findings.
        plan: the resolved plan.
        earlier: folder of the run the plan names as the one before; None: not at hand.

    Raises:
        AuditError: a gate or the register names no result.
    """
    gates = judge(plan, measured.results, measured.prepared)
    draft = measured.model_copy(update={"findings": gates})
    changed = since_previous(run, draft, plan, earlier)
    results = draft.results
    if changed is not None and plan.previous is not None:
        results += release_results(changed) if isinstance(changed, Comparison) else tuple(release_gap(changed))
        gates = with_waivers(plan, (*gates, *release_gates(plan.previous.margins, changed)))
    methods = verdicts(plan, measured.prepared, results)
    seen = signals(plan, results, methods)
    accepted = registered(plan, stored_register(run), (*gates, *seen), results)
    return draft.model_copy(
        update={
            "results": results,
            "findings": (*gates, *methods, *seen, *accepted),
            "comparison": changed if isinstance(changed, Comparison) else None,
        }
    )
