"""Do intervals of scores that are no means hold the truth: macro F1, balanced accuracy, areas under curves, ranks?"""

from __future__ import annotations

import numpy as np
from scipy.integrate import quad
from scipy.stats import norm

from auditor.measure import discrimination
from auditor.measure._confusion import Confusion
from auditor.measure.statistics import sizes
from auditor.measure.statistics.draws import stream
from auditor.measure.statistics.intervals import Bounded, bca, checked
from auditor.measure.statistics.ranks import rank_intervals
from auditor.measure.statistics.separation import average_precision, roc_auc
from auditor.selftest.cell import COVERED, Aim, Cell
from auditor.selftest.coverage_of_means import plain
from auditor.selftest.tolerance import COVERAGE, Values, conservative

CLASSES = np.array([0.4, 0.25, 0.15, 0.12, 0.08])
BEHAVIOUR = np.full((5, 5), 0.04) + np.diag([0.9, 0.85, 0.75, 0.7, 0.6]) - 0.04 * np.eye(5)
BEHAVIOUR = BEHAVIOUR / BEHAVIOUR.sum(axis=1, keepdims=True)  # row: label, column: prediction
APART, PREVALENCE = 1.2, 0.3  # of two normal scores
FEATURES = 12
LEVELS = {
    "tied": np.ones(FEATURES),
    "three clear": np.array([3.0, 2.5, 2.0] + [1.0] * (FEATURES - 3)),
    "spread": np.linspace(1.0, 2.0, FEATURES),
}


def of_the_table(seed: int, count: int, *, rows: int) -> Values:
    """[count, 2]: macro F1 and balanced accuracy of five unequal classes, from resampled tables."""
    generator, diagonal = stream(seed, "data"), np.diag(BEHAVIOUR)
    truth = (float(np.mean(2 * CLASSES * diagonal / (CLASSES + CLASSES @ BEHAVIOUR))), float(diagonal.mean()))
    steps, found = np.cumsum(BEHAVIOUR, axis=1), []
    for repetition in range(count):
        label = generator.choice(5, rows, p=CLASSES)
        predicted = (generator.random((rows, 1)) > steps[label]).sum(axis=1).clip(0, 4)
        table = Confusion(label, predicted, np.ones(rows), 5)
        resampled = list(table.resample(sizes.RESAMPLES, seed + repetition))
        asked = (
            (float(table.totals.macro_f1()), [one.macro_f1() for one in resampled], table.influence_macro_f1()),
            (float(table.totals.balanced_accuracy()), [one.balanced_accuracy() for one in resampled], table.influence_recall()),
        )
        line = []
        for true, (value, stars, psi) in zip(truth, asked, strict=True):
            outcome = checked(value, *bca(value, np.concatenate(stars), psi, np.ones(len(psi))), "")
            line.append(isinstance(outcome, Bounded) and outcome.low <= true <= outcome.high)
        found.append(line)
    return np.array(found, dtype=np.float64)


def areas(seed: int, count: int, *, rows: int) -> Values:
    """[count, 2]: area under the ROC curve and average precision of two normal scores."""
    generator, design = stream(seed, "data"), plain(rows)
    truth, found = (float(norm.cdf(APART / np.sqrt(2))), _average_precision()), []
    for _ in range(count):
        positive = generator.random(rows) < PREVALENCE
        score = generator.normal(0, 1, rows) + APART * positive
        line = []
        for true, area in zip(truth, (roc_auc, average_precision), strict=True):
            value, psi = area(score, positive, design.weights)
            own = np.where(positive, positive.sum(), (~positive).sum())
            outcome = discrimination.interval(design, value, psi * np.sqrt(own / (own - 1)))
            line.append(isinstance(outcome, Bounded) and outcome.low <= true <= outcome.high)
        found.append(line)
    return np.array(found, dtype=np.float64)


def _average_precision() -> float:
    """∫ precision d recall of the two normal distributions."""

    def step(threshold: float) -> float:
        hits, alarms = norm.sf(threshold - APART), norm.sf(threshold)
        precision = PREVALENCE * hits / (PREVALENCE * hits + (1 - PREVALENCE) * alarms)
        return float(precision * norm.pdf(threshold - APART))

    return float(quad(step, -8, 8 + APART, epsabs=1e-10)[0])


def ranks(seed: int, count: int, *, rows: int, levels: str) -> Values:
    """[count, features + 1]: does each feature's interval hold its whole set of true ranks, and do all at once (last)?"""
    generator, truth = stream(seed, "data"), LEVELS[levels]
    least = 1 + (truth[None] > truth[:, None]).sum(axis=1)
    most = FEATURES - (truth[None] < truth[:, None]).sum(axis=1)
    found = []
    for repetition in range(count):
        magnitude = generator.gamma(1.0, truth, (rows, FEATURES))
        low, high = rank_intervals(plain(rows), magnitude, sizes.RESAMPLES, seed + repetition)
        each = (low <= least) & (most <= high)
        found.append([*each.tolist(), bool(each.all())])
    return np.array(found, dtype=np.float64)


def _ranks(rows: int, levels: str) -> Cell:
    of = f"ranks of {FEATURES} features, {levels}, {rows} rows: max-t"
    aims = (
        Aim("each", f"{of}; the feature held least often", conservative(0.95), tuple(range(FEATURES))),
        Aim("all", f"{of}; all features at once", conservative(0.92), (FEATURES,)),
    )
    name = f"ranks-{levels.replace(' ', '-')}-{rows}"
    return Cell(name, "coverage", ranks, aims, {"rows": rows, "levels": levels}, COVERED, 20)


CELLS = (
    Cell(
        "classes-400",
        "coverage",
        of_the_table,
        (
            Aim("macro-f1", "macro F1, 5 unequal classes, 400 rows: BCa", COVERAGE, (0,)),
            Aim("balanced-accuracy", "balanced accuracy, 5 unequal classes, 400 rows: BCa", COVERAGE, (1,)),
        ),
        {"rows": 400},
        COVERED,
        50,
    ),
    Cell(
        "areas-300",
        "coverage",
        areas,
        (
            Aim("roc", "area under the ROC curve, 300 rows, 30 % positive", COVERAGE, (0,)),
            Aim("precision", "average precision, 300 rows, 30 % positive", COVERAGE, (1,)),
        ),
        {"rows": 300},
        COVERED,
        50,
    ),
    *(_ranks(rows, levels) for levels in LEVELS for rows in (100, 300)),
)
