"""Margins (insertion area − deletion area) per case on the points of the control curves, for methods and their controls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from auditor.measure._cases import Cases, KeyPart, Located, lists, locate
from auditor.measure._frame import Floats
from auditor.measure._study import Study


@dataclass(frozen=True)
class Stored:
    """Curves by key and case."""

    located: Located
    removed: tuple[Floats, ...]
    score: tuple[Floats, ...]

    def of(self, key: KeyPart) -> dict[tuple[int, int], tuple[Floats, Floats]]:
        """(row, target) -> (removed, score) of every case that has the curve."""
        own = self.located.cases
        found = {}
        for row in self.located.groups.get(key, np.empty(0, np.int64)).tolist():
            case = self.located.place[row]
            found[int(own.row[case]), int(own.target[case])] = self.removed[row], self.score[row]
        return found


def _stored(study: Study, table: str, by: tuple[str, ...], variants: str | None) -> Stored:
    located = locate(study.frame, study.reader.table(table), by, variants=variants)
    every = np.arange(located.table.num_rows)
    parts = [lists(located.table, column, every) for column in ("removed", "score")]
    cut = [tuple(np.split(flat, np.cumsum(widths)[:-1])) if len(widths) else () for flat, widths in parts]
    return Stored(located, cut[0], cut[1])


class Margins:
    """Margins of one audit's control curves and, on the same cases and points, of the methods' own.

    Attributes:
        cases: with a control curve of any kind.
    """

    def __init__(self, study: Study) -> None:
        self._controls = _stored(study, "controls", ("method", "variant", "fill", "order"), "")
        self._own = _stored(study, "curves", ("method", "fill", "order"), None)
        located = self._controls.located
        self.cases: Cases = located.cases
        self._grid: dict[tuple[int, int], Floats] = {}
        for rows in located.groups.values():
            for row in rows.tolist():
                case = located.place[row]
                pair = int(self.cases.row[case]), int(self.cases.target[case])
                self._grid.setdefault(pair, self._controls.removed[row])

    def own(self, method: str, fill: str) -> Floats:
        """[cases] of a method on the audited model, at the points of the control curves; NaN where there are none."""
        down, up = (self._own.of((method, fill, order)) for order in ("descending", "ascending"))
        return self._difference(down, up)

    def control(self, fill: str, order: str) -> Floats:
        """[cases] of a model-free order."""
        down, up = (self._controls.of(("", "", fill, name)) for name in (order, f"{order}, reversed"))
        return self._difference(down, up)

    def variant(self, method: str, variant: str, fill: str) -> Floats:
        """[cases] of a method's order on a copy, or with variant "" under a further fill."""
        down, up = (self._controls.of((method, variant, fill, order)) for order in ("descending", "ascending"))
        return self._difference(down, up)

    def _difference(
        self,
        down: dict[tuple[int, int], tuple[Floats, Floats]],
        up: dict[tuple[int, int], tuple[Floats, Floats]],
    ) -> Floats:
        """Area of the reversed order − area of the order: insertion is deletion of the reverse, read backwards."""
        found = np.full(len(self.cases.row), np.nan)
        for index, pair in enumerate(zip(self.cases.row.tolist(), self.cases.target.tolist(), strict=True)):
            grid = self._grid.get(pair)
            if grid is not None and pair in down and pair in up:
                found[index] = _area(*up[pair], grid) - _area(*down[pair], grid)
        return found


def _area(removed: Floats, score: Floats, grid: Floats) -> float:
    """Trapezoid over the true fractions at the points of `grid`, which are points of the curve itself."""
    return float(np.trapezoid(np.interp(grid, removed, score), grid / grid[-1]))
