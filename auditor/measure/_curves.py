"""Mean curves with bands, and the random orders every method is measured beside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from auditor.evidence.results import Curve, NotEvaluated, Result
from auditor.measure._cases import Path
from auditor.measure._frame import Bools, Floats
from auditor.measure._results import tidied
from auditor.measure._study import Study
from auditor.measure.statistics import sizes
from auditor.measure.statistics.design import Design
from auditor.measure.statistics.intervals import Bounded, Unbounded, means

POPULATION = "selected cases, weighted to all evaluated rows"
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
    """Mean curve with a pointwise band."""
    outcomes, _, _ = means(design, values, sizes.RESAMPLES, study.seed, least=sizes.CURVE)
    if isinstance(outcomes[0], Unbounded) and outcomes[0].reason.startswith("too few"):
        return NotEvaluated(name=name, slice=where, reason=outcomes[0].reason)
    mean, _ = design.moments(values)
    score = study.plan.primary.score
    low, high = _RANGE.get(score, (-np.inf, np.inf))
    if name.endswith("difference"):
        low, high = low - high, high - low
    limits = [(o.low, o.high) if isinstance(o, Bounded) else (m, m) for o, m in zip(outcomes, mean, strict=True)]
    lows, highs = np.clip(np.array(limits), low, high).T
    bounded = [o.how for o in outcomes if isinstance(o, Bounded)]
    return Curve(
        name=name,
        slice=where,
        unit=score,
        samples=study.samples(design, POPULATION),
        protocol=protocol_id(where["fill"]),
        notes=tuple(notes),
        x=tidied(fraction),
        y=tidied(mean),
        low=tidied(lows),
        high=tidied(highs),
        x_name="fraction of features inserted" if name.startswith("insertion") else "fraction of features removed",
        how=bounded[0] if bounded else "no point of the curve varies between cases",
    )
