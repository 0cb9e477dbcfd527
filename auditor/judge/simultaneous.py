"""An interval chosen because it is the worst of several needs a higher level: 1 - .05/G for each of G."""

from __future__ import annotations

from statistics import NormalDist  # scipy.stats asks for torch, which rendering does without

from auditor.evidence.results import Interval


def widened(interval: Interval, value: float, items: int) -> Interval:
    """The interval at level 1 - (1 - level)/items.

    Wilson's is solved for the number of rows behind it and made again, exactly. Any other grows on each side by the ratio of
    the normal quantiles, an approximation that is said in `how`.

    Args:
        value: the estimate, inside the interval.
        items: how many intervals the worst is chosen from.
    """
    if items <= 1:
        return interval
    level = 1 - (1 - interval.level) / items
    before, after = (NormalDist().inv_cdf((1 + one) / 2) for one in (interval.level, level))
    how = f"{interval.how}; simultaneous over {items}"
    if interval.how.startswith("Wilson"):
        low, high = _wilson(interval, value, before, after)
        return Interval(low=low, high=high, level=level, how=how)
    ratio = after / before
    low, high = value - ratio * (value - interval.low), value + ratio * (interval.high - value)
    return Interval(low=low, high=high, level=level, how=f"{how}, widened by {ratio:.2f} (ratio of normal quantiles)")


def _wilson(interval: Interval, share: float, before: float, after: float) -> tuple[float, float]:
    """Each limit L solves (share - L)² = z² L (1 - L)/n: n follows from one limit, both limits from n at the other z."""
    limit = interval.low if share - interval.low > interval.high - share else interval.high  # the farther one is never 0 or 1
    count = before**2 * limit * (1 - limit) / (share - limit) ** 2
    centre = (share + after**2 / (2 * count)) / (1 + after**2 / count)
    half = after / (1 + after**2 / count) * (share * (1 - share) / count + after**2 / (4 * count**2)) ** 0.5
    return (0.0 if share <= 0 else max(0.0, centre - half)), (1.0 if share >= 1 else min(1.0, centre + half))
