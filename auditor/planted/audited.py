"""One audit of a planted model, and what its rankings and verdicts say of the plant."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from auditor.evidence.clock import clocked
from auditor.evidence.results import RankedFeature, Ranking
from auditor.evidence.store import Reader
from auditor.inputs.datasets import open_data, wrap_data
from auditor.inputs.ownership import borrowed
from auditor.measure import rankings
from auditor.measure._frame import read_frame
from auditor.measure._study import Study
from auditor.plan import AuditPlan
from auditor.plan.read import check_plan
from auditor.run import prepare
from auditor.run.audit import compute
from auditor.run.directory import claim
from auditor.run.passes import GROUP
from auditor.run.subject import Subject, trainable

FILL = {"tabular": "mean", "image": "mean", "text": "mask_token"}
Rankings = Mapping[tuple[str, str], tuple[RankedFeature, ...]]
"""(method, class) → its features."""


@dataclass(frozen=True)
class Planted:
    """A model and rows to audit it on.

    Attributes:
        classes: names, in the order of the outputs.
        data: (inputs, labels), or the name of a file in `folder`.
        about: further keys of the plan's `data`.
        folder: where files of the data lie.
    """

    module: nn.Module
    classes: Sequence[str]
    data: Any
    modality: str
    about: Mapping[str, Any]
    folder: Path = Path()


def audited(planted: Planted, run: Path, options: Mapping[str, Any], further: Mapping[str, Any] | None = None) -> AuditPlan:
    """Compute the evidence of an audit; the models are so small that no check of the methods but what is asked for is made.

    Args:
        options: keys of the plan.
        further: methods that no file holds, by name.
    """
    factory = {} if isinstance(planted.data, str) else {"factory": "memory:data"}
    named = {"path": planted.data} if isinstance(planted.data, str) else factory
    plan = check_plan(
        {
            "name": "planted",
            "model": {"name": "planted", "factory": "memory:model", "classes": list(planted.classes)},
            "data": {"name": "planted", "modality": planted.modality, "ids": "plain", **named, **planted.about},
            "threads": 1,
            "examples": "none",
            **options,
        }
    )
    if isinstance(planted.data, str):
        data = open_data(plan.data, planted.classes, planted.folder)
    else:
        data = wrap_data(planted.data, planted.classes, "planted", planted.modality)
    subject = Subject(plan, planted.folder, planted.module, data, (), "in memory", (), trainable(planted.module))
    methods = {**prepare.build_methods(plan), **(further or {})}
    claim(run, plan, fresh=False)
    with clocked(run, None) as events, borrowed(planted.module, 1):
        compute(subject, run, methods, events, GROUP, move=False)
    return plan


def rankings_of(planted: Planted, methods: Iterable[str], seed: int) -> Rankings:
    """The ranking of each method and class; absent where there is none."""
    options = {
        "methods": list(methods),
        "samples": 400,
        "primary": {"steps": 2, "method": "integrated_gradients", "fill": FILL[planted.modality]},
        "trust": {"enabled": False},
        "seed": seed,
    }
    with tempfile.TemporaryDirectory(prefix="auditor-selftest-") as folder:
        run = Path(folder) / "run"
        plan = audited(planted, run, options)
        study = Study(Reader(run), plan, read_frame(Reader(run), plan))
        made = [one for one in rankings.measure(study) if isinstance(one, Ranking)]
    return {(one.slice["method"], one.slice["class"]): one.items for one in made}


def found_first(items: Sequence[RankedFeature], feature: str) -> bool:
    """Recovered: the point rank is 1 and the rank interval holds 1."""
    return any(one.feature == feature and one.rank == 1 and one.low == 1 for one in items)
