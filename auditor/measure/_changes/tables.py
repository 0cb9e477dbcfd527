"""Scores made from a table of labels and predictions, of two audits at once: one resampled table serves both."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from auditor.measure._changes.pairs import Pairs
from auditor.measure._confusion import Confusion, Totals
from auditor.measure._frame import Bools, Floats
from auditor.measure.statistics.draws import chunks, counts_of_draws, stream


class JointTable:
    """Labels and both predictions of the labelled pairs, resampled by whole units.

    Args:
        pairs: the shared samples. known: bool [pairs], those with a label; at least one.
    """

    def __init__(self, pairs: Pairs, known: Bools) -> None:
        frame, self.classes = pairs.new, len(pairs.new.classes)
        self.label, self.weight = frame.label[known], frame.factor[known]
        self.called = (pairs.old.predicted[known], frame.predicted[known])
        self.unit = None if frame.independent else np.unique(frame.unit[known], return_inverse=True)[1]
        self.by_label = pairs.study.plan.sampling == "by_label"
        self.sides = tuple(Confusion(self.label, c, self.weight, self.classes, unit=self.unit) for c in self.called)
        code = (self.label * self.classes + self.called[0]) * self.classes + self.called[1]
        cells, first, self._cell, self._count = np.unique(code, return_index=True, return_inverse=True, return_counts=True)
        self._cell_weight = self.weight[first]
        old, new = cells // self.classes % self.classes, cells % self.classes
        self._cell_label = cells // self.classes**2
        self._maps = tuple(self._map(called) for called in (old, new))

    def _map(self, called: np.ndarray) -> tuple[csr_array, csr_array, csr_array]:
        index, ones, shape = np.arange(len(called)), np.ones(len(called)), (len(called), self.classes)
        hit = 1.0 * (called == self._cell_label)
        return (
            csr_array((hit, (index, self._cell_label)), shape=shape),
            csr_array((ones, (index, self._cell_label)), shape=shape),
            csr_array((ones, (index, called)), shape=shape),
        )

    def resample(self, resamples: int, seed: int) -> Iterator[tuple[Totals, Totals]]:
        """(old, new) totals of each resample, in chunks; labels kept where the file was sampled by label."""
        for cells in self._drawn(resamples, seed):
            weighted = cells * self._cell_weight
            old, new = (Totals(*(weighted @ to for to in maps)) for maps in self._maps)
            yield old, new

    def _drawn(self, resamples: int, seed: int) -> Iterator[Floats]:
        if self.unit is not None:
            by_unit = csr_array((np.ones(len(self.label)), (self.unit, self._cell)))
            count = int(by_unit.shape[0])
            first, width = np.zeros(count, dtype=np.int64), np.full(count, count)
            for index, size in chunks(resamples, count):
                yield counts_of_draws(stream(seed, "units", index), size, first, width) @ by_unit
            return
        labels = np.unique(self._cell_label) if self.by_label else [None]
        groups = [np.flatnonzero(self._cell_label == c) if c is not None else np.arange(len(self._count)) for c in labels]
        for index, size in chunks(resamples, max(len(self._count), self.classes)):
            generator = stream(seed, "confusion", index)
            cells = np.zeros((size, len(self._count)))
            for group in groups:
                count = self._count[group]
                cells[:, group] = generator.multinomial(count.sum(), count / count.sum(), size=size)
            yield cells

    @cached_property
    def units(self) -> int:
        """Independent units among the labelled pairs."""
        return len(self.label) if self.unit is None else int(self.unit.max()) + 1

    def influence_precision(self, side: int, index: int) -> Floats:
        """[units] of the precision of one class: 0 the old, 1 the new audit."""
        totals, is_called = self.sides[side].totals, self.called[side] == index
        hit = is_called & (self.label == index)
        own = (1.0 * hit - precision(totals)[index] * is_called) / totals.called[index]
        weighted = own * self.weight
        return weighted if self.unit is None else np.bincount(self.unit, weights=weighted).astype(np.float64)


def precision(totals: Totals) -> Floats:
    """Share of the rows predicted as the class that are of it; NaN where none is predicted so."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(totals.hits / totals.called)


def ratio_gap(means_of: Floats) -> Floats:
    """[..., 4] means of the old ratio's two columns and the new one's to the difference [...] of the ratios."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = means_of[..., 2] / means_of[..., 3] - means_of[..., 0] / means_of[..., 1]
    return np.asarray(np.nan_to_num(found))  # a resample without such a row shows no difference
