"""How the rows came about, and what follows for a weighted mean: its variance and its resamples.

Two phases: N rows (phase 1) fall into strata; n_h of the N_h rows of a stratum are used (phase 2). All rows used is the
special case of one stratum. The estimate is Σ w y / Σ w with w = factor · N_h/n_h; the target is the population the rows
came from, so there is no finite-population correction. Standard errors are linearised: with z = factor·(y - mean)/mean(factor),

    variance = Σ_h p_h² s_h²(z)/n_h + Σ_h p_h (mean_h(z) - mean_c(z))²/N,        p_h = N_h/N,

where c is the sampling group (one, or the labels where the file was sampled by label).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from auditor.measure.statistics.draws import chunks, counts_of_draws, stream

Floats = NDArray[np.float64]


class Design(Protocol):
    """What the intervals need of a sampling design.

    Attributes:
        looks: times that a rule for the number of rows may have looked at them; 1: the number was fixed beforehand.
    """

    rows: int
    units: int
    weights: Floats
    looks: int

    def moments(self, values: Floats) -> tuple[Floats, Floats]:
        """Weighted mean and its standard error of each column of `values` [rows, q]."""

    def resample(self, values: Floats, resamples: int, seed: int, errors: bool = True) -> tuple[Floats, Floats]:
        """The same of each resample, each [resamples, q]; standard errors are 0 where `errors` is false."""

    def influence(self, values: Floats) -> tuple[Floats, Floats]:
        """(psi [k, q], weight [k]): variance of column j is Σ weight · psi_j²."""


def at_each_look(design: Design, level: float) -> tuple[float, str]:
    """1 - (1 - level)/J: then intervals hold at `level` wherever a rule of J looks ends (Bonferroni). And the same in words,
    for the end of a text on how an interval was made; '' where the number of rows was fixed.
    """
    each = 1 - (1 - level) / design.looks
    return each, f", at {100 * each:.2f} % in each of {design.looks} looks" if design.looks > 1 else ""


def design_effect(weights: Floats) -> float:
    """n·Σw²/(Σw)²: 1 for equal weights."""
    return float(len(weights) * np.square(weights).sum() / weights.sum() ** 2)


@dataclass(frozen=True)
class _Draw:
    """One chunk of resamples: how often each row was drawn, and the phase-1 rows per stratum (and group)."""

    counts: Floats  # [b, n], rows in stratum order
    population: Floats  # [b, H]
    by_group: tuple[tuple[NDArray[np.int64], Floats], ...]  # per group: its strata, and their rows [b, strata]


class RowDesign:
    """Every row is its own unit.

    Args:
        stratum: int [n], 0 … H-1, each occurring.
        population: int [H, groups], phase-1 rows by stratum and sampling group.
        factor: float [n], weight beyond N_h/n_h (declared prevalence); None: 1.
        looks: as in `Design`.
    """

    def __init__(
        self, stratum: NDArray[np.int64], population: NDArray[np.int64], factor: Floats | None = None, looks: int = 1
    ) -> None:
        self.looks = looks
        self.order = np.argsort(stratum, kind="stable")
        self.rows = self.units = len(stratum)
        self.sizes = np.bincount(stratum, minlength=len(population)).astype(np.int64)
        self.starts = np.concatenate([[0], np.cumsum(self.sizes)[:-1]])
        self.population = population.astype(np.int64)
        self.total = float(population.sum())
        self.plain = factor is None or bool(np.all(factor == factor[0]))
        self.factor = np.ones(self.rows) if factor is None or self.plain else factor
        self.weights = self.factor * (population.sum(axis=1) / self.sizes)[stratum]
        self._sorted_factor = self.factor[self.order]

    def moments(self, values: Floats) -> tuple[Floats, Floats]:
        """See `Design`."""
        groups = tuple(_group(column, None, 1) for column in self.population.T)
        once = _Draw(np.ones((1, self.rows)), self.population.sum(axis=1, dtype=np.float64)[None], groups)
        centre, features = self._features(values)
        mean, error = self._evaluate(once, features, values.shape[1], True)
        return centre + mean[0], error[0]

    def resample(self, values: Floats, resamples: int, seed: int, errors: bool = True) -> tuple[Floats, Floats]:
        """See `Design`: N_h* multinomial within each group, then n_h draws with replacement in each stratum."""
        centre, features = self._features(values)
        parts = [
            self._evaluate(self._draw(size, seed, index), features, values.shape[1], errors)
            for index, size in chunks(resamples, self.rows)
        ]
        return centre + np.concatenate([mean for mean, _ in parts]), np.concatenate([error for _, error in parts])

    def influence(self, values: Floats) -> tuple[Floats, Floats]:
        """See `Design`: one entry per used row (phase 2) and per stratum and group (phase 1)."""
        share = self.population.sum(axis=1) / self.total
        mean = self.weights @ values / self.weights.sum()
        z = (self.factor[:, None] * (values - mean))[self.order] / (self.weights.sum() / self.total)
        strata = np.repeat(np.arange(len(self.sizes)), self.sizes)
        means = np.add.reduceat(z, self.starts, axis=0) / self.sizes[:, None]
        second = (share / self.sizes)[strata, None] * (z - means[strata])
        correction = (self.sizes / np.maximum(self.sizes - 1, 1))[strata]
        entries, weights = [second], [correction]
        for column in self.population.T:
            inside = np.flatnonzero(column)
            middle = column[inside] @ means[inside] / column.sum()
            entries.append((means[inside] - middle) / self.total)
            weights.append(column[inside].astype(np.float64))
        return np.concatenate(entries), np.concatenate(weights)

    def _draw(self, size: int, seed: int, index: int) -> _Draw:
        return _drawn(size, seed, index, (self.sizes.tobytes(), self.population.tobytes()))

    def _features(self, values: Floats) -> tuple[Floats, Floats]:
        """Columns whose sums give means and variances: g·y, g·g·y·y, and, with unequal factors, g·g·y, g, g·g."""
        centre = self.weights @ values / self.weights.sum()
        y = (values - centre)[self.order]
        if self.plain:
            return centre, np.concatenate([y, y * y], axis=1)
        g = self._sorted_factor[:, None]
        return centre, np.concatenate([g * y, g * g * y * y, g * g * y, g, g * g], axis=1)

    def _evaluate(self, draw: _Draw, features: Floats, q: int, errors: bool) -> tuple[Floats, Floats]:
        ends = self.starts + self.sizes
        sums = np.stack([draw.counts[:, s:e] @ features[s:e] for s, e in zip(self.starts, ends, strict=True)], axis=1)
        n = self.sizes[:, None].astype(np.float64)
        expand = (draw.population / self.sizes)[:, :, None]  # [b, H, 1]
        weight = np.broadcast_to(n, (*sums.shape[:2], 1)) if self.plain else sums[:, :, 3 * q : 3 * q + 1]
        whole = (expand * weight).sum(axis=1)  # [b, 1]
        mean = (expand * sums[:, :, :q]).sum(axis=1) / whole
        if not errors:
            return mean, np.zeros_like(mean)
        scale = (whole / self.total)[:, None]
        at = mean[:, None]
        middle = (sums[:, :, :q] - at * weight) / (n * scale)
        if self.plain:
            square = sums[:, :, q : 2 * q] - 2 * at * sums[:, :, :q] + at * at * n
        else:
            square = sums[:, :, q : 2 * q] - 2 * at * sums[:, :, 2 * q : 3 * q] + at * at * sums[:, :, 3 * q + 1 :]
        spread = np.maximum(square / (scale * scale) - n * middle * middle, 0.0) / np.maximum(n - 1, 1)
        share = (draw.population / self.total)[:, :, None]
        variance = (share * share * spread / n).sum(axis=1) + self._first_phase(draw, middle)
        return mean, np.sqrt(np.maximum(variance, 0.0))

    def _first_phase(self, draw: _Draw, middle: Floats) -> Floats:
        variance = np.zeros((middle.shape[0], middle.shape[2]))
        for inside, rows in draw.by_group:
            part, weight = middle[:, inside], rows[:, :, None]
            centre = (weight * part).sum(axis=1) / rows.sum(axis=1)[:, None]
            variance += (weight * np.square(part - centre[:, None])).sum(axis=1)
        return variance / self.total**2


def _group(rows: NDArray[np.int64], generator: np.random.Generator | None, size: int) -> tuple[NDArray[np.int64], Floats]:
    """Strata of one sampling group and their rows in each resample, from its rows by stratum; None: as they are."""
    inside = np.flatnonzero(rows)
    rows = rows[inside]
    if generator is None or len(inside) == 1:
        return inside, np.broadcast_to(rows.astype(np.float64), (size, len(inside)))
    return inside, generator.multinomial(rows.sum(), rows / rows.sum(), size=size).astype(np.float64)


@lru_cache(maxsize=8)
def _drawn(size: int, seed: int, index: int, strata: tuple[bytes, bytes]) -> _Draw:
    """One chunk of resamples. Most results of an audit rest on the same cases, and so on the same draws: the last are kept.

    Args:
        size, seed, index: of the chunk.
        strata: `sizes` and `population` of the design, as bytes.
    """
    sizes = np.frombuffer(strata[0], np.int64)
    by_group = np.frombuffer(strata[1], np.int64).reshape(len(sizes), -1)
    generator = stream(seed, "strata", index)
    population = np.zeros((size, len(sizes)))
    groups = []
    for column in by_group.T:
        inside, rows = _group(column, generator, size)
        population[:, inside] += rows
        groups.append((inside, rows))
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    first, width = np.repeat(starts, sizes), np.repeat(sizes, sizes)
    return _Draw(counts_of_draws(stream(seed, "rows", index), size, first, width), population, tuple(groups))
