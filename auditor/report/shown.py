"""A result as it is printed: value, interval and n together, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.evidence.results import Estimate, NotEvaluated
from auditor.report.language.translate import say
from auditor.report.numbers import Format, count, narrow


@dataclass(frozen=True)
class Shown:
    """An estimate ready for print; exactly one of `value` and `reason` is not empty."""

    name: str
    """What was estimated, for the reader."""
    value: str
    """'99.7 %'; '' when not evaluated."""
    interval: str
    """'99.5 to 99.8 %'; '' when there is none."""
    no_interval: str
    """Why there is no interval; '' when there is one."""
    n: str
    """'5,000', or '500 in 120 units'."""
    reason: str
    """Why it was not evaluated; '' when it was."""
    how: str
    """How the interval was made."""

    @property
    def cell(self) -> str:
        """Value with interval in one table cell: '0.74 (0.71 to 0.77)'."""
        if self.reason:
            return "–"
        return f"{self.value} ({self.interval})" if self.interval else self.value

    @property
    def line(self) -> str:
        """Interval and n on one short line, made in the template: '98.8–99.4 %, n = 5,000'."""
        return say(f"{narrow(self.interval) or f'no interval: {self.no_interval}'}, n\u00a0=\u00a0{self.n}")


def shown(result: Estimate | NotEvaluated, name: str = "", unit: str | None = None, points: bool = False) -> Shown:
    """Format an estimate.

    Args:
        result: the estimate or the gap.
        name: its name for the reader; default: the name in the record.
        unit: print in this unit's style instead of the record's ('' for plain decimals).
        points: print a fraction as signed percentage points.
    """
    name = name or result.name
    if isinstance(result, NotEvaluated):
        return Shown(name, "", "", "", "", result.reason or "no reason was given", "")
    style = Format(result.unit if unit is None else unit, points)
    samples = result.samples
    n = count(samples.rows) if samples.units == samples.rows else f"{count(samples.rows)} in {count(samples.units)} units"
    interval = result.interval
    if interval is None:
        return Shown(name, style.value(result.value), "", result.no_interval, n, "", "")
    value = style.value(result.value, (interval.low, interval.high))
    return Shown(name, value, style.interval(interval.low, interval.high), "", n, "", interval.how)
