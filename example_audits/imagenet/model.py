"""The published network, built by its own package and without weights."""

from __future__ import annotations

from efficientnet_lite_pytorch import EfficientNet
from torch import nn


def build() -> nn.Module:
    """Return EfficientNet-Lite0 for images [batch, 3, 224, 224]; it ends in the logits of 1,000 classes."""
    network: nn.Module = EfficientNet.from_name("efficientnet-lite0")
    return network
