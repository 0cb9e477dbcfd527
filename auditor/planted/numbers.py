"""Identities that hold for every order, and what a removal game in reduced precision would change."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from auditor.functional import adapt, attribute, faithfulness_curves
from auditor.planted.caught import shallow
from auditor.planted.digits import TRAINED, digits
from auditor.planted.training import drawn, initialised, trained

CASES = 64


def reversed_order(seed: int) -> list[float]:
    """|margin of an order + margin of its reverse|, the largest of 64 cases; the expected value is 0."""
    generator = drawn(seed)
    model = initialised(nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU(), nn.Flatten(), nn.Linear(216, 5)), generator)
    inputs = torch.randn(CASES, 3, 8, 8, generator=generator)
    values = torch.randn(CASES, 8, 8, generator=generator)
    margins = []
    for order in (values, -values):
        curves = faithfulness_curves(model, inputs, order, steps=10)
        margins.append(curves.insertion_auc - curves.deletion_auc)
    return [float((margins[0] + margins[1]).abs().max())]


def precision(seed: int) -> list[float]:
    """bfloat16 beside float32 on 64 digits: 99th percentile of |Δp| over all points of the curves, and |Δ mean area|."""
    generator = drawn(seed)
    x, y = digits()
    order = torch.randperm(len(x), generator=generator)
    x, y = x[order], y[order]
    model = trained(shallow(generator), x[:TRAINED], y[:TRAINED], 60)
    cases = x[TRAINED : TRAINED + CASES]
    values = attribute(model, cases, method="integrated_gradients")
    targets = model(cases).argmax(1)
    half = adapt(_Halved(model), forward=lambda module, rows: module(rows))
    own, other = (faithfulness_curves(one, cases, values, targets, steps=20) for one in (model, half))
    moved = torch.cat([other.deletion - own.deletion, other.insertion - own.insertion]).abs().flatten()
    areas = torch.stack([other.deletion_auc - own.deletion_auc, other.insertion_auc - own.insertion_auc])
    return [float(moved.quantile(0.99)), float(areas.mean(dim=1).abs().max())]


class _Halved(nn.Module):
    """The model with parameters and inputs in bfloat16, logits in float32."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = [model]  # kept out of the parameters: the model itself stays as it is

    def forward(self, x: Tensor) -> Tensor:
        """Logits [rows, classes]."""
        low = torch.bfloat16
        state = {
            name: value.to(low) if value.is_floating_point() else value for name, value in self.model[0].state_dict().items()
        }
        logits: Tensor = torch.func.functional_call(self.model[0], state, (x.to(low),))
        return logits.float()
