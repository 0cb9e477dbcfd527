"""How often does the instrument see something where there is nothing?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from auditor.evidence.results import Estimate, Interval, NotEvaluated, Result, Samples
from auditor.judge.criteria import LEVEL, beats_random
from auditor.judge.verdict import holm
from auditor.measure.statistics import sizes
from auditor.measure.statistics.consistency import expected_calibration_error, if_calibrated
from auditor.measure.statistics.design import Floats
from auditor.measure.statistics.draws import stream
from auditor.measure.statistics.intervals import Bounded, means, p_above_zero, smooth
from auditor.selftest.cell import AUDITS, COVERED, Aim, Cell
from auditor.selftest.coverage_of_means import SHAPE, plain
from auditor.selftest.tolerance import FALSE_ALARMS, Share, Values

METHODS = 10
SMALLEST = 0.05  # bound of the normalised margin, the plan's default
_WHOM = Samples(rows=1, units=1, population="simulated")


def noise(generator: np.random.Generator, rows: int, count: int) -> tuple[Floats, Floats]:
    """Margins [rows, count · methods] with mean 0, and the range [rows, count] they are divided by.

    Heavy-tailed, skewed to either side by turns, and correlated between methods, as margins on the same rows are.
    """
    span = generator.beta(2.0, 1.0, (rows, count))
    sides = np.where(np.arange(METHODS) % 2, -1.0, 1.0)
    own = (generator.gamma(SHAPE, 1.0, (rows, count, METHODS)) - SHAPE) * sides
    common = generator.normal(0, 0.5, (rows, count, 1))
    return (span[:, :, None] * (own + common)).reshape(rows, -1), span


def familywise(seed: int, count: int, *, rows: int) -> Values:
    """[audits, 2]: does any of ten methods that know nothing meet V1, and does any have an adjusted p ≤ .025?"""
    design = plain(rows)
    margins, span = noise(stream(seed, "data"), rows, count)
    _, stars, errors = means(design, margins, sizes.RESAMPLES, seed)
    value, error = design.moments(margins)
    p = [p_above_zero(float(value[j]), float(error[j]), stars[:, j], errors[:, j]) for j in range(margins.shape[1])]
    found = []
    for audit in range(count):
        own = slice(audit * METHODS, (audit + 1) * METHODS)
        adjusted = _adjusted(p[own])
        small = np.flatnonzero(adjusted <= LEVEL)
        met = [_meets(margins[:, own][:, j], span[:, audit], p[own][j], float(adjusted[j]), seed) for j in small.tolist()]
        found.append([any(met), len(small) > 0])
    return np.array(found, dtype=np.float64)


def _adjusted(p: Sequence[float]) -> Floats:
    """[methods]: p after Holm."""
    by_name = holm({f"{j:02d}": one for j, one in enumerate(p)})
    return np.array([by_name[f"{j:02d}"] for j in range(len(p))])


def _meets(margin: Floats, span: Floats, p: float, adjusted: float, seed: int) -> bool:
    """Whether criterion V1 is met."""
    values = np.stack([margin, span], axis=1)
    top, below = values.mean(axis=0)
    slope = np.array([1 / below, -top / below**2])
    outcome = smooth(plain(len(margin)), values, _ratio, slope, sizes.RESAMPLES, seed)
    told: Result = NotEvaluated(name="normalised_margin", reason="no interval")
    if isinstance(outcome, Bounded):
        told = _estimate("normalised_margin", outcome.value, Interval(low=outcome.low, high=outcome.high, how=outcome.how))
    return beats_random(adjusted, _estimate("margin_p_value", p), told, SMALLEST) == "met"


def _estimate(name: str, value: float, interval: Interval | None = None) -> Estimate:
    why = "" if interval else "a p-value; it has no interval"
    return Estimate(name=name, unit="ratio", samples=_WHOM, value=value, interval=interval, no_interval=why)


def _ratio(of: Floats) -> Floats:
    return of[..., 0] / of[..., 1]


def calibrated(seed: int, count: int, *, rows: int) -> Values:
    """Is the p-value of the calibration error at most .05 where every stated confidence is right?"""
    generator, weight, found = stream(seed, "data"), np.ones(rows), []
    for repetition in range(count):
        confidence = 0.3 + 0.7 * generator.beta(4.0, 1.5, rows)
        right = (generator.random(rows) < confidence).astype(np.float64)
        error = expected_calibration_error(confidence, right, weight)
        drawn = if_calibrated(confidence, weight, seed + repetition)
        found.append([(1 + int((drawn >= error).sum())) / (len(drawn) + 1) <= 0.05])
    return np.array(found, dtype=np.float64)


CELLS = (
    Cell(
        "v1-300",
        "false alarms",
        familywise,
        (
            Aim("met", "audits in which any of 10 methods that know nothing meets V1, 300 rows", FALSE_ALARMS, (0,)),
            Aim("holm", "audits in which any of them has an adjusted p ≤ .025, 300 rows", FALSE_ALARMS, (1,)),
        ),
        {"rows": 300},
        AUDITS,
        20,
    ),
    Cell(
        "calibration-300",
        "false alarms",
        calibrated,
        (Aim("", "calibrated models whose calibration error has p ≤ .05, 300 rows", Share(0.03, 0.07)),),
        {"rows": 300},
        COVERED,
        50,
    ),
)
