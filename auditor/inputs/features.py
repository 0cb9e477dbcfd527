"""What a feature is: a named, rankable unit of an input. A `FeatureMap` assigns input elements to features."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import torch
from torch import Tensor

from auditor.errors import AuditError
from auditor.evidence.facts import FeatureFacts
from auditor.plan.fields import FeaturesPlan


@dataclass(frozen=True)
class FeatureMap:
    """Assignment of input elements to features, for one batch.

    Attributes:
        element: int64 [batch or 1, *element_shape]; -1 is no feature (padding). element_shape is the input's shape without
            leading dimensions that are always removed together (the channels of an image).
        counts: int64 [batch or 1], features per sample, at most F.
        names: 1 or batch rows of names; identity across samples is the name.
        spots: F, the width of every [batch, F] array; columns at or beyond a sample's count are NaN.
    """

    element: Tensor
    counts: Tensor
    names: tuple[tuple[str, ...], ...]
    spots: int

    @property
    def element_shape(self) -> tuple[int, ...]:
        """Shape of one sample's element-wise attribution."""
        return tuple(self.element.shape[1:])

    @cached_property
    def _flat(self) -> Tensor:  # -1 becomes F, the column that is always kept
        flat = self.element.flatten(1)
        return torch.where(flat < 0, self.spots, flat)

    @cached_property
    def _identity(self) -> bool:  # every element its own feature, in order: nothing to gather
        flat = self._flat
        return len(flat) == 1 and torch.equal(flat[0], torch.arange(self.spots, device=flat.device))

    @cached_property
    def sizes(self) -> Tensor:
        """int64 [batch or 1, F]: elements per feature."""
        ones = torch.ones_like(self._flat)
        counts = torch.zeros(len(self._flat), self.spots + 1, dtype=torch.int64, device=self._flat.device)
        return counts.scatter_add_(1, self._flat, ones)[:, : self.spots]

    def to(self, device: torch.device) -> FeatureMap:
        """The same map on another device."""
        return FeatureMap(self.element.to(device), self.counts.to(device), self.names, self.spots)

    def take(self, rows: Tensor) -> FeatureMap:
        """The map of some rows of the batch."""
        if len(self.element) == 1:
            return self
        return FeatureMap(self.element[rows], self.counts[rows], tuple(self.names[int(r)] for r in rows), self.spots)

    def element_keep(self, keep: Tensor, rows: Tensor) -> Tensor:
        """Which elements stay: bool [jobs, *element_shape] from keep [jobs, F] for jobs of batch rows `rows` [jobs]."""
        if self._identity:
            return keep.reshape(len(keep), *self.element_shape)
        kept = torch.cat([keep, torch.ones_like(keep[:, :1])], dim=1)
        shared = len(self._flat) == 1
        spread = kept.index_select(1, self._flat[0]) if shared else kept.gather(1, self._flat[rows])
        return spread.reshape(len(keep), *self.element_shape)

    def pool(self, values: Tensor, how: Literal["sum", "mean"]) -> Tensor:
        """Element-wise attributions [batch, *element_shape] to features, float32 [batch, F] on the CPU; NaN beyond `counts`.

        Adds in float64 and on the CPU, where the order of additions is fixed: a GPU's scatter-add is not deterministic.
        """
        flat = values.detach().cpu().double().flatten(1)
        index = self._flat.cpu().expand(len(flat), -1)
        pooled = torch.zeros(len(flat), self.spots + 1, dtype=torch.float64).scatter_add_(1, index, flat)[:, : self.spots]
        if how == "mean":
            pooled = pooled / self.sizes.cpu().clamp(min=1)
        beyond = torch.arange(self.spots) >= self.counts.cpu()[:, None]
        return pooled.masked_fill(beyond, float("nan")).float()

    def spread(self, values: Tensor) -> Tensor:
        """Features [batch, F] to elements [batch, *element_shape]: each value divided evenly over its elements."""
        shares = torch.nan_to_num(values) / self.sizes.to(values.device).clamp(min=1)
        padded = torch.cat([shares, torch.zeros_like(shares[:, :1])], dim=1)
        index = self._flat.to(values.device).expand(len(values), -1)
        return padded.gather(1, index).reshape(len(values), *self.element_shape)


def element_map(element: Tensor, names: Sequence[str] | None = None) -> FeatureMap:
    """A map shared by all samples, from int64 [*element_shape] of feature indices (-1: none)."""
    if element.is_floating_point():
        raise AuditError(
            "`features` must be integer indices.", found=str(element.dtype), expected="int64", fix="use features.long()"
        )
    found = torch.unique(element[element >= 0])
    spots = int(found[-1]) + 1 if len(found) else 0
    if spots == 0 or len(found) != spots:
        raise AuditError(
            "Feature indices have gaps.",
            found=f"{len(found)} different indices, the largest {spots - 1}",
            expected="every index from 0 to F-1 at least once; -1 for elements that are no feature",
            fix="renumber the features, for example with torch.unique(features, return_inverse=True)",
        )
    labels = tuple(names) if names else tuple(f"feature {i}" for i in range(spots))
    return FeatureMap(element[None].long(), torch.tensor([spots]), (labels,), spots)


