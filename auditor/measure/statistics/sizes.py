"""Minimum sizes below which a number is not evaluated, and the conventions of the instrument, in one place."""

from __future__ import annotations

LEVEL = 0.95
RESAMPLES = 2000
RESAMPLES_GATED = 10_000

PROPORTION = 10  # rows in the denominator
PROPORTION_GATED = 30  # rows in the denominator of a proportion that a gate or page one rests on
MEAN = 50  # rows of a mean
CURVE = 30  # rows of a mean curve; Student's t below MEAN
RANKING_ROWS = 50
RANKING_UNITS = 10
OCCURRENCES = 10  # cases that hold a feature, where features differ from case to case; a convention
CALIBRATION = 300  # rows of an expected calibration error and of a reliability diagram
BIN = 10  # rows of one bin of a reliability diagram
SMOOTH = 30  # rows of a score made from several proportions (balanced accuracy, F1); a convention
UNITS = 10  # independent units behind any interval that resamples or averages units
UNITS_BOOTSTRAP = 30  # below: Student's t on unit means
SPREADING = 10  # units that make the spread of a mean with a natural range, below which it is bounded as a share; a convention
RANKED_JOINTLY = 300  # features whose pairs are compared at once
RANDOMISATION = 100  # samples explained again on randomised copies
COPIES = 5  # such copies
LEAST_FEATURES = 5  # features of a case below which a rank correlation says nothing
MANY_CLASSES = 30  # of more classes only those that occur get results; a convention
SMALLEST_RANGE = 0.05  # mean of v(full) - v(empty) below which no normalised margin is formed


def too_few(count: int, needed: int, what: str = "rows") -> str:
    """Return '' when there are enough, else the reason a NotEvaluated prints."""
    if count == 1:  # without a plural beside it
        return "" if needed <= 1 else f"too few samples: 1 of at least {needed:,} {what}"
    return "" if count >= needed else f"too few samples: {count:,} {what}, at least {needed:,} are needed"
