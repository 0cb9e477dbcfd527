"""Groups of rows by declared columns and intersections: which are compared, which are too small, which are withheld."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.evidence.store import Reader
from auditor.measure._frame import Bools, Frame
from auditor.measure._study import Study
from auditor.measure.statistics import sizes

NOT_STATED = "not stated"
"""The group of rows that have no value."""
MOST_GROUPS = 20
"""Values of one column that are compared; beyond, bands belong into the data. A convention."""
MOST_CELLS = 60
"""Cells of an intersection."""
SMALLEST_SHOWN = 10
"""Rows below which a group is withheld unless the plan's examples are full. A convention of statistical offices."""
CELL = 30
"""Rows of a group that is evaluated."""

WITHHELD = f"withheld: fewer than {SMALLEST_SHOWN} rows, so that nobody can be told from the figures"
WITHHELD_BESIDE = "withheld: its number of rows would give away that of a smaller group"


@dataclass(frozen=True)
class Group:
    """Rows of one value or combination; `reason` says why it is not evaluated, '' where it is."""

    name: str
    rows: Bools
    reason: str = ""

    @property
    def withheld(self) -> bool:
        """Whether even its number of rows is kept back."""
        return self.reason.startswith("withheld")


@dataclass(frozen=True)
class Attribute:
    """One declared column or intersection; `reason` says why nothing of it is compared, '' where something is."""

    name: str
    groups: tuple[Group, ...]
    reason: str = ""

    @property
    def evaluated(self) -> tuple[Group, ...]:
        """Groups that are large enough."""
        return tuple(group for group in self.groups if not group.reason)


class Remembering(Reader):
    """A reader that keeps what it read, for measures that run once per group."""

    @cached_property
    def _tables(self) -> dict[str, pa.Table]:
        return {}

    def table(self, name: str) -> pa.Table:
        """See `Reader`."""
        if name not in self._tables:
            self._tables[name] = super().table(name)
        return self._tables[name]


def attributes(study: Study) -> tuple[Attribute, ...]:
    """Every declared column, then every intersection, in the plan's order."""
    plan = study.plan
    if not plan.groups:
        return ()
    values = _values(study)
    private = plan.examples != "full"
    columns = [_column(name, values[name], private) for name in plan.groups]
    return (*columns, *(_crossed(names, values, private) for names in plan.intersections))


def part(study: Study, rows: Bools) -> Study:
    """The study of some rows alone; measures of it use the plan and the evidence as they stand."""
    frame = study.frame
    arrays = ("label", "predicted", "confidence", "log_loss", "brier", "stratum", "unit", "factor", "selected", "logits")
    cut: dict[str, Any] = {name: getattr(frame, name)[rows] for name in arrays}
    sets = frame.sets and replace(frame.sets, logits=cut["logits"], truth=frame.sets.truth[rows], known=frame.sets.known[rows])
    alone = len(np.unique(cut["unit"])) == int(rows.sum())
    own = replace(frame, ids=frame.ids.filter(pa.array(rows)), independent=alone, excluded={}, sets=sets, **cut)
    gated = frozenset(gate.result for gate in study.plan.gates if "attribute" in gate.slice)
    return Study(study.reader, study.plan, own, gated)


def _values(study: Study) -> dict[str, np.ndarray]:
    """Column → value of each row of the frame, as text."""
    frame: Frame = study.frame
    samples = study.reader.table("samples")
    place = np.asarray(pc.index_in(frame.ids, value_set=samples["sample_id"]), dtype=np.int64)
    stored: list[Mapping[str, str]] = [dict(pairs or ()) for pairs in samples["groups"].take(pa.array(place)).to_pylist()]
    return {name: np.array([own.get(name) or NOT_STATED for own in stored], dtype=object) for name in study.plan.groups}


def _column(name: str, values: np.ndarray, private: bool) -> Attribute:
    found = _sorted(set(values.tolist()))
    groups = tuple(Group(value, np.asarray(values == value, dtype=bool)) for value in found[: MOST_GROUPS + 1])
    if len(found) > MOST_GROUPS:
        reason = f"`{name}` has {len(found):,} values; at most {MOST_GROUPS} are compared: put them into bands in the data"
        return Attribute(name, (), reason)
    if found == [NOT_STATED]:
        return Attribute(name, (), f"no evaluated row has a value of `{name}`")
    if len(found) < 2:
        return Attribute(name, (), f"`{name}` has one value in all evaluated rows, so there is nothing to compare")
    return _told(name, groups, np.arange(len(groups))[None], private)


def _crossed(names: Sequence[str], values: Mapping[str, np.ndarray], private: bool) -> Attribute:
    title = " × ".join(names)
    levels = [_sorted(set(values[name].tolist())) for name in names]
    cells = list(product(*levels))
    if len(cells) > MOST_CELLS:
        reason = f"{title} has {len(cells):,} combinations; at most {MOST_CELLS} are compared: use fewer columns or bands"
        return Attribute(title, (), reason)
    groups = []
    for cell in cells:
        rows = np.logical_and.reduce([values[name] == value for name, value in zip(names, cell, strict=True)])
        groups.append(Group(", ".join(cell), np.asarray(rows, dtype=bool)))
    grid = np.arange(len(cells)).reshape([len(level) for level in levels])
    lines = [line for axis in range(grid.ndim) for line in np.moveaxis(grid, axis, -1).reshape(-1, grid.shape[axis])]
    return _told(title, tuple(groups), lines, private)


def _told(name: str, groups: tuple[Group, ...], lines: Sequence[np.ndarray] | np.ndarray, private: bool) -> Attribute:
    """The attribute with the reasons of its groups; `lines`: groups whose rows add up to a number that is printed."""
    rows = np.array([int(group.rows.sum()) for group in groups])
    reasons = ["no row" if count == 0 else sizes.too_few(int(count), CELL, "rows in the group") for count in rows]
    stated = np.array([NOT_STATED not in group.name.split(", ") for group in groups])  # who says nothing is told of nothing
    small = set(np.flatnonzero((rows > 0) & (rows < SMALLEST_SHOWN) & stated).tolist()) if private else set()
    for index in small:
        reasons[index] = WITHHELD
    hidden = set(small)
    while True:  # one gap in a line is the difference of the others from its sum: open a second one
        alone = [[int(i) for i in line] for line in lines if sum(int(i) in hidden for i in line) == 1]
        others = [i for line in alone for i in line if i not in hidden and rows[i] > 0]
        if not others:
            break
        beside = min(others, key=lambda i: rows[i])
        hidden.add(beside)
        reasons[beside] = WITHHELD_BESIDE
    told = tuple(replace(group, reason=reason) for group, reason in zip(groups, reasons, strict=True))
    return Attribute(name, told)


def _sorted(found: set[str]) -> list[str]:
    """By name, rows without a value last."""
    return sorted(found, key=lambda value: (value == NOT_STATED, value))
