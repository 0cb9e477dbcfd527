"""Feature maps of the first examples: what a few channels of a few layers hold of one picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn

from auditor.observe._setting import Setting

EXAMPLES = 2
"""Examples that are shown: those with the numbers 0 and 1."""
LAYERS = 3
CHANNELS = 8
EDGE = 56
"""Cells of the longer side that are stored; finer maps are averaged down to it."""


def wanted(ids: Sequence[str], setting: Setting) -> dict[str, int]:
    """Sample id -> number of each example among `ids` that is a picture and may be kept."""
    numbers = {name: setting.exemplars[name] for name in ids if setting.exemplars.get(name, EXAMPLES) < EXAMPLES}
    return {name: number for name, number in numbers.items() if "image" in setting.show(name)}


@dataclass
class FeatureMaps:
    """Collects, for each wanted example, every value on a grid [channels, h, w] in the order of the calls."""

    numbers: dict[str, int]
    ids: Sequence[str] = ()
    found: dict[str, dict[str, tuple[bool, Tensor]]] = field(default_factory=dict)

    def begin(self, ids: Sequence[str]) -> None:
        """The cases of the next forward pass."""
        self.ids = ids

    def see(self, name: str, part: nn.Module, value: Tensor) -> None:
        """Take the wanted rows of a layer's first call, [rows, channels, h, w]; a copy, since later layers may overwrite it."""
        if not self.numbers or value.ndim != 4 or min(value.shape[2:]) < 2:
            return
        convolution = isinstance(part, nn.modules.conv._ConvNd)
        for row, sample_id in enumerate(self.ids):
            if sample_id in self.numbers:
                self.found.setdefault(sample_id, {}).setdefault(name, (convolution, value[row].clone()))

    def write(self, setting: Setting) -> None:
        """Store `exemplars/<number>-maps.npz` of each example that has maps.

        Of its convolutions (of all layers on a grid, where there is none): the first, the middle and the last one; of each the
        channels with the largest mean over the map.
        """
        for sample_id, layers in self.found.items():
            named = [name for name, (convolution, _) in layers.items() if convolution] or list(layers)
            places = sorted({0, (len(named) - 1) // 2, len(named) - 1})
            arrays: dict[str, np.ndarray] = {"names": np.array([named[place] for place in places])}
            for number, place in enumerate(places):
                value = layers[named[place]][1].float().cpu()
                channels = value.mean((1, 2)).argsort(descending=True, stable=True)[:CHANNELS]
                arrays[f"shape:{number}"] = np.array(value.shape)
                arrays[f"channels:{number}"] = channels.numpy()
                arrays[f"maps:{number}"] = _reduced(value[channels]).numpy()
            setting.write(f"{self.numbers[sample_id]}-maps", arrays)


def _reduced(maps: Tensor) -> Tensor:
    """[channels, h, w] with at most EDGE cells a side."""
    height, width = maps.shape[1:]
    scale = max(height, width) / EDGE
    if scale <= 1:
        return maps
    return torch.nn.functional.adaptive_avg_pool2d(maps[None], (max(1, round(height / scale)), max(1, round(width / scale))))[0]
