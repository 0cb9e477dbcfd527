"""How often the order of a method is no order: points of its curves that cut through features of equal attribution."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from auditor.evidence.results import Result
from auditor.measure._cases import PerSample, locate
from auditor.measure._curves import POPULATION
from auditor.measure._results import estimate, span_of
from auditor.measure._study import Study
from auditor.measure.statistics.intervals import means

NAMES = ("tie_share",)
READS = ("samples", "predictions", "checks")


def measure(study: Study) -> Iterator[Result]:
    """Mean share of curve points that cut through tied features."""
    table = study.reader.table("checks")
    located = locate(study.frame, table.filter(np.asarray(table["name"].to_pylist()) == "tie_share"), ("method", "fill"))
    for (method, fill), rows in located.groups.items():
        values = np.asarray(located.table["value"], dtype=np.float64)[rows]
        by_sample = PerSample(located.cases.row[located.place[rows]])
        design = study.case_design(by_sample.row)
        where = {key: text for key, text in (("method", method), ("fill", fill)) if text}
        mean, within = by_sample.mean(values[:, None]), [span_of("tie_share", "fraction")]
        outcomes, _, _ = means(design, mean, study.resamples("tie_share"), study.seed, within=within)
        yield estimate("tie_share", where, "fraction", study.samples(design, POPULATION), outcomes[0])
