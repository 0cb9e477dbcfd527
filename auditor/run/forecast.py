"""What a run will cost, before it is run: forwards, backwards, disk, and a time from a few timed calls."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from auditor.evidence.facts import MethodFacts
from auditor.explain._context import Explainer
from auditor.inputs.features import build_features
from auditor.inputs.model import TorchModel, activation_bytes
from auditor.inputs.ownership import borrowed
from auditor.plan.read import PlanSource
from auditor.removal.calls import Calls
from auditor.removal.rows import rows_per_call
from auditor.run import prepare as facts
from auditor.run.passes import PASSES
from auditor.run.subject import Subject, choose_device, first_row, open_subject


@dataclass(frozen=True)
class Forecast:
    """Cost of a run.

    Attributes:
        passes: (name, forwards, backwards) of each pass, in model rows; curves through ties cost more.
        disk_bytes: of the evidence, before compression.
        seconds: expected model time on this machine as it is now; None when it could not be timed.
        rows: rows per call.
        methods: each method, whether it applies and why not.
        draws: each fill with its model rows per coalition; the passes count them.
    """

    passes: tuple[tuple[str, int, int], ...]
    disk_bytes: int
    seconds: float | None
    rows: int
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


def forecast(source: PlanSource) -> Forecast:
    """Open model and data, probe and time them; nothing is written."""
    methods = facts.build_methods(source.plan)
    subject = open_subject(source.plan, source.folder)
    threads = torch.get_num_threads() if source.plan.threads == "auto" else source.plan.threads
    with borrowed(subject.module, threads):
        subject.module.to(choose_device(source.plan.device))
        return _measure(subject, methods)


def _measure(subject: Subject, methods: dict[str, Explainer]) -> Forecast:
    plan, data = subject.plan, subject.data
    usable = data.problems.count("")
    model = TorchModel(subject.module, plan.model.classes, plan.model.head, plan.model.output)
    first = {"x": model.receives(first_row(data))}
    with torch.no_grad():
        model.logits({"x": first["x"].clone()})
    model.choose_layout(first)
    model.probe(first)
    rows = rows_per_call(activation_bytes(model.module, first["x"]), model.device.type) if plan.rows == "auto" else plan.rows
    spots = build_features(plan.data.features, first["x"].shape[1:], plan.data.modality, data.encoding.columns)[0].spots
    draws = facts.fill_draws(plan)
    described = facts.method_facts(methods, model, spots, draws)
    applicable = {fact.name: methods[fact.name] for fact in described if fact.applies}
    cases = min(plan.samples, usable)
    passes = [("predictions", usable, 0)]
    for name, observer in PASSES:
        forwards, backwards = observer.cost(applicable, spots, plan.primary.steps, draws)
        passes.append((name, forwards * cases, backwards * cases))
    steps = min(plan.primary.steps, spots)
    floats = (
        usable * len(model.classes)
        + cases * len(applicable) * spots
        + cases * len(draws) * (10 + 2 * len(applicable)) * 2 * (steps + 1)
    )
    forward, backward = _seconds_per_row(model, first["x"], rows)
    seconds = sum(f * forward + b * backward for _, f, b in passes)
    return Forecast(tuple(passes), 4 * floats, seconds, rows, described, draws)


def _seconds_per_row(model: TorchModel, x: Tensor, rows: int) -> tuple[float, float]:
    """(forward, backward) seconds per row, each the faster of two calls of full size."""
    calls = Calls(model, rows)
    full = x.expand(rows, *x.shape[1:]).clone()
    forward = _fastest(lambda: list(calls.logits([{"x": full.clone()}])))
    if "gradient" not in model.can:
        return forward / rows, 0.0
    _, logits_of = model.differentiable({"x": full})
    targets = torch.zeros(rows, dtype=torch.int64, device=full.device)
    both = _fastest(lambda: list(calls.gradients([(full, torch.arange(rows, device=full.device))], logits_of, targets)))
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
