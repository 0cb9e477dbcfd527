"""The checks that the methods' verdicts rest on: which can be made of this model and data, on which cases, at what cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from auditor.evidence.facts import TrustFacts
from auditor.explain._context import Explainer
from auditor.inputs.model import TorchModel
from auditor.inputs.randomised import Copies, Drawn, copy_problem
from auditor.inputs.rows import EvaluationSet
from auditor.observe._again import checked, half
from auditor.observe._setting import Observer
from auditor.observe.controls import Controls
from auditor.observe.randomised import Randomised
from auditor.observe.stability import Noisy, OtherClass, Reseeded, draws, noise_deviation
from auditor.plan.bounds import DRAWN
from auditor.plan.fields import AuditPlan
from auditor.removal.fill import Fill
from auditor.run.job import Case, Job
from auditor.run.passes import Check
from auditor.run.prepare import build_fills, fill_draws, fill_facts
from auditor.run.selection import Selection

FILLS = {"image": ("zeros", "blur", "mean"), "tabular": ("mean", "zeros", "marginal"), "series": ("zeros", "blur", "mean")}
"""What the fills of an audit are completed by, in this order, until there are `KINDS`; for texts there are too few."""
KINDS = 3
ORDERS = {
    "image": ("magnitude", "centre"),
    "tabular": ("magnitude",),
    "series": ("magnitude", "position"),
    "text": ("position",),
}
"""Model-free orders that make sense for a modality."""


@dataclass(frozen=True)
class Trust:
    """The checks of one audit.

    Attributes:
        methods: those that apply to the model.
        fills: names of further fills.
        orders: model-free ones.
        reasons: what cannot be checked, and why.
        drawn: what a randomised copy is made of; None where there are none.
    """

    plan: AuditPlan
    methods: Mapping[str, Explainer]
    fills: tuple[str, ...]
    orders: tuple[str, ...]
    reasons: Mapping[str, str]
    drawn: Drawn | None

    @property
    def seeds(self) -> tuple[str, ...]:
        """Methods that draw."""
        return tuple(name for name, method in self.methods.items() if draws(name, method))

    def passes(self, deviation: Tensor | None) -> Iterator[tuple[str, Observer, bool]]:
        """(name, observer, whether for the cases that are explained again) in the order of the run.

        Args:
            deviation: of the input noise; None where only costs are asked for.
        """
        asked = self.plan.trust
        if "all" in self.reasons:
            return
        yield "controls", Controls(self.orders, self.fills, asked.infidelity), False
        copies = Copies(self.plan.seed)
        for number in range(1, asked.copies + 1) if self.drawn else ():
            yield f"randomised-{number}", Randomised(number, copies), True
        threshold = self.plan.model.threshold if self.plan.model.multi_label else None
        for number in range(1, asked.noise + 1) if "noise" not in self.reasons else ():
            yield f"noise-{number}", Noisy(number, deviation, threshold), True
        if self.seeds:
            yield "seed-1", Reseeded(), True
        if "other_class" not in self.reasons:
            yield "other-class", OtherClass(), True

    def facts(self, samples: tuple[int, int], cases: tuple[int, int], steps: int, fills: Mapping[str, Fill]) -> TrustFacts:
        """For the record.

        Args:
            samples: how many are explained again, and how many have control curves.
            cases: the same in (sample, class) pairs.
            steps: K of the audit's curves.
            fills: the further ones.
        """
        if "all" in self.reasons:
            return TrustFacts(reasons=dict(self.reasons))
        asked, drawn = self.plan.trust, self.drawn or Drawn(0, (), ())
        copies, noise = asked.copies if self.drawn else 0, 0 if "noise" in self.reasons else asked.noise
        other, methods = "other_class" not in self.reasons, len(checked(self.methods))
        again = methods * (copies + noise + other) + len(self.seeds)
        curves = 2 * (len(self.orders) + len(self.fills) * methods)
        return TrustFacts(
            cases=samples[0],
            curve_cases=samples[1],
            copies=copies,
            noise=noise,
            other_class=other,
            seeds=self.seeds,
            orders=self.orders,
            fills=fill_facts(fills),
            steps=half(steps),
            removals=asked.infidelity,
            drawn=drawn.tensors,
            permuted=drawn.permuted,
            untouched=drawn.untouched,
            reasons=dict(self.reasons),
            rows={
                "attributions": cases[0] * again + cases[1] * ("magnitude" in self.orders),
                "controls": cases[0] * methods * copies * 2 + cases[1] * curves,
            },
        )


def trust_of(plan: AuditPlan, model: TorchModel, methods: Mapping[str, Explainer], data: EvaluationSet) -> Trust:
    """What can be checked of the methods that apply; a first randomised copy is made and thrown away."""
    asked, reasons, drawn = plan.trust, _reasons(plan, methods, data), None
    if not {"all", "copies"} & reasons.keys():
        problem, drawn = copy_problem(model, plan.seed)
        if problem:
            reasons["copies"] = problem
    own = tuple(fill_draws(plan))
    wanted = FILLS.get(plan.data.modality, ()) if asked.fills is None else asked.fills
    further = [name for name in dict.fromkeys(wanted) if name not in own]
    most = max(0, KINDS - len(own)) if asked.fills is None else len(further)
    orders = tuple(name for name in ORDERS[plan.data.modality] if name not in reasons)
    return Trust(plan, methods, tuple(further[:most]), orders, reasons, drawn)


def _reasons(plan: AuditPlan, methods: Mapping[str, Explainer], data: EvaluationSet) -> dict[str, str]:
    asked = plan.trust
    if not asked.enabled:
        return {"all": "the plan switches these checks off (`trust.enabled: false`)"}
    if not checked(methods):
        return {"all": "no method of the plan but controls applies to this model"}
    found = {}
    if not asked.copies:
        found["copies"] = "the plan asks for no weight-randomised copies (`trust.copies: 0`)"
    if not data.dtype.is_floating_point:
        found["noise"] = "the model reads whole numbers, to which no little noise can be added"
        found["magnitude"] = "the model reads whole numbers that stand for words or kinds: they have no distance from the fill"
    elif not asked.noise:
        found["noise"] = "the plan asks for no noisy inputs (`trust.noise: 0`)"
    if not asked.other_class:
        found["other_class"] = "the plan does not ask for it (`trust.other_class: false`)"
    return found


def prepared_trust(
    job: Job, methods: Mapping[str, Explainer], cases: Sequence[Case], selected: Callable[[int], Selection], steps: int
) -> tuple[TrustFacts, list[Check]]:
    """The facts of the checks, and the passes to run.

    Args:
        methods: those that apply.
        cases: every explained case.
        selected: number of samples -> the selection of so many: a larger one contains the smaller.
        steps: K of the audit's curves.
    """
    plan, data = job.plan, job.subject.data
    trust = trust_of(plan, job.model, methods, data)
    fills = build_fills(plan, job.reference, data.encoding, trust.fills)
    on_device = {name: fill.to(job.model.device) for name, fill in fills.items()}
    wanted = (min(plan.trust.cases, plan.samples), min(plan.trust.curves, plan.samples))
    rows = [set(np.flatnonzero(selected(samples).weight > 0).tolist()) for samples in wanted]
    parts = [[case for case in cases if case.row in chosen] for chosen in rows]
    deviation = None if "noise" in trust.reasons or job.reference is None else noise_deviation(job.reference)
    checks = [
        Check(name, observer, parts[0] if few else parts[1], on_device) for name, observer, few in trust.passes(deviation)
    ]
    counts, pairs = ([len(found) for found in both] for both in (rows, parts))
    return trust.facts((counts[0], counts[1]), (pairs[0], pairs[1]), steps, fills), checks


def trust_costs(trust: Trust, spots: int, usable: int) -> list[tuple[str, int, int]]:
    """(pass, forwards, backwards) of the checks, for a forecast over so many usable rows."""
    plan, found = trust.plan, []
    rows_of = {name: plan.reference.draws if name in DRAWN else 1 for name in (*fill_draws(plan), *trust.fills)}
    for name, observer, few in trust.passes(None):
        forwards, backwards = observer.cost(trust.methods, spots, plan.primary.steps, rows_of)
        cases = min(plan.trust.cases if few else plan.trust.curves, plan.samples, usable)
        found.append((name, forwards * cases, backwards * cases))
    return found