def build_features(
    plan: FeaturesPlan, shape: Sequence[int], modality: str, columns: Sequence[str] = ()
) -> tuple[FeatureMap, FeatureFacts]:
    """The features the plan asks for, and how the report describes them.

    Args:
        plan: kind, size and names.
        shape: of one input, without the batch.
        modality: image, tabular, text or series.
        columns: for each input element the table column it encodes: those of one column are one feature, under its name.
    """
    kind = plan.kind
    if kind == "auto":
        kind = {"image": "grid", "series": "windows" if len(shape) == 2 else "columns"}.get(modality, "columns")
    if kind == "grid":
        return _grid(plan, shape)
    if kind == "windows":
        return _windows(plan, shape)
    if kind == "pixels":
        height, width = _image_size(shape, "pixels")
        element = torch.arange(height * width).reshape(height, width)
        names = tuple(f"pixel {r + 1},{c + 1}" for r in range(height) for c in range(width))
        text = f"single pixels, {height} rows by {width} columns, all channels together"
        return element_map(element, names), FeatureFacts(kind=kind, names=names, grid=(height, width), description=text)
    if columns:
        return _table_columns(columns)
    count = int(torch.tensor(list(shape)).prod())
    if plan.names and len(plan.names) != count:
        raise AuditError(
            "The number of feature names differs from the number of input columns.",
            found=f"{len(plan.names)} names",
            expected=f"{count}, one per column of the input",
            fix="list every column under data.features.names, in the order of the input",
        )
    names = plan.names or tuple(f"column {i + 1}" for i in range(count))
    facts = FeatureFacts(kind="columns", names=names, description=f"{count} columns of the table")
    return element_map(torch.arange(count).reshape(*shape), names), facts


def _table_columns(columns: Sequence[str]) -> tuple[FeatureMap, FeatureFacts]:
    inputs = Counter(columns)  # keeps the order of the first occurrence
    place = {name: index for index, name in enumerate(inputs)}
    wide = [count for count in inputs.values() if count > 1]
    text = f"{len(inputs)} columns of the table"
    if wide:
        text += f"; {len(wide)} of them enter as {sum(wide)} one-hot inputs, all inputs of a column together one feature"
    names = tuple(inputs)
    facts = FeatureFacts(kind="columns", names=names, description=text)
    return element_map(torch.tensor([place[name] for name in columns]), names), facts


def _grid(plan: FeaturesPlan, shape: Sequence[int]) -> tuple[FeatureMap, FeatureFacts]:
    height, width = _image_size(shape, "grid")
    size = plan.size or -(-max(height, width) // 7)
    rows, columns = -(-height // size), -(-width // size)
    row = (torch.arange(height) // size)[:, None]
    column = (torch.arange(width) // size)[None, :]
    names = tuple(f"patch {r + 1},{c + 1}" for r in range(rows) for c in range(columns))
    text = f"patches of {size} × {size} pixels, {rows} rows by {columns} columns, all channels together"
    return element_map(row * columns + column, names), FeatureFacts(
        kind="grid", names=names, grid=(rows, columns), description=text
    )


def _windows(plan: FeaturesPlan, shape: Sequence[int]) -> tuple[FeatureMap, FeatureFacts]:
    """Windows of time by channels, numbered along time first, so that a shorter series has the first ones."""
    if len(shape) != 2:
        raise AuditError(
            "Features of kind `windows` need series.",
            found=f"inputs of shape {list(shape)}",
            expected="[channels, time]",
            fix="set data.features.kind: columns, or give series as [channels, time]; the model may transpose them",
        )
    channels, steps = (int(n) for n in shape)
    size = plan.size or max(1, -(-steps // 10))
    named = plan.names or tuple(f"channel {c + 1}" for c in range(channels))
    if len(named) != channels:
        raise AuditError(
            "The number of feature names differs from the number of channels.",
            found=f"{len(named)} names",
            expected=f"{channels}, one per channel of the series",
            fix="list every channel under data.features.names, in the order of the input",
        )
    starts = range(0, steps, size)
    names = tuple(f"{name}, {_span(start, min(start + size, steps))}" for start in starts for name in named)
    element = (torch.arange(steps) // size)[None, :] * channels + torch.arange(channels)[:, None]
    text = f"windows of {size} steps in each of {channels} channels, {len(starts)} windows along time"
    return element_map(element, names), FeatureFacts(kind="windows", names=names, description=text)


def _span(start: int, stop: int) -> str:
    return f"step {start + 1}" if stop == start + 1 else f"steps {start + 1}–{stop}"


def _image_size(shape: Sequence[int], kind: str) -> tuple[int, int]:
    if len(shape) not in (2, 3):
        raise AuditError(
            f"Features of kind `{kind}` need images.",
            found=f"inputs of shape {list(shape)}",
            expected="[channels, height, width] or [height, width]",
            fix="set data.features.kind: columns, or give images",
        )
    return int(shape[-2]), int(shape[-1])
