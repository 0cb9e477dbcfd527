"""What the clean pass says of each row: probabilities, whether it is right, and which classes are explained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from auditor.inputs.rows import EvaluationSet
from auditor.plan.fields import ModelPlan
from auditor.run import selection

MOST_TARGETS = 3
"""Predicted labels explained per sample, the most probable ones."""


@dataclass(frozen=True)
class Outcome:
    """Per row of the data.

    Attributes:
        logits: float32 [rows, classes], NaN where there are none.
        predicted: int64 [rows], class of the largest logit, -1 where excluded.
        probabilities: float64 [rows, classes].
        right: int64 [rows], from `selection.rightness`; several labels are right where exactly they are predicted.
        model: what the plan says of the model's outputs.
    """

    logits: np.ndarray
    predicted: np.ndarray
    probabilities: np.ndarray
    right: np.ndarray
    model: ModelPlan

    def targets(self, row: int) -> list[int]:
        """Classes explained of a row: the predicted one; of several labels those predicted, at most 3, else the likeliest."""
        order = [int(c) for c in np.argsort(-self.logits[row], kind="stable")]  # of logits: probabilities near 1 are tied
        if not self.model.multi_label:
            return order[:1]
        return [c for c in order if self.probabilities[row][c] >= self.model.threshold][:MOST_TARGETS] or order[:1]


def read(logits: np.ndarray, errors: Sequence[str], data: EvaluationSet, model: ModelPlan) -> Outcome:
    """What stored logits [rows, classes] and each row's error ("" where it has none) say."""
    finite = np.nan_to_num(logits)
    predicted = np.where([not error for error in errors], finite.argmax(axis=1), -1)
    z = torch.from_numpy(finite).double()
    p = np.asarray((torch.softmax(z, dim=1) if model.head == "softmax" else torch.sigmoid(z)).numpy())
    return Outcome(logits, predicted, p, _rightness(predicted, p, data, model), model)


def _rightness(predicted: np.ndarray, p: np.ndarray, data: EvaluationSet, model: ModelPlan) -> np.ndarray:
    if data.several is None:
        return selection.rightness(predicted, data.labels.numpy())
    said = p >= model.threshold
    truth = np.zeros_like(said)
    for row, labels in enumerate(data.several):
        truth[row, list(labels or ())] = True
    known = np.array([labels is not None for labels in data.several])
    return np.where(known, (said == truth).all(axis=1).astype(np.int64), 2)
