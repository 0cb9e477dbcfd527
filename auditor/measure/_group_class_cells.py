"""Classes within groups: whose number of rows, by label or by decision, is too small to be told.

A share is printed with the rows it was asked of, so a recall tells how many rows of the group have the class, and a selection
rate how many are decided for it. Both are looked at as a table of groups by classes, whose margins are printed too. What is not
protected is how many of a group's rows are right: a group that is shown is large enough for that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from auditor.measure._decisions import Decision, decisions
from auditor.measure._disclosure import Cells, kept_back
from auditor.measure._frame import Bools
from auditor.measure._group_cells import Attribute, Group
from auditor.measure._study import Study

Cell = tuple[str, str, str, str]
"""(kind, group, class, threshold)."""
KINDS = {"recall": "label", "false_positive_rate": "label", "selection_rate": "decision", "precision": "decision"}
"""Share -> what its rows tell of the group."""
TOLD_BY_LABELS = ("balanced_accuracy", "macro_f1", "micro_f1", "hamming_loss", "roc_auc")
"""Results of a group from which, with its accuracy, the rows of a class can be worked out."""
_MOST = 150
"""Small cells of one table beyond which all of it is kept back."""


def cells_kept_back(study: Study, attribute: Attribute) -> frozenset[Cell]:
    """Cells of the groups that are evaluated, by label and by decision, that are kept back."""
    smallest = study.plan.disclosure.smallest_cell
    found: set[Cell] = set()
    for kind, asked, parts in _tables(study):
        groups = [group for group in attribute.groups if not group.withheld]
        hidden = _hidden(groups, asked, list(parts.values()), smallest) if groups and smallest > 1 else None
        if hidden is None:
            continue
        for place, name in enumerate(parts):
            found |= {(kind, group.name, *name) for group, back in zip(groups, hidden[:, place], strict=True) if back}
    same = {(group, name) for kind, group, name, _ in found if kind == "label"}  # a label holds at every threshold
    thresholds = {one.where.get("threshold", "") for one in decisions(study)}
    return frozenset(found | {("label", group, name, at) for group, name in same for at in thresholds})


def cell(of: str, group: str, where: Mapping[str, str]) -> Cell:
    """The cell that a share of a group tells."""
    return KINDS[of], group, where.get("class", ""), where.get("threshold", "")


def _tables(study: Study) -> Iterator[tuple[str, Bools, dict[tuple[str, str], Bools]]]:
    """(kind, rows asked, (class, threshold) -> rows); the parts of one table have no row in common and add up to it."""
    everyone = np.ones(len(study.frame.label), dtype=bool)
    chosen = decisions(study)
    whole = [one for one in chosen if study.frame.sets is None and "threshold" not in one.where]
    for kind, asked in (("label", study.frame.labelled), ("decision", everyone)):
        if whole:
            yield kind, asked, {_name(one): _rows(one, kind) & asked for one in whole}
        for one in chosen:
            if one not in whole:
                rows = _rows(one, kind) & asked
                yield kind, asked, {_name(one): rows, ("not " + one.where["class"], _name(one)[1]): asked & ~rows}


def _name(decision: Decision) -> tuple[str, str]:
    return decision.where["class"], decision.where.get("threshold", "")


def _rows(decision: Decision, kind: str) -> Bools:
    return decision.called if kind == "decision" else decision.holds


def _hidden(groups: Sequence[Group], asked: Bools, parts: Sequence[Bools], smallest: int) -> Bools:
    """bool [groups, parts]; a decision against a class is the other part of a table of two."""
    counts = np.array([[int((group.rows & part).sum()) for part in parts] for group in groups])
    shown = np.array([not group.reason for group in groups])
    small = (counts > 0) & (counts < smallest) & shown[:, None]
    if not small.any():
        return np.asarray(small)
    if small.sum() > _MOST:
        return np.ones_like(small)
    own = np.arange(counts.size).reshape(counts.shape)
    lines = [own[row] for row in np.flatnonzero(shown)] + list(own.T)
    totals = [counts.ravel()[line].sum() for line in lines]
    sums = np.zeros((len(lines), counts.size), dtype=bool)
    for line, places in zip(sums, lines, strict=True):
        line[places] = True
    fixed = np.repeat(~shown, counts.shape[1])
    cells = Cells(np.eye(counts.size, dtype=bool), counts.ravel(), small.ravel(), fixed, sums, np.array(totals))
    back = kept_back(cells, smallest).reshape(counts.shape) & shown[:, None]
    if counts.shape[1] == 2:  # of two parts each tells the other
        back |= back.any(axis=1, keepdims=True)
    return np.asarray(back)
