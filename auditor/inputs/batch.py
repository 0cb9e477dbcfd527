"""Some cases of the evaluation set, encoded, on the device. A case is a (sample, target) pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from auditor.inputs.features import FeatureMap


@dataclass(frozen=True)
class Batch:
    """Cases that are explained together.

    Attributes:
        ids: sample ids as they are stored (keyed hashes unless the plan says plain).
        key: int64 [batch], what randomness is drawn from.
        inputs: all forward arguments; "x" for a model of one tensor.
        primary: the argument whose elements are features.
        features: the feature map of these rows.
        targets: int64 [batch], the class explained.
        labels: int64 [batch], -1 unknown.
        clean: float32 [batch, classes], logits of pass 1; never recomputed.
    """

    ids: tuple[str, ...]
    key: Tensor
    inputs: dict[str, Tensor]
    primary: str
    features: FeatureMap
    targets: Tensor
    labels: Tensor
    clean: Tensor

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def x(self) -> Tensor:
        """The primary argument."""
        return self.inputs[self.primary]

    def take(self, rows: Sequence[int]) -> Batch:
        """Some rows as a batch of their own."""
        index = torch.as_tensor(list(rows), dtype=torch.int64, device=self.targets.device)
        return Batch(
            ids=tuple(self.ids[r] for r in rows),
            key=self.key[index],
            inputs={name: value[index] for name, value in self.inputs.items()},
            primary=self.primary,
            features=self.features.take(index),
            targets=self.targets[index],
            labels=self.labels[index],
            clean=self.clean[index],
        )
