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
from auditor.measure._disclosure import Cells, kept_back
from auditor.measure._frame import Bools, Frame
from auditor.measure._study import Study
from auditor.measure.statistics import sizes

NOT_STATED = "not stated"
"""The group of rows that have no value."""
MOST_GROUPS = 20
"""Values of one column that are compared; beyond, bands belong into the data. A convention."""
MOST_CELLS = 60
"""Cells of an intersection."""
CELL = 30
"""Rows of a group that is evaluated."""


def withheld(smallest: int) -> str:
    """The one reason of all that is kept back: whether a group is small itself, or beside a small one, is not told."""
    return f"withheld: fewer than {smallest} rows, or a number that would give away such a group"


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
    """One declared column or intersection; `reason` says why nothing of it is compared, '' where something is.

    `kept_back`: classes within its groups that are too small to be told, see `_group_class_cells`.
    """

    name: str
    groups: tuple[Group, ...]
    reason: str = ""
    columns: tuple[str, ...] = ()
    kept_back: frozenset[tuple[str, str, str, str]] = frozenset()

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
    columns = [_column(name, values[name]) for name in plan.groups]
    found = (*columns, *(_crossed(names, values) for names in plan.intersections))
    return _protected(found, plan.disclosure.smallest_cell)


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


def _column(name: str, values: np.ndarray) -> Attribute:
    found = _sorted(set(values.tolist()))
    groups = tuple(Group(value, np.asarray(values == value, dtype=bool)) for value in found[: MOST_GROUPS + 1])
    if len(found) > MOST_GROUPS:
        reason = f"`{name}` has {len(found):,} values; at most {MOST_GROUPS} are compared: put them into bands in the data"
        return Attribute(name, (), reason)
    if found == [NOT_STATED]:
        return Attribute(name, (), f"no evaluated row has a value of `{name}`")
    if len(found) < 2:
        return Attribute(name, (), f"`{name}` has one value in all evaluated rows, so there is nothing to compare")
    return _told(name, groups, (name,))


def _crossed(names: Sequence[str], values: Mapping[str, np.ndarray]) -> Attribute:
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
    return _told(title, tuple(groups), tuple(names))


def _told(name: str, groups: tuple[Group, ...], columns: tuple[str, ...]) -> Attribute:
    """The attribute with the reasons of the groups that are too small to be evaluated."""
    rows = [int(group.rows.sum()) for group in groups]
    reasons = ["no row" if count == 0 else sizes.too_few(count, CELL, "rows in the group") for count in rows]
    told = tuple(replace(group, reason=reason) for group, reason in zip(groups, reasons, strict=True))
    return Attribute(name, told, columns=columns)


def _protected(found: Sequence[Attribute], smallest: int) -> tuple[Attribute, ...]:
    """The same attributes without the groups whose number of rows is small, or would tell a small one.

    Columns that an intersection joins are looked at together: their cells add up to each other's.
    """
    places = [index for index, attribute in enumerate(found) if attribute.groups]
    made = list(found)
    for joined in _joined([found[index].columns for index in places]):
        here = [places[index] for index in joined]
        groups = [group for index in here for group in found[index].groups]
        hidden = iter(_hidden(groups, smallest).tolist())
        for index in here:
            own = tuple(replace(g, reason=withheld(smallest)) if next(hidden) else g for g in found[index].groups)
            made[index] = replace(found[index], groups=own)
    return tuple(made)


def _joined(columns: Sequence[tuple[str, ...]]) -> list[list[int]]:
    """Places of the attributes, put together where they share a column."""
    parts: list[tuple[set[str], list[int]]] = []
    for place, own in enumerate(columns):
        near = [part for part in parts if part[0] & set(own)]
        merged = (set(own).union(*(names for names, _ in near)), sorted([place, *(i for _, some in near for i in some)]))
        parts = [part for part in parts if part not in near] + [merged]
    return [some for _, some in parts]


def _hidden(groups: Sequence[Group], smallest: int) -> Bools:
    """bool [groups]: those that are kept back; rows of the same groups are one part of the whole."""
    rows = np.stack([group.rows for group in groups])
    counts = rows.sum(axis=1)
    stated = np.array([NOT_STATED not in group.name.split(", ") for group in groups])  # who says nothing is told of nothing
    small = (counts > 0) & (counts < smallest) & stated
    if not small.any():
        return np.asarray(small)
    members = np.unique(rows, axis=1)
    everyone = np.ones((1, members.shape[1]), dtype=bool)
    cells = Cells(members, counts, small, np.zeros(len(groups), dtype=bool), everyone, np.array([rows.shape[1]]))
    return kept_back(cells, smallest)


def _sorted(found: set[str]) -> list[str]:
    """By name, rows without a value last."""
    return sorted(found, key=lambda value: (value == NOT_STATED, value))
