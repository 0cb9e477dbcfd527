"""Intervals of means over samples and over draws of a model at once: both were drawn, and both are resampled."""

from __future__ import annotations

import numpy as np

from auditor.measure.statistics import sizes
from auditor.measure.statistics.design import Design, Floats, at_each_look
from auditor.measure.statistics.draws import stream
from auditor.measure.statistics.intervals import Outcome, Unbounded, checked, signed


def two_way(design: Design, values: Floats, resamples: int, seed: int, level: float = sizes.LEVEL) -> Outcome:
    """Interval of the mean over samples and draws.

    Samples and draws are resampled independently of each other; the spread of the resampled means, at least the sum of both
    analytical variances (a few draws, resampled, vary too little), gives Student's t limits with the degrees of freedom of
    Satterthwaite, 1946: few where the draws decide, many where the samples do.

    Args:
        design: of the samples.
        values: [samples, draws].

    Source of the resampling: Owen, 2007, "The pigeonhole bootstrap" (https://doi.org/10.1214/07-AOAS122).
    """
    from scipy.stats import t

    draws = values.shape[1]
    reason = sizes.too_few(design.rows, sizes.MEAN) or sizes.too_few(design.units, sizes.UNITS, "independent units")
    reason = reason or sizes.too_few(draws, 2, "draws")
    if reason:
        return Unbounded(reason)
    of_draw, _ = design.moments(values)
    value = float(of_draw.mean())
    by_samples = float(design.moments(values.mean(axis=1, keepdims=True))[1][0]) ** 2
    by_draws = float(of_draw.var(ddof=1)) / draws
    if by_samples + by_draws <= 1e-24:
        return Unbounded(f"no variance: every one of {design.rows:,} rows has the value {signed(value)} in every draw")
    stars = design.resample(values, resamples, seed, errors=False)[0]
    chosen = stream(seed, "draws of the model").integers(draws, size=stars.shape)
    resampled = np.take_along_axis(stars, chosen, axis=1).mean(axis=1)
    half = np.sqrt(max(float(resampled.var(ddof=1)), by_samples + by_draws))
    freedom = (by_samples + by_draws) ** 2 / (by_samples**2 / (design.units - 1) + by_draws**2 / (draws - 1))
    level, said = at_each_look(design, level)
    half *= t.ppf((1 + level) / 2, freedom)
    how = (
        f"two-way resampling, {resamples:,} resamples, Student t with {freedom:.1f} degrees of freedom, "
        f"n = {design.rows:,} × {draws} draws, m = {design.units:,}, seed {seed}{said}"
    )
    return checked(value, value - half, value + half, how)
