"""The rows of an evaluation set: read once, checked, digested, and from then on the same for the whole audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import IterableDataset

from auditor.errors import AuditError
from auditor.inputs.arrays import ArrayRows
from auditor.inputs.encoding import Encoding
from auditor.inputs.factory import user_code
from auditor.inputs.items import OwnFeatures, digest
from auditor.inputs.pictures import channels_last, checked_picture
from auditor.inputs.reading import fetch, read_stream, read_table
from auditor.inputs.tensors import as_tensor

Files = list[tuple[str, Path]]


@dataclass(frozen=True)
class Sample:
    """One row. `digest` covers type, shape, bytes and label; `problem` is why it is excluded, "" when it is not."""

    input: Tensor  # of the primary argument
    label: int
    id: str
    unit: str | None
    groups: dict[str, str]
    digest: str
    problem: str = ""


class EvaluationSet(Protocol):
    """What the audit asks of its data. Rows are numbered from 0 in the order of the source."""

    name: str
    modality: str
    shape: tuple[int, ...]
    dtype: torch.dtype
    labels: Tensor
    several: tuple[tuple[int, ...] | None, ...] | None
    ids: tuple[str, ...]
    digests: tuple[str, ...]
    problems: tuple[str, ...]
    minimum: float
    maximum: float
    primary: str
    files: Files
    encoding: Encoding

    def __len__(self) -> int: ...

    def sample(self, i: int) -> Sample:
        """Row i; its tensor belongs to the caller."""
        ...

    def batch(self, indices: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Inputs [n, *shape] and labels int64 [n] (-1 unknown) of some rows; the tensors belong to the caller."""
        ...

    def arguments(self, indices: Sequence[int]) -> dict[str, Tensor]:
        """All forward arguments [n, *shape] of some rows, the primary one first; the tensors belong to the caller."""
        ...

    def features(self, indices: Sequence[int]) -> tuple[OwnFeatures, ...] | None:
        """The rows' own features; None where all rows share one map."""
        ...

    def raw(self, i: int) -> Any:
        """Row i before the model's preprocessing, as far as the source knows it; else the input."""
        ...

    def encode(self, raws: Sequence[Any]) -> Tensor | dict[str, Tensor]:
        """What the model receives for raw rows: [n, *shape]; of texts all forward arguments by name, the primary one first."""
        ...

    def show(self, i: int) -> np.ndarray | None:
        """A picture of row i: uint8 [h, w] or [h, w, 3]; None where there is none."""
        ...


