"""The network: two hidden layers over the encoded columns of one applicant."""

from __future__ import annotations

from torch import nn


def build(inputs: int) -> nn.Module:
    """Return the untrained network from `inputs` standardised and one-hot columns to the logits of two classes."""
    return nn.Sequential(nn.Linear(inputs, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 2))
