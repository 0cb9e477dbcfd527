"""What is left of a method's order while layers are randomised one after the other, from the output towards the input.

Descriptive: no criterion rests on it. One set of weights is drawn; intervals say how sure the mean over cases is, not what
other weights would give. Source: Adebayo et al., 2018 (https://arxiv.org/abs/1810.03292).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from auditor.evidence.results import Estimate, Result
from auditor.measure._again import alike, asked, mean_of, vectors, whole
from auditor.measure._results import csv_bytes, gaps
from auditor.measure._study import Study

NAMES = ("cascade_similarity",)
READS = ("samples", "predictions", "attributions")
PROTOCOL = "cascading randomisation"
TABLE = "tables/cascading_randomisation.csv"
COLUMNS = ("method", "level", "layers randomised at this level", "rank correlation", "low", "high", "samples", "how")


def measure(study: Study) -> Iterator[Result]:
    """Similarity of each method at each level; the whole is also written to a table of its own."""
    trust = study.frame.prepared.trust
    if not trust.cascade:
        yield from gaps(NAMES, {}, whole(study, "cascade"))
        return
    own, copies = vectors(study), vectors(study, "cascade:")
    differs = vectors(study, "model_free:magnitude").of(("", "model_free:magnitude"), copies.located.cases)
    cases, lines = copies.located.cases, []
    for method, reason in asked(study):
        if method not in trust.cascade_methods:
            yield from gaps(NAMES, {"method": method}, reason or whole(study, "cascade"))
            continue
        first = own.of((method, ""), cases)
        for level, layers in enumerate(trust.cascade, start=1):
            other = copies.of((method, f"cascade:{level}"), cases)
            values = np.full(len(cases.row), np.nan)
            for case, (a, b, distance) in enumerate(zip(first, other, differs, strict=True)):
                table = None if a is None or b is None else alike(a, [b], distance)
                values[case] = np.nan if table is None else table[0, 1]
            where = {"method": method, "level": str(level)}
            note = [f"Randomised at this level: {layers}; those of the levels before it stay randomised."]
            found = mean_of(study, (NAMES[0], where, "correlation"), cases, values, PROTOCOL, note)
            lines.append((method, level, layers, *_numbers(found)))
            yield found
    study.tables[TABLE] = csv_bytes(COLUMNS, lines)


def _numbers(found: Result) -> tuple[object, ...]:
    if isinstance(found, Estimate) and found.interval is not None:
        return found.value, found.interval.low, found.interval.high, found.samples.rows, found.interval.how
    return None, None, None, None, getattr(found, "reason", "")
