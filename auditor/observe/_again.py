"""What the checks of the methods share: which methods they are about, attributions once more, orders without ties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pyarrow as pa
import torch
from torch import Tensor

from auditor.explain._context import Context, Explainer
from auditor.inputs.model import TorchModel
from auditor.inputs.randomness import uniform
from auditor.observe import attributions
from auditor.observe._setting import Setting
from auditor.removal.orders import levels

CONTROL = "random"
"""The method that is a control itself; nothing is checked of it."""


def checked(methods: Mapping[str, Explainer]) -> dict[str, Explainer]:
    """The methods the checks are about."""
    return {name: method for name, method in methods.items() if name != CONTROL}


def explained_again(context: Context, setting: Setting, variant: str) -> pa.Table:
    """Rows of table `attributions` of the checked methods in another context, under a variant's name."""
    found = attributions.OBSERVER.observe(
        replace(context, variant=variant, games={}), replace(setting, methods=checked(setting.methods)), {}
    )
    return found["attributions"]


def on_copy(context: Context, model: TorchModel) -> Context:
    """The same cases, asked of a copy of the model; its logits take the place of the stored ones."""
    calls, batch = context.calls.of(model), context.batch
    pieces = ({n: v[part].clone() for n, v in batch.inputs.items()} for part in calls.chunks(len(batch)))
    clean = torch.cat(list(calls.logits(pieces)))
    return replace(context, model=model, calls=calls, batch=replace(batch, clean=clean))


def half(steps: int) -> int:
    """Number of steps of these curves: every second point of the audit's own where that can be halved, else all."""
    return steps // 2 if steps % 2 == 0 and steps >= 4 else steps


def order_of(values: Tensor, context: Context) -> Tensor:
    """Place of each feature in descending order of its value, int64 [batch, F]; ties fall as drawn for the case.

    Drawing one order of tied features instead of averaging over eight has the same expectation and an eighth of the cost.
    """
    level = levels(values)
    drawn = uniform(context.batch.key.cpu(), "tied features of a control", context.seed, (level.shape[1],))
    return (level.cpu() + drawn / 2).argsort(dim=1).argsort(dim=1).to(values.device)


def backwards(order: Tensor, context: Context) -> Tensor:
    """The reverse of an order; what is no feature of a case stays last."""
    counts = context.batch.features.counts.to(order.device).reshape(-1, 1)
    return torch.where(order < counts, counts - 1 - order, order)
