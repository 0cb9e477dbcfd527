"""Audits inside training: a callback for Lightning and one for the transformers Trainer.

Both audit the model as it stands when training ends, write the report, and hand the flat numbers to the trainer's own logger.
Neither framework is imported before its callback is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditor.document import render
from auditor.errors import AuditError
from auditor.evidence.handle import Evidence
from auditor.publish.extras import load
from auditor.publish.finished import finished
from auditor.publish.metrics import metrics


@dataclass(frozen=True)
class TrainingAudit:
    """What is audited when training ends; the arguments of `auditor.audit_model`."""

    data: Any
    classes: Sequence[str]
    out: Path | str | None = None
    gates: Sequence[dict[str, Any]] | None = None
    modality: str = "tabular"
    options: dict[str, Any] = field(default_factory=dict)
    module: Callable[[Any], Any] | None = None
    """Trainer's model -> the module to audit, from one float tensor to logits (see `auditor.adapt`); None: the model itself."""

    def run(self, model: Any) -> tuple[Evidence, dict[str, float]]:
        """Audit a model and write its report; returns the evidence and `metrics` of the report, under `audit/`."""
        from auditor.functional_audit import audit_model

        evidence = audit_model(
            self.module(model) if self.module else model,
            self.data,
            classes=self.classes,
            out=self.out,
            gates=self.gates,
            modality=self.modality,
            options=self.options,
        )
        render(evidence)
        return evidence, {f"audit/{name}": value for name, value in metrics(finished(evidence.path).report).items()}


def lightning_callback(audit: TrainingAudit) -> Any:
    """A Lightning `Callback` that audits at the end of `fit`, on the first process only; `.evidence` holds the result.

    Raises:
        AuditError: neither `lightning` nor `pytorch_lightning` is installed.
    """
    base = _lightning().Callback

    class AuditCallback(base):  # type: ignore[misc, valid-type]
        """Audits the trained module."""

        evidence: Evidence | None = None

        def on_fit_end(self, trainer: Any, pl_module: Any) -> None:
            """Audit, and log the numbers to every logger of the trainer."""
            if trainer.is_global_zero:
                self.evidence, numbers = audit.run(pl_module)
                for logger in trainer.loggers:
                    logger.log_metrics(numbers, step=trainer.global_step)

    return AuditCallback()


def transformers_callback(audit: TrainingAudit) -> Any:
    """A transformers `TrainerCallback` that audits at the end of training; `.evidence` holds the result.

    Raises:
        AuditError: `transformers` is not installed.
    """
    base = load("transformers", "transformers", "A callback for the Trainer").TrainerCallback

    class AuditCallback(base):  # type: ignore[misc, valid-type]
        """Audits the trained model."""

        evidence: Evidence | None = None
        numbers: dict[str, float] | None = None

        def on_train_end(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
            """Audit, and put the numbers where the Trainer keeps what it logged."""
            if state.is_world_process_zero:
                self.evidence, self.numbers = audit.run(model)
                state.log_history.append({**self.numbers, "step": state.global_step})

    return AuditCallback()


def _lightning() -> Any:
    try:
        return load("lightning.pytorch", "lightning", "A callback for Lightning")
    except AuditError:
        return load("pytorch_lightning", "lightning", "A callback for Lightning")
