"""Deciding for a class or against it: by the model's own prediction, or at the threshold the plan sets for one class."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from auditor.measure._frame import Bools, Floats, Frame
from auditor.measure._label_sets import sigmoid
from auditor.measure._study import Study

MOST_CLASSES = 20
"""Classes that are looked at one by one in each group; beyond, only the one of the plan's operating point. A convention."""


@dataclass(frozen=True)
class Decision:
    """One class against the rest, for every row of the frame.

    Attributes:
        where: slice of its results: the class, and the threshold where it is the plan's.
        called: bool [rows], decided for. holds: bool [rows], the class is true; False where unknown.
        known: bool [rows], rows with a label.
    """

    where: dict[str, str]
    called: Bools
    holds: Bools
    known: Bools

    def questions(self) -> Iterator[tuple[str, Bools, Bools, str]]:
        """(result, rows asked, rows that count, whom it describes) of each share."""
        everyone = np.ones(len(self.called), dtype=bool)
        yield "selection_rate", everyone, self.called, "all evaluated rows"
        yield "recall", self.known & self.holds, self.called, "rows of the class"
        yield "false_positive_rate", self.known & ~self.holds, self.called, "rows of the other classes"
        yield "precision", self.known & self.called, self.holds, "rows decided for the class"


def probability(frame: Frame, index: int) -> Floats:
    """Probability of one class, each row."""
    if frame.prepared.model.head == "sigmoid":
        return np.asarray(sigmoid(frame.logits[:, index]), dtype=np.float64)
    return np.asarray(np.exp(frame.log_probability(index)), dtype=np.float64)


def holding(frame: Frame, index: int) -> Bools:
    """Rows for which the class is true."""
    return np.asarray(frame.label == index if frame.sets is None else frame.sets.truth[:, index] & frame.sets.known)


def at_threshold(study: Study) -> Decision | None:
    """The plan's operating point; None where there is none."""
    point, frame = study.plan.operating_point, study.frame
    if point is None:
        return None
    index = frame.classes.index(point.positive)
    called = np.asarray(probability(frame, index) >= point.threshold)
    where = {"class": point.positive, "threshold": f"{point.threshold:g}"}
    return Decision(where, called, holding(frame, index), frame.labelled)


def decisions(study: Study) -> tuple[Decision, ...]:
    """The plan's operating point first, then every class as the model predicts it, where they are not too many."""
    frame, point = study.frame, at_threshold(study)
    found = [] if point is None else [point]
    if len(frame.classes) <= MOST_CLASSES:
        for index, name in enumerate(frame.classes):
            called = frame.predicted == index if frame.sets is None else frame.sets.called[:, index]
            found.append(Decision({"class": name}, np.asarray(called), holding(frame, index), frame.labelled))
    return tuple(found)
