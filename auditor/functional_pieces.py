"""What a bare call works on, checked: model, calls, batch and fill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from auditor.errors import AuditError
from auditor.inputs.batch import Batch
from auditor.inputs.features import FeatureMap, element_map
from auditor.inputs.model import TorchModel
from auditor.inputs.model_state import activation_bytes
from auditor.inputs.randomness import sample_keys
from auditor.removal.calls import Calls
from auditor.removal.fill import Fill, ReferenceFill
from auditor.removal.material import Material, make_fill
from auditor.removal.rows import rows_per_call


@dataclass(frozen=True)
class Pieces:
    """What a bare call needs, checked."""

    model: TorchModel
    calls: Calls
    batch: Batch
    fill: Fill

    @classmethod
    def of(
        cls, module: nn.Module, inputs: Tensor, targets: Tensor | None, features: Tensor | None, fill: str | float | Tensor
    ) -> Pieces:
        """Check what a bare call was given; `auditor.functional.attribute` says what it may be."""
        if not isinstance(module, nn.Module):
            raise AuditError(
                "`model` is not a torch module.",
                found=type(module).__name__,
                expected="torch.nn.Module",
                fix="see auditor.adapt",
            )
        if inputs.ndim < 2 or not inputs.is_floating_point() or len(inputs) == 0:
            raise AuditError(
                "`inputs` must be a batch of floating point tensors.",
                found=f"{inputs.dtype} {list(inputs.shape)}",
                expected="float [batch, *shape]",
            )
        with torch.no_grad():
            width = module(inputs[:1].clone())
        if not isinstance(width, Tensor) or width.ndim != 2:
            raise AuditError(
                "The model does not return logits [batch, classes].",
                found=type(width).__name__,
                fix="wrap it with auditor.adapt",
            )
        model = TorchModel(module, tuple(str(c) for c in range(width.shape[1])))
        first = {"x": inputs[:1]}
        model.choose_layout(first)
        taken = activation_bytes(module, first, lambda: module(inputs[:1].clone()))
        calls = Calls(model, rows_per_call(taken, inputs.device.type))
        clean = torch.cat(list(calls.logits({"x": inputs[part].clone()} for part in calls.chunks(len(inputs)))))
        chosen = clean.argmax(dim=1) if targets is None else _checked_targets(targets, clean)
        ids = tuple(str(i) for i in range(len(inputs)))
        unknown = torch.full_like(chosen, -1)
        feature_map = _feature_map(features, inputs).to(inputs.device)
        batch = Batch(ids, sample_keys(ids), {"x": inputs}, "x", feature_map, chosen, unknown, clean)
        return cls(model, calls, batch, _fill(fill, inputs.shape[1:]))


def _checked_targets(targets: Tensor, clean: Tensor) -> Tensor:
    if targets.shape != (len(clean),) or targets.dtype != torch.int64:
        raise AuditError(
            "`targets` must name one class per sample.",
            found=f"{targets.dtype} {list(targets.shape)}",
            expected=f"int64 [{len(clean)}]",
        )
    if int(targets.min()) < 0 or int(targets.max()) >= clean.shape[1]:
        found = f"values from {int(targets.min())} to {int(targets.max())}"
        raise AuditError("`targets` names classes that do not exist.", found=found, expected=f"0 to {clean.shape[1] - 1}")
    return targets.to(clean.device)


def _feature_map(features: Tensor | None, inputs: Tensor) -> FeatureMap:
    if features is None:
        return element_map(torch.arange(inputs[0].numel()).reshape(inputs.shape[1:]))
    if features.ndim < inputs.ndim or features.shape[0] != len(inputs):
        return element_map(features)
    spots = int(features.max()) + 1
    counts = torch.tensor([int(sample.max()) + 1 for sample in features])
    names = tuple(tuple(f"feature {j}" for j in range(spots)) for _ in features)
    return FeatureMap(features.long(), counts, names, spots)


def _fill(fill: str | float | Tensor, shape: Sequence[int]) -> Fill:
    if isinstance(fill, str):
        return make_fill(fill, Material(None))
    if isinstance(fill, Tensor):
        if fill.ndim and tuple(fill.shape) != tuple(shape):
            raise AuditError("`fill` has another shape than a sample.", found=str(list(fill.shape)), expected=str(list(shape)))
        return ReferenceFill("given", fill, "a tensor given by the caller")
    return ReferenceFill("given", torch.tensor(float(fill)), f"the value {fill}")
