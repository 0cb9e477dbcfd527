"""The design where several rows belong to one independent unit (patient, document): whole units are resampled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from auditor.measure.statistics.design import Floats
from auditor.measure.statistics.draws import chunks, counts_of_draws, stream


class ClusterDesign:
    """Rows of several units; a unit's rows may lie in several strata. See `design` for the estimate.

    A resample draws whole units with replacement, so N_h and n_h vary together; the variance is that of unit totals of the
    linearised values. A stratum none of whose used rows is drawn drops out of that resample.

    Args:
        unit: int [n], the unit of each used row, 0 … M-1 among all units of phase 1.
        stratum: int [n], 0 … H-1, each occurring.
        population: int [M, H], sparse: phase-1 rows by unit and stratum.
        factor: float [n], weight beyond N_h/n_h; None: 1.
        looks: as in `Design`.
    """

    def __init__(
        self,
        unit: NDArray[np.int64],
        stratum: NDArray[np.int64],
        population: csr_array,
        factor: Floats | None = None,
        looks: int = 1,
    ) -> None:
        self.looks = looks
        self.rows = len(unit)
        self.units = len(np.unique(unit))
        self.unit, self.stratum, self.population = unit, stratum, population
        self.all_units = int(population.shape[0])
        self.factor = np.ones(self.rows) if factor is None else factor
        self.used = self._by_unit(np.ones(self.rows))  # [M, H]
        self.factors = self._by_unit(self.factor)
        sizes = np.bincount(stratum, minlength=int(population.shape[1]))
        self.weights = self.factor * (np.asarray(population.sum(axis=0)).ravel() / sizes)[stratum]

    def _by_unit(self, values: Floats) -> csr_array:
        return csr_array((values, (self.unit, self.stratum)), shape=self.population.shape)

    def moments(self, values: Floats) -> tuple[Floats, Floats]:
        """See `Design`."""
        mean, error = self._evaluate(np.ones((1, self.all_units)), values, True)
        return mean[0], error[0]

    def resample(self, values: Floats, resamples: int, seed: int, errors: bool = True) -> tuple[Floats, Floats]:
        """See `Design`."""
        first, width = np.zeros(self.all_units, dtype=np.int64), np.full(self.all_units, self.all_units)
        parts = [
            self._evaluate(counts_of_draws(stream(seed, "units", index), size, first, width), values, errors)
            for index, size in chunks(resamples, self.all_units)
        ]
        return np.concatenate([mean for mean, _ in parts]), np.concatenate([error for _, error in parts])

    def influence(self, values: Floats) -> tuple[Floats, Floats]:
        """See `Design`: one entry per unit of phase 1."""
        once = np.ones((1, self.all_units))
        psi = [self._unit_totals(once, column)[1][:, 0] for column in values.T]
        return np.stack(psi, axis=1), np.full(self.all_units, self.all_units / (self.all_units - 1))

    def _means(self, counts: Floats, values: Floats) -> Floats:
        """Weighted means [b, q] alone, from the weight of every row in every resample."""
        drawn = counts.T
        used = self.used.T @ drawn
        expand = (self.population.T @ drawn) / np.where(used > 0, used, 1.0)
        weights = (expand[self.stratum] * drawn[self.unit] * self.factor[:, None]).T
        return np.asarray(weights @ values / weights.sum(axis=1, keepdims=True))

    def _evaluate(self, counts: Floats, values: Floats, errors: bool) -> tuple[Floats, Floats]:
        if not errors:
            means = self._means(counts, values)
            return means, np.zeros_like(means)
        centres, spreads = [], []
        for column in values.T:
            mean, totals = self._unit_totals(counts, column)
            centres.append(mean)
            spreads.append((counts.T * totals * totals).sum(axis=0))
        correction = self.all_units / max(self.all_units - 1, 1)
        return np.stack(centres, axis=1), np.sqrt(correction * np.stack(spreads, axis=1))

    def _unit_totals(self, counts: Floats, column: Floats) -> tuple[Floats, Floats]:
        """Weighted mean [b] and each unit's linearised total [M, b], for counts [b, M] of units."""
        centre = float(self.weights @ column / self.weights.sum())
        sums = self._by_unit(self.factor * (column - centre))
        drawn = counts.T
        used = self.used.T @ drawn  # [H, b]
        present = used > 0
        rows = np.where(present, self.population.T @ drawn, 0.0)
        used = np.where(present, used, 1.0)
        expand = rows / used
        whole = (expand * (self.factors.T @ drawn)).sum(axis=0)
        mean = (expand * (sums.T @ drawn)).sum(axis=0) / whole
        scale = whole / rows.sum(axis=0)
        middle = (sums.T @ drawn - mean * (self.factors.T @ drawn)) / (used * scale)
        step = expand / rows.sum(axis=0)  # p_h / n_h
        totals = self.population @ (middle / rows.sum(axis=0))
        totals += sums @ (step / scale) - self.factors @ (step * mean / scale) - self.used @ (step * middle)
        return centre + mean, totals
