"""Predictions that turned: how many, and which samples show it most clearly."""

from __future__ import annotations

import numpy as np

from auditor.evidence.comparison import Flip, Flips
from auditor.measure._changes.pairs import Pairs
from auditor.measure._frame import Bools, Floats, Frame
from auditor.measure._results import tidy

MOST = 10
"""Examples listed of each kind."""


def flips(pairs: Pairs) -> Flips:
    """Count the predictions that differ; list the most confident of those that turned, where both plans show rows."""
    old, new = pairs.old, pairs.new
    same = _same(old, new)
    known = old.labelled & new.labelled
    was, now = old.correct > 0, new.correct > 0
    to_wrong, to_right = known & was & ~now, known & ~was & now
    hidden = any(audit.plan.examples != "full" for audit in (pairs.before, pairs.after))
    shown = [() if hidden else _examples(pairs, rows, by.confidence) for rows, by in ((to_wrong, new), (to_right, old))]
    return Flips(
        same=int(same.sum()),
        to_wrong=int(to_wrong.sum()),
        to_right=int(to_right.sum()),
        other_wrong=int((known & ~was & ~now & ~same).sum()),
        unlabelled=int((~known & ~same).sum()),
        largest=tidy(float(np.abs(new.logits.astype(np.float64) - old.logits).max(initial=0.0))),
        examples_to_wrong=shown[0],
        examples_to_right=shown[1],
        withheld="single rows are listed only where both plans say `examples: full`" if hidden else "",
    )


def _same(old: Frame, new: Frame) -> Bools:
    if old.sets is not None and new.sets is not None:
        return np.asarray((old.sets.called == new.sets.called).all(axis=1))
    return np.asarray(old.predicted == new.predicted)


def _examples(pairs: Pairs, rows: Bools, confidence: Floats) -> tuple[Flip, ...]:
    """The most confident ones; equal confidences in the order of ids."""
    chosen = np.flatnonzero(rows)
    chosen = chosen[np.argsort(-confidence[chosen], kind="stable")][:MOST]
    ids = pairs.new.ids.to_pylist()
    return tuple(
        Flip(
            sample_id=ids[row],
            label=_labels(pairs.new, row),
            old=_called(pairs.old, row),
            new=_called(pairs.new, row),
            old_confidence=tidy(float(pairs.old.confidence[row])),
            new_confidence=tidy(float(pairs.new.confidence[row])),
        )
        for row in chosen.tolist()
    )


def _labels(frame: Frame, row: int) -> str:
    return frame.classes[int(frame.label[row])] if frame.sets is None else _names(frame, frame.sets.truth[row])


def _called(frame: Frame, row: int) -> str:
    return frame.classes[int(frame.predicted[row])] if frame.sets is None else _names(frame, frame.sets.called[row])


def _names(frame: Frame, holds: Bools) -> str:
    return ", ".join(name for name, one in zip(frame.classes, holds, strict=True) if one) or "none"
