"""Blur: a removed element takes its value in a Gaussian blur of the input itself; series are blurred along time only.

An image that is all removed is not empty but smooth: the score starts and ends at the blurred image's, not at a grey one's.
Source: Petsiuk, Das & Saenko, 2018, "RISE", section 4.2 (https://arxiv.org/abs/1806.07421), which inserts pixels into it.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import conv1d

from auditor.inputs.batch import Batch
from auditor.removal.fill import PerBatch, blend, broadcast
from auditor.removal.material import Material

_BLURRED = PerBatch()


@dataclass(frozen=True)
class BlurFill:
    """Removed elements take the blurred input's value.

    Attributes:
        sigma: standard deviation in elements (pixels, time steps).
        dims: how many trailing dimensions are blurred: 2 (images), 1 (series), 0: 2 where inputs have channels and two more.
    """

    sigma: float = 5.0
    dims: int = 0
    name: ClassVar[str] = "blur"
    draws: ClassVar[int] = 1
    kinds: ClassVar[frozenset[str]] = frozenset({"image", "series"})
    blends: ClassVar[bool] = True  # a feature may be kept in part

    @property
    def _reach(self) -> int:  # 11 elements for sigma 5, as in the paper
        return math.ceil(self.sigma)

    @property
    def description(self) -> str:
        """For the reader."""
        width = 2 * self._reach + 1
        where = "steps along time" if self.dims == 1 else f"by {width} pixels"
        return (
            f"the input itself, blurred by a Gaussian of standard deviation {self.sigma:g} cut to {width} {where}; "
            "beyond the border the tensor counts as 0"
        )

    def apply(self, batch: Batch, rows: Tensor, keep: Tensor, draw: int) -> dict[str, Tensor]:
        """Kept elements from the input, the others from its blur; other arguments unchanged."""
        inputs = {name: value[rows] for name, value in batch.inputs.items()}
        kept = batch.features.element_keep(keep, rows)
        x = inputs[batch.primary]
        blurred = _BLURRED.of(batch.x, (type(self), self.sigma, self.dims), lambda: self.blurred(batch.x))
        inputs[batch.primary] = blend(broadcast(kept, x), x, blurred[rows])
        return inputs

    def weights(self) -> Tensor:
        """float64 [elements], sum 1: what neighbours along one dimension count."""
        offset = torch.arange(-self._reach, self._reach + 1, dtype=torch.float64)
        weights = torch.exp(-0.5 * (offset / self.sigma) ** 2)
        return weights / weights.sum()

    def blurred(self, x: Tensor) -> Tensor:
        """The blur of inputs [batch, *shape], in their type and layout; integers are rounded."""
        weights = self.weights().to(x.device, torch.float64 if x.dtype is torch.float64 else torch.float32)
        made = x.to(weights)
        for dim in range(1, 1 + (self.dims or (2 if x.ndim > 3 else 1))):
            lines = made.transpose(-1, -dim)
            flat = conv1d(lines.reshape(-1, 1, lines.shape[-1]), weights[None, None], padding=len(weights) // 2)
            made = flat.reshape(lines.shape).transpose(-1, -dim)
        return torch.empty_like(x).copy_(made if x.is_floating_point() else made.round())

    def to(self, place: torch.device) -> BlurFill:
        """It has no tensors."""
        return self

    def sha256(self) -> str:
        """Digest of its parameters."""
        return hashlib.sha256(f"blur:{self.sigma}:{self._reach}:{self.dims}".encode()).hexdigest()


def blur(material: Material) -> BlurFill:
    """Of both sides of an image, of a series' time; in a bare call inputs of four dimensions are taken for images."""
    dims = {"image": 2, "series": 1}.get(material.modality or "", 0)
    sigma, share = material.option("blur", "sigma"), material.option("blur", "share")
    if share is not None and material.rows is not None:
        sigma = share * max(material.rows.shape[-max(dims, 1) :])
    return BlurFill(BlurFill.sigma if sigma is None else sigma, dims)


FILL = blur
