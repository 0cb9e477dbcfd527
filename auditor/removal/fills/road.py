"""ROAD: removed pixels are imputed from their neighbours, with a little noise so that the hole's shape does not show.

For curves only. Nothing can be imputed from nothing: where all pixels are removed they take a mean image plus the same noise,
so the empty coalition is of another kind than those beside it, and a method that attributes to it is refused.
Source: Rong, Leemann, Borisov, Kasneci & Kasneci, 2022, "A consistent and efficient evaluation strategy for attribution
methods", ICML (https://arxiv.org/abs/2202.00449).
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor

from auditor.errors import AuditError
from auditor.inputs.batch import Batch
from auditor.inputs.randomness import normal, uniform
from auditor.removal.fill import broadcast
from auditor.removal.imputation import impute
from auditor.removal.material import Material


@functools.lru_cache(maxsize=8)
def _weights(count: int, place: torch.device) -> Tensor:
    """int64 [count]: their sum over the removed elements names a coalition."""
    key = torch.zeros(1, dtype=torch.int64, device=place)
    return (uniform(key, "road coalition", 0, (count,))[0] * 2.0**53).long()


@dataclass(frozen=True)
class RoadFill:
    """Noisy linear imputation of the removed pixels of images [channels, height, width] or [height, width].

    Attributes:
        mean: [*shape], what takes the place of an image of which nothing is kept; None: each channel's own mean.
        count: reference rows the mean is from.
        seed: the plan's seed.
        noise: standard deviation, in the tensor the model receives.
    """

    mean: Tensor | None
    count: int
    seed: int
    noise: float = 0.01
    name: ClassVar[str] = "road"
    draws: ClassVar[int] = 1
    kinds: ClassVar[frozenset[str]] = frozenset({"image"})

    @property
    def description(self) -> str:
        """For the reader."""
        mean = "each channel's own mean" if self.mean is None else f"the mean of {self.count:,} reference rows"
        return (
            "the weighted mean of the eight neighbouring pixels (1/6 beside, 1/12 diagonal), solved for all removed pixels "
            f"together, plus Gaussian noise of standard deviation {self.noise:g} in the tensor the model receives, drawn for "
            f"each case and set of removed pixels; with every pixel removed, {mean} plus the same noise"
        )

    def apply(self, batch: Batch, rows: Tensor, keep: Tensor, draw: int) -> dict[str, Tensor]:
        """Kept pixels from the input, the others imputed; channels that are features of their own are imputed one by one."""
        inputs = {name: value[rows] for name, value in batch.inputs.items()}
        x, kept = inputs[batch.primary], batch.features.element_keep(keep, rows)
        if x.ndim not in (3, 4) or kept.shape[-2:] != x.shape[-2:]:
            raise AuditError(
                "The fill `road` imputes pixels from their neighbours.",
                found=f"inputs {list(x.shape[1:])}, features of elements {list(kept.shape[1:])}",
                expected="images [channels, height, width] or [height, width] whose features are made of pixels",
                fix="choose another fill",
            )
        values = x if x.dtype in (torch.float32, torch.float64) else x.float()
        made = self._imputed(values, kept) + self.noise * self._noise(batch.key.to(x.device)[rows], kept, x.shape[1:])
        made = torch.where(broadcast(kept, x), values, made)
        inputs[batch.primary] = torch.empty_like(x).copy_(made if x.is_floating_point() else made.round())
        return inputs

    def _imputed(self, x: Tensor, kept: Tensor) -> Tensor:
        height, width = x.shape[-2:]
        masks = kept.reshape(len(x), -1, height, width)  # one, or one per channel
        systems = x.reshape(len(x) * masks.shape[1], -1, height, width).contiguous()
        masks = masks.reshape(len(systems), height, width)
        if self.mean is None:
            made = systems.mean(dim=(2, 3), keepdim=True).expand_as(systems).clone()
        else:
            made = self.mean.to(x).expand_as(x).reshape(systems.shape).clone()
        some = masks.flatten(1).any(dim=1)
        made[some] = impute(systems[some], masks[some])
        return made.reshape(x.shape)

    def _noise(self, key: Tensor, kept: Tensor, shape: torch.Size) -> Tensor:
        flat = kept.flatten(1)
        coalition = torch.where(flat, 0, _weights(flat.shape[1], flat.device)).sum(dim=1)
        return normal(key ^ coalition, "road noise", self.seed, shape)

    def to(self, place: torch.device) -> RoadFill:
        """The same fill with its mean on another device."""
        return self if self.mean is None else replace(self, mean=self.mean.to(place))

    def sha256(self) -> str:
        """Digest of the noise, the seed and the mean."""
        mean = b"" if self.mean is None else self.mean.double().cpu().contiguous().numpy().tobytes()
        return hashlib.sha256(f"road:{self.noise}:{self.seed};".encode() + mean).hexdigest()


def road(material: Material) -> RoadFill:
    """With the mean of the reference rows, where there are any."""
    given = material.option("road", "noise")
    noise = RoadFill.noise if given is None else given
    if material.rows is None:
        return RoadFill(None, 0, material.seed, noise)
    return RoadFill(material.rows.double().mean(dim=0).float(), len(material.rows), material.seed, noise)


FILL = road
