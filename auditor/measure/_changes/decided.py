"""Differences of the rates of a decision: specificity of each class, and all rates at the plan's operating point."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from auditor.evidence.comparison import Change
from auditor.measure._changes.change import absent, change
from auditor.measure._changes.pairs import Pairs
from auditor.measure._changes.tables import ratio_gap
from auditor.measure._decisions import Decision, decisions
from auditor.measure._frame import Bools, Frame
from auditor.measure._study import Study
from auditor.measure.statistics import sizes
from auditor.measure.statistics.intervals import smooth
from auditor.measure.statistics.paired import paired_share


def decided_changes(pairs: Pairs, known: Bools) -> Iterator[Change]:
    """One decision per class as the models predict it, and the one at the operating point where both plans set the same."""
    sides = [_decisions(pairs, frame) for frame in (pairs.old, pairs.new)]
    for key, new in sides[1].items():
        old = sides[0].get(key)
        if old is None:
            continue
        yield _rate(pairs, "specificity", new.where, known & ~new.holds, (~old.called, ~new.called))
        if "threshold" in new.where:
            yield _rate(pairs, "recall", new.where, known & new.holds, (old.called, new.called))
            yield _predictive(pairs, "precision", known, new, (old.called, new.called), new.holds)
            yield _predictive(pairs, "negative_predictive_value", known, new, (~old.called, ~new.called), ~new.holds)


def _decisions(pairs: Pairs, frame: Frame) -> dict[tuple[tuple[str, str], ...], Decision]:
    audit = pairs.before if frame is pairs.old else pairs.after
    return {tuple(sorted(one.where.items())): one for one in decisions(Study(audit.reader, audit.plan, frame))}


def _rate(pairs: Pairs, name: str, where: dict[str, str], rows: Bools, called: tuple[Bools, Bools]) -> Change:
    """A share over the same rows in both audits."""
    study = pairs.study
    if not rows.any():
        return absent(name, where, "fraction", "no shared row is among those it is a share of")
    design = study.row_design(rows)
    old, new = (side[rows].astype(np.float64) for side in called)
    mean, _ = design.moments(np.stack([old, new], axis=1))
    found = paired_share(design, old, new, study.resamples(name), study.seed)
    samples, differing = study.samples(design, "shared rows it is a share of"), int((old != new).sum())
    return change(name, where, "fraction", samples, (mean[0], mean[1]), found, differing=differing)


def _predictive(
    pairs: Pairs, name: str, known: Bools, of: Decision, called: tuple[Bools, Bools], right: Bools
) -> Change:  # fmt: skip
    """A share whose rows each audit chooses itself: the difference of two ratios of means."""
    study, where = pairs.study, of.where
    least = int(min((side & known).sum() for side in called))
    reason = sizes.too_few(least, sizes.PROPORTION, "rows so decided in one of the audits")
    if reason:
        return absent(name, where, "fraction", reason)
    design = study.row_design(known)
    values = np.stack([1.0 * column[known] for side in called for column in (side & right, side)], axis=1)
    mean, _ = design.moments(values)
    old, new = float(mean[0] / mean[1]), float(mean[2] / mean[3])
    gradient = np.array([-1 / mean[1], old / mean[1], 1 / mean[3], -new / mean[3]])
    found = smooth(design, values, ratio_gap, gradient, study.resamples(name), study.seed)
    differing = int((called[0] != called[1])[known].sum())
    return change(name, where, "fraction", study.samples(design, "shared rows"), (old, new), found, differing=differing)
