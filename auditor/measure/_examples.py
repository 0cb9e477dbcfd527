"""What a shown example says in numbers: its label, its prediction, and the largest features by each method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from auditor.measure._cases import lists, locate
from auditor.measure._frame import Ints
from auditor.measure._pooled import pooled
from auditor.measure._results import tidy
from auditor.measure._study import Study

TOP = 3


@dataclass(frozen=True)
class Example:
    """One case; `top`: method → (feature, share of the sum of magnitudes), largest first.

    With several labels `label` is -1, `labels` are the classes that hold (None: unknown) and `called` those predicted.
    """

    label: int
    predicted: int
    probability: float
    top: dict[str, tuple[tuple[str, float], ...]]
    labels: tuple[int, ...] | None = None
    called: tuple[int, ...] = ()


def examples(study: Study, ids: Sequence[str]) -> dict[str, Example]:
    """The example of each id that was evaluated; a method whose attribution failed or is all zero is absent from `top`."""
    frame, sets = study.frame, study.frame.sets
    told = study.plan.examples == "full" or study.plan.data.modality != "text"  # the first words of a text are of its content
    place = {identity: row for row, identity in enumerate(frame.ids.to_pylist())} if ids else {}
    found = {}
    for identity in ids:
        row = place.get(identity)
        if row is None:
            continue
        called = () if sets is None else tuple(np.flatnonzero(sets.called[row]).tolist())
        known = sets is not None and bool(sets.known[row])
        found[identity] = Example(
            label=int(frame.label[row]),
            predicted=int(frame.predicted[row]),
            probability=tidy(float(frame.confidence[row])),
            top=_top(study, identity, int(frame.predicted[row])) if told else {},
            labels=tuple(np.flatnonzero(sets.truth[row]).tolist()) if sets is not None and known else None,
            called=called,
        )
    return found


def _top(study: Study, identity: str, predicted: int) -> dict[str, tuple[tuple[str, float], ...]]:
    table = study.attributions
    own = table.filter(pc.equal(table["sample_id"], identity))
    located = locate(study.frame, own, ("method",))
    found = {}
    for fact in study.frame.prepared.methods:
        rows = located.groups.get((fact.name,), np.empty(0, dtype=np.int64))
        rows = rows[located.cases.target[located.place[rows]] == predicted]
        if not len(rows):
            continue
        values, _ = lists(located.table, "values", rows[:1])
        names = located.table["names"].to_pylist()[rows[0]] or study.frame.prepared.features.names
        unique, index = np.unique(np.asarray(names, dtype=object)[: len(values)], return_inverse=True)
        sums, _ = pooled(index, values, fact.pool, (1, len(unique)))
        magnitude = np.abs(sums.toarray()[0])
        largest = np.lexsort((_first_places(index), -magnitude))[:TOP]
        if magnitude.sum() > 0:
            found[fact.name] = tuple((str(unique[j]), tidy(float(magnitude[j] / magnitude.sum()))) for j in largest.tolist())
    return found


def _first_places(index: Ints) -> Ints:
    """[names]: where each first stands in the case; equal magnitudes keep that order."""
    return np.unique(index, return_index=True)[1]
