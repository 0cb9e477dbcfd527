"""Tensors from what users give: a copy on the CPU, type kept."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from auditor.errors import AuditError

_TYPES = {torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.bool}
_TYPES |= {torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64}
_NUMBERS = "a torch tensor or NumPy array of real numbers with at least one dimension and one element"


def as_tensor(value: object, row: int) -> Tensor:
    """A contiguous copy on the CPU, type kept; refuses what is not a plain array of real numbers."""
    if isinstance(value, Tensor):
        if value.dtype in _TYPES and value.layout is torch.strided and not value.is_meta and value.ndim and value.numel():
            return value.detach().as_subclass(Tensor).cpu().clone(memory_format=torch.contiguous_format)
    elif isinstance(value, np.ndarray) and not isinstance(value, np.ma.MaskedArray):
        copy = np.array(value, dtype=value.dtype.newbyteorder("="), order="C", subok=False)
        if copy.dtype.kind in "fiub" and copy.ndim and copy.size and copy.dtype.itemsize <= 8:
            tensor = torch.from_numpy(copy)
            if tensor.dtype in _TYPES:
                return tensor
    raise AuditError(
        f"The input of item {row} of the data set cannot be used.",
        found=_describe(value),
        expected=_NUMBERS,
        fix=_tensor_fix(value),
    )


def _describe(value: object) -> str:
    if isinstance(value, Tensor):
        layout = "" if value.layout is torch.strided else f", {str(value.layout).removeprefix('torch.')}"
        return f"a tensor of type {str(value.dtype).removeprefix('torch.')}, shape {list(value.shape)}{layout}"
    if isinstance(value, np.ndarray):
        return f"an array of type {value.dtype}, shape {list(value.shape)}"
    return "None" if value is None else f"an object of type {type(value).__module__}.{type(value).__qualname__}"


def _tensor_fix(value: object) -> str:
    if type(value).__module__.partition(".")[0] == "PIL":
        return "convert the picture in the dataset: torch.from_numpy(numpy.array(image)).permute(2, 0, 1) / 255, then normalise"
    if isinstance(value, np.ndarray | Tensor) and value.ndim == 0:
        return "give a single feature one dimension: x.reshape(1)"
    if isinstance(value, tuple | list | dict):
        return "return one tensor, torch.tensor(values, dtype=torch.float32); for several arguments a dict of tensors"
    return "convert it to numbers in the dataset, for example to float32"
