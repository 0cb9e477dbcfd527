"""Numbers as people read them: 99.7 %, +3.1 pt, 0.74 (0.71 to 0.77), 5,000. Every number of the document is written here."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Decimal

from auditor.evidence.units import WORDLESS, resolution

THIN = "\u00a0"
"""A no-break space between a number and its unit."""

_PERCENT = {"fraction", "share", "proportion"}
_POINTS = {"points", "point", "fraction difference", "difference"}


def count(value: float) -> str:
    """5000 → '5,000'."""
    return f"{round(value):,}"


def minus(text: str) -> str:
    """Replace a hyphen used as a sign with a minus; a zero carries no sign."""
    if text[:1] in ("-", "+") and not any(digit in text for digit in "123456789"):
        text = text[1:]
    return text.replace("-", "\u2212")


def percent(value: float, sign: bool = False, digits: int = 1, guard: bool = True) -> str:
    """0.9968 → '99.7'; a share that is not exactly 0 or 1 is never rounded to 0 or 100: '>99.99'.

    Args:
        value: a fraction.
        sign: write a plus too.
        digits: decimals.
        guard: False for the limits of an interval, which may round to 100.
    """
    if guard and not sign and 0 < value < 1:
        while digits < 2 and round(value * 100, digits) in (0.0, 100.0):
            digits += 1
        if round(value * 100, digits) in (0.0, 100.0):
            return f"<{10.0**-digits:.{digits}f}" if value < 0.5 else f">{100 - 10.0**-digits:.{digits}f}"
    return minus(f"{_rounded(100 * value, digits):{'+' if sign else ''}.{digits}f}")


def decimal(value: float, digits: int | None = None) -> str:
    """0.7412 → '0.74'; 0.0041 → '0.0041'; 41234.5 → '41,234'; at least two significant digits unless `digits` are asked for."""
    size = abs(value)
    if not math.isfinite(value):
        return "–"
    if digits is None:
        if size < 1e-9:
            return "0"
        digits = 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 0.095 else 1 - math.floor(math.log10(size))
    if digits > 5:
        mantissa, exponent = f"{value:.1e}".split("e")
        return minus(f"{mantissa}·10") + "".join(_RAISED[digit] for digit in str(int(exponent)))
    return minus(f"{_rounded(value, digits):,.{digits}f}")


def _rounded(value: float, digits: int) -> Decimal:
    """A value as it is written, 0.6375 and not 0.63749999…, to so many decimals; halves go to the even digit."""
    return Decimal(f"{value:.12g}").quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN)


def with_interval(value: float, low: float, high: float) -> str:
    """'0.74 (0.71–0.77)', all three to the same decimals, for narrow columns."""
    digits = resolution(low, high)
    return narrow(f"{decimal(value, digits)} ({decimal(low, digits)} to {decimal(high, digits)})")


def narrow(text: str) -> str:
    """Write '0.71 to 0.77' as '0.71–0.77' unless a sign is in it, which a dash would hide."""
    return text if any(sign in text for sign in "\u2212+") else text.replace(" to ", "–")


_RAISED = dict(zip("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True))


def pair(value: float) -> str:
    """A probability in a table: always two decimals, so that columns line up."""
    return minus(f"{value:.2f}")


class Format:
    """How values of one unit are written.

    Args:
        unit: unit of the result, as in the record.
        points: write fractions as percentage points with a sign (differences).
    """

    def __init__(self, unit: str, points: bool = False) -> None:
        self.percent = unit in _PERCENT and not points
        self.points = unit in _POINTS or (points and unit in _PERCENT)
        plain = self.percent or self.points or unit in WORDLESS
        self.suffix = f"{THIN}%" if self.percent else f"{THIN}pt" if self.points else "" if plain else f"{THIN}{unit}"
        self.whole = unit in ("count", "rows")

    def bare(self, value: float, digits: int | None = None, guard: bool = True) -> str:
        """The number without its unit."""
        if self.whole and value == round(value):
            return count(value)
        if self.percent or self.points:
            return percent(value, sign=self.points, digits=1 if digits is None else min(3, max(1, digits - 2)), guard=guard)
        return decimal(value, digits)

    def value(self, value: float, interval: tuple[float, float] | None = None) -> str:
        """The number with its unit, to the decimals its interval allows."""
        return self.bare(value, resolution(*interval) if interval else None) + self.suffix

    def interval(self, low: float, high: float) -> str:
        """'99.5 to 99.8 %'; limits may round to 100 and a lower one to 0, an upper one never to 0."""
        digits = resolution(low, high)
        return f"{self.bare(low, digits, guard=False)} to {self.bare(high, digits, guard=high < 0.5)}{self.suffix}"


def size(value: int) -> str:
    """1234567 bytes → '1.2 MB'."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if value >= factor:
            return f"{value / factor:.1f}{THIN}{unit}"
    return f"{value}{THIN}bytes"


def short_count(value: int) -> str:
    """412345 → '0.41 M'; used on page one only."""
    if value >= 1e9:
        return f"{value / 1e9:.2f}{THIN}billion"
    return f"{value / 1e6:.2f}{THIN}M" if value >= 1e5 else count(value)


def digest(sha256: str, length: int = 12) -> str:
    """The first hexadecimal digits: '325e0773529b…'."""
    return f"{sha256[:length]}…" if len(sha256) > length else sha256
