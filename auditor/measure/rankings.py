"""What drives each class under each method: features by mean magnitude, with simultaneous rank intervals.

Where features differ from case to case (words), a feature is known by its name, its score is the mean over the cases that hold
it, and it is ranked only where enough cases do: how often it occurs is printed beside its rank.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from auditor.evidence.facts import MethodFacts
from auditor.evidence.results import RankedFeature, Ranking, Result
from auditor.evidence.units import steadiness
from auditor.measure._cases import locate
from auditor.measure._frame import Bools, Ints
from auditor.measure._pooled import Attributed, Magnitudes, attributed
from auditor.measure._results import bare, csv_bytes, gaps, tidied
from auditor.measure._study import Study
from auditor.measure.statistics import sizes
from auditor.measure.statistics.draws import stream
from auditor.measure.statistics.ranks import rank_intervals, rank_of, top_overlap

NAMES = ("feature_ranking", "rank_stability")
READS = ("samples", "predictions", "attributions")
PROTOCOL = "ranking"
INLINE = 50
SPLITS = 50
POPULATION = "selected cases predicted as the class, weighted to all rows so predicted"
NO_IDENTITY = "segments are cut in each picture for itself: the same number names another region in another picture"


def measure(study: Study) -> Iterator[Result]:
    """A ranking and its stability for each method and class."""
    located = locate(study.frame, study.attributions, ("method",))
    features = study.frame.prepared.features
    for fact in study.frame.prepared.methods:
        have = attributed(located, fact, features.names)
        for index, name in study.frame.occurring:
            where = {"method": fact.name, "class": name}
            if features.kind == "segments":
                yield from gaps(NAMES, where, NO_IDENTITY)
            else:
                yield from _class_results(study, fact, have, index, where)


def _class_results(study: Study, fact: MethodFacts, have: Attributed, index: int, where: dict[str, str]) -> Iterator[Result]:
    chosen = np.flatnonzero(have.target == index)
    magnitude, rows = have.magnitudes.of(chosen), have.row[chosen]
    units = len(np.unique(study.frame.unit[rows]))
    reason = sizes.too_few(len(rows), sizes.RANKING_ROWS, "cases predicted as this class")
    reason = reason or sizes.too_few(units, sizes.RANKING_UNITS, "independent units")
    if not len(have.row):
        reason = fact.reason or (f"all {have.failed:,} attributions failed" if have.failed else "no attribution was stored")
    if not reason and not magnitude.any:
        reason = "every attribution of these cases is 0"
    notes = [f"{have.failed:,} cases of the method failed and are left out."] if have.failed else []
    if not reason and magnitude.cases is not None:
        magnitude, note, reason = _frequent(magnitude, magnitude.cases)
        notes += [note] if note else []
    if reason:
        yield from gaps(NAMES, where, reason)
        return
    among = None if study.frame.sets is None else study.frame.sets.targets[:, index]
    samples = study.samples(study.case_design(rows, among), POPULATION)
    features = len(magnitude.names)
    blank = Ranking(
        name="feature_ranking",
        slice=where,
        unit=fact.unit,
        samples=samples,
        protocol=PROTOCOL,
        notes=tuple(notes),
        items=(),
        length=features,
        table=f"tables/ranking-{where['method']}-{index}.csv" if features > INLINE else "",
        how="",
    )
    yield _ranked(study, blank, magnitude, rows, among)
    yield _steady(study, blank, magnitude, rows, among)


def _steady(study: Study, blank: Ranking, magnitude: Magnitudes, rows: Ints, among: Bools | None) -> Result:
    """How well the first features repeat."""
    name, where, features = NAMES[1], blank.slice, blank.length
    top = max(3, -(-features // 10))
    if top >= features:
        return gaps([name], where, f"{features} features: the top {top} are all of them")[0]
    value = _stability(study, magnitude, rows, among, top)
    why = f"the mean over {SPLITS} random half splits; it describes how the ranking repeats, and has no interval"
    note = f"Top {top} of {features} features on two halves of the units: {steadiness(value)} (0.75 stable, 0.40 moderate)."
    return bare(name, where, "index", blank.samples, value, why, protocol=PROTOCOL, notes=[note, *blank.notes])


def _frequent(magnitude: Magnitudes, cases: Ints) -> tuple[Magnitudes, str, str]:
    """The features that enough cases hold, how many are left out, and the reason there is no ranking ('' where there is)."""
    kept = np.flatnonzero(cases >= sizes.OCCURRENCES)
    found, rare = int((cases > 0).sum()), int(((cases > 0) & (cases < sizes.OCCURRENCES)).sum())
    note = (
        f"{rare:,} of {found:,} names occur in fewer than {sizes.OCCURRENCES} of the {magnitude.values.shape[0]:,} cases "
        "(convention) and are not ranked."
    )
    note = note if rare else ""
    part = magnitude.only(kept)
    most = int(cases.max(initial=0))
    too_rare = f"no name occurs in at least {sizes.OCCURRENCES} of these cases; the most frequent one occurs in {most}"
    reason = too_rare if not len(kept) else "" if part.any else "every attribution of the names that are ranked is 0"
    return part, note, reason


def _ranked(study: Study, blank: Ranking, magnitude: Magnitudes, rows: Ints, among: Bools | None) -> Ranking:
    """The ranking with its lines; the whole goes to a table where it is longer than what is printed."""
    score = magnitude.mean(study.case_design(rows, among).weights)
    low, high, jointly = _intervals(study, magnitude, rows, among)
    rank = rank_of(score)
    order, cases = np.argsort(rank), magnitude.cases
    # a half sample's interval may leave out the rank in the whole sample: wider is safe
    columns = [tidied(score[order]), tidied(score[order] / score.sum())]
    columns += [found[order].tolist() for found in (rank, np.minimum(low, rank), np.maximum(high, rank))]
    names = [magnitude.names[j] for j in order.tolist()]
    heads: tuple[str, ...] = ("feature", "score", "share", "rank", "low", "high")
    if cases is not None:
        heads, columns = (*heads, "cases"), [*columns, cases[order].tolist()]
    lines = list(zip(names, *columns, strict=True))
    if blank.table:
        study.tables[blank.table] = csv_bytes(heads, lines)
    notes = blank.notes
    if len(names) > len(rows):
        notes += (f"More features ({len(names):,}) than cases ({len(rows):,}): no feature is named the most important.",)
    resamples = f"{study.resamples(blank.name):,} resamples"
    items = tuple(RankedFeature.model_validate(dict(zip(heads, line, strict=True))) for line in lines[:INLINE])
    how = f"max-t over all pairs{jointly}, {resamples}, simultaneous 95\u00a0%, n = {len(rows):,}, seed {study.seed}"
    return blank.model_copy(update={"items": items, "notes": notes, "how": how})


def _intervals(study: Study, magnitude: Magnitudes, rows: Ints, among: Bools | None) -> tuple[Ints, Ints, str]:
    """Low and high rank [F]. Above 300 features: the 300 largest on one random half, their pairs on the other."""
    features, resamples = len(magnitude.names), study.resamples("feature_ranking")
    if features <= sizes.RANKED_JOINTLY:
        values, occurs = magnitude.dense()
        low, high = rank_intervals(study.case_design(rows, among), values, resamples, study.seed, occurs)
        return low, high, ""
    first = _half(study, _units(study, rows), 0, "ranked jointly")
    score = magnitude.of(first).mean(study.case_design(rows[first], among).weights)
    other = magnitude.of(~first)
    if other.cases is not None:  # a name that the second half hardly holds cannot be tested there
        score = np.where(other.cases >= sizes.OCCURRENCES // 2, score, -1.0)
    joint = min(sizes.RANKED_JOINTLY, int((score >= 0).sum()))
    low, high = np.ones(features, dtype=np.int64), np.full(features, features, dtype=np.int64)
    chosen = np.sort(np.argsort(-score, kind="stable")[:joint])
    if joint:
        values, occurs = other.only(chosen).dense()
        inner_low, inner_high = rank_intervals(study.case_design(rows[~first], among), values, resamples, study.seed, occurs)
        low[chosen], high[chosen] = inner_low, features - (joint - inner_high)
    text = f" of the {joint} features largest on one random half, tested on the other half"
    return low, high, text


def _units(study: Study, rows: Ints) -> Ints:
    """int [rows]: the independent unit of each, 0 … m-1."""
    return np.unique(study.frame.unit[rows], return_inverse=True)[1]


def _half(study: Study, unit: Ints, split: int, purpose: str) -> Bools:
    """bool [rows]: rows whose unit is in the first half of a seeded shuffle of the units; `unit` from `_units`."""
    units = int(unit.max()) + 1
    shuffled = np.argsort(stream(study.seed, purpose, split).random(units), kind="stable")
    first = np.zeros(units, dtype=bool)
    first[shuffled[: units // 2]] = True
    return first[unit]


def _stability(study: Study, magnitude: Magnitudes, rows: Ints, among: Bools | None, top: int) -> float:
    """Mean index of the two top lists over random half splits of the units; the design's weights are kept."""
    weights, unit = study.case_design(rows, among).weights, _units(study, rows)
    values = []
    for split in range(SPLITS):
        first = _half(study, unit, split, "half splits")
        halves = [magnitude.mean(np.where(part, weights, 0.0)) for part in (first, ~first)]
        breaks = stream(study.seed, "ties of half splits", split).random((2, len(magnitude.names)))
        values.append(top_overlap(halves[0], halves[1], top, breaks))
    return float(np.mean(values))
