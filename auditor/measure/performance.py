"""How often the model is right: overall and per class, with intervals that respect units, weights and sampling."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from auditor.evidence.results import Result, Samples, Table
from auditor.measure import _multi_label
from auditor.measure._confusion import Confusion, confusion_of
from auditor.measure._frame import Bools, Floats
from auditor.measure._results import csv_bytes, estimate, gaps
from auditor.measure._study import Study
from auditor.measure.statistics import sizes
from auditor.measure.statistics.intervals import Outcome, Unbounded, bca, checked, means, proportion, student

NAMES = (
    "accuracy",
    "balanced_accuracy",
    "macro_f1",
    "precision",
    "recall",
    "specificity",
    "f1",
    "confusion_matrix",
    "class_counts",
    "log_loss",
    "brier_score",
    "micro_f1",
    "hamming_loss",
    "labelled_share",
)
READS = ("samples", "predictions")
POPULATION = "all evaluated rows"
_PER_CLASS = ("precision", "recall", "specificity", "f1")
_OVERALL = ("accuracy", "balanced_accuracy", "macro_f1", "confusion_matrix", "log_loss", "brier_score")
_INLINE_CLASSES = 60


def measure(study: Study) -> Iterator[Result]:
    """Every result of this file; gaps where there are no labels, one class or too few rows."""
    frame = study.frame
    if frame.sets is not None:
        yield from _multi_label.results(study, frame.sets)
        return
    yield _class_counts(study)
    if not frame.labelled.any():
        reason = "no evaluated row has a label" if len(frame.label) else "no row was evaluated"
        yield from gaps([*_OVERALL, *_PER_CLASS], {}, reason)
        return
    known = frame.labelled
    design = study.row_design(known)
    samples = study.samples(design, POPULATION if known.all() else "all evaluated rows with a label")
    yield estimate("accuracy", {}, "fraction", samples, proportion(design, frame.correct[known]))
    confusion = confusion_of(study)
    yield _confusion_table(study, confusion, samples)
    values = np.stack([frame.log_loss[known], frame.brier[known]], axis=1)
    outcomes, _, _ = means(design, values, study.resamples("log_loss", "brier_score"), study.seed)
    yield estimate("log_loss", {}, "nats", samples, outcomes[0], notes=["Mean of -log p(label)."])
    definition = "Mean over rows of the sum over classes of (p - [class is the label])², from 0 to 2."
    yield estimate("brier_score", {}, "score", samples, outcomes[1], notes=[definition])
    yield from _from_table(study, confusion, samples)
    for index, name in frame.occurring:
        yield from _per_class(study, known, index, name)


def _class_counts(study: Study) -> Table:
    frame = study.frame
    count = len(frame.classes)
    columns = [
        np.bincount(rows, minlength=count).tolist()
        for rows in (
            frame.label[frame.labelled],
            frame.predicted,
            frame.label[frame.labelled & (frame.correct > 0)],
            frame.predicted[frame.selected],
        )
    ]
    return Table(
        name="class_counts",
        unit="rows",
        samples=Samples(rows=len(frame.label), units=len(np.unique(frame.unit)), population=POPULATION),
        columns=("class", "label", "predicted", "predicted rightly", "selected for explanation"),
        rows=tuple(zip(frame.classes, *columns, strict=True)),
        notes=tuple(f"Excluded: {rows:,} rows, {reason}." for reason, rows in frame.excluded.items()),
    )


def _confusion_table(study: Study, confusion: Confusion, samples: Samples) -> Table:
    classes = study.frame.classes
    columns = ("label \\ predicted", *classes)
    rows = [(name, *counts) for name, counts in zip(classes, confusion.matrix.tolist(), strict=True)]
    path = ""
    if len(classes) > _INLINE_CLASSES:
        path = "tables/confusion_matrix.csv"
        study.tables[path] = csv_bytes(columns, rows)
    counted = Samples(rows=samples.rows, units=samples.units, population="all evaluated rows with a label, counted once each")
    return Table(
        name="confusion_matrix", unit="rows", samples=counted, columns=columns, rows=() if path else tuple(rows), table=path
    )


def _from_table(study: Study, confusion: Confusion, samples: Samples) -> Iterator[Result]:
    """Balanced accuracy, macro F1 and each class's F1, from one set of resampled tables."""
    totals, classes = confusion.totals, study.frame.classes
    resamples = study.resamples("balanced_accuracy", "macro_f1", "f1")
    chunks = [(t.balanced_accuracy(), t.macro_f1(), t.f1()) for t in confusion.resample(resamples, study.seed)]
    balanced, macro, f1 = (np.concatenate(parts) for parts in zip(*chunks, strict=True))
    occurring = int((totals.actual > 0).sum())
    one = f"needs rows of at least two classes; the labels hold only {classes[int(np.argmax(totals.actual))]}"
    absent = len(classes) - occurring
    notes = [f"{absent} of {len(classes)} classes have no row and are left out of the mean."] if absent else []
    overall = {
        "balanced_accuracy": (float(totals.balanced_accuracy()), balanced, confusion.influence_recall()),
        "macro_f1": (float(totals.macro_f1()), macro, confusion.influence_macro_f1()),
    }
    for name, (value, stars, psi) in overall.items():
        outcome = Unbounded(one) if occurring < 2 else bounded(study, value, stars, psi, samples.rows)
        yield estimate(name, {}, "fraction", samples, outcome, notes=notes)
    for index, name in study.frame.occurring:
        members = int(np.sum((confusion.label == index) | (confusion.predicted == index)))
        reason = sizes.too_few(members, sizes.PROPORTION, "rows with this label or prediction")
        if reason:
            yield from gaps(["f1"], {"class": name}, reason)
            continue
        stars = np.nan_to_num(f1[:, index])
        outcome = bounded(study, float(totals.f1()[index]), stars, confusion.influence_f1(index), samples.rows)
        yield estimate("f1", {"class": name}, "fraction", samples, outcome)


