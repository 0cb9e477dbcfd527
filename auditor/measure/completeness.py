"""Whether attributions add up to what they claim to share out: the logit of the input minus that of the baseline."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.evidence.results import Result
from auditor.measure._cases import PerSample, locate
from auditor.measure._results import estimate, gaps
from auditor.measure._study import Study
from auditor.measure.statistics.intervals import means, proportion

NAMES = ("completeness_gap", "completeness_share")
READS = ("samples", "predictions", "checks")
PROTOCOL = "completeness"
SMALLEST = 0.1  # logit: below this difference the gap is compared with 0.1, or the ratio explodes
TOLERANCE = 0.05  # Sundararajan, Taly & Yan, 2017, use 5 %


def measure(study: Study) -> Iterator[Result]:
    """Mean relative gap and share of cases within 5 %, for each method that claims completeness."""
    table = study.reader.table("checks")
    wanted = pc.is_in(table["name"], value_set=pa.array(["completeness_gap", "completeness_difference"]))
    located = locate(study.frame, table.filter(wanted), ("method", "name"))
    values = np.asarray(located.table["value"], dtype=np.float64)
    for fact in study.frame.prepared.methods:
        where = {"method": fact.name}
        if not fact.complete:
            yield from gaps(NAMES, where, fact.reason or "not applicable: the method does not claim completeness")
            continue
        parts = [located.groups.get((fact.name, name)) for name in ("completeness_gap", "completeness_difference")]
        if parts[0] is None or parts[1] is None:
            yield from gaps(NAMES, where, fact.reason or "no completeness check was stored for this method")
            continue
        columns = np.full((2, len(located.cases.row)), np.nan)
        for column, rows in zip(columns, parts, strict=True):
            column[located.place[rows]] = values[rows]
        has = np.isfinite(columns).all(axis=0)
        if not has.any():
            yield from gaps(NAMES, where, "no case has both its gap and the difference it is compared with")
            continue
        relative = np.abs(columns[0, has]) / np.maximum(np.abs(columns[1, has]), SMALLEST)
        by_sample = PerSample(located.cases.row[has])
        design = study.case_design(by_sample.row)
        samples = study.samples(design, "selected cases, weighted to all evaluated rows")
        outcomes, _, _ = means(design, by_sample.mean(relative[:, None]), study.resamples("completeness_gap"), study.seed)
        yield estimate("completeness_gap", where, "fraction", samples, outcomes[0], protocol=PROTOCOL)
        share = proportion(design, by_sample.mean((relative <= TOLERANCE).astype(np.float64)))
        yield estimate("completeness_share", where, "fraction", samples, share, protocol=PROTOCOL)
