"""Deletion and insertion curves against the same number of bare forward passes (EfficientNet-Lite0, batch 8, 14 steps)."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
from _efficientnet import efficientnet_lite0
from _ratio import ratio, report

from auditor import faithfulness_curves

torch.set_num_threads(1)
BATCH, STEPS = 8, 14


def main() -> None:
    """Print the ratio for pixels and for patches as features."""
    model = efficientnet_lite0()
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(BATCH, 3, 224, 224, generator=generator)
    # distinct, evenly spaced values: ties would cost further forwards, and rightly so
    attribution = (
        torch.stack([torch.randperm(224 * 224, generator=generator) for _ in range(BATCH)]).reshape(BATCH, 224, 224).float()
    )
    targets = model(x).argmax(1).detach()
    forwards = [0]
    handle = model.register_forward_pre_hook(lambda module, args: forwards.__setitem__(0, forwards[0] + len(args[0])))
    faithfulness_curves(model, x, attribution, targets, steps=STEPS)
    handle.remove()
    useful = BATCH * (2 * (STEPS - 1) + 2)

    def bare() -> None:
        with torch.no_grad():
            for _ in range(useful // BATCH):
                model(x)

    patches = (torch.arange(224) // 16)[:, None] * 14 + (torch.arange(224) // 16)[None]
    report(
        f"curves over pixels ({useful} forwards needed, {forwards[0]} made)",
        ratio(bare, lambda: faithfulness_curves(model, x, attribution, targets, steps=STEPS)),
        0.95,
    )
    pooled = attribution.reshape(BATCH, 14, 16, 14, 16).mean((2, 4)).repeat_interleave(16, 1).repeat_interleave(16, 2)
    report(
        "curves over 196 patches",
        ratio(bare, lambda: faithfulness_curves(model, x, pooled, targets, features=patches, steps=STEPS)),
        0.95,
    )


if __name__ == "__main__":
    main()
