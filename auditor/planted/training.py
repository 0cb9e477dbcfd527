"""Small networks trained in a moment, the same each time for a seed."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def drawn(seed: int, purpose: int = 0) -> torch.Generator:
    """A generator of its own, so that nothing outside is touched."""
    return torch.Generator().manual_seed(2 * seed + purpose)


def initialised(module: nn.Module, generator: torch.Generator) -> nn.Module:
    """Parameters drawn anew: uniform within 1/√(inputs), as torch does by default."""
    for parameter in module.parameters():
        inputs = parameter[0].numel() if parameter.ndim > 1 else parameter.numel()
        with torch.no_grad():
            parameter.copy_((2 * torch.rand(parameter.shape, generator=generator) - 1) / inputs**0.5)
    return module


def trained(module: nn.Module, inputs: Tensor, labels: Tensor, steps: int, *, rate: float = 0.01, rows: int = 0) -> nn.Module:
    """Adam with a little weight decay.

    Args:
        rows: of a step, in turn; 0: all.
    """
    optimizer = torch.optim.Adam(module.parameters(), rate, weight_decay=1e-4)
    for step in range(steps):
        own = torch.arange(step * rows, (step + 1) * rows) % len(inputs) if rows else slice(None)
        optimizer.zero_grad()
        nn.functional.cross_entropy(module(inputs[own]), labels[own]).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return module.eval()
