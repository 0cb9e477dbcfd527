"""Limits of a mean of values with a natural range, for where resampling gives none worth the name: hardly any case differs.

Of all values between 0 and 1 with the same mean, those that are only 0 and 1 spread most. So the exact limits of a share
serve such a mean too, wider than needed (a convention), on the rows that weights and units leave. Resampling fails there: a
resample that misses the few cases that differ has no spread, and its pivot no bound.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from auditor.measure.statistics import sizes
from auditor.measure.statistics.design import Design, Floats, design_effect
from auditor.measure.statistics.wilson import effective_count

Range = tuple[float, float]
"""Smallest and largest value there can be; 0 lies between them or is one of them."""
FLAT = 1e-6
"""Share of its range within which a column counts as constant: as float32 its values hold no more."""


def as_of_shares(
    design: Design, values: Floats, within: Sequence[Range | None], missing: Sequence[bool], level: float
) -> Iterator[tuple[int, tuple[float, float]]]:
    """(column, limits) of each column that has a range and no interval, or one that rests on too few cases.

    Args:
        values: [rows, q]. within: range of each column; empty: none has any.
        missing: whether there is no interval.
    """
    if not within:
        return
    few = spreading(design, values) < sizes.SPREADING
    for j, span in enumerate(within):
        if span is None:
            continue
        flat = np.ptp(values[:, j]) <= FLAT * (span[1] - span[0])
        if missing[j] or few[j] or flat:
            yield j, as_of_a_share(design, values[:, j], span, level)


def spreading(design: Design, values: Floats) -> Floats:
    """[q]: how many equal units would make the spread of each column [rows, q]: (Σψ²)²/Σψ⁴; 0 where there is none."""
    psi, weight = design.influence(values)
    second, fourth = weight @ np.square(psi), weight @ psi**4
    return np.divide(np.square(second), fourth, out=np.zeros_like(second), where=fourth > 0)


def as_of_a_share(design: Design, values: Floats, within: Range, level: float = sizes.LEVEL) -> tuple[float, float]:
    """Limits of the weighted mean of `values` [rows]; of signed ones both parts, each at a level at which both hold."""
    rows = effective_count(0.0, 0.0, design.rows, design.units, design_effect(design.weights))
    both = within[0] < 0 < within[1]
    own = (1 + level) / 2 if both else level
    limits = []
    for part, most in ((np.maximum(values, 0.0), within[1]), (np.maximum(-values, 0.0), -within[0])):
        share = float(design.weights @ part / design.weights.sum()) / most if most > 0 else 0.0
        low, high = clopper_pearson(min(share, 1.0), rows, own) if most > 0 else (0.0, 0.0)
        limits.append((low * most, high * most))
    (low, high), (below, above) = limits
    return low - above, high - below


def clopper_pearson(share: float, count: float, level: float = sizes.LEVEL) -> tuple[float, float]:
    """Exact limits of a share; neither it times `count` nor `count` need be whole.

    Source: Clopper & Pearson, 1934; with an effective count: Korn & Graubard, 1998.
    """
    tail, hits = (1 - level) / 2, share * count
    return min(exact_lower(hits, count, tail), share), max(exact_upper(hits, count, tail), share)


def exact_lower(hits: float, count: float, tail: float) -> float:
    """The share at which `hits` of `count`, or more, have the probability `tail`; 0 where there are none."""
    from scipy.stats import beta

    return 0.0 if hits <= 0 else float(beta.ppf(tail, hits, count - hits + 1))


def exact_upper(hits: float, count: float, tail: float) -> float:
    """The share at which `hits` of `count`, or fewer, have the probability `tail`; 1 where all are hits."""
    from scipy.stats import beta

    return 1.0 if hits >= count else float(beta.ppf(1 - tail, hits + 1, count - hits))
