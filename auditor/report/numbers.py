"""Numbers as people read them: 99.7 %, +3.1 pt, 0.74 (0.71 to 0.77), 5,000. Every number of the document is written here."""

from __future__ import annotations

import math

THIN = "\u00a0"
"""A no-break space between a number and its unit."""

_PERCENT = {"fraction", "share", "proportion"}
_POINTS = {"points", "point", "fraction difference", "difference"}
_PLAIN = {"", "probability", "index", "ratio", "score", "rank", "normalised"}


def count(value: float) -> str:
    """5000 → '5,000'."""
    return f"{round(value):,}"


def minus(text: str) -> str:
    """Replace a hyphen used as a sign with a minus; a zero carries no sign."""
    if text.startswith("-") and not any(digit in text for digit in "123456789"):
        text = text[1:]
    return text.replace("-", "\u2212")


def percent(value: float, sign: bool = False) -> str:
    """0.9968 → '99.7'; a value that is not exactly 0 or 1 is never rounded to 0 or 100."""
    digits = 1
    while digits < 4 and round(abs(value) * 100, digits) in (0.0, 100.0) and abs(value) not in (0.0, 1.0):
        digits += 1
    return minus(f"{value * 100:{'+' if sign else ''}.{digits}f}")


def decimal(value: float, sign: bool = False) -> str:
    """0.7412 → '0.74'; 0.0041 → '0.0041'; 41234.5 → '41,234'; at least two significant digits."""
    mark = "+" if sign else ""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else "–"
    size = abs(value)
    if size >= 1000:
        return minus(f"{value:{mark},.0f}")
    if size >= 100:
        return minus(f"{value:{mark}.1f}")
    if size >= 0.095:
        return minus(f"{value:{mark}.2f}")
    if size >= 0.0001:
        return minus(f"{value:{mark}.{1 - math.floor(math.log10(size))}f}")
    mantissa, exponent = f"{value:{mark}.1e}".split("e")
    return minus(f"{mantissa}·10") + "".join(_RAISED[digit] for digit in str(int(exponent)))


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
        plain = self.percent or self.points or unit in _PLAIN or unit in ("count", "rows")
        self.suffix = f"{THIN}%" if self.percent else f"{THIN}pt" if self.points else "" if plain else f"{THIN}{unit}"
        self.whole = unit in ("count", "rows")

    def bare(self, value: float) -> str:
        """The number without its unit."""
        if self.whole and value == round(value):
            return count(value)
        if self.percent or self.points:
            return percent(value, sign=self.points)
        return decimal(value)

    def value(self, value: float) -> str:
        """The number with its unit."""
        return self.bare(value) + self.suffix

    def interval(self, low: float, high: float) -> str:
        """'99.5 to 99.8 %'."""
        return f"{self.bare(low)} to {self.bare(high)}{self.suffix}"


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


def digest(sha256: str, groups: int = 3) -> str:
    """The first groups of four hexadecimal digits: '325e 0773 529b …'."""
    shown = THIN.join(sha256[place : place + 4] for place in range(0, 4 * groups, 4))
    return f"{shown}{THIN}…" if len(sha256) > 4 * groups else shown
