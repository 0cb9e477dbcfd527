"""Confidence intervals of means, proportions and smooth functions of them, from a design; or the reason there is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from auditor.measure.statistics import sizes
from auditor.measure.statistics.bounded import Range, as_of_shares
from auditor.measure.statistics.design import Design, Floats, at_each_look, design_effect
from auditor.measure.statistics.wilson import effective_count, wilson


@dataclass(frozen=True)
class Bounded:
    """A value with its limits and how they were made."""

    value: float
    low: float
    high: float
    how: str


@dataclass(frozen=True)
class Unbounded:
    """No interval, and so no result: the sentence for the reader."""

    reason: str


Outcome = Bounded | Unbounded


def signed(value: float) -> str:
    """Four significant digits, for a sentence."""
    return f"{value:.4g}"


def proportion(design: Design, hits: Floats, level: float = sizes.LEVEL) -> Outcome:
    """Wilson interval of a share of rows; with weights, strata or clusters on the effective number of rows.

    Args:
        design: of the denominator's rows.
        hits: [rows], 0 or 1.
    """
    reason = sizes.too_few(len(hits), sizes.PROPORTION)
    if reason or design.units < sizes.UNITS < design.rows:
        return Unbounded(reason or sizes.too_few(design.units, sizes.UNITS, "independent units"))
    mean, error = design.moments(hits[:, None])
    share = float(np.clip(mean[0], 0.0, 1.0))
    effect, (level, said) = design_effect(design.weights), at_each_look(design, level)
    if effect < 1 + 1e-12 and design.units == design.rows:
        return Bounded(share, *wilson(share, design.rows, level), f"Wilson, n = {design.rows:,}{said}")
    count = effective_count(share, float(error[0]) ** 2, design.rows, design.units, effect)
    low, high = wilson(share, count, level)
    return Bounded(
        share, low, high, f"Wilson with {count:,.1f} effective rows, n = {design.rows:,}, m = {design.units:,}{said}"
    )


def bootstrap_t(
    value: Floats, error: Floats, values: Floats, errors: Floats, level: float = sizes.LEVEL
) -> tuple[Floats, Floats]:
    """Limits [q] of means: the pivot (θ* - θ)/se* turned round. NaN where too many resamples have no variance.

    Args:
        value, error: [q], the estimate and its standard error.
        values, errors: [resamples, q], the same of each resample.

    Source: Efron & Tibshirani, 1993, chapter 12.
    """
    pivots = _pivots(value, error, values, errors)
    with np.errstate(invalid="ignore"):  # an infinite pivot inside the quantile gives NaN: no interval, said by the caller
        tails = np.quantile(pivots, [(1 + level) / 2, (1 - level) / 2], axis=0, method="weibull")
    return value - tails[0] * error, value - tails[1] * error


def _pivots(value: Floats, error: Floats, values: Floats, errors: Floats) -> Floats:
    difference = values - value
    flat = errors <= 1e-9 * error  # no variance in this resample: a pivot of 0 where nothing moved, else infinite
    with np.errstate(divide="ignore", invalid="ignore"):
        pivots = difference / np.where(flat, 0.0, errors)
    return np.where(flat & (np.abs(difference) <= 1e-9 * error), 0.0, pivots)


def p_above_zero(value: float, error: float, values: Floats, errors: Floats) -> float:
    """One-sided p of H0: mean ≤ 0 by bootstrap-t, (1 + b)/(B + 1).

    Args:
        values, errors: [resamples].
    """
    if error <= 0:
        return 1.0
    pivots = _pivots(np.array([value]), np.array([error]), values[:, None], errors[:, None])[:, 0]
    return float((1 + np.sum(pivots >= value / error)) / (len(values) + 1))


def student(value: Floats, error: Floats, units: int, level: float = sizes.LEVEL) -> tuple[Floats, Floats]:
    """Student's t limits with units - 1 degrees of freedom."""
    from scipy.stats import t

    half = error * t.ppf((1 + level) / 2, units - 1)
    return value - half, value + half


def bca(value: float, values: Floats, psi: Floats, weight: Floats, level: float = sizes.LEVEL) -> tuple[float, float]:
    """Bias-corrected and accelerated limits of a smooth function.

    Args:
        value: the estimate.
        values: [resamples].
        psi, weight: [k], influence of each unit and how many units share it.

    Source: Efron, 1987; the acceleration from influence values.
    """
    from scipy.stats import norm

    below = (np.sum(values < value) + 0.5 * np.sum(values == value)) / len(values)
    bias = norm.ppf(np.clip(below, 0.5 / len(values), 1 - 0.5 / len(values)))
    spread = float(weight @ np.square(psi))
    skew = float(weight @ psi**3) / (6 * spread**1.5) if spread > 0 else 0.0
    z = bias + norm.ppf([(1 - level) / 2, (1 + level) / 2])
    points = norm.cdf(bias + z / (1 - skew * z))
    low, high = np.quantile(values, points, method="weibull")
    return float(low), float(high)


