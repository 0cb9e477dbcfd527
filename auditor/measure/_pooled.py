"""A method's attributions by feature name: dense where every case has the same features, sparse where they differ.

A name may occur several times in a case (a word of a text). Its occurrences are features of their own in the removal game;
only here they become one, pooled as the method pools elements into a feature: summed with their sign, or averaged.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import csr_array

from auditor.evidence.facts import MethodFacts
from auditor.measure._cases import Located, lists
from auditor.measure._frame import Floats, Ints


@dataclass(frozen=True)
class Magnitudes:
    """Magnitudes of pooled attributions [cases, features].

    Attributes:
        values: dense, or sparse where features differ from case to case.
        occurs: 1 where a case has the feature, else absent; None where every case has every feature.
        names: of the features.
    """

    values: Floats | csr_array
    occurs: csr_array | None
    names: tuple[str, ...]

    @property
    def any(self) -> bool:
        """Whether anything was attributed at all."""
        stored = self.values.data if isinstance(self.values, csr_array) else self.values
        return bool(np.asarray(stored).any())

    @property
    def cases(self) -> Ints | None:
        """[features]: cases that have the feature; None where every case has every feature."""
        return None if self.occurs is None else np.bincount(self.occurs.indices, minlength=self.occurs.shape[1])

    def mean(self, weights: Floats) -> Floats:
        """[features]: weighted mean over the cases that have the feature; 0 where none of any weight has it."""
        total = np.asarray(weights @ self.values)
        if self.occurs is None:
            return np.asarray(total / weights.sum())
        mass = np.asarray(weights @ self.occurs)
        return np.asarray(np.divide(total, mass, out=np.zeros(len(total)), where=mass > 0))

    def of(self, cases: np.ndarray) -> Magnitudes:
        """The part of some cases."""
        return replace(self, values=self.values[cases], occurs=None if self.occurs is None else self.occurs[cases])

    def only(self, features: np.ndarray) -> Magnitudes:
        """The part of some features."""
        values, occurs = self.values[:, features], None if self.occurs is None else self.occurs[:, features]
        return Magnitudes(values, occurs, tuple(self.names[j] for j in np.arange(len(self.names))[features].tolist()))

    def dense(self) -> tuple[Floats, Floats | None]:
        """(magnitudes, occurrence), both [cases, features]; occurrence None where every case has every feature."""
        values = self.values.toarray() if isinstance(self.values, csr_array) else self.values
        return values, None if self.occurs is None else self.occurs.toarray()


@dataclass(frozen=True)
class Attributed:
    """One method's attributions by name; `row` and `target`: int [cases]; `failed`: cases that have none."""

    magnitudes: Magnitudes
    row: Ints
    target: Ints
    failed: int


def attributed(located: Located, fact: MethodFacts, common: tuple[str, ...]) -> Attributed:
    """The stored attributions of a method, aligned and pooled by name.

    Args:
        common: names of the features where all cases share them.
    """
    rows = located.groups.get((fact.name,), np.empty(0, dtype=np.int64))
    values, widths = lists(located.table, "values", rows)
    place = located.place[rows]
    own = located.table["names"].combine_chunks().take(pa.array(rows))
    if own.null_count == len(own) and (widths == len(common)).all():
        found = Magnitudes(np.abs(values).reshape(len(rows), len(common)), None, common)
    else:
        found = _by_name(own, values, widths, common, fact.pool)
    return Attributed(found, located.cases.row[place], located.cases.target[place], located.failed.get((fact.name,), 0))


def pooled(code: Ints, values: Floats, pool: str, shape: tuple[int, int]) -> tuple[csr_array, csr_array]:
    """(pooled values, occurrence), sparse [cases, names], of features given by `code` = case · names + name."""
    cell, where, times = np.unique(code, return_inverse=True, return_counts=True)
    sums: Floats = np.bincount(where, weights=values, minlength=len(cell)).astype(np.float64)
    if pool == "mean":
        sums = sums / times
    case, name = np.divmod(cell, shape[1])
    ends = np.searchsorted(case, np.arange(shape[0] + 1))
    return csr_array((sums, name, ends), shape=shape), csr_array((np.ones(len(cell)), name, ends), shape=shape)


def _by_name(own: pa.Array, values: Floats, widths: Ints, common: tuple[str, ...], pool: str) -> Magnitudes:
    case = np.repeat(np.arange(len(widths)), widths)
    spoken = pc.list_flatten(own)
    if own.null_count or len(spoken) != len(values):  # a row without names of its own has the common ones
        most = int(widths.max(initial=0))
        shared = [*common, *(f"feature {j + 1}" for j in range(len(common), most))]
        lists_of = [(names or shared)[:width] for names, width in zip(own.to_pylist(), widths.tolist(), strict=True)]
        spoken = pa.array([name for names in lists_of for name in names], pa.string())
    unique = np.sort(np.asarray(pc.unique(spoken).to_pylist(), dtype=object))
    index = np.asarray(pc.index_in(spoken, value_set=pa.array(unique, pa.string())), dtype=np.int64)
    sums, occurs = pooled(case * max(len(unique), 1) + index, values, pool, (len(widths), len(unique)))
    return Magnitudes(abs(sums), occurs, tuple(unique.tolist()))
