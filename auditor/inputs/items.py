"""One item of an evaluation set: what the user's dataset gave, as a tensor, a label, an id, a unit and groups."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from auditor.errors import AuditError, did_you_mean

UNKNOWN = -1
KEYS = ("input", "label", "id", "unit", "groups")
_TYPES = {torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.bool}
_TYPES |= {torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64}
_NUMBERS = "a torch tensor or NumPy array of real numbers with at least one dimension and one element"


class Item(NamedTuple):
    """One decoded item. `label` is -1 where unknown and not yet checked against the number of classes.

    `problem` is why a source of ours excludes the row ("" when it does not); its input then holds NaN.
    """

    input: Tensor
    label: int
    id: str | None
    unit: str | None
    groups: dict[str, str]
    problem: str = ""


def decode(item: object, row: int, classes: Sequence[str]) -> Item:
    """Read what a dataset gave for `row`: (x, y), (x,), x alone, or a mapping with the keys `KEYS`.

    The tensor is a copy: a dataset that fills one buffer again and again does no harm.
    """
    if isinstance(item, Item):
        return item
    if isinstance(item, Mapping):
        return _from_mapping(item, row, classes)
    if isinstance(item, tuple | list):
        if len(item) not in (1, 2):
            raise AuditError(
                f"Item {row} of the data set has {len(item)} parts.",
                found=", ".join(type(part).__name__ for part in item[:6]) or "nothing",
                expected="(x, y), or a dict with input, label, id, unit, groups",
                fix="return a dict when there is more than an input and a label",
            )
        return Item(as_tensor(item[0], row), read_label(item[1] if len(item) == 2 else None, row, classes), None, None, {})
    return Item(as_tensor(item, row), UNKNOWN, None, None, {})


def _from_mapping(item: Mapping[Any, Any], row: int, classes: Sequence[str]) -> Item:
    unknown = [str(key) for key in item if key not in KEYS]
    if unknown or "input" not in item:
        raise AuditError(
            f"Item {row} of the data set is a dict "
            + ("with keys that mean nothing here." if unknown else "without an input."),
            found=", ".join(str(key) for key in item) or "an empty dict",
            expected="the key input, and where known label, id, unit, groups",
            fix=f"`{unknown[0]}`: {did_you_mean(unknown[0], KEYS)}" if unknown else 'return {"input": x, "label": y}',
        )
    groups = item.get("groups") or {}
    if not isinstance(groups, Mapping):
        raise AuditError(
            f"The groups of item {row} are not named.",
            found=f"an object of type {type(groups).__name__}",
            expected="a dict from the name of a grouping to this item's group",
            fix='return for example "groups": {"sex": "female"}',
        )
    named = {str(name): _text(value, f"group `{name}`", row) for name, value in groups.items()}
    return Item(
        input=as_tensor(item["input"], row),
        label=read_label(item.get("label"), row, classes),
        id=_text(item.get("id"), "id", row),
        unit=_text(item.get("unit"), "unit", row),
        groups={name: group for name, group in named.items() if group is not None},
    )


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
        return (
            "return one tensor, for example torch.tensor(values, dtype=torch.float32); models of several inputs need adapting"
        )
    return "convert it to numbers in the dataset, for example to float32"


def read_label(value: object, row: int, classes: Sequence[str]) -> int:
    """Index of the class: from an integer (also a tensor without dimensions) or a class name; None is -1, unknown."""
    if value is None:
        return UNKNOWN
    if isinstance(value, Tensor | np.ndarray):
        if value.ndim:
            raise _not_one_label(value, row, len(classes))
        value = value.item()
    if isinstance(value, int | np.integer | np.bool_):
        return int(value)
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, str):
        count = classes.count(value)
        if count == 1:
            return classes.index(value)
        raise AuditError(
            f"The label of item {row} is {'no' if count == 0 else 'not a unique'} class name.",
            found=repr(str(value)),
            expected="one of the names in `model.classes`, or a class index",
            fix=did_you_mean(value, classes) if count == 0 else "use class indices: two classes have this name",
        )
    raise AuditError(
        f"The label of item {row} is not a class.",
        found=f"{str(value)[:80]} of type {type(value).__name__}",
        expected="an integer class index, a class name, or None or -1 for an unknown label",
        fix="convert the labels to integers: y.astype('int64')",
    )


def _not_one_label(value: Tensor | np.ndarray, row: int, classes: int) -> AuditError:
    shape = list(value.shape)
    wide = shape == [classes]
    return AuditError(
        f"The label of item {row} is a vector{' as long as the list of classes: one-hot or several labels' if wide else ''}.",
        found=f"an array of shape {shape}",
        expected="one integer class index per item",
        fix="convert one-hot labels with y.argmax(-1)" if wide else "remove the extra dimension: y.reshape(-1)",
    )


def _text(value: object, what: str, row: int) -> str | None:
    """Ids, units and groups as text; None and the empty text of a unit or group are unknown."""
    if isinstance(value, np.generic | np.ndarray | Tensor) and np.ndim(value) == 0:
        value = value.item()
    if value is None:
        return None
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, str | int | float):
        text = str(value)
        if text.isprintable() and (text or what != "id"):
            return text or None
    raise AuditError(
        f"The {what} of item {row} cannot be used.",
        found=f"{ascii(value)[:80]} of type {type(value).__name__}",
        expected="a short printable text or a number",
        fix=f"convert the {what} to text in the dataset",
    )


def digest(values: Tensor, label: int) -> str:
    """SHA-256 over type, shape, bytes (as stored) and label of one decoded item, hexadecimal."""
    kept = values.view(torch.int16) if values.dtype is torch.bfloat16 else values  # NumPy has no bfloat16
    state = hashlib.sha256(f"{str(values.dtype).removeprefix('torch.')}|{list(values.shape)}|{label}|".encode())
    state.update(kept.numpy().data)
    return state.hexdigest()
