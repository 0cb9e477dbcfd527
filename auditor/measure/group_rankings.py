"""Whether a feature has another share of the attribution in one group than elsewhere, under the primary method."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from auditor.evidence.results import Result, Table
from auditor.measure._cases import locate
from auditor.measure._decisions import MOST_CLASSES
from auditor.measure._frame import Bools, Floats, Ints
from auditor.measure._group_cells import Attribute, Group, attributes, part
from auditor.measure._pooled import Attributed, attributed
from auditor.measure._results import gaps, tidy
from auditor.measure._study import Study
from auditor.measure.statistics import sizes

NAMES = ("ranking_difference",)
READS = ("samples", "predictions", "attributions")
COLUMNS = ("feature", "group", "share in the group", "share elsewhere", "standard error", "p")
NOTE = (
    "Share: a feature's magnitude over that of all features of the case, mean over cases predicted as the class. Two-sided p "
    "of equal shares in the group and elsewhere (normal theory over units); many are tested, so none is to be read alone."
)


def measure(study: Study) -> Iterator[Result]:
    """One table per declared column and class; nothing where the plan declares no groups."""
    frame, name = study.frame, NAMES[0]
    if not study.plan.groups:
        return
    facts = [fact for fact in frame.prepared.methods if fact.name == study.plan.primary.method and fact.applies]
    features = frame.prepared.features
    reason = "" if facts else "the primary method does not apply"
    if len(frame.classes) > MOST_CLASSES:
        reason = f"{len(frame.classes):,} classes: rankings of groups are compared for at most {MOST_CLASSES}"
    if not features.names or features.most or len(features.names) > sizes.RANKED_JOINTLY:
        reason = "features differ from case to case, or are too many to be compared one by one"
    if reason:
        yield from gaps([name], {}, reason)
        return
    have = attributed(locate(frame, study.attributions, ("method",)), facts[0], features.names)
    if have.magnitudes.cases is not None:
        yield from gaps([name], {}, "features differ from case to case")
        return
    for attribute in attributes(study)[: len(study.plan.groups)]:
        for index, of in frame.occurring:
            where = {"attribute": attribute.name, "class": of, "method": facts[0].name}
            yield _compared(study, attribute, have, index, where)


def _compared(study: Study, attribute: Attribute, have: Attributed, index: int, where: dict[str, str]) -> Result:
    chosen = np.flatnonzero(have.target == index)
    magnitudes, _ = have.magnitudes.of(chosen).dense()
    some = magnitudes.sum(axis=1) > 0
    rows, shares = have.row[chosen][some], magnitudes[some] / magnitudes[some].sum(axis=1, keepdims=True)
    groups = attribute.evaluated[:1] if len(attribute.groups) == 2 else attribute.evaluated  # of two groups one says all
    lines: list[tuple[str | float, ...]] = []
    left = attribute.reason
    for group in groups:
        sides = [_side(study, mask, rows, shares, index) for mask in (group.rows, ~group.rows)]
        few = next((side for side in sides if isinstance(side, str)), "")
        left = left or (f"group {group.name}: {few}" if few else "")
        if not few:
            lines += _lines(group, have.magnitudes.names, [side for side in sides if not isinstance(side, str)])
    if not lines:
        return gaps(NAMES, where, left or "no group is large enough")[0]
    notes = (NOTE, *((f"Left out: {left}.",) if left else ()))
    samples = study.samples(study.case_design(rows), "selected cases predicted as the class")
    return Table(name=NAMES[0], slice=where, unit="fraction", samples=samples, columns=COLUMNS, rows=tuple(lines), notes=notes)


Moments = tuple[Floats, Floats, int]
"""Mean and standard error of each feature's share, and the independent units behind them."""


def _side(study: Study, mask: Bools, rows: Ints, shares: Floats, index: int) -> Moments | str:
    """One part of the cases, weighted to its own rows; a text says why it is too small."""
    inside = mask[rows]
    place = (np.cumsum(mask) - 1)[rows[inside]]
    own = part(study, mask)
    units = len(np.unique(own.frame.unit[place]))
    reason = sizes.too_few(int(inside.sum()), sizes.RANKING_ROWS, "cases predicted as the class")
    reason = reason or sizes.too_few(units, sizes.RANKING_UNITS, "independent units")
    if reason:
        return reason
    among = None if own.frame.sets is None else own.frame.sets.targets[:, index]
    mean, error = own.case_design(place, among).moments(shares[inside])
    return mean, error, units


def _lines(group: Group, names: tuple[str, ...], sides: list[Moments]) -> Iterator[tuple[str | float, ...]]:
    from scipy.stats import t

    (mean, error, units), (other, spread, others) = sides
    joint = np.hypot(error, spread)
    for j, name in enumerate(names):
        if joint[j] > 0:
            p = 2 * float(t.sf(abs(mean[j] - other[j]) / joint[j], units + others - 2))
            yield (name, group.name, *(tidy(float(value)) for value in (mean[j], other[j], joint[j], p)))
