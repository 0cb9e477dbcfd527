"""Inputs of a table's rows, kept as evidence where groups are declared: what says how well a column tells a group.

Only tables, and not where the plan keeps single rows out (`examples: none`). Under `examples: redacted` a column of numbers is
kept as the share of rows below, in steps of a fiftieth: its order, which is what tells a group, without its values. The report
never prints either.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from auditor.evidence.schema import TABLES
from auditor.evidence.store import shard_path, write_shard
from auditor.inputs.randomness import uniform
from auditor.run.job import Job

MOST_ROWS = 5000
"""Rows kept: the first ones in a seeded order. A convention."""
STEPS = 50
"""Values that a coarsened column has at most. A convention."""


def store_inputs(job: Job) -> None:
    """Write table `inputs` once, where the plan declares groups of a table and allows examples."""
    plan, shared = job.plan, job.features.shared
    if not plan.groups or plan.examples == "none" or plan.data.modality != "tabular" or shared is None:
        return
    draw = uniform(job.roll.key, "stored inputs", plan.seed, (1,))[:, 0].numpy()
    usable = [int(i) for i in np.argsort(draw, kind="stable") if not job.roll.problems[i]]
    rows = sorted(usable[:MOST_ROWS])
    path = shard_path(job.run, "inputs", "all", 0, len(rows))
    if path.exists() or not rows:
        return
    offered = job.subject.data.arguments(rows)[job.subject.data.primary]
    values = offered.float().flatten(1).numpy()
    if plan.examples != "full":
        values = _coarse(values)
    feature = shared.element[0].broadcast_to(offered.shape[1:]).flatten().numpy()
    columns = {
        "sample_id": [job.roll.ids[i] for i in rows],
        "values": list(values),
        "feature": pa.array([feature] * len(rows), pa.list_(pa.int64())),
    }
    write_shard(path, pa.table(columns, schema=TABLES["inputs"]))


def _coarse(values: np.ndarray) -> np.ndarray:
    """[rows, elements] float32: of each element with more than two values the step of its rank, in (0, 1]; others 0 or 1."""
    made = values.copy()
    for column in range(values.shape[1]):
        own = values[:, column]
        distinct = np.unique(own)
        if len(distinct) > 2:
            below = np.searchsorted(np.sort(own), own, side="left") / len(own)
            made[:, column] = (np.floor(below * STEPS) + 1) / STEPS
        else:
            made[:, column] = np.searchsorted(distinct, own)
    return made
