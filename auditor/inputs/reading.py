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
from auditor.inputs.items import Item, OwnFeatures, decode, digest, length_problem
from auditor.inputs.labels import UNKNOWN, one_label_each, several_labels, some

MEMORY = 2 * 10**9
"""Bytes of decoded inputs that are kept in memory; larger sets are read again, item by item, and checked."""

NOT_FINITE = "input has NaN or infinite values"
_END = object()
_OVERHEAD = 1000  # bytes of bookkeeping per item, so that an endless stream of tiny items also ends


@dataclass(frozen=True)
class Table:
    """All rows of an evaluation set, in order; `inputs` [n, *shape] is None where they exceed `MEMORY`.

    Attributes:
        primary: the forward argument `inputs` go to.
        others: further forward arguments [n, *shape] by name.
        several: of each row the classes that hold (None unknown), where items have several labels; else None.
        features: of each row its own features, where they have any; else None.
    """

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
    primary: str
    others: dict[str, Tensor]
    several: tuple[tuple[int, ...] | None, ...] | None
    features: tuple[OwnFeatures, ...] | None


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


def read_table(source: Any, count: int, classes: Sequence[str], multi_label: bool = False) -> Table:
    """Read all `count` items of the source once.

    Raises:
        AuditError: no items, an item of another shape or type than item 0, labels out of range, an id given twice.
        UserCodeError: the source raised; the message names the item.
    """
    if count < 1:
        raise AuditError(
            "The evaluation set is empty.", found="0 items", expected="at least one", fix="check the path or the factory"
        )
    opening = fetch(source, 0, classes)
    first = opening.input
    block = torch.empty((count, *first.shape), dtype=first.dtype) if count * first.nbytes <= MEMORY else None
    others = {name: value.new_empty((count, *value.shape)) for name, value in opening.others.items()}
    items: list[Item] = []
    digests: list[str] = []
    low, high = math.inf, -math.inf
    for row in range(count):
        item = fetch(source, row, classes)
        _check_like(row, item, opening)
        if block is not None:
            block[row] = item.input
        for name, value in item.others.items():
            others[name][row] = value
        digests.append(digest(item))
        bottom, top = _range(item.input)
        finite = math.isfinite(bottom) and math.isfinite(top)
        problem = item.problem or length_problem(item) or ("" if finite else NOT_FINITE)
        if problem:
            bottom, top = _finite_range(item.input)
        low, high = min(low, bottom), max(high, top)
        items.append(item._replace(input=first, others={}, problem=problem))  # the blocks hold the values: no second copy
    _check_again(source, digests, classes)
    ends = (low if math.isfinite(low) else 0.0, high if math.isfinite(high) else 0.0)
    blocks = {"inputs": block, "others": others}
    return _table(items, digests, classes, multi_label, ends, blocks)


def _table(
    items: Sequence[Item],
    digests: Sequence[str],
    classes: Sequence[str],
    multi_label: bool,
    ends: tuple[float, float],
    blocks: dict[str, Any],
) -> Table:
    first = items[0]
    own = tuple(item.features for item in items if item.features is not None)
    labels = [item.label for item in items]
    return Table(
        shape=tuple(first.input.shape),
        dtype=first.input.dtype,
        labels=torch.full((len(items),), UNKNOWN) if multi_label else one_label_each(labels, classes),
        ids=_ids([item.id for item in items]),
        units=tuple(item.unit for item in items),
        groups=tuple(item.groups for item in items),
        digests=tuple(digests),
        problems=tuple(item.problem for item in items),
        minimum=ends[0],
        maximum=ends[1],
        primary=first.primary,
        several=several_labels([(item.label, item.labels) for item in items], classes, multi_label),
        features=own or None,
        **blocks,
    )


def _check_like(row: int, item: Item, first: Item) -> None:
    """Every item has the arguments, shapes and types of the first one."""
    if (
        item.primary != first.primary
        or set(item.others) != set(first.others)
        or (item.features is None) != (not first.features)
    ):
        raise AuditError(
            "The items of the data set differ in their parts.",
            found=f"item {row}: " + ", ".join((item.primary, *item.others, *(["features"] if item.features else []))),
            expected=", ".join((first.primary, *first.others, *(["features"] if first.features else []))) + ", as item 0",
            fix="give every item the same arguments in the dataset",
        )
    for name, value, like in (
        ("", item.input, first.input),
        *((name, value, first.others[name]) for name, value in item.others.items()),
    ):
        if value.shape != like.shape or value.dtype != like.dtype:
            raise _other_shape(f"item {row}" + (f", `{name}`" if name else ""), value, like)


def _range(values: Tensor) -> tuple[float, float]:
    """Smallest and largest value; NaN when any is NaN."""
    array = values.float().numpy() if values.dtype is torch.bfloat16 else values.numpy()
    return float(array.min()), float(array.max())


def _finite_range(values: Tensor) -> tuple[float, float]:
    finite = values[torch.isfinite(values)]
    return _range(finite) if finite.numel() else (math.inf, -math.inf)


def _other_shape(where: str, values: Tensor, first: Tensor) -> AuditError:
    kinds = [f"{list(t.shape)} {str(t.dtype).removeprefix('torch.')}" for t in (values, first)]
    return AuditError(
        "The inputs of the data set differ in shape or type.",
        found=f"{where}: {kinds[0]}",
        expected=f"{kinds[1]}, as item 0",
        fix="resize, crop or pad all inputs to one shape and convert them to one type in the dataset",
    )


def _check_again(source: Any, digests: Sequence[str], classes: Sequence[str]) -> None:
    """Read a few items again: random augmentation would make every run audit other data."""
    step = max(1, len(digests) // 4)
    for row in range(0, len(digests), step):
        item = fetch(source, row, classes)
        if digest(item) != digests[row]:
            raise AuditError(
                "The data set gives other values when it is read again.",
                found=f"item {row} differs between two readings",
                expected="the same values for the same index",
                fix="turn random augmentation off for the evaluation set, or seed it by the index",
            )


def _ids(given: list[str | None]) -> tuple[str, ...]:
    width = len(str(len(given) - 1))
    ids = tuple(f"{row:0{width}d}" if name is None else name for row, name in enumerate(given))
    twice = [name for name, count in Counter(ids).items() if count > 1]
    if twice:
        rows = [row for row, name in enumerate(ids) if name == twice[0]]
        raise AuditError(
            "Ids of the data set are not unique.",
            found=f"{len(twice)} ids given more than once, such as {twice[0]!r} in rows {some(rows)}",
            expected="one id per item",
            fix="make the ids unique, or leave them out: rows are then numbered; a shared customer belongs in `unit`",
        )
    return ids
