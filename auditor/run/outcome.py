"""What the clean pass says of each row: probabilities, whether it is right, and which classes are explained."""

from __future__ import annotations

import numpy as np
import torch

from auditor.inputs.rows import EvaluationSet
from auditor.plan.fields import ModelPlan
from auditor.run import selection

MOST_TARGETS = 3
"""Predicted labels explained per sample, the most probable ones."""


def probabilities(logits: np.ndarray, head: str) -> np.ndarray:
    """float64 [rows, classes], of logits (NaN taken for 0): softmax over the row, or the sigmoid of each column."""
    z = torch.from_numpy(np.nan_to_num(logits)).double()
    return np.asarray((torch.softmax(z, dim=1) if head == "softmax" else torch.sigmoid(z)).numpy())


def rightness(predicted: np.ndarray, p: np.ndarray, data: EvaluationSet, model: ModelPlan) -> np.ndarray:
    """int64 [rows]: 1 right, 0 wrong, 2 label unknown; several labels are right where exactly they are predicted."""
    if data.several is None:
        return selection.rightness(predicted, data.labels.numpy())
    said = p >= model.threshold
    truth = np.zeros_like(said)
    for row, labels in enumerate(data.several):
        truth[row, list(labels or ())] = True
    known = np.array([labels is not None for labels in data.several])
    return np.where(known, (said == truth).all(axis=1).astype(np.int64), 2)


def targets(logits: np.ndarray, p: np.ndarray, model: ModelPlan) -> list[int]:
    """Classes explained of one row: the predicted one; of several labels those predicted, at most 3, else the most probable."""
    order = [int(c) for c in np.argsort(-logits, kind="stable")]  # of logits: probabilities near 1 are tied
    if not model.multi_label:
        return order[:1]
    return [c for c in order if p[c] >= model.threshold][:MOST_TARGETS] or order[:1]
