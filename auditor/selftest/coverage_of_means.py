"""Do intervals of means hold the generator's mean? Skewed values, weights, clusters, pairs, and draws of the model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array

from auditor.measure.statistics import sizes
from auditor.measure.statistics.clusters import ClusterDesign
from auditor.measure.statistics.design import Design, Floats, RowDesign
from auditor.measure.statistics.draws import stream
from auditor.measure.statistics.intervals import Bounded, Outcome, means, smooth
from auditor.measure.statistics.two_way import two_way
from auditor.selftest.cell import COVERED, Aim, Cell
from auditor.selftest.tolerance import COVERAGE, Values, conservative

SHAPE = 0.5  # of the gamma distribution: skewness 2.8
STRATA = np.array([0.9, 0.08, 0.02])
ROWS, USED = 5000, 100  # rows of the file, and at most so many used of each stratum


def held(truth: float, outcomes: Sequence[Outcome]) -> Values:
    """[repetitions, 1]: 1 where there is an interval and it holds the truth."""
    return np.array([[isinstance(one, Bounded) and one.low <= truth <= one.high] for one in outcomes], dtype=np.float64)


def plain(rows: int) -> RowDesign:
    """Independent rows of equal weight."""
    return RowDesign(np.zeros(rows, dtype=np.int64), np.array([[rows]]))


def _means(design: Design, values: Floats, seed: int) -> list[Outcome]:
    return means(design, values, sizes.RESAMPLES, seed)[0]


def skewed(seed: int, count: int, *, rows: int) -> Values:
    """Independent rows, gamma-shaped."""
    values = stream(seed, "data").gamma(SHAPE, 1.0, (rows, count))
    return held(SHAPE, _means(plain(rows), values, seed))


def weighted(seed: int, count: int) -> Values:
    """At most 100 rows of each of three strata that hold 90, 8 and 2 % of 5,000."""
    generator, level = stream(seed, "data"), np.array([0.1, 0.5, 0.9])
    found: list[Outcome] = []
    for repetition in range(count):
        there = generator.multinomial(ROWS, STRATA)
        stratum = np.repeat(np.arange(3), np.minimum(there, USED))
        values = level[stratum] + generator.gamma(SHAPE, 0.4, len(stratum)) - 0.4 * SHAPE
        found += _means(RowDesign(stratum, there[:, None]), values[:, None], seed + repetition)
    return held(float(STRATA @ level), found)


def clustered(seed: int, count: int, *, units: int, each: int) -> Values:
    """Rows of units, intra-unit correlation .5, gamma-shaped."""
    generator, unit = stream(seed, "data"), np.repeat(np.arange(units), each)
    own, common = generator.gamma(SHAPE, 1.0, (units * each, count)), generator.gamma(SHAPE, 1.0, (units, count))
    design = ClusterDesign(unit, np.zeros(len(unit), dtype=np.int64), csr_array(np.full((units, 1), float(each))))
    return held(2 * SHAPE, _means(design, own + common[unit], seed))


def overconfidence(seed: int, count: int, *, rows: int) -> Values:
    """Confidence − right, where a stated p is right with p − .05."""
    generator = stream(seed, "data")
    confidence = 0.3 + 0.7 * generator.beta(4.0, 1.5, (rows, count))
    right = generator.random((rows, count)) < confidence - 0.05
    return held(0.05, _means(plain(rows), confidence - right, seed))


def paired(seed: int, count: int, *, rows: int) -> Values:
    """Difference of two skewed values of the same rows, which share a part."""
    generator = stream(seed, "data")
    common, first, second = generator.gamma(SHAPE, 1.0, (3, rows, count))
    return held(-0.2 * SHAPE, _means(plain(rows), (common + 0.8 * first) - (common + second), seed))


def saturated(seed: int, count: int, *, rows: int) -> Values:
    """Scores that are 1 but for 2 % of rows, which have any: hardly any row differs from the others."""
    generator = stream(seed, "data")
    lowered, score = generator.random((2, rows, count))
    values = np.where(lowered < 0.02, score, 1.0)
    found = means(plain(rows), values, sizes.RESAMPLES, seed, sizes.CURVE, within=[(0.0, 1.0)] * count)[0]
    return held(0.99, found)


def normalised(seed: int, count: int, *, rows: int) -> Values:
    """Ratio of the mean margin to the mean range, both of the same rows."""
    generator, found = stream(seed, "data"), []
    for repetition in range(count):
        span = generator.beta(2.0, 1.0, rows)
        margin = span * generator.gamma(2.0, 0.2, rows)
        values = np.stack([margin, span], axis=1)
        top, below = values.mean(axis=0)
        slope = np.array([1 / below, -top / below**2])
        found.append(smooth(plain(rows), values, _ratio, slope, sizes.RESAMPLES, seed + repetition))
    return held(0.4, found)


def _ratio(of: Floats) -> Floats:
    return of[..., 0] / of[..., 1]


def of_copies(seed: int, count: int, *, rows: int, draws: int) -> Values:
    """Mean over samples and weight-randomised copies: both vary."""
    generator, found = stream(seed, "data"), []
    for repetition in range(count):
        values = (
            generator.normal(0, 0.2, (rows, 1)) + generator.normal(0, 0.03, draws) + generator.normal(0, 0.3, (rows, draws))
        )
        found.append(two_way(plain(rows), values, sizes.RESAMPLES, seed + repetition))
    return held(0.0, found)


def _cell(name: str, asked: str, simulate: object, rule: object = COVERAGE, **options: int) -> Cell:
    aim = Aim("", asked, rule)  # type: ignore[arg-type]
    return Cell(name, "coverage", simulate, (aim,), options, COVERED, 50)  # type: ignore[arg-type]


CELLS = (
    *(
        _cell(f"mean-{rows}", f"mean of a skewed margin, {rows} rows: bootstrap-t", skewed, rows=rows)
        for rows in (50, 100, 300)
    ),
    *(
        _cell(
            f"saturated-{rows}",
            f"mean of a score that is nearly always 1, {rows} rows: as of a share",
            saturated,
            conservative(0.93),
            rows=rows,
        )
        for rows in (30, 60, 300)
    ),
    _cell("mean-weighted", "the same, at most 100 of 4,500, 400 and 100 rows, weighted", weighted),
    _cell("mean-clustered", "the same, 100 units of 5 rows, correlation .5", clustered, units=100, each=5),
    *(
        _cell(f"overconfidence-{rows}", f"mean confidence − accuracy, {rows} rows", overconfidence, rows=rows)
        for rows in (100, 300)
    ),
    _cell("paired-mean-300", "difference of two skewed margins of the same 300 rows", paired, rows=300),
    *(
        _cell(f"ratio-{rows}", f"normalised margin, a ratio of means, {rows} rows: BCa", normalised, rows=rows)
        for rows in (100, 300)
    ),
    _cell(
        "two-way",
        "mean over 100 samples and 5 randomised copies; conservative",
        of_copies,
        conservative(0.93),
        rows=100,
        draws=5,
    ),
)
