"""What a run will cost, before it is run: forwards, backwards, disk, and a time from a few timed calls."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from auditor.evidence.allocation import first_look
from auditor.evidence.facts import MethodFacts
from auditor.explain._context import Explainer
from auditor.inputs.case_features import case_features
from auditor.inputs.model import TorchModel
from auditor.inputs.ownership import borrowed
from auditor.plan.fields import AuditPlan
from auditor.plan.read import PlanSource
from auditor.removal.calls import Calls
from auditor.run import prepare as facts
from auditor.run.passes import MEMBERS, PASSES
from auditor.run.presets import preset_costs
from auditor.run.ready import call_rows, filled, first_asked, members, threads_of
from auditor.run.robustness import corrupted_forwards
from auditor.run.subject import Subject, choose_device, open_subject, refuse_unknown_groups, units_of, usable_rows
from auditor.run.trust import trust_costs, trust_of


@dataclass(frozen=True)
class Forecast:
    """Cost of a run.

    Attributes:
        passes: (name, forwards, backwards) of each pass, in model rows; curves through ties cost more.
        disk_bytes: of the evidence, before compression.
        seconds: expected model time on this machine as it is now; None when it could not be timed.
        rows: rows per call.
        cases: explained, at most.
        methods: each method, whether it applies and why not.
        draws: each fill with its model rows per coalition; the passes count them.
    """

    passes: tuple[tuple[str, int, int], ...]
    disk_bytes: int
    seconds: float | None
    rows: int
    cases: int
    methods: tuple[MethodFacts, ...]
    draws: Mapping[str, int]

    @property
    def forwards(self) -> int:
        """Model rows forwards in all."""
        return sum(entry[1] for entry in self.passes)

    @property
    def backwards(self) -> int:
        """Model rows backwards in all."""
        return sum(entry[2] for entry in self.passes)


@dataclass(frozen=True)
class Trial:
    """A plan's model and data, opened and tried on a few rows.

    Attributes:
        first: the forward arguments it was tried on.
        rows: of every call.
        parts: members of an ensemble; 0 for any other model.
        usable: rows of the data that can be evaluated.
        cases: that are explained, at most.
        spots: largest number of features of a case.
    """

    subject: Subject
    model: TorchModel
    first: dict[str, Tensor]
    rows: int
    parts: int
    usable: int
    cases: int
    spots: int


@contextmanager
def tried(source: PlanSource) -> Iterator[Trial]:
    """Open model and data and probe them; the model is borrowed meanwhile."""
    subject = open_subject(source.plan, source.folder)
    with borrowed(subject.module, threads_of(source.plan)):
        subject.module.to(choose_device(source.plan.device))
        plan, data = subject.plan, subject.data
        chosen = usable_rows(data)
        samples = [data.sample(i) for i in range(len(data))] if plan.unit or plan.groups else []
        if plan.unit:
            units_of(plan, samples)
        refuse_unknown_groups(plan, samples)
        model, offered = first_asked(subject, chosen)
        first = model.receives(filled(offered, subject.fixed_rows or 1))
        yield Trial(
            subject=subject,
            model=model,
            first=first,
            rows=call_rows(plan, subject, model, first),
            parts=len(members(model, offered)),
            usable=len(chosen),
            cases=_most_cases(plan, len(model.classes), len(chosen)),
            spots=case_features(plan.data.features, data, chosen).spots,
        )


def _most_cases(plan: AuditPlan, classes: int, usable: int) -> int:
    """Cases explained; with a rule those of the last look there may be, if every class is predicted rightly and wrongly."""
    if isinstance(plan.samples, int):
        return min(plan.samples, usable)
    first = sum(first_look([usable] * (2 * classes), [stratum // 2 for stratum in range(2 * classes)]))
    return plan.samples.sizes(first, usable)[-1]


def forecast(source: PlanSource) -> Forecast:
    """Open model and data, probe and time them; nothing is written."""
    methods = facts.build_methods(source.plan)
    with tried(source) as trial:
        return _measure(trial, methods)


def _measure(trial: Trial, methods: dict[str, Explainer]) -> Forecast:
    parts, cases, spots = trial.parts, trial.cases, trial.spots
    plan = trial.subject.plan.with_samples(cases)
    draws = facts.fill_draws(plan)
    described = facts.method_facts(methods, trial.model, spots, draws)
    applicable = {fact.name: methods[fact.name] for fact in described if fact.applies}
    corrupted = corrupted_forwards(plan, trial.usable)
    passes = [("predictions", trial.usable * (1 + parts), 0), *([("corrupted rows", corrupted, 0)] if corrupted else [])]
    for name, observer in PASSES:
        forwards, backwards = observer.cost(applicable, spots, plan.primary.steps, draws)
        passes.append((name, forwards * cases, backwards * cases))
        if observer is MEMBERS and parts:
            passes.append(("members", forwards * cases * parts, backwards * cases * parts))
    passes.extend(trust_costs(trust_of(plan, trial.model, applicable, trial.first, spots), spots, trial.usable))
    passes.extend(preset_costs(plan, tuple(trial.subject.data.shape), applicable, cases))
    steps = min(plan.primary.steps, spots)
    floats = (
        (trial.usable * (1 + parts) + corrupted) * len(trial.model.classes)
        + cases * len(applicable) * spots * (1 + parts)
        + cases * len(draws) * (10 + 2 * len(applicable)) * 2 * (steps + 1)
    )
    forward, backward = seconds_per_row(trial.model, trial.first, trial.rows)
    seconds = sum(f * forward + b * backward for _, f, b in passes)
    return Forecast(tuple(passes), 4 * floats, seconds, trial.rows, cases, described, draws)


def seconds_per_row(model: TorchModel, first: dict[str, Tensor], rows: int) -> tuple[float, float]:
    """(forward, backward) seconds per row, each the faster of two calls of full size."""
    calls = Calls(model, rows)
    full = filled(first, rows)
    forward = _fastest(lambda: list(calls.logits([{name: value.clone() for name, value in full.items()}])))
    if "gradient" not in model.can:
        return forward / rows, 0.0
    point, logits_of = model.differentiable(full)
    every = torch.arange(rows, device=point.device)
    targets = torch.zeros_like(every)
    both = _fastest(lambda: list(calls.gradients([(point, every)], logits_of, targets)))
    return forward / rows, max(both - forward, 0.0) / rows


def _fastest(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        taken.append(time.perf_counter() - start)
    return min(taken[1:])
