"""Several labels per row: which classes hold, which are predicted, and which are explained."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.special import expit

from auditor.evidence.facts import Prepared

Bools = NDArray[np.bool_]

MOST_TARGETS = 3
"""Predicted classes explained per row; the most probable ones."""


@dataclass(frozen=True)
class LabelSets:
    """Arrays are [rows, classes] unless said otherwise.

    Attributes:
        logits: float32. threshold: probability from which a class is predicted.
        truth: whether the class holds; False where the row's labels are unknown.
        known: bool [rows], whether the row's labels are known (an empty set of labels is known).
    """

    logits: NDArray[np.float32]
    threshold: float
    truth: Bools
    known: Bools

    @cached_property
    def called(self) -> Bools:
        """Whether the class is predicted."""
        return np.asarray(sigmoid(self.logits) >= self.threshold)

    @cached_property
    def right(self) -> Bools:
        """bool [rows]: the predicted set is the set of labels; False where labels are unknown."""
        return np.asarray((self.called == self.truth).all(axis=1) & self.known)

    @cached_property
    def targets(self) -> Bools:
        """The classes explained: the predicted ones, at most three by probability, else the most probable one."""
        ahead = np.argsort(np.argsort(-self.logits, axis=1, kind="stable"), axis=1, kind="stable")
        return np.asarray((ahead == 0) | (self.called & (ahead < MOST_TARGETS)))


def sigmoid(logits: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Probability of each class by itself, float64."""
    return np.asarray(expit(np.asarray(logits, dtype=np.float64)))


def read_label_sets(labels: Any, logits: NDArray[np.float32], prepared: Prepared) -> LabelSets:
    """From the column `labels` of table `samples` and the clean logits [rows, classes] of the same rows."""
    classes = len(prepared.model.classes)
    labels = labels.combine_chunks()
    truth = np.zeros((len(labels), classes), dtype=bool)
    row, index = np.asarray(pc.list_parent_indices(labels)), np.asarray(pc.list_flatten(labels))
    inside = (index >= 0) & (index < classes)
    truth[row[inside], index[inside]] = True
    return LabelSets(logits, prepared.model.threshold, truth, np.asarray(labels.is_valid()))
