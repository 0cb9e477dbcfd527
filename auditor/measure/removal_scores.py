"""AOPC, comprehensiveness and sufficiency, from the stored curves, for readers who know a method by these numbers.

They go into an attached table: without a control beside them such numbers say little, and the report rests on margins instead.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from auditor.evidence.results import Result
from auditor.measure._cases import PerSample, locate, paths
from auditor.measure._frame import Floats
from auditor.measure._results import csv_bytes, tidy
from auditor.measure._study import Study
from auditor.measure.statistics.intervals import Bounded, means

NAMES: tuple[str, ...] = ()
READS = ("samples", "predictions", "curves")
TABLE = "tables/removal_scores.csv"
SHARES = (0.05, 0.10, 0.20, 0.50)
COLUMNS = ("method", "fill", "name", "value", "low", "high", "level", "samples", "how", "definition")
_FEW = "mean over 0, 5, 10, 20 and 50 % of the features, linear between the curves' points (DeYoung et al., 2020)"
DEFINITIONS = {
    "AOPC": "mean over the points of the deletion curve, the untouched input included, of the score lost (Samek et al., 2017)",
    "AOPC, least relevant first": "the same along the reversed order (Samek et al., 2017)",
    "comprehensiveness": f"score lost when the highest-ranked features are removed; {_FEW}; 1 % is finer than the points",
    "sufficiency": f"score lost when only the highest-ranked features are kept; {_FEW}; 1 % is finer than the points",
}


def measure(study: Study) -> Iterator[Result]:
    """Writes the table; makes no result of its own."""
    located = locate(study.frame, study.reader.table("curves"), ("method", "fill", "order"))
    found = paths(located, study.frame.prepared.steps)
    lines: list[tuple[object, ...]] = []
    for method, fill in sorted({key[:2] for key in found if key[0]}):
        forth, back = (found.get((method, fill, order)) for order in ("descending", "ascending"))
        if forth is None or back is None:
            continue
        has = forth.has & back.has
        if not has.any():
            continue
        values = scores(forth.fraction, forth.score[has], back.score[has])
        by_sample = PerSample(located.cases.row[has])
        design = study.case_design(by_sample.row)
        outcomes, _, _ = means(design, by_sample.mean(values), study.resamples(), study.seed)
        for (name, definition), outcome in zip(DEFINITIONS.items(), outcomes, strict=True):
            numbers: tuple[object, ...] = (None, None, None, None, design.rows, getattr(outcome, "reason", ""))
            if isinstance(outcome, Bounded):
                numbers = *map(tidy, (outcome.value, outcome.low, outcome.high)), 0.95, design.rows, outcome.how
            lines.append((method, fill, name, *numbers, definition))
    if lines:
        study.tables[TABLE] = csv_bytes(COLUMNS, lines)
    yield from ()


def scores(fraction: Floats, forth: Floats, back: Floats) -> Floats:
    """[cases, scores] in the order of `DEFINITIONS`.

    Args:
        fraction: [points], removed at each point, from 0 to 1.
        forth: [cases, points], scores while the highest-ranked features are removed first.
        back: [cases, points], while the lowest-ranked are: at 1 − s removed, the share s of the highest is left.
    """
    full = forth[:, :1]

    def lost(curve: Floats, removed: Floats) -> Floats:
        between = np.stack([np.interp(removed, fraction, point) for point in np.eye(len(fraction))])
        return np.asarray((full - curve @ between).sum(axis=1) / (len(SHARES) + 1))

    shares = np.array(SHARES)
    nothing_kept = (full[:, 0] - back[:, -1]) / (len(SHARES) + 1)
    return np.stack(
        [
            (full - forth).mean(axis=1),
            (full - back).mean(axis=1),
            lost(forth, shares),
            lost(back, 1 - shares) + nothing_kept,
        ],
        axis=1,
    )
