"""Differences in how well scores separate the classes: ROC AUC and average precision of two audits on the same rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from auditor.evidence.comparison import Change
from auditor.evidence.results import Samples
from auditor.measure._changes.change import absent, change
from auditor.measure._changes.pairs import Pairs
from auditor.measure._frame import Bools, Floats
from auditor.measure.discrimination import question
from auditor.measure.statistics import sizes
from auditor.measure.statistics.design import Design
from auditor.measure.statistics.intervals import Outcome, Unbounded, checked
from auditor.measure.statistics.separation import average_precision, roc_auc

Score = Callable[[Floats, Bools, Floats], tuple[float, Floats]]


@dataclass
class _Mean:
    """A score of both audits, mean over the classes that have enough rows: [old, new] values and influences."""

    values: list[tuple[float, float]] = field(default_factory=list)
    psi: list[Floats] = field(default_factory=list)

    def add(self, values: tuple[float, float], psi: Floats) -> None:
        self.values.append(values)
        self.psi.append(psi)

    def joined(self) -> tuple[tuple[float, float], Floats]:
        """Mean of both audits, and the influence [rows, 2] of the two means."""
        old, new = np.mean(self.values, axis=0)
        return (float(old), float(new)), np.mean(self.psi, axis=0)


def separation_changes(pairs: Pairs, known: Bools, design: Design, samples: Samples) -> Iterator[Change]:
    """Average precision of each class, then ROC AUC and mean average precision as means over the classes."""
    areas, precisions = _Mean(), _Mean()
    for index, name in pairs.new.occurring:
        where = {"class": name}
        (old, holds), (new, _) = (question(frame, known, index) for frame in (pairs.old, pairs.new))
        rarer = int(min(holds.sum(), (~holds).sum()))
        reason = sizes.too_few(rarer, sizes.PROPORTION, "rows on the rarer side (with or without the label)")
        if reason:
            yield absent("average_precision", where, "fraction", reason)
            continue
        areas.add(*_both(roc_auc, (old, new), holds, design))
        values, psi = _both(average_precision, (old, new), holds, design)
        precisions.add(values, psi)
        yield _change("average_precision", where, samples, values, psi, design)
    for result, mean in (("roc_auc", areas), ("mean_average_precision", precisions)):
        if not mean.values:
            yield absent(result, {}, "fraction", "too few samples: no class has at least 10 rows of its own and 10 others")
        else:
            yield _change(result, {}, samples, *mean.joined(), design)


def _both(score_of: Score, scores: tuple[Floats, Floats], holds: Bools, design: Design) -> tuple[tuple[float, float], Floats]:
    """Values of both audits and their influences [rows, 2], corrected for the means taken out of either kind of row."""
    found = [score_of(score, holds, design.weights) for score in scores]
    count = np.where(holds, holds.sum(), (~holds).sum())
    psi = np.stack([own * np.sqrt(count / (count - 1)) for _, own in found], axis=1)
    return (float(found[0][0]), float(found[1][0])), psi


def _change(
    name: str, where: dict[str, str], samples: Samples, values: tuple[float, float], psi: Floats, design: Design
) -> Change:
    moved = psi[:, 1] - psi[:, 0]
    found = paired_interval(design, values[1] - values[0], moved)
    return change(name, where, "fraction", samples, values, found, differing=int(np.count_nonzero(moved)))


def paired_interval(design: Design, value: float, psi: Floats) -> Outcome:
    """Limits of a difference from the difference of the two influences of each row, summed over the rows of a unit.

    Source: DeLong, DeLong & Clarke-Pearson, 1988, for two correlated areas; with units Obuchowski, 1997, Biometrics 53.
    """
    from scipy.stats import norm

    reason = sizes.too_few(design.rows, sizes.SMOOTH) or sizes.too_few(design.units, sizes.UNITS, "independent units")
    if reason:
        return Unbounded(reason)
    error = float(design.moments((psi * design.weights.sum())[:, None])[1][0])
    if error <= 0:
        return Unbounded(f"no variance: the scores of these {design.rows:,} rows are ordered alike in both audits")
    half = float(norm.ppf((1 + sizes.LEVEL) / 2)) * error
    how = f"placement values, paired, n = {design.rows:,}, m = {design.units:,}"
    return checked(value, max(-1.0, value - half), min(1.0, value + half), how)
