"""What raw rows of an evaluation set are, and how a corruption reaches them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from auditor.errors import AuditError
from auditor.inputs.case_features import LENGTHS
from auditor.inputs.corruptions import image, series, table, text
from auditor.inputs.corruptions.draw import Array, Draw
from auditor.inputs.rows import EvaluationSet

NO_TEXTS = "the data set gives token numbers, and these have no letters or words; give the texts themselves"
NO_COLUMNS = "the data set gives the model's inputs alone; corruptions of tables act on rows of named columns"
NO_RAW = "the data set's raw rows are of a kind that corruptions do not know"


class Kind(Protocol):
    """How raw rows of one kind are corrupted."""

    def problem(self, name: str) -> str:
        """Why a corruption cannot be made of these rows; '' where it can."""
        ...

    def corrupted(self, row: int, amount: float, draw: Draw) -> Any:
        """Raw row `row`, disturbed by the corruption that `draw` names."""
        ...

    def picture(self, raw: Any) -> Array | None:
        """A raw row as a picture, uint8 [height, width] or [height, width, 3]; None where rows are no images."""
        ...


def kind_of(data: EvaluationSet, usable: Sequence[int], key: Tensor) -> tuple[Kind | None, str]:
    """The kind of an evaluation set's raw rows, or the reason why no corruption can be made of them.

    Args:
        usable: rows that can be evaluated, at least one.
        key: int64 [rows], what each row's randomness is drawn from.
    """
    first = data.raw(usable[0])
    own = data.batch(usable[:1])[0][0]
    as_received = isinstance(first, Tensor) and first.shape == own.shape and bool(torch.equal(first, own))
    if data.modality == "text":
        return (_Texts(data), "") if isinstance(first, str) else (None, NO_TEXTS)
    if data.modality == "tabular":
        return (_Table(data, usable, key), "") if isinstance(first, Mapping) else (None, NO_COLUMNS)
    if data.modality == "image" and isinstance(first, np.ndarray) and first.dtype == np.uint8 and first.ndim in (2, 3):
        return _Pictures(data, first), ""
    if data.modality == "image" and as_received and own.ndim in (2, 3):
        return _ImageTensors(data, own), ""
    if data.modality == "series" and as_received and own.is_floating_point() and own.ndim in (1, 2):
        return _Series(data), ""
    return None, f"{NO_RAW}: {type(first).__name__}"


class _Unseen:
    """Rows that are no images."""

    def problem(self, name: str) -> str:
        return ""

    def picture(self, raw: Any) -> None:
        return None


class _Texts(_Unseen):
    def __init__(self, data: EvaluationSet) -> None:
        self._data = data

    def corrupted(self, row: int, amount: float, draw: Draw) -> str:
        return text.CORRUPTIONS[draw.name](self._data.raw(row), amount, draw)


class _Pictures:
    """uint8 [height, width] or [height, width, channels]."""

    def __init__(self, data: EvaluationSet, first: Array) -> None:
        self._data, self._channels = data, 1 if first.ndim == 2 else first.shape[2]

    def problem(self, name: str) -> str:
        return _no_jpeg(name, self._channels)

    def corrupted(self, row: int, amount: float, draw: Draw) -> Array:
        raw = self._data.raw(row)
        x = raw.reshape(*raw.shape[:2], -1) / 255
        made = image.CORRUPTIONS[draw.name](x, amount, draw)
        return np.round(made.clip(0, 1) * 255).astype(np.uint8).reshape(raw.shape)

    def picture(self, raw: Array) -> Array:
        return _three(raw.reshape(*raw.shape[:2], -1))


class _ImageTensors:
    """[channels, height, width] or [height, width]; 0 … 1 is the range of raw values over the whole set."""

    def __init__(self, data: EvaluationSet, first: Tensor) -> None:
        self._data, self._channels = data, 1 if first.ndim == 2 else first.shape[0]
        self._scale, self._offset = np.array(data.encoding.scale), np.array(data.encoding.offset)
        ends = [end * self._scale + self._offset for end in (data.minimum, data.maximum)]
        self._low, self._span = float(np.min(ends)), float(np.max(ends) - np.min(ends))

    def problem(self, name: str) -> str:
        if not 0 < self._span < math.inf:
            return "all values of the images are equal"
        return _no_jpeg(name, self._channels)

    def corrupted(self, row: int, amount: float, draw: Draw) -> Tensor:
        own = self._data.batch([row])[0][0]
        made = image.CORRUPTIONS[draw.name](self._unit(own), amount, draw)
        back = (made * self._span + self._low - self._offset) / self._scale
        tensor = torch.from_numpy(np.ascontiguousarray(back.transpose(2, 0, 1))).reshape(own.shape)
        return tensor.to(own.dtype) if own.is_floating_point() else tensor.round().to(own.dtype)

    def picture(self, raw: Tensor) -> Array:
        return _three(np.round(self._unit(raw).clip(0, 1) * 255).astype(np.uint8))

    def _unit(self, values: Tensor) -> Array:
        """float64 [height, width, channels], 0 … 1 over the range of the set."""
        x = values.double().numpy().reshape(-1, *values.shape[-2:]).transpose(1, 2, 0)
        return np.asarray((x * self._scale + self._offset - self._low) / self._span)


def _three(pixels: Array) -> Array:
    """The first three channels, or the first where there are fewer."""
    return pixels[..., :3] if pixels.shape[2] >= 3 else pixels[..., 0]


def _no_jpeg(name: str, channels: int) -> str:
    return f"JPEG holds one or three channels; the images have {channels}" if name == "jpeg" and channels not in (1, 3) else ""


class _Series(_Unseen):
    """[channels, time] or [time]; a forward argument `lengths` says which steps are no padding."""

    def __init__(self, data: EvaluationSet) -> None:
        self._data = data

    def corrupted(self, row: int, amount: float, draw: Draw) -> Tensor:
        given = self._data.arguments([row])
        own = given[self._data.primary][0]
        steps = int(given[LENGTHS].flatten()[0]) if LENGTHS in given else own.shape[-1]
        inside = own[..., :steps].double().numpy().reshape(-1, steps)
        made = torch.from_numpy(np.ascontiguousarray(series.CORRUPTIONS[draw.name](inside, amount, draw)))
        return torch.cat([made.reshape(own[..., :steps].shape).to(own.dtype), own[..., steps:]], dim=-1)


class _Table(_Unseen):
    """Rows as mappings from a column to a number, a category or None."""

    def __init__(self, data: EvaluationSet, usable: Sequence[int], key: Tensor) -> None:
        self._data = data
        raws: list[table.Row] = [data.raw(row) for row in usable]
        values = {name: [raw[name] for raw in raws if raw[name] is not None] for name in raws[0]}
        numeric = [name for name, column in values.items() if all(_is_number(value) for value in column)]
        spread = {name: float(np.std(values[name])) for name in numeric if values[name]}
        typical = {name: self._typical(raws[0], name, column, name in numeric) for name, column in values.items()}
        keys = key[torch.as_tensor(list(usable))].tolist()
        order = sorted(range(len(keys)), key=keys.__getitem__)  # an order that does not depend on the file's
        place = {keys[index]: rank for rank, index in enumerate(order)}

        def other(own: int, which: int) -> table.Row:
            return raws[order[which + (which >= place[own])]]  # the row itself is stepped over

        self._columns = table.Columns(typical, spread, len(order) - 1, other)

    def _typical(self, raw: table.Row, name: str, values: Sequence[Any], numeric: bool) -> Any:
        """None where the preprocessing turns no value into a finite input, else the mean or the commonest value."""
        try:
            made = self._data.encode([{**raw, name: None}])
        except AuditError:  # the data set's own encode may refuse
            made = torch.full((1,), torch.nan)
        inputs = made[self._data.primary] if isinstance(made, Mapping) else made
        if not values or not inputs.is_floating_point() or bool(torch.isfinite(inputs).all()):
            return None
        if numeric:
            return math.fsum(values) / len(values)
        return min(Counter(values).items(), key=lambda item: (-item[1], str(item[0])))[0]

    def problem(self, name: str) -> str:
        if name == "noise" and not self._columns.spread:
            return "the table has no numeric column"
        return "there is no other row to take values from" if name == "swap" and self._columns.others < 1 else ""

    def corrupted(self, row: int, amount: float, draw: Draw) -> table.Row:
        corrupt: Callable[..., table.Row] = table.CORRUPTIONS[draw.name]
        return corrupt(self._data.raw(row), amount, draw, self._columns)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)
