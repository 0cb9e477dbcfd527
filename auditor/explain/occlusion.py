"""Occlusion: how much the target logit falls when one feature alone is removed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch

from auditor.explain._context import Attribution, Context


@dataclass(frozen=True)
class Occlusion:
    """Zeiler & Fergus, 2014, section 4.2 (https://arxiv.org/abs/1311.2901), over features instead of sliding squares."""

    title: ClassVar[str] = "Occlusion"
    citation: ClassVar[str] = "Zeiler & Fergus 2014, arXiv:1311.2901"
    failings: ClassVar[str] = "One feature at a time: blind to features that replace one another; depends on the fill."
    unit: ClassVar[str] = "logits"
    needs: ClassVar[frozenset[str]] = frozenset()
    complete: ClassVar[bool] = False
    signed: ClassVar[bool] = True
    pool: ClassVar[Literal["sum", "mean"]] = "sum"
    level: ClassVar[Literal["element", "feature"]] = "feature"

    fill: str | None = None  # None: the primary fill of the audit

    def cost(self, features: int) -> tuple[int, int]:
        """One forward pass per feature."""
        return features, 0

    def attribute(self, context: Context) -> Attribution:
        """Return v(all) - v(all but j) for each feature j, [batch, F], in logits; positive: the feature raises the logit."""
        batch, spots = context.batch, context.batch.features.spots
        device = batch.targets.device
        job = torch.arange(len(batch) * spots, device=device)
        game = context.game(self.fill)
        without = game.values(job // spots, lambda part: torch.arange(spots, device=device) != (job[part] % spots)[:, None])
        values = game.full()[:, None] - without.reshape(len(batch), spots)
        beyond = torch.arange(spots, device=device) >= batch.features.counts.to(device)[:, None]
        return Attribution(values.masked_fill(beyond, float("nan")), {})


METHOD = Occlusion
