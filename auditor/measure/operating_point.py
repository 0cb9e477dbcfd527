"""A decision at the plan's threshold: its rates, its predictive values at the stated prevalence, and what others would cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from auditor.evidence.results import Curve, Result, Samples
from auditor.measure._decisions import Decision, at_threshold, probability
from auditor.measure._frame import Bools, Floats
from auditor.measure._results import bare, estimate, gaps, tidied, tidy
from auditor.measure._study import Study
from auditor.measure.statistics import sizes
from auditor.measure.statistics.intervals import Bounded, Outcome, means, proportion
from auditor.measure.statistics.thresholds import share_band
from auditor.plan.group_fields import Costs, OperatingPoint

SHARES = ("recall", "specificity", "precision", "negative_predictive_value")
SWEEPS = ("recall_by_threshold", "specificity_by_threshold", "cost_by_threshold")
NAMES = (*SHARES, "prevalence", "decided_share", "expected_cost", *SWEEPS)
READS = ("samples", "predictions")
GRID = np.arange(101) / 100
_ENTRIES = 4_000_000


def measure(study: Study) -> Iterator[Result]:
    """Every result of this file; nothing where the plan sets no operating point."""
    point, decision = study.plan.operating_point, at_threshold(study)
    if point is None or decision is None:
        return
    where, known = decision.where, decision.known
    if not known.any():
        yield from gaps(NAMES, where, "no evaluated row has a label")
        return
    whole = "all evaluated rows" if known.all() else "all evaluated rows with a label"
    yield _prevalence(study, decision, whole)
    yield from _shares(study, decision, whole)
    yield from _sweeps(study, point, decision, whole)


def _prevalence(study: Study, decision: Decision, whole: str) -> Result:
    name, where, known = "prevalence", decision.where, decision.known
    design = study.row_design(known)
    declared = (study.plan.prevalence or {}).get(where["class"])
    if declared is not None and study.frame.sets is None:
        why = "declared in the plan, not estimated"
        return bare(name, where, "fraction", study.samples(design, whole), declared, why)
    note = "Share of this file; where the population of use has another, so are both predictive values."
    outcome = proportion(design, decision.holds[known].astype(np.float64))
    return estimate(name, where, "fraction", study.samples(design, whole), outcome, notes=[note])


def _shares(study: Study, decision: Decision, whole: str) -> Iterator[Result]:
    called, holds, known, where = decision.called, decision.holds, decision.known, decision.where
    declared = study.plan.prevalence and study.frame.sets is None
    notes = ["At the declared prevalence." if declared else "At the prevalence of this file."]
    questions: tuple[tuple[str, Bools, Bools, str, list[str]], ...] = (
        ("recall", known & holds, called, "rows of the class", []),
        ("specificity", known & ~holds, ~called, "rows of the other classes", []),
        ("precision", known & called, holds, "rows decided for the class", notes),
        ("negative_predictive_value", known & ~called, ~holds, "rows decided against the class", notes),
        ("decided_share", known, called, whole, notes),
    )
    for name, domain, hit, population, said in questions:
        if not domain.any():
            yield from gaps([name], where, f"no evaluated row is among the {population}")
            continue
        design = study.row_design(domain)
        outcome = proportion(design, hit[domain].astype(np.float64))
        yield estimate(name, where, "fraction", study.samples(design, population), outcome, notes=said)


def _sweeps(study: Study, point: OperatingPoint, decision: Decision, whole: str) -> Iterator[Result]:
    """Rates and cost at every hundredth and at the plan's threshold."""
    known = decision.known
    grid = np.unique(np.append(GRID, point.threshold))
    score = probability(study.frame, study.frame.classes.index(point.positive))[known]
    holds, where = decision.holds[known], {"class": point.positive}
    reason = sizes.too_few(int(min(holds.sum(), (~holds).sum())), sizes.PROPORTION, "rows with or without the class")
    if reason:
        yield from gaps(SWEEPS, where, reason)
        return
    samples = study.samples(study.row_design(known), whole)
    called = score[:, None] >= grid
    for name, asked, hit in ((SWEEPS[0], holds, called), (SWEEPS[1], ~holds, ~called)):
        band = _rates(study, np.flatnonzero(known)[asked], hit[asked])
        yield _curve(name, where, samples, grid, band, "Wilson at each threshold")
    if point.costs is None:
        return
    yield from _costs(study, point, decision, samples, (grid, called))


def _rates(study: Study, rows: np.ndarray, hit: Bools) -> tuple[Floats, Floats, Floats]:
    return share_band(study.entry_design(rows), hit, np.ones_like(hit))


def _cost(called: Bools, holds: Bools, costs: Costs) -> Floats:
    """[rows, thresholds]: what each decision costs."""
    return np.where(called & ~holds[:, None], costs.false_positive, 0.0) + np.where(
        ~called & holds[:, None], costs.false_negative, 0.0
    )


def _costs(
    study: Study, point: OperatingPoint, decision: Decision, samples: Samples, at: tuple[Floats, Bools]
) -> Iterator[Result]:
    """Mean cost of a row at the operating point, and at every threshold; `at`: thresholds, and who is called at each."""
    grid, called = at
    design, holds = study.row_design(decision.known), decision.holds[decision.known]
    step = max(1, _ENTRIES // max(design.rows, 1))
    outcomes: list[Outcome] = []
    means_of: list[Floats] = []
    for first in range(0, len(grid), step):
        cost = _cost(called[:, first : first + step], holds, point.costs or Costs())
        outcomes += means(design, cost, study.resamples("expected_cost"), study.seed)[0]
        means_of.append(design.moments(cost)[0])
    mean, place = np.concatenate(means_of), int(np.flatnonzero(grid == point.threshold)[0])
    yield estimate("expected_cost", decision.where, "cost per row", samples, outcomes[place])
    low, high = (
        np.array([getattr(one, end) if isinstance(one, Bounded) else value for one, value in zip(outcomes, mean, strict=True)])
        for end in ("low", "high")
    )
    least = np.flatnonzero(mean <= mean.min() * (1 + 1e-12))
    ends = f"{grid[least[0]]:g}" if len(least) == 1 else f"{grid[least[0]]:g} to {grid[least[-1]]:g}"
    note = f"Lowest at {ends}: {mean.min():.4g} per row. Chosen on these rows, so the true cost there is likely higher."
    how = "bootstrap-t at each threshold" if isinstance(outcomes[place], Bounded) else "no band"
    where = {"class": point.positive}
    yield _curve(SWEEPS[2], where, samples, grid, (mean, low, high), how, unit="cost per row", notes=(note,))


def _curve(
    name: str,
    where: Mapping[str, str],
    samples: Samples,
    grid: Floats,
    band: tuple[Floats, Floats, Floats],
    how: str,
    *,
    unit: str = "fraction",
    notes: tuple[str, ...] = (),
) -> Curve:
    return Curve(
        name=name,
        slice=dict(where),
        unit=unit,
        samples=samples,
        notes=notes,
        x=tuple(tidy(float(value)) for value in grid),
        y=tidied(band[0]),
        low=tidied(band[1]),
        high=tidied(band[2]),
        x_name="threshold of the probability",
        how=how,
    )