def means(
    design: Design,
    values: Floats,
    resamples: int,
    seed: int,
    least: int = sizes.MEAN,
    level: float = sizes.LEVEL,
    *,
    within: Sequence[Range | None] = (),
) -> tuple[list[Outcome], Floats, Floats]:
    """Interval of the weighted mean of each column, by the size of the sample.

    Args:
        values: [rows, q].
        resamples: of the bootstrap-t; with fewer than 30 units Student's t is used.
        least: rows below which nothing is evaluated; below 50 rows Student's t is used.
        within: natural range of each column, None where it has none; it gives limits where hardly any case differs (`bounded`).

    Returns:
        outcomes (q), and the resampled means and standard errors [resamples, q] (empty without a bootstrap).
    """
    nothing = np.empty((0, values.shape[1]))
    reason = sizes.too_few(design.rows, least) or sizes.too_few(design.units, sizes.UNITS, "independent units")
    if reason:
        return [Unbounded(reason)] * values.shape[1], nothing, nothing
    value, error = design.moments(values)
    level, said = at_each_look(design, level)
    if design.units < sizes.UNITS_BOOTSTRAP or design.rows < sizes.MEAN:
        low, high = student(value, error, design.units, level)
        how, stars = f"Student t, n = {design.rows:,}, m = {design.units:,}{said}", (nothing, nothing)
    else:
        stars = design.resample(values, resamples, seed)
        low, high = bootstrap_t(value, error, *stars, level)
        how = f"bootstrap-t, {resamples:,} resamples, n = {design.rows:,}, m = {design.units:,}, seed {seed}{said}"
    constant = np.ptp(values, axis=0) <= 1e-12 * np.abs(values).max(axis=0)
    outcomes: list[Outcome] = []
    for j in range(values.shape[1]):
        if constant[j] or error[j] <= 0:
            outcomes.append(Unbounded(f"no variance: every one of {design.rows:,} rows has the value {signed(value[j])}"))
        else:
            outcomes.append(checked(float(value[j]), float(low[j]), float(high[j]), how))
    missing = [isinstance(one, Unbounded) for one in outcomes]
    for j, limits in as_of_shares(design, values, within, missing, level):
        how = f"Clopper–Pearson, as of a share: hardly any case differs, n = {design.rows:,}, m = {design.units:,}{said}"
        outcomes[j] = Bounded(float(value[j]), *limits, how)
    return outcomes, *stars


def checked(value: float, low: float, high: float, how: str) -> Outcome:
    """The interval, unless it is not finite or leaves out its own estimate."""
    if not np.isfinite([value, low, high]).all():
        return Unbounded(f"no interval: too many resamples without variance ({how})")
    if low == high:
        return Unbounded(f"no variance: every resample has the value {signed(value)}")
    if not low <= value <= high:
        return Unbounded(f"the interval {signed(low)} to {signed(high)} leaves out the estimate {signed(value)} ({how})")
    return Bounded(value, low, high, how)


def smooth(
    design: Design, values: Floats, function: Callable[[Floats], Floats], gradient: Floats, resamples: int, seed: int
) -> Outcome:
    """BCa interval of a smooth function of weighted means; Student's t below 30 units.

    Args:
        values: [rows, q], the columns whose means enter.
        function: [..., q] means to [...] values.
        gradient: [q], of the function at the estimate, for the influence values.
    """
    reason = sizes.too_few(design.rows, sizes.MEAN) or sizes.too_few(design.units, sizes.UNITS, "independent units")
    if reason:
        return Unbounded(reason)
    (mean, _), (psi, weight) = design.moments(values), design.influence(values)
    resampling = design.units >= sizes.UNITS_BOOTSTRAP
    stars = function(design.resample(values, resamples, seed, errors=False)[0]) if resampling else np.empty(0)
    return resampled(design, float(function(mean)), stars, psi @ gradient, weight, seed)


def resampled(design: Design, value: float, stars: Floats, psi: Floats, weight: Floats, seed: int) -> Outcome:
    """BCa interval from resampled values; Student's t on the influence values below 30 units.

    Args:
        stars: [resamples]. psi, weight: [k], as of `Design.influence`, along the function.
    """
    sample, (level, said) = f"n = {design.rows:,}, m = {design.units:,}", at_each_look(design, sizes.LEVEL)
    if design.units < sizes.UNITS_BOOTSTRAP:
        error = np.sqrt(weight @ np.square(psi), dtype=np.float64)
        low, high = student(np.array([value]), np.array([error]), design.units, level)
        return checked(value, float(low[0]), float(high[0]), f"Student t, {sample}{said}")
    lower, upper = bca(value, stars, psi, weight, level)
    return checked(value, lower, upper, f"BCa, {len(stars):,} resamples, {sample}, seed {seed}{said}")
