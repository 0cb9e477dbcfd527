"""The three outcomes of a bound on an interval, and the words they are told in."""

from __future__ import annotations

import math
from collections.abc import Iterable
from statistics import NormalDist

from auditor.evidence.findings import Status
from auditor.evidence.units import POINTS, WORDLESS

_PERCENT = ("fraction",)
_MOST = 12


def outcome(low: float, high: float, at_least: float | None, at_most: float | None) -> Status:
    """Met if every point of [low, high] satisfies the bounds (inclusive), not met if none does, else inconclusive."""
    floor = -math.inf if at_least is None else at_least
    ceiling = math.inf if at_most is None else at_most
    if floor <= low and high <= ceiling:
        return "met"
    if high < floor or low > ceiling or floor > ceiling:
        return "not met"
    return "inconclusive"


def shown(value: float, unit: str, digits: int = 4) -> str:
    """A number as a sentence needs it: '97.2 %' for a fraction, '2.1 pt' for a difference, else its digits and the unit.

    A fraction that is not 1 never reads as 100 %.
    """
    if unit in _PERCENT:
        while value != 1 and digits < _MOST and float(f"{100 * value:.{digits}g}") == 100:
            digits += 1
        return f"{100 * value:.{digits}g}\u00a0%".replace("-", "\u2212")
    if unit == POINTS:
        return f"{100 * value:.{digits}g}\u00a0pt".replace("-", "\u2212")
    suffix = "" if unit in WORDLESS else f"\u00a0{unit}"
    return f"{value:.{digits}g}{suffix}".replace("-", "\u2212")


def digits_apart(values: Iterable[float], unit: str) -> int:
    """Significant digits at which different values read differently: who reads 95 % must not wonder why it misses 95 %."""
    different = sorted(set(values))
    fits = (d for d in range(4, _MOST) if len({shown(value, unit, d) for value in different}) == len(different))
    return next(fits, _MOST)


def bound_text(at_least: float | None, at_most: float | None) -> str:
    """'≥ 0.98', '≤ 0.02', '0.9 to 1' or '= 0'."""
    if at_least is not None and at_least == at_most:
        return f"= {at_least:g}".replace("-", "\u2212")
    if at_least is not None and at_most is not None:
        return f"{at_least:g} to {at_most:g}".replace("-", "\u2212")
    return (f"≥ {at_least:g}" if at_least is not None else f"≤ {at_most:g}").replace("-", "\u2212")


def bound_words(at_least: float | None, at_most: float | None, unit: str, digits: int = 4) -> str:
    """The same in a sentence, in the unit of the value beside it: 'at least 98 %'."""
    if at_least is not None and at_least == at_most:
        return f"exactly {shown(at_least, unit, digits)}"
    parts = [f"{word} {shown(b, unit, digits)}" for word, b in (("at least", at_least), ("at most", at_most)) if b is not None]
    return " and ".join(parts)


def rows_to_decide(value: float, low: float, high: float, bound: float, rows: int) -> int | None:
    """About how many rows would decide, if the value stays: half-widths shrink with the root of the number of rows.

    Returns:
        None where the value lies on the bound: no number of rows decides that.
    """
    distance = abs(value - bound)
    toward = value - low if value > bound else high - value
    if distance <= 1e-12 or toward <= 0:
        return None
    return _rounded_up(rows * (toward / distance) ** 2)


def rows_for_p(p: float, level: float, rows: int) -> int | None:
    """About how many rows would bring a one-sided p down to `level`, if the value stays: z grows with the root of their number.

    Returns:
        None where the value lies on the wrong side of 0, or on it: no number of rows decides that.
    """
    if p >= 0.5:
        return None
    normal = NormalDist()
    return rows if p <= level else _rounded_up(rows * (normal.inv_cdf(1 - level) / normal.inv_cdf(1 - p)) ** 2)


def _rounded_up(exact: float) -> int:
    """To two significant digits."""
    digits = max(0, math.floor(math.log10(max(exact, 1))) - 1)
    step = int(10**digits)
    return math.ceil(exact / step * (1 - 1e-9)) * step
