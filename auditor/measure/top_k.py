"""Whether the label is among the first few classes, by the model's own order."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from auditor.evidence.results import Result
from auditor.measure._frame import Frame, Ints
from auditor.measure._results import estimate, gaps
from auditor.measure._study import Study
from auditor.measure.statistics.intervals import proportion

NAMES = ("top_k_accuracy",)
READS = ("samples", "predictions")
LENGTHS = (2, 3, 5, 10)
_AT_ONCE = 4_000_000


def measure(study: Study) -> Iterator[Result]:
    """Top-k accuracy for each k below the number of classes; nothing with two classes or several labels per row."""
    frame, known = study.frame, study.frame.labelled
    wanted = [k for k in LENGTHS if k < len(frame.classes)]
    if frame.sets is not None or not wanted:
        return
    if not known.any():
        yield from gaps(NAMES, {}, "no evaluated row has a label")
        return
    place = _place(frame)[known]
    design = study.row_design(known)
    samples = study.samples(design, "all evaluated rows" if known.all() else "all evaluated rows with a label")
    for k in wanted:
        outcome = proportion(design, (place < k).astype(np.float64))
        yield estimate(NAMES[0], {"k": str(k)}, "fraction", samples, outcome)


def _place(frame: Frame) -> Ints:
    """[rows]: how many classes stand before the label; of equal logits the class listed first stands first, as in argmax."""
    label = np.maximum(frame.label, 0)
    step = max(1, _AT_ONCE // len(frame.classes))
    index = np.arange(len(frame.classes))
    places = []
    for first in range(0, len(label), step):
        logits, own = frame.logits[first : first + step], label[first : first + step, None]
        at = np.take_along_axis(logits, own, axis=1)
        places.append(((logits > at) | ((logits == at) & (index < own))).sum(axis=1))
    return np.concatenate(places)
