"""Performance where a row has several labels: each label is a question of its own, rows are what is resampled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from auditor.evidence.results import Result, Samples, Table
from auditor.measure._frame import Bools, Floats
from auditor.measure._label_sets import LabelSets
from auditor.measure._results import bare, estimate, gaps
from auditor.measure._study import Study
from auditor.measure.statistics import sizes
from auditor.measure.statistics.design import Design
from auditor.measure.statistics.intervals import Outcome, Unbounded, means, proportion, resampled

PROTOCOL = "several labels"
POPULATION = "all evaluated rows"
_MEASURED = ("accuracy", "hamming_loss", "log_loss", "brier_score", "micro_f1", "macro_f1", "labelled_share")
_ENTRIES = 8_000_000  # numbers of one block of labels


def results(study: Study, sets: LabelSets) -> Iterator[Result]:
    """Every result of `performance` for a multi-label model."""
    frame, known = study.frame, sets.known
    yield _counts(study, sets)
    if not known.any():
        reason = "no evaluated row has known labels" if len(known) else "no row was evaluated"
        yield from gaps([*_MEASURED, "precision", "recall", "specificity", "f1"], {}, reason)
        return
    rows = Samples(rows=len(known), units=len(np.unique(frame.unit)), population=POPULATION)
    yield bare("labelled_share", {}, "fraction", rows, float(known.mean()), "a count of this file, not an estimate")
    reason = "each row may have several labels: there is no single label to set against a single prediction"
    yield from gaps(["balanced_accuracy", "confusion_matrix"], {}, reason)
    design = study.row_design(known)
    samples = study.samples(design, POPULATION if known.all() else "all evaluated rows whose labels are known")
    exact = "Exact match: the predicted set of labels is the set of labels that hold."
    yield estimate(
        "accuracy", {}, "fraction", samples, proportion(design, frame.correct[known]), protocol=PROTOCOL, notes=[exact]
    )
    wrong = (sets.called != sets.truth)[known].mean(axis=1)
    values = np.stack([wrong, frame.log_loss[known], frame.brier[known]], axis=1)
    names = _MEASURED[1:4]
    notes = ("Share of (row, label) answers that are wrong.", "Mean over the labels.", "Mean over the labels, from 0 to 1.")
    outcomes, _, _ = means(design, values, study.resamples(*names), study.seed)
    for name, unit, outcome, note in zip(names, ("fraction", "nats", "score"), outcomes, notes, strict=True):
        yield estimate(name, {}, unit, samples, outcome, protocol=PROTOCOL, notes=[note])
    yield from _f1(study, sets, design, samples)
    for index, name in frame.occurring:
        yield from _per_label(study, sets, index, name)


def _counts(study: Study, sets: LabelSets) -> Table:
    frame = study.frame
    columns = (sets.truth, sets.called & sets.known[:, None], sets.called & sets.truth, sets.targets & frame.selected[:, None])
    return Table(
        name="class_counts",
        unit="rows",
        samples=Samples(rows=len(frame.label), units=len(np.unique(frame.unit)), population=POPULATION),
        columns=("class", "label", "predicted", "predicted rightly", "selected for explanation"),
        rows=tuple(zip(frame.classes, *(column.sum(axis=0).tolist() for column in columns), strict=True)),
        notes=(
            "A row counts under each of its labels.",
            *(f"Excluded: {rows:,} rows, {reason}." for reason, rows in frame.excluded.items()),
        ),
    )


def _f1(study: Study, sets: LabelSets, design: Design, samples: Samples) -> Iterator[Result]:
    """F1 of each label, their mean (macro) and of all answers together (micro), from the same resamples of rows."""
    truth, called = sets.truth[sets.known], sets.called[sets.known]
    hits, sizes_of = 2.0 * (truth & called).astype(np.float64), truth.astype(np.float64) + called
    occurs = np.asarray(truth.any(axis=0))
    parts = [_Ratios.of(study, design, hits.sum(axis=1)[:, None], sizes_of.sum(axis=1)[:, None])]
    yield estimate("micro_f1", {}, "fraction", samples, parts[0].outcome(study, design, np.array([True])), protocol=PROTOCOL)
    step = max(1, _ENTRIES // max(2 * design.rows, 1))
    mean = _Ratios.empty()
    for first in range(0, len(occurs), step):
        part = slice(first, first + step)
        block = _Ratios.of(study, design, hits[:, part], sizes_of[:, part])
        mean = mean.plus(block, occurs[part] / max(int(occurs.sum()), 1))
        for index, name in (one for one in study.frame.occurring if first <= one[0] < first + step):
            place = index - first
            rows = int((truth[:, first + place] | called[:, first + place]).sum())
            reason = sizes.too_few(rows, sizes.PROPORTION, "rows with this label or prediction")
            outcome = Unbounded(reason) if reason else block.outcome(study, design, np.arange(len(block.value)) == place)
            yield estimate("f1", {"class": name}, "fraction", samples, outcome, protocol=PROTOCOL)
    absent = len(occurs) - int(occurs.sum())
    notes = [f"{absent} of {len(occurs)} labels have no row and are left out of the mean."] if absent else []
    outcome = mean.outcome(study, design, np.array([True])) if occurs.any() else Unbounded("no evaluated row has any label")
    yield estimate("macro_f1", {}, "fraction", samples, outcome, protocol=PROTOCOL, notes=notes)


@dataclass(frozen=True)
class _Ratios:
    """Ratios of two means: value [q], resampled [resamples, q], influence psi [k, q] with weight [k]."""

    value: Floats
    stars: Floats
    psi: Floats
    weight: Floats

    @staticmethod
    def of(study: Study, design: Design, above: Floats, below: Floats) -> _Ratios:
        columns, both = above.shape[1], np.concatenate([above, below], axis=1)
        resamples = study.resamples("micro_f1", "macro_f1", "f1")
        mean, _ = design.moments(both)
        stars, _ = design.resample(both, resamples, study.seed, errors=False)
        psi, weight = design.influence(both)
        value = _divided(mean[:columns], mean[columns:])
        along = _divided(psi[:, :columns] - value * psi[:, columns:], np.broadcast_to(mean[columns:], (len(psi), columns)))
        return _Ratios(value, _divided(stars[:, :columns], stars[:, columns:]), along, weight)

    @staticmethod
    def empty() -> _Ratios:
        return _Ratios(np.zeros(1), np.zeros((1, 1)), np.zeros((1, 1)), np.zeros(1))

    def plus(self, block: _Ratios, share: Floats) -> _Ratios:
        """This sum and `share` [q] of each ratio of a block."""
        return _Ratios(
            self.value + block.value @ share,
            self.stars + (block.stars @ share)[:, None],
            self.psi + (block.psi @ share)[:, None],
            block.weight,
        )

    def outcome(self, study: Study, design: Design, column: Bools) -> Outcome:
        """The interval of one column."""
        reason = sizes.too_few(design.rows, sizes.SMOOTH)
        reason = reason or sizes.too_few(design.units, sizes.UNITS, "independent units")
        if reason:
            return Unbounded(reason)
        value, stars, psi = float(self.value[column][0]), self.stars[:, column][:, 0], self.psi[:, column][:, 0]
        return resampled(design, value, stars, psi, self.weight, study.seed)


def _divided(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def _per_label(study: Study, sets: LabelSets, index: int, name: str) -> Iterator[Result]:
    known, holds, called = sets.known, sets.truth[:, index], sets.called[:, index]
    questions = (
        ("precision", known & called, holds, "rows for which the label is predicted"),
        ("recall", known & holds, called, "rows that have the label"),
        ("specificity", known & ~holds, ~called, "rows that do not have the label"),
    )
    for result, domain, hit, population in questions:
        where = {"class": name}
        if not domain.any():
            yield from gaps([result], where, f"no evaluated row is among the {population}")
            continue
        design = study.row_design(domain)
        outcome = proportion(design, hit[domain].astype(np.float64))
        yield estimate(result, where, "fraction", study.samples(design, population), outcome, protocol=PROTOCOL)
