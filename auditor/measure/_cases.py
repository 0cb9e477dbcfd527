"""Explained cases and what is stored of each: attributions, curves, checks, aligned case by case.

A case is (sample, target). Rows of samples that were not selected, or that hold an error, are left out and counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

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


class PerSample:
    """Cases put together by sample: one with several labels counts once, as the mean over its explained cases.

    Args:
        row: int [cases], row of each case in the frame, ascending.

    Attributes:
        row: int [samples]. cases: how many cases there are.
    """

    def __init__(self, row: Ints) -> None:
        self.row, self._first, self._count = np.unique(row, return_index=True, return_counts=True)
        self.cases = len(row)

    def mean(self, values: Floats) -> Floats:
        """[samples, …] of values [cases, …]."""
        if len(self.row) == self.cases:
            return values
        count = self._count.reshape(-1, *[1] * (values.ndim - 1))
        return np.asarray(np.add.reduceat(values, self._first, axis=0) / count)

    @property
    def notes(self) -> list[str]:
        """What the reader has to know of it; nothing where every sample is one case."""
        if len(self.row) == self.cases:
            return []
        return [f"{self.cases:,} cases of {len(self.row):,} samples; a sample counts once, as the mean over its cases."]


@dataclass(frozen=True)
class Located:
    """The rows of a long table that belong to selected cases, one entry per row."""

    table: pa.Table
    cases: Cases
    place: Ints
    failed: dict[KeyPart, int]
    groups: dict[KeyPart, Ints]


def locate(frame: Frame, table: pa.Table, by: tuple[str, ...], members: bool = False, variants: str | None = None) -> Located:
    """Find the case of every row of the audited model itself, and group the rows by some key columns.

    Args:
        table: a long table; rows of another variant or draw are left out.
        by: key columns, for example ("method", "fill", "order").
        members: look at the rows of an ensemble's members instead of the model's own.
        variants: look at the rows whose variant starts so instead; "": at all rows.

    Returns:
        `groups`: key → rows of `table`, without failed ones; `failed`: key → number of failed rows.
    """
    row = np.asarray(pc.fill_null(pc.index_in(table["sample_id"], value_set=frame.ids), -1), dtype=np.int64)
    wanted = "member:" if members else variants
    variant = pc.equal(table["variant"], "") if wanted is None else pc.starts_with(table["variant"], wanted)
    keep = (row >= 0) & np.asarray(pc.and_(variant, pc.equal(table["draw"], "")), dtype=bool)
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
    """The curves of each key; where numbers of features differ, scores are interpolated linearly at k/K.

    Whether they differ is decided once for all keys, so that every curve of an audit stands on the same fractions.
    """
    removed, widths = lists(located.table, "removed", np.concatenate([*located.groups.values(), np.empty(0, np.int64)]))
    first = removed[: widths[0]] if len(widths) else removed
    same = bool(len(first) > 1 and (widths == len(first)).all() and (removed.reshape(len(widths), -1) == first).all())
    grid = first / first[-1] if same else np.arange(steps + 1) / steps
    return {key: _path(located, rows, grid, same) for key, rows in located.groups.items() if len(rows)}


def _path(located: Located, rows: Ints, grid: Floats, same: bool) -> Path:
    removed, widths = lists(located.table, "removed", rows)
    scores, lengths = lists(located.table, "score", rows)
    place, count = located.place[rows], len(located.cases.row)
    area, has, score = np.full(count, np.nan), np.zeros(count, dtype=bool), np.full((count, len(grid)), np.nan)
    if same:
        values = scores.reshape(len(rows), -1)
        area[place] = np.trapezoid(values, grid, axis=1)
    else:
        whole = (widths == lengths) & (widths > 1)
        removed, scores = removed[np.repeat(whole, widths)], scores[np.repeat(whole, lengths)]
        place, widths = place[whole], widths[whole]
        ends = np.cumsum(widths)
        own = removed / np.repeat(removed[ends - 1], widths)
        # curves lie end to end, each on a stretch of its own: one call interpolates all of them
        stretch = 2.0 * np.arange(len(widths))
        at = (stretch[:, None] + grid).ravel()
        values = np.interp(at, np.repeat(stretch, widths) + own, scores).reshape(len(widths), len(grid))
        strips = np.concatenate([[0.0], np.diff(own) * (scores[1:] + scores[:-1]) / 2])
        strips[ends - widths] = 0.0  # from the end of one curve to the start of the next there is no strip
        area[place] = np.add.reduceat(strips, ends - widths) if len(ends) else 0.0
    has[place] = True
    score[place] = values
    return Path(grid, score, area, has)
