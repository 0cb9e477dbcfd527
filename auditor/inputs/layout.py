"""How images and convolution weights lie in memory: channels last is twice as fast on CPUs, where it changes nothing else."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from auditor.errors import UserCodeError


def lay_out(module: nn.Module, logits: Callable[[bool], Tensor]) -> bool:
    """Store convolution weights channels last if the logits stay the same to 1e-4 of their range; whether they now are.

    Models that call `view` on feature maps raise there, and stay as they are. `borrowed` puts the weights back.

    Args:
        module: whose parameters of four dimensions are stored anew.
        logits: of a few rows, with images laid out channels last or not.
    """
    originals = [(parameter, parameter.data) for parameter in module.parameters() if parameter.ndim == 4]
    if not originals:
        return False
    with torch.no_grad():
        expected = logits(False)
        for parameter, data in originals:
            parameter.data = data.to(memory_format=torch.channels_last)
        try:
            found = logits(True)
            size = float(expected.nan_to_num(0, 0, 0).abs().max())
            same = torch.allclose(expected, found, rtol=1e-4, atol=1e-4 * size, equal_nan=True)
        except UserCodeError:
            same = False
    if not same:
        for parameter, data in originals:
            parameter.data = data
    return same
