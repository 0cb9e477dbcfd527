"""One item of an evaluation set: what the user's dataset gave, as a tensor, a label, an id, a unit and groups."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from auditor.errors import AuditError, did_you_mean
from auditor.inputs.labels import UNKNOWN, read_label
from auditor.inputs.tensors import as_tensor

KEYS = ("input", "label", "id", "unit", "groups", "features")
PRIMARY = "x"


class OwnFeatures(NamedTuple):
    """Features of one item alone: words of a text, windows of a series, segments of an image.

    Attributes:
        element: int64 [*element_shape], the index of each element's feature; -1 is no feature.
        names: of its features; across items a feature is known by its name.
        spans: of words, where each stands in the text: (first, behind the last character); () elsewhere.
    """

    element: Tensor
    names: tuple[str, ...]
    spans: tuple[tuple[int, int], ...] = ()


class Item(NamedTuple):
    """One decoded item. `label` is -1 where unknown and not yet checked against the number of classes.

    Attributes:
        input: the tensor whose elements are features; `primary` is the forward argument it goes to.
        labels: indices of the classes that hold, where the item has several labels; None where it has one or none.
        problem: why a source of ours excludes the row ("" when it does not); its input then holds NaN or zeros.
        others: further forward arguments of the item.
        features: the item's own features; None where all items share one map.
    """

    input: Tensor
    label: int
    id: str | None
    unit: str | None
    groups: dict[str, str]
    problem: str = ""
    labels: tuple[int, ...] | None = None
    primary: str = PRIMARY
    others: Mapping[str, Tensor] = MappingProxyType({})
    features: OwnFeatures | None = None


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
        label, labels = read_label(item[1] if len(item) == 2 else None, row, classes)
        primary, values, others = _arguments(item[0], row)
        return Item(values, label, None, None, {}, labels=labels, primary=primary, others=others)
    return Item(as_tensor(item, row), UNKNOWN, None, None, {})


def _arguments(given: object, row: int) -> tuple[str, Tensor, dict[str, Tensor]]:
    """(name, tensor, others) of an input: one tensor, or a mapping of forward arguments whose first is the primary one."""
    if not isinstance(given, Mapping) or not given:
        return PRIMARY, as_tensor(given, row), {}
    named = {str(name): value for name, value in given.items()}
    primary = next(iter(named))
    return primary, as_tensor(named.pop(primary), row), {name: _beside(value, row) for name, value in named.items()}


def _beside(value: object, row: int) -> Tensor:
    """A further argument: an array as the input, or one number, such as a length."""
    if isinstance(value, int | float) or (isinstance(value, Tensor | np.ndarray | np.generic) and np.ndim(value) == 0):
        return torch.as_tensor(value)
    return as_tensor(value, row)


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
    label, labels = read_label(item.get("label"), row, classes)
    primary, values, others = _arguments(item["input"], row)
    return Item(
        input=values,
        label=label,
        id=_text(item.get("id"), "id", row),
        unit=_text(item.get("unit"), "unit", row),
        groups={name: group for name, group in named.items() if group is not None},
        labels=labels,
        primary=primary,
        others=others,
        features=_own_features(item.get("features"), values, row),
    )


def _own_features(given: object, values: Tensor, row: int) -> OwnFeatures | None:
    """(element, names) that a data set gives with an item, checked against its input."""
    if given is None:
        return None
    if isinstance(given, tuple) and len(given) == 2:
        element, names = as_tensor(given[0], row), tuple(str(name) for name in given[1])
        shape = tuple(values.shape)
        found = torch.unique(element[element >= 0]).tolist() if not element.is_floating_point() else None
        if found == list(range(len(names))) and tuple(element.shape) == shape[len(shape) - element.ndim :]:
            return OwnFeatures(element.long(), names)
    raise AuditError(
        f"The features of item {row} do not fit its input.",
        found=type(given).__name__ if not isinstance(given, tuple) else f"a tuple of {len(given)}",
        expected="(element, names): integer indices shaped as the input (or without its channels), each of 0 … F-1 at least "
        "once and -1 for no feature, and F names",
        fix="renumber them with torch.unique(element, return_inverse=True)",
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


def length_problem(item: Item) -> str:
    """Why a padded item cannot be used by its forward argument `lengths`; "" where it can, or has none."""
    length = item.others.get("lengths")
    if length is None or length.numel() != 1:
        return ""
    if length.item() < 1:
        return "a sequence of length 0"
    return "a length beyond the padded input" if length.item() > max(item.input.shape) else ""


def digest(item: Item) -> str:
    """SHA-256 over type, shape, bytes (as stored) and label of one decoded item, hexadecimal."""
    label = item.label if item.labels is None else sorted(item.labels)
    state = hashlib.sha256()
    for name, values in ((PRIMARY, item.input), *sorted(item.others.items())):
        kept = values.view(torch.int16) if values.dtype is torch.bfloat16 else values  # NumPy has no bfloat16
        head = "" if name == PRIMARY else f"|{name}|"
        state.update(f"{head}{str(values.dtype).removeprefix('torch.')}|{list(values.shape)}|{label}|".encode())
        state.update(kept.contiguous().numpy().tobytes())
    return state.hexdigest()
