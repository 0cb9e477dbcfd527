"""What each layer returns over the selected cases: sums per group of cases, never a value per case.

One clean forward pass. A layer is a module without modules inside, or one with parameters of its own, whose output (the
first tensor, if there are several) is of floating point and has the cases as its first axis; others are left out. Its units
are channels of [cases, channels, …] and features of [cases, features] or [cases, tokens, features]. Which of the two a value
with three or more axes is, its module says (convolutions and batch norms: channels; linear layers, layer norms, recurrent
ones: features), or for modules that keep the form of their input (activations, dropout) the last such module with an output
of that shape.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pyarrow as pa
import torch
from torch import Tensor, nn

from auditor.evidence.redaction import without_extremes
from auditor.evidence.schema import TABLES
from auditor.explain._context import Context, Explainer
from auditor.explain._layers import module_of
from auditor.inputs.layer_table import WHOLE, tensors, unhookable
from auditor.observe._feature_maps import FeatureMaps, wanted
from auditor.observe._setting import Setting, Tables

_LAST = (nn.Linear, nn.LayerNorm, nn.RMSNorm, nn.Embedding, nn.RNNBase)
_AT_ONCE = 2**17  # values
_FIRST = (nn.modules.conv._ConvNd, nn.modules.batchnorm._NormBase, nn.GroupNorm)


@dataclass
class _Sums:
    """Of one layer's values so far; `units` are the values' lowest and highest, [2, units]."""

    values: int
    zeros: int
    mean: float
    squares: float
    units: Tensor

    def add(self, other: _Sums) -> None:
        """Chan, Golub & LeVeque, 1979: sums of squares about the mean, joined without cancellation."""
        total = self.values + other.values
        step = other.mean - self.mean
        self.squares += other.squares + step * step * self.values * other.values / total
        self.mean += step * other.values / total
        self.values, self.zeros = total, self.zeros + other.zeros
        if self.units.shape == other.units.shape:
            low, high = torch.minimum(self.units[0], other.units[0]), torch.maximum(self.units[1], other.units[1])
            self.units = torch.stack([low, high])
        else:
            self.units = torch.empty(2, 0)


@dataclass
class _Watch:
    """What hooks write to during a forward pass whose first `rows` of `size` rows are cases."""

    maps: FeatureMaps
    size: int
    rows: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    axes: dict[tuple[int, ...], int] = field(default_factory=dict)
    sums: dict[tuple[str, int], _Sums] = field(default_factory=dict)

    def see(self, name: str, part: nn.Module, output: object) -> None:
        self.calls[name] += 1
        value = next(tensors(output), None)
        if value is None or not value.is_floating_point() or value.ndim < 2 or not value.numel():
            return
        if isinstance(part, nn.RNNBase) and not part.batch_first:
            value = value.transpose(0, 1)
        if len(value) != self.size:
            return
        axis = self._unit_axis(part, tuple(value.shape[1:]))
        own = value.detach()[: self.rows]
        self.maps.see(name, part, own)
        key, found = (name, self.calls[name]), _summed(own, axis)
        if key in self.sums:
            self.sums[key].add(found)
        else:
            self.sums[key] = found

    def _unit_axis(self, part: nn.Module, shape: tuple[int, ...]) -> int:
        if isinstance(part, _LAST):
            self.axes[shape] = -1
        elif isinstance(part, _FIRST) or "Pool" in type(part).__name__:
            self.axes[shape] = 1
        return self.axes.get(shape, -1 if len(shape) == 2 else 1)


def _summed(value: Tensor, axis: int) -> _Sums:
    """Float64 sums of [rows, …], some rows at a time: a copy of the whole in float64 would cost more than the forward pass."""
    others = [place for place in range(value.ndim) if place != axis % value.ndim]
    mean = value.sum(dtype=torch.float64) / value.numel()
    blocks = torch.split(value, max(1, _AT_ONCE * len(value) // value.numel()))
    squares = torch.stack([(block.double() - mean).square().sum() for block in blocks]).sum()
    units = torch.stack([value.amin(others), value.amax(others)]).float().cpu()
    return _Sums(value.numel(), value.numel() - int(value.count_nonzero()), float(mean), float(squares), units)


def _computes(part: nn.Module) -> bool:
    """Whether a module is a layer: it holds no others, or owns parameters (a convolution that holds its padding)."""
    return not any(True for _ in part.children()) or any(True for _ in part.parameters(recurse=False))


@contextmanager
def _hooked(module: nn.Module, watch: _Watch) -> Iterator[None]:
    """Hooks on every layer, removed on leaving, also when the model raises."""
    with ExitStack() as undo:
        for name, part in module.named_modules():
            if _computes(part) and not unhookable(part):
                handle = part.register_forward_hook(lambda own, _, output, name=name or WHOLE: watch.see(name, own, output))
                undo.callback(handle.remove)
        yield


class Activations:
    """Fills `activations`, and keeps feature maps of the first examples where the plan shows pictures."""

    tables: ClassVar[tuple[str, ...]] = ("activations",)
    after: ClassVar[tuple[str, ...]] = ()

    def cost(self, methods: Mapping[str, Explainer], features: int, steps: int, draws: Mapping[str, int]) -> tuple[int, int]:
        """One forward pass per case."""
        return 1, 0

    def observe(self, context: Context, setting: Setting, rows: Mapping[str, pa.Table]) -> Tables:
        """One row per layer and call; none where the model's layers cannot be watched."""
        if "hooks" not in context.model.can:
            return {"activations": TABLES["activations"].empty_table()}
        batch, calls = context.batch, context.calls
        maps = FeatureMaps(wanted(batch.ids, setting))
        watch = _Watch(maps, calls.rows)
        with _hooked(module_of(context.model), watch):
            for part in calls.chunks(len(batch)):
                watch.rows = len(batch.ids[part])
                watch.calls.clear()
                maps.begin(batch.ids[part])
                inputs = {name: value[part].clone() for name, value in batch.inputs.items()}
                for _ in calls.logits([inputs]):
                    pass
        maps.write(setting)
        table = _table(batch.ids, watch.sums)
        return {"activations": without_extremes(table) if setting.private else table}


OBSERVER = Activations()


def _table(ids: Sequence[str], sums: Mapping[tuple[str, int], _Sums]) -> pa.Table:
    rows: list[dict[str, Any]] = []
    for (name, call), own in sums.items():
        finite = math.isfinite(own.mean) and math.isfinite(own.squares)
        rows.append(
            {
                "group": ids[0],
                "layer": name,
                "call": call,
                "rows": len(ids),
                "values": own.values,
                "zeros": own.zeros,
                "mean": own.mean if finite else None,
                "squares": own.squares if finite else None,
                "low": own.units[0].numpy(),
                "high": own.units[1].numpy(),
            }
        )
    return pa.Table.from_pylist(rows, schema=TABLES["activations"])
