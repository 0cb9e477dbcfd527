"""Whether stated confidence is off by more in one group than in another."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from auditor.evidence.results import Result
from auditor.measure._frame import Floats
from auditor.measure._group_cells import Attribute
from auditor.measure._group_contrasts import CONTRASTS, Series, told, too_few_groups
from auditor.measure._results import gaps
from auditor.measure._study import Study
from auditor.measure.statistics import sizes, two_groups
from auditor.measure.statistics.design import Design
from auditor.measure.statistics.intervals import bootstrap_t

_TAIL = 5  # resamples beyond each limit, below which more resamples are drawn


def overconfidence_difference(study: Study, attribute: Attribute) -> Result:
    """Largest difference in mean confidence − accuracy; each group resampled by itself."""
    name, where, frame = CONTRASTS[0], {"attribute": attribute.name, "of": "overconfidence"}, study.frame
    if frame.sets is not None:
        return gaps([name], where, "with several labels there is no confidence of one prediction to compare")[0]
    parts: dict[str, tuple[Design, Floats]] = {}
    left = {group.name: group.reason for group in attribute.groups if group.reason}
    for group in attribute.evaluated:
        rows = frame.labelled & group.rows
        reason = sizes.too_few(int(rows.sum()), sizes.MEAN, "rows with a label")
        design = None if reason else study.row_design(rows)
        if design is None or design.units < sizes.UNITS_BOOTSTRAP:
            left[group.name] = reason or "too few independent units"
        else:
            parts[group.name] = (design, (frame.confidence - frame.correct)[rows])
    series = Series("overconfidence", where, parts, left)
    if len(parts) < 2:
        return gaps([name], where, too_few_groups(series))[0]
    level = two_groups.pair_level(len(parts))
    resamples = study.resamples(name)
    if resamples * (1 - level) / 2 < _TAIL - 1e-9:
        resamples = sizes.RESAMPLES_GATED
    drawn = {
        group: _Drawn(*design.moments(values[:, None]), *design.resample(values[:, None], resamples, study.seed * 1000 + place))
        for place, (group, (design, values)) in enumerate(parts.items())
    }
    limits = {(a, b): drawn[a].minus(drawn[b], level) for a, b in combinations(drawn, 2)}
    extreme = two_groups.largest_gap(limits, {group: float(one.mean[0]) for group, one in drawn.items()})
    how = f"bootstrap-t of each group, {resamples:,} resamples, of {len(limits)} pairs, each at {100 * level:.4g} %"
    return told(name, where, series, extreme, f"{how}, seed {study.seed}", "Highest: {}; lowest: {}.")


@dataclass(frozen=True)
class _Drawn:
    """Mean and standard error [1] of a group, and of its resamples [resamples, 1]."""

    mean: Floats
    error: Floats
    means: Floats
    errors: Floats

    def minus(self, other: _Drawn, level: float) -> tuple[float, float]:
        """Limits of the difference of two independent groups."""
        value, error = self.mean - other.mean, np.hypot(self.error, other.error)
        low, high = bootstrap_t(value, error, self.means - other.means, np.hypot(self.errors, other.errors), level)
        return float(low[0]), float(high[0])
