"""Integrated gradients against the same number of bare forward and backward passes (EfficientNet-Lite0, batch 8, 16 nodes)."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
from _efficientnet import efficientnet_lite0
from _ratio import ratio, report

from auditor import attribute
from auditor.methods import IntegratedGradients

torch.set_num_threads(1)
BATCH, STEPS = 8, 16


def main() -> None:
    """Print the ratio."""
    model = efficientnet_lite0()
    for parameter in model.parameters():
        parameter.requires_grad_(False)  # the bare loop too needs gradients of the input only
    x = torch.randn(BATCH, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    targets = model(x).argmax(1).detach()

    def bare() -> None:
        for _ in range(STEPS):
            leaf = x.clone().requires_grad_()
            torch.autograd.grad(model(leaf).gather(1, targets[:, None]).sum(), leaf)

    ours = ratio(bare, lambda: attribute(model, x, targets, method=IntegratedGradients(steps=STEPS)))
    report(f"integrated gradients, {STEPS} nodes", ours, 0.97)


if __name__ == "__main__":
    main()