def bounded(study: Study, value: float, stars: Floats, psi: Floats, rows: int) -> Outcome:
    """Limits of a score of the table: BCa from its resamples, Student's t below 30 units.

    Args:
        stars: [resamples]. psi: [units], influence of each. rows: in the table.
    """
    units = len(psi)
    reason = sizes.too_few(rows, sizes.SMOOTH) or sizes.too_few(units, sizes.UNITS, "independent units")
    if reason:
        return Unbounded(reason)
    sizes_text = f"n = {rows:,}, m = {units:,}"
    if units < sizes.UNITS_BOOTSTRAP:
        error = np.sqrt(units / (units - 1) * np.square(psi).sum(keepdims=True))
        lows, highs = student(np.array([value]), error, units)
        return checked(value, float(lows[0]), float(highs[0]), f"Student t, {sizes_text}")
    low, high = bca(value, stars, psi, np.ones(units))
    return checked(value, low, high, f"BCa, {len(stars):,} resamples of the table, {sizes_text}, seed {study.seed}")


def _per_class(study: Study, known: Bools, index: int, name: str) -> Iterator[Result]:
    frame = study.frame
    is_label, is_called = frame.label == index, frame.predicted == index
    questions = (
        ("precision", known & is_called, is_label, "rows predicted as the class"),
        ("recall", known & is_label, is_called, "rows of the class"),
        ("specificity", known & ~is_label, ~is_called, "rows of the other classes"),
    )
    for result, domain, hit, population in questions:
        where = {"class": name}
        if not domain.any():
            yield from gaps([result], where, f"no evaluated row is among the {population}")
            continue
        design = study.row_design(domain)
        outcome = proportion(design, hit[domain].astype(np.float64))
        yield estimate(result, where, "fraction", study.samples(design, population), outcome)
