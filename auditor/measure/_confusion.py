"""Scores made from a confusion table, their influence values and their resamples (of the table, not of the rows)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from auditor.measure._frame import Bools, Floats, Ints
from auditor.measure._study import Study
from auditor.measure.statistics.draws import chunks, counts_of_draws, stream


@dataclass(frozen=True)
class Totals:
    """Weighted rows per class; arrays [..., classes].

    Attributes:
        hits: label and prediction are the class. actual: the label is. called: the prediction is.
    """

    hits: Floats
    actual: Floats
    called: Floats

    def recall(self) -> Floats:
        """Share of the class's rows predicted as it; NaN where it does not occur."""
        return _ratio(self.hits, self.actual)

    def f1(self) -> Floats:
        """Harmonic mean of precision and recall; NaN where the class neither occurs nor is predicted."""
        return _ratio(2 * self.hits, self.actual + self.called)

    def balanced_accuracy(self) -> Floats:
        """Mean recall over the classes that occur."""
        return _mean_where(self.recall(), self.actual > 0)

    def macro_f1(self) -> Floats:
        """Mean F1 over the classes that occur."""
        return _mean_where(self.f1(), self.actual > 0)


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.asarray(np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0))


def _mean_where(values: Floats, occurs: Bools) -> Floats:
    return np.asarray(np.where(occurs, values, 0.0).sum(axis=-1) / np.maximum(occurs.sum(axis=-1), 1))


def confusion_of(study: Study) -> Confusion:
    """The table of all rows with a label, of which there must be one."""
    frame, known = study.frame, study.frame.labelled
    return Confusion(
        frame.label[known],
        frame.predicted[known],
        frame.factor[known],
        len(frame.classes),
        unit=None if frame.independent else np.unique(frame.unit[known], return_inverse=True)[1],
        by_label=study.plan.sampling == "by_label",
    )


class Confusion:
    """Labels and predictions of rows.

    Args:
        label, predicted: int [rows]. classes: how many there are.
        weight: float [rows], the same for all rows of a label.
        unit: int [rows] when rows are clustered, else None. by_label: whether the file was sampled by label.
    """

    def __init__(
        self, label: Ints, predicted: Ints, weight: Floats, classes: int, *, unit: Ints | None = None, by_label: bool = False
    ) -> None:
        self.label, self.predicted, self.weight, self.classes = label, predicted, weight, classes
        self.unit, self.by_label = unit, by_label
        cells, self._cell, self._count = np.unique(label * classes + predicted, return_inverse=True, return_counts=True)
        self._cell_label, self._cell_called = cells // classes, cells % classes
        self._cell_weight = np.ones(len(cells))
        self._cell_weight[self._cell] = weight
        index, ones = np.arange(len(cells)), np.ones(len(cells))
        self._to_label = csr_array((ones, (index, self._cell_label)), shape=(len(cells), classes))
        self._to_called = csr_array((ones, (index, self._cell_called)), shape=(len(cells), classes))
        self._to_hit = csr_array(
            (1.0 * (self._cell_label == self._cell_called), (index, self._cell_label)), shape=(len(cells), classes)
        )
        self.totals = self._totals(self._count[None].astype(np.float64), squeeze=True)

    @property
    def matrix(self) -> Ints:
        """int [classes, classes]: rows by label (first) and prediction."""
        table = np.zeros((self.classes, self.classes), dtype=np.int64)
        table[self._cell_label, self._cell_called] = self._count
        return table

    def _totals(self, cells: Floats, squeeze: bool = False) -> Totals:
        weighted = cells * self._cell_weight
        hits, actual, called = (weighted @ to for to in (self._to_hit, self._to_label, self._to_called))
        return Totals(hits[0], actual[0], called[0]) if squeeze else Totals(hits, actual, called)

    def resample(self, resamples: int, seed: int) -> Iterator[Totals]:
        """Totals of each resample, in chunks; units drawn whole, labels kept where the file was sampled by label."""
        if self.unit is not None:
            by_unit = csr_array((np.ones(len(self.label)), (self.unit, self._cell)))
            count = int(by_unit.shape[0])
            first, width = np.zeros(count, dtype=np.int64), np.full(count, count)
            for index, size in chunks(resamples, count):
                yield self._totals(counts_of_draws(stream(seed, "units", index), size, first, width) @ by_unit)
            return
        groups = (
            [np.flatnonzero(self._cell_label == c) for c in np.unique(self._cell_label)] if self.by_label else [slice(None)]
        )
        for index, size in chunks(resamples, max(len(self._count), self.classes)):
            generator = stream(seed, "confusion", index)
            cells = np.zeros((size, len(self._count)))
            for group in groups:
                count = self._count[group]
                cells[:, group] = generator.multinomial(count.sum(), count / count.sum(), size=size)
            yield self._totals(cells)

    def by_unit(self, row_values: Floats) -> Floats:
        """[units]: sums of values [rows] times the rows' weights; of each row where all are independent."""
        weighted = row_values * self.weight
        return weighted if self.unit is None else np.asarray(np.bincount(self.unit, weights=weighted), dtype=np.float64)

    def influence_recall(self) -> Floats:
        """[units] of balanced accuracy."""
        recall, actual = self.totals.recall(), self.totals.actual
        occurring = int((actual > 0).sum())
        own = (self.label == self.predicted) - recall[self.label]
        return self.by_unit(own / actual[self.label] / occurring)

    def influence_macro_f1(self) -> Floats:
        """[units] of macro F1."""
        step = np.where(self.totals.actual > 0, 1.0 / np.maximum(self.totals.actual + self.totals.called, 1e-300), 0.0)
        f1 = np.nan_to_num(self.totals.f1())
        hit = self.label == self.predicted
        own = 2 * hit * step[self.label] - (f1 * step)[self.label] - (f1 * step)[self.predicted]
        return self.by_unit(own / max(int((self.totals.actual > 0).sum()), 1))

    def influence_f1(self, index: int) -> Floats:
        """[units] of the F1 of one class."""
        total = self.totals.actual[index] + self.totals.called[index]
        is_label, is_called = self.label == index, self.predicted == index
        own = (2.0 * (is_label & is_called) - self.totals.f1()[index] * (1.0 * is_label + is_called)) / total
        return self.by_unit(own)
