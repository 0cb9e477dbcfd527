"""How well the scores separate the classes, whatever threshold is chosen: ROC AUC, and average precision per class."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from auditor.evidence.results import Result
from auditor.measure._frame import Bools, Floats, Frame
from auditor.measure._results import estimate, gaps
from auditor.measure._study import Study
from auditor.measure.statistics import sizes
from auditor.measure.statistics.design import Design
from auditor.measure.statistics.intervals import Outcome, Unbounded, checked
from auditor.measure.statistics.separation import average_precision, on_logit_scale, roc_auc

NAMES = ("roc_auc", "average_precision", "mean_average_precision")
READS = ("samples", "predictions")


def measure(study: Study) -> Iterator[Result]:
    """ROC AUC, one class against the rest, as the mean over classes, and average precision of each class."""
    frame, known = study.frame, study.frame.labelled
    if not known.any():
        yield from gaps(NAMES, {}, "no evaluated row has a label")
        return
    design = study.row_design(known)
    samples = study.samples(design, "all evaluated rows" if known.all() else "all evaluated rows with a label")
    areas, precisions = _Mean(design), _Mean(design)
    for index, name in frame.occurring:
        score, holds = question(frame, known, index)
        least = int(min(holds.sum(), (~holds).sum()))
        reason = sizes.too_few(least, sizes.PROPORTION, "rows on the rarer side (with or without the label)")
        if not reason:
            areas.add(holds, *roc_auc(score, holds, design.weights))
        where = {"class": name}
        if reason:
            yield from gaps([NAMES[1]], where, reason)
            continue
        value, psi = precisions.add(holds, *average_precision(score, holds, design.weights))
        note = f"Chance gives the share of rows with the label, {holds.mean():.3f}."
        yield estimate(NAMES[1], where, "fraction", samples, interval(design, value, psi), notes=[note])
    for name, mean in (("roc_auc", areas), ("mean_average_precision", precisions)):
        yield estimate(name, {}, "fraction", samples, mean.outcome(), notes=mean.notes(len(frame.classes)))


def question(frame: Frame, known: Bools, index: int) -> tuple[Floats, Bools]:
    """(score, whether it holds) of one class, for the rows with a label: the log of its probability, or its logit."""
    if frame.sets is not None:
        return frame.logits[known, index].astype(np.float64), frame.sets.truth[known, index]
    holds = frame.label[known] == index
    if frame.prepared.model.head == "sigmoid":
        return frame.logits[known, index].astype(np.float64), holds
    return frame.log_probability(index)[known], holds


class _Mean:
    """The mean of a score over the classes that have enough rows, with its influence values."""

    def __init__(self, design: Design) -> None:
        self.design, self.values, self.psi = design, list[float](), np.zeros(design.rows)

    def add(self, holds: Bools, value: float, psi: Floats) -> tuple[float, Floats]:
        """One more class; its influence comes back with the correction for the means taken out of either kind of row."""
        count = np.where(holds, holds.sum(), (~holds).sum())
        psi = psi * np.sqrt(count / (count - 1))
        self.values.append(value)
        self.psi = self.psi + psi
        return value, psi

    def outcome(self) -> Outcome:
        """The mean with its limits."""
        if not self.values:
            return Unbounded("too few samples: no class has at least 10 rows of its own and 10 others")
        return interval(self.design, float(np.mean(self.values)), self.psi / len(self.values))

    def notes(self, classes: int) -> list[str]:
        """How many classes are left out."""
        left = classes - len(self.values)
        return [f"Mean over {len(self.values)} of {classes} classes; the others have too few rows."] if left else []


def interval(design: Design, value: float, psi: Floats) -> Outcome:
    """Limits on the logit scale from the influence values, summed over the rows of a unit.

    Source: DeLong, DeLong & Clarke-Pearson, 1988; with units Obuchowski, 1997, Biometrics 53.
    """
    reason = sizes.too_few(design.rows, sizes.SMOOTH) or sizes.too_few(design.units, sizes.UNITS, "independent units")
    if reason:
        return Unbounded(reason)
    error = float(design.moments((psi * design.weights.sum())[:, None])[1][0])
    if not 0 < value < 1 or error <= 0:
        return Unbounded(f"no variance: the scores separate these {design.rows:,} rows with the value {value:.4g}")
    low, high = on_logit_scale(value, error)
    return checked(value, low, high, f"placement values, logit scale, n = {design.rows:,}, m = {design.units:,}")
