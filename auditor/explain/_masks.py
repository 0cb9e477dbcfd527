"""Smooth random masks over images: kept shares on a coarse grid, moved by a random shift, linear in between.

As in RISE, the shift hides where the cells are. Unlike the authors' code the grid reaches beyond every border, so each pixel
is kept with expectation p, at the border too. The weights of the interpolation are multiples of 1/256: products of two of
them are exact in float32, so a mask has the same bits however many are made at once, on every device.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from auditor.explain._coalitions import paired_draws
from auditor.inputs.batch import Batch
from auditor.inputs.features import FeatureMap
from auditor.inputs.randomness import uniform

TOGETHER = 64  # masks of one case that are added up in one product


class SmoothMasks(NamedTuple):
    """Masks of some cases.

    Attributes:
        nodes: bool [cases, masks, cells + 2, cells + 2], whether each node of the grid is kept.
        shift: int64 [cases, masks, 2], pixels the grid is moved up and left.
        size: height, width, cells along each side.
    """

    nodes: Tensor
    shift: Tensor
    size: tuple[int, int, int]

    @classmethod
    def drawn(cls, key: Tensor, seed: int, masks: int, p: float, size: tuple[int, int, int]) -> SmoothMasks:
        """Masks of the cases with these keys; mask i + masks / 2 has the shift of mask i, and for p = ½ is 1 − mask i."""
        height, width, cells = size
        nodes = paired_draws(key, "rise masks", seed, masks // 2, (cells + 2) ** 2) < p
        extent = torch.tensor([_cell(height, cells), _cell(width, cells)])
        shift = (uniform(key, "rise shifts", seed, (masks // 2, 2)).cpu() * extent).long()
        return cls(nodes.reshape(len(key), masks, cells + 2, cells + 2), torch.cat([shift, shift], dim=1), size)

    def to(self, device: torch.device) -> SmoothMasks:
        """The same masks on another device."""
        return SmoothMasks(self.nodes.to(device), self.shift.to(device), self.size)

    def keep(self, part: slice) -> Tensor:
        """Kept shares, float32 [jobs, height · width], of a slice of (case, mask) pairs, cases outermost."""
        nodes, shift = self.nodes.flatten(0, 1)[part], self.shift.flatten(0, 1)[part]
        rows, columns = self._interpolation(shift)
        return (rows @ nodes.float() @ columns.transpose(1, 2)).flatten(1)

    def weighted_sum(self, case: int, weight: Tensor) -> Tensor:
        """Σ_i weight_i mask_i of one case, float64 [height, width] (float32 where the device has no more).

        A mask is rows · nodes · columnsᵀ, so the sum over masks is one product in which no mask is ever written out.
        """
        height, width = self.size[:2]
        dtype = torch.float32 if self.nodes.device.type == "mps" else torch.float64
        total = torch.zeros(height, width, dtype=dtype, device=self.nodes.device)
        for first in range(0, len(weight), TOGETHER):
            own = slice(first, first + TOGETHER)
            rows, columns = self._interpolation(self.shift[case, own])
            left = (rows @ self.nodes[case, own].float()).to(dtype) * weight[own].to(total)[:, None, None]
            total += left.transpose(0, 1).reshape(height, -1) @ columns.transpose(1, 2).reshape(-1, width).to(dtype)
        return total

    def _interpolation(self, shift: Tensor) -> tuple[Tensor, Tensor]:
        height, width, cells = self.size
        return _weights(shift[:, 0], height, cells), _weights(shift[:, 1], width, cells)


def _cell(length: int, cells: int) -> int:
    return -(-length // cells)


def _weights(shift: Tensor, length: int, cells: int) -> Tensor:
    """Weight of each node at each pixel, float32 [jobs, length, cells + 2]: two that add up to 1, the others 0."""
    cell = _cell(length, cells)
    position = torch.arange(length, device=shift.device) + shift[:, None]
    share = ((position % cell) * 256 / cell).round() / 256
    found = torch.zeros(len(shift), length, cells + 2, device=shift.device)
    node = (position // cell)[:, :, None]
    return found.scatter_(2, node, (1 - share)[:, :, None]).scatter_(2, node + 1, share[:, :, None])


def pixel_features(batch: Batch) -> FeatureMap:
    """Every pixel [height, width] a feature of its own; what is no feature in the batch is none here."""
    height, width = batch.x.shape[-2:]
    element = torch.arange(height * width, device=batch.x.device).reshape(1, height, width)
    own = batch.features.element
    if bool((own < 0).any()):
        element = torch.where(own < 0, -1, element)
    return FeatureMap(element, torch.tensor([height * width]), ((),), height * width)
