"""Audits from Python: the evidence, and with it what the command stores beside it, so that the report says the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import nn

from auditor.document_beside import refuse_without, settle
from auditor.evidence.clock import Progress
from auditor.evidence.handle import Evidence
from auditor.measure import look
from auditor.plan.fields import AuditPlan
from auditor.plan.read import PlanSource, load_plan
from auditor.report.stored_plan import stored_plan
from auditor.run import audit as run_audit
from auditor.run import memory


def audit(
    plan: PlanSource | AuditPlan | str | Path,
    out: Path | str | None = None,
    *,
    progress: Progress | None = None,
    fresh: bool = False,
) -> Evidence:
    """Compute (or complete) the evidence of an audit; `auditor.render` makes the report of it.

    Frozen thresholds, `findings.yaml` and the run before count as they do for the command.

    Args:
        plan: a path to audit.yaml, or a plan; paths in a plan without a file are relative to the current folder.
        out: run directory; default `audits/<plan name>`.
        progress: told about stages and rows.
        fresh: delete an earlier run in `out` first.

    Raises:
        AuditError: anything the user can repair; what was computed stays and is used by the next start.
    """
    source = _source(plan)
    run = Path(out) if out is not None else Path("audits") / source.plan.name
    refuse_without(source, run)
    evidence = run_audit.audit(source, run, progress=progress, fresh=fresh, look=look)
    return settle(evidence.path, source)


def audit_model(
    model: nn.Module,
    data: Any,
    *,
    classes: Sequence[str],
    out: Path | str | None = None,
    gates: Sequence[dict[str, Any]] | None = None,
    modality: str = "tabular",
    options: dict[str, Any] | None = None,
) -> Evidence:
    """Audit a model and data held in memory, for a notebook; provenance says "in memory".

    Args:
        model: from float inputs to logits [batch, classes]; left as it was found.
        data: a `torch.utils.data.Dataset`, a DataLoader, or tensors (x, y).
        classes: class names in the order of the outputs.
        out: run directory; default `audits/<name>`.
        gates: as in a plan: [{"result": "accuracy", "at_least": 0.9}].
        modality: image, tabular or series.
        options: any other keys of a plan, such as {"samples": 200, "methods": ["saliency"]}.
    """
    evidence = memory.audit_model(
        model, data, classes=classes, out=out, gates=gates, modality=modality, options=options, look=look
    )
    return settle(evidence.path, PlanSource(stored_plan(evidence.path)[0], Path()))


def _source(plan: PlanSource | AuditPlan | str | Path) -> PlanSource:
    if isinstance(plan, PlanSource):
        return plan
    if isinstance(plan, AuditPlan):
        return PlanSource(plan=plan, folder=Path())
    return load_plan(Path(plan))
