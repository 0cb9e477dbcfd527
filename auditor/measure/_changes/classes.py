"""Differences per class, and of the scores that are made from all classes together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from auditor.evidence.comparison import Change
from auditor.evidence.results import Samples
from auditor.measure._changes.change import absent, change
from auditor.measure._changes.pairs import Pairs
from auditor.measure._changes.tables import JointTable, precision, ratio_gap
from auditor.measure._frame import Bools, Floats
from auditor.measure.statistics import sizes
from auditor.measure.statistics.design import Design
from auditor.measure.statistics.intervals import Outcome, Unbounded, resampled, smooth
from auditor.measure.statistics.paired import paired_share

TABLE = ("balanced_accuracy", "macro_f1", "precision", "f1")


@dataclass(frozen=True)
class Known:
    """The pairs with a label: which they are (`rows`, bool [pairs]), their design, and whom a result of them describes."""

    pairs: Pairs
    rows: Bools
    design: Design
    samples: Samples

    def table_changes(self) -> Iterator[Change]:
        """One label per row: balanced accuracy and macro F1, then recall, precision and F1 of each class."""
        table = JointTable(self.pairs, self.rows)
        parts = [
            [(t.balanced_accuracy(), t.macro_f1(), precision(t), t.f1()) for t in both]
            for both in table.resample(self.pairs.study.resamples(*TABLE), self.pairs.study.seed)
        ]
        stars = [np.concatenate([new[j] - old[j] for old, new in parts]) for j in range(4)]
        old, new = table.sides
        balanced = float(old.totals.balanced_accuracy()), float(new.totals.balanced_accuracy())
        macro = float(old.totals.macro_f1()), float(new.totals.macro_f1())
        one_class = int((old.totals.actual > 0).sum()) < 2
        for name, levels, drawn, psi in (
            ("balanced_accuracy", balanced, stars[0], new.influence_recall() - old.influence_recall()),
            ("macro_f1", macro, stars[1], new.influence_macro_f1() - old.influence_macro_f1()),
        ):
            found = Unbounded("the rows are of one class") if one_class else self._from_table(levels, drawn, psi)
            differing = int((table.called[0] != table.called[1]).sum())
            yield change(name, {}, "fraction", self.samples, levels, found, differing=differing)
        for index in range(len(self.pairs.new.classes)):
            yield self._recall(index)
            yield self._precision(table, index, stars[2][:, index])
            yield self._f1(table, index, stars[3][:, index])

    def _where(self, index: int) -> dict[str, str]:
        return {"class": self.pairs.new.classes[index]}

    def _from_table(self, levels: tuple[float, float], stars: Floats, psi: Floats) -> Outcome:
        design = self.design
        reason = sizes.too_few(design.rows, sizes.SMOOTH) or sizes.too_few(design.units, sizes.UNITS, "independent units")
        drawn = stars[np.isfinite(stars)]
        if reason or len(drawn) < len(stars) / 2:
            return Unbounded(reason or "most resamples hold no row predicted as the class")
        weight = np.full(len(psi), len(psi) / (len(psi) - 1))
        return resampled(design, levels[1] - levels[0], drawn, psi, weight, self.pairs.study.seed)

    def _recall(self, index: int) -> Change:
        study, where = self.pairs.study, self._where(index)
        rows = self.rows & (self.pairs.new.label == index)
        if not rows.any():
            return absent("recall", where, "fraction", "no shared row has this label")
        design = study.row_design(rows)
        old, new = (1.0 * (frame.predicted[rows] == index) for frame in (self.pairs.old, self.pairs.new))
        mean, _ = design.moments(np.stack([old, new], axis=1))
        found = paired_share(design, old, new, study.resamples("recall"), study.seed)
        samples, differing = study.samples(design, "shared rows of the class"), int((old != new).sum())
        return change("recall", where, "fraction", samples, (mean[0], mean[1]), found, differing=differing)

    def _precision(self, table: JointTable, index: int, stars: Floats) -> Change:
        least = min(int((side == index).sum()) for side in table.called)
        reason = sizes.too_few(least, sizes.PROPORTION, "rows predicted as the class in one of the audits")
        if reason:
            return absent("precision", self._where(index), "fraction", reason)
        old, new = (float(precision(side.totals)[index]) for side in table.sides)
        psi = table.influence_precision(1, index) - table.influence_precision(0, index)
        return self._of_class("precision", table, index, (old, new), self._from_table((old, new), stars, psi))

    def _f1(self, table: JointTable, index: int, stars: Floats) -> Change:
        members = int(((table.label == index) | (table.called[0] == index) | (table.called[1] == index)).sum())
        reason = sizes.too_few(members, sizes.PROPORTION, "rows with this label or prediction")
        if reason:
            return absent("f1", self._where(index), "fraction", reason)
        old, new = (float(side.totals.f1()[index]) for side in table.sides)
        psi = table.sides[1].influence_f1(index) - table.sides[0].influence_f1(index)
        return self._of_class("f1", table, index, (old, new), self._from_table((old, new), stars, psi))

    def _of_class(self, name: str, table: JointTable, index: int, levels: tuple[float, float], found: Outcome) -> Change:
        moved = int(((table.called[0] == index) != (table.called[1] == index)).sum())
        return change(name, self._where(index), "fraction", self.samples, levels, found, differing=moved)

    def label_changes(self) -> Iterator[Change]:
        """Several labels per row: micro F1, then recall, precision and F1 of each label; rows are what is resampled."""
        sides = [frame.sets for frame in (self.pairs.old, self.pairs.new) if frame.sets is not None]
        truth, called = sides[1].truth[self.rows], [side.called[self.rows] for side in sides]
        hits = [truth & side for side in called]
        above = [2.0 * hit.sum(axis=1, dtype=np.float64) for hit in hits]
        below = [truth.sum(axis=1, dtype=np.float64) + side.sum(axis=1) for side in called]
        yield self._ratios("micro_f1", {}, above, below, int((called[0] != called[1]).any(axis=1).sum()))
        for index in range(truth.shape[1]):
            holds = truth[:, index].astype(np.float64)
            said, hit = ([side[:, index].astype(np.float64) for side in part] for part in (called, hits))
            moved, where = int((said[0] != said[1]).sum()), self._where(index)
            yield self._ratios("recall", where, hit, [holds, holds], moved)
            yield self._ratios("precision", where, hit, said, moved)
            yield self._ratios("f1", where, [2 * one for one in hit], [holds + one for one in said], moved)

    def _ratios(self, name: str, where: dict[str, str], above: list[Floats], below: list[Floats], differing: int) -> Change:
        """Difference of two ratios of means: `above` and `below` hold the old audit's column and the new one's."""
        least = int(min((column > 0).sum() for column in below))
        reason = sizes.too_few(least, sizes.PROPORTION, "rows with this label or prediction")
        if reason:
            return absent(name, where, "fraction", reason)
        values = np.stack([above[0], below[0], above[1], below[1]], axis=1)
        mean, _ = self.design.moments(values)
        old, new = float(mean[0] / mean[1]), float(mean[2] / mean[3])
        gradient = np.array([-1 / mean[1], old / mean[1], 1 / mean[3], -new / mean[3]])
        study = self.pairs.study
        found = smooth(self.design, values, ratio_gap, gradient, study.resamples(name), study.seed)
        return change(name, where, "fraction", self.samples, (old, new), found, differing=differing)
