"""What the squared error of the stated confidence is made of: how far it is off, how well it sorts, how much chance is left."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from auditor.evidence.results import Result, Table
from auditor.measure._frame import Floats
from auditor.measure._results import gaps, tidy
from auditor.measure._study import Study
from auditor.measure.calibration import BINS, Stated
from auditor.measure.statistics import sizes
from auditor.measure.statistics.consistency import bin_of

NAMES = ("brier_decomposition",)
READS = ("samples", "predictions")


def decomposed(probability: Floats, came: Floats, weight: Floats, bins: int = BINS) -> dict[str, float]:
    """Parts of the mean (p − came)²: reliability − resolution + uncertainty + within bins.

    Source: Murphy, 1973; the part within bins: Stephenson, Coelho & Jolliffe, 2008.
    """
    share = weight / weight.sum()
    place = bin_of(probability, bins)
    mass, stated, held = (np.bincount(place, weights=share * one, minlength=bins) for one in (1.0, probability, came))
    some = mass > 0
    p, o, mean = stated[some] / mass[some], held[some] / mass[some], float(share @ came)
    reliability, resolution = float(mass[some] @ np.square(p - o)), float(mass[some] @ np.square(o - mean))
    uncertainty, whole = mean * (1 - mean), float(share @ np.square(probability - came))
    return {
        "reliability": reliability,
        "resolution": resolution,
        "uncertainty": uncertainty,
        "within bins": whole - (reliability - resolution + uncertainty),
        "sum": whole,
    }


def measure(study: Study) -> Iterator[Result]:
    """The parts for the confidence of the prediction; with several labels for all labels' probabilities together."""
    known = study.frame.labelled
    reason = sizes.too_few(int(known.sum()), sizes.CALIBRATION, "rows with a label")
    if reason:
        yield from gaps(NAMES, {}, reason)
        return
    stated, design = Stated.of(study), study.row_design(known)
    parts = decomposed(stated.probability, stated.came, np.repeat(design.weights, stated.labels))
    yield Table(
        name=NAMES[0],
        unit="score",
        samples=study.samples(design, "all evaluated rows" if known.all() else "all evaluated rows with a label"),
        columns=("part", "value"),
        rows=tuple((name, tidy(value)) for name, value in parts.items()),
        notes=(
            f"Of the mean squared difference between confidence and being right, {BINS} bins of equal width; "
            "sum = reliability − resolution + uncertainty + within bins.",
        ),
    )
