"""Occlusion: how much the target logit falls when one feature alone is removed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from auditor.explain._coalitions import ask, cases_by_count
from auditor.explain._context import Attribution, Context
from auditor.explain._options import check_whole
from auditor.inputs.features import FeatureMap
from auditor.inputs.model import AuditedModel, NotAvailable

NO_GRID = "windows of several features need features that form a grid, as patches of an image do"


@dataclass(frozen=True)
class Occlusion:
    """Zeiler & Fergus, 2014, section 4.2 (https://arxiv.org/abs/1311.2901), over features.

    Where features form a grid, `window` and `stride` give the paper's sliding squares, counted in features.
    """

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
    window: int = 1  # features along each side of the square that is removed
    stride: int = 1  # features from one square to the next

    def __post_init__(self) -> None:
        check_whole("Occlusion", "window", self.window, 1)
        check_whole("Occlusion", "stride", self.stride, 1, most=self.window)  # else some features are never removed

    def applies(self, model: AuditedModel, features: int) -> str:
        """Windows need at least four features; that they form a grid is seen when they are there."""
        return NO_GRID if self.window > 1 and features < 4 else ""

    def cost(self, features: int) -> tuple[int, int]:
        """One forward pass per feature; with windows one per window, forecast for a square grid."""
        if self.window == 1:
            return features, 0
        return len(_starts(math.isqrt(features - 1) + 1, self.window, self.stride)) ** 2, 0

    def attribute(self, context: Context) -> Attribution:
        """Return v(all) - v(all but j) for each feature j, [batch, F], in logits; positive: the feature raises the logit.

        With windows: the mean over the windows W that hold j of v(all) - v(all but W). The last window of a row or column
        ends at its edge, so every feature is removed at least once.

        Raises:
            NotAvailable: windows, and features that form no grid.
        """
        if self.window > 1:
            return self._of_windows(context)
        batch, spots = context.batch, context.batch.features.spots
        device = batch.targets.device
        job = torch.arange(len(batch) * spots, device=device)
        game = context.game(self.fill)
        without = game.values(job // spots, lambda part: torch.arange(spots, device=device) != (job[part] % spots)[:, None])
        values = game.full()[:, None] - without.reshape(len(batch), spots)
        beyond = torch.arange(spots, device=device) >= batch.features.counts.to(device)[:, None]
        return Attribution(values.masked_fill(beyond, float("nan")), {})

    def _of_windows(self, context: Context) -> Attribution:
        batch, game = context.batch, context.game(self.fill)
        shape = grid_shape(batch.features)
        if shape is None:
            raise NotAvailable(NO_GRID)
        windows = _windows(shape, self.window, self.stride)
        full = game.full().double().cpu()
        without = []
        for _, rows in cases_by_count(batch, lambda _: windows.numel()):
            without.append(ask(game, rows, ~windows.expand(len(rows), -1, -1)))
        drop, covered = full[:, None] - torch.cat(without), windows.double()
        values = torch.stack([own.clone() @ covered for own in drop]) / covered.sum(dim=0)
        return Attribution(values.float().to(batch.targets.device), {})


def grid_shape(features: FeatureMap) -> tuple[int, int] | None:
    """(rows, columns) where features are the rectangles of a grid over a picture, numbered row by row; else None.

    A map with channels forms a grid where all channels have the same one.
    """
    if len(features.element) != 1 or len(features.element_shape) < 2:
        return None
    planes = features.element.flatten(0, -3)
    element = planes[0]
    columns = int(element[0, -1]) + 1
    if columns < 1 or features.spots % columns or not torch.equal(planes, element.expand_as(planes)):
        return None
    row, column = element[:, 0] // columns, element[0]
    ordered = bool((row.diff() >= 0).all() and (column.diff() >= 0).all())
    return (features.spots // columns, columns) if ordered and torch.equal(element, row[:, None] * columns + column) else None


def _starts(length: int, window: int, stride: int) -> list[int]:
    last = max(length - window, 0)
    return [*range(0, last, stride), last]


def _windows(shape: tuple[int, int], window: int, stride: int) -> Tensor:
    """bool [windows, F]: the features of each window."""
    found = []
    for top in _starts(shape[0], window, stride):
        for left in _starts(shape[1], window, stride):
            mask = torch.zeros(shape, dtype=torch.bool)
            mask[top : top + window, left : left + window] = True
            found.append(mask.flatten())
    return torch.stack(found)


METHOD = Occlusion
