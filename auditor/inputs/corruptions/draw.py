"""The randomness of one corrupted sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from auditor.inputs.randomness import normal, uniform

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Draw:
    """Numbers of one sample for one corruption.

    Attributes:
        key: int64 [1], the sample's key.
        name: of the corruption.
        seed: the plan's seed.
    """

    key: Tensor
    name: str
    seed: int

    def uniform(self, part: str, *shape: int) -> Array:
        """Uniform in [0, 1), float64; `part` is what they are for, each its own stream."""
        return np.asarray(uniform(self.key, f"corruption {self.name}: {part}", self.seed, shape)[0].numpy())

    def normal(self, *shape: int) -> Array:
        """Standard normal, float64."""
        return np.asarray(normal(self.key, f"corruption {self.name}: noise", self.seed, shape)[0].numpy())

    def chosen(self, share: float, of: int, most: int | None = None) -> list[int]:
        """Some of `of` places in rising order: round(share · of) of them, at least one, at most `most`.

        A larger share holds the smaller one's places.
        """
        count = min(max(1, round(share * of)), of if most is None else most)
        return sorted(np.argsort(self.uniform("which", of), kind="stable")[:count].tolist())
