"""Whether stated confidence matches the rate of being right."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from auditor.evidence.results import Result, Table
from auditor.measure._results import bare, estimate, gaps, tidy
from auditor.measure._study import Study
from auditor.measure.statistics import sizes
from auditor.measure.statistics.consistency import bin_of, expected_calibration_error, if_calibrated
from auditor.measure.statistics.design import Design
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


def measure(study: Study) -> Iterator[Result]:
    """Every result of this file."""
    frame = study.frame
    known = frame.labelled
    if not known.any():
        yield from gaps(NAMES, {}, "no evaluated row has a label")
        return
    design = study.row_design(known)
    samples = study.samples(design, "all evaluated rows" if known.all() else "all evaluated rows with a label")
    confidence, correct = frame.confidence[known], frame.correct[known]
    outcomes, _, _ = means(design, (confidence - correct)[:, None], study.resamples("overconfidence"), study.seed)
    meaning = "Mean confidence minus accuracy; positive: the model claims more than it reaches."
    yield estimate("overconfidence", {}, "fraction", samples, outcomes[0], notes=[meaning])
    reason = sizes.too_few(design.rows, sizes.CALIBRATION)
    if reason:
        yield from gaps(NAMES[1:], {}, reason)
        return
    error = expected_calibration_error(confidence, correct, design.weights, BINS)
    drawn = if_calibrated(confidence, design.weights, study.seed, bins=BINS)
    biased = "biased upwards; a resampling interval of it does not cover the truth. Compare with its mean under calibration"
    yield bare("expected_calibration_error", {}, "fraction", samples, error, biased, notes=[f"{BINS} bins of equal width."])
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
    clustered = [] if frame.independent else ["The draws treat rows as independent; rows of one unit are not."]
    yield bare(
        "expected_calibration_error_p_value", {}, "probability", samples, p, "a p-value; it has no interval", notes=clustered
    )
    yield _reliability(study, design)


def _reliability(study: Study, design: Design) -> Table:
    """Accuracy and mean confidence per bin; bins with fewer than 10 rows are empty."""
    frame = study.frame
    known = np.flatnonzero(frame.labelled)
    bins = bin_of(frame.confidence[known], BINS)
    lines: list[tuple[str | int | float | None, ...]] = []
    for index in range(BINS):
        rows = known[bins == index]
        ends = (tidy(index / BINS), tidy((index + 1) / BINS), len(rows))
        mask = np.zeros(len(frame.label), dtype=bool)
        mask[rows] = True
        part = study.row_design(mask) if len(rows) >= sizes.BIN else None
        outcome = proportion(part, frame.correct[mask]) if part else None
        if part is None or not isinstance(outcome, Bounded):
            lines.append((*ends, None, None, None, None))
            continue
        stated = float(part.moments(frame.confidence[mask][:, None])[0][0])
        lines.append((*ends, tidy(stated), tidy(outcome.value), tidy(outcome.low), tidy(outcome.high)))
    return Table(
        name="reliability",
        unit="fraction",
        samples=study.samples(design, "all evaluated rows with a label"),
        columns=("from", "to", "rows", "confidence", "accuracy", "low", "high"),
        rows=tuple(lines),
        notes=("Wilson intervals, 95 %, per bin; bins with fewer than 10 rows are empty.",),
    )
