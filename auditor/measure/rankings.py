"""What drives each class under each method: features by mean magnitude, with simultaneous rank intervals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from auditor.evidence.facts import MethodFacts
from auditor.evidence.results import RankedFeature, Ranking, Result
from auditor.measure._cases import Located, lists, locate
from auditor.measure._frame import Floats, Ints
from auditor.measure._results import bare, csv_bytes, gaps, tidy
from auditor.measure._study import Study
from auditor.measure.statistics import sizes
from auditor.measure.statistics.draws import stream
from auditor.measure.statistics.ranks import rank_intervals, rank_of, top_overlap

NAMES = ("feature_ranking", "rank_stability")
READS = ("samples", "predictions", "attributions")
PROTOCOL = "ranking"
INLINE = 50
SPLITS = 50


@dataclass(frozen=True)
class Attributed:
    """One method's attributions: signed values [cases, features], and the names of the features."""

    values: Floats
    row: Ints
    target: Ints
    names: tuple[str, ...]
    failed: int


def attributed(study: Study, located: Located, method: str) -> Attributed:
    """The stored attributions of a method, aligned; occurrences of one name in a sample are summed, absent names are 0."""
    rows = located.groups.get((method,), np.empty(0, dtype=np.int64))
    values, widths = lists(located.table, "values", rows)
    place = located.place[rows]
    row, target = located.cases.row[place], located.cases.target[place]
    failed = located.failed.get((method,), 0)
    own = located.table["names"].combine_chunks().take(rows)
    common = study.frame.prepared.features.names
    if own.null_count == len(own) and (widths == len(common)).all():
        return Attributed(values.reshape(len(rows), len(common)), row, target, common, failed)
    spoken = [tuple(names or common)[:width] for names, width in zip(own.to_pylist(), widths.tolist(), strict=True)]
    index = {name: j for j, name in enumerate(sorted({name for names in spoken for name in names}))}
    pooled = np.zeros((len(rows), len(index)))
    starts = np.concatenate([[0], np.cumsum(widths)])
    for i, names in enumerate(spoken):
        np.add.at(pooled[i], [index[name] for name in names], values[starts[i] : starts[i] + len(names)])
    return Attributed(pooled, row, target, tuple(index), failed)


def measure(study: Study) -> Iterator[Result]:
    """A ranking and its stability for each method and class."""
    located = locate(study.frame, study.attributions, ("method",))
    for fact in study.frame.prepared.methods:
        have = attributed(study, located, fact.name)
        for index, name in enumerate(study.frame.classes):
            where = {"method": fact.name, "class": name}
            yield from _class_results(study, fact, have, index, where)


