"""What a measure works on: the frame, the plan, and the sampling design of any part of the rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa
from scipy.sparse import csr_array

from auditor.evidence.results import Samples
from auditor.evidence.store import Reader
from auditor.measure._frame import Bools, Frame, Ints
from auditor.measure._results import tidy
from auditor.measure.statistics import sizes
from auditor.measure.statistics.clusters import ClusterDesign
from auditor.measure.statistics.design import Design, RowDesign, design_effect
from auditor.plan import AuditPlan


@dataclass
class Study:
    """One audit's evidence, ready to be measured.

    Attributes:
        gated: names of results that a gate rests on; their intervals use more resamples.
        tables: files to be written beside report.json, path inside the run → content; measures add to it.
    """

    reader: Reader
    plan: AuditPlan
    frame: Frame
    gated: frozenset[str] = frozenset()
    tables: dict[str, bytes] = field(default_factory=dict)

    @cached_property
    def attributions(self) -> pa.Table:
        """The table of that name, read once."""
        return self.reader.table("attributions")

    @property
    def seed(self) -> int:
        """Seed of every resampling."""
        return self.plan.seed

    def resamples(self, *names: str) -> int:
        """Resamples for results of these names: more for those that decide something, a gate or how many cases there are."""
        rule = self.frame.prepared.sequential
        decided = self.gated | ({rule.result} if rule else set())
        return sizes.RESAMPLES_GATED if decided.intersection(names) else sizes.RESAMPLES

    @property
    def looks(self) -> int:
        """J of the rule that chose how many cases are explained; 1 where a number did."""
        rule = self.frame.prepared.sequential
        return rule.planned if rule else 1

    def row_design(self, mask: Bools) -> Design:
        """Design of all evaluated rows in `mask`: one phase."""
        return self.entry_design(np.flatnonzero(mask))

    def entry_design(self, rows: Ints) -> Design:
        """Design of entries of a table, one phase; the entries of one row are drawn together.

        Args:
            rows: row of each entry in the frame.
        """
        frame = self.frame
        repeated = len(np.unique(rows)) < len(rows)
        by_label = self.plan.sampling == "by_label" and frame.independent and not repeated
        group = frame.label[rows] if by_label else np.zeros(len(rows), dtype=np.int64)
        stratum = np.unique(group, return_inverse=True)[1]
        if frame.independent and not repeated:
            return RowDesign(stratum, np.diag(np.bincount(stratum)), frame.factor[rows])
        unit = np.unique(frame.unit[rows], return_inverse=True)[1]
        return ClusterDesign(unit, stratum, _crosstab(unit, stratum), frame.factor[rows])

    def case_design(self, rows: Ints, among: Bools | None = None) -> Design:
        """Design of explained samples: a stratified subsample of the evaluated rows of the same strata.

        Args:
            rows: row of each sample in the frame, each once.
            among: bool [rows of the frame], the part of the evaluated rows that `rows` stand for; None: all.
        """
        frame = self.frame
        present, stratum = np.unique(frame.stratum[rows], return_inverse=True)
        stands_for = np.isin(frame.stratum, present)
        if among is not None:
            stands_for &= among
            stands_for[rows] = True
        inside = np.flatnonzero(stands_for)
        phase1 = np.searchsorted(present, frame.stratum[inside])
        factor = frame.factor[rows].copy()
        merged = _merged(stratum, phase1)
        before = (np.bincount(phase1) / np.bincount(stratum))[stratum]
        stratum, phase1 = merged[stratum], merged[phase1]
        factor *= before / (np.bincount(phase1) / np.bincount(stratum))[stratum]
        if frame.independent:
            labels = frame.label[inside] if self.plan.sampling == "by_label" else np.zeros(len(inside), dtype=np.int64)
            group = np.unique(labels, return_inverse=True)[1]
            return RowDesign(stratum, _crosstab(phase1, group).toarray().astype(np.int64), factor, self.looks)
        units, codes = np.unique(frame.unit[inside], return_inverse=True)
        return ClusterDesign(np.searchsorted(units, frame.unit[rows]), stratum, _crosstab(codes, phase1), factor, self.looks)

    def samples(self, design: Design, population: str) -> Samples:
        """Whom a result of this design describes."""
        effect = design_effect(design.weights)
        weighted = bool(effect > 1 + 1e-12)
        if self.plan.prevalence and self.frame.sets is None:
            population += ", weighted to the declared prevalence"
        return Samples(
            rows=design.rows,
            units=design.units,
            population=population,
            weighted=weighted,
            design_effect=tidy(effect) if weighted else None,
        )


def _crosstab(first: Ints, second: Ints) -> csr_array:
    """Rows by (first, second), sparse [max(first) + 1, max(second) + 1]."""
    table = csr_array((np.ones(len(first)), (first, second)), shape=(int(first.max()) + 1, int(second.max()) + 1))
    table.sum_duplicates()
    return table


def _merged(stratum: Ints, phase1: Ints) -> Ints:
    """New number of each stratum, after strata represented by one of several rows are put together.

    One case says nothing of the spread inside its stratum; merged strata keep their cases' weights and show their spread.
    """
    used, there = np.bincount(stratum), np.bincount(phase1)
    lonely = (used == 1) & (there > 1)
    if lonely.sum() == 1 and len(used) > 1:  # one alone joins the smallest other
        lonely[np.argmin(np.where(lonely, used.max() + 1, used))] = True
    if not lonely.any():
        return np.arange(len(used))
    new = np.cumsum(~lonely) - 1
    return np.where(lonely, int((~lonely).sum()), new)
