"""Two measurements of the same rows: intervals of their difference, from the pairs and not from two separate intervals."""

from __future__ import annotations

import math

import numpy as np

from auditor.measure.statistics import sizes
from auditor.measure.statistics.bounded import exact_lower, exact_upper
from auditor.measure.statistics.design import Design, Floats, design_effect
from auditor.measure.statistics.intervals import Bounded, Outcome, Unbounded, means
from auditor.measure.statistics.wilson import wilson

DISCORDANT = 10  # pairs that differ, below which the interval is the exact, conservative one


def newcombe(both: int, gained: int, lost: int, neither: int, level: float = sizes.LEVEL) -> tuple[float, float]:
    """Limits of (new - old) share of hits, from the four counts of pairs.

    Args:
        both: a hit in both. gained: in the new only. lost: in the old only. neither: in none.

    Returns:
        limits in [-1, 1]; a difference of two Wilson intervals, joined by the correlation of the pairs.

    Source: Newcombe, 1998, "Improved confidence intervals for the difference between binomial proportions based on paired
    data", method 10.
    """
    count = both + gained + lost + neither
    new, old = (both + gained) / count, (both + lost) / count
    (new_low, new_high), (old_low, old_high) = wilson(new, count, level), wilson(old, count, level)
    crossed = float(both * neither - gained * lost)
    if crossed > 0:  # continuity correction of a positive association
        crossed = max(crossed - count / 2, 0.0)
    sides = float(both + gained) * (lost + neither) * (both + lost) * (gained + neither)
    phi = crossed / math.sqrt(sides) if sides > 0 else 0.0
    down = _joined(new - new_low, old_high - old, phi)
    up = _joined(new_high - new, old - old_low, phi)
    return new - old - down, new - old + up


def _joined(first: float, second: float, phi: float) -> float:
    return math.sqrt(max(0.0, first * first - 2 * phi * first * second + second * second))


def exact_limits(gained: float, lost: float, count: float, level: float = sizes.LEVEL) -> tuple[float, float]:
    """Limits of (gained - lost)/count that hold for any true shares: exact limits of each share, together at the level.

    Each of the two one-sided limits is set at (1 - level)/4, so that both hold at once (Bonferroni): conservative.

    Source: Clopper & Pearson, 1934.
    """
    tail = (1 - level) / 4
    return (
        exact_lower(gained, count, tail) - exact_upper(lost, count, tail),
        exact_upper(gained, count, tail) - exact_lower(lost, count, tail),
    )


def mcnemar(gained: int, lost: int) -> float:
    """Exact two-sided p of H0: a pair that differs is as likely a gain as a loss; 1 where no pair differs.

    Source: McNemar, 1947, with the binomial distribution.
    """
    from scipy.stats import binom

    return min(1.0, 2 * float(binom.cdf(min(gained, lost), gained + lost, 0.5)))


def paired_share(design: Design, old: Floats, new: Floats, resamples: int, seed: int, level: float = sizes.LEVEL) -> Outcome:
    """Difference of two shares of hits over the same rows.

    Independent rows of equal weight: Newcombe's interval, and the exact one where fewer than 10 pairs differ. With weights
    or clusters: bootstrap-t of the mean difference; where no pair differs, the exact limits for the effective rows.

    Args:
        old, new: [rows], 0 or 1.
    """
    reason = sizes.too_few(design.rows, sizes.PROPORTION)
    if reason:
        return Unbounded(reason)
    moved = new - old
    gained, lost = int((moved > 0).sum()), int((moved < 0).sum())
    effect, text = design_effect(design.weights), f"n = {design.rows:,}, {gained + lost:,} pairs differ"
    if effect < 1 + 1e-12 and design.units == design.rows:
        value = (gained - lost) / design.rows
        if gained + lost < DISCORDANT:
            low, high = exact_limits(gained, lost, design.rows, level)
            return Bounded(value, low, high, f"exact limits of gains and losses (conservative), {text}")
        both = int(((old > 0) & (new > 0)).sum())
        low, high = newcombe(both, gained, lost, design.rows - both - gained - lost, level)
        return Bounded(value, low, high, f"Newcombe, paired, {text}")
    if gained + lost == 0:
        count = design.units / effect
        low, high = exact_limits(0, 0, count, level)
        return Bounded(0.0, low, high, f"exact limits for {count:,.1f} effective rows, m = {design.units:,}, {text}")
    return means(design, moved[:, None], resamples, seed, level=level)[0][0]


def error_columns(confidence: Floats, correct: Floats, bins: np.ndarray, count: int) -> Floats:
    """[rows, count]: correct - confidence in the column of the row's bin; Σ |mean of a column| is the calibration error."""
    columns = np.zeros((len(confidence), count))
    columns[np.arange(len(confidence)), bins] = correct - confidence
    return columns