class Rows:
    """An `EvaluationSet` over any source of items. See `read_table` for what is checked.

    Attributes as in `EvaluationSet`; labels int64 [n], minimum and maximum over finite values.
    """

    def __init__(
        self,
        source: Any,
        classes: Sequence[str],
        name: str,
        modality: str,
        *,
        scale: float = 1.0,
        offset: float = 0.0,
        files: Files | None = None,
        encoding: Encoding | None = None,
        multi_label: bool = False,
    ) -> None:
        self.name, self.modality, self.files = name, modality, files or []
        self._classes, self._scale, self._offset = tuple(classes), scale, offset
        self.encoding = encoding or Encoding(scale=(scale,), offset=(offset,))
        self._dataset: Any = (
            None if isinstance(source, ArrayRows) else source
        )  # asked for raw, encode and show, where it has them
        if is_stream(source):
            source = read_stream(source, self._classes)
        with user_code("The length of the data set"):
            count = len(source)
        self._table = read_table(source, count, self._classes, multi_label)
        keep = self._table.inputs is None or not isinstance(source, ArrayRows | list)
        self._source = source if keep else None  # arrays that are now in memory are not held twice
        self.shape, self.dtype = self._table.shape, self._table.dtype
        self.labels, self.several, self.ids = self._table.labels, self._table.several, self._table.ids
        self.primary = self._table.primary
        self.digests, self.problems = self._table.digests, self._table.problems
        self.minimum, self.maximum = self._table.minimum, self._table.maximum

    def __len__(self) -> int:
        return len(self.ids)

    def sample(self, i: int) -> Sample:
        """Row i; read again where it is not in memory, and refused when it changed since."""
        table = self._table
        return Sample(
            input=self._input(i),
            label=int(self.labels[i]),
            id=self.ids[i],
            unit=table.units[i],
            groups=dict(table.groups[i]),
            digest=self.digests[i],
            problem=self.problems[i],
        )

    def batch(self, indices: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Inputs [n, *shape] and labels int64 [n] of some rows."""
        index = torch.as_tensor(list(indices), dtype=torch.int64)
        if self._table.inputs is not None:
            return self._table.inputs[index], self.labels[index]
        return torch.stack([self._input(int(i)) for i in index]), self.labels[index]

    def arguments(self, indices: Sequence[int]) -> dict[str, Tensor]:
        """All forward arguments of some rows, the primary one first."""
        index = torch.as_tensor(list(indices), dtype=torch.int64)
        return {self.primary: self.batch(indices)[0], **{name: value[index] for name, value in self._table.others.items()}}

    def features(self, indices: Sequence[int]) -> tuple[OwnFeatures, ...] | None:
        """The rows' own features; None where all rows share one map."""
        own = self._table.features
        return None if own is None else tuple(own[i] for i in indices)

    def raw(self, i: int) -> Any:
        """Row i before preprocessing, where the dataset has both `raw(i)` and `encode(raws)`; else the input."""
        if not self._has("raw", "encode"):
            return self._input(i)
        with user_code(f"The data set's raw({i})"):
            return self._dataset.raw(i)

    def encode(self, raws: Sequence[Any]) -> Tensor | dict[str, Tensor]:
        """What the model receives for raw rows: the dataset's own encoding, or the rows stacked."""
        if not self._has("raw", "encode"):
            return torch.stack([as_tensor(raw, row) for row, raw in enumerate(raws)])
        with user_code("The data set's encode"):
            made = self._dataset.encode(raws)
        named = dict(made) if isinstance(made, Mapping) else {self.primary: made}
        first = named.get(self.primary)
        alike = all(isinstance(value, Tensor) and value.shape[:1] == (len(raws),) for value in named.values())
        if alike and isinstance(first, Tensor) and tuple(first.shape[1:]) == self.shape:
            kept = {name: value.detach().cpu().contiguous() for name, value in named.items()}
            return kept if isinstance(made, Mapping) else kept[self.primary]
        raise AuditError(
            "The data set's encode did not give the model's inputs.",
            found=f"a tensor of shape {list(made.shape)}"
            if isinstance(made, Tensor)
            else f"an object of type {type(made).__name__}",
            expected=f"a tensor of shape {[len(raws), *self.shape]}",
            fix="let encode(raws) return one row per raw sample, shaped as the items' inputs",
        )

    def show(self, i: int) -> np.ndarray | None:
        """A picture of row i: the dataset's own `show(i)`, or, for images, values spread over the set's range."""
        if self._has("show"):
            with user_code(f"The data set's show({i})"):
                made = self._dataset.show(i)
            return None if made is None else checked_picture(np.asarray(made), i)
        if self.modality != "image":
            return None
        values = self._input(i).double() * self._scale + self._offset
        ends = sorted(end * self._scale + self._offset for end in (self.minimum, self.maximum))
        spread = (values - ends[0]) / ((ends[1] - ends[0]) or 1.0)
        return channels_last((spread.nan_to_num(0.0).clamp(0, 1) * 255).round().to(torch.uint8).numpy())

    def _has(self, *names: str) -> bool:
        return all(callable(getattr(self._dataset, name, None)) for name in names)

    def _input(self, i: int) -> Tensor:
        if self._table.inputs is not None:
            return self._table.inputs[i].clone()
        item = fetch(self._source, i, self._classes)
        if digest(item) != self.digests[i]:
            raise AuditError(
                "The data changed during the audit.",
                found=f"item {i} ({self.ids[i]}) differs from its first reading",
                expected="the same values whenever it is read",
                fix="keep the data unchanged while the audit runs, then start again with --fresh",
            )
        return item.input


def is_stream(source: object) -> bool:
    """Whether a dataset can only be read from its beginning."""
    return isinstance(source, IterableDataset) or (hasattr(source, "__iter__") and not hasattr(source, "__getitem__"))
