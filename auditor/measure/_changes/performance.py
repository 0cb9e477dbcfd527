"""Differences in how often, and with what confidence, two audits' predictions of the same rows are right."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from auditor.evidence.comparison import Change
from auditor.evidence.results import Samples
from auditor.measure._changes.change import change
from auditor.measure._changes.classes import Known
from auditor.measure._changes.decided import decided_changes
from auditor.measure._changes.pairs import Pairs
from auditor.measure._changes.separation import separation_changes
from auditor.measure._frame import Bools, Floats, Frame
from auditor.measure._label_sets import sigmoid
from auditor.measure.calibration import BINS
from auditor.measure.statistics import sizes
from auditor.measure.statistics.consistency import bin_of
from auditor.measure.statistics.design import Design
from auditor.measure.statistics.intervals import Outcome, Unbounded, means, smooth
from auditor.measure.statistics.paired import error_columns, mcnemar, paired_share

MEANS = {"log_loss": "nats", "brier_score": "score", "overconfidence": "fraction"}
_ECE_NOTE = (
    f"{BINS} bins of equal width. Both errors are biased upwards by about as much where both models are calibrated alike; "
    "the interval describes, it decides nothing."
)


def performance_changes(pairs: Pairs) -> Iterator[Change]:
    """Overall results first, then each class's."""
    known = pairs.old.labelled & pairs.new.labelled
    if not known.any():
        return
    study = pairs.study
    design = study.row_design(known)
    several = pairs.new.sets is not None
    population = "shared rows" if known.all() else "shared rows with a label"
    samples = study.samples(design, population)
    old, new = pairs.old.correct[known], pairs.new.correct[known]
    found = paired_share(design, old, new, study.resamples("accuracy"), study.seed)
    p = mcnemar(int((new > old).sum()), int((new < old).sum()))
    differing = int((old != new).sum())
    notes = ["Exact match: the predicted set of labels is the set of labels that hold."] if several else []
    levels = _levels(design, old, new)
    yield change("accuracy", {}, "fraction", samples, levels, found, differing=differing, p_value=p, notes=notes)
    yield from _means(pairs, known, design, samples)
    if several:
        yield from Known(pairs, known, design, samples).label_changes()
    else:
        yield from _calibration(pairs, known, design, samples)
        yield from Known(pairs, known, design, samples).table_changes()
    yield from separation_changes(pairs, known, design, samples)
    yield from decided_changes(pairs, known)


def _levels(design: Design, old: Floats, new: Floats) -> tuple[float, float]:
    mean, _ = design.moments(np.stack([old, new], axis=1))
    return float(mean[0]), float(mean[1])


def _scores(frame: Frame, known: Bools) -> Floats:
    """[rows, results of MEANS]; with several labels also the share of wrong answers."""
    if frame.sets is None:
        gap = frame.confidence - frame.correct
        return np.stack([frame.log_loss, frame.brier, gap], axis=1)[known]
    gap = (sigmoid(frame.logits) - frame.sets.truth).mean(axis=1)
    wrong = (frame.sets.called != frame.sets.truth).mean(axis=1)
    return np.stack([frame.log_loss, frame.brier, gap, wrong], axis=1)[known]


def _means(pairs: Pairs, known: Bools, design: Design, samples: Samples) -> Iterator[Change]:
    study, names = pairs.study, [*MEANS.items(), ("hamming_loss", "fraction")]
    old, new = _scores(pairs.old, known), _scores(pairs.new, known)
    found, _, _ = means(design, new - old, study.resamples(*MEANS, "hamming_loss"), study.seed)
    for j, (name, unit) in enumerate(names[: old.shape[1]]):
        differing = int((old[:, j] != new[:, j]).sum())
        yield change(name, {}, unit, samples, _levels(design, old[:, j], new[:, j]), found[j], differing=differing)


def _calibration(pairs: Pairs, known: Bools, design: Design, samples: Samples) -> Iterator[Change]:
    name = "expected_calibration_error"
    columns = []
    for frame in (pairs.old, pairs.new):
        confidence = frame.confidence[known]
        columns.append(error_columns(confidence, frame.correct[known], bin_of(confidence, BINS), BINS))
    differing = int((columns[0] != columns[1]).any(axis=1).sum())
    both = np.concatenate(columns, axis=1)
    mean, _ = design.moments(both)
    levels = (float(np.abs(mean[:BINS]).sum()), float(np.abs(mean[BINS:]).sum()))
    reason = sizes.too_few(design.rows, sizes.CALIBRATION)
    gradient = np.sign(mean) * np.repeat([-1.0, 1.0], BINS)
    found = Unbounded(reason) if reason else _smooth(pairs, design, both, gradient, name)
    yield change(name, {}, "fraction", samples, levels, found, differing=differing, notes=[_ECE_NOTE])


def _smooth(pairs: Pairs, design: Design, values: Floats, gradient: Floats, name: str) -> Outcome:
    half = values.shape[1] // 2

    def error(means_of: Floats) -> Floats:
        sizes_of = np.abs(means_of)
        return np.asarray(sizes_of[..., half:].sum(axis=-1) - sizes_of[..., :half].sum(axis=-1))

    return smooth(design, values, error, gradient, pairs.study.resamples(name), pairs.study.seed)
