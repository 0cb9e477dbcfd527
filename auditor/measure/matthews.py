"""Matthews correlation: how far prediction and label go together, all classes at once; 0 for answers that look at nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from auditor.evidence.results import Result
from auditor.measure._confusion import Confusion, Totals, confusion_of
from auditor.measure._frame import Floats
from auditor.measure._results import estimate, gaps
from auditor.measure._study import Study
from auditor.measure.performance import bounded
from auditor.measure.statistics.intervals import Outcome, Unbounded

NAMES = ("matthews_correlation",)
READS = ("samples", "predictions")


def correlation(totals: Totals) -> Floats:
    """Matthews correlation [...] of tables [..., classes]; 0 where all labels, or all predictions, are of one class.

    Source: Gorodkin, 2004, "Comparing two K-category assignments by a K-category correlation coefficient".
    """
    whole = totals.actual.sum(axis=-1)
    shared = whole * totals.hits.sum(axis=-1) - (totals.actual * totals.called).sum(axis=-1)
    sides = [whole**2 - np.square(side).sum(axis=-1) for side in (totals.actual, totals.called)]
    product = np.sqrt(np.maximum(sides[0], 0.0)) * np.sqrt(np.maximum(sides[1], 0.0))
    return np.asarray(np.divide(shared, product, out=np.zeros(np.shape(shared)), where=product > 1e-12 * whole**2))


def measure(study: Study) -> Iterator[Result]:
    """The correlation over all classes; nothing with several labels per row."""
    frame, known = study.frame, study.frame.labelled
    if frame.sets is not None:
        return
    if not known.any():
        yield from gaps(NAMES, {}, "no evaluated row has a label")
        return
    confusion = confusion_of(study)
    yield estimate(
        NAMES[0], {}, "index", study.samples(study.row_design(known), _population(study)), _outcome(study, confusion)
    )


def _population(study: Study) -> str:
    return "all evaluated rows" if study.frame.labelled.all() else "all evaluated rows with a label"


def _outcome(study: Study, confusion: Confusion) -> Outcome:
    totals = confusion.totals
    for side, what in ((totals.actual, "labels"), (totals.called, "predictions")):
        if (side > 0).sum() < 2:
            return Unbounded(f"needs two classes; the {what} hold only {study.frame.classes[int(np.argmax(side))]}")
    value = float(correlation(totals))
    stars = np.concatenate([correlation(one) for one in confusion.resample(study.resamples(*NAMES), study.seed)])
    return bounded(study, value, stars, _influence(confusion, value), len(confusion.label))


def _influence(confusion: Confusion, value: float) -> Floats:
    """[units]: derivative of the correlation with respect to each row's weight, summed over a unit."""
    whole = confusion.totals.actual.sum()
    actual, called = confusion.totals.actual / whole, confusion.totals.called / whole
    right, both = confusion.totals.hits.sum() / whole, float(actual @ called)
    spread = 1 - np.square([actual, called]).sum(axis=1)
    label, said = confusion.label, confusion.predicted
    up = (label == said) - right - (called[label] - both) - (actual[said] - both)
    sides = (actual[label] - actual @ actual) / spread[0] + (called[said] - called @ called) / spread[1]
    return confusion.by_unit((up / np.sqrt(spread[0] * spread[1]) + value * sides) / whole)
