"""From numbers to results: rounding that no machine's last bit survives, gaps with their reason."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from auditor.evidence.csv_text import csv_bytes as csv_bytes
from auditor.evidence.results import Estimate, Interval, NotEvaluated, Result, Samples
from auditor.measure.statistics.bounded import Range
from auditor.measure.statistics.intervals import Bounded, Outcome
from auditor.plan.bounds import RANGES

Slice = Mapping[str, str]
BOUNDED = frozenset({"fraction", "probability", "correlation"})
"""Units in which the standard ranges hold; areas and margins of logits have none."""


def span_of(name: str, unit: str) -> Range | None:
    """Smallest and largest value a result can have, None where it has none."""
    least, most = RANGES.get(name, (-math.inf, math.inf)) if unit in BOUNDED else (-math.inf, math.inf)
    return (least, most) if math.isfinite(most - least) else None


def tidy(value: float) -> float:
    """Ten significant digits: sums in another order of a few units in the last place give the same report."""
    return float(f"{value:.10g}") + 0.0


def tidied(values: NDArray[np.float64]) -> tuple[float, ...]:
    """`tidy` of each."""
    return tuple(tidy(float(value)) for value in values)


def estimate(
    name: str, where: Slice, unit: str, samples: Samples, outcome: Outcome, *, protocol: str = "", notes: Sequence[str] = ()
) -> Result:
    """An estimate with its interval, or the gap."""
    if not isinstance(outcome, Bounded):
        return NotEvaluated(name=name, slice=dict(where), reason=outcome.reason)
    interval = _possible(name, unit, outcome)
    return Estimate(
        name=name,
        slice=dict(where),
        unit=unit,
        samples=samples,
        value=tidy(outcome.value),
        interval=interval,
        protocol=protocol,
        notes=tuple(notes),
    )


def _possible(name: str, unit: str, outcome: Bounded) -> Interval:
    """The interval, cut where it leaves the values the result can have: what is cut off covers nothing."""
    low, high, how = tidy(outcome.low), tidy(outcome.high), outcome.how
    least, most = RANGES.get(name, (-math.inf, math.inf)) if unit in BOUNDED else (-math.inf, math.inf)
    if least <= outcome.value <= most and (low < least or high > most):
        low, high = max(low, least), min(high, most)
        how += f", cut to the possible values {least:g} to {most:g}"
    return Interval(low=low, high=high, how=how)


def bare(
    name: str,
    where: Slice,
    unit: str,
    samples: Samples,
    value: float,
    why: str,
    *,
    protocol: str = "",
    notes: Sequence[str] = (),
) -> Estimate:
    """An estimate that has no interval, and why."""
    return Estimate(
        name=name,
        slice=dict(where),
        unit=unit,
        samples=samples,
        value=tidy(value),
        no_interval=why,
        protocol=protocol,
        notes=tuple(notes),
    )


def gaps(names: Iterable[str], where: Slice, reason: str) -> list[Result]:
    """The same gap under each name."""
    back = reason.startswith("withheld")
    return [NotEvaluated(name=name, slice=dict(where), reason=reason, withheld=back) for name in names]
