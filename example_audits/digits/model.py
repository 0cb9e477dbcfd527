"""The network whose published weights are audited: three convolutions and two linear layers, written out here.

The audit never imports the package that publishes the weights; it reads the one file. The layer names below are
therefore the names in that file.
"""

from __future__ import annotations

import torch
from torch import nn


class DigitNetwork(nn.Module):
    """Convolutional network for 28 × 28 grey images of the ten digits; 390,410 parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_layers = nn.Sequential(
            nn.Conv2d(1, 32, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(32, 64, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(64, 128, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.fc_layers = nn.Sequential(nn.Linear(128 * 3 * 3, 256), nn.ReLU(), nn.Linear(256, 10))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return logits [batch, 10] for images [batch, 1, 28, 28]."""
        return self.fc_layers(self.conv_layers(images).flatten(1))


def build() -> nn.Module:
    """Return the network without its weights; the auditor loads the file the plan names and checks its digest."""
    return DigitNetwork()
