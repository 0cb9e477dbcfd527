"""Differences in how well explanations hold: areas and margins of the samples that both audits explained."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from auditor.evidence.comparison import Change
from auditor.measure._cases import KeyPart, Located, Path, PerSample, locate, paths
from auditor.measure._changes.change import absent, change
from auditor.measure._changes.pairs import Audit, Pairs
from auditor.measure._frame import Floats, Ints
from auditor.measure.statistics import sizes
from auditor.measure.statistics.intervals import Outcome, Unbounded, means, smooth

AREAS = ("deletion_auc", "insertion_auc", "faithfulness_margin")
NAMES = (*AREAS, "normalised_margin")
POPULATION = "samples explained in both audits, weighted to the shared rows of their strata"


def explanation_changes(pairs: Pairs) -> Iterator[Change]:
    """Deletion and insertion area, margin and normalised margin of each method and fill that both audits have.

    A sample's areas are those of each audit's own prediction; normalised margins stand beside the raw ones because a model
    that is less sure has less score to lose.
    """
    audits = (pairs.before, pairs.after)
    if not all(audit.reader.has("curves") for audit in audits):
        return
    old, new = (_curves(audit) for audit in audits)
    fills = [[fact.name for fact in audit.frame.prepared.fills] for audit in audits]
    methods = [{fact.name: fact for fact in audit.frame.prepared.methods} for audit in audits]
    scores = [audit.plan.primary.score for audit in audits]
    for fill in (name for name in fills[1] if name in fills[0]):
        for name in (name for name in methods[1] if name in methods[0]):
            where = {"method": name, "fill": fill}
            if scores[0] != scores[1]:
                reason = f"curves follow another score: {scores[0]}, now {scores[1]}"
                yield from (absent(result, where, scores[1], reason) for result in NAMES)
                continue
            sides = [_sides(found, name, fill) for found in (old, new)]
            if sides[0] is None or sides[1] is None:
                reason = methods[0][name].reason or methods[1][name].reason or "one of the audits has no such curves"
                yield from (absent(result, where, scores[1], reason) for result in NAMES)
                continue
            yield from _method(pairs, where, _notes(pairs, name, fill), sides[0], sides[1])


def _curves(audit: Audit) -> tuple[Located, dict[KeyPart, Path]]:
    located = locate(audit.frame, audit.reader.table("curves"), ("method", "fill", "order"))
    return located, paths(located, audit.frame.prepared.steps)


def _sides(found: tuple[Located, dict[KeyPart, Path]], method: str, fill: str) -> tuple[Ints, Floats] | None:
    """(row of each explained sample, [samples, 4]: deletion, insertion, margin, fall of the score when all is removed)."""
    located, curves = found
    down, up = (curves.get((method, fill, order)) for order in ("descending", "ascending"))
    if down is None or up is None or not (down.has & up.has).any():
        return None
    has = down.has & up.has
    by_sample = PerSample(located.cases.row[has])
    span = down.score[has, 0] - down.score[has, -1]
    values = np.stack([down.area[has], up.area[has], up.area[has] - down.area[has], span], axis=1)
    return by_sample.row, by_sample.mean(values)


def _method(
    pairs: Pairs, where: dict[str, str], notes: list[str], before: tuple[Ints, Floats], after: tuple[Ints, Floats]
) -> Iterator[Change]:
    study, score = pairs.study, pairs.after.plan.primary.score
    place = [np.full(len(pairs.old_row), -1), np.full(len(pairs.new_row), -1)]
    for which, (rows, _), own in ((0, before, pairs.old_row), (1, after, pairs.new_row)):
        index = np.full(int(max(rows.max(), own.max())) + 1, -1)
        index[rows] = np.arange(len(rows))
        place[which] = index[own]
    shared = np.flatnonzero((place[0] >= 0) & (place[1] >= 0))
    if not len(shared):
        yield from (absent(name, where, score, "no sample was explained in both audits") for name in NAMES)
        return
    old, new = before[1][place[0][shared]], after[1][place[1][shared]]
    design = study.case_design(shared)
    samples = study.samples(design, POPULATION)
    found, _, _ = means(design, (new - old)[:, :3], study.resamples(*AREAS), study.seed)
    mean, _ = design.moments(np.concatenate([old, new], axis=1))
    for j, name in enumerate(AREAS):
        differing = int((old[:, j] != new[:, j]).sum())
        yield change(name, where, score, samples, (mean[j], mean[4 + j]), found[j], differing=differing, notes=notes)
    spans, values = mean[[3, 7]], np.concatenate([old[:, 2:], new[:, 2:]], axis=1)
    if min(spans) < sizes.SMALLEST_RANGE:
        reason = f"the mean score falls by less than {sizes.SMALLEST_RANGE} when everything is removed (convention)"
        yield absent(NAMES[3], where, "ratio", reason)
        return
    levels = (float(mean[2] / spans[0]), float(mean[6] / spans[1]))
    gradient = np.array([-1 / spans[0], levels[0] / spans[0], 1 / spans[1], -levels[1] / spans[1]])
    outcome: Outcome = Unbounded(sizes.too_few(design.rows, sizes.MEAN))
    if design.rows >= sizes.MEAN:
        outcome = smooth(design, values, _ratios, gradient, study.resamples(NAMES[3]), study.seed)
    differing = int((old[:, 2:] != new[:, 2:]).any(axis=1).sum())
    yield change(NAMES[3], where, "ratio", samples, levels, outcome, differing=differing, notes=notes)


def _ratios(means_of: Floats) -> Floats:
    return means_of[..., 2] / means_of[..., 3] - means_of[..., 0] / means_of[..., 1]


def _notes(pairs: Pairs, method: str, fill: str) -> list[str]:
    """What else differs between the two measurements of a method."""
    old, new = pairs.before.frame.prepared, pairs.after.frame.prepared
    options = [next(fact.options for fact in side.methods if fact.name == method) for side in (old, new)]
    states = [next(fact.sha256 for fact in side.fills if fact.name == fill) for side in (old, new)]
    found = []
    if options[0] != options[1]:
        keys = sorted(key for key in {*options[0], *options[1]} if options[0].get(key) != options[1].get(key))
        found.append("Options differ: " + "; ".join(f"{k} {options[0].get(k)}, now {options[1].get(k)}" for k in keys) + ".")
    if states[0] != states[1]:
        found.append("The fill has another content: what replaces a removed feature differs.")
    if old.steps != new.steps:
        found.append(f"Curves have {old.steps} steps, now {new.steps}.")
    if old.features != new.features:
        found.append("Features are cut otherwise.")
    return found
