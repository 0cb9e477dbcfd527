"""The label of an item: one class, several, or none that is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from auditor.errors import AuditError, did_you_mean

UNKNOWN = -1


def read_label(value: object, row: int, classes: Sequence[str]) -> tuple[int, tuple[int, ...] | None]:
    """(index of the class, None), or (-1, indices) of several labels; None is (-1, None), unknown.

    One label is an integer (also a tensor without dimensions) or a class name. Several are a vector of 0 and 1, one per class,
    or a list of indices or names (which may be empty). Whether several are allowed is for the caller to say.
    """
    if value is None:
        return UNKNOWN, None
    if isinstance(value, list | set | frozenset) or (isinstance(value, tuple) and not hasattr(value, "dtype")):
        return UNKNOWN, tuple(sorted({_index(one, row, classes) for one in value}))
    if isinstance(value, Tensor | np.ndarray) and value.ndim:
        hot = np.asarray(value)
        if hot.shape == (len(classes),) and hot.dtype.kind in "biuf" and np.isin(hot, (0, 1)).all():
            return UNKNOWN, tuple(int(i) for i in np.flatnonzero(hot))
        raise not_one_label(f"an array of shape {list(hot.shape)}", row, wide=False)
    return _index(value, row, classes), None


def _index(value: object, row: int, classes: Sequence[str]) -> int:
    if isinstance(value, Tensor | np.ndarray):
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


def not_one_label(found: str, row: int, wide: bool) -> AuditError:
    """A vector where one label is expected; `wide`: as long as the list of classes."""
    return AuditError(
        f"The label of item {row} is a vector{' as long as the list of classes: one-hot or several labels' if wide else ''}.",
        found=found,
        expected="one integer class index per item; several only with `model.multi_label: true`",
        fix="convert one-hot labels with y.argmax(-1), or set `multi_label: true` and `head: sigmoid` under `model:`"
        if wide
        else "remove the extra dimension: y.reshape(-1)",
    )


def one_label_each(labels: list[int], classes: Sequence[str]) -> Tensor:
    """Labels int64 [n] (-1 unknown); refuses those out of range."""
    bad = [row for row, label in enumerate(labels) if not UNKNOWN <= label < len(classes)]
    if bad:
        values = sorted({labels[row] for row in bad})
        known = [label for label in labels if label != UNKNOWN]
        from_one = values == [len(classes)] and min(known) == 1
        raise AuditError(
            f"{len(bad)} labels are out of range.",
            found=f"{some(values)} in {'row' if len(bad) == 1 else 'rows'} {some(bad)}",
            expected=f"0 to {len(classes) - 1}, the positions of the {len(classes)} names in `model.classes`; -1 for unknown",
            fix="the labels seem to start at 1: subtract 1"
            if from_one
            else "correct these labels, or list the missing class names",
        )
    return torch.tensor(labels, dtype=torch.int64)


def several_labels(
    given: Sequence[tuple[int, tuple[int, ...] | None]], classes: Sequence[str], multi_label: bool
) -> tuple[tuple[int, ...] | None, ...] | None:
    """Of each item the classes that hold (None: unknown), from what `read_label` found; None where each has one label.

    Raises:
        AuditError: several labels where one is expected, or an index out of range.
    """
    if not multi_label:
        wide = [row for row, (_, labels) in enumerate(given) if labels is not None]
        if wide:
            raise not_one_label(f"{len(wide):,} items with several labels or a vector of labels", wide[0], wide=True)
        return None
    several = tuple(labels if labels is not None else (one,) if one >= 0 else None for one, labels in given)
    one_label_each([max(labels, default=0) for labels in several if labels is not None], classes)
    return several


def some(values: Sequence[int], shown: int = 8) -> str:
    """The first few numbers, and how many more."""
    return ", ".join(map(str, values[:shown])) + (f" and {len(values) - shown} more" if len(values) > shown else "")
