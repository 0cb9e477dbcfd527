"""What a shown example says in numbers: its label, its prediction, and the largest features by each method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from auditor.measure._cases import lists, locate
from auditor.measure._results import tidy
from auditor.measure._study import Study

TOP = 3


@dataclass(frozen=True)
class Example:
    """One case; `top`: method → (feature, share of the sum of magnitudes), largest first."""

    label: int
    predicted: int
    probability: float
    top: dict[str, tuple[tuple[str, float], ...]]


def examples(study: Study, ids: Sequence[str]) -> dict[str, Example]:
    """The example of each id that was evaluated; a method whose attribution failed or is all zero is absent from `top`."""
    frame = study.frame
    place = {identity: row for row, identity in enumerate(frame.ids.to_pylist())} if ids else {}
    return {
        identity: Example(
            label=int(frame.label[place[identity]]),
            predicted=int(frame.predicted[place[identity]]),
            probability=tidy(float(frame.confidence[place[identity]])),
            top=_top(study, identity, int(frame.predicted[place[identity]])),
        )
        for identity in ids
        if identity in place
    }


def _top(study: Study, identity: str, predicted: int) -> dict[str, tuple[tuple[str, float], ...]]:
    table = study.attributions
    own = table.filter(pc.equal(table["sample_id"], identity))
    located = locate(study.frame, own, ("method",))
    found = {}
    for (method,), rows in located.groups.items():
        rows = rows[located.cases.target[located.place[rows]] == predicted]
        if not len(rows):
            continue
        magnitude = np.abs(lists(located.table, "values", rows[:1])[0])
        names = located.table["names"].to_pylist()[rows[0]] or study.frame.prepared.features.names
        total = np.nansum(magnitude)
        largest = np.argsort(-np.nan_to_num(magnitude), kind="stable")[:TOP]
        if total > 0:
            found[method] = tuple((names[j], tidy(float(magnitude[j] / total))) for j in largest.tolist())
    return found
