"""What models that look at nothing would reach on the same rows, and by how much the model is ahead of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from auditor.evidence.results import Result
from auditor.measure._results import bare, estimate, gaps
from auditor.measure._study import Study
from auditor.measure.statistics.intervals import means
from auditor.measure.statistics.paired import paired_share

NAMES = ("baseline_accuracy", "baseline_gain")
READS = ("samples", "predictions")
FROM_LABELS = "made from the labels of these rows: as good as such a model can be, not an estimate"


def measure(study: Study) -> Iterator[Result]:
    """Accuracy of always saying the most frequent class, and of drawing classes by their share; the model's gain over each."""
    frame, known = study.frame, study.frame.labelled
    if frame.sets is not None:
        return
    if not known.any():
        yield from gaps(NAMES, {}, "no evaluated row has a label")
        return
    label, design = frame.label[known], study.row_design(known)
    samples = study.samples(design, "all evaluated rows" if known.all() else "all evaluated rows with a label")
    share = np.bincount(label, weights=design.weights, minlength=len(frame.classes)) / design.weights.sum()
    first = int(np.argmax(share))
    hits, correct = (label == first).astype(np.float64), frame.correct[known]
    where, said = {"baseline": "majority class"}, [f"Always says {frame.classes[first]}."]
    yield bare(NAMES[0], where, "fraction", samples, float(share[first]), FROM_LABELS, notes=said)
    gain = paired_share(design, hits, correct, study.resamples(NAMES[1]), study.seed)
    yield estimate(NAMES[1], where, "fraction", samples, gain, notes=said)
    where, said = {"baseline": "prior draw"}, ["Draws each class by its share; expected over the draws."]
    yield bare(NAMES[0], where, "fraction", samples, float(np.square(share).sum()), FROM_LABELS, notes=said)
    outcomes, _, _ = means(design, (correct - share[label])[:, None], study.resamples(NAMES[1]), study.seed)
    yield estimate(NAMES[1], where, "fraction", samples, outcomes[0], notes=said)
