"""Areas under deletion and insertion curves as other tools define them, for comparison; nothing rests on them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from auditor.evidence.results import Result
from auditor.measure._again import mean_of
from auditor.measure._cases import lists, locate
from auditor.measure._frame import Floats
from auditor.measure._results import gaps
from auditor.measure._study import Study

NAMES = ("protocol_deletion_auc", "protocol_insertion_auc")
READS = ("samples", "predictions")
ORDERS = ("deletion", "insertion")


def protocol_of(preset: str) -> str:
    """Id of the protocol of a preset."""
    return f"preset {preset}"


def measure(study: Study) -> Iterator[Result]:
    """Both areas of each method under each preset of the plan."""
    prepared = study.frame.prepared
    if not prepared.protocols:
        return
    located = locate(study.frame, study.reader.table("protocols"), ("method", "fill", "order"))
    for preset in prepared.protocols:
        for fact in prepared.methods:
            where = {"method": fact.name, "protocol": preset.name}
            for name, order in zip(NAMES, ORDERS, strict=True):
                rows = located.groups.get((fact.name, preset.name, order), np.empty(0, np.int64))
                if not len(rows):
                    yield from gaps([name], where, fact.reason or "no curve of this method was stored")
                    continue
                removed, widths = lists(located.table, "removed", rows)
                scores, _ = lists(located.table, "score", rows)
                areas = np.full(len(located.cases.row), np.nan)
                shape = len(rows), int(widths[0])
                areas[located.place[rows]] = area(scores.reshape(shape), removed.reshape(shape), preset.area)
                what = (name, where, preset.score)
                yield mean_of(study, what, located.cases, areas, protocol_of(preset.name), ["Not used by any verdict."])


def area(score: Floats, changed: Floats, rule: str) -> Floats:
    """[cases]: "equal spacing": (Σ − ½ first − ½ last)/(n − 1); else the trapezoid over the true fractions.

    Args:
        score, changed: [cases, points]; pixels changed at each point, from 0 to all.
    """
    if rule == "equal spacing":
        ends = (score[:, 0] + score[:, -1]) / 2
        return np.asarray((score.sum(axis=1) - ends) / (score.shape[1] - 1))
    return np.asarray(np.trapezoid(score, changed / changed[:, -1:], axis=1))
