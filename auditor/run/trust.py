"""The checks that the methods' verdicts rest on: which can be made of this model and data, on which cases, at what cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from auditor.evidence.facts import TrustFacts
from auditor.explain._context import Explainer
from auditor.inputs.cascade import Cascades
from auditor.inputs.embedding_noise import noise_problem
from auditor.inputs.model import TorchModel
from auditor.inputs.randomised import Copies, Drawn, copy_problem
from auditor.observe._again import checked, half
from auditor.observe._setting import Observer
from auditor.observe.cascade import Cascade
from auditor.observe.controls import Controls
from auditor.observe.randomised import Randomised
from auditor.observe.stability import Noisy, OtherClass, Reseeded, draws, noise_deviation
from auditor.plan.bounds import DRAWN, further_fills
from auditor.plan.fields import AuditPlan
from auditor.removal.fill import Fill
from auditor.run.cascade import CASES, CascadeChoice, cascade_of
from auditor.run.job import Case, Job
from auditor.run.passes import Check
from auditor.run.prepare import build_fills, fill_draws, fill_facts
from auditor.run.ready import filled
from auditor.run.selection import Selection
from auditor.run.trust_reasons import reasons_against

MOVED = "the vectors that the model reads for words, one draw for the vocabulary"
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
        cascade: layers randomised one after the other, and for which methods.
        words: whether the noise moves the vectors that are read for words.
    """

    plan: AuditPlan
    methods: Mapping[str, Explainer]
    fills: tuple[str, ...]
    orders: tuple[str, ...]
    reasons: Mapping[str, str]
    drawn: Drawn | None
    cascade: CascadeChoice
    words: bool

    @property
    def seeds(self) -> tuple[str, ...]:
        """Methods that draw."""
        return tuple(name for name, method in self.methods.items() if draws(name, method))

    def passes(self, deviation: Tensor | None) -> Iterator[tuple[str, Observer, int]]:
        """(name, observer, which of `parts` it is for) in the order of the run.

        Args:
            deviation: of the input noise; None where only costs are asked for.
        """
        asked = self.plan.trust
        if "all" in self.reasons:
            return
        yield "controls", Controls(self.orders, self.fills, asked.infidelity), 1
        copies = Copies(self.plan.seed)
        for number in range(1, asked.copies + 1) if self.drawn else ():
            yield f"randomised-{number}", Randomised(number, copies), 0
        cascades = Cascades(self.cascade.levels, self.plan.seed)
        for level in range(1, len(self.cascade.levels) + 1):
            yield f"cascade-{level}", Cascade(level, self.cascade.methods, cascades), 2
        threshold = self.plan.model.threshold if self.plan.model.multi_label else None
        for number in range(1, asked.noise + 1) if "noise" not in self.reasons else ():
            yield f"noise-{number}", Noisy(number, deviation, threshold), 0
        if self.seeds:
            yield "seed-1", Reseeded(), 0
        if "other_class" not in self.reasons:
            yield "other-class", OtherClass(), 0

    @property
    def parts(self) -> tuple[int, int, int]:
        """Samples that are explained again, that have control curves, and that the cascade is made for."""
        asked, most = self.plan.trust, self.plan.most_samples
        return min(asked.cases, most), min(asked.curves, most), min(CASES, asked.cases, most)

    def facts(self, samples: Sequence[int], cases: Sequence[int], steps: int, fills: Mapping[str, Fill]) -> TrustFacts:
        """For the record.

        Args:
            samples: how many there are of each part.
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
            noise_on=MOVED if self.words and noise else "",
            cascade=self.cascade.titles,
            cascade_methods=self.cascade.methods,
            cascade_cases=samples[2] if self.cascade.levels else 0,
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
                "attributions": cases[0] * again
                + cases[1] * ("magnitude" in self.orders)
                + cases[2] * len(self.cascade.levels) * len(self.cascade.methods),
                "controls": cases[0] * methods * copies * 2 + cases[1] * curves,
            },
        )


def trust_of(
    plan: AuditPlan, model: TorchModel, methods: Mapping[str, Explainer], first: Mapping[str, Tensor], spots: int
) -> Trust:
    """What can be checked of the methods that apply; a first randomised copy is made and thrown away.

    Args:
        first: forward arguments of a few rows.
        spots: largest number of features of a case.
    """
    words = not next(iter(first.values())).is_floating_point()
    asked, drawn, cascade = plan.trust, None, CascadeChoice()
    reasons = reasons_against(plan, methods, noise_problem(model) if words else "", words)
    if not {"all", "copies"} & reasons.keys():
        problem, drawn = copy_problem(model, plan.seed)
        if problem:
            reasons["copies"] = problem
        else:
            cascade = cascade_of(plan, model, methods, first, spots, fill_draws(plan))
    if "all" not in reasons and (cascade.reason or not drawn):
        reasons["cascade"] = cascade.reason or reasons.get("copies", "")
    further = further_fills(tuple(fill_draws(plan)), asked.fills, plan.data.modality)
    orders = tuple(name for name in ORDERS[plan.data.modality] if name not in reasons)
    return Trust(plan, methods, further, orders, reasons, drawn, cascade, words)


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
    plan, data = job.plan.with_samples(len({case.row for case in cases})), job.subject.data
    first = job.model.receives(filled(data.arguments([cases[0].row if cases else 0]), job.subject.fixed_rows or 1))
    trust = trust_of(plan, job.model, methods, first, job.features.spots)
    fills = build_fills(plan, job.reference, data.encoding, trust.fills, words=job.words)
    on_device = {name: fill.to(job.model.device) for name, fill in fills.items()}
    rows = [set(np.flatnonzero(selected(samples).weight > 0).tolist()) for samples in trust.parts]
    parts = [[case for case in cases if case.row in chosen] for chosen in rows]
    deviation = None if "noise" in trust.reasons or job.reference is None else noise_deviation(job.reference)
    checks = [Check(name, observer, parts[part], on_device) for name, observer, part in trust.passes(deviation)]
    counts, pairs = ([len(found) for found in both] for both in (rows, parts))
    return trust.facts(counts, pairs, steps, fills), checks


def trust_costs(trust: Trust, spots: int, usable: int) -> list[tuple[str, int, int]]:
    """(pass, forwards, backwards) of the checks, for a forecast over so many usable rows."""
    plan, found = trust.plan, []
    rows_of = {name: plan.reference.draws if name in DRAWN else 1 for name in (*fill_draws(plan), *trust.fills)}
    for name, observer, part in trust.passes(None):
        forwards, backwards = observer.cost(trust.methods, spots, plan.primary.steps, rows_of)
        cases = min(trust.parts[part], usable)
        found.append((name, forwards * cases, backwards * cases))
    return found
