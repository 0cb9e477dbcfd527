"""Differences between groups in scores that are no shares: balanced accuracy, macro F1, ROC AUC; each resampled by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from auditor.evidence.results import Result
from auditor.measure._confusion import Confusion, confusion_of
from auditor.measure._decisions import MOST_CLASSES
from auditor.measure._frame import Bools, Floats
from auditor.measure._group_cells import Attribute, Group, part
from auditor.measure._group_contrasts import CONTRASTS, EVENTS, Series, told, too_few_groups
from auditor.measure._results import gaps
from auditor.measure._study import Study
from auditor.measure.discrimination import question
from auditor.measure.statistics import sizes, two_groups
from auditor.measure.statistics.design import Design
from auditor.measure.statistics.intervals import bca
from auditor.measure.statistics.separation import resampled_areas, roc_auc

SCORES = ("balanced_accuracy", "macro_f1", "roc_auc")
_TAIL = 5  # resamples beyond each limit, below which more resamples are drawn


@dataclass(frozen=True)
class _Drawn:
    """A score of one group: its value, its resamples [resamples], and the influence [units] of each unit."""

    value: float
    stars: Floats
    psi: Floats

    @property
    def weight(self) -> Floats:
        """How often each unit's squared influence counts in the variance."""
        return np.full(len(self.psi), len(self.psi) / (len(self.psi) - 1))


Drawing = Callable[[Study, int, int], _Drawn]


def score_differences(study: Study, attribute: Attribute) -> Iterator[Result]:
    """The largest difference of each score between any two groups that have every class."""
    name, where = CONTRASTS[0], {"attribute": attribute.name}
    if study.frame.sets is not None or len(study.frame.occurring) > MOST_CLASSES:
        why = "several labels per row" if study.frame.sets is not None else f"more than {MOST_CLASSES} classes"
        for of in SCORES:
            yield from gaps([name], where | {"of": of}, f"{why}: scores over classes are not compared between groups")
        return
    parts: dict[str, tuple[Design, Floats]] = {}
    left = {group.name: group.reason for group in attribute.groups if group.reason}
    own: dict[str, Study] = {}
    for group in attribute.evaluated:
        alone = part(study, group.rows)
        reason = _too_few(study, alone, group)
        if reason:
            left[group.name] = reason
        else:
            parts[group.name], own[group.name] = (alone.row_design(alone.frame.labelled), np.empty(0)), alone
    for of, draw in zip(SCORES, (_balanced, _macro, _area), strict=True):
        series = Series(of, where | {"of": of}, parts, left)
        yield _largest(series, own, draw) if len(parts) > 1 else gaps([name], series.where, too_few_groups(series))[0]


def _too_few(study: Study, alone: Study, group: Group) -> str:
    """Why a group's scores are not compared; '' where they are."""
    everywhere = np.unique(study.frame.label[study.frame.labelled])
    known = alone.frame.labelled
    counts = np.bincount(alone.frame.label[known], minlength=len(study.frame.classes))[everywhere]
    units = len(np.unique(alone.frame.unit[known]))
    reason = sizes.too_few(int(known.sum()), sizes.SMOOTH, "rows with a label")
    reason = reason or sizes.too_few(units, sizes.UNITS_BOOTSTRAP, "independent units")
    if reason or counts.min(initial=EVENTS) >= EVENTS:
        return reason or ("" if len(everywhere) > 1 else "the rows are of one class")
    rare = study.frame.classes[int(everywhere[np.argmin(counts)])]
    return f"{counts.min()} rows of class {rare}, at least {EVENTS} of each are needed"


def _largest(series: Series, own: dict[str, Study], draw: Drawing) -> Result:
    study = next(iter(own.values()))
    level = two_groups.pair_level(len(own))
    resamples = study.resamples(CONTRASTS[0])
    if resamples * (1 - level) / 2 < _TAIL - 1e-9:
        resamples = sizes.RESAMPLES_GATED
    drawn = {name: draw(alone, resamples, study.seed * 1000 + place) for place, (name, alone) in enumerate(own.items())}
    limits = {(a, b): _minus(drawn[a], drawn[b], level) for a, b in combinations(drawn, 2)}
    extreme = two_groups.largest_gap(limits, {name: one.value for name, one in drawn.items()})
    how = f"BCa, each group resampled by itself, {resamples:,} resamples, of {len(limits)} pairs, each at {100 * level:.4g} %"
    return told(CONTRASTS[0], series.where, series, extreme, f"{how}, seed {study.seed}", "Highest: {}; lowest: {}.")


def _minus(first: _Drawn, second: _Drawn, level: float) -> tuple[float, float]:
    """Limits of the difference of two independent groups."""
    stars = first.stars - second.stars
    psi, weight = np.concatenate([first.psi, -second.psi]), np.concatenate([first.weight, second.weight])
    low, high = bca(first.value - second.value, stars[np.isfinite(stars)], psi, weight, level)
    return max(-1.0, low), min(1.0, high)


def _balanced(alone: Study, resamples: int, seed: int) -> _Drawn:
    table = confusion_of(alone)
    stars = np.concatenate([one.balanced_accuracy() for one in table.resample(resamples, seed)])
    return _Drawn(float(table.totals.balanced_accuracy()), stars, table.influence_recall())


def _macro(alone: Study, resamples: int, seed: int) -> _Drawn:
    table: Confusion = confusion_of(alone)
    stars = np.concatenate([one.macro_f1() for one in table.resample(resamples, seed)])
    return _Drawn(float(table.totals.macro_f1()), stars, table.influence_macro_f1())


def _area(alone: Study, resamples: int, seed: int) -> _Drawn:
    """Mean over classes, one against the rest; of two classes one says all."""
    frame, known = alone.frame, alone.frame.labelled
    present = np.unique(frame.label[known])
    asked = present[-1:] if len(present) == 2 and len(frame.classes) == 2 else present
    pairs: list[tuple[Floats, Bools]] = [question(frame, known, int(index)) for index in asked]
    weight = frame.factor[known]
    found = [roc_auc(score, holds, weight) for score, holds in pairs]
    unit = None if frame.independent else np.unique(frame.unit[known], return_inverse=True)[1]
    stars = resampled_areas(pairs, weight, unit, resamples, seed)
    by_row = np.mean([psi for _, psi in found], axis=0) * weight
    psi = by_row if unit is None else np.bincount(unit, weights=by_row).astype(np.float64)
    return _Drawn(float(np.mean([value for value, _ in found])), stars, psi)
