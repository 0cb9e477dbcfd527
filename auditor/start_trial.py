"""One batch through a first plan: what the outputs are, how images were normalised, and whether the classes fit the labels."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from scipy.stats import binom
from torch import Tensor

from auditor.errors import AuditError, UserCodeError
from auditor.inputs.model import TorchModel
from auditor.inputs.opening import open_model
from auditor.inputs.outputs import declared_kind_problem, scores_of
from auditor.inputs.ownership import borrowed
from auditor.plan.fields import AuditPlan
from auditor.plan.read import check_plan
from auditor.run.ready import filled
from auditor.run.subject import open_subject, usable_rows

ROWS = 50
KINDS = ("probabilities", "log_probabilities", "logits")
IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
LEVEL = 0.05


@dataclass(frozen=True)
class Trial:
    """What one batch showed.

    Attributes:
        plan: the mapping of the plan, outputs and preprocessing filled in.
        right, of: predictions that equal their labels, of how many labelled rows.
        chance: share that guessing the most frequent class would get.
        remarks: what the user should know, one sentence each.
    """

    plan: dict[str, Any]
    right: int
    of: int
    chance: float
    remarks: tuple[str, ...]

    @property
    def above_chance(self) -> bool:
        """Whether that many right ones would be rare (below 5 %) by guessing."""
        return self.of > 0 and float(binom.sf(self.right - 1, self.of, self.chance)) < LEVEL


def try_plan(plan: dict[str, Any], folder: Path) -> Trial:
    """Run up to 50 rows through the model; of images try common normalisations where none is stated.

    Raises:
        AuditError: model or data cannot be opened, or do not fit each other.
    """
    plan = _with_outputs(plan, folder)
    trials = [_run(candidate, folder) for candidate in _candidates(plan)]
    best = max(trials, key=lambda trial: (trial.right, -trials.index(trial)))
    if len(trials) > 1:
        text = ", ".join(str(trial.right) for trial in trials)
        alike = len({trial.right for trial in trials}) == 1
        found = "do equally well" if alike else f"give {text} right of {best.of}; the best is in the plan"
        said = f"no preprocessing is stated; {len(trials)} common ones {found}: state what the model was trained with"
        best = replace(best, remarks=(*best.remarks, said))
    return best


def _candidates(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    image = plan["data"].get("image") or {}
    if plan["data"].get("modality") != "image" or "factory" in plan["data"] or _arrays(plan) or "mean" in image:
        yield plan
        return
    for scale in ({}, {"mean": [0.5], "std": [0.5]}, IMAGENET, {"divide_by": 1}):
        made = copy.deepcopy(plan)
        made["data"]["image"] = {**image, **scale}
        yield made


def _arrays(plan: dict[str, Any]) -> bool:
    return str(plan["data"].get("path", "")).endswith((".npz", ".npy"))


def _opened(plan: dict[str, Any], folder: Path) -> tuple[AuditPlan, Any, dict[str, Tensor], list[int]]:
    checked = check_plan(plan)
    subject = open_subject(checked, folder)
    usable = usable_rows(subject.data)
    draw = np.random.default_rng(0).permutation(len(usable))[:ROWS]
    rows = sorted(usable[i] for i in draw)
    return subject.plan, subject, subject.data.arguments(rows), rows


def _with_outputs(plan: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The plan with class names for every output, the head, and the kind of output."""
    made = copy.deepcopy(plan)
    model = made["model"]
    own = open_model(check_plan(_namable(made)).model, folder) if not model.get("classes") else None
    if own is not None and own.classes:
        model["classes"] = list(own.classes)
    probe = check_plan(_namable(made))
    subject = open_subject(probe, folder)
    offered = subject.data.arguments(usable_rows(subject.data)[:ROWS])
    with borrowed(subject.module), torch.no_grad():
        bare = TorchModel(subject.module, probe.model.classes)
        bare.choose_arguments(offered)
        rows = filled(offered, subject.fixed_rows) if subject.fixed_rows else offered
        received = bare.receives(rows)
        try:
            bare.logits({key: value.clone() for key, value in received.items()})
        except UserCodeError:
            raise
        except AuditError:
            pass  # what its outputs are is found out below
        returned = bare.call(received)
    names = model.get("classes") or []
    width = returned.shape[-1] if isinstance(returned, Tensor) and returned.ndim == 2 else 0
    if width > len(names) and all(name.isdecimal() and int(name) < width for name in names):
        names = model["classes"] = [str(number) for number in range(width)]  # the data hold some of the classes
    problems = []
    for width, head in ((len(names), "softmax"), (2, "sigmoid")):
        try:
            scores = scores_of(returned, width, head, "logits")
        except AuditError as error:
            problems.append(error)
            continue
        model["head"] = head
        kind = next(kind for kind in KINDS if declared_kind_problem(scores, head, kind) is None or kind == "logits")
        model["output"] = kind
        return {**made, "model": {k: v for k, v in model.items() if (k, v) not in (("head", "softmax"), ("output", "logits"))}}
    raise problems[0]  # it is about the classes as they are


def _namable(plan: dict[str, Any]) -> dict[str, Any]:
    """The plan with two class names in place where it has none, so that model and data can be opened."""
    made = copy.deepcopy(plan)
    if not made["model"].get("classes") and "path" not in made["model"]:
        made["model"]["classes"] = ["0", "1"]
    return made


def _run(plan: dict[str, Any], folder: Path) -> Trial:
    checked, subject, offered, rows = _opened(plan, folder)
    declared = checked.model
    with borrowed(subject.module), torch.no_grad():
        model = TorchModel(subject.module, declared.classes, declared.head, declared.output)
        model.choose_arguments(offered)
        size = subject.fixed_rows or len(rows)
        calls = ({name: value[i : i + size] for name, value in offered.items()} for i in range(0, len(rows), size))
        logits = torch.cat([model.logits(model.receives(filled(call, size))) for call in calls])
    labels = subject.data.labels[rows].numpy()
    predicted = logits.argmax(1).numpy()[: len(labels)]
    known = labels >= 0
    right, of = int((predicted == labels)[known].sum()), int(known.sum())
    every = subject.data.labels.numpy()
    counts = np.bincount(every[every >= 0], minlength=1)
    chance = max(float(counts.max() / max(1, counts.sum())), 1 / len(declared.classes))
    return Trial(plan, right, of, chance, tuple(_remarks(predicted[known], labels[known], declared.classes, chance)))


def _remarks(predicted: np.ndarray, labels: np.ndarray, classes: tuple[str, ...], chance: float) -> Iterator[str]:
    if len(labels) == 0:
        yield "the data bring no labels: accuracy cannot be measured"
        return
    right = int((predicted == labels).sum())
    if float(binom.sf(right - 1, len(labels), chance)) < LEVEL:
        return
    yield "this looks like wrong preprocessing or class order: guessing the most frequent class would do as well"
    table = np.zeros((len(classes), len(classes)))
    np.add.at(table, (predicted, labels), 1)
    said, meant = linear_sum_assignment(-table)
    if table[said, meant].sum() >= max(0.85 * len(labels), right + 3 * math.sqrt(len(labels)) / 2):
        pairs = [(s, m) for s, m in zip(said, meant, strict=True) if s != m and table[s, m] > 0]
        shown = ", ".join(f"{classes[s]} for {classes[m]}" for s, m in pairs[:4])
        yield f"in another order the same outputs would fit: the model says {shown}; check the order under `classes:`"
