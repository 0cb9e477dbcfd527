"""Differences per class, and of the scores that are made from all classes together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from auditor.evidence.comparison import Change
from auditor.evidence.results import Samples
from auditor.measure._changes.change import absent, change
from auditor.measure._changes.pairs import Pairs
from auditor.measure._changes.tables import JointTable, precision
from auditor.measure._frame import Bools, Floats
from auditor.measure.statistics import sizes
from auditor.measure.statistics.design import Design
from auditor.measure.statistics.intervals import Outcome, Unbounded, resampled, smooth
from auditor.measure.statistics.paired import paired_share

TABLE = ("balanced_accuracy", "macro_f1", "precision", "f1")


def table_changes(pairs: Pairs, known: Bools, design: Design, samples: Samples) -> Iterator[Change]:
    """Balanced accuracy and macro F1, then recall, precision and F1 of each class."""
    table, seed = JointTable(pairs, known), pairs.study.seed
    parts = [
        [(t.balanced_accuracy(), t.macro_f1(), precision(t), t.f1()) for t in both]
        for both in table.resample(pairs.study.resamples(*TABLE), seed)
    ]
    stars = [np.concatenate([new[j] - old[j] for old, new in parts]) for j in range(4)]
    old, new = table.sides
    differing = int((table.called[0] != table.called[1]).sum())
    one_class = int((old.totals.actual > 0).sum()) < 2
    whole = {
        "balanced_accuracy": (
            (float(old.totals.balanced_accuracy()), float(new.totals.balanced_accuracy())),
            new.influence_recall() - old.influence_recall(),
        ),
        "macro_f1": (
            (float(old.totals.macro_f1()), float(new.totals.macro_f1())),
            new.influence_macro_f1() - old.influence_macro_f1(),
        ),
    }
    for (name, (levels, psi)), drawn in zip(whole.items(), stars, strict=False):
        found = Unbounded("the rows are of one class") if one_class else _from_table(design, levels, drawn, psi, seed)
        yield change(name, {}, "fraction", samples, levels, found, differing=differing)
    for index, name in enumerate(pairs.new.classes):
        yield _recall(pairs, known, index, name)
        yield _precision(table, index, name, design, samples, stars[2][:, index], seed)
        yield _f1(table, index, name, design, samples, stars[3][:, index], seed)


def _from_table(design: Design, levels: tuple[float, float], stars: Floats, psi: Floats, seed: int) -> Outcome:
    reason = sizes.too_few(design.rows, sizes.SMOOTH) or sizes.too_few(design.units, sizes.UNITS, "independent units")
    drawn = stars[np.isfinite(stars)]
    if reason or len(drawn) < len(stars) / 2:
        return Unbounded(reason or "most resamples hold no row predicted as the class")
    weight = np.full(len(psi), len(psi) / (len(psi) - 1))
    return resampled(design, levels[1] - levels[0], drawn, psi, weight, seed)


def _recall(pairs: Pairs, known: Bools, index: int, name: str) -> Change:
    study, where = pairs.study, {"class": name}
    rows = known & (pairs.new.label == index)
    if not rows.any():
        return absent("recall", where, "fraction", "no shared row has this label")
    design = study.row_design(rows)
    old, new = (1.0 * (frame.predicted[rows] == index) for frame in (pairs.old, pairs.new))
    mean, _ = design.moments(np.stack([old, new], axis=1))
    found = paired_share(design, old, new, study.resamples("recall"), study.seed)
    samples = study.samples(design, "shared rows of the class")
    differing = int((old != new).sum())
    return change("recall", where, "fraction", samples, (mean[0], mean[1]), found, differing=differing)


def _precision(table: JointTable, index: int, name: str, design: Design, samples: Samples, stars: Floats, seed: int) -> Change:
    where = {"class": name}
    called = [int((side == index).sum()) for side in table.called]
    reason = sizes.too_few(min(called), sizes.PROPORTION, "rows predicted as the class in one of the audits")
    if reason:
        return absent("precision", where, "fraction", reason)
    old, new = (float(precision(side.totals)[index]) for side in table.sides)
    psi = table.influence_precision(1, index) - table.influence_precision(0, index)
    found = _from_table(design, (old, new), stars, psi, seed)
    return change("precision", where, "fraction", samples, (old, new), found, differing=_moved(table, index))


def _f1(table: JointTable, index: int, name: str, design: Design, samples: Samples, stars: Floats, seed: int) -> Change:
    where = {"class": name}
    members = int(((table.label == index) | (table.called[0] == index) | (table.called[1] == index)).sum())
    reason = sizes.too_few(members, sizes.PROPORTION, "rows with this label or prediction")
    if reason:
        return absent("f1", where, "fraction", reason)
    old, new = (float(side.totals.f1()[index]) for side in table.sides)
    psi = table.sides[1].influence_f1(index) - table.sides[0].influence_f1(index)
    found = _from_table(design, (old, new), stars, psi, seed)
    return change("f1", where, "fraction", samples, (old, new), found, differing=_moved(table, index))


def _moved(table: JointTable, index: int) -> int:
    """Pairs that one audit predicts as the class and the other does not."""
    return int(((table.called[0] == index) != (table.called[1] == index)).sum())


def label_changes(pairs: Pairs, known: Bools, design: Design, samples: Samples) -> Iterator[Change]:
    """Several labels per row: micro F1, then recall, precision and F1 of each label; rows are what is resampled."""
    sides = [frame.sets for frame in (pairs.old, pairs.new)]
    truth = sides[1].truth[known]  # type: ignore[union-attr]
    called = [side.called[known] for side in sides]  # type: ignore[union-attr]
    hits = [truth & side for side in called]
    differing = int((called[0] != called[1]).any(axis=1).sum())
    columns = [[2.0 * h.sum(axis=1), 1.0 * truth.sum(axis=1) + c.sum(axis=1)] for h, c in zip(hits, called, strict=True)]
    yield _ratios(pairs, design, samples, "micro_f1", {}, columns, differing)
    for index, name in enumerate(pairs.new.classes):
        yes, where = 1.0 * truth[:, index], {"class": name}
        said, hit = ([1.0 * side[:, index] for side in part] for part in (called, hits))
        moved = int((said[0] != said[1]).sum())
        below = {"recall": (yes, yes), "precision": (said[0], said[1]), "f1": (yes + said[0], yes + said[1])}
        for result, counts in below.items():
            twice = 2.0 if result == "f1" else 1.0
            parts = [[twice * h, b] for h, b in zip(hit, counts, strict=True)]
            yield _ratios(pairs, design, samples, result, where, parts, moved)


def _ratios(
    pairs: Pairs,
    design: Design,
    samples: Samples,
    name: str,
    where: dict[str, str],
    columns: list[list[Floats]],
    differing: int,
) -> Change:
    """Difference of two ratios of means: columns = [[above, below] of the old, [above, below] of the new]."""
    least = int(min((below > 0).sum() for _, below in columns))
    reason = sizes.too_few(least, sizes.PROPORTION, "rows with this label or prediction")
    if reason:
        return absent(name, where, "fraction", reason)
    values = np.stack([column for side in columns for column in side], axis=1)
    mean, _ = design.moments(values)
    old, new = float(mean[0] / mean[1]), float(mean[2] / mean[3])
    gradient = np.array([-1 / mean[1], old / mean[1], 1 / mean[3], -new / mean[3]])
    found = smooth(design, values, _gap, gradient, pairs.study.resamples(name), pairs.study.seed)
    return change(name, where, "fraction", samples, (old, new), found, differing=differing)


def _gap(means_of: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        found = means_of[..., 2] / means_of[..., 3] - means_of[..., 0] / means_of[..., 1]
    return np.nan_to_num(found)  # a resample without such a row shows no difference
