"""Methods that look right and explain nothing: do the criteria catch them, and leave those alone that follow the weights?"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import torch
from torch import nn

from auditor.evidence.findings import Finding
from auditor.explain._context import Attribution, Context
from auditor.judge.verdict import NO
from auditor.observe.controls import MODEL_FREE
from auditor.planted.audited import Planted, audited
from auditor.planted.digits import CLASSES, TRAINED, digits
from auditor.planted.training import drawn, initialised, trained
from auditor.report.build import build_report

OPTIONS = {
    "methods": [{"integrated_gradients": {"steps": 16}}, "guided_backprop"],
    "primary": {"steps": 10, "fill": "zeros"},
    "samples": 120,
    "trust": {"noise": 0, "other_class": False, "infidelity": 0},
}


ABOUT = {"features": {"kind": "grid", "size": 1}}


@dataclass(frozen=True)
class Distance:
    """|x − fill|: it sees the input and never the model."""

    title: ClassVar[str] = "Distance from the fill"
    citation: ClassVar[str] = "none"
    failings: ClassVar[str] = "never asks the model"
    unit: ClassVar[str] = "none"
    needs: ClassVar[frozenset[str]] = frozenset()
    complete: ClassVar[bool] = False
    signed: ClassVar[bool] = False
    pool: ClassVar[Literal["sum", "mean"]] = "mean"
    level: ClassVar[Literal["element", "feature"]] = "feature"

    def cost(self, features: int) -> tuple[int, int]:
        """See `Explainer`."""
        return 0, 0

    def attribute(self, context: Context) -> Attribution:
        """The distance of each feature from its fill."""
        return Attribution(MODEL_FREE["magnitude"](context).to(context.batch.x), {})


def shallow(generator: torch.Generator) -> nn.Module:
    """Two layers of eight filters, ten digits."""
    return initialised(nn.Sequential(*_layer(1, 8), *_layer(8, 8), nn.Flatten(), nn.Linear(512, 10)), generator)


def deep(generator: torch.Generator) -> nn.Module:
    """Four layers of 32 filters, ten digits: of many filters, guided backpropagation gives the picture back.

    Source: Nie, Zhang & Patel, 2018, "A theoretical explanation for perplexing behaviors of backpropagation-based
    visualizations".
    """
    layers = (*_layer(1, 32), *_layer(32, 32), nn.MaxPool2d(2), *_layer(32, 32), *_layer(32, 32))
    return initialised(nn.Sequential(*layers, nn.Flatten(), nn.Linear(512, 10)), generator)


def _layer(before: int, after: int) -> tuple[nn.Module, nn.Module]:
    return nn.Conv2d(before, after, 3, padding=1), nn.ReLU()


NETWORKS = {"shallow": shallow, "deep": deep}


def verdicts(seed: int, network: str) -> list[bool]:
    """Whether: |x − fill| beats random order, and is "do not rely on" all the same, does not meet V2, nor V3; guided
    backpropagation does not meet V3, and is "do not rely on"; integrated gradients meet V3.
    """
    generator = drawn(seed)
    x, y = digits()
    order = torch.randperm(len(x), generator=generator)
    x, y = x[order], y[order]
    model = trained(NETWORKS[network](generator), x[:TRAINED], y[:TRAINED], 80, rate=0.003, rows=64)
    planted = Planted(model, CLASSES, (x[TRAINED : TRAINED + 300], y[TRAINED : TRAINED + 300]), "image", ABOUT)
    with tempfile.TemporaryDirectory(prefix="auditor-selftest-") as folder:
        run = Path(folder) / "run"
        audited(planted, run, {**OPTIONS, "seed": seed}, {"distance": Distance()})
        findings = {one.id: one for one in build_report(run).findings if one.kind == "verdict"}
    distance, guided, paths = (findings[f"verdict-{name}"] for name in ("distance", "guided_backprop", "integrated_gradients"))
    return [
        _status(distance, "V1") == "met",
        NO in distance.statement,
        _status(distance, "V2") != "met",
        _status(distance, "V3") != "met",
        _status(guided, "V3") != "met",
        NO in guided.statement,
        _status(paths, "V3") == "met",
    ]


def _status(verdict: Finding, criterion: str) -> str:
    return next(one.status for one in verdict.criteria if one.id == criterion)
