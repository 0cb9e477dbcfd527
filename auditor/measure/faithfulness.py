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
from auditor.measure._frame import Bools, Floats, Ints
from auditor.measure._results import bare, estimate, gaps, span_of
from auditor.measure._study import Study
from auditor.measure.statistics import sizes
from auditor.measure.statistics.design import Design
from auditor.measure.statistics.intervals import Bounded, Outcome, Unbounded, means, p_above_zero, signed, smooth

CURVES = ("deletion_curve", "insertion_curve", "deletion_difference", "insertion_difference")
MEANS = ("deletion_auc", "insertion_auc", "deletion_gain", "insertion_gain", "faithfulness_margin", "beats_random_share")
_SHARES = ("deletion_auc", "insertion_auc", "beats_random_share")
RANDOM = ("random_deletion_auc", "random_insertion_auc")
OF_CASES = (*MEANS, "margin_p_value", "normalised_margin")
NAMES = (*CURVES, *OF_CASES, *RANDOM)
NO_CURVES = "no case has all of its curves"
READS = ("samples", "predictions", "curves")


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
            made = _measured(study, located, found, where)
            if made is None:
                yield from gaps([*CURVES, *OF_CASES], where, _absent(fact.reason, located, where))
            else:
                yield from made.results()


def at_a_look(study: Study, name: str, where: dict[str, str]) -> tuple[Result, Ints, Floats]:
    """One result of `OF_CASES` alone, with what each sample contributes to it.

    Returns:
        the result; rows of the samples in the frame; their contributions [samples]: value − mean, of a ratio linearised, up
        to a factor.
    """
    located = locate(study.frame, study.reader.table("curves"), ("method", "fill", "order"))
    made = _measured(study, located, paths(located, study.frame.prepared.steps), where)
    if made is None:
        return gaps([name], where, _absent("", located, where))[0], np.empty(0, np.int64), np.empty(0)
    return made.alone(name)


def _measured(study: Study, located: Located, found: dict[tuple[str, ...], Path], where: dict[str, str]) -> _Measured | None:
    """A method under a fill; None where curves of it, or of the random orders, are missing."""
    forth, back = (found.get((where["method"], where["fill"], order)) for order in ("descending", "ascending"))
    control = random_control(found, where["fill"])
    return None if control is None or forth is None or back is None else _Measured(study, located, where, forth, back, control)


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

    @property
    def _has(self) -> Bools:
        return self.descending.has & self.ascending.has & self.control.has

    def alone(self, name: str) -> tuple[Result, Ints, Floats]:
        """See `at_a_look`."""
        has = self._has
        if not has.any():
            return gaps([name], self.where, NO_CURVES)[0], np.empty(0, np.int64), np.empty(0)
        by_sample = PerSample(self.located.cases.row[has])
        design = self.study.case_design(by_sample.row)
        made = {one.name: one for one in self._estimates(has, by_sample, design, [])}
        values = by_sample.mean(np.concatenate([self._per_case(has), self._span(has)], axis=1))
        (*level, span), _ = design.moments(values)
        if name == "normalised_margin":
            margin = MEANS.index("faithfulness_margin")
            ratio = level[margin] / span if abs(span) >= sizes.SMALLEST_RANGE else 0.0
            contributions = values[:, margin] - ratio * values[:, -1]
        else:
            contributions = values[:, MEANS.index(name)] - level[MEANS.index(name)]
        return made[name], by_sample.row, contributions

    def results(self) -> Iterator[Result]:
        has = self._has
        if not has.any():
            yield from gaps([*CURVES, *OF_CASES], self.where, NO_CURVES)
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
        both = np.concatenate([values[:, margin : margin + 1], by_sample.mean(self._span(has))], axis=1)
        yield self._normalised(design, both, samples, notes)

    def _span(self, has: Bools) -> Floats:
        """[cases, 1]: v(full) − v(empty)."""
        return self.descending.score[has, :1] - self.descending.score[has, -1:]

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
        p = min(1.0, design.looks * p_above_zero(float(value[0]), float(error[0]), stars, errors))
        note = f"One-sided, H0: margin ≤ 0, bootstrap-t, {len(stars):,} resamples; not adjusted for the number of methods."
        if design.looks > 1:
            note += f" Times {design.looks}, for the looks at a growing sample (Bonferroni)."
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
