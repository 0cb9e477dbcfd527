"""Occlusion, RISE and LIME against the bare forward passes they need (EfficientNet-Lite0, batch 2, 196 patches)."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import copy

import torch
from _efficientnet import efficientnet_lite0
from _ratio import ratio, report
from torch import nn

from auditor import attribute
from auditor.explain._context import Explainer
from auditor.methods import Lime, Occlusion, Rise

torch.set_num_threads(1)
BATCH = 2
PATCHES = (torch.arange(224) // 16)[:, None] * 14 + (torch.arange(224) // 16)[None]


def main() -> None:
    """Print the ratios."""
    model = efficientnet_lite0()
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    x = torch.randn(BATCH, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    targets = model(x).argmax(1)
    rows = _rows_of_a_call(model, x)
    fast = copy.deepcopy(model).to(memory_format=torch.channels_last)  # the layout our calls choose for themselves
    some = x.repeat(-(-rows // BATCH), 1, 1, 1)[:rows].to(memory_format=torch.channels_last)
    methods: list[tuple[str, Explainer]] = [
        ("occlusion", Occlusion()),
        ("occlusion of 2 × 2 patches", Occlusion(window=2)),
        ("RISE, 128 masks", Rise(masks=128)),
        ("LIME, 256 coalitions", Lime(coalitions=256)),
    ]
    for name, method in methods:
        forwards = BATCH * method.cost(196)[0]

        def bare(count: int = forwards) -> None:
            with torch.no_grad():
                for first in range(0, count, rows):
                    fast(some[: count - first])

        def ours(method: Explainer = method) -> None:
            attribute(model, x, targets, method=method, features=PATCHES.expand(3, -1, -1))

        report(f"{name} ({forwards} forwards, {rows} rows a call)", ratio(bare, ours), 0.9)


def _rows_of_a_call(model: nn.Module, x: torch.Tensor) -> int:
    seen: list[int] = []
    handle = model.register_forward_pre_hook(lambda module, arguments: seen.append(len(arguments[0])))
    attribute(model, x, method=Rise(masks=4))
    handle.remove()
    return seen[-1]


if __name__ == "__main__":
    main()
