"""Models with a planted truth. They are made and audited in `auditor.planted`, which loads torch; nothing here does."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

import numpy as np

from auditor.evidence.selftest import Mode
from auditor.judge.signals import Q
from auditor.selftest.cell import MODELS, Aim, Cell
from auditor.selftest.tolerance import ABSENT, RECOVERY, Described, Largest, Rule, Share, Values

METHODS = ("integrated_gradients", "input_x_gradient", "occlusion", "kernel_shap", "saliency")
VERDICTS: Mapping[Mode, int] = {"quick": 1, "full": 30}
DEEP: Mapping[Mode, int] = {"quick": 1, "full": 100}
CLEAN: Mapping[Mode, int] = {"quick": 5, "full": 500}
MORE: Mapping[Mode, int] = {"quick": 10, "full": 250}
"""Where a hundred models leave a method at the edge of what it has to find."""
NUMBERS: Mapping[Mode, int] = {"quick": 2, "full": 10}
FEW = "a class ranking is a mean over the class: it cannot show what moves a few of its rows"
BASELINE = "baseline 0 is what a row without the mark has there, so only rows with the mark count"
DEAD = "gradients at pixels that are always 0 stay as they were drawn: this method ranks them all the same"
SHALLOW = "with few filters its maps do change with the weights; the criterion then has nothing to object"


def _planted(seed: int, count: int, *, plant: str, **options: float | str) -> Values:
    """[1, columns] of one model; `plant`: module and function in `auditor.planted`."""
    module, _, function = plant.partition(":")
    made = getattr(importlib.import_module(f"auditor.planted.{module}"), function)
    return np.array([made(seed + repetition, **options) for repetition in range(count)], dtype=np.float64)


def _cell(
    name: str,
    kind: str,
    aims: tuple[Aim, ...],
    options: Mapping[str, float | str],
    repetitions: Mapping[Mode, int] = MODELS,
    *needs: str,
) -> Cell:
    return Cell(name, kind, _planted, aims, options, repetitions, 1, ("torch", *needs))


def _by_method(asked: str, rules: Mapping[str, Rule | tuple[Rule, str]]) -> tuple[Aim, ...]:
    """One check per method; a rule may come with a note."""
    found = []
    for column, (method, given) in enumerate(rules.items()):
        rule, note = given if isinstance(given, tuple) else (given, "")
        found.append(Aim(method, f"{asked}; {method}", rule, (column,), note))
    return tuple(found)


def _watermark(
    prevalence: float, rules: Mapping[str, Rule | tuple[Rule, str]], repetitions: Mapping[Mode, int] = MODELS
) -> Cell:
    asked = f"real digits, a mark in {100 * prevalence:.0f} % of one class's pictures is ranked first for it"
    options: dict[str, float | str] = {"plant": "digits:watermark", "prevalence": prevalence}
    name = f"watermark-{100 * prevalence:.0f}"
    return _cell(name, "planted truth", _by_method(asked, rules), options, repetitions, "scikit-learn")


SIGNALS = Share(high=Q, widest=0)
"""Where nothing is to be found, Benjamini and Hochberg's rule raises something in at most q of all audits."""
ALL = dict.fromkeys(METHODS, RECOVERY)
NONE: dict[str, Rule | tuple[Rule, str]] = {**dict.fromkeys(METHODS, ABSENT), "saliency": (Described(), DEAD)}
TOO_FEW: dict[str, Rule | tuple[Rule, str]] = {**dict.fromkeys(METHODS, (Described(), FEW))}
HALF: dict[str, Rule | tuple[Rule, str]] = {
    **dict.fromkeys(METHODS[:2], (Described(), BASELINE)),
    **dict.fromkeys(METHODS[2:4], RECOVERY),
    "saliency": (Described(), DEAD),
}

CELLS = (
    _cell(
        "linear",
        "planted truth",
        _by_method("linear model, the column of the largest weight is ranked first for both classes", ALL),
        {"plant": "tables:linear"},
    ),
    _cell(
        "ignored",
        "planted truth",
        _by_method("network that never reads 4 of 12 columns, each is ranked surely behind the other 8", ALL),
        {"plant": "tables:ignored"},
    ),
    _cell(
        "leaked",
        "planted truth",
        _by_method("trained network, the one column that tells the label is ranked first for both classes", ALL),
        {"plant": "tables:leaked"},
    ),
    _cell(
        "word",
        "planted truth",
        _by_method("text model, the word that 90 % of one class hold is ranked first", dict.fromkeys(METHODS[:4], RECOVERY)),
        {"plant": "texts:word"},
    ),
    _watermark(0.0, NONE),
    _watermark(0.05, TOO_FEW),
    _watermark(0.2, TOO_FEW),
    _watermark(0.5, HALF),
    _watermark(0.9, {**ALL, "saliency": (Described(), DEAD)}, MORE),
    _cell(
        "signals",
        "false alarms",
        tuple(
            Aim(kind, f"audits of clean models with a signal of the kind “{words}”", SIGNALS, (column,))
            for column, (kind, words) in enumerate((("proxy", "proxy"), ("labels", "labels"), ("rankings", "group ranking")))
        ),
        {"plant": "clean:signalled"},
        CLEAN,
    ),
    _cell(
        "controls",
        "controls",
        (
            Aim("distance-v1", "|x − fill|, which never asks the model, beats random orders", Described(), (0,)),
            Aim("distance", "|x − fill| gets “do not rely on”", RECOVERY, (1,)),
            Aim("distance-v2", "|x − fill| does not meet V2", RECOVERY, (2,)),
            Aim("distance-v3", "|x − fill| does not meet V3", RECOVERY, (3,)),
            Aim("guided-v3", "guided backpropagation does not meet V3, four layers of 32 filters", RECOVERY, (4,)),
            Aim("guided", "guided backpropagation gets “do not rely on”, four layers of 32 filters", RECOVERY, (5,)),
            Aim("integrated-gradients-v3", "integrated gradients meet V3 on the same networks", RECOVERY, (6,)),
        ),
        {"plant": "caught:verdicts", "network": "deep"},
        DEEP,
        "scikit-learn",
    ),
    _cell(
        "controls-shallow",
        "controls",
        (
            Aim("distance", "|x − fill| gets “do not rely on”, two layers of 8 filters", RECOVERY, (1,)),
            Aim("guided-v3", "guided backpropagation does not meet V3, two layers of 8 filters", Described(), (4,), SHALLOW),
            Aim("integrated-gradients-v3", "integrated gradients meet V3 on the same networks", RECOVERY, (6,)),
        ),
        {"plant": "caught:verdicts", "network": "shallow"},
        VERDICTS,
        "scikit-learn",
    ),
    _cell(
        "reversed",
        "precision",
        (Aim("", "margin of an order + margin of its reverse, 64 cases", Largest(1e-6)),),
        {"plant": "numbers:reversed_order"},
        NUMBERS,
    ),
    _cell(
        "bfloat16",
        "precision",
        (
            Aim("curves", "|Δ probability|, 99th percentile over curves, bfloat16 beside float32", Largest(0.02), (0,)),
            Aim("areas", "|Δ mean area|, bfloat16 beside float32", Largest(0.005), (1,)),
        ),
        {"plant": "numbers:precision"},
        NUMBERS,
        "scikit-learn",
    ),
)
