"""Audits of a model and data held in memory, for notebooks: the same evidence, marked "in memory"."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import nn

from auditor.errors import AuditError
from auditor.evidence.clock import clocked
from auditor.evidence.handle import Evidence
from auditor.inputs.datasets import wrap_data
from auditor.inputs.ownership import borrowed
from auditor.plan.fields import AuditPlan
from auditor.plan.read import check_plan
from auditor.run import prepare as facts
from auditor.run.audit import compute
from auditor.run.directory import claim
from auditor.run.looks import Look
from auditor.run.own_files import own_files
from auditor.run.passes import GROUP
from auditor.run.ready import threads_of
from auditor.run.subject import Subject, trainable


def audit_model(
    model: nn.Module,
    data: Any,
    *,
    classes: Sequence[str],
    out: Path | str | None = None,
    gates: Sequence[dict[str, Any]] | None = None,
    modality: str = "tabular",
    options: dict[str, Any] | None = None,
    look: Look | None = None,
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
        look: as in `auditor.run.audit.audit`.
    """
    if not isinstance(model, nn.Module):
        raise AuditError(
            "`model` is not a torch module.", found=type(model).__name__, expected="torch.nn.Module", fix="see auditor.adapt"
        )
    plan = _memory_plan(model, classes, modality, gates, options or {})
    evaluation = wrap_data(data, plan.model.classes, plan.data.name, plan.data.modality, plan.model.multi_label)
    subject = Subject(plan, Path(), model, evaluation, (), "in memory", (), trainable(model))
    run = Path(out) if out is not None else Path("audits") / plan.name
    own = own_files(plan, Path())
    claim(run, plan, fresh=False)
    own.keep(run)
    methods = facts.build_methods(plan)
    with clocked(run, None) as events, borrowed(model, threads_of(plan)):
        return compute(subject, run, methods, events, GROUP, move=False, look=look)


def _memory_plan(
    model: nn.Module, classes: Sequence[str], modality: str, gates: Sequence[dict[str, Any]] | None, options: dict[str, Any]
) -> AuditPlan:
    name = type(model).__name__
    return check_plan(
        {
            "name": name,
            "model": {"name": name, "factory": "memory:model", "classes": [str(c) for c in classes]},
            "data": {"name": "data in memory", "factory": "memory:data", "modality": modality},
            "methods": ["integrated_gradients", "saliency", "input_x_gradient", "occlusion", "random"],
            "gates": list(gates or []),
            **options,
        }
    )
