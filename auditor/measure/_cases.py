"""Explained cases and what is stored of each: attributions, curves, checks, aligned case by case.

A case is (sample, target). Rows of samples that were not selected, or that hold an error, are left out and counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.measure._frame import Bools, Floats, Frame, Ints

KeyPart = tuple[str, ...]


@dataclass(frozen=True)
class Cases:
    """Cases in the order of sample id, then target.

    Attributes:
        row: int [cases], row of the sample in the frame. target: int [cases], class explained.
    """

    row: Ints
    target: Ints

    def place(self, row: Ints, target: Ints) -> Ints:
        """Index of each (row, target) among the cases."""
        width = int(self.target.max(initial=0)) + 2
        return np.searchsorted(self.row * width + self.target, row * width + target)


@dataclass(frozen=True)
class Located:
    """The rows of a long table that belong to selected cases, one entry per row."""

    table: pa.Table
    cases: Cases
    place: Ints
    failed: dict[KeyPart, int]
    groups: dict[KeyPart, Ints]


def locate(frame: Frame, table: pa.Table, by: tuple[str, ...]) -> Located:
    """Find the case of every row of the audited model itself, and group the rows by some key columns.

    Args:
        table: a long table; rows of another variant or draw are left out.
        by: key columns, for example ("method", "fill", "order").

    Returns:
        `groups`: key → rows of `table`, without failed ones; `failed`: key → number of failed rows.
    """
    row = np.asarray(pc.fill_null(pc.index_in(table["sample_id"], value_set=frame.ids), -1), dtype=np.int64)
    own = np.asarray(pc.and_(pc.equal(table["variant"], ""), pc.equal(table["draw"], "")), dtype=bool)
    keep = (row >= 0) & own
    keep[keep] &= frame.selected[row[keep]]
    table, row = table.filter(pa.array(keep)), row[keep]
    target = np.asarray(table["target"], dtype=np.int64)
    pairs = np.unique(np.stack([row, target], axis=1), axis=0).reshape(-1, 2)
    cases = Cases(pairs[:, 0], pairs[:, 1])
    good = np.asarray(pc.equal(table["error"], ""), dtype=bool) if "error" in table.column_names else np.ones(len(row), bool)
    groups, failed = {}, {}
    for key, rows in _grouped(table, by).items():
        groups[key] = rows[good[rows]]
        failed[key] = len(rows) - len(groups[key])
    return Located(table, cases, cases.place(row, target), failed, groups)


def _grouped(table: pa.Table, by: Iterable[str]) -> dict[KeyPart, Ints]:
    """Key → indices of its rows, in order."""
    if not table.num_rows:
        return {}
    code = np.zeros(table.num_rows, dtype=np.int64)
    names: list[list[str]] = []
    for column in by:
        encoded = table[column].combine_chunks().dictionary_encode()
        code = code * max(len(encoded.dictionary), 1) + np.asarray(encoded.indices, dtype=np.int64)
        names.append(encoded.dictionary.to_pylist())
    order = np.argsort(code, kind="stable")
    values, first = np.unique(code[order], return_index=True)
    groups = {}
    for value, rows in zip(values.tolist(), np.split(order, first[1:]), strict=True):
        key = []
        for options in reversed(names):
            value, place = divmod(value, len(options))
            key.append(options[place])
        groups[tuple(reversed(key))] = rows
    return dict(sorted(groups.items()))


def lists(table: pa.Table, column: str, rows: Ints) -> tuple[Floats, Ints]:
    """(values end to end, length of each) of a list column's rows, float64."""
    chosen = table[column].combine_chunks().take(pa.array(rows))
    return np.asarray(chosen.flatten(), dtype=np.float64), np.asarray(pc.list_value_length(chosen), dtype=np.int64)


@dataclass(frozen=True)
class Path:
    """One order's curves for every case. NaN and False where a case has none.

    Attributes:
        fraction: [points], fraction removed; each case's own where all share it, else k/K.
        score: [cases, points]. area: [cases], trapezoid over each case's own fractions. has: bool [cases].
    """

    fraction: Floats
    score: Floats
    area: Floats
    has: Bools


def paths(located: Located, steps: int) -> dict[KeyPart, Path]:
    """The curves of each key; where numbers of features differ, scores are interpolated linearly at k/K."""
    return {key: _path(located, rows, steps) for key, rows in located.groups.items() if len(rows)}


def _path(located: Located, rows: Ints, steps: int) -> Path:
    removed, widths = lists(located.table, "removed", rows)
    scores, _ = lists(located.table, "score", rows)
    place, count = located.place[rows], len(located.cases.row)
    area, has = np.full(count, np.nan), np.zeros(count, dtype=bool)
    has[place] = True
    starts = np.concatenate([[0], np.cumsum(widths)])
    if (widths == widths[0]).all() and (removed.reshape(len(rows), -1) == removed[: widths[0]]).all():
        fraction = removed[: widths[0]] / removed[widths[0] - 1]
        values = scores.reshape(len(rows), -1)
        area[place] = np.trapezoid(values, fraction, axis=1)
    else:
        fraction = np.arange(steps + 1) / steps
        values = np.empty((len(rows), steps + 1))
        for index, (first, last) in enumerate(pairwise(starts.tolist())):
            own = removed[first:last] / removed[last - 1]
            values[index] = np.interp(fraction, own, scores[first:last])
            area[place[index]] = np.trapezoid(scores[first:last], own)
    score = np.full((count, len(fraction)), np.nan)
    score[place] = values
    return Path(fraction, score, area, has)
