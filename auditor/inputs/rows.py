"""The rows of an evaluation set: read once, checked, digested, and from then on the same for the whole audit."""

from __future__ import annotations

from collections.abc import Sequence
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
from auditor.inputs.items import as_tensor, digest
from auditor.inputs.reading import fetch, read_stream, read_table

Files = list[tuple[str, Path]]


@dataclass(frozen=True)
class Sample:
    """One row. `digest` covers type, shape, bytes and label; `problem` is why it is excluded, "" when it is not."""

    input: Tensor
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
    ids: tuple[str, ...]
    digests: tuple[str, ...]
    problems: tuple[str, ...]
    minimum: float
    maximum: float
    files: Files
    encoding: Encoding

    def __len__(self) -> int: ...

    def sample(self, i: int) -> Sample:
        """Row i; its tensor belongs to the caller."""
        ...

    def batch(self, indices: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Inputs [n, *shape] and labels int64 [n] (-1 unknown) of some rows; the tensors belong to the caller."""
        ...

    def raw(self, i: int) -> Any:
        """Row i before the model's preprocessing, as far as the source knows it; else the input."""
        ...

    def encode(self, raws: Sequence[Any]) -> Tensor:
        """What the model receives for raw rows: [n, *shape]."""
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
        self._table = read_table(source, count, self._classes)
        keep = self._table.inputs is None or not isinstance(source, ArrayRows | list)
        self._source = source if keep else None  # arrays that are now in memory are not held twice
        self.shape, self.dtype = self._table.shape, self._table.dtype
        self.labels, self.ids = self._table.labels, self._table.ids
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

    def raw(self, i: int) -> Any:
        """Row i before preprocessing, where the dataset has both `raw(i)` and `encode(raws)`; else the input."""
        if not self._has("raw", "encode"):
            return self._input(i)
        with user_code(f"The data set's raw({i})"):
            return self._dataset.raw(i)

    def encode(self, raws: Sequence[Any]) -> Tensor:
        """What the model receives for raw rows: the dataset's own encoding, or the rows stacked."""
        if not self._has("raw", "encode"):
            return torch.stack([as_tensor(raw, row) for row, raw in enumerate(raws)])
        with user_code("The data set's encode"):
            made = self._dataset.encode(raws)
        if isinstance(made, Tensor) and tuple(made.shape) == (len(raws), *self.shape):
            return made.detach().cpu().contiguous()
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
            return None if made is None else _picture(np.asarray(made), i)
        if self.modality != "image":
            return None
        values = self._input(i).double() * self._scale + self._offset
        ends = sorted(end * self._scale + self._offset for end in (self.minimum, self.maximum))
        spread = (values - ends[0]) / ((ends[1] - ends[0]) or 1.0)
        return _channels_last((spread.nan_to_num(0.0).clamp(0, 1) * 255).round().to(torch.uint8).numpy())

    def _has(self, *names: str) -> bool:
        return all(callable(getattr(self._dataset, name, None)) for name in names)

    def _input(self, i: int) -> Tensor:
        if self._table.inputs is not None:
            return self._table.inputs[i].clone()
        item = fetch(self._source, i, self._classes)
        if digest(item.input, item.label) != self.digests[i]:
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


def _channels_last(image: np.ndarray) -> np.ndarray | None:
    """[h, w], [c, h, w] or [h, w, c] with 1, 3 or 4 channels as [h, w] or [h, w, 3]; an alpha channel is dropped."""
    if image.ndim == 3 and image.shape[0] in (1, 3, 4):
        image = image.transpose(1, 2, 0)
    if image.ndim == 3 and image.shape[-1] in (1, 3, 4):
        image = image[..., 0] if image.shape[-1] == 1 else image[..., :3]
    return np.ascontiguousarray(image) if image.ndim == 2 or (image.ndim == 3 and image.shape[-1] == 3) else None


def _picture(made: np.ndarray, i: int) -> np.ndarray:
    if made.dtype == np.uint8 and (made.ndim == 2 or (made.ndim == 3 and made.shape[-1] == 3)):
        return made
    raise AuditError(
        f"The data set's show({i}) did not give a picture.",
        found=f"{made.dtype}, shape {list(made.shape)}",
        expected="uint8 [height, width] or [height, width, 3], or None",
        fix="convert the picture: (255 * image).round().astype('uint8'), channels last",
    )
