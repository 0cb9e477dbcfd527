"""The network: one LSTM over the steps of a recording, and a linear layer on what it says at the end."""

from __future__ import annotations

import torch
from torch import nn


class MotionNetwork(nn.Module):
    """Recurrent network for series [batch, channels, steps]; scales each channel itself, so that it takes raw readings."""

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(self, channels: int, classes: int, width: int = 32) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels, 1))
        self.register_buffer("std", torch.ones(channels, 1))
        self.lstm = nn.LSTM(channels, width, batch_first=True)
        self.head = nn.Linear(width, classes)

    def forward(self, series: torch.Tensor) -> torch.Tensor:
        """Return logits [batch, classes] for raw readings [batch, channels, steps]."""
        scaled = (series - self.mean) / self.std
        states, _ = self.lstm(scaled.transpose(1, 2))
        return self.head(states.mean(1))


def build() -> nn.Module:
    """Return the untrained network for six channels and four activities."""
    return MotionNetwork(channels=6, classes=4)
