"""Noise: removed elements take uniform noise within the reference rows' range, and v(S) is the mean score over D draws.

A draw belongs to the case, not to the coalition: every S of a case meets the same noise, so that differences of v come from
the features and not from the draw.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor

from auditor.errors import AuditError
from auditor.inputs.batch import Batch
from auditor.inputs.randomness import uniform
from auditor.removal.fill import PerBatch, blend, broadcast
from auditor.removal.material import Material

_DRAWN = PerBatch()


@dataclass(frozen=True)
class NoiseFill:
    """Removed elements take noise of their channel's range.

    Attributes:
        low, high: smallest and largest value of each channel, or of each element where there are none; broadcast to one input.
        draws: D, draws per case; each coalition costs D rows of the model.
        seed: the plan's seed.
        channels: whether the range is a channel's (images, series) or each input's own (tables).
        count: reference rows the range is from.
        given: the range, where the plan sets it.
    """

    low: Tensor
    high: Tensor
    draws: int
    seed: int
    channels: bool
    count: int
    given: tuple[float, float] | None = None
    name: ClassVar[str] = "noise"
    kinds: ClassVar[frozenset[str]] = frozenset({"image", "tabular", "series"})
    blends: ClassVar[bool] = True  # a feature may be kept in part

    @property
    def description(self) -> str:
        """For the reader."""
        of = "channel" if self.channels else "input column"
        if self.given is not None:
            return (
                f"uniform noise between {self.given[0]:g} and {self.given[1]:g} in the tensor the model receives (set in the "
                f"plan), {self.draws} draws per case; the score is the mean over them"
            )
        return (
            f"uniform noise between the smallest and the largest value of each {of} in "
            f"{self.count:,} reference rows of the evaluation set, {self.draws} draws per case; "
            "the score is the mean over them"
        )

    def apply(self, batch: Batch, rows: Tensor, keep: Tensor, draw: int) -> dict[str, Tensor]:
        """Kept elements from the input, the others from the case's noise of this draw."""
        inputs = {name: value[rows] for name, value in batch.inputs.items()}
        kept = batch.features.element_keep(keep, rows)
        x = inputs[batch.primary]
        share = _DRAWN.of(batch.x, (self.seed, draw), lambda: self._shares(batch, draw))[rows]
        whole = int(not x.is_floating_point())  # whole numbers from low to high, all equally likely
        drawn = self.low + share * (self.high - self.low + whole)
        inputs[batch.primary] = blend(broadcast(kept, x), x, torch.minimum(drawn, self.high).to(x))
        return inputs

    def _shares(self, batch: Batch, draw: int) -> Tensor:
        """float32 in [0, 1], like the batch's inputs; case by case, since the generator needs several times its size."""
        made = torch.empty_like(batch.x, dtype=torch.float32)
        key = batch.key.to(batch.x.device)
        for row in range(len(made)):
            made[row] = uniform(key[row : row + 1], f"noise fill {draw}", self.seed, made.shape[1:])[0]
        return made

    def to(self, place: torch.device) -> NoiseFill:
        """The same fill with its ranges on another device."""
        return replace(self, low=self.low.to(place), high=self.high.to(place))

    def sha256(self) -> str:
        """Digest of the draws, the seed and the ranges."""
        ends = torch.stack([self.low, self.high]).double().cpu().contiguous().numpy()
        return hashlib.sha256(f"noise:{self.draws}:{self.seed}:{ends.shape};".encode() + ends.tobytes()).hexdigest()


def noise(material: Material) -> NoiseFill:
    """Ranges from the reference rows of the audit: one per channel of images and series, one per input of a table."""
    if material.rows is None:
        raise AuditError(
            "The fill `noise` needs reference rows to take its range from.",
            found="none",
            expected="an audit in which `noise` is a fill of the plan",
            fix="add `noise` to `fills`; in a bare call pass a tensor of one sample's shape, such as torch.rand(x.shape[1:])",
        )
    rows = material.rows
    inside = {"image": 2, "series": 1}.get(material.modality or "", 0)
    over = (0, *range(rows.ndim - inside, rows.ndim))
    low, high = (end(rows, dim=over, keepdim=True)[0] for end in (torch.amin, torch.amax))
    fixed = material.option("noise", "low"), material.option("noise", "high")
    given = None if fixed[0] is None or fixed[1] is None else (fixed[0], fixed[1])
    if given:
        low, high = (torch.full_like(low, end) for end in given)
    return NoiseFill(low, high, material.draws, material.seed, bool(inside), len(rows), given)


FILL = noise
