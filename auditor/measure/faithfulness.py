"""Whether a method's order of features is the model's: deletion and insertion curves beside random orders.

Only deletion is stored. Insertion of an order is deletion of the reversed order read backwards: same fill, symmetric steps.
Per case: D, I the areas under deletion and insertion, R random orders in antithetic pairs; deletion gain d = mean random D - D,
insertion gain a = I - mean random I, margin m = d + a.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from auditor.evidence.results import NotEvaluated, Result, Samples
from auditor.measure._cases import Cases, Located, Path, PerSample, locate, paths
from auditor.measure._curves import POPULATION, Control, lost_cases, mean_curve, protocol_id, random_control
from auditor.measure._frame import Bools, Floats
from auditor.measure._results import bare, estimate, gaps, span_of
from auditor.measure._study import Study
from auditor.measure.statistics import sizes
from auditor.measure.statistics.design import Design
from auditor.measure.statistics.intervals import Bounded, Outcome, Unbounded, means, p_above_zero, signed, smooth

CURVES = ("deletion_curve", "insertion_curve", "deletion_difference", "insertion_difference")
MEANS = ("deletion_auc", "insertion_auc", "deletion_gain", "insertion_gain", "faithfulness_margin", "beats_random_share")
_SHARES = ("deletion_auc", "insertion_auc", "beats_random_share")
RANDOM = ("random_deletion_auc", "random_insertion_auc")
NAMES = (*CURVES, *MEANS, *RANDOM, "margin_p_value", "normalised_margin", "tie_share")
READS = ("samples", "predictions", "curves", "checks")


def measure(study: Study) -> Iterator[Result]:
    """Every result of this file, fill by fill: the control first, then each method of the plan."""
    located = locate(study.frame, study.reader.table("curves"), ("method", "fill", "order"))
    found = paths(located, study.frame.prepared.steps)
    for fill in [fact.name for fact in study.frame.prepared.fills]:
        control = random_control(found, fill)
        if control is None:
            yield from gaps([*CURVES[:2]], {"control": "random", "fill": fill}, "no random orders were stored for this fill")
            yield from gaps(RANDOM, {"fill": fill}, "no random orders were stored for this fill")
        else:
            yield from _control_results(study, located.cases, found, control, fill)
        for fact in study.frame.prepared.methods:
            where = {"method": fact.name, "fill": fill}
            pair = [found.get((fact.name, fill, order)) for order in ("descending", "ascending")]
            if control is None or pair[0] is None or pair[1] is None:
                yield from gaps(
                    [*CURVES, *MEANS, "margin_p_value", "normalised_margin"], where, _absent(fact.reason, located, where)
                )
                continue
            yield from _Measured(study, located, where, pair[0], pair[1], control).results()
    yield from _ties(study)


def _absent(reason: str, located: Located, where: dict[str, str]) -> str:
    failed = sum(n for (method, fill, _), n in located.failed.items() if (method, fill) == (where["method"], where["fill"]))
    return reason or (f"all {failed:,} stored curves failed" if failed else "no curves were stored for this method and fill")


def _control_results(
    study: Study, cases: Cases, found: dict[tuple[str, ...], Path], control: Control, fill: str
) -> Iterator[Result]:
    fraction = found[("", fill, "random:0")].fraction
    where = {"control": "random", "fill": fill}
    if not control.has.any():
        yield from gaps([*CURVES[:2]], where, "the random orders of every case failed")
        yield from gaps(RANDOM, {"fill": fill}, "the random orders of every case failed")
        return
    by_sample = PerSample(cases.row[control.has])
    design = study.case_design(by_sample.row)
    notes = [*lost_cases(control.has), *by_sample.notes]
    samples, score = study.samples(design, POPULATION), study.plan.primary.score
    for name, curve in (("deletion_curve", control.deletion), ("insertion_curve", control.insertion)):
        yield mean_curve(study, name, where, fraction, by_sample.mean(curve[control.has]), design, notes=notes)
    mean = by_sample.mean(control.areas.mean(axis=1)[control.has, None])
    outcomes, _, _ = means(design, mean, study.resamples(*RANDOM), study.seed)
    for name in RANDOM:
        yield estimate(name, {"fill": fill}, score, samples, outcomes[0], protocol=protocol_id(fill), notes=notes)


@dataclass(frozen=True)
class _Measured:
    """One method under one fill."""

    study: Study
    located: Located
    where: dict[str, str]
    descending: Path
    ascending: Path
    control: Control

    def results(self) -> Iterator[Result]:
        has = self.descending.has & self.ascending.has & self.control.has
        if not has.any():
            reason = "no case has all of its curves"
            yield from gaps([*CURVES, *MEANS, "margin_p_value", "normalised_margin"], self.where, reason)
            return
        by_sample = PerSample(self.located.cases.row[has])
        design = self.study.case_design(by_sample.row)
        notes = [*lost_cases(has), *by_sample.notes]
        deleted, inserted = self.descending.score[has], self.ascending.score[has, ::-1]
        curves = (
            deleted,
            inserted,
            deleted - self.control.deletion[has],
            inserted - self.control.insertion[has],
        )
        for name, values in zip(CURVES, curves, strict=True):
            mean = by_sample.mean(values)
            yield mean_curve(self.study, name, self.where, self.descending.fraction, mean, design, notes=notes)
        yield from self._estimates(has, by_sample, design, notes)

    @property
    def _units(self) -> list[str]:
        return ["fraction" if name == "beats_random_share" else self.study.plan.primary.score for name in MEANS]

    def _estimates(self, has: Bools, by_sample: PerSample, design: Design, notes: list[str]) -> Iterator[Result]:
        study, samples = self.study, self.study.samples(design, POPULATION)
        protocol = protocol_id(self.where["fill"])
        values = by_sample.mean(self._per_case(has))
        # margins and gains: none, since a p-value rests on the resamples themselves
        within = [span_of(name, unit) if name in _SHARES else None for name, unit in zip(MEANS, self._units, strict=True)]
        resamples = study.resamples(*MEANS, "margin_p_value")
        outcomes, stars, errors = means(design, values, resamples, study.seed, within=within)
        for name, unit, outcome in zip(MEANS, self._units, outcomes, strict=True):
            yield estimate(name, self.where, unit, samples, outcome, protocol=protocol, notes=notes)
        margin = MEANS.index("faithfulness_margin")
        yield self._p_value(design, values[:, margin], outcomes[margin], stars[:, margin], errors[:, margin], samples)
        span = by_sample.mean(self.descending.score[has, :1] - self.descending.score[has, -1:])
        yield self._normalised(design, np.concatenate([values[:, margin : margin + 1], span], axis=1), samples, notes)

    def _per_case(self, has: Bools) -> Floats:
        """[cases, len(MEANS)] in their order."""
        deletion, insertion, random = self.descending.area[has], self.ascending.area[has], self.control.areas[has]
        mean = random.mean(axis=1)
        beaten = (random > deletion[:, None]).mean(axis=1) + 0.5 * (random == deletion[:, None]).mean(axis=1)
        return np.stack([deletion, insertion, mean - deletion, insertion - mean, insertion - deletion, beaten], axis=1)

    def _p_value(
        self, design: Design, margin: Floats, outcome: Outcome, stars: Floats, errors: Floats, samples: Samples
    ) -> Result:
        name, protocol = "margin_p_value", protocol_id(self.where["fill"])
        if not isinstance(outcome, Bounded):
            return NotEvaluated(name=name, slice=self.where, reason=outcome.reason)
        if not len(stars):
            reason = f"fewer than {sizes.UNITS_BOOTSTRAP} independent units: no bootstrap of the margin"
            return NotEvaluated(name=name, slice=self.where, reason=reason)
        value, error = design.moments(margin[:, None])
        p = p_above_zero(float(value[0]), float(error[0]), stars, errors)
        note = f"One-sided, H0: margin ≤ 0, bootstrap-t, {len(stars):,} resamples; not adjusted for the number of methods."
        why = "a p-value; it has no interval"
        return bare(name, self.where, "probability", samples, p, why, protocol=protocol, notes=[note])

    def _normalised(self, design: Design, values: Floats, samples: Samples, notes: list[str]) -> Result:
        """Ratio of the mean margin to the mean of v(full) - v(empty)."""
        name, protocol = "normalised_margin", protocol_id(self.where["fill"])
        (margin, span), _ = design.moments(values)
        if span < sizes.SMALLEST_RANGE:
            outcome: Outcome = Unbounded(
                f"the mean score falls by only {signed(float(span))} when everything is removed; "
                f"at least {sizes.SMALLEST_RANGE} is needed to divide by (convention)"
            )
        else:
            gradient = np.array([1 / span, -margin / span**2])
            outcome = smooth(design, values, _ratio, gradient, self.study.resamples(name), self.study.seed)
        return estimate(name, self.where, "ratio", samples, outcome, protocol=protocol, notes=notes)


def _ratio(means_of: Floats) -> Floats:
    return means_of[..., 0] / means_of[..., 1]


def _ties(study: Study) -> Iterator[Result]:
    """Mean share of curve points that cut through tied features."""
    table = study.reader.table("checks")
    located = locate(study.frame, table.filter(np.asarray(table["name"].to_pylist()) == "tie_share"), ("method", "fill"))
    for (method, fill), rows in located.groups.items():
        values = np.asarray(located.table["value"], dtype=np.float64)[rows]
        by_sample = PerSample(located.cases.row[located.place[rows]])
        design = study.case_design(by_sample.row)
        where = {key: text for key, text in (("method", method), ("fill", fill)) if text}
        mean, within = by_sample.mean(values[:, None]), [span_of("tie_share", "fraction")]
        outcomes, _, _ = means(design, mean, study.resamples("tie_share"), study.seed, within=within)
        yield estimate("tie_share", where, "fraction", study.samples(design, POPULATION), outcomes[0])
