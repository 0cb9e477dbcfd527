"""`auditor.summary`: what a model in memory is made of, without a plan."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext

from torch import Tensor, nn

from auditor.errors import AuditError
from auditor.evidence.model_summary import ModelSummary
from auditor.inputs.layer_table import forward, layer_table, unhookable
from auditor.inputs.model_state import state_sha256
from auditor.inputs.ownership import borrowed


def summary(model: nn.Module, inputs: Tensor | Mapping[str, Tensor]) -> ModelSummary:
    """Layers of a model with output shapes, parameters and multiply-adds; ``print`` shows a table.

    Args:
        model: any module; left as it was found.
        inputs: what it is called with: a tensor [batch, *shape], or forward arguments by name. Only the first row is used.

    Raises:
        AuditError: `model` is no module, or the inputs are no tensors with rows.
    """
    named = {"x": inputs} if isinstance(inputs, Tensor) else dict(inputs)
    if not isinstance(model, nn.Module):
        raise AuditError("`model` is not a torch module.", found=type(model).__name__, expected="torch.nn.Module")
    if not named or not all(isinstance(value, Tensor) and value.ndim and len(value) for value in named.values()):
        raise AuditError(
            "`inputs` must be tensors with at least one row.",
            found=", ".join(f"{name}: {type(value).__name__}" for name, value in named.items()) or "nothing",
            expected="a tensor [batch, *shape], or a mapping from forward arguments to such tensors",
        )
    row = {name: value[:1] for name, value in named.items()}
    trainable = frozenset(name for name, parameter in model.named_parameters() if parameter.requires_grad)
    with nullcontext() if unhookable(model) else borrowed(model):  # an exported program has no evaluation mode to switch
        table = layer_table(model, lambda: forward(model, row), trainable)
        digest = state_sha256(model)
    return ModelSummary(
        type=type(model).__name__,
        inputs={name: (*value.shape[1:], str(value.dtype).removeprefix("torch.")) for name, value in row.items()},
        outputs=table.outputs,
        dtype=next((str(p.dtype).removeprefix("torch.") for p in model.parameters()), "none"),
        parameters=sum(layer.parameters for layer in table.layers),
        trainable=sum(layer.trainable for layer in table.layers),
        multiply_adds=table.multiply_adds,
        state_sha256=digest,
        layers=table.layers,
        note=table.note,
    )
