"""Two independent groups: intervals of the difference and of the ratio of their shares, and the extremes of several groups."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

from auditor.measure.statistics import sizes
from auditor.measure.statistics.intervals import Bounded

_WIDEST = 1e12  # a ratio beyond which a limit counts as infinite


@dataclass(frozen=True)
class Share:
    """A share of hits with the number of independent rows it stands on, which need not be whole."""

    value: float
    count: float

    @property
    def hits(self) -> float:
        """Effective number of hits."""
        return self.value * self.count


def difference_limits(first: Bounded, second: Bounded) -> tuple[float, float]:
    """Limits of first - second from the two groups' own intervals.

    Source: Newcombe, 1998, "Interval estimation for the difference between independent proportions", method 10.
    """
    value = first.value - second.value
    down = math.hypot(first.value - first.low, second.high - second.value)
    up = math.hypot(first.high - first.value, second.value - second.low)
    return max(-1.0, value - down), min(1.0, value + up)


def ratio_limits(first: Share, second: Share, level: float = sizes.LEVEL) -> tuple[float, float]:
    """Limits of first/second by inverting the score test; 0 or infinity where a group has no hit.

    Source: Miettinen & Nurminen, 1985, with their variance factor N/(N - 1).
    """
    from scipy.stats import norm

    bound = float(norm.ppf((1 + level) / 2))
    if first.value <= 0 and second.value <= 0:
        return 0.0, math.inf
    low = 0.0 if first.value <= 0 else _crossing(first, second, bound)
    high = math.inf if second.value <= 0 else _crossing(first, second, -bound)
    return low, high


def _crossing(first: Share, second: Share, wanted: float) -> float:
    """The ratio at which the score is `wanted`; the score falls as the ratio grows."""
    from scipy.optimize import brentq

    def off(log_ratio: float) -> float:
        return _score(first, second, math.exp(log_ratio)) - wanted

    ends = math.log(1 / _WIDEST), math.log(_WIDEST)
    if off(ends[0]) <= 0:
        return 0.0
    if off(ends[1]) >= 0:
        return math.inf
    return math.exp(float(brentq(off, *ends, xtol=1e-12, rtol=1e-14)))


def _score(first: Share, second: Share, ratio: float) -> float:
    """(p1 - ratio·p0) over its standard error where p1 = ratio·p0 holds."""
    n1, n0, x1, x0 = first.count, second.count, first.hits, second.hits
    a, b, c = (n1 + n0) * ratio, -(n1 * ratio + x1 + n0 + x0 * ratio), x1 + x0
    # the smaller root, in the form that loses no digits
    p0 = min(2 * c / (-b + math.sqrt(max(b * b - 4 * a * c, 0.0))), 1.0)
    p1 = min(ratio * p0, 1.0)
    variance = (p1 * (1 - p1) / n1 + ratio**2 * p0 * (1 - p0) / n0) * (n1 + n0) / (n1 + n0 - 1)
    difference = first.value - ratio * second.value
    if variance <= 0:
        return math.copysign(math.inf, difference) if difference else 0.0
    return difference / math.sqrt(variance)


def pair_level(groups: int, level: float = sizes.LEVEL) -> float:
    """Level of each pair's interval so that all pairs of the groups hold together (Bonferroni)."""
    return 1 - (1 - level) / max(1, groups * (groups - 1) // 2)


def single_level(groups: int, level: float = sizes.LEVEL) -> float:
    """Level of each group's interval so that all groups hold together."""
    return 1 - (1 - level) / max(1, groups)


@dataclass(frozen=True)
class Extreme:
    """The largest of several, with limits for the largest true one; `between`: the names it was found at."""

    value: float
    low: float
    high: float
    between: tuple[str, ...]


def largest_gap(limits: Mapping[tuple[str, str], tuple[float, float]], values: Mapping[str, float]) -> Extreme:
    """The largest difference between any two groups.

    Args:
        limits: ordered pair (first, second) → limits of first - second, at `pair_level`; either order of a pair suffices.
        values: group → value.
    """
    both = dict(limits) | {(b, a): (-high, -low) for (a, b), (low, high) in limits.items()}
    highest, lowest = _ends(values)
    low = max(0.0, max(low for low, _ in both.values()))
    return Extreme(values[highest] - values[lowest], low, max(high for _, high in both.values()), (highest, lowest))


def smallest_ratio(shares: Mapping[str, Share], level: float) -> Extreme:
    """The lowest share over the highest, in [0, 1].

    Args:
        shares: group → share, none of them 0.
        level: of each pair, `pair_level`.
    """
    highest, lowest = _ends({name: share.value for name, share in shares.items()})
    limits = [ratio_limits(shares[a], shares[b], level) for a, b in permutations(shares, 2)]
    value = shares[lowest].value / shares[highest].value
    low, high = min(low for low, _ in limits), min(high for _, high in limits)
    return Extreme(value, min(low, value), min(1.0, max(high, value)), (lowest, highest))


def lowest(bounded: Mapping[str, Bounded], sign: int = 1) -> Extreme:
    """The lowest value (sign -1: the highest), with limits for the lowest true value, whichever group has it.

    Args:
        bounded: group → interval at `single_level`.
    """
    name = min(bounded, key=lambda one: sign * bounded[one].value)
    pick = min if sign > 0 else max
    low, high = pick(one.low for one in bounded.values()), pick(one.high for one in bounded.values())
    return Extreme(bounded[name].value, low, high, (name,))


def _ends(values: Mapping[str, float]) -> tuple[str, str]:
    """(highest, lowest); where all are equal, two different names."""
    names: Sequence[str] = sorted(values, key=lambda name: values[name])
    return names[-1], names[0]