def _class_results(study: Study, fact: MethodFacts, have: Attributed, index: int, where: dict[str, str]) -> Iterator[Result]:
    chosen = np.flatnonzero(have.target == index)
    magnitude, rows = np.abs(have.values[chosen]), have.row[chosen]
    units = len(np.unique(study.frame.unit[rows]))
    reason = sizes.too_few(len(rows), sizes.RANKING_ROWS, "cases predicted as this class")
    reason = reason or sizes.too_few(units, sizes.RANKING_UNITS, "independent units")
    if not len(have.row):
        reason = fact.reason or (f"all {have.failed:,} attributions failed" if have.failed else "no attribution was stored")
    if not reason and not magnitude.any():
        reason = "every attribution of these cases is 0"
    if reason:
        yield from gaps(NAMES, where, reason)
        return
    notes = [f"{have.failed:,} cases of the method failed and are left out."] if have.failed else []
    samples = study.samples(study.case_design(rows), "selected cases predicted as the class, weighted to all rows so predicted")
    blank = Ranking(
        name="feature_ranking",
        slice=where,
        unit=fact.unit,
        samples=samples,
        protocol=PROTOCOL,
        notes=tuple(notes),
        items=(),
        length=len(have.names),
        table=f"tables/ranking-{where['method']}-{index}.csv" if len(have.names) > INLINE else "",
        how="",
    )
    yield _ranked(study, blank, have.names, magnitude, rows)
    top = max(3, -(-len(have.names) // 10))
    if top >= len(have.names):
        yield from gaps(NAMES[1:], where, f"{len(have.names)} features: the top {top} are all of them")
        return
    value = _stability(study, magnitude, rows, top)
    word = "stable" if value >= 0.75 else "moderate" if value >= 0.40 else "unstable"
    why = f"the mean over {SPLITS} random half splits; it describes how the ranking repeats, and has no interval"
    note = f"Top {top} of {len(have.names)} features on two halves of the units: {word} (0.75 stable, 0.40 moderate)."
    yield bare("rank_stability", where, "index", samples, value, why, protocol=PROTOCOL, notes=[note, *notes])


def _ranked(study: Study, blank: Ranking, names: tuple[str, ...], magnitude: Floats, rows: Ints) -> Ranking:
    """The ranking with its lines; the whole goes to a table where it is longer than what is printed."""
    score, _ = study.case_design(rows).moments(magnitude)
    low, high, jointly = _intervals(study, magnitude, rows)
    rank = rank_of(score)
    share = score / score.sum()
    lines = [
        # a half sample's interval may leave out the rank in the whole sample: wider is safe
        (names[j], tidy(score[j]), tidy(share[j]), int(rank[j]), int(min(low[j], rank[j])), int(max(high[j], rank[j])))
        for j in np.argsort(rank).tolist()
    ]
    if blank.table:
        study.tables[blank.table] = csv_bytes(("feature", "score", "share", "rank", "low", "high"), lines)
    notes = blank.notes
    if len(names) > len(rows):
        notes += (f"More features ({len(names):,}) than cases ({len(rows):,}): no feature is named the most important.",)
    resamples = f"{study.resamples(blank.name):,} resamples"
    items = tuple(RankedFeature(feature=f, score=s, share=p, rank=r, low=lo, high=hi) for f, s, p, r, lo, hi in lines[:INLINE])
    how = f"max-t over all pairs{jointly}, {resamples}, simultaneous 95\u00a0%, n = {len(rows):,}, seed {study.seed}"
    return blank.model_copy(update={"items": items, "notes": notes, "how": how})


def _intervals(study: Study, magnitude: Floats, rows: Ints) -> tuple[Ints, Ints, str]:
    """Low and high rank [F]. Above 300 features: the 300 largest on one random half, their pairs on the other."""
    features, resamples = magnitude.shape[1], study.resamples("feature_ranking")
    if features <= sizes.RANKED_JOINTLY:
        low, high = rank_intervals(study.case_design(rows), magnitude, resamples, study.seed)
        return low, high, ""
    first = _half(study, rows, 0, "ranked jointly")
    chosen = np.sort(
        np.argsort(-study.case_design(rows[first]).moments(magnitude[first])[0], kind="stable")[: sizes.RANKED_JOINTLY]
    )
    test = study.case_design(rows[~first])
    inner_low, inner_high = rank_intervals(test, magnitude[~first][:, chosen], resamples, study.seed)
    low, high = np.ones(features, dtype=np.int64), np.full(features, features, dtype=np.int64)
    low[chosen], high[chosen] = inner_low, features - (sizes.RANKED_JOINTLY - inner_high)
    text = f" of the {sizes.RANKED_JOINTLY} features largest on one random half, tested on the other half"
    return low, high, text


def _half(study: Study, rows: Ints, split: int, purpose: str) -> np.ndarray:
    """bool [rows]: rows whose unit is in the first half of a seeded shuffle of the units."""
    units, code = np.unique(study.frame.unit[rows], return_inverse=True)
    shuffled = np.argsort(stream(study.seed, purpose, split).random(len(units)), kind="stable")
    first = np.zeros(len(units), dtype=bool)
    first[shuffled[: len(units) // 2]] = True
    return first[code]


def _stability(study: Study, magnitude: Floats, rows: Ints, top: int) -> float:
    """Mean index of the two top lists over random half splits of the units; the design's weights are kept."""
    weights = study.case_design(rows).weights
    total = weights @ magnitude
    values = []
    for split in range(SPLITS):
        first = _half(study, rows, split, "half splits")
        half = weights[first] @ magnitude[first]
        breaks = stream(study.seed, "ties of half splits", split).random((2, len(half)))
        other = np.where(np.abs(total - half) <= 1e-12 * np.abs(total), 0.0, total - half)
        values.append(top_overlap(half, other, top, breaks))
    return float(np.mean(values))
