"""One member of the ensemble: a small convolutional network for grey images of 8 × 8 pixels."""

from __future__ import annotations

from torch import nn


def build(width: int) -> nn.Module:
    """Return an untrained network with `width` channels in its first layer; it ends in the logits of ten digits."""
    return nn.Sequential(
        nn.Conv2d(1, width, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(width, 2 * width, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(2 * width * 16, 10),
    )
