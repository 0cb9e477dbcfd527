"""The margin of the primary analysis in parts: where the model is right or wrong, and class by class."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from auditor.evidence.results import Result
from auditor.measure._cases import PerSample, locate, paths
from auditor.measure._curves import protocol_id
from auditor.measure._frame import Bools, Floats
from auditor.measure._results import estimate, gaps
from auditor.measure._study import Study
from auditor.measure.statistics import sizes
from auditor.measure.statistics.intervals import means

NAMES = ("outcome_margin", "class_margin")
READS = ("samples", "predictions", "curves")


def measure(study: Study) -> Iterator[Result]:
    """Insertion − deletion area of each method under the primary fill, of each part of the cases that is large enough."""
    frame, prepared = study.frame, study.frame.prepared
    if not prepared.fills:
        return
    fill = prepared.fills[0].name
    located = locate(frame, study.reader.table("curves"), ("method", "fill", "order"))
    found = paths(located, prepared.steps)
    for fact in prepared.methods:
        forth, back = (found.get((fact.name, fill, order)) for order in ("descending", "ascending"))
        if fact.name == "random" or forth is None or back is None:
            continue
        where = {"method": fact.name, "fill": fill}
        margin = np.where(forth.has & back.has, back.area - forth.area, np.nan)
        row, target = located.cases.row, located.cases.target
        if frame.sets is None:
            for word, right in (("right", 1.0), ("wrong", 0.0)):
                among = frame.labelled & (frame.correct == right)
                part = margin, row, among[row]
                yield _of(study, (NAMES[0], where | {"outcome": word}), part, among, f"the model is {word} about")
        small = 0
        for index, name in frame.occurring:
            inside = target == index
            if len(frame.classes) > sizes.MANY_CLASSES and np.unique(row[inside]).size < sizes.CURVE:
                small += 1
                continue
            among = None if frame.sets is not None else np.asarray(frame.predicted == index)
            yield _of(study, (NAMES[1], where | {"class": name}), (margin, row, inside), among, f"explained as {name}")
        if small:
            reason = f"too few samples: {small:,} classes with fewer than {sizes.CURVE} explained cases each"
            yield from gaps(NAMES[1:], where | {"class": "all others"}, reason)


def _of(
    study: Study,
    what: tuple[str, dict[str, str]],
    part: tuple[Floats, np.ndarray, Bools],
    among: Bools | None,
    words: str,
) -> Result:
    """One part's mean margin.

    Args:
        what: name and slice.
        part: margins [cases], row of each case in the frame, which cases belong to it.
        among: [rows of the frame] that the part stands for; None: those of the same strata.
        words: of the part, for the population.
    """
    (name, where), (margin, row, inside) = what, part
    has = inside & np.isfinite(margin)
    by_sample = PerSample(row[has])
    reason = sizes.too_few(len(by_sample.row), sizes.CURVE, "explained cases")
    if reason:
        return gaps([name], where, reason)[0]
    design = study.case_design(by_sample.row, among)
    outcomes, _, _ = means(design, by_sample.mean(margin[has, None]), study.resamples(name), study.seed, least=sizes.CURVE)
    samples = study.samples(design, f"selected cases {words}, weighted to all such rows")
    score, protocol = study.plan.primary.score, protocol_id(where["fill"])
    return estimate(name, where, score, samples, outcomes[0], protocol=protocol, notes=by_sample.notes)
