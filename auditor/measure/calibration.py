"""Whether stated confidence matches the rate of being right; with several labels, whether each label's probability does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from auditor.evidence.results import Result, Samples, Table
from auditor.measure._frame import Floats, Ints
from auditor.measure._label_sets import sigmoid
from auditor.measure._results import bare, estimate, gaps, tidy
from auditor.measure._study import Study
from auditor.measure.statistics import sizes
from auditor.measure.statistics.consistency import bin_of, expected_calibration_error, if_calibrated
from auditor.measure.statistics.intervals import Bounded, means, proportion

NAMES = (
    "overconfidence",
    "expected_calibration_error",
    "expected_calibration_error_if_calibrated",
    "expected_calibration_error_p_value",
    "reliability",
)
READS = ("samples", "predictions")
BINS = 15


@dataclass(frozen=True)
class Stated:
    """Probabilities and what came of them: one per row, or, with several labels, one per row and label, row by row.

    Attributes:
        row: int [entries], row in the frame. probability: [entries]. came: [entries], 0 or 1.
        labels: entries per row.
    """

    row: Ints
    probability: Floats
    came: Floats
    labels: int

    @staticmethod
    def of(study: Study) -> Stated:
        """Of every row with a label."""
        frame = study.frame
        known = np.flatnonzero(frame.labelled)
        if frame.sets is None:
            return Stated(known, frame.confidence[known], frame.correct[known], 1)
        classes = len(frame.classes)
        came = frame.sets.truth[known].astype(np.float64).ravel()
        return Stated(np.repeat(known, classes), sigmoid(frame.logits[known]).ravel(), came, classes)


def measure(study: Study) -> Iterator[Result]:
    """Every result of this file."""
    frame = study.frame
    known = frame.labelled
    if not known.any():
        yield from gaps(NAMES, {}, "no evaluated row has a label")
        return
    stated = Stated.of(study)
    design = study.row_design(known)
    samples = study.samples(design, "all evaluated rows" if known.all() else "all evaluated rows with a label")
    yield from overconfidence(study)
    reason = sizes.too_few(design.rows, sizes.CALIBRATION)
    if reason:
        yield from gaps(NAMES[1:], {}, reason)
        return
    weights = np.repeat(design.weights, stated.labels)
    error = expected_calibration_error(stated.probability, stated.came, weights, BINS)
    drawn = if_calibrated(stated.probability, weights, study.seed, bins=BINS)
    pooled = ["Over all (row, label) pairs."] if stated.labels > 1 else []
    biased = "biased upwards; a resampling interval of it does not cover the truth. Compare with its mean under calibration"
    notes = [f"{BINS} bins of equal width.", *pooled]
    yield bare("expected_calibration_error", {}, "fraction", samples, error, biased, notes=notes)
    yield bare(
        "expected_calibration_error_if_calibrated",
        {},
        "fraction",
        samples,
        float(drawn.mean()),
        "the mean of 1,000 draws under the assumption of calibration, not an estimate from the labels",
        notes=["What the error would be on average if every stated confidence were right."],
    )
    p = (1 + int(np.sum(drawn >= error))) / (len(drawn) + 1)
    together = frame.independent and stated.labels == 1
    clustered = [] if together else ["The draws treat entries as independent; those of one row or unit are not."]
    yield bare(
        "expected_calibration_error_p_value", {}, "probability", samples, p, "a p-value; it has no interval", notes=clustered
    )
    yield _reliability(study, stated, samples)


def overconfidence(study: Study) -> Iterator[Result]:
    """Mean of what is claimed minus what is reached; with several labels pooled over them, and for each."""
    known = study.frame.labelled
    if not known.any():
        yield from gaps(NAMES[:1], {}, "no evaluated row has a label")
        return
    stated, design = Stated.of(study), study.row_design(known)
    samples = study.samples(design, "all evaluated rows" if known.all() else "all evaluated rows with a label")
    gap = (stated.probability - stated.came).reshape(-1, stated.labels)
    values = gap if stated.labels == 1 else np.concatenate([gap.mean(axis=1, keepdims=True), gap], axis=1)
    outcomes, _, _ = means(design, values, study.resamples("overconfidence"), study.seed)
    meaning = "Mean confidence minus accuracy; positive: the model claims more than it reaches."
    if stated.labels > 1:
        meaning = "Mean probability of a label minus the share of rows that have it, over all labels; positive: claims more."
    yield estimate("overconfidence", {}, "fraction", samples, outcomes[0], notes=[meaning])
    for name, outcome in zip(study.frame.classes, outcomes[1:], strict=False):
        yield estimate("overconfidence", {"class": name}, "fraction", samples, outcome)


def _reliability(study: Study, stated: Stated, samples: Samples) -> Table:
    """Share that came true and mean probability per bin; bins with fewer than 10 entries are empty."""
    bins = bin_of(stated.probability, BINS)
    lines: list[tuple[str | int | float | None, ...]] = []
    for index in range(BINS):
        entries = np.flatnonzero(bins == index)
        ends = (tidy(index / BINS), tidy((index + 1) / BINS), len(entries))
        part = study.entry_design(stated.row[entries]) if len(entries) >= sizes.BIN else None
        outcome = proportion(part, stated.came[entries]) if part else None
        if part is None or not isinstance(outcome, Bounded):
            lines.append((*ends, None, None, None, None))
            continue
        claimed = float(part.moments(stated.probability[entries][:, None])[0][0])
        lines.append((*ends, tidy(claimed), tidy(outcome.value), tidy(outcome.low), tidy(outcome.high)))
    return Table(
        name="reliability",
        unit="fraction",
        samples=samples,
        columns=("from", "to", "rows", "confidence", "accuracy", "low", "high"),
        rows=tuple(lines),
        notes=("Wilson intervals, 95 %, per bin; bins with fewer than 10 rows are empty.",),
    )
