"""Which counts are kept back so that no small one can be worked out from those that are printed.

Whoever holds the report knows every printed count, every printed total, and that a count is not below 0. For a cell that is
kept back this leaves an interval; it is protected when that interval is at least as wide as the smallest cell that may be told.
Where it is narrower, the smallest of the printed cells that pin it down is kept back too (complementary suppression).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from auditor.measure._frame import Bools, Floats, Ints

_TOLERANCE = 1e-7


@dataclass(frozen=True)
class Cells:
    """Counts that a report could print.

    Attributes:
        members: bool [cells, atoms]: of which disjoint parts of the rows each is the sum.
        counts: int64 [cells].
        small: bool [cells], kept back, and to be protected.
        fixed: bool [cells], not printed for another reason; of no concern here.
        sums: bool [sums, atoms], totals that are printed in any case.
        totals: int64 [sums].
    """

    members: Bools
    counts: Ints
    small: Bools
    fixed: Bools
    sums: Bools
    totals: Ints

    def interval(self, cell: int, hidden: Bools) -> tuple[float, float, Floats]:
        """What is known of a cell that is kept back: low, high, and how much each printed cell says of the two ends."""
        from scipy.optimize import linprog  # takes a moment, and most reports keep nothing back

        known = np.concatenate([self.sums, self.members[~hidden]]).astype(np.float64)
        values = np.concatenate([self.totals, self.counts[~hidden]]).astype(np.float64)
        ends, weight = [], np.zeros(len(self.counts))
        for sign in (1.0, -1.0):
            found = linprog(sign * self.members[cell].astype(np.float64), A_eq=known, b_eq=values, method="highs")
            if found.status != 0:  # unbounded: nothing printed says anything of it
                ends.append(0.0 if sign > 0 else np.inf)
                continue
            ends.append(sign * float(found.fun))
            weight[~hidden] += np.abs(found.eqlin.marginals[len(self.sums) :])
        return ends[0], ends[1], weight


def kept_back(cells: Cells, smallest: int) -> Bools:
    """bool [cells]: fixed and small ones, and those without which a small one could be told to less than `smallest` rows."""
    hidden = cells.small | cells.fixed
    for cell in np.flatnonzero(cells.small & ~cells.fixed).tolist():
        while True:
            low, high, weight = cells.interval(cell, hidden)
            if high - low >= smallest - _TOLERANCE:
                break
            open_ones = ~hidden & (cells.counts > 0)
            telling = open_ones & (weight > _TOLERANCE)
            others = np.flatnonzero(telling if telling.any() else open_ones)
            if not len(others):
                break  # the totals alone tell it: nothing that could be kept back is left
            hidden[others[np.argmin(cells.counts[others])]] = True
    return hidden
