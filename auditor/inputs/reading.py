"""The one reading of a whole evaluation set: every item decoded, checked against the others, digested, and kept if it fits."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from auditor.errors import AuditError
from auditor.inputs.factory import user_code
from auditor.inputs.items import UNKNOWN, Item, decode, digest

MEMORY = 2 * 10**9
"""Bytes of decoded inputs that are kept in memory; larger sets are read again, item by item, and checked."""

NOT_FINITE = "input has NaN or infinite values"
_END = object()
_OVERHEAD = 1000  # bytes of bookkeeping per item, so that an endless stream of tiny items also ends


@dataclass(frozen=True)
class Table:
    """All rows of an evaluation set, in order; `inputs` [n, *shape] is None where they exceed `MEMORY`."""

    shape: tuple[int, ...]
    dtype: torch.dtype
    labels: Tensor
    ids: tuple[str, ...]
    units: tuple[str | None, ...]
    groups: tuple[dict[str, str], ...]
    digests: tuple[str, ...]
    problems: tuple[str, ...]
    minimum: float
    maximum: float
    inputs: Tensor | None


def fetch(source: Any, row: int, classes: Sequence[str]) -> Item:
    """Item `row` of the source, decoded; an exception of the source names the row."""
    with user_code(f"Item {row} of the data set"):
        item = source[row]
    return decode(item, row, classes)


def read_stream(stream: Iterable[object], classes: Sequence[str], limit: int | None = None) -> list[Item]:
    """Read an iterable-style dataset once into memory; refuse it when it passes `limit` bytes (default `MEMORY`)."""
    limit = MEMORY if limit is None else limit
    items: list[Item] = []
    used = 0
    iterator = iter(stream)
    while True:
        with user_code(f"Item {len(items)} of the data set"):
            item = next(iterator, _END)
        if item is _END:
            return items
        items.append(decode(item, len(items), classes))
        used += items[-1].input.nbytes + _OVERHEAD
        if used > limit:
            raise AuditError(
                "The data set is a stream and too large to be read into memory.",
                found=f"more than {limit / 1e9:g} GB after {len(items):,} items",
                expected=f"an iterable dataset of at most {limit / 1e9:g} GB; it is read once and kept",
                fix="give a map-style dataset (with __len__ and __getitem__), or end the stream after fewer items",
            )


def read_table(source: Any, count: int, classes: Sequence[str]) -> Table:
    """Read all `count` items of the source once.

    Raises:
        AuditError: no items, an item of another shape or type than item 0, labels out of range, an id given twice.
        UserCodeError: the source raised; the message names the item.
    """
    if count < 1:
        raise AuditError(
            "The evaluation set is empty.", found="0 items", expected="at least one", fix="check the path or the factory"
        )
    first = fetch(source, 0, classes).input
    block = torch.empty((count, *first.shape), dtype=first.dtype) if count * first.nbytes <= MEMORY else None
    items: list[Item] = []
    digests: list[str] = []
    problems: list[str] = []
    low, high = math.inf, -math.inf
    for row in range(count):
        item = fetch(source, row, classes)
        values = item.input
        if values.shape != first.shape or values.dtype != first.dtype:
            raise _other_shape(row, values, first)
        if block is not None:
            block[row] = values
        digests.append(digest(values, item.label))
        bottom, top = _range(values)
        problems.append(item.problem or ("" if math.isfinite(bottom) and math.isfinite(top) else NOT_FINITE))
        if problems[-1]:
            bottom, top = _finite_range(values)
        low, high = min(low, bottom), max(high, top)
        items.append(item._replace(input=first))  # the block holds the values; this keeps no second copy
    _check_again(source, digests, classes)
    return Table(
        shape=tuple(first.shape),
        dtype=first.dtype,
        labels=_labels([item.label for item in items], classes),
        ids=_ids([item.id for item in items]),
        units=tuple(item.unit for item in items),
        groups=tuple(item.groups for item in items),
        digests=tuple(digests),
        problems=tuple(problems),
        minimum=low if math.isfinite(low) else 0.0,
        maximum=high if math.isfinite(high) else 0.0,
        inputs=block,
    )


def _range(values: Tensor) -> tuple[float, float]:
    """Smallest and largest value; NaN when any is NaN."""
    array = values.float().numpy() if values.dtype is torch.bfloat16 else values.numpy()
    return float(array.min()), float(array.max())


def _finite_range(values: Tensor) -> tuple[float, float]:
    finite = values[torch.isfinite(values)]
    return _range(finite) if finite.numel() else (math.inf, -math.inf)


def _other_shape(row: int, values: Tensor, first: Tensor) -> AuditError:
    kinds = [f"{list(t.shape)} {str(t.dtype).removeprefix('torch.')}" for t in (values, first)]
    return AuditError(
        "The inputs of the data set differ in shape or type.",
        found=f"item {row}: {kinds[0]}",
        expected=f"{kinds[1]}, as item 0",
        fix="resize, crop or pad all inputs to one shape and convert them to one type in the dataset",
    )


def _check_again(source: Any, digests: Sequence[str], classes: Sequence[str]) -> None:
    """Read a few items again: random augmentation would make every run audit other data."""
    step = max(1, len(digests) // 4)
    for row in range(0, len(digests), step):
        item = fetch(source, row, classes)
        if digest(item.input, item.label) != digests[row]:
            raise AuditError(
                "The data set gives other values when it is read again.",
                found=f"item {row} differs between two readings",
                expected="the same values for the same index",
                fix="turn random augmentation off for the evaluation set, or seed it by the index",
            )


def _labels(labels: list[int], classes: Sequence[str]) -> Tensor:
    bad = [row for row, label in enumerate(labels) if not UNKNOWN <= label < len(classes)]
    if bad:
        values = sorted({labels[row] for row in bad})
        known = [label for label in labels if label != UNKNOWN]
        from_one = values == [len(classes)] and min(known) == 1
        raise AuditError(
            f"{len(bad)} labels are out of range.",
            found=f"{_some(values)} in {'row' if len(bad) == 1 else 'rows'} {_some(bad)}",
            expected=f"0 to {len(classes) - 1}, the positions of the {len(classes)} names in `model.classes`; -1 for unknown",
            fix="the labels seem to start at 1: subtract 1"
            if from_one
            else "correct these labels, or list the missing class names",
        )
    return torch.tensor(labels, dtype=torch.int64)


def _ids(given: list[str | None]) -> tuple[str, ...]:
    width = len(str(len(given) - 1))
    ids = tuple(f"{row:0{width}d}" if name is None else name for row, name in enumerate(given))
    twice = [name for name, count in Counter(ids).items() if count > 1]
    if twice:
        rows = [row for row, name in enumerate(ids) if name == twice[0]]
        raise AuditError(
            "Ids of the data set are not unique.",
            found=f"{len(twice)} ids given more than once, such as {twice[0]!r} in rows {_some(rows)}",
            expected="one id per item",
            fix="make the ids unique, or leave them out: rows are then numbered; a shared customer belongs in `unit`",
        )
    return ids


def _some(values: Sequence[int], shown: int = 8) -> str:
    return ", ".join(map(str, values[:shown])) + (f" and {len(values) - shown} more" if len(values) > shown else "")
