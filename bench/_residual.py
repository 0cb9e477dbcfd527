"""A residual network with fixed random weights, for benches that must run where no weights can be fetched."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Block(nn.Module):
    """Two convolutions with a way around them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Conv2d(width, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, width, 3, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        """[batch, width, h, w], of the same shape."""
        return torch.relu(x + 0.1 * self.inner(x))


def residual(width: int = 64) -> nn.Module:
    """From images [batch, 3, h, w] to 10 logits; in evaluation mode, its parameters need no gradients."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        body = [nn.Conv2d(3, width, 7, stride=4, padding=3), nn.ReLU(), *(Block(width) for _ in range(6))]
        model = nn.Sequential(*body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, 10)).eval()
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    return model
