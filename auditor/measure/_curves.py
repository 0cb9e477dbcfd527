"""Mean curves with bands, and the random orders every method is measured beside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from auditor.evidence.results import Curve, NotEvaluated, Result
from auditor.measure._cases import Path
from auditor.measure._frame import Bools, Floats
from auditor.measure._results import tidied
from auditor.measure._study import Study
from auditor.measure.statistics import sizes
from auditor.measure.statistics.bounded import spreading
from auditor.measure.statistics.design import Design, at_each_look
from auditor.measure.statistics.intervals import Bounded, Outcome, Unbounded, means, student

POPULATION = "selected cases, weighted to all evaluated rows"
STUDENT = "Student t: hardly any case differs"
_RANGE = {"probability": (0.0, 1.0)}


def protocol_id(fill: str) -> str:
    """Id of the protocol all curves of a fill share."""
    return f"curves, fill {fill}"


@dataclass(frozen=True)
class Control:
    """The random orders of one fill: mean deletion and insertion score [cases, points], areas [cases, R]."""

    deletion: Floats
    insertion: Floats
    areas: Floats
    has: Bools


def random_control(found: dict[tuple[str, ...], Path], fill: str) -> Control | None:
    """Mean over complete antithetic pairs. A reversed order's deletion is its twin's insertion read backwards."""
    numbers = {
        int(order.split(":")[1]) for method, of, order in found if method == "" and of == fill and order.startswith("random:")
    }
    pairs = [n for n in sorted(numbers) if n % 2 == 0 and n + 1 in numbers]
    if not pairs:
        return None
    orders = [found[("", fill, f"random:{n + twin}")] for n in pairs for twin in (0, 1)]
    deletion = np.mean([order.score for order in orders], axis=0)
    areas = np.stack([order.area for order in orders], axis=1)
    return Control(deletion, deletion[:, ::-1], areas, np.all([order.has for order in orders], axis=0))


def lost_cases(has: Bools) -> list[str]:
    lost = int((~has).sum())
    return [f"{lost:,} of {len(has):,} cases left out: a curve of theirs failed or is not stored."] if lost else []


def mean_curve(
    study: Study, name: str, where: dict[str, str], fraction: Floats, values: Floats, design: Design, *, notes: list[str]
) -> Result:
    """Mean of `values` [rows, points], which stand in the curve's own order, with a pointwise band.

    `fraction` [points] is the share removed. A step may divide the features unevenly, so the share inserted is what removal
    leaves, not the same list.
    """
    inserted = name.startswith("insertion")
    score = study.plan.primary.score
    span = _RANGE.get(score)
    if span and name.endswith("difference"):
        span = (span[0] - span[1], span[1] - span[0])
    points = values.shape[1]
    outcomes, _, _ = means(design, values, sizes.RESAMPLES, study.seed, least=sizes.CURVE, within=[span] * points)
    if isinstance(outcomes[0], Unbounded) and outcomes[0].reason.startswith("too few"):
        return NotEvaluated(name=name, slice=where, reason=outcomes[0].reason)
    mean, error = design.moments(values)
    if span is None:  # nothing bounds what a resample without the few cases that differ leaves open
        level, _ = at_each_look(design, sizes.LEVEL)
        few, (low, high) = spreading(design, values) < sizes.SPREADING, student(mean, error, design.units, level)
        for j, one in enumerate(outcomes):
            if few[j] or isinstance(one, Unbounded):
                outcomes[j] = Bounded(float(mean[j]), float(low[j]), float(high[j]), STUDENT)
    limits = np.array([(one.low, one.high) for one in outcomes if isinstance(one, Bounded)])
    if name.endswith("difference"):
        limits[[0, -1]] = mean[[0, -1], None]  # all or nothing is removed: every order is the same one
    lows, highs = np.clip(limits, *(span or (-np.inf, np.inf))).T
    return Curve(
        name=name,
        slice=where,
        unit=score,
        samples=study.samples(design, POPULATION),
        protocol=protocol_id(where["fill"]),
        notes=tuple(notes),
        x=tidied(1 - fraction[::-1] if inserted else fraction),
        y=tidied(mean),
        low=tidied(lows),
        high=tidied(highs),
        x_name="fraction of features inserted" if inserted else "fraction of features removed",
        how=_how(outcomes),
    )


def _how(outcomes: Sequence[Outcome]) -> str:
    """How the limits of most points were made, then those of the others."""
    found = Counter(one.how for one in outcomes if isinstance(one, Bounded))
    (how, _), *others = found.most_common()
    return "; ".join([how, *(f"at {count} of {len(outcomes)} points: {other}" for other, count in others)])
