"""RISE: the mean logit under random masks, each counted where it keeps the input."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import torch
from torch import Tensor

from auditor.explain._coalitions import ask, cases_by_count, no_values, paired_draws
from auditor.explain._context import Attribution, Context
from auditor.explain._masks import SmoothMasks, pixel_features
from auditor.explain._options import check_between, check_whole
from auditor.inputs.batch import Batch
from auditor.removal.game import RemovalGame


@dataclass(frozen=True)
class Rise:
    """Petsiuk, Das & Saenko, 2018, eq. 6 (https://arxiv.org/abs/1806.07421), of the logit and not of the probability.

    Images (inputs [channels, height, width], under a fill that can be blended with the input) get the paper's smooth masks
    (`_masks`); elsewhere each feature is kept or removed by itself. Masks come in pairs drawn from u and 1 − u.
    """

    title: ClassVar[str] = "RISE"
    citation: ClassVar[str] = "Petsiuk, Das & Saenko 2018, arXiv:1806.07421"
    failings: ClassVar[str] = "Noisy with few masks; blurred by the masks' cells; depends on the fill; no interactions."
    unit: ClassVar[str] = "logits"
    needs: ClassVar[frozenset[str]] = frozenset()
    complete: ClassVar[bool] = False
    signed: ClassVar[bool] = True  # the value is ranked as it is: a feature with a low mean counts for less
    pool: ClassVar[Literal["sum", "mean"]] = "mean"
    level: ClassVar[Literal["element", "feature"]] = "feature"

    masks: int = 1024  # per case
    p: float = 0.5  # probability that a cell or a feature is kept
    cells: int = 7  # cells along each side of an image
    centred: bool = True  # False: the paper's estimate, which has the mean logit in it
    fill: str | None = None  # None: the primary fill of the audit

    def __post_init__(self) -> None:
        check_whole("RISE", "masks", self.masks, 2, even=True)
        check_between("RISE", "p", self.p, 0, 1)
        check_whole("RISE", "cells", self.cells, 1, most=64)

    def cost(self, features: int) -> tuple[int, int]:
        """One forward pass per mask."""
        return self.masks, 0

    def attribute(self, context: Context) -> Attribution:
        """Return 1 / (p N) · Σ_i (v(M_i) − v̄) M_i(j), [batch, F], in logits; M_i(j) is the mean of mask i over feature j.

        v̄ is the mean of v over the case's masks; with `centred` off it is left out, and the value estimates the mean logit
        when j is kept. Centred, it is that less the overall mean: positive when keeping the feature raises the logit.
        """
        game = context.game(self.fill)
        x, elements = context.batch.x, context.batch.features.element_shape
        if x.ndim == 4 and elements[-2:] == tuple(x.shape[-2:]) and getattr(game.fill, "blends", False):
            return self._of_images(context.batch, game, context.seed)
        return self._of_features(context.batch, game, context.seed)

    def _weights(self, v: Tensor) -> Tensor:
        """What each mask of one case counts for, from v [masks]."""
        return (v - v.mean() if self.centred else v) / (self.p * self.masks)

    def _of_features(self, batch: Batch, game: RemovalGame, seed: int) -> Attribution:
        values = no_values(batch)
        for n, rows in cases_by_count(batch, lambda n: self.masks * n):
            key = batch.key[rows.to(batch.key.device)]
            kept = paired_draws(key, "rise masks", seed, self.masks // 2, n) < self.p
            v = ask(game, rows, kept)
            for row, own, mask in zip(rows, v, kept, strict=True):
                values[row, :n] = self._weights(own.clone()) @ mask.double()
        return Attribution(values.float().to(batch.targets.device), {})

    def _of_images(self, batch: Batch, game: RemovalGame, seed: int) -> Attribution:
        height, width = batch.x.shape[-2:]
        fine = replace(batch, features=pixel_features(batch))
        pixels = RemovalGame(game.calls, fine, game.fill, game.score)
        maps = []
        for _, rows in cases_by_count(fine, lambda _: self.masks * (self.cells + 2) ** 2):
            key = batch.key[rows.to(batch.key.device)]
            masks = SmoothMasks.drawn(key, seed, self.masks, self.p, (height, width, self.cells)).to(batch.x.device)
            v = pixels.values(rows.to(batch.x.device).repeat_interleave(self.masks), masks.keep).reshape(len(rows), -1)
            for case, own in enumerate(v.cpu().double()):
                maps.append(masks.weighted_sum(case, self._weights(own.clone())))
        display = torch.stack(maps).reshape(len(batch), *[1] * (len(batch.features.element_shape) - 2), height, width)
        display = display.expand(len(batch), *batch.features.element_shape)
        values = batch.features.pool(display, "mean").to(batch.targets.device)
        return Attribution(values, {}, display.float())


METHOD = Rise
