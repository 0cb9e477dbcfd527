"""ROC and precision–recall curves: what every threshold on a class's probability would give."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from auditor.evidence.results import Curve, Result
from auditor.measure._decisions import MOST_CLASSES, holding, probability
from auditor.measure._results import gaps, tidied
from auditor.measure._study import Study
from auditor.measure.statistics import sizes
from auditor.measure.statistics.thresholds import rates, share_band, thinned

NAMES = ("roc_curve", "precision_recall_curve")
READS = ("samples", "predictions")
POINTS = 101
EXACT = "Each point is exact; curves of more than 101 distinct scores show every so manyth."


def measure(study: Study) -> Iterator[Result]:
    """Both curves of each class against the rest."""
    frame = study.frame
    if len(frame.classes) > MOST_CLASSES:
        yield from gaps(NAMES, {}, f"{len(frame.classes):,} classes; curves are drawn for at most {MOST_CLASSES}")
        return
    if not frame.labelled.any():
        yield from gaps(NAMES, {}, "no evaluated row has a label")
        return
    for index, name in enumerate(frame.classes):
        holds = holding(frame, index)[frame.labelled]
        least = int(min(holds.sum(), (~holds).sum()))
        reason = sizes.too_few(least, sizes.PROPORTION, "rows with or without the class")
        if reason:
            yield from gaps(NAMES, {"class": name}, reason)
        else:
            yield from _curves(study, index, name)


def _curves(study: Study, index: int, name: str) -> Iterator[Result]:
    frame, known = study.frame, study.frame.labelled
    score, holds = probability(frame, index)[known], holding(frame, index)[known]
    design = study.row_design(known)
    found = rates(score, holds, design.weights)
    kept = thinned(len(found.threshold), POINTS)
    called = score[:, None] >= found.threshold[kept]
    positive = study.entry_design(np.flatnonzero(known)[holds])
    _, low, high = share_band(positive, called[holds], np.ones_like(called[holds]))
    _, precise_low, precise_high = share_band(design, called & holds[:, None], called)
    lines = (
        (NAMES[0], found.alarms, found.hits, low, high, "false positive rate"),
        (NAMES[1], found.hits, found.precision, precise_low, precise_high, "recall"),
    )
    for curve, x, y, below, above, x_name in lines:
        some = np.isfinite(below)
        yield Curve(
            name=curve,
            slice={"class": name},
            unit="fraction",
            samples=study.samples(design, "all evaluated rows" if known.all() else "all evaluated rows with a label"),
            notes=(EXACT,),
            x=tidied(x[kept][some]),
            y=tidied(y[kept][some]),
            low=tidied(below[some]),
            high=tidied(above[some]),
            x_name=x_name,
            how="Wilson of the share at each threshold",
        )
